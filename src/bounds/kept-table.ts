import type { KeptRange } from '../layer/kept-shapes.ts';

/*
 * Tables of upper bounds, one number per shape of a layer in kept lines. Tables are only ever lowered, each time by a bound that
 * holds for all shapes. O(shapes) for each.
 */

/** Upper bounds on the kept importance of one layer, for every number a of kept rows and b of kept columns in a range. */
export interface KeptTable {
  readonly range: KeptRange;
  /** Distance between (a, b) and (a + 1, b). */
  readonly stride: number;
  /** values[(a - minKeptRows) * stride + b - minKeptColumns] */
  readonly values: Float64Array;
}

/** A table whose entries are all `value`. */
export function makeTable(range: KeptRange, value = Infinity): KeptTable {
  const stride = Math.max(0, range.maxKeptColumns - range.minKeptColumns + 1);
  const heads = Math.max(0, range.maxKeptRows - range.minKeptRows + 1);
  return { range, stride, values: new Float64Array(heads * stride).fill(value) };
}

/** The bound for a kept rows and b kept columns, both in range. */
export function boundAt({ range, stride, values }: KeptTable, a: number, b: number): number {
  return values[(a - range.minKeptRows) * stride + b - range.minKeptColumns]!;
}

/** The lesser of two tables of one range, entry by entry, written to the first. */
export function lower(table: KeptTable, other: KeptTable): void {
  const { values } = table;
  for (let k = 0; k < values.length; k++) if (other.values[k]! < values[k]!) values[k] = other.values[k]!;
}

/** What a sum of at most `terms` nonnegative doubles must be multiplied by to be no less than the exact sum. */
export function inflation(terms: number): number {
  return 1 + (terms + 4) * 2 ** -52; // (1 + u)^terms <= 1 + 2 terms u for terms u < 1/2, u = 2^-53
}
