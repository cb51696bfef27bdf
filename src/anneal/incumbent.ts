import type { MethodContext } from '../methods.ts';
import { exactCost, exactTotal } from '../problem/cost.ts';
import type { Pruning } from '../problem/pruning.ts';
import { keptLines, pruningOf, type SelectionProblem } from './selection-state.ts';

/** The best lines by exact cost: where sums on the grid are rounded, what they call better need not be. */
export class Incumbent {
  kept: Uint8Array;
  /** The importance on the grid that was last taken for an improvement; -1 before any. */
  weight = -1;
  /** Exact, in units of 2^-149. */
  cost: bigint;
  readonly #problem: SelectionProblem;
  readonly #total: bigint;
  readonly #tell: MethodContext['onIncumbent'];

  constructor(problem: SelectionProblem, start: Pruning, tell?: MethodContext['onIncumbent']) {
    this.#problem = problem;
    this.#total = exactTotal(problem.instance);
    this.#tell = tell;
    this.kept = keptLines(problem, start);
    this.cost = exactCost(problem.instance, start, this.#total).cost;
    tell?.(start, 0);
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
    this.#tell?.(pruning, work);
  }
}
