import { leastChoice } from '../knapsack/least-choice.ts';
import { lowestSetBit } from '../layer/float-bits.ts';
import {
  type LayerView,
  type RemovedRange,
  removedRange,
  type Side,
  shorterSide,
  unitsRemoved,
  viewFrom,
} from '../layer/side.ts';
import type { MethodContext } from '../method/context.ts';
import type { Method } from '../method/method.ts';
import { exactCost } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { largestPruning, type Requirement, type ShapeRange } from '../problem/goal.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import type { LayerPruning, Pruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { exactCompletion } from '../reselect/completion.ts';
import { type ResidualSums, residualSumsOf } from '../reselect/residual-sums.ts';
import { visitClosed } from './linked-enumeration.ts';

/**
 * Enumeration: the proved optimum of instances whose layers all have few rows or few columns.
 *
 * Once the removed lines of the shorter kind (*outer*) are fixed, the best lines of the other kind (*inner*) are those of
 * least sum over what is left. So it is enough to visit the subsets of the outer lines, in Gray-code order: one line
 * enters or leaves at a time, and the inner sums are updated by that line alone.
 *
 * One layer: each subset is priced at the least inner count that reaches the target. Several layers: each layer's table
 * of least costs by shape, then the exact choice of one shape per layer ({@link leastChoice}).
 *
 * Time O(2^min(m,n) max(m,n) log max(m,n)) per layer, memory O(entries). All comparisons are exact. Work counts subsets; at
 * the limit the best so far is returned (several layers: the start or the trivial pruning) without a bound. Of equal
 * prunings the first one visited is kept.
 *
 * Linked layers hang together: their closed prunings are visited by {@link visitClosed}, at most 30 lines in all.
 */
export const enumerate: Method = {
  name: 'enumerate',
  summary: 'proved optimum by visiting all subsets of the shorter side (at most 30 lines)',
  proves: 'optimal',
  uses: ['work', 'start'],
  run: visitAll,
  runLinked: visitClosed,
};

/** Subsets are bits of a 32-bit integer; 2^30 of them already take a quarter of an hour. */
const MOST_OUTER_LINES = 30;

function visitAll(instance: Instance, requirement: Requirement, context: MethodContext): Answer {
  for (const { name, rows, cols } of instance.layers) {
    if (Math.min(rows, cols) > MOST_OUTER_LINES) {
      const expected = `at most ${MOST_OUTER_LINES} rows or ${MOST_OUTER_LINES} columns`;
      throw new RcpruneError(`enumerate: layer ${name}`, expected, `${rows} x ${cols}`);
    }
  }
  const { pruning, work, stopped } =
    instance.layers.length === 1
      ? bestOfLayer(instance, requirement, context)
      : bestOfNetwork(instance, requirement, context);
  const costOf = (candidate: Pruning) => exactCost(instance, candidate, 0n).cost;
  if (!stopped) return { pruning, work, dualBound: costOf(pruning!) };
  const start = context.start ?? largestPruning(instance, requirement);
  const isBetter = pruning !== null && costOf(pruning) < costOf(start);
  return { pruning: isBetter ? pruning : start, work, stopReason: 'workLimit' };
}

interface Found {
  readonly pruning: Pruning | null;
  readonly work: number;
  readonly stopped: boolean;
}

function bestOfLayer(instance: Instance, requirement: Requirement, context: MethodContext): Found {
  const layer = instance.layers[0]!;
  const walk = new SubsetWalk(layer, requirement.ranges[0]!);
  // Only the least inner count that reaches the target matters for an outer count; -1 when none does.
  const innerNeeded = Int32Array.from({ length: walk.removed.maxOuter + 1 }, (_, outer) =>
    walk.leastInner(outer, requirement.target),
  );
  let pruning: Pruning | null = null;
  const end = walk.visit(context.workLimit ?? Infinity, (sums, subset, outer, work) => {
    const inner = innerNeeded[outer]!;
    if (inner < 0 || !sums.improves(0, inner)) return;
    pruning = { layers: [walk.pruningAt(subset, inner)] };
    context.onIncumbent?.(pruning, work);
  });
  return { pruning, ...end };
}

