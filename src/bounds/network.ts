import { type KeptRange, keptRange } from '../layer/kept-shapes.ts';
import type { Requirement } from '../problem/goal.ts';
import { type Instance, unitCount } from '../problem/instance.ts';
import { floorQuotient } from '../problem/quotient.ts';

/**
 * The network bound: one price v >= 0 for a kept unit.
 *
 * Theorem (Lagrangian relaxation; T5: Bounds.network_price_sound). With K = units - target, every feasible pruning keeps at
 * most D(v) = v K + sum over layers of max over allowed (a, b) of UB(a, b) - v u a b. A layer may keep at most K units less
 * what the minima of the others keep, so shapes beyond that are left out; with one layer v = 0 then gives the maximum over
 * the feasible shapes.
 *
 * The knapsack max { sum UB : sum u a b <= K } is at least as strong (`mostKept` of src/knapsack, for small K).
 *
 * D is convex and piecewise linear. Only the upper concave envelope of a layer's points (u a b, UB) matters, so D is minimised
 * by bisection on the sign of its slope K - sum u a b, each probe a binary search per layer.
 */
export interface Budget {
  /** K: units that may stay in all. */
  readonly units: number;
  /** Allowed numbers of kept lines, and the most units that layer l may keep. */
  readonly ranges: readonly KeptRange[];
  readonly mostUnits: readonly number[];
}

export function budgetOf(instance: Instance, requirement: Requirement): Budget {
  const { layers } = instance;
  const units = unitCount(instance) - requirement.target;
  const ranges = layers.map((layer, l) => keptRange(layer, requirement.ranges[l]!));
  const least = ranges.map(
    ({ minKeptRows, minKeptColumns }, l) => minKeptRows * minKeptColumns * layers[l]!.unitsPerEntry,
  );
  const leastOfAll = least.reduce((sum, value) => sum + value, 0);
  return { units, ranges, mostUnits: least.map((own) => units - (leastOfAll - own)) };
}

/** One shape on a layer's concave envelope. */
export interface Envelope {
  readonly units: Float64Array; // ascending
  readonly bounds: Float64Array;
  readonly keptRows: Int32Array;
  readonly keptColumns: Int32Array;
}

/** Areas are told apart up to this many; of larger layers neighbouring ones share the least of theirs, which only weakens. */
const MOST_AREAS = 2 ** 23;

/**
 * The upper concave envelope of a layer's points (units kept, bound). O(shapes).
 *
 * @param boundOf the bound of a shape; its place in a table of the range is given too
 */
export function envelopeOf(
  range: KeptRange,
  boundOf: (a: number, b: number, at: number) => number,
  unitsPerEntry: number,
  mostUnits: number,
): Envelope {
  // Best bound of every area first: areas are integers, so this sorts by counting.
  const { minKeptRows, maxKeptRows, minKeptColumns, maxKeptColumns } = range;
  const most = Math.min(maxKeptRows * maxKeptColumns, floorQuotient(mostUnits, unitsPerEntry));
  const width = Math.ceil((most + 1) / MOST_AREAS);
  const best = new Float64Array(Math.floor(most / width) + 1).fill(-Infinity);
  const from = new Float64Array(best.length);
  for (let a = minKeptRows, at = 0; a <= maxKeptRows; a++) {
    for (let b = minKeptColumns; b <= maxKeptColumns; b++, at++) {
      if (a * b > most) {
        at += maxKeptColumns - b + 1;
        break;
      }
      const place = width === 1 ? a * b : Math.floor((a * b) / width);
      const bound = boundOf(a, b, at);
      if (bound <= best[place]!) continue;
      best[place] = bound;
      from[place] = at;
    }
  }
  const areas: number[] = [];
  for (let area = 0; area < best.length; area++) {
    const value = best[area]!;
    if (value === -Infinity) continue;
    // The first point stays: it is the best one at any high price.
    while (areas.length > 1) {
      const last = areas[areas.length - 1]!;
      const before = areas[areas.length - 2]!;
      if ((best[last]! - best[before]!) * (area - last) > (value - best[last]!) * (last - before)) break;
      areas.pop();
    }
    areas.push(area);
  }
  const stride = maxKeptColumns - minKeptColumns + 1;
  return {
    units: Float64Array.from(areas, (area) => area * width * unitsPerEntry),
    bounds: Float64Array.from(areas, (area) => best[area]!),
    keptRows: Int32Array.from(areas, (area) => minKeptRows + Math.floor(from[area]! / stride)),
    keptColumns: Int32Array.from(areas, (area) => minKeptColumns + (from[area]! % stride)),
  };
}

