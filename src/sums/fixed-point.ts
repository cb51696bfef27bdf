import {
  biasedExponent,
  exponentAboveLeast,
  LEAST_EXPONENT,
  lowestSetBit,
  significandOf,
  wordsOf,
} from '../layer/float-bits.ts';
import { toUp } from '../problem/exact-sum.ts';
import type { Instance, Layer } from '../problem/instance.ts';

/**
 * Two-limb fixed-point sums: exact, order-independent line sums at the speed of doubles.
 *
 * Every importance x is split into high = x rounded to a multiple of 2^h, and low = x - high, rounded to a multiple of
 * 2^q. The exponents are chosen so that the sum of *all* highs, taken twice (a surrogate counts an entry at most twice),
 * stays below 2^52 x 2^h, and likewise the lows below 2^52 x 2^q: then every sum and difference of highs, and of lows,
 * is an exact integer multiple of its unit in a double. Nothing is ever rounded while adding, so sums do not depend on
 * order, subtraction undoes addition, and ties are ties.
 *
 * A value is the pair (high, low) and means high + low. The sign of (a.high - b.high) + (a.low - b.low) compares two
 * values exactly: both differences are exact and a rounded sum of two doubles has the sign of the true sum.
 *
 * The two limbs cover about 80 bits between the total and the lowest set bit, which real networks and normal samples
 * fit: then `exact` is true. Otherwise low is rounded, and `error` bounds what that can change in any sum that counts
 * each entry at most twice. A `cap` narrows the range: entries above it count as the cap.
 */
export interface FixedPoint {
  /** (x + highMagic) - highMagic rounds x to a multiple of 2^h. */
  readonly highMagic: number;
  readonly lowMagic: number;
  /** Whether every low is zero, so that one limb is enough: the importances are integers that fit 2^53. */
  readonly oneLimb: boolean;
  /** Whether nothing was rounded or capped. */
  readonly exact: boolean;
  /** Exact bound, in units of 2^-149, on the rounding of a sum that counts each uncapped entry at most twice. */
  readonly error: bigint;
  /** Importances above count as this. */
  readonly cap: number;
  /** At least any sum that counts each entry at most twice. */
  readonly most: number;
}

/** Line sums of one layer: `rowHigh[i] + rowLow[i]` is the sum of row i, likewise columns. */
export interface LineSums {
  readonly rowHigh: Float64Array; // [rows]
  readonly rowLow: Float64Array; // [rows]
  readonly columnHigh: Float64Array; // [cols]
  readonly columnLow: Float64Array; // [cols]
}

const LIMB_BITS = 52;

/**
 * Chooses the limbs for an instance: one pass over the importances.
 *
 * @param cap importances above it count as it; a power of two, or Infinity for none
 */
export function fixedPointOf(instance: Instance, cap = Infinity): FixedPoint {
  const bits = scanBits(instance, cap);
  if (bits.total === 0n) {
    return { highMagic: 0, lowMagic: 0, oneLimb: true, exact: !bits.capped, error: 0n, cap, most: 0 };
  }
  const most = 2 * toUp(bits.total);
  // A logarithm just above an integer may be rounded down to it: then sums of highs stay below 2^53 x 2^h, still exact.
  const highExponent = Math.ceil(Math.log2(most)) + 1 - LIMB_BITS;
  const entryBits = Math.ceil(Math.log2(bits.entries)) + 1; // each entry counted at most twice
  // Lows are at most 2^(h-1) each: their unit may be as small as keeps 2 x entries of them below 2^52.
  const finestLow = highExponent + entryBits - LIMB_BITS;
  const exactLimbs = bits.lowestBit >= finestLow;
  const lowExponent = Math.max(finestLow, bits.lowestBit);
  const error = exactLimbs ? 0n : BigInt(bits.entries) << BigInt(lowExponent + 149); // 2 x entries x half a unit
  return {
    highMagic: 1.5 * 2 ** (LIMB_BITS + highExponent),
    lowMagic: 1.5 * 2 ** (LIMB_BITS + lowExponent),
    oneLimb: bits.lowestBit >= highExponent,
    exact: exactLimbs && !bits.capped,
    error,
    cap,
    most,
  };
}

