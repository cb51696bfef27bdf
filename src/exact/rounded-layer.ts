import { biasedExponent, exponentAboveLeast, lowestSetBit, significandOf, wordsOf } from '../layer/float-bits.ts';
import { type Side, viewFrom } from '../layer/side.ts';
import type { Layer } from '../problem/instance.ts';

/**
 * A layer's importances rounded down to integers so small that the search adds them without rounding.
 *
 * Importances are multiples of a power of two; in units of 2^exponent, rounded down and capped, all of them together stay
 * below 2^48, so every sum and difference that the search forms is an exact integer in a double: pruning
 * needs no safety margin. Rounding down and capping lower costs only, so a lower bound on a rounded cost, times the unit,
 * bounds the true cost. On real networks and normal samples hardly an entry is changed.
 *
 * True costs of the layer are multiples of `step`, the lowest set bit of its importances. So a cost above B - step, for a
 * multiple B of the step, is at least B; see {@link costLimit}. (For a B that is no multiple this is false.)
 */
export interface RoundedLayer {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array; // row-major [rows, cols], integers
  readonly exponent: number; // one unit is 2^exponent
  readonly capExponent: number; // importances above 2^capExponent count as it
  readonly total: number; // sum of all values
  readonly step: bigint; // in units of 2^-149; 0 when all importances are 0
}

/** Leaves room for the multipliers of the split bound, and for doubling. */
const SUM_BITS = 48;

/**
 * @param limit importances above it count as it: prunings that remove one of them are no better than one of this cost
 * @param outer the side whose lines become its rows
 */
export function roundLayer(layer: Layer, limit: bigint, outer: Side): RoundedLayer {
  const { importance } = layer;
  const { outerLines: rows, innerLines: cols, outerStep, innerStep } = viewFrom(outer, layer);
  const capExponent = limit.toString(2).length - 149; // a power of two above the limit
  const cap = 2 ** capExponent;
  const at = (i: number, j: number) => Math.min(importance[i * outerStep + j * innerStep]!, cap);
  const columnSum = new Float64Array(cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) columnSum[j]! += at(i, j);
  // Thresholds are multiplied by numbers of columns: the greatest column counts for all of them.
  const greatest = cols * columnSum.reduce((most, sum) => Math.max(most, sum), 0);
  // One bit more than the sums need covers their own rounding.
  const exponent = greatest === 0 ? -149 : Math.max(-149, Math.floor(Math.log2(greatest)) + 2 - SUM_BITS);
  const scale = 2 ** -exponent;
  const values = new Float64Array(importance.length);
  let total = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) total += values[k] = Math.floor(at(i, j) * scale);
  }
  return { rows, cols, values, exponent, capExponent, total, step: lowestBit(importance) };
}

/**
 * The least multiple of the layer's step that is at least `bound`: a pruning of the layer costs at least the one if and only
 * if it costs at least the other, since its cost is a multiple of the step. Both in units of 2^-149.
 */
export function nextCost({ step }: Pick<RoundedLayer, 'step'>, bound: bigint): bigint {
  return step === 0n ? bound : ((bound + step - 1n) / step) * step;
}

/**
 * The rounded cost, in units of 2^exponent, that proves a true cost of at least `bound` (units of 2^-149, >= 0).
 *
 * With B = {@link nextCost} of `bound` and L = floor((B - step) / unit) + 1: a pruning of rounded cost >= L has true cost
 * >= L unit > B - step. True costs and B are multiples of the step, so the true cost is at least B >= bound.
 */
export function costLimit(layer: RoundedLayer, bound: bigint): number {
  return Number((nextCost(layer, bound) - layer.step) >> BigInt(layer.exponent + 149)) + 1;
}

/** A rounded lower bound (units of 2^exponent) as an exact one in units of 2^-149, raised to the next cost there can be. */
export function boundOf(layer: RoundedLayer, rounded: number): bigint {
  return nextCost(layer, BigInt(Math.max(0, rounded)) << BigInt(layer.exponent + 149));
}

/** The lowest set bit of all importances, in units of 2^-149; 0 when all are 0. */
function lowestBit(importance: Float32Array): bigint {
  const words = wordsOf(importance);
  let lowest = Infinity;
  for (let k = 0; k < words.length; k++) {
    const biased = biasedExponent(words[k]!);
    const significand = significandOf(words[k]!, biased);
    if (significand !== 0) lowest = Math.min(lowest, exponentAboveLeast(biased) + lowestSetBit(significand));
  }
  return lowest === Infinity ? 0n : 1n << BigInt(lowest);
}