/** The place on an envelope of greatest bound - price x units; of equal ones the least units. */
export function greatestAt({ units, bounds }: Envelope, price: number): number {
  let low = 0;
  let high = units.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const rise = bounds[middle + 1]! - bounds[middle]!;
    if (rise > price * (units[middle + 1]! - units[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface PricedBound {
  readonly price: number;
  /**
   * At least what any feasible pruning keeps, given the layers' bounds, once it is multiplied by 1 + {@link PRICE_ROUNDING}:
   * D(price), and that part of its rounding which the factor does not cover.
   */
  readonly kept: number;
}

/** The share of a bound that its rounding may take before it is added to it: a claim is widened by more than that. */
export const PRICE_ROUNDING = 2 ** -29;
const PRICE_STEPS = 200;

/**
 * The price of least D, rounding included.
 *
 * Where layers hold many units that no pruning may touch, v K and the v u a b of the layers are far larger than D, and so may
 * their rounding be. With u = 2^-53, L layers and M = sum of the layers' greatest bounds, v K and any v u a b are rounded by at
 * most u v K, the difference UB - v u a b by at most u (UB + v K); the place of the greatest is found up to 4u of its UB
 * ({@link greatestAt} compares rounded slopes); the L additions round by (L + 1) u times the magnitudes. In all the sum here
 * is off by less than (L + 8) u (M + (L + 1) v K). The checker adds allowances of at most 8u (UB + v K) per layer and
 * (L + 8) u (M + (L + 1) v K) for the sum. (L + 16) 2^-50 (M + (L + 1) v K) is over twice all of these together.
 */
export function bestPrice(envelopes: readonly Envelope[], budget: Budget): PricedBound {
  const greatestBounds = envelopes.reduce((sum, envelope) => sum + envelope.bounds[greatestAt(envelope, 0)]!, 0);
  const roundingAt = (price: number) =>
    (envelopes.length + 16) * 2 ** -50 * (greatestBounds + (envelopes.length + 1) * price * budget.units);
  const probe = (price: number) => {
    let kept = price * budget.units;
    let units = 0;
    for (const envelope of envelopes) {
      const at = greatestAt(envelope, price);
      kept += envelope.bounds[at]! - price * envelope.units[at]!;
      units += envelope.units[at]!;
    }
    kept += Math.max(0, roundingAt(price) - kept * PRICE_ROUNDING);
    return { price, kept, units };
  };
  let best = probe(0);
  if (best.units <= budget.units) return best;
  let low = 0;
  let high = 0;
  for (const { units, bounds } of envelopes) {
    for (let at = 1; at < units.length; at++) {
      high = Math.max(high, (bounds[at]! - bounds[at - 1]!) / (units[at]! - units[at - 1]!));
    }
  }
  high *= 2;
  for (let step = 0; step < PRICE_STEPS; step++) {
    const price = low > 0 && high / low > 4 ? Math.sqrt(low * high) : (low + high) / 2;
    if (!(price > low && price < high)) break;
    const { kept, units } = probe(price);
    if (kept < best.kept) best = { price, kept, units };
    if (units > budget.units) low = price;
    else high = price;
  }
  const last = probe(high);
  return last.kept < best.kept ? last : best;
}
