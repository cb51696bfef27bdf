import { residualMenus } from '../approx/residual-sums.ts';
import { approximate, decodeResidual } from '../approx/two-approximation.ts';
import type { Method } from '../method/method.ts';
import type { Requirement, ShapeRange } from '../problem/goal.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import { removedEntries } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';

/**
 * The residual algorithm in every layer on its own, each at the sparsity of the whole network.
 *
 * This is our reading of the previous row-and-column pruning that the thesis compares with (its abstract does not say).
 * A layer's target is ceil(k x units of the layer / units), k = the network's target; where minima forbid that, the
 * least larger k is taken at which the layers together reach the target. Within twice the optimum of each layer's own
 * problem; no factor holds for the network.
 */
export const uniform: Method = {
  name: 'uniform',
  summary: "the residual algorithm in each layer at the network's sparsity",
  run: shareUniformly,
};

function shareUniformly(instance: Instance, requirement: Requirement): Answer {
  const targets = layerTargets(instance, requirement);
  let work = 0;
  const layers = instance.layers.map((layer, l) => {
    const { minRows, minColumns } = requirement.ranges[l]!;
    const target = targets[l]!;
    const own = { goal: { target }, target, ranges: [requirement.ranges[l]!], mostRemovable: Infinity };
    // Nothing to reach and nothing demanded: the layer stays whole without being priced.
    if (target === 0 && minRows === 0 && minColumns === 0) {
      return { removedRows: new Uint32Array(0), removedColumns: new Uint32Array(0) };
    }
    const answer = approximate({ layers: [layer] }, own, residualMenus, decodeResidual);
    work += answer.work ?? 0;
    return answer.pruning!.layers[0]!;
  });
  return { pruning: { layers }, work };
}

/** Of every layer min(most removable, ceil(k units_l / units)), for the least k >= target at which all together reach the target. */
function layerTargets(instance: Instance, requirement: Requirement): number[] {
  const most = instance.layers.map((layer, l) => mostRemovable(layer, requirement.ranges[l]!));
  const units = instance.layers.map((layer) => BigInt(layer.rows * layer.cols * layer.unitsPerEntry));
  const all = units.reduce((sum, value) => sum + value, 0n);
  const share = (k: bigint) => units.map((own, l) => Math.min(most[l]!, Number((k * own + all - 1n) / all)));
  const reaches = (k: bigint) => share(k).reduce((sum, value) => sum + value, 0) >= requirement.target;
  // At k = all every layer is at its most, which reaches every feasible target: bisect between.
  let below = BigInt(requirement.target) - 1n;
  let above = all > below ? all : below + 1n;
  while (above - below > 1n) {
    const middle = (below + above) / 2n;
    if (reaches(middle)) above = middle;
    else below = middle;
  }
  return share(above);
}

function mostRemovable(layer: Layer, range: ShapeRange): number {
  return removedEntries(layer, { rows: range.maxRows, columns: range.maxColumns }) * layer.unitsPerEntry;
}
