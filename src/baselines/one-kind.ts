import { oneKindMenu } from '../approx/menu.ts';
import { leastLines } from '../approx/two-approximation.ts';
import { chooseShapes } from '../knapsack/shape-choice.ts';
import { COLUMNS, prunedLayer, ROWS, removedRange, type Side, unitsRemoved, viewFrom } from '../layer/side.ts';
import type { Method } from '../method/method.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Answer } from '../problem/result.ts';
import { fixedPointOf, lineSums } from '../sums/fixed-point.ts';

/*
 * Rows only (filter pruning) and columns only: the classical structured pruning. Within their kind they are optimal: a
 * layer loses its lines of least sum, and the exact knapsack shares the target between layers. Against prunings that use
 * both kinds no factor holds. Time O(entries + lines log lines) and the knapsack.
 */

/** Least total sum of whole rows that reaches the target; no column is removed. */
export const rowsOnly = oneKindMethod('rows-only', 'filter pruning: rows of least sum, no columns', ROWS);

/** Least total sum of whole columns that reaches the target; no row is removed. */
export const columnsOnly = oneKindMethod('columns-only', 'columns of least sum, no rows', COLUMNS);

function oneKindMethod(name: string, summary: string, side: Side): Method {
  return {
    name,
    summary,
    proves: 'least cost of its kind',
    run: (instance, requirement) => removeOneKind(instance, requirement, side),
  };
}

function removeOneKind(instance: Instance, requirement: Requirement, side: Side): Answer {
  const { ranges, target } = requirement;
  // A fixed shape with lines of the other kind, or minima that leave too few lines of this one, are out of reach.
  const views = instance.layers.map((layer, l) => ({
    ...viewFrom(side, layer),
    ...removedRange(side, ranges[l]!),
    unitsPerEntry: layer.unitsPerEntry,
  }));
  const most = views.reduce((sum, view) => sum + unitsRemoved(view, view.maxOuter, 0), 0);
  if (views.some(({ minInner }) => minInner > 0) || most < target) return { pruning: null };

  const scale = fixedPointOf(instance);
  const sums = instance.layers.map((layer) => lineSums(layer, scale));
  const menus = instance.layers.map((layer, l) => [oneKindMenu(layer, ranges[l]!, sums[l]!, side)]);
  const choice = chooseShapes(menus, target, scale.most);
  const layers = instance.layers.map((layer, l) => {
    const removed = leastLines(side, sums[l]!, choice.choices[l]!.inner);
    return prunedLayer(layer, side, removed, []);
  });
  return { pruning: { layers }, work: choice.work };
}