/** Row and column sums of a layer, each entry read once. O(rows x cols). */
export function lineSums(layer: Layer, scale: FixedPoint): LineSums {
  const { rows, cols, importance } = layer;
  const rowHigh = new Float64Array(rows);
  const rowLow = new Float64Array(rows);
  const columnHigh = new Float64Array(cols);
  const columnLow = new Float64Array(cols);
  const { highMagic, lowMagic, cap } = scale;
  if (scale.oneLimb && cap === Infinity) {
    for (let i = 0, k = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < cols; j++, k++) {
        const x = importance[k]!;
        sum += x;
        columnHigh[j]! += x;
      }
      rowHigh[i] = sum;
    }
    return { rowHigh, rowLow, columnHigh, columnLow };
  }
  for (let i = 0, k = 0; i < rows; i++) {
    let sumHigh = 0;
    let sumLow = 0;
    for (let j = 0; j < cols; j++, k++) {
      const x = Math.min(importance[k]!, cap);
      const high = x + highMagic - highMagic;
      const low = x - high + lowMagic - lowMagic;
      sumHigh += high;
      sumLow += low;
      columnHigh[j]! += high;
      columnLow[j]! += low;
    }
    rowHigh[i] = sumHigh;
    rowLow[i] = sumLow;
  }
  return { rowHigh, rowLow, columnHigh, columnLow };
}

/** Adds `sign` times row `row` to column sums. O(cols). */
export function addRow(
  layer: Layer,
  scale: FixedPoint,
  row: number,
  sign: 1 | -1,
  high: Float64Array,
  low: Float64Array,
): void {
  const { cols, importance } = layer;
  const { highMagic, lowMagic, cap } = scale;
  for (let j = 0, k = row * cols; j < cols; j++, k++) {
    const x = Math.min(importance[k]!, cap);
    const h = x + highMagic - highMagic;
    high[j]! += sign * h;
    low[j]! += sign * (x - h + lowMagic - lowMagic);
  }
}

/** Adds `sign` times column `column` to row sums. O(rows). */
export function addColumn(
  layer: Layer,
  scale: FixedPoint,
  column: number,
  sign: 1 | -1,
  high: Float64Array,
  low: Float64Array,
): void {
  const { rows, cols, importance } = layer;
  const { highMagic, lowMagic, cap } = scale;
  for (let i = 0, k = column; i < rows; i++, k += cols) {
    const x = Math.min(importance[k]!, cap);
    const h = x + highMagic - highMagic;
    high[i]! += sign * h;
    low[i]! += sign * (x - h + lowMagic - lowMagic);
  }
}

/** A fixed-point value as an exact integer in units of 2^-149. */
export function toExact(high: number, low: number): bigint {
  return BigInt(high * 2 ** 149) + BigInt(low * 2 ** 149);
}

/** What {@link fixedPointOf} needs to know of all importances, in one pass. */
function scanBits(instance: Instance, cap: number) {
  const significands = new Int32Array(256); // bitwise or of the significands of each biased exponent
  const sums = new Float64Array(256); // sum of them: exact below 2^29 entries, the longest layer
  let entries = 0;
  let capped = 0;
  let total = 0n;
  for (const { importance } of instance.layers) {
    const words = wordsOf(importance);
    entries += words.length;
    const uncapped = cap === Infinity ? words : words.filter((_, k) => importance[k]! <= cap);
    capped += words.length - uncapped.length;
    for (let k = 0; k < uncapped.length; k++) {
      const word = uncapped[k]!;
      const exponent = biasedExponent(word);
      const significand = significandOf(word, exponent);
      significands[exponent]! |= significand;
      sums[exponent]! += significand;
    }
    for (let e = 0; e < 256; e++) {
      total += BigInt(sums[e]!) << BigInt(exponentAboveLeast(e));
      sums[e] = 0;
    }
  }
  if (capped > 0) total += BigInt(capped) * BigInt(cap * 2 ** 149);
  let lowestBit = capped > 0 ? Math.log2(cap) : Infinity;
  for (let e = 0; e < 256; e++) {
    const significand = significands[e]!;
    if (significand === 0) continue;
    lowestBit = Math.min(lowestBit, LEAST_EXPONENT + exponentAboveLeast(e) + lowestSetBit(significand));
  }
  return { entries, total, lowestBit, capped: capped > 0 };
}
