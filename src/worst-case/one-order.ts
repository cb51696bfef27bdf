import type { Blocks } from './blocks.ts';
import type { Size } from './suprema.ts';

/*
 * The tight families of independent sums and of the residual algorithm in one order, rows first; columns first is the
 * transpose. Zero lines are removed by everyone, heavy lines by no one.
 */

/** An entry that nobody removes where lines of sum below 2 are to be had. */
const HEAVY = 3;

/**
 * Independent sums and rows first, at least two kept rows. Ratio 2 - e.
 *
 *            zero  a    d   heavy        sums: A 1, B 1 - e, column a 1, the others 0 or heavy
 *     zero    0    0    0    0
 *     A       0    1    0    0           The algorithm removes B and a: cost 2 - e.
 *     B       0    0   1-e   0           The optimum removes A and a: cost 1.
 *     heavy   0    0    3    3
 */
export function twoRowsKept({ rows, cols, removedRows: r, removedColumns: c }: Size, e: number): Blocks {
  return {
    rowSizes: [r - 1, 1, 1, rows - r - 1],
    columnSizes: [c - 1, 1, 1, cols - c - 1],
    values: [
      [0, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1 - e, 0],
      [0, 0, HEAVY, HEAVY],
    ],
  };
}

/**
 * Independent sums, one kept entry. Ratio (2 - e) / (1 + e).
 *
 *            zero  a    b                sums: A 1, I 1 + e, column a 1 + 2e, column b 1 - e
 *     zero    0    0    0                The algorithm removes A and b: cost 2 - e.
 *     A       0    1    0                The optimum keeps the entry of 1: cost 1 + e.
 *     I       0    2e  1-e
 */
export function oneEntryIndependent({ removedRows: r, removedColumns: c }: Size, e: number): Blocks {
  return {
    rowSizes: [r - 1, 1, 1],
    columnSizes: [c - 1, 1, 1],
    values: [
      [0, 0, 0],
      [0, 1, 0],
      [0, 2 * e, 1 - e],
    ],
  };
}

/**
 * Rows first, one kept row; also a fixed point of alternating re-selection. Limit 1 + c / n.
 *
 *            d        others             sums: D n - n e, I n - e
 *     zero    0        0                 The algorithm keeps I, and of it k entries of 1: cost n + c - (n + 1) e.
 *     D      n - n e   0                 The optimum keeps D: cost n - e.
 *     I      1 - e     1                 Column d is not kept: it is the least of I's.
 */
export function oneRowRowsFirst({ cols: n, removedRows: r }: Size, e: number): Blocks {
  return {
    rowSizes: [r - 1, 1, 1],
    columnSizes: [1, n - 1],
    values: [
      [0, 0],
      [n - n * e, 0],
      [1 - e, 1],
    ],
  };
}

/**
 * Alternating re-selection from rows first, h >= 2 kept rows and one kept column. Limit min(2, 1 + 2r / h).
 *
 * The start removes t = min(r, ceil(h / 2)) rows N that only column d sees, and keeps column j, which beats d by a little
 * on the h rows that are left: the t rows P, all in j, and the other h - t rows S. Re-selecting rows for j, or columns for
 * these rows, changes nothing. The optimum keeps d with N and S, and removes P. All kept rows have a sum of at least 1.
 *
 *            d      j    zero            j has J = max(h / 2, t) in all, d as much on S.
 *     zero   0      0     0              The algorithm removes N and d: t + J, up to e.
 *     N     1-e     0     0              The optimum removes P and j: J, up to e.
 *     P      0     1+e    0
 *     S   J/(h-t)  (J-t)/(h-t) + e  0
 */
export function oneColumnAlternating({ rows, cols, removedRows: r }: Size, e: number): Blocks {
  const h = rows - r;
  const t = Math.min(r, Math.ceil(h / 2));
  const sum = Math.max(h / 2, t);
  return {
    rowSizes: [r - t, t, t, h - t],
    columnSizes: [1, 1, cols - 2],
    values: [
      [0, 0, 0],
      [1 - e, 0, 0],
      [0, 1 + e, 0],
      [sum / (h - t), (sum - t) / (h - t) + e, 0],
    ],
  };
}
