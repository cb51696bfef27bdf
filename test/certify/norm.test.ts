import { describe, expect, it } from 'vitest';
import { isNormAtMost } from '../../src/certify/norm.ts';
import { makeRandom } from '../../src/problem/index.ts';

/* The margin of a verified norm, as proofs/rounding.md counts it, and the ends of its range. */

const U = 2 ** -53;

/** x times the identity, with columns of zeros beside it: of norm x. */
const scaledIdentity = (x: number, rows: number, cols: number) =>
  Float64Array.from({ length: rows * cols }, (_, k) => (k % cols === Math.floor(k / cols) ? x : 0));

/** How far the square of the least accepted norm exceeds the square of the norm, relative to it. */
function marginAt(x: number, rows: number, cols: number): number {
  const matrix = scaledIdentity(x, rows, cols);
  const step = 2 * U * 2 ** Math.floor(Math.log2(x));
  let [low, high] = [0, 2 ** 12];
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (isNormAtMost(matrix, rows, cols, 0, x + middle * step)) high = middle;
    else low = middle;
  }
  return ((low + 0.5) * 2 * step) / x; // between a norm refused and one accepted; the square of the excess is far below u
}

describe('isNormAtMost', () => {
  it.each([
    [1, 1],
    [2, 2],
    [2, 7],
    [3, 40],
    [5, 5],
  ])('asks for the margin that the analysis counts, no more and no less: %i x %i', (rows, cols) => {
    // r and its square: three factors 1 - 2u. Cholesky: gamma(rows + 2) = (rows + 6) u times the trace, rows r^2. Product:
    // gamma(cols) = (cols + 4) u times the sum of squares, rows x^2. The diagonal: 32 u.
    const counted = 3 * 2 + rows * (rows + 6) + rows * (cols + 4) + 32;
    const random = makeRandom(1);
    const samples = 400; // each margin is off by the roundings of a few numbers, their mean is not
    let total = 0;
    for (let n = 0; n < samples; n++) total += marginAt(1 + random.uniform(), rows, cols) / U;
    expect(Math.abs(total / samples - counted)).toBeLessThan(1);
  });

  it('accepts no norm below the error: the square of a negative difference is none of a radius', () => {
    expect(isNormAtMost(Float64Array.of(1), 1, 1, 0, 3)).toBe(true);
    expect(isNormAtMost(Float64Array.of(1), 1, 1, 4, 1)).toBe(false);
  });

  it('accepts nothing where squares underflow or overflow', () => {
    expect(isNormAtMost(Float64Array.of(2 ** -550), 1, 1, 0, 2 ** -600)).toBe(false);
    expect(isNormAtMost(Float64Array.of(1), 1, 1, 0, 2 ** 600)).toBe(false);
    expect(isNormAtMost(Float64Array.of(2 ** 600), 1, 1, 0, 1)).toBe(false);
    expect(isNormAtMost(Float64Array.of(1, 2 ** 600, 2 ** 600, 1), 2, 2, 0, 2 ** 500)).toBe(false);
  });
});
