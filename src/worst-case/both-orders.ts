import { type Blocks, transposeBlocks } from './blocks.ts';
import { type Size, transposed } from './suprema.ts';

/*
 * The tight families of the better of both residual orders. In all of them alternating re-selection changes nothing,
 * wherever it starts: the same matrices are tight for it. Groups are named as in proofs/tightness.md.
 */

/** An entry that nobody removes where lines of sum below 2 are to be had. */
const HEAVY = 3;

/**
 * At least two kept rows and two kept columns. Ratio 2 - 2e.
 *
 *            zero  a    b   d   heavy    sums: A and a 1, B and b 1 - e
 *     zero    0    0    0    0    0
 *     A       0    1    0    0    0      Either order removes B and b: cost 2 - 2e.
 *     B       0    0    0   1-e   0      The optimum removes A and a: cost 1.
 *     D       0    0   1-e   3    3
 *     heavy   0    0    0    3    3
 */
export function blockKept({ rows, cols, removedRows: r, removedColumns: c }: Size, e: number): Blocks {
  return {
    rowSizes: [r - 1, 1, 1, 1, rows - r - 2],
    columnSizes: [c - 1, 1, 1, 1, cols - c - 2],
    values: [
      [0, 0, 0, 0, 0],
      [0, 1, 0, 0, 0],
      [0, 0, 0, 1 - e, 0],
      [0, 0, 1 - e, HEAVY, HEAVY],
      [0, 0, 0, HEAVY, HEAVY],
    ],
  };
}

/**
 * One kept row, k >= 2 kept columns. The optimum keeps row D and the columns Q and E; either order keeps row I and k
 * entries that weigh as much as its entries in Q and J, the k columns of largest sum.
 *
 *            Q     E     J          rest
 *     D     ...   ...    0           0      a sum that is the least bit smaller than I's
 *     I     ...   ...  (1 + e) x .   ...
 *
 * Which weights are worst depends on c, k and n in three regimes; all are integers before e comes in.
 */
export function oneRowKept(size: Size, e: number): Blocks {
  const { cols: n, removedRows: r, removedColumns: c } = size;
  const k = n - c;
  const rowSizes = [r - 1, 1, 1];
  if (c < k) {
    return {
      rowSizes,
      columnSizes: [k - c, c, c],
      values: [
        [0, 0, 0],
        [n / (k - c), 1, 0],
        [1, 1, 2 * (1 + e)],
      ],
    };
  }
  const columnSizes = [1, k - 1, k - 1, c - k + 1];
  if (c <= 2 * k - 2) {
    const unit = k - 1;
    return {
      rowSizes,
      columnSizes,
      values: [
        [0, 0, 0, 0],
        [2 * k * unit, c, 0, 0],
        [2 * unit, 2 * k - c - 2, 2 * unit * (1 + e), 2 * unit],
      ],
    };
  }
  const spread = c - k + 1;
  return {
    rowSizes,
    columnSizes,
    values: [
      [0, 0, 0, 0],
      [(spread + 1) * (k - 1), spread, 0, 0],
      [k - 1, 0, spread * (1 + e), k - 1],
    ],
  };
}

/**
 * One kept entry. The optimum keeps the largest entry; the row and the column of largest sum, other ones, have small
 * entries only. With s = min(m, n) >= 3 and u = s - 1:
 *
 *            x      j    others          sums: D u - u e, I u, x u - u e, j u
 *     D    u - u e  0     0              Either order keeps an entry of 1 of row I or of column j.
 *     I      0      1     1 (s - 2)
 *     other  0      1     0
 *
 * For s = 2 the column j has no other rows; D helps it out, which costs.
 */
export function oneEntryKept(size: Size, e: number): Blocks {
  if (size.rows > size.cols) return transposeBlocks(oneEntryKept(transposed(size), e));
  const { rows, cols } = size;
  if (rows >= 3) {
    return {
      rowSizes: [1, 1, rows - 2],
      columnSizes: [1, 1, rows - 2, cols - rows],
      values: [
        [(rows - 1) * (1 - e), 0, 0, 0],
        [0, 1, 1, 0],
        [0, 1, 0, 0],
      ],
    };
  }
  if (cols === 3) {
    return {
      rowSizes: [1, 1],
      columnSizes: [1, 1, 1],
      values: [
        [3 * (1 - e), 1, 0],
        [0, 2, 2],
      ],
    };
  }
  return {
    rowSizes: [1, 1],
    columnSizes: [1, 1, 2, cols - 4],
    values: [
      [2 * (1 - e), 1 - e, 0, 0],
      [0, 1, 1, 0],
    ],
  };
}
