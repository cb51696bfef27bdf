/*
 * What a float32 is made of. A nonnegative float32 is an integer below 2^24 times a power of two: significand x 2^exponent with
 * the exponent from -149 on. Exact sums, grids and proofs need both; they read them from the number's 32-bit word.
 */

/** The power of two that all float32 numbers are multiples of: 2^-149. */
export const LEAST_EXPONENT = -149;

/** The words of a float32 array: the same bytes. */
export function wordsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** The eight bits of the exponent, 0 for zero and subnormal numbers. The sign is dropped: -0 is 0. */
export function biasedExponent(word: number): number {
  return (word >>> 23) & 0xff;
}

/** The integer below 2^24 of a number with these bits of the exponent. */
export function significandOf(word: number, biased: number): number {
  return biased === 0 ? word & 0x7fffff : (word & 0x7fffff) | 0x800000;
}

/** The exponent of the significand's last bit, above {@link LEAST_EXPONENT}. Subnormal numbers share that of the least normal ones. */
export function exponentAboveLeast(biased: number): number {
  return Math.max(biased, 1) - 1;
}

/** The place of the lowest bit that is set in a word other than 0. */
export function lowestSetBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** The place of the highest bit that is set in a word other than 0. */
export function highestSetBit(word: number): number {
  return 31 - Math.clz32(word);
}
