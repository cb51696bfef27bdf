import type { Choice, Menu } from '../knapsack/menu.ts';
import { chooseShapes, type ShapeChoice } from '../knapsack/shape-choice.ts';
import { crossing, prunedLayer, type Side } from '../layer/side.ts';
import type { Method } from '../method/method.ts';
import { exactCost } from '../problem/cost.ts';
import { excessOver } from '../problem/exact-sum.ts';
import type { Requirement, ShapeRange } from '../problem/goal.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import type { LayerPruning, Pruning } from '../problem/pruning.ts';
import { type Answer, twoTimes } from '../problem/result.ts';
import { completion } from '../reselect/completion.ts';
import { sumsOfSide } from '../sums/crossing-sums.ts';
import { type FixedPoint, fixedPointOf, type LineSums, lineSums, toExact } from '../sums/fixed-point.ts';
import { sortedLines } from '../sums/sorted-lines.ts';

/**
 * What the two approximations share: price all shapes of all layers, choose one shape per layer, take the lines.
 *
 * Theorem (our construction; the thesis states the factor). Let p(s) be the price of the shapes
 * s of all layers and s* the shapes of an optimal pruning. Both algorithms have cost <= p and p(s*) <= 2 optimum. So the
 * choice of least price P costs at most P <= p(s*) <= 2 optimum, and P / 2 bounds the optimum from below.
 *
 * With prices in fixed point of error E (a sum that counts each entry at most twice is off by at most E) and a choice
 * within a factor 1 + slack of the least one, optimum >= (P / (1 + slack) - E) / 2 and cost <= P + E. Where E = slack = 0,
 * as on every real network met so far, the guarantee is exactly 2; else it is 2 (1 + delta) with delta from these two
 * inequalities. Capping importances at a power of two above the price lowers prices only, so the first inequality
 * stands, and a price below the cap shows that no capped entry is removed, so the second stands too.
 */
export function approximate(instance: Instance, requirement: Requirement, menusOf: MenusOf, decode: Decode): Answer {
  let cap = Infinity;
  for (;;) {
    const priced = priceShapes(instance, requirement, menusOf, cap);
    const { scale, choice } = priced;
    const pruning: Pruning = {
      layers: instance.layers.map((layer, l) => decode(layer, choice.choices[l]!, scale, priced.sums[l]!)),
    };
    const price = toExact(choice.high, choice.low);
    const lower = leastPrice(price, choice.slack) - scale.error;
    const delta = excessOver(lower, price + scale.error);
    if (delta > ACCEPTED_DELTA) {
      const narrower = capAbove(exactCost(instance, pruning, 0n).cost);
      if (narrower < cap) {
        cap = narrower;
        continue;
      }
    }
    return {
      pruning,
      dualBound: lower > 0n ? lower : 0n,
      dualDivisor: 2n,
      guarantee: price < capExact(cap) ? twoTimes(delta) : null,
      work: choice.work,
    };
  }
}

/** The alternatives of one layer. */
export type MenusOf = (layer: Layer, range: ShapeRange, scale: FixedPoint, sums: LineSums) => readonly Menu[];

/** The lines that a choice stands for. */
export type Decode = (layer: Layer, choice: Choice, scale: FixedPoint, sums: LineSums) => LayerPruning;

/** Makes a {@link Method} of an approximation. */
export function twoApproximation(name: string, summary: string, menusOf: MenusOf, decode: Decode): Method {
  return {
    name,
    summary,
    proves: 'cost <= 2 x optimum',
    run: (instance, requirement) => approximate(instance, requirement, menusOf, decode),
  };
}

/** A relative error that is not worth a second run with capped importances. */
const ACCEPTED_DELTA = 2 ** -40;

function priceShapes(instance: Instance, requirement: Requirement, menusOf: MenusOf, cap: number) {
  const scale = fixedPointOf(instance, cap);
  const sums = instance.layers.map((layer) => lineSums(layer, scale));
  const menus = instance.layers.map((layer, l) => menusOf(layer, requirement.ranges[l]!, scale, sums[l]!));
  const choice: ShapeChoice = chooseShapes(menus, requirement.target, scale.most);
  return { scale, sums, choice };
}

/** A lower bound on the least price, given one within a factor 1 + slack of it. */
function leastPrice(price: bigint, slack: number): bigint {
  if (slack === 0) return price;
  if (!Number.isFinite(slack)) return 0n;
  const one = 2n ** 60n;
  return (price * one) / (one + BigInt(Math.ceil(slack * 2 ** 60)));
}

/** A power of two at least four times an exact cost, so that the next price is below it. */
function capAbove(cost: bigint): number {
  return 2 ** (cost.toString(2).length + 2 - 149);
}

function capExact(cap: number): bigint {
  return cap === Infinity ? 2n ** 400n : BigInt(cap * 2 ** 149);
}

/** The chosen numbers of lines of least sum, each kind by its own sums over the whole layer. */
export function decodeIndependent(layer: Layer, choice: Choice, _scale: FixedPoint, sums: LineSums): LayerPruning {
  const { outerSide } = choice.menu;
  const outer = leastLines(outerSide, sums, choice.outer);
  return prunedLayer(layer, outerSide, outer, leastLines(crossing(outerSide), sums, choice.inner));
}

/** The outer lines of least sum, then the inner lines of least sum over what is left. */
export function decodeResidual(layer: Layer, choice: Choice, scale: FixedPoint, sums: LineSums): LayerPruning {
  const { outerSide } = choice.menu;
  return completion(layer, scale, sums, outerSide, leastLines(outerSide, sums, choice.outer), choice.inner);
}

/** The `count` lines of one side of least sum. */
export function leastLines(side: Side, sums: LineSums, count: number): Uint32Array {
  const { high, low } = sumsOfSide(side, sums);
  return sortedLines(high, low).subarray(0, count);
}
