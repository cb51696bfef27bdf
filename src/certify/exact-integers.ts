import type { Layer } from '../problem/instance.ts';
import type { LayerPruning } from '../problem/pruning.ts';

/*
 * The checker's own exact arithmetic: importances and their sums as integers.
 *
 * A float32 importance is a significand below 2^24 times a power of two, so in units of 2^-149 (the smallest float32) it
 * is an integer, and every sum of importances is one as well. Nothing here is rounded.
 */

/** Significand and exponent field of a float32 >= 0: it is significand x 2^(max(field, 1) - 1) units of 2^-149. */
export const significandOf = (word: number): number =>
  exponentFieldOf(word) === 0 ? word & 0x7fffff : (word & 0x7fffff) + 0x800000;
export const exponentFieldOf = (word: number): number => (word >>> 23) & 255;

/** A float32 >= 0, given by its bits, as an integer in units of 2^-149. */
export function integerOf(word: number): bigint {
  return BigInt(significandOf(word)) << BigInt(Math.max(exponentFieldOf(word), 1) - 1);
}

/** The bits of the importances. */
export function wordsOf(importance: Float32Array): Uint32Array {
  return new Uint32Array(importance.buffer, importance.byteOffset, importance.length);
}

/** Sums of significands, one for every exponent field, at places `from` to `from + 255`, as one integer. */
export function tallied(sums: Float64Array, from = 0): bigint {
  let sum = 0n;
  for (let e = 0; e < 256; e++) sum += BigInt(sums[from + e]!) << BigInt(Math.max(e, 1) - 1);
  return sum;
}

/** The exact sum of all importances of a layer. A layer has at most 2^29 entries: a sum of significands stays below 2^53. */
export function exactSum(importance: Float32Array): bigint {
  const sums = new Float64Array(256);
  for (const word of wordsOf(importance)) sums[exponentFieldOf(word)]! += significandOf(word);
  return tallied(sums);
}

/** What a pruning of one layer keeps and removes. */
export interface LayerSums {
  readonly kept: bigint;
  readonly cost: bigint;
  /** Removed entries. */
  readonly removed: number;
}

/** Kept and removed importance of a layer, by looking at every entry once. */
export function layerSums({ rows, cols, importance }: Layer, { removedRows, removedColumns }: LayerPruning): LayerSums {
  const words = wordsOf(importance);
  const rowGone = new Uint8Array(rows); // rowGone[i] = 1 when row i is removed; likewise columns
  const columnGone = new Uint8Array(cols);
  for (const row of removedRows) rowGone[row] = 1;
  for (const column of removedColumns) columnGone[column] = 1;
  // tally[e] sums the significands of kept entries with exponent field e, tally[256 + e] those of removed ones.
  const tally = new Float64Array(512);
  let removed = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const gone = rowGone[i]! | columnGone[j]!;
      const word = words[k]!;
      tally[gone * 256 + exponentFieldOf(word)]! += significandOf(word);
      removed += gone;
    }
  }
  return { kept: tallied(tally), cost: tallied(tally, 256), removed };
}

/**
 * The most that some rows keep in `count` columns: the exact sum of the `count` greatest of their column sums.
 *
 * @param transposed rows and columns of the layer change places
 * @param isKept isKept[i] = 1 for the rows in question
 */
export function mostInColumns(
  { rows, cols, importance }: Layer,
  transposed: boolean,
  isKept: Uint8Array,
  count: number,
): bigint {
  const words = wordsOf(importance);
  const sums = new Array<bigint>(transposed ? rows : cols).fill(0n);
  for (let k = 0; k < words.length; k++) {
    const [i, j] = transposed ? [k % cols, Math.floor(k / cols)] : [Math.floor(k / cols), k % cols];
    if (isKept[i] === 1) sums[j]! += integerOf(words[k]!);
  }
  sums.sort((x, y) => (x < y ? 1 : x > y ? -1 : 0));
  return sums.slice(0, count).reduce((sum, own) => sum + own, 0n);
}

/**
 * The *step* of a layer: the lowest set bit of all its importances, in units of 2^-149; 0 when all are 0. Every cost of the
 * layer is a multiple of it.
 */
export function stepOf(importance: Float32Array): bigint {
  // union[e] = bitwise or of the significands with exponent field e: 256 integers, however many entries there are.
  const union = new Uint32Array(256);
  for (const word of wordsOf(importance)) union[exponentFieldOf(word)]! |= significandOf(word);
  let all = 0n;
  for (let e = 0; e < 256; e++) all |= BigInt(union[e]!) << BigInt(Math.max(e, 1) - 1);
  return all & -all;
}

/**
 * The least multiple of a layer's step that is at least `bound`: a cost of the layer, a multiple of the step itself, is at
 * least the one if and only if it is at least the other. With step 0 all costs are 0, and `bound` is returned as it is.
 */
export function nextCost(step: bigint, bound: bigint): bigint {
  return step === 0n ? bound : ((bound + step - 1n) / step) * step;
}