function bestOfNetwork(instance: Instance, requirement: Requirement, context: MethodContext): Found {
  let work = 0;
  const walks: SubsetWalk[] = [];
  const options: { units: number; cost: bigint; subset: number; inner: number }[][] = [];
  for (const [l, layer] of instance.layers.entries()) {
    const walk = new SubsetWalk(layer, requirement.ranges[l]!);
    const stride = walk.removed.maxInner + 1;
    const subsetOf = new Int32Array((walk.removed.maxOuter + 1) * stride); // the subset that attains the least cost of a shape
    const end = walk.visit((context.workLimit ?? Infinity) - work, (sums, subset, outer) => {
      for (let inner = walk.removed.minInner; inner <= walk.removed.maxInner; inner++) {
        const shape = outer * stride + inner;
        if (sums.improves(shape, inner)) subsetOf[shape] = subset;
      }
    });
    work += end.work;
    if (end.stopped) return { pruning: null, work, stopped: true };
    const table: (typeof options)[number] = [];
    for (let outer = walk.removed.minOuter; outer <= walk.removed.maxOuter; outer++) {
      for (let inner = walk.removed.minInner; inner <= walk.removed.maxInner; inner++) {
        const subset = subsetOf[outer * stride + inner]!;
        const cost = walk.costAt(outer * stride + inner);
        table.push({ units: walk.units(outer, inner), cost, subset, inner });
      }
    }
    walks.push(walk);
    options.push(table);
  }
  const chosen = leastChoice(options, requirement.target);
  const layers = chosen.map(({ subset, inner }, l) => walks[l]!.pruningAt(subset, inner));
  context.onIncumbent?.({ layers }, work);
  return { pruning: { layers }, work, stopped: false };
}

/** All subsets of one layer's outer lines, with the sums of the inner ones. */
class SubsetWalk {
  readonly outerSide: Side;
  /** Numbers of removed lines that the goal allows. */
  readonly removed: RemovedRange;
  readonly #layer: Layer;
  readonly #view: LayerView;
  readonly #sums: ResidualSums;

  constructor(layer: Layer, range: ShapeRange) {
    this.outerSide = shorterSide(layer);
    this.removed = removedRange(this.outerSide, range);
    this.#layer = layer;
    this.#view = viewFrom(this.outerSide, layer);
    this.#sums = residualSumsOf(layer, this.outerSide, (this.removed.maxOuter + 1) * (this.removed.maxInner + 1));
  }

  /** Units removed by a shape. */
  units(outer: number, inner: number): number {
    const { unitsPerEntry } = this.#layer;
    return unitsRemoved({ ...this.#view, unitsPerEntry }, outer, inner);
  }

  /** The least allowed inner count that reaches a target of this layer alone; -1 when none does. */
  leastInner(outer: number, target: number): number {
    for (let inner = this.removed.minInner; inner <= this.removed.maxInner; inner++) {
      if (this.units(outer, inner) >= target) return inner;
    }
    return -1;
  }

  /** The least cost recorded in a slot, in units of 2^-149. */
  costAt(slot: number): bigint {
    return this.#sums.recorded(slot);
  }

  /** Calls `price` at every subset of an allowed size, sums ready; stops before the subset that exceeds the limit. */
  visit(
    limit: number,
    price: (sums: ResidualSums, subset: number, outer: number, work: number) => void,
  ): { work: number; stopped: boolean } {
    const sums = this.#sums;
    const { minOuter, maxOuter } = this.removed;
    const subsets = 2 ** this.#view.outerLines;
    let subset = 0;
    let outer = 0;
    for (let visited = 0; visited < subsets; visited++) {
      if (visited >= limit) return { work: visited, stopped: true };
      if (visited > 0) {
        const line = lowestSetBit(visited); // the Gray code flips that place
        const isRemoved = (subset >>> line) & 1;
        subset ^= 1 << line;
        outer += isRemoved ? -1 : 1;
        if (isRemoved) sums.putBack(line);
        else sums.takeOut(line);
      }
      if (outer < minOuter || outer > maxOuter) continue;
      sums.sort();
      price(sums, subset, outer, visited + 1);
    }
    return { work: subsets, stopped: false };
  }

  /** The pruning of a subset and its `inner` lines of least residual sum. */
  pruningAt(subset: number, inner: number): LayerPruning {
    const outerLines: number[] = [];
    for (let line = 0; line < this.#view.outerLines; line++) if ((subset >>> line) & 1) outerLines.push(line);
    return exactCompletion(this.#layer, this.outerSide, outerLines, inner);
  }
}
