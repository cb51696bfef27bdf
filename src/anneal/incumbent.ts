import type { MethodContext } from '../method/context.ts';
import { addPoint, type TracePoint } from '../method/trace.ts';
import { exactCost, exactTotal } from '../problem/cost.ts';
import { toNearest } from '../problem/exact-sum.ts';
import type { Pruning } from '../problem/pruning.ts';
import { keptMaskOf, pruningOf, type SelectionProblem } from './selection-state.ts';

/*
 * The incumbent of an annealing run: the best lines by exact cost, with the way there. Sums on the grid decide when a look is worth
 * it, exact sums decide what is better, so that rounding decides nothing. O(removed entries) for a look, O(1) else.
 */

/** An incumbent as an earlier run left it. */
export interface SavedIncumbent {
  readonly kept: Uint8Array;
  readonly weight: number;
  /** The way there, the start included. */
  readonly trace: readonly TracePoint[];
}

/** The best lines by exact cost: where sums on the grid are rounded, what they call better need not be. */
export class Incumbent {
  kept: Uint8Array;
  /** The importance on the grid that was last taken for an improvement; -1 before any. */
  weight = -1;
  /** Exact, in units of 2^-149. */
  cost: bigint;
  /** All incumbents, as far as a trace holds them. */
  readonly trace: TracePoint[];
  readonly #problem: SelectionProblem;
  readonly #total: bigint;
  readonly #tell: MethodContext['onIncumbent'];

  /** @param saved what an earlier run left: goes on from there, and does not look at the start */
  constructor(problem: SelectionProblem, start: Pruning, tell?: MethodContext['onIncumbent'], saved?: SavedIncumbent) {
    this.#problem = problem;
    this.#total = exactTotal(problem.instance);
    this.#tell = tell;
    this.kept = saved?.kept ?? keptMaskOf(problem, start);
    if (saved !== undefined) this.weight = saved.weight;
    const pruning = saved === undefined ? start : pruningOf(problem, saved.kept);
    this.cost = exactCost(problem.instance, pruning, this.#total).cost;
    this.trace = saved === undefined ? [[0, toNearest(this.cost)]] : [...saved.trace];
    tell?.(pruning, this.trace.at(-1)![0]);
  }

  /** Takes lines that keep more. O(removed entries) where the weight on the grid grows, O(1) else. */
  offer(kept: Uint8Array, weight: number, work: number): void {
    if (weight <= this.weight) return;
    this.weight = weight;
    const pruning = pruningOf(this.#problem, kept);
    const { cost } = exactCost(this.#problem.instance, pruning, this.#total);
    if (cost >= this.cost) return;
    this.cost = cost;
    this.kept = kept.slice();
    addPoint(this.trace, [work, toNearest(cost)]);
    this.#tell?.(pruning, work);
  }
}
