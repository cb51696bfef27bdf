import type { Requirement } from '../problem/goal.ts';
import { type Instance, unitCount } from '../problem/instance.ts';
import { type KeptRange, type KeptTable, keptRange } from './kept-table.ts';

/**
 * The network bound: one price v >= 0 for a kept unit.
 *
 * Theorem (theory: Lagrange; Coq: the network bound of T5). With K = units - target, every feasible pruning keeps at
 * most D(v) = v K + sum over layers of max over allowed (a, b) of UB(a, b) - v u a b. A layer may keep at most K units less
 * what the minima of the others keep, so shapes beyond that are left out; with one layer v = 0 then gives the maximum over
 * the feasible shapes.
 *
 * D is convex and piecewise linear. Only the upper concave envelope of a layer's points (u a b, UB) matters, so D is minimised
 * by bisection on the sign of its slope K - sum u a b, each probe a binary search a layer.
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
  const least = ranges.map(({ minRows, minColumns }, l) => minRows * minColumns * layers[l]!.unitsPerEntry);
  const leastOfAll = least.reduce((sum, value) => sum + value, 0);
  return { units, ranges, mostUnits: least.map((own) => units - (leastOfAll - own)) };
}

/** One shape on a layer's concave envelope. */
export interface Envelope {
  readonly units: Float64Array; // ascending
  readonly bounds: Float64Array;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/** The upper concave envelope of a layer's points (units kept, bound). O(shapes). */
export function envelopeOf({ range, values }: KeptTable, unitsPerEntry: number, mostUnits: number): Envelope {
  // Best bound of every area first: areas are integers, so this sorts by counting.
  const most = Math.min(range.maxRows * range.maxColumns, Math.floor(mostUnits / unitsPerEntry));
  const best = new Float64Array(most + 1).fill(-Infinity);
  const from = new Int32Array(most + 1);
  for (let a = range.minRows, at = 0; a <= range.maxRows; a++) {
    for (let b = range.minColumns; b <= range.maxColumns; b++, at++) {
      const area = a * b;
      if (area > most || values[at]! <= best[area]!) continue;
      best[area] = values[at]!;
      from[area] = at;
    }
  }
  const areas: number[] = [];
  for (let area = 0; area <= most; area++) {
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
  const stride = range.maxColumns - range.minColumns + 1;
  return {
    units: Float64Array.from(areas, (area) => area * unitsPerEntry),
    bounds: Float64Array.from(areas, (area) => best[area]!),
    rows: Int32Array.from(areas, (area) => range.minRows + Math.floor(from[area]! / stride)),
    columns: Int32Array.from(areas, (area) => range.minColumns + (from[area]! % stride)),
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
  /** D(price): at least what any feasible pruning keeps, but for the rounding of this sum. */
  readonly kept: number;
}

const PRICE_STEPS = 200;

/** The price of least D. */
export function bestPrice(envelopes: readonly Envelope[], budget: Budget): PricedBound {
  const probe = (price: number) => {
    let kept = price * budget.units;
    let units = 0;
    for (const envelope of envelopes) {
      const at = greatestAt(envelope, price);
      kept += envelope.bounds[at]! - price * envelope.units[at]!;
      units += envelope.units[at]!;
    }
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
