import type { MethodContext } from '../methods.ts';
import { exactCost, exactTotal } from '../problem/cost.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';

/** The best pruning by exact cost: where sums on the grid are rounded, what they call better need not be. */
export class Incumbent {
  pruning: Pruning;
  readonly #instance: Instance;
  readonly #total: bigint;
  readonly #tell: MethodContext['onIncumbent'];
  #cost: bigint;
  #weight = -1;

  constructor(instance: Instance, start: Pruning, tell?: MethodContext['onIncumbent']) {
    this.#instance = instance;
    this.#total = exactTotal(instance);
    this.#tell = tell;
    this.pruning = start;
    this.#cost = exactCost(instance, start, this.#total).cost;
    tell?.(start, 0);
  }

  /** @param weight importance that the solver thinks it keeps: nothing is priced until this grows */
  offer(pruning: Pruning, weight: number, work: number): void {
    if (weight <= this.#weight) return;
    this.#weight = weight;
    const { cost } = exactCost(this.#instance, pruning, this.#total);
    if (cost >= this.#cost) return;
    this.#cost = cost;
    this.pruning = pruning;
    this.#tell?.(pruning, work);
  }
}
