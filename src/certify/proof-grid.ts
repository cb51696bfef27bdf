import type { Layer } from '../problem/instance.ts';
import { Fault, whole } from './proof-records.ts';

/** Sums of absolute values below this keep all arithmetic of a tree exact: a few of them together stay below 2^53. */
export const MOST_SUM = 2 ** 50;

/**
 * A layer on the grid that a record of a proof log states: every importance capped at 2^capExponent and rounded down to a
 * multiple of 2^exponent. Both lower costs only, so a lower bound on a cost here, times 2^exponent, is one on the true cost.
 */
export interface Gridded {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array; // row-major, integers: units of 2^exponent
  readonly exponent: number;
  readonly total: number; // sum of all values, an integer below 2^53
}

/**
 * Importances times a power of two and powers of two are exact in doubles here (exponents of -149 to 256 take a float32 to
 * 2^-405 .. 2^277), so each value is the floor of the exact quotient. Values are >= 0: where their rounded sum is below
 * 2^53, no partial sum was rounded.
 *
 * @param transposed rows and columns change places
 * @throws Fault on exponents out of range, or when sums of the values might not be exact
 */
export function gridded(layer: Layer, record: Record<string, unknown>, transposed: boolean): Gridded {
  const exponent = whole(record.exponent, 'exponent', -149, 256);
  const cap = 2 ** whole(record.capExponent, 'capExponent', -149, 512);
  const [rows, cols] = transposed ? [layer.cols, layer.rows] : [layer.rows, layer.cols];
  const values = new Float64Array(rows * cols);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const entry = layer.importance[transposed ? j * rows + i : i * cols + j]!;
      values[i * cols + j] = Math.floor(Math.min(entry, cap) * 2 ** -exponent);
      total += values[i * cols + j]!;
    }
  }
  if (!(total < 2 ** 53)) throw new Fault('expected an exponent that keeps sums exact');
  return { rows, cols, values, exponent, total };
}

/** A cost >= 0 in units of 2^exponent, in units of 2^-149. */
export function ungridded({ exponent }: Gridded, cost: number): bigint {
  return BigInt(cost) << BigInt(exponent + 149);
}

/**
 * The least cost on the grid, in units of 2^exponent, that proves a true cost of at least `bound` (units of 2^-149).
 *
 * Let `bound` > 0 be a multiple of the step, as {@link nextCost} makes it, and L = floor((bound - step) / 2^(exponent + 149)) + 1.
 * A cost of at least L on the grid means a true cost of at least L x 2^(exponent + 149) > bound - step; the true cost and
 * `bound` are multiples of the step, so the true cost is at least `bound`. (Were `bound` no multiple, this would be false.)
 */
export function costLimit({ exponent }: Gridded, step: bigint, bound: bigint): bigint {
  return bound === 0n ? 0n : ((bound - step) >> BigInt(exponent + 149)) + 1n;
}

/** Sum of the k largest; sorts the array. */
export function largestSum(values: Float64Array, k: number): number {
  values.sort();
  let sum = 0;
  for (let t = values.length - k; t < values.length; t++) sum += values[t]!;
  return sum;
}
