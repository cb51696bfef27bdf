import { prunedLayer, type Side } from '../layer/side.ts';
import type { Layer } from '../problem/instance.ts';
import type { LayerPruning } from '../problem/pruning.ts';
import { CrossingSums } from '../sums/crossing-sums.ts';
import type { FixedPoint, LineSums } from '../sums/fixed-point.ts';
import { residualSumsOf } from './residual-sums.ts';

/*
 * The best inner lines for given outer ones: those of least sum over what the removed outer lines leave, ties by index. With
 * the outer lines held no other choice of as many inner lines costs less. O(removed outer lines x inner lines + sorting).
 */

/** By the sums of a scale, which may be rounded or capped. */
export function completion(
  layer: Layer,
  scale: FixedPoint,
  sums: LineSums,
  outer: Side,
  removedOuter: Uint32Array,
  removedInner: number,
): LayerPruning {
  const inner = new CrossingSums(layer, scale, outer, sums);
  for (const line of removedOuter) inner.takeOut(line);
  return prunedLayer(layer, outer, removedOuter, inner.order().subarray(0, removedInner));
}

/** By exact sums, whatever the importances. O(entries), for the sums of all lines. */
export function exactCompletion(
  layer: Layer,
  outer: Side,
  removedOuter: ArrayLike<number>,
  removedInner: number,
): LayerPruning {
  const sums = residualSumsOf(layer, outer, 0);
  for (let k = 0; k < removedOuter.length; k++) sums.takeOut(removedOuter[k]!);
  sums.sort();
  return prunedLayer(layer, outer, removedOuter, sums.least(removedInner));
}
