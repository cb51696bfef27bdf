import { resized } from '../price-selection.ts';
import { layerProblem, type SelectionProblem } from '../selection-state.ts';
import { chooseAndPrice, pool, worthiest } from './candidates.ts';
import { affords, GENERATIONS, type SelectionOutcome, type SelectionStage } from './state.ts';

/*
 * Stage `resize`: every layer's best candidates re-selected at other sizes, and one per layer chosen again. A collective move, as
 * in stage `price`; one round. O(entries) per size tried.
 */

/** What the re-selections of a layer count, in moves per line. */
const RESIZE_MOVES = 300;
/** Candidates of a layer that are resized: the chosen one and the best others at the price. */
const RESIZED = 3;

/** A layer's candidates of other sizes. */
export function performResize(problem: SelectionProblem, l: number, starts: readonly Uint8Array[]): SelectionOutcome {
  const layer = layerProblem(problem, l, Infinity);
  return { kind: 'candidates', candidates: starts.flatMap((kept) => resized(layer, kept)) };
}

export const resizeStage: SelectionStage = {
  tasks(run) {
    const { data, problem } = run;
    if (data.round > 0 || !affords(run, RESIZE_MOVES * problem.lines)) return [];
    return problem.instance.layers.map((_, layer) => ({
      kind: 'resize',
      layer,
      starts: worthiest(run, layer, RESIZED),
    }));
  },
  absorb(run, outcomes) {
    const { data, problem } = run;
    pool(run, outcomes);
    data.work += RESIZE_MOVES * problem.lines;
    chooseAndPrice(run);
    data.round++;
  },
  next: ({ data }) => (data.generation < GENERATIONS ? 'layers' : 'whole'),
};
