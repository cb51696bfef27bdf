/*
 * Rigorous rounding with nothing but round-to-nearest doubles.
 *
 * Every sum, product, quotient and square root in IEEE double is the exact result times 1 + e, |e| <= u = 2^-53, as long as it
 * neither overflows nor underflows. Standard error analysis (N. J. Higham, *Accuracy and Stability of Numerical
 * Algorithms*, 2nd ed., chapter 3) then says: a number computed by adding, in any order, terms that each passed through at most j
 * further operations differs from the exact one by at most gamma(k) = k u / (1 - k u) times the sum of the terms'
 * absolute values, k being j plus the number of additions. Bounds here are computed that way: a value, a magnitude (the sum of absolute
 * values), and value + gamma(k) magnitude as the result, with k counted generously.
 *
 * No product or quotient here underflows: importances and vectors are float32, zero or at least 2^-149 in absolute value,
 * and the few doubles of a certificate (price, norm, curvature) are required to be zero or within 2^-300 .. 2^300 (curvatures
 * 2^-500 .. 2^500). Nor does anything overflow; were it to, comparisons are written so that NaN never lowers a bound. Counts and
 * ranges of every bound: proofs/rounding.md.
 */

/** At least gamma(k), for k up to 2^30; the extra operations pay for evaluating value + gamma(k) x magnitude itself. */
export function gamma(k: number): number {
  return (k + 4) * 2 ** -53 * (1 + 2 ** -20);
}

/**
 * What a magnitude that was itself summed in doubles is multiplied by: sums of up to 2^30 nonnegative terms are short by less
 * than a factor 1 + 2^-20.
 */
export const MAGNITUDE = 1 + 2 ** -20;

/** A value that the exact one does not exceed: value + gamma(k) magnitude, rounded up. */
export function above(value: number, k: number, magnitude: number): number {
  // The last addition rounds by at most u |sum|: the extra operations in gamma cover u |value| <= u magnitude.
  return value + gamma(k) * magnitude * MAGNITUDE;
}

/** tops[k] >= the sum of the k greatest values, for k = 0 .. length. Sorts a copy. */
export function topsAbove(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  const tops = new Float64Array(length + 1);
  let sum = 0;
  let magnitude = 0;
  for (let k = 1; k <= length; k++) {
    const value = sorted[length - k]!;
    sum += value;
    magnitude += Math.abs(value);
    tops[k] = above(sum, k, magnitude);
  }
  return tops;
}
