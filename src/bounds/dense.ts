import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { descending } from '../layer/largest.ts';
import type { Side } from '../layer/side.ts';

/*
 * The two dense operations of the spectral bound, a Gram matrix and an eigenvalue decomposition, in rounded doubles: what they give
 * is a proposal that the checker proves.
 */

/** A dense matrix with at most as many rows as columns: a layer's residual, or its transpose when that is wider. */
export interface WideMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array; // row-major
  /** Which lines of the layer are its rows. */
  readonly outer: Side;
}

/** B B', symmetric, row-major. O(rows^2 cols): 4 x 2 entries at a time, so that each load serves several products. */
export function gram({ rows, cols, values }: WideMatrix): Float64Array {
  const product = new Float64Array(rows * rows);
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    const r0 = i * cols;
    const r1 = r0 + cols;
    const r2 = r1 + cols;
    const r3 = r2 + cols;
    for (let j = 0; j < i + 4; j += 2) {
      const c0 = j * cols;
      const c1 = c0 + cols;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let k = 0; k < cols; k++) {
        const y0 = values[c0 + k]!;
        const y1 = values[c1 + k]!;
        const x0 = values[r0 + k]!;
        const x1 = values[r1 + k]!;
        const x2 = values[r2 + k]!;
        const x3 = values[r3 + k]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s20 += x2 * y0;
        s21 += x2 * y1;
        s30 += x3 * y0;
        s31 += x3 * y1;
      }
      const at = i * rows + j;
      product[at] = s00;
      product[at + 1] = s01;
      product[at + rows] = s10;
      product[at + rows + 1] = s11;
      product[at + 2 * rows] = s20;
      product[at + 2 * rows + 1] = s21;
      product[at + 3 * rows] = s30;
      product[at + 3 * rows + 1] = s31;
    }
  }
  for (; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0, x = i * cols, y = j * cols; k < cols; k++) sum += values[x + k]! * values[y + k]!;
      product[i * rows + j] = sum;
    }
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < row; column++) product[column * rows + row] = product[row * rows + column]!;
  }
  return product;
}

/** Eigenvalues of a symmetric matrix, greatest first, and its eigenvectors: vectors[k * size + i] is entry i of vector k. */
export function eigen(symmetric: Float64Array, size: number): { values: Float64Array; vectors: Float64Array } {
  const matrix = Matrix.zeros(size, size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) matrix.set(i, j, symmetric[i * size + j]!);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = descending(realEigenvalues);
  const vectors = new Float64Array(size * size);
  for (const [k, own] of order.entries())
    for (let i = 0; i < size; i++) vectors[k * size + i] = eigenvectorMatrix.get(i, own);
  return { values: Float64Array.from(order, (own) => realEigenvalues[own]!), vectors };
}
