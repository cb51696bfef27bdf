import { RcpruneError } from '../problem/error.ts';
import { nondominated } from './nondominated.ts';

/*
 * The exact choice of one option per layer, for short lists: a merge of nondominated pairs of units and cost (T9 in
 * proofs/README.md). After each layer the states are all that any best choice can go through. O(states x options) per layer.
 */

/** One way to prune a layer: what it removes and what it costs (units of 2^-149). */
export interface Option {
  readonly units: number;
  readonly cost: bigint;
}

interface State<T> {
  readonly units: number;
  readonly cost: bigint;
  readonly from: State<T> | null;
  readonly option: T | null;
}

/**
 * One option per layer, at least `target` units in all, least total cost: exact, for small tables.
 *
 * Layer by layer, keeping for every total of units (capped at the target) the least cost, and of these only the pairs that
 * no other dominates. Time O(sum of states x options), states at most min(target, product of the table sizes) + 1.
 *
 * @returns the options, one per layer
 * @throws RcpruneError when no choice reaches the target, or a layer has no option: callers ask whether the goal is
 * feasible first
 */
export function leastChoice<T extends Option>(layers: readonly (readonly T[])[], target: number): T[] {
  let states: State<T>[] = [{ units: 0, cost: 0n, from: null, option: null }];
  for (const options of layers) {
    const best = new Map<number, State<T>>();
    for (const from of states) {
      for (const option of options) {
        const units = Math.min(target, from.units + option.units);
        const cost = from.cost + option.cost;
        const known = best.get(units);
        if (known === undefined || cost < known.cost) best.set(units, { units, cost, from, option });
      }
    }
    const inOrder = [...best.values()].sort((a, b) => b.units - a.units);
    states = nondominated(inOrder, (one, than) => one.cost < than.cost);
  }
  // States stand by units, most first, and are capped at the target: if any reaches it, the first does, at least cost.
  const reached = states[0]?.units ?? 0;
  if (states.length === 0 || reached < target) {
    const got = states.length === 0 ? 'a layer without options' : `at most ${reached} units`;
    throw new RcpruneError('choice of options', `some choice of ${target} units`, got);
  }
  const chosen: T[] = [];
  for (let state = states[0]!; state.option !== null; state = state.from!) chosen.unshift(state.option);
  return chosen;
}
