import { RcpruneError } from '../problem/error.ts';
import { type Choice, type Menu, menuHigh, menuLow, menuPrice, menuUnits } from './menu.ts';

/**
 * The exact choice of one shape a layer: total removed units >= target at least total price.
 *
 * A multiple-choice knapsack (Sinha and Zoltners 1979), solved by a Lagrangian bound, an expanding core and nondominated
 * lists (Pisinger, *A minimal algorithm for the multiple-choice knapsack problem*, 1995, differs in growing the core
 * layer by layer):
 *
 * 1. For a price v a unit, L(v) = v target + sum over layers of min (price - v units) bounds the least price from below.
 *    Prices are convex along a menu's inner lines, so a minimum is one binary search an outer line. The best v is found
 *    by intersecting the two supporting lines that bracket the target; the feasible one is the first incumbent.
 * 2. A shape whose reduced cost d = price - v units - min exceeds incumbent - L(v) is in no better choice. With a trial
 *    threshold g, only shapes with d <= g are listed and only sums of d up to g are merged; when the incumbent found is
 *    within g of L(v), the choice is proved. Otherwise g grows. On real networks a tiny g is enough.
 * 3. Lists are merged layer by layer, keeping the nondominated (units, price) pairs, compared exactly in fixed point;
 *    doubles serve only to bound, with a margin for their rounding.
 *
 * Time: O(lines log lines) a bound, then the merges; the merge is exponential in the worst case (the problem is NP-hard)
 * and ends after `mostStates` pairs with the incumbent and `slack` > 0, a proved relative distance from the least price.
 */
export interface ShapeChoice {
  readonly choices: readonly Choice[];
  /** Total price, a fixed-point value. */
  readonly high: number;
  readonly low: number;
  /** 0: proved to be a least-price choice. Else price <= (1 + slack) x least price (Infinity when unknown). */
  readonly slack: number;
  /** Pairs merged. */
  readonly work: number;
}

/** Menus of one layer: alternatives, of which one shape of one menu is chosen. */
export type LayerMenus = readonly Menu[];

const MOST_STATES = 4_000_000;
const MOST_BOUND_STEPS = 64;

/**
 * @param layers menus of each layer; the largest shapes together must reach the target
 * @param most at least any total price: the scale of rounding errors in bounds
 * @param mostStates merged pairs before falling back to a proved slack
 */
export function chooseShapes(
  layers: readonly LayerMenus[],
  target: number,
  most: number,
  mostStates = MOST_STATES,
): ShapeChoice {
  if (layers.length === 1) return chooseOneShape(layers[0]!, target);
  return new NetworkChoice(layers, target, most, mostStates).run();
}

/** One layer: only the least feasible inner count of every outer count matters. O(outer lines), exact. */
function chooseOneShape(menus: LayerMenus, target: number): ShapeChoice {
  let best: Choice | null = null;
  let bestHigh = 0;
  let bestLow = 0;
  let work = 0;
  for (const menu of menus) {
    for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++) {
      work++;
      const missing = target - menuUnits(menu, outer, 0);
      const perInner = menu.unitsPerEntry * (menu.outerLines - outer);
      let inner = menu.minInner;
      if (missing > 0) {
        if (perInner === 0) continue;
        inner = Math.max(inner, Math.ceil(missing / perInner));
      }
      if (inner > menu.maxInner) continue;
      const high = menuHigh(menu, outer, inner);
      const low = menuLow(menu, outer, inner);
      if (best === null || high - bestHigh + (low - bestLow) < 0) {
        best = { menu, outer, inner };
        bestHigh = high;
        bestLow = low;
      }
    }
  }
  if (best === null) throw new RcpruneError('shape choice', 'a reachable target', `${target}`);
  return { choices: [best], high: bestHigh, low: bestLow, slack: 0, work };
}

/** Shapes of one layer that a better choice may use, as parallel lists. */
interface Candidates {
  readonly choices: Choice[];
  readonly units: number[];
  readonly high: number[];
  readonly low: number[];
  /** Reduced costs, ascending. */
  readonly reduced: number[];
}

class NetworkChoice {
  readonly #layers: readonly LayerMenus[];
  readonly #target: number;
  readonly #mostStates: number;
  /** At least the rounding error of any bound computed in doubles here. */
  readonly #margin: number;
  #best: { choices: Choice[]; high: number; low: number } | null = null;
  #bound = -Infinity;
  #multiplier = 0;
  /** minimum[l] = least price - multiplier x units of layer l. */
  #minimum: number[] = [];
  #work = 0;

