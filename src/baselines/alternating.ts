import { residual } from '../approx/residual-sums.ts';
import type { MethodContext } from '../method/context.ts';
import type { Method } from '../method/method.ts';
import { exactCost } from '../problem/cost.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import { keptMask, type LayerPruning, makeLayerPruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { addColumn, addRow, type FixedPoint, fixedPointOf } from '../sums/fixed-point.ts';
import { sortedLines } from '../sums/sorted-lines.ts';

/**
 * Alternating re-selection: with the rows held, the same number of columns of least sum over the rows that are left; then
 * the rows likewise; until neither changes. Both orders are followed to their ends in every layer and the better end kept.
 *
 * Shapes stay those of the starting point: `start`, or else the residual algorithm's answer, whose guarantee and dual
 * bound then hold here too, since the cost never rises. It cannot improve the guarantee: the tight instance of the
 * residual algorithm is a fixed point. Time O(entries) a sweep; work counts sweeps, the limit holds for all layers.
 */
export const alternating: Method = {
  name: 'alternating',
  summary: 'columns re-selected for the rows and rows for the columns, until stable',
  proves: 'cost <= 2 x optimum',
  uses: ['work', 'start'],
  run: alternate,
};

function alternate(instance: Instance, requirement: Requirement, context: MethodContext): Answer {
  const start: Answer = context.start ? { pruning: context.start } : residual.run(instance, requirement, context);
  context.onIncumbent?.(start.pruning!, 0);
  const scale = fixedPointOf(instance);
  const limit = context.workLimit ?? Infinity;
  let work = 0;
  let stopped = false;
  const follow = (layer: Layer, from: LayerPruning, columnsFirst: boolean): Selection => {
    let selection: Selection = { lines: from, gainHigh: 0, gainLow: 0 };
    let unchanged = 0; // kinds in a row that did not change
    for (let columns = columnsFirst; unchanged < 2; columns = !columns) {
      if (work >= limit) {
        stopped = true;
        break;
      }
      work++;
      const next = reselect(layer, scale, selection, columns);
      unchanged = next === selection ? unchanged + 1 : 0;
      selection = next;
    }
    return selection;
  };
  const layers = instance.layers.map((layer, l) => {
    const from = start.pruning!.layers[l]!;
    const columnsFirst = follow(layer, from, true);
    const rowsFirst = follow(layer, from, false);
    const better = rowsFirst.gainHigh - columnsFirst.gainHigh + (rowsFirst.gainLow - columnsFirst.gainLow) > 0;
    return better ? rowsFirst.lines : columnsFirst.lines;
  });
  // Where fixed-point sums are rounded (see FixedPoint), a gain below the rounding may be none.
  const isWorse = !scale.exact && exactCost(instance, { layers }).cost > exactCost(instance, start.pruning!).cost;
  const pruning = isWorse ? start.pruning : { layers };
  return { ...start, pruning, work, stopReason: stopped ? 'workLimit' : 'complete' };
}

/** A selection and what it saves against the starting point, as a fixed-point value. */
interface Selection {
  readonly lines: LayerPruning;
  readonly gainHigh: number;
  readonly gainLow: number;
}

/** The least lines of one kind for the other kind as it is; the same object when that gains nothing. */
function reselect(layer: Layer, scale: FixedPoint, selection: Selection, columns: boolean): Selection {
  const { removedRows, removedColumns } = selection.lines;
  const old = columns ? removedColumns : removedRows;
  if (old.length === 0) return selection;
  const high = new Float64Array(columns ? layer.cols : layer.rows); // sums over the kept lines of the other kind
  const low = new Float64Array(high.length);
  const keptOther = columns ? keptMask(layer.rows, removedRows) : keptMask(layer.cols, removedColumns);
  const add = columns ? addRow : addColumn;
  for (let line = 0; line < keptOther.length; line++) {
    if (keptOther[line] === 1) add(layer, scale, line, 1, high, low);
  }
  const least = sortedLines(high, low).subarray(0, old.length);
  let savedHigh = 0;
  let savedLow = 0;
  for (let k = 0; k < old.length; k++) {
    savedHigh += high[old[k]!]! - high[least[k]!]!;
    savedLow += low[old[k]!]! - low[least[k]!]!;
  }
  if (!(savedHigh + savedLow > 0)) return selection;
  return {
    lines: columns ? makeLayerPruning(layer, removedRows, least) : makeLayerPruning(layer, least, removedColumns),
    gainHigh: selection.gainHigh + savedHigh,
    gainLow: selection.gainLow + savedLow,
  };
}
