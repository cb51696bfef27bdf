import { alternating } from '../baselines/alternating.ts';
import { largestPruning } from '../problem/goal.ts';
import type { AnnealingScheme } from './annealing.ts';
import { performSelection, SelectionRun } from './selection/run.ts';
import type { SelectionData, SelectionOutcome, SelectionTask } from './selection/state.ts';

/**
 * Selection annealing (our construction; the thesis names two annealing schemes): the state is which rows and columns of
 * all layers are kept, see SelectionState and SelectionChain.
 *
 * On a network, single flips cannot cross what lies between a layer's local maxima (a large block, a few rows, nothing),
 * and at a price per unit the layers do not depend on one another. So the run has these stages, a file each in `selection/`:
 *
 *   price    at a ladder of prices, then at the price that fills the capacity: every layer's own best lines, decoded
 *            cheaply; one candidate per layer is chosen within the capacity
 *   resize   every layer's best candidates re-selected at other sizes, and chosen again
 *   layers   every layer annealed alone, within the units that it was given and a tenth more and less, and chosen again
 *   whole    the whole state annealed at low temperature, replicas exchanging temperatures, and a descent
 *
 * Choosing and resizing are collective moves: they keep no balance. Instances of few lines need none of it: there the
 * plain chain is cooled again and again from where the last cycle ended (`cycles`), each with a descent.
 */
export const selectionScheme: AnnealingScheme<SelectionData, SelectionTask, SelectionOutcome> = {
  name: 'anneal-selection',
  defaultWork: defaultMoves,
  ownStart: (instance, requirement, seed) => alternating.run(instance, requirement, { seed }),
  open(problem, { seed, workLimit, start, cooling, requirement }, data) {
    const starts = [largestPruning(problem.instance, requirement), start];
    return new SelectionRun(problem, { seed, workLimit, starts, cooling }, data);
  },
  perform: performSelection,
};

/** The default limit: moves grow with the square of few lines, and linearly with many. */
export function defaultMoves(lines: number): number {
  return Math.min(300 * lines * lines, 3e7 + 1000 * lines);
}
