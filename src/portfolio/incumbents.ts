import { independent } from '../approx/independent-sums.ts';
import { residual } from '../approx/residual-sums.ts';
import { alternating } from '../baselines/alternating.ts';
import { greedy } from '../baselines/greedy.ts';
import { columnsOnly, rowsOnly } from '../baselines/one-kind.ts';
import { exactCost } from '../problem/cost.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';

/*
 * The quick methods together: what the portfolio starts from. The costs are exact. Time of all of them, seconds on real networks.
 */

/** A pruning with its exact cost, in units of 2^-149. */
export interface Priced {
  readonly pruning: Pruning;
  readonly cost: bigint;
}

/** What the quick methods found: the best pruning, and what `residual` proves. */
export interface Incumbents {
  readonly best: Priced;
  readonly residual: Answer;
}

/**
 * The least-cost pruning of all quick methods: both approximations, one kind only, the greedy, and alternating re-selection
 * from the residual algorithm's answer, from the greedy's and from `start`. Ties go to the first.
 */
export function incumbents(instance: Instance, requirement: Requirement, start: Pruning | undefined): Incumbents {
  const context = { seed: 1 };
  const proved = residual.run(instance, requirement, context);
  const found = [
    proved.pruning,
    independent.run(instance, requirement, context).pruning,
    rowsOnly.run(instance, requirement, context).pruning,
    columnsOnly.run(instance, requirement, context).pruning,
  ];
  for (const from of [proved.pruning, greedy.run(instance, requirement, context).pruning, start]) {
    if (from) found.push(alternating.run(instance, requirement, { ...context, start: from }).pruning);
  }
  let best: Priced | null = null;
  for (const pruning of found) {
    if (pruning === null) continue;
    const priced = price(instance, pruning);
    if (best === null || priced.cost < best.cost) best = priced;
  }
  return { best: best!, residual: proved };
}

export function price(instance: Instance, pruning: Pruning): Priced {
  return { pruning, cost: exactCost(instance, pruning, 0n).cost };
}
