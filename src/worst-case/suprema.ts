import { RcpruneError } from '../problem/error.ts';

/*
 * How bad can an algorithm be on an m x n matrix of which it removes r rows and c columns? The factor 2 is proved at every
 * size, but it is not approached at every size. With h = m - r kept rows and k = n - c kept columns, the suprema below
 * are exact for every fixed shape; proofs/tightness.md proves each from above, the families in this folder reach each
 * from below, and test/worst-case compares each with a linear program over the weights. All of it is our construction:
 * the thesis states that neither ratio can be improved.
 *
 * With a target N instead of a shape the supremum is 2 iff some shape in the domain of 2 is a minimal one for N (it
 * removes at least N entries, and with a line less of either kind it does not); else it is below 2, at most the largest
 * of the suprema of the minimal shapes.
 */

/** The algorithms with a tight family. `greedy` has no constant factor at all. */
export const TIGHT_ALGORITHMS = [
  'independent',
  'residual',
  'residual-rows-first',
  'residual-columns-first',
  'alternating',
  'greedy',
] as const;
/** One of {@link TIGHT_ALGORITHMS}. */
export type TightAlgorithm = (typeof TIGHT_ALGORITHMS)[number];

/** Where alternating re-selection may begin. */
export const STARTS = ['independent', 'residual', 'residual-rows-first', 'residual-columns-first'] as const;
/** One of {@link STARTS}. */
export type Start = (typeof STARTS)[number];

/** An m x n matrix of which r rows and c columns are removed. */
export interface Size {
  /** m. */
  readonly rows: number;
  /** n. */
  readonly cols: number;
  /** r, from 0 to m. */
  readonly removedRows: number;
  /** c, from 0 to n. */
  readonly removedColumns: number;
}

/** The same with rows and columns exchanged. */
export function transposed({ rows, cols, removedRows, removedColumns }: Size): Size {
  return { rows: cols, cols: rows, removedRows: removedColumns, removedColumns: removedRows };
}

/**
 * The supremum of cost / optimum over all nonnegative m x n matrices at a fixed shape; 1 where a kind is removed wholly
 * or not at all, since every algorithm here is then optimal.
 *
 * Our construction (the thesis states that neither ratio can be improved). Where it is 2, and both one-order suprema,
 * are machine-checked as T4 (proofs/coq/Tightness.v, Domain.v); the suprema of the better of both orders below 2 are
 * proved on paper in proofs/tightness.md, and all are compared with a linear program over the weights in
 * test/worst-case.
 *
 * @param start where alternating re-selection begins; default `residual`
 * @throws RcpruneError for `greedy`, whose ratio grows with the size and belongs to a target
 */
export function supremum(algorithm: TightAlgorithm, size: Size, start: Start = 'residual'): number {
  const { rows, cols, removedRows, removedColumns } = size;
  if (removedRows === 0 || removedRows === rows || removedColumns === 0 || removedColumns === cols) return 1;
  switch (algorithm) {
    case 'independent':
      return 2;
    case 'residual-rows-first':
      return rowsFirstSupremum(size);
    case 'residual-columns-first':
      return rowsFirstSupremum(transposed(size));
    case 'residual':
      return betterOfBoth(size);
    case 'alternating':
      // The two ends of the independent start are no worse than the two orders' answers, and no better in the worst case.
      if (start === 'residual-rows-first') return alternatingRowsFirst(size);
      if (start === 'residual-columns-first') return alternatingRowsFirst(transposed(size));
      return betterOfBoth(size);
    case 'greedy':
      throw new RcpruneError('supremum', 'an algorithm with a constant factor', algorithm);
  }
}

/** 2 when two rows or more stay; a single kept row of largest sum has at least k / n of it in its k best entries. */
function rowsFirstSupremum({ rows, cols, removedRows, removedColumns }: Size): number {
  return rows - removedRows >= 2 ? 2 : 1 + removedColumns / cols;
}

function betterOfBoth(size: Size): number {
  const keptRows = size.rows - size.removedRows;
  const keptColumns = size.cols - size.removedColumns;
  if (keptRows >= 2 && keptColumns >= 2) return 2;
  if (keptRows === 1 && keptColumns === 1) return oneEntryKept(Math.min(size.rows, size.cols), size);
  return keptRows === 1 ? oneRowKeptSupremum(size) : oneRowKeptSupremum(transposed(size));
}

/** One kept row, k >= 2 kept columns. The three regimes meet at c = k and at c = 2k - 2. */
function oneRowKeptSupremum({ cols, removedColumns: c }: Size): number {
  const k = cols - c;
  if (c < k) return 1 + c / (cols + c);
  if (c <= 2 * k - 2) return 1 + c / (cols + k);
  return 1 + (c - k + 1) / (2 * (c - k) + 3);
}

/** One kept entry: depends on the smaller side s, and for s = 2 a little on the larger one. */
function oneEntryKept(s: number, { rows, cols }: Size): number {
  if (s >= 3) return (3 * s - 5) / (2 * s - 3);
  const larger = Math.max(rows, cols);
  if (larger === 2) return 1;
  return larger === 3 ? 6 / 5 : 5 / 4;
}

/** Re-selecting rows repairs what rows first got wrong only where one column stays and few rows go. */
function alternatingRowsFirst(size: Size): number {
  const keptRows = size.rows - size.removedRows;
  if (keptRows === 1 || size.cols - size.removedColumns >= 2) return rowsFirstSupremum(size);
  return Math.min(2, 1 + (2 * size.removedRows) / keptRows);
}
