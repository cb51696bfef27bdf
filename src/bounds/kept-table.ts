import type { ShapeRange } from '../problem/goal.ts';
import type { Layer } from '../problem/instance.ts';

/** Numbers of kept rows and columns, ends included: bounds speak of what is kept, goals of what is removed. */
export interface KeptRange {
  readonly minRows: number;
  readonly maxRows: number;
  readonly minColumns: number;
  readonly maxColumns: number;
}

/** Upper bounds on the kept importance of one layer, for every number a of kept rows and b of kept columns in a range. */
export interface KeptTable {
  readonly range: KeptRange;
  /** Distance between (a, b) and (a + 1, b). */
  readonly stride: number;
  /** values[(a - minRows) * stride + b - minColumns] */
  readonly values: Float64Array;
}

/** The complement of a range of removed lines. */
export function keptRange({ rows, cols }: Layer, range: ShapeRange): KeptRange {
  return {
    minRows: rows - range.maxRows,
    maxRows: rows - range.minRows,
    minColumns: cols - range.maxColumns,
    maxColumns: cols - range.minColumns,
  };
}

/** Every shape of a layer. */
export function fullRange({ rows, cols }: Layer): KeptRange {
  return { minRows: 0, maxRows: rows, minColumns: 0, maxColumns: cols };
}

/** A table whose entries are all `value`. */
export function makeTable(range: KeptRange, value = Infinity): KeptTable {
  const stride = Math.max(0, range.maxColumns - range.minColumns + 1);
  const heads = Math.max(0, range.maxRows - range.minRows + 1);
  return { range, stride, values: new Float64Array(heads * stride).fill(value) };
}

/** The bound for a kept rows and b kept columns, both in range. */
export function boundAt({ range, stride, values }: KeptTable, a: number, b: number): number {
  return values[(a - range.minRows) * stride + b - range.minColumns]!;
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

/** top[k] = sum of the k greatest values, for k = 0 .. length; sorts a copy. */
export function topSums(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  const top = new Float64Array(length + 1);
  for (let k = 0; k < length; k++) top[k + 1] = top[k]! + sorted[length - 1 - k]!;
  return top;
}
