import type { Random } from '../problem/random.ts';
import { exponential, makeNormal } from './normal.ts';

/** Sets every entry of a row-major matrix. */
export function fillEntries(
  matrix: Float32Array,
  rows: number,
  cols: number,
  entry: (i: number, j: number) => number,
): void {
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < cols; j++, k++) matrix[k] = entry(i, j);
}

/** Numbers in a row. */
export const normals = (count: number, normal: () => number) => Float64Array.from({ length: count }, normal);

/** w_ij = |N| exp(s (g_i + h_j)), g and h standard normal. */
export function fillScaled(matrix: Float32Array, rows: number, cols: number, random: Random, strength: number): void {
  const normal = makeNormal(random);
  const g = normals(rows, normal);
  const h = normals(cols, normal);
  fillEntries(matrix, rows, cols, (i, j) => Math.abs(normal()) * exponential(strength * (g[i]! + h[j]!)));
}
