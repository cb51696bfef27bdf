/*
 * Quotients of counts, rounded to integers, are right although the division is rounded first.
 *
 * Lemma. For integers a and b with |a| < 2^53 and 1 <= b <= 2^53, floor(fl(a / b)) = floor(a / b), likewise ceil, where fl
 * rounds to the nearest double. Proof. If b divides a, nothing is rounded. Else a / b lies between two neighbouring integers
 * n and n + 1, both of them doubles, and is at least 1 / b away from either. fl is monotone, so that fl(a / b) stays within
 * [n, n + 1], and it moves a / b by at most |a / b| 2^-53 < 1 / b, so that it meets neither end.
 *
 * Units in all are below 2^53 (`makeInstance`), and so are targets.
 */

/** The least integer q with q x divisor >= dividend. */
export function ceilQuotient(dividend: number, divisor: number): number {
  return Math.ceil(dividend / divisor);
}

/** The greatest integer q with q x divisor <= dividend. */
export function floorQuotient(dividend: number, divisor: number): number {
  return Math.floor(dividend / divisor);
}
