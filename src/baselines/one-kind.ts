import { oneKindMenu } from '../approx/menu.ts';
import { chooseShapes } from '../approx/shape-choice.ts';
import type { Method } from '../method/method.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import { makeLayerPruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { fixedPointOf, lineSums } from '../sums/fixed-point.ts';
import { sortedLines } from '../sums/sorted-lines.ts';

/*
 * Rows only (filter pruning) and columns only: the classical structured pruning. Within their kind they are optimal: a
 * layer loses its lines of least sum, and the exact knapsack shares the target between layers. Against prunings that use
 * both kinds no factor holds. Time O(entries + lines log lines) and the knapsack.
 */

/** Least total sum of whole rows that reaches the target; no column is removed. */
export const rowsOnly = oneKindMethod('rows-only', 'filter pruning: rows of least sum, no columns', true);

/** Least total sum of whole columns that reaches the target; no row is removed. */
export const columnsOnly = oneKindMethod('columns-only', 'columns of least sum, no rows', false);

function oneKindMethod(name: string, summary: string, rows: boolean): Method {
  return {
    name,
    summary,
    proves: 'least cost of its kind',
    run: (instance, requirement) => removeOneKind(instance, requirement, rows),
  };
}

function removeOneKind(instance: Instance, requirement: Requirement, rows: boolean): Answer {
  const { ranges, target } = requirement;
  // A fixed shape with lines of the other kind, or minima that leave too few lines of this one, are out of reach.
  const needsOther = ranges.some((range) => (rows ? range.minColumns : range.minRows) > 0);
  let most = 0;
  instance.layers.forEach((layer, l) => {
    const lines = rows ? ranges[l]!.maxRows * layer.cols : ranges[l]!.maxColumns * layer.rows;
    most += lines * layer.unitsPerEntry;
  });
  if (needsOther || most < target) return { pruning: null };

  const scale = fixedPointOf(instance);
  const sums = instance.layers.map((layer) => lineSums(layer, scale));
  const menus = instance.layers.map((layer, l) => [oneKindMenu(layer, ranges[l]!, sums[l]!, rows)]);
  const choice = chooseShapes(menus, target, scale.most);
  const layers = instance.layers.map((layer, l) => {
    const { rowHigh, rowLow, columnHigh, columnLow } = sums[l]!;
    const order = rows ? sortedLines(rowHigh, rowLow) : sortedLines(columnHigh, columnLow);
    const removed = order.subarray(0, choice.choices[l]!.inner);
    return rows ? makeLayerPruning(layer, removed, []) : makeLayerPruning(layer, [], removed);
  });
  return { pruning: { layers }, work: choice.work };
}
