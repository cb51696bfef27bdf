import { type Choice, menuHigh, menuLow, menuUnits } from './menu.ts';
import { type PricedChoice, priceOfAll } from './priced.ts';
import { type Anchor, type Network, reducedCost } from './relaxation.ts';

/*
 * The merge of a multiple-choice knapsack: shapes of small reduced cost are listed, and the lists merged layer by layer, keeping
 * the nondominated pairs of units and price. Every choice of a score up to the limit that reaches the target is dominated by one
 * that the merge considers. Exponential in the worst case; the number of pairs is limited.
 */

/** Listed shapes of all layers, and pairs kept of one merge: what fits into memory. */
const MOST_LISTED = 4_000_000;

/** Shapes of one layer that a better choice may use, as parallel lists. */
interface Candidates {
  readonly choices: Choice[];
  readonly units: number[];
  readonly high: number[];
  readonly low: number[];
  /** Reduced costs, ascending. */
  readonly reduced: number[];
}

/** Partial choices as parallel lists; `from` and `option` lead back to the stage before. */
interface States {
  units: number[];
  high: number[];
  low: number[];
  reduced: number[];
  from: number[];
  option: number[];
}

/** Drops states with no more units than another at no lower price. `keys` ascend and index `at`. */
function nondominated(states: States, keys: Float64Array, at: ReadonlyMap<number, number>): States {
  const kept: States = { units: [], high: [], low: [], reduced: [], from: [], option: [] };
  let high = Infinity;
  let low = 0;
  for (let k = keys.length - 1; k >= 0; k--) {
    const s = at.get(keys[k]!)!;
    if (high !== Infinity && states.high[s]! - high + (states.low[s]! - low) >= 0) continue;
    high = states.high[s]!;
    low = states.low[s]!;
    kept.units.push(states.units[s]!);
    kept.high.push(high);
    kept.low.push(low);
    kept.reduced.push(states.reduced[s]!);
    kept.from.push(states.from[s]!);
    kept.option.push(states.option[s]!);
  }
  return kept;
}

/** The least and the most units of every stage and those after it; 0 after the last. */
function unitsFrom(stages: readonly (readonly number[])[]): { leastLater: Float64Array; mostLater: Float64Array } {
  const leastLater = new Float64Array(stages.length + 1);
  const mostLater = new Float64Array(stages.length + 1);
  for (let stage = stages.length - 1; stage >= 0; stage--) {
    const units = stages[stage]!;
    leastLater[stage] = leastLater[stage + 1]! + units.reduce((least, value) => Math.min(least, value), Infinity);
    mostLater[stage] = mostLater[stage + 1]! + units.reduce((most, value) => Math.max(most, value), 0);
  }
  return { leastLater, mostLater };
}

/** Merges of one network; `work` counts pairs over all of them. */
export class Merger {
  work = 0;
  readonly #network: Network;
  readonly #target: number;
  readonly #mostPairs: number;

  constructor(network: Network, target: number, mostPairs: number) {
    this.#network = network;
    this.#target = target;
    this.#mostPairs = mostPairs;
  }

  /**
   * Steps 3 and 4: the best choice of a score up to `limit` that reaches the target.
   *
   * @returns null where there is none; 'limit' when a limit ended the merge
   */
  merge(anchor: Anchor, limit: number): PricedChoice | null | 'limit' {
    const candidates: Candidates[] = [];
    let listed = 0;
    for (const l of this.#network.layers.keys()) {
      const list = this.#candidates(anchor, l, limit, Math.min(this.#mostPairs, MOST_LISTED) - listed);
      if (list === null) return 'limit';
      listed += list.choices.length;
      candidates.push(list);
    }
    // Merging small lists first keeps the intermediate lists short.
    const order = candidates
      .map((_, l) => l)
      .sort((a, b) => candidates[a]!.units.length - candidates[b]!.units.length || a - b);
    const { leastLater, mostLater } = unitsFrom(order.map((l) => candidates[l]!.units));
    let states: States = { units: [0], high: [0], low: [0], reduced: [0], from: [-1], option: [-1] };
    const stages: States[] = [];
    for (const [stage, l] of order.entries()) {
      const later = [leastLater[stage + 1]!, mostLater[stage + 1]!] as const;
      const next = this.#extend(states, candidates[l]!, anchor.multiplier, limit, later);
      if (next === null) return 'limit';
      stages.push(next);
      states = next;
    }
    return this.#bestOf(stages, order, candidates);
  }

