import { gamma } from './rounding.ts';

/*
 * ||B|| <= s for the 2-norm, proved in floating point.
 *
 * S. M. Rump, *Verification of positive definiteness*, BIT Numerical Mathematics 46 (2006): if the floating-point Cholesky
 * decomposition of a symmetric matrix A of doubles runs to its end, then R'R = A + F with |F_ij| <= gamma(m+1) / (1 - gamma(m+1))
 * sqrt(a_ii a_jj) (Demmel; Higham, theorem 10.5), so ||F|| <= that factor times the trace of A by Cauchy and Schwarz, and A is at
 * least -||F|| in the sense of quadratic forms. (Underflow adds less than m^2 2^-1070, which the margins below exceed by far, as
 * s >= 2^-300.)
 *
 * Applied to A = (r^2 - d) I - G, where r <= s - ||B^ - B|| and G is the computed product B^ B^' of the stored, rounded
 * matrix B^. |G - B^ B^'| <= gamma(n) |B^||B^'| entrywise, of 2-norm at most gamma(n) ||B^||_F^2. So with d at least that, plus
 * the bound on ||F||, plus the rounding of the diagonal, an ended Cholesky proves r^2 I - B^ B^' >= 0, hence ||B^|| <= r.
 */

/**
 * Whether the 2-norm of every matrix within Frobenius distance `error` of `values` is proved to be at most `norm`.
 *
 * A `false` proves nothing. Time rows^2 (cols + rows); give the matrix the way round that has fewer rows.
 *
 * @param values row-major, rows x cols
 */
export function isNormAtMost(values: Float64Array, rows: number, cols: number, error: number, norm: number): boolean {
  const r = (norm - error) * (1 - 2 ** -52);
  if (!(r > 0)) return false;
  const square = r * r * (1 - 2 ** -52); // at most r^2
  const cholesky = gamma(rows + 2) * rows * square; // trace of A <= rows r^2; gamma(rows + 2) > gamma(rows+1) / (1 - gamma(rows+1))
  const product = gamma(cols) * sumOfSquares(values);
  const diagonal = square - (cholesky + product + 2 ** -48 * square);
  const matrix = negatedProduct(values, rows, cols); // lower triangle of -B^ B^'
  for (let i = 0; i < rows; i++) matrix[i * rows + i]! += diagonal;
  return hasCholesky(matrix, rows);
}

function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k]! * values[k]!;
  return sum;
}

/** Lower triangle of -B B', row-major; two rows by two at a time, since each load then serves two products. */
function negatedProduct(values: Float64Array, rows: number, cols: number): Float64Array {
  const product = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i += 2) {
    const i1 = Math.min(i + 1, rows - 1); // an odd last row is computed twice
    for (let j = 0; j <= i1; j += 2) {
      const j1 = Math.min(j + 1, rows - 1);
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      for (let k = 0; k < cols; k++) {
        const x0 = values[i * cols + k]!;
        const x1 = values[i1 * cols + k]!;
        const y0 = values[j * cols + k]!;
        const y1 = values[j1 * cols + k]!;
        s00 -= x0 * y0;
        s01 -= x0 * y1;
        s10 -= x1 * y0;
        s11 -= x1 * y1;
      }
      product[i * rows + j] = s00;
      product[i * rows + j1] = s01;
      product[i1 * rows + j] = s10;
      product[i1 * rows + j1] = s11;
    }
  }
  return product;
}

/** Whether the Cholesky decomposition, in doubles, of a symmetric matrix given by its lower triangle runs to its end. */
function hasCholesky(matrix: Float64Array, size: number): boolean {
  for (let j = 0; j < size; j++) {
    for (let i = 0; i <= j; i++) {
      let sum = matrix[j * size + i]!;
      for (let k = 0, x = j * size, y = i * size; k < i; k++) sum -= matrix[x + k]! * matrix[y + k]!;
      if (i < j) matrix[j * size + i] = sum / matrix[i * size + i]!;
      else {
        if (!(sum > 0)) return false; // NaN fails too
        matrix[j * size + j] = Math.sqrt(sum);
      }
    }
  }
  return true;
}
