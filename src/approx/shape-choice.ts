import { RcpruneError } from '../problem/error.ts';
import { excessOver, QUANTUM_EXPONENT } from '../problem/exact-sum.ts';
import { ceilQuotient } from '../problem/quotient.ts';
import { toExact } from '../sums/fixed-point.ts';
import { type Choice, type Menu, menuHigh, menuLow, menuUnits } from './menu.ts';

/**
 * The exact choice of one shape a layer: total removed units >= target at least total price.
 *
 * A multiple-choice knapsack (Sinha and Zoltners 1979), solved by a Lagrangian bound, an expanding core and nondominated
 * lists (Pisinger, *A minimal algorithm for the multiple-choice knapsack problem*, 1995, differs in growing the core
 * layer by layer). T is the target; P and U are a choice's total price and units.
 *
 * 1. For a multiplier v, a price per unit, take the shapes that minimise price - v units layer by layer. Prices are convex
 *    along a menu's inner lines, so a minimum is one binary search an outer line. The best v is found by intersecting the two
 *    supporting lines that bracket the target; the feasible one is the first incumbent.
 * 2. These shapes are references: with P0 and U0 their price and units in all, and d(s) = (price of s - price of its layer's
 *    reference) - v (units of s - units of the reference), every choice satisfies P = P0 + v (U - U0) + sum of d, an
 *    identity whatever v and the references are. With m_l <= 0 the least d of layer l, the *score* of a choice,
 *    sum of (d - m_l) + v (U - T), is a sum of terms that are all >= 0 where U >= T, and
 *
 *        P = B + score     with     B = P0 - v (U0 - T) + sum of m_l.                                            (1)
 *
 *    So B bounds the least price from below, and a choice better than an incumbent of price P' has a score < P' - B.
 * 3. With a trial threshold g, only shapes with d - m_l <= g are listed and only scores up to g are merged. When P' - B is at
 *    most g, the incumbent is proved; else g grows. On real networks a tiny g is enough.
 * 4. Lists are merged layer by layer, keeping the nondominated (units, price) pairs, compared exactly in fixed point.
 *
 * Doubles serve only for scores, and only differences from the references enter them: so rounding is relative to prices,
 * however large v times units is. A margin added to g pays for it: {@link marginOf}, whose analysis is in proofs/README.md
 * ("T9, rounding"). It may only list too much.
 *
 * Time: O(lines log lines) a multiplier, then the merges; the merge is exponential in the worst case (the problem is
 * NP-hard) and ends after `mostPairs` pairs, with the incumbent and `slack` > 0, a proved relative distance from the least
 * price.
 */
export interface ShapeChoice {
  readonly choices: readonly Choice[];
  /** Total price, a fixed-point value. */
  readonly high: number;
  readonly low: number;
  /** 0: proved to be a least-price choice. Else price <= (1 + slack) x least price, exactly (Infinity when unknown). */
  readonly slack: number;
  /** Pairs merged; of one layer, outer counts looked at. */
  readonly work: number;
}

/** Menus of one layer: alternatives, of which one shape of one menu is chosen. */
export type LayerMenus = readonly Menu[];

/** Some 10 seconds of merging. */
const MOST_PAIRS = 2 ** 27;
/** Listed shapes of all layers, and pairs kept of one merge: what fits into memory. */
const MOST_LISTED = 4_000_000;
const MOST_MULTIPLIERS = 64;
/** The search for a multiplier ends when the bound would rise by less than this share of all prices. */
const LEAST_STEP = 2 ** -40;
/** References that are not the least of their layer, by rounding, are replaced so often; one replacement is usual. */
const MOST_REPLACEMENTS = 4;

/**
 * @param layers menus of each layer, the first of which holds its largest shape
 * @param most at least any total price, but for the rounding of fixed-point sums: the scale of rounding errors
 * @param mostPairs pairs merged at most, in all; also the most shapes listed at a time
 * @throws RcpruneError when the largest shapes together miss the target
 */
