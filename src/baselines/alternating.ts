import { residual } from '../approx/residual-sums.ts';
import { COLUMNS, crossing, outerFirst, prunedLayer, ROWS, type Side, viewFrom } from '../layer/side.ts';
import { alternateLinked } from '../linked/solvers.ts';
import type { MethodContext } from '../method/context.ts';
import type { Method } from '../method/method.ts';
import { exactCost } from '../problem/cost.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import { keptMask, type LayerPruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { alternateSides } from '../reselect/alternate.ts';
import { CrossingSums } from '../sums/crossing-sums.ts';
import { type FixedPoint, fixedPointOf } from '../sums/fixed-point.ts';

/**
 * Alternating re-selection: with the rows held, the same number of columns of least sum over the rows that are left; then
 * the rows likewise; until neither changes. Both orders are followed to their ends in every layer and the better end kept.
 *
 * Shapes stay those of the starting point: `start`, or else the residual algorithm's answer, whose guarantee and dual
 * bound then hold here too, since the cost never rises. It cannot improve the guarantee: the tight instance of the
 * residual algorithm is a fixed point. Time O(entries) per sweep; work counts sweeps, the limit holds for all layers.
 */
export const alternating: Method = {
  name: 'alternating',
  summary: 'columns re-selected for the rows and rows for the columns, until stable',
  proves: 'cost <= 2 x optimum',
  uses: ['work', 'start'],
  run: alternate,
  runLinked: alternateLinked,
};

function alternate(instance: Instance, requirement: Requirement, context: MethodContext): Answer {
  const start: Answer = context.start ? { pruning: context.start } : residual.run(instance, requirement, context);
  context.onIncumbent?.(start.pruning!, 0);
  const scale = fixedPointOf(instance);
  const limit = context.workLimit ?? Infinity;
  let work = 0;
  let stopped = false;
  const follow = (layer: Layer, from: LayerPruning, first: Side): Selection => {
    let selection: Selection = { lines: from, gainHigh: 0, gainLow: 0 };
    const { sweeps, isStable } = alternateSides(first, limit - work, (side) => {
      const next = reselected(layer, scale, selection, side);
      const changed = next !== null;
      if (changed) selection = next;
      return changed;
    });
    work += sweeps;
    stopped ||= !isStable;
    return selection;
  };
  const layers = instance.layers.map((layer, l) => {
    const from = start.pruning!.layers[l]!;
    const fromColumns = follow(layer, from, COLUMNS);
    const fromRows = follow(layer, from, ROWS);
    const better = fromRows.gainHigh - fromColumns.gainHigh + (fromRows.gainLow - fromColumns.gainLow) > 0;
    return better ? fromRows.lines : fromColumns.lines;
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

/** As many lines of one side, of least sum for the other side as it is; null when that gains nothing. */
function reselected(layer: Layer, scale: FixedPoint, selection: Selection, side: Side): Selection | null {
  const { removedRows, removedColumns } = selection.lines;
  const [old, removedOther] = outerFirst(side, removedRows, removedColumns);
  if (old.length === 0) return null;
  const other = crossing(side);
  const sums = new CrossingSums(layer, scale, other); // over the kept lines of the other side
  const keptOther = keptMask(viewFrom(other, layer).outerLines, removedOther);
  for (let line = 0; line < keptOther.length; line++) if (keptOther[line] === 1) sums.putBack(line);
  const { high, low } = sums;
  const least = sums.order().subarray(0, old.length);
  let savedHigh = 0;
  let savedLow = 0;
  for (let k = 0; k < old.length; k++) {
    savedHigh += high[old[k]!]! - high[least[k]!]!;
    savedLow += low[old[k]!]! - low[least[k]!]!;
  }
  if (!(savedHigh + savedLow > 0)) return null;
  return {
    lines: prunedLayer(layer, side, least, removedOther),
    gainHigh: selection.gainHigh + savedHigh,
    gainLow: selection.gainLow + savedLow,
  };
}
