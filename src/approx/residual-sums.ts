import { COLUMNS, ROWS } from '../layer/side.ts';
import { residualMenu } from './menu.ts';
import { decodeResidual, type MenusOf, twoApproximation } from './two-approximation.ts';

/*
 * Residual sums: within twice the optimum.
 *
 * For a shape (r, c), rows first: take the r smallest row sums, set R, then the c columns of least sum over the rows that
 * are left, set C. With an optimal pruning (R*, C*) of the same shape, sum(R) <= sum(R*) <= optimum and
 * residual(C) <= residual(C*) <= sum(C*) <= optimum, so the cost, which is their sum, is at most twice the optimum. The
 * least cost over all shapes, or over all choices of shapes of a network (exact knapsack), keeps the factor; so does the
 * better of rows first and columns first, taken layer by layer.
 *
 * Every outer count updates the inner sums by one line and sorts them once: O(entries log) time in all for all shapes.
 * Memory: two doubles per shape and order. The thesis states the factor; the algorithm and its proof (T2 in proofs/README.md)
 * are our construction.
 */

/** Rows by their sums, then columns by what is left of theirs. */
export const residualRowsFirst = twoApproximation(
  'residual-rows-first',
  '2-approximation: rows of least sum, then columns of least sum over the rows left',
  (layer, range, scale, sums) => [residualMenu(layer, range, scale, sums, ROWS)],
  decodeResidual,
);

/** Columns by their sums, then rows by what is left of theirs. */
export const residualColumnsFirst = twoApproximation(
  'residual-columns-first',
  '2-approximation: columns of least sum, then rows of least sum over the columns left',
  (layer, range, scale, sums) => [residualMenu(layer, range, scale, sums, COLUMNS)],
  decodeResidual,
);

/** Both orders' menus: the alternatives of the better-of-both algorithm. */
export const residualMenus: MenusOf = (layer, range, scale, sums) => [
  residualMenu(layer, range, scale, sums, ROWS),
  residualMenu(layer, range, scale, sums, COLUMNS),
];

/** The better order in every layer, chosen together with the shapes. */
export const residual = twoApproximation(
  'residual',
  '2-approximation: the better of both residual orders in every layer',
  residualMenus,
  decodeResidual,
);