  /** All shapes of a layer with d - m_l at most `limit`; null when they are more than `most`. */
  #candidates(anchor: Anchor, l: number, limit: number, most: number): Candidates | null {
    const { multiplier, centers } = anchor;
    const reference = anchor.references[l]!;
    const least = anchor.least[l]!;
    let k = this.#network.firstCenter[l]!;
    const found: { choice: Choice; reduced: number }[] = [];
    for (const menu of this.#network.layers[l]!) {
      for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++, k++) {
        const center = centers[k]!;
        // Reduced costs are convex along inner lines: walk both ways from the least one.
        for (const [start, step] of [
          [center, 1],
          [center - 1, -1],
        ] as const) {
          for (let inner = start; inner >= menu.minInner && inner <= menu.maxInner; inner += step) {
            const reduced = Math.max(0, reducedCost(menu, outer, inner, multiplier, reference) - least);
            if (reduced > limit) break;
            if (found.length >= most) return null;
            found.push({ choice: { menu, outer, inner }, reduced });
          }
        }
      }
    }
    found.sort((a, b) => a.reduced - b.reduced);
    const list: Candidates = { choices: [], units: [], high: [], low: [], reduced: [] };
    for (const { choice, reduced } of found) {
      list.choices.push(choice);
      list.units.push(menuUnits(choice.menu, choice.outer, choice.inner));
      list.high.push(menuHigh(choice.menu, choice.outer, choice.inner));
      list.low.push(menuLow(choice.menu, choice.outer, choice.inner));
      list.reduced.push(reduced);
    }
    return list;
  }

  /**
   * All sums of a state and an option that may still be part of a choice of a score up to `limit`, dominated ones dropped;
   * null when they are too many. `later`: the least and the most units of all layers to come.
   */
  #extend(
    states: States,
    options: Candidates,
    multiplier: number,
    limit: number,
    [leastLater, mostLater]: readonly [number, number],
  ): States | null {
    const target = this.#target;
    const made: States = { units: [], high: [], low: [], reduced: [], from: [], option: [] };
    const bestOf = new Map<number, number>(); // units -> the state of least price with exactly these units
    for (let s = 0; s < states.units.length; s++) {
      for (let k = 0; k < options.units.length; k++) {
        const reduced = states.reduced[s]! + options.reduced[k]!;
        if (reduced > limit) break; // options ascend
        if (this.work >= this.#mostPairs || made.units.length >= MOST_LISTED) return null;
        this.work++;
        const units = states.units[s]! + options.units[k]!;
        if (units + mostLater < target) continue;
        // Units beyond the target cost the multiplier each.
        const excess = units + leastLater - target;
        if (excess > 0 && reduced + multiplier * excess > limit) continue;
        const high = states.high[s]! + options.high[k]!;
        const low = states.low[s]! + options.low[k]!;
        const key = Math.min(units, target);
        const known = bestOf.get(key);
        if (known === undefined) {
          bestOf.set(key, made.units.length);
          made.units.push(units);
          made.high.push(high);
          made.low.push(low);
          made.reduced.push(reduced);
          made.from.push(s);
          made.option.push(k);
        } else if (high - made.high[known]! + (low - made.low[known]!) < 0) {
          made.units[known] = units;
          made.high[known] = high;
          made.low[known] = low;
          made.reduced[known] = reduced;
          made.from[known] = s;
          made.option[known] = k;
        }
      }
    }
    return nondominated(made, Float64Array.from(bestOf.keys()).sort(), bestOf);
  }

  /** Follows the least state that reaches the target back through the stages. */
  #bestOf(stages: readonly States[], order: readonly number[], candidates: readonly Candidates[]): PricedChoice | null {
    const last = stages.at(-1)!;
    let best = -1;
    for (let s = 0; s < last.units.length; s++) {
      if (last.units[s]! < this.#target) continue;
      if (best < 0 || last.high[s]! - last.high[best]! + (last.low[s]! - last.low[best]!) < 0) best = s;
    }
    if (best < 0) return null;
    const choices: Choice[] = new Array(order.length);
    for (let stage = stages.length - 1, s = best; stage >= 0; stage--) {
      const l = order[stage]!;
      choices[l] = candidates[l]!.choices[stages[stage]!.option[s]!]!;
      s = stages[stage]!.from[s]!;
    }
    return priceOfAll(choices);
  }
}
