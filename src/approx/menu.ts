import type { Menu } from '../knapsack/menu.ts';
import { COLUMNS, crossing, ROWS, removedRange, type Side, viewFrom } from '../layer/side.ts';
import type { ShapeRange } from '../problem/goal.ts';
import type { Layer } from '../problem/instance.ts';
import { CrossingSums, type SideSums, sumsOfSide } from '../sums/crossing-sums.ts';
import type { FixedPoint, LineSums } from '../sums/fixed-point.ts';
import { sortedLines } from '../sums/sorted-lines.ts';

/*
 * The menus of the approximations: prices of all shapes of a layer by independent sums, by residual sums in either order, and
 * with lines of one side only. Sums are exact in the scale's grid; each function states its cost.
 */

/**
 * Surrogate prices: the r smallest row sums plus the c smallest column sums. O((m + n) log(m + n)) time.
 */
export function independentMenu(layer: Layer, range: ShapeRange, sums: LineSums): Menu {
  const rows = prefixSums(sumsOfSide(ROWS, sums), range.maxRows);
  const columns = prefixSums(sumsOfSide(COLUMNS, sums), range.maxColumns);
  return {
    ...frame(layer, range, ROWS),
    outerHigh: rows.high,
    outerLow: rows.low,
    innerHigh: columns.high,
    innerLow: columns.low,
    stride: 0,
  };
}

/**
 * Costs of the residual selections: the o smallest outer sums, then the i smallest inner sums over what is left.
 *
 * Inner sums are updated by one subtraction of a line for each o, never recomputed. O(m n log) time.
 */
export function residualMenu(
  layer: Layer,
  range: ShapeRange,
  scale: FixedPoint,
  sums: LineSums,
  outerSide: Side,
): Menu {
  const shape = frame(layer, range, outerSide);
  const outerSums = sumsOfSide(outerSide, sums);
  const outerOrder = sortedLines(outerSums.high, outerSums.low);
  const outer = prefixSums(outerSums, shape.maxOuter, outerOrder);
  const stride = shape.maxInner + 1;
  const innerHigh = new Float64Array((shape.maxOuter + 1) * stride);
  const innerLow = new Float64Array(innerHigh.length); // stays untouched zero pages when one limb is enough
  const residual = new CrossingSums(layer, scale, outerSide, sums);
  const sorted = new Float64Array(shape.innerLines);
  for (let o = 0; o <= shape.maxOuter; o++) {
    if (o > 0) residual.takeOut(outerOrder[o - 1]!);
    if (o < shape.minOuter) continue;
    const base = o * stride;
    let high = 0;
    if (scale.oneLimb) {
      // The sums themselves are exact doubles, so sorting their values is enough.
      sorted.set(residual.high);
      sorted.sort();
      for (let i = 0; i < shape.maxInner; i++) innerHigh[base + i + 1] = high += sorted[i]!;
      continue;
    }
    let low = 0;
    const order = residual.order();
    for (let i = 0; i < shape.maxInner; i++) {
      const line = order[i]!;
      high += residual.high[line]!;
      low += residual.low[line]!;
      innerHigh[base + i + 1] = high;
      innerLow[base + i + 1] = low;
    }
  }
  return { ...shape, outerHigh: outer.high, outerLow: outer.low, innerHigh, innerLow, stride };
}

/** Prices of removing lines of one side only: the k smallest sums. O(m log m) time after the sums. */
export function oneKindMenu(layer: Layer, range: ShapeRange, sums: LineSums, side: Side): Menu {
  const shape = frame(layer, range, crossing(side));
  const inner = prefixSums(sumsOfSide(side, sums), shape.maxInner);
  return {
    ...shape,
    maxOuter: 0,
    outerHigh: new Float64Array(1),
    outerLow: new Float64Array(1),
    innerHigh: inner.high,
    innerLow: inner.low,
    stride: 0,
  };
}

/** high[k] + low[k] = the sum of the k least lines, exactly. */
function prefixSums({ high, low }: SideSums, most: number, order = sortedLines(high, low)): SideSums {
  const prefixHigh = new Float64Array(most + 1);
  const prefixLow = new Float64Array(most + 1);
  for (let k = 0; k < most; k++) {
    prefixHigh[k + 1] = prefixHigh[k]! + high[order[k]!]!;
    prefixLow[k + 1] = prefixLow[k]! + low[order[k]!]!;
  }
  return { high: prefixHigh, low: prefixLow };
}

function frame(layer: Layer, range: ShapeRange, outerSide: Side) {
  const { outerLines, innerLines } = viewFrom(outerSide, layer);
  const { unitsPerEntry } = layer;
  return { outerSide, outerLines, innerLines, ...removedRange(outerSide, range), unitsPerEntry };
}
