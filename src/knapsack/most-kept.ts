import type { KeptRange } from '../layer/kept-shapes.ts';

/*
 * The most that bounds allow to keep within so many units, for few units: dynamic programming over the units. An upper bound on what
 * any pruning keeps, but for the rounding of one addition per layer.
 */

/** Most additions that {@link mostKept} spends; the checker allows more. */
const MOST_KNAPSACK_STEPS = 2 ** 24;

/** A layer's bounds, shape by shape. */
export interface ShapeBounds {
  readonly range: KeptRange;
  readonly boundOf: (a: number, b: number, at: number) => number;
  readonly unitsPerEntry: number;
}

/**
 * max { sum of UB_l(a_l, b_l) : sum of u_l a_l b_l <= K } over allowed shapes, by dynamic programming over the units, O(K) for
 * every shape that no other dominates; Infinity when that takes too long.
 */
export function mostKept(layers: readonly ShapeBounds[], units: number): number {
  let steps = 0;
  for (const { range } of layers) steps += units * Math.min(units, range.maxKeptRows * range.maxKeptColumns);
  if (steps > MOST_KNAPSACK_STEPS) return Infinity;
  let fill = new Float64Array(units + 1); // fill[k] = the most that the layers so far keep in at most k units
  for (const { range, boundOf, unitsPerEntry } of layers) {
    const best = new Float64Array(units + 1).fill(-Infinity); // by units
    for (let a = range.minKeptRows, at = 0; a <= range.maxKeptRows; a++) {
      for (let b = range.minKeptColumns; b <= range.maxKeptColumns; b++, at++) {
        const own = a * b * unitsPerEntry;
        if (own <= units) best[own] = Math.max(best[own]!, boundOf(a, b, at));
      }
    }
    const next = new Float64Array(units + 1).fill(-Infinity);
    let greatest = -Infinity;
    for (let own = 0; own <= units; own++) {
      const bound = best[own]!;
      if (bound <= greatest) continue;
      greatest = bound;
      for (let k = own; k <= units; k++) next[k] = Math.max(next[k]!, fill[k - own]! + bound);
    }
    fill = next;
  }
  return fill[units]!;
}