  constructor(layers: readonly LayerMenus[], target: number, most: number, mostStates: number) {
    this.#layers = layers;
    this.#target = target;
    this.#mostStates = mostStates;
    const lines = layers.flat().reduce((sum, menu) => sum + menu.innerLines + menu.outerLines, 64);
    this.#margin = most * lines * 2 ** -50;
  }

  run(): ShapeChoice {
    this.#findMultiplier();
    const best = () => this.#best!;
    const price = () => best().high + best().low;
    let gap = Math.max(0, price() - this.#bound);
    let threshold = gap / 4096;
    for (;;) {
      const complete = this.#merge(threshold + 2 * this.#margin);
      if (!complete) break;
      gap = Math.max(0, price() - this.#bound);
      if (gap <= threshold) return { ...best(), slack: 0, work: this.#work };
      threshold = Math.min(gap, threshold * 4);
      if (threshold < gap && threshold * 4 > gap) threshold = gap;
    }
    const proved = this.#bound - 2 * this.#margin;
    const slack = proved > 0 ? (price() / proved - 1) * (1 + 2 ** -50) + 2 ** -50 : Infinity;
    return { ...best(), slack, work: this.#work };
  }

  /** Step 1: the best multiplier, the Lagrangian bound and the first incumbent. */
  #findMultiplier(): void {
    const target = this.#target;
    const largest = this.#layers.map((menus) => ({
      menu: menus[0]!,
      outer: menus[0]!.maxOuter,
      inner: menus[0]!.maxInner,
    }));
    this.#offer(largest);
    let above = { units: sumUnits(largest), price: sumPrices(largest) };
    const free = this.#relax(0);
    let below = free;
    if (free.units >= target) return;
    for (let step = 0; step < MOST_BOUND_STEPS; step++) {
      const multiplier = (above.price - below.price) / (above.units - below.units);
      if (!(multiplier > 0)) return;
      const relaxed = this.#relax(multiplier);
      if (relaxed.units === above.units || relaxed.units === below.units) return;
      const line = below.price - multiplier * below.units;
      if (relaxed.price - multiplier * relaxed.units >= line - this.#margin) return;
      if (relaxed.units >= target) above = relaxed;
      else below = relaxed;
    }
  }

  /** Minimises price - multiplier x units layer by layer; keeps the bound if it is the best one yet. */
  #relax(multiplier: number): { units: number; price: number } {
    const choices: Choice[] = [];
    const minimum: number[] = [];
    for (const menus of this.#layers) {
      let least = Infinity;
      let chosen: Choice | null = null;
      for (const menu of menus) {
        for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++) {
          const inner = leastInner(menu, outer, multiplier);
          const value = menuPrice(menu, outer, inner) - multiplier * menuUnits(menu, outer, inner);
          if (value < least) {
            least = value;
            chosen = { menu, outer, inner };
          }
        }
      }
      choices.push(chosen!);
      minimum.push(least);
    }
    const bound = minimum.reduce((sum, value) => sum + value, multiplier * this.#target);
    if (bound > this.#bound) {
      this.#bound = bound;
      this.#multiplier = multiplier;
      this.#minimum = minimum;
    }
    const units = sumUnits(choices);
    if (units >= this.#target) this.#offer(choices);
    return { units, price: sumPrices(choices) };
  }

  #offer(choices: Choice[]): void {
    const high = choices.reduce((sum, { menu, outer, inner }) => sum + menuHigh(menu, outer, inner), 0);
    const low = choices.reduce((sum, { menu, outer, inner }) => sum + menuLow(menu, outer, inner), 0);
    const best = this.#best;
    if (best === null || high - best.high + (low - best.low) < 0) this.#best = { choices, high, low };
  }