export function chooseShapes(
  layers: readonly LayerMenus[],
  target: number,
  most: number,
  mostPairs = MOST_PAIRS,
): ShapeChoice {
  if (layers.length === 1) return chooseOneShape(layers[0]!, target);
  return new NetworkChoice(layers, target, most, mostPairs).run();
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
        inner = Math.max(inner, ceilQuotient(missing, perInner));
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

/** A shape with its units and price. */
interface PricedShape {
  readonly choice: Choice;
  readonly units: number;
  readonly high: number;
  readonly low: number;
}

/** One shape a layer with their units and price in all. */
interface PricedChoice {
  readonly choices: readonly Choice[];
  readonly units: number;
  readonly high: number;
  readonly low: number;
}

/** The shapes that minimise price - multiplier x units, and the bound on prices that follows, but for rounding. */
interface Relaxation extends PricedChoice {
  readonly multiplier: number;
  readonly bound: number;
  readonly centers: Int32Array;
}

/** A multiplier v and what (1) says of it. */
interface Anchor {
  readonly multiplier: number;
  /** Where inner lines cost as much as they bring, see `#firstCenter`. */
  readonly centers: Int32Array;
  /** The layers' references. */
  readonly references: readonly PricedShape[];
  /** least[l] = m_l: the least d of layer l as computed; <= 0, since the reference's own is 0. */
  readonly least: readonly number[];
  /** Of all references: P0 and U0. */
  readonly total: PricedChoice;
}

class NetworkChoice {
  readonly #layers: readonly LayerMenus[];
  readonly #target: number;
  readonly #most: number;
  readonly #mostPairs: number;
  /**
   * Place of a layer's first number in lists of *centers*, which hold for every menu and outer count of every layer, one
   * after the other, the inner count of least price - multiplier x units. They ascend with the multiplier.
   */
  readonly #firstCenter: readonly number[]; // [layers + 1]
  #best: PricedChoice;
  #work = 0;

  constructor(layers: readonly LayerMenus[], target: number, most: number, mostPairs: number) {
    this.#layers = layers;
    this.#target = target;
    this.#most = most;
    this.#mostPairs = mostPairs;
    const firstCenter = [0];
    for (const menus of layers) {
      firstCenter.push(
        menus.reduce((sum, { minOuter, maxOuter }) => sum + maxOuter - minOuter + 1, firstCenter.at(-1)!),
      );
    }
    this.#firstCenter = firstCenter;
    this.#best = priceOfAll(
      layers.map((menus) => ({ menu: menus[0]!, outer: menus[0]!.maxOuter, inner: menus[0]!.maxInner })),
    );
    const { units } = this.#best;
    if (units < target) throw new RcpruneError('shape choice', `a target of at most ${units} units`, `${target}`);
  }

  run(): ShapeChoice {
    const anchor = this.#anchorAt(this.#bestRelaxation());
    const margin = marginOf(anchor, this.#target, this.#most);
    let gap = this.#gap(anchor);
    let threshold = gap / 4096;
    let merged = 0; // all choices of scores up to it were merged
    while (this.#merge(anchor, threshold + margin)) {
      gap = this.#gap(anchor);
      if (gap <= threshold) return this.#answer(0);
      merged = threshold;
      threshold = Math.min(gap, threshold * 4);
      if (threshold < gap && threshold * 4 > gap) threshold = gap;
    }
    // Any better choice has a score above `merged`: by (1) it saves less than the rest of the gap.
    const saved = Math.max(0, gap - merged) + margin;
    const price = toExact(this.#best.high, this.#best.low);
    const least = price - BigInt(Math.ceil(saved * 2 ** -QUANTUM_EXPONENT));
    return this.#answer(least > 0n ? excessOver(least, price) : Infinity);
  }

  #answer(slack: number): ShapeChoice {
    const { choices, high, low } = this.#best;
    return { choices, high, low, slack, work: this.#work };
  }

  /** P' - B for the incumbent's price P', >= 0. */
  #gap({ multiplier, total, least }: Anchor): number {
    const { high, low } = this.#best;
    const saved = high - total.high + (low - total.low) + multiplier * (total.units - this.#target);
    return Math.max(0, saved - least.reduce((sum, own) => sum + own, 0));
  }

  /** Step 1: the best multiplier found. Nothing is proved here, so rounding does no harm. */
  #bestRelaxation(): Relaxation {
    const target = this.#target;
    let above: PricedChoice & { multiplier: number; centers?: Int32Array } = { ...this.#best, multiplier: Infinity };
    let below = this.#relax(0, above);
    let best = below;
    if (best.units >= target) return best;
    for (let step = 0; step < MOST_MULTIPLIERS; step++) {
      const multiplier = priceBetween(below, above) / (above.units - below.units);
      if (!(multiplier > below.multiplier && multiplier < above.multiplier)) break; // centers need the order
      const relaxed = this.#relax(multiplier, below, below.centers, above.centers);
      if (relaxed.bound > best.bound) best = relaxed;
      if (relaxed.units === above.units || relaxed.units === below.units) break;
      const under = priceBetween(below, relaxed) - multiplier * (relaxed.units - below.units);
      if (under >= -this.#most * LEAST_STEP) break;
      if (relaxed.units >= target) above = relaxed;
      else below = relaxed;
    }
    return best;
  }

  /**
   * Minimises price - multiplier x units layer by layer, seen from shapes nearby.
   *
   * @param under centers of a lower multiplier; @param over of a higher one
   */
  #relax(multiplier: number, from: PricedChoice, under?: Int32Array, over?: Int32Array): Relaxation {
    const centers = this.#centers(multiplier, under, over);
    const choices = this.#layers.map(
      (_, l) => this.#leastShape(l, multiplier, centers, priceOf(from.choices[l]!)).choice,
    );
    const all = priceOfAll(choices);
    this.#offer(all);
    const bound = all.high + all.low - multiplier * (all.units - this.#target);
    return { ...all, multiplier, bound, centers };
  }

  #centers(multiplier: number, under?: Int32Array, over?: Int32Array): Int32Array {
    const centers = new Int32Array(this.#firstCenter.at(-1)!);
    let k = 0;
    for (const menu of this.#layers.flat()) {
      for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++, k++) {
        centers[k] = leastInner(menu, outer, multiplier, under?.[k] ?? menu.minInner, over?.[k] ?? menu.maxInner);
      }
    }
    return centers;
  }

  /** The shape of least d from a reference, and d. O(outer lines). */
  #leastShape(l: number, multiplier: number, centers: Int32Array, reference: PricedShape) {
    let reduced = Infinity;
    let choice: Choice | null = null;
    let k = this.#firstCenter[l]!;
    for (const menu of this.#layers[l]!) {
      for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++, k++) {
        const inner = centers[k]!;
        const own = reducedCost(menu, outer, inner, multiplier, reference);
        if (own < reduced) {
          reduced = own;
          choice = { menu, outer, inner };
        }
      }
    }
    return { choice: choice!, reduced };
  }

  /** Step 2. A relaxation's shapes were found from afar: a shape that is less, seen from close by, takes their place. */
  #anchorAt({ multiplier, choices, centers }: Relaxation): Anchor {
    const references: PricedShape[] = [];
    const least: number[] = [];
    for (const l of this.#layers.keys()) {
      let reference = priceOf(choices[l]!);
      for (let replacements = 0; ; replacements++) {
        const { choice, reduced } = this.#leastShape(l, multiplier, centers, reference);
        if (reduced >= 0 || replacements === MOST_REPLACEMENTS) {
          references.push(reference);
          least.push(Math.min(0, reduced));
          break;
        }
        reference = priceOf(choice);
      }
    }
    const total = priceOfAll(references.map(({ choice }) => choice));
    this.#offer(total);
    return { multiplier, centers, references, least, total };
  }

  #offer(all: PricedChoice): void {
    if (all.units >= this.#target && priceBetween(this.#best, all) < 0) this.#best = all;
  }

  /** Steps 3 and 4: takes the best choice of a score up to `limit`. @returns false when a limit ended it */
  #merge(anchor: Anchor, limit: number): boolean {
    const candidates: Candidates[] = [];
    let listed = 0;
    for (const l of this.#layers.keys()) {
      const list = this.#candidates(anchor, l, limit, Math.min(this.#mostPairs, MOST_LISTED) - listed);
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
      const later = [leastLater[stage + 1]!, mostLater[stage + 1]!] as const;
      const next = this.#extend(states, candidates[l]!, anchor.multiplier, limit, later);
      if (next === null) return false;
      stages.push(next);
      states = next;
    }
    this.#takeBest(stages, order, candidates);
    return true;
  }

  /** All shapes of a layer with d - m_l at most `limit`; null when they are more than `most`. */
  #candidates(anchor: Anchor, l: number, limit: number, most: number): Candidates | null {
    const { multiplier, centers } = anchor;
    const reference = anchor.references[l]!;
    const least = anchor.least[l]!;
    let k = this.#firstCenter[l]!;
    const found: { choice: Choice; reduced: number }[] = [];
    for (const menu of this.#layers[l]!) {
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
        if (this.#work >= this.#mostPairs || made.units.length >= MOST_LISTED) return null;
        this.#work++;
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
    this.#offer(priceOfAll(choices));
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

/**
 * What rounding can add to a computed score, or take from it: (L + 1) 2^-45 K, where L counts layers and K is the sum of the
 * magnitudes that scores are made of. The analysis asks for 90 (L + 1) 2^-53 K; this is over twice as much.
 */
function marginOf({ multiplier, total, least }: Anchor, target: number, most: number): number {
  const magnitude = least.reduce((sum, own) => sum - own, 2 * most + multiplier * Math.abs(total.units - target));
  return (least.length + 1) * 2 ** -45 * magnitude;
}

/** d: three roundings, the differences of limbs and of units being exact. */
function reducedCost(menu: Menu, outer: number, inner: number, multiplier: number, reference: PricedShape): number {
  const price = menuHigh(menu, outer, inner) - reference.high + (menuLow(menu, outer, inner) - reference.low);
  return price - multiplier * (menuUnits(menu, outer, inner) - reference.units);
}

/**
 * The inner count from `least` to `most` of least price - multiplier x units for an outer count: a binary search, since
 * prices are convex.
 */
function leastInner(menu: Menu, outer: number, multiplier: number, least: number, most: number): number {
  const worth = multiplier * (menu.unitsPerEntry * (menu.outerLines - outer)); // what one more inner line brings
  const { innerHigh, innerLow } = menu;
  const base = outer * menu.stride;
  while (least < most) {
    const middle = (least + most) >>> 1;
    const next = base + middle + 1;
    const price = innerHigh[next]! - innerHigh[next - 1]! + (innerLow[next]! - innerLow[next - 1]!);
    if (price <= worth) least = middle + 1;
    else most = middle;
  }
  return least;
}

function priceOf(choice: Choice): PricedShape {
  const { menu, outer, inner } = choice;
  return {
    choice,
    units: menuUnits(menu, outer, inner),
    high: menuHigh(menu, outer, inner),
    low: menuLow(menu, outer, inner),
  };
}

/** Sums of limbs and of units are exact. */
function priceOfAll(choices: readonly Choice[]): PricedChoice {
  const shapes = choices.map(priceOf);
  return {
    choices,
    units: shapes.reduce((sum, { units }) => sum + units, 0),
    high: shapes.reduce((sum, { high }) => sum + high, 0),
    low: shapes.reduce((sum, { low }) => sum + low, 0),
  };
}

/** The price of `to` less that of `from`, rounded once: its sign is right. */
function priceBetween(from: PricedChoice, to: PricedChoice): number {
  return to.high - from.high + (to.low - from.low);
}