  /** Steps 2 and 3 with a threshold on reduced costs. @returns false when the state limit ended it. */
  #merge(threshold: number): boolean {
    const candidates: Candidates[] = [];
    let listed = 0;
    for (const [l, menus] of this.#layers.entries()) {
      const list = this.#candidates(menus, this.#minimum[l]!, threshold, this.#mostStates - listed);
      if (list === null) return false;
      listed += list.choices.length;
      candidates.push(list);
    }
    // Merging small lists first keeps the intermediate lists short.
    const order = candidates
      .map((_, l) => l)
      .sort((a, b) => candidates[a]!.units.length - candidates[b]!.units.length || a - b);
    const leastLater = new Float64Array(order.length + 1);
    const mostLater = new Float64Array(order.length + 1);
    for (let stage = order.length - 1; stage >= 0; stage--) {
      const units = candidates[order[stage]!]!.units;
      leastLater[stage] = leastLater[stage + 1]! + units.reduce((least, value) => Math.min(least, value), Infinity);
      mostLater[stage] = mostLater[stage + 1]! + units.reduce((most, value) => Math.max(most, value), 0);
    }
    let states: States = { units: [0], high: [0], low: [0], reduced: [0], from: [-1], option: [-1] };
    const stages: States[] = [];
    for (const [stage, l] of order.entries()) {
      const next = this.#extend(states, candidates[l]!, threshold, leastLater[stage + 1]!, mostLater[stage + 1]!);
      if (next === null) return false;
      stages.push(next);
      states = next;
    }
    this.#takeBest(stages, order, candidates);
    return true;
  }

  /** All shapes of a layer with reduced cost at most `threshold`; null when they exceed `most`. */
  #candidates(menus: LayerMenus, minimum: number, threshold: number, most: number): Candidates | null {
    const multiplier = this.#multiplier;
    const found: { choice: Choice; reduced: number }[] = [];
    for (const menu of menus) {
      for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++) {
        const center = leastInner(menu, outer, multiplier);
        // Reduced costs are convex along inner lines: walk both ways from the least one.
        for (const [start, step] of [
          [center, 1],
          [center - 1, -1],
        ] as const) {
          for (let inner = start; inner >= menu.minInner && inner <= menu.maxInner; inner += step) {
            const value = menuPrice(menu, outer, inner) - multiplier * menuUnits(menu, outer, inner);
            const reduced = Math.max(0, value - minimum);
            if (reduced > threshold) break;
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

  /** All sums of a state and an option that may still be part of a better choice, dominated ones dropped. */
  #extend(
    states: States,
    options: Candidates,
    threshold: number,
    leastLater: number,
    mostLater: number,
  ): States | null {
    const target = this.#target;
    const multiplier = this.#multiplier;
    const made: States = { units: [], high: [], low: [], reduced: [], from: [], option: [] };
    const bestOf = new Map<number, number>(); // units -> the state of least price with exactly these units
    for (let s = 0; s < states.units.length; s++) {
      for (let k = 0; k < options.units.length; k++) {
        const reduced = states.reduced[s]! + options.reduced[k]!;
        if (reduced > threshold) break; // options ascend
        if (++this.#work % 1024 === 0 && made.units.length > this.#mostStates) return null;
        const units = states.units[s]! + options.units[k]!;
        if (units + mostLater < target) continue;
        // Units beyond the target cost the multiplier each.
        const excess = units + leastLater - target;
        if (excess > 0 && reduced + multiplier * excess > threshold) continue;
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

  #takeBest(stages: readonly States[], order: readonly number[], candidates: readonly Candidates[]): void {
    const last = stages.at(-1)!;
    let best = -1;
    for (let s = 0; s < last.units.length; s++) {
      if (last.units[s]! < this.#target) continue;
      if (best < 0 || last.high[s]! - last.high[best]! + (last.low[s]! - last.low[best]!) < 0) best = s;
    }
    if (best < 0) return;
    const choices: Choice[] = new Array(order.length);
    for (let stage = stages.length - 1, s = best; stage >= 0; stage--) {
      const l = order[stage]!;
      choices[l] = candidates[l]!.choices[stages[stage]!.option[s]!]!;
      s = stages[stage]!.from[s]!;
    }
    this.#offer(choices);
  }
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

/** The inner count of least price - multiplier x units for an outer count: a binary search, since prices are convex. */
function leastInner(menu: Menu, outer: number, multiplier: number): number {
  const worth = multiplier * menu.unitsPerEntry * (menu.outerLines - outer); // what one more inner line brings
  const { innerHigh, innerLow } = menu;
  const base = outer * menu.stride;
  let least = menu.minInner;
  let most = menu.maxInner;
  while (least < most) {
    const middle = (least + most) >>> 1;
    const next = base + middle + 1;
    const price = innerHigh[next]! - innerHigh[next - 1]! + (innerLow[next]! - innerLow[next - 1]!);
    if (price <= worth) least = middle + 1;
    else most = middle;
  }
  return least;
}

function sumUnits(choices: readonly Choice[]): number {
  return choices.reduce((sum, { menu, outer, inner }) => sum + menuUnits(menu, outer, inner), 0);
}

function sumPrices(choices: readonly Choice[]): number {
  return choices.reduce((sum, { menu, outer, inner }) => sum + menuPrice(menu, outer, inner), 0);
}
