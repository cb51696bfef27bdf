import type { ShapeRange } from '../problem/goal.ts';
import type { Layer } from '../problem/instance.ts';
import { addColumn, addRow, type FixedPoint, type LineSums } from '../sums/fixed-point.ts';
import { LineSorter, sortedLines } from '../sums/sorted-lines.ts';

/**
 * The prices of all shapes of one layer, for one order of choosing lines.
 *
 * Lines of one kind are *outer* (chosen first), the others *inner*. The price of removing o outer and i inner lines is
 * outer[o] + inner[o * stride + i], each a fixed-point value, and is convex in i for every o, because inner lines are
 * taken in ascending order of their sums. With O outer lines in the layer and I inner ones, the shape removes
 * o I + i (O - o) entries.
 *
 * Memory: one number (two limbs: two) a shape for residual menus, O(rows + cols) for the others (stride 0).
 */
export interface Menu {
  /** Whether rows are the outer lines. */
  readonly rowsOuter: boolean;
  readonly outerLines: number;
  readonly innerLines: number;
  readonly minOuter: number;
  readonly maxOuter: number;
  readonly minInner: number;
  readonly maxInner: number;
  readonly unitsPerEntry: number;
  readonly outerHigh: Float64Array; // [maxOuter + 1]
  readonly outerLow: Float64Array;
  readonly innerHigh: Float64Array; // [maxInner + 1], or [(maxOuter + 1) * stride]
  readonly innerLow: Float64Array;
  /** Distance between the inner prices of o and o + 1; 0 when they do not depend on o. */
  readonly stride: number;
}

/** One shape of a menu. */
export interface Choice {
  readonly menu: Menu;
  readonly outer: number;
  readonly inner: number;
}

/** Units removed by o outer and i inner lines. */
export function menuUnits(menu: Menu, outer: number, inner: number): number {
  return (outer * menu.innerLines + inner * (menu.outerLines - outer)) * menu.unitsPerEntry;
}

/** The price of a shape is {@link menuHigh} + {@link menuLow}, a fixed-point value. */
export function menuHigh(menu: Menu, outer: number, inner: number): number {
  return menu.outerHigh[outer]! + menu.innerHigh[outer * menu.stride + inner]!;
}

export function menuLow(menu: Menu, outer: number, inner: number): number {
  return menu.outerLow[outer]! + menu.innerLow[outer * menu.stride + inner]!;
}

/** The shape's removed rows and columns. */
export function choiceShape({ menu, outer, inner }: Choice): { rows: number; columns: number } {
  return menu.rowsOuter ? { rows: outer, columns: inner } : { rows: inner, columns: outer };
}

/**
 * Surrogate prices: the r smallest row sums plus the c smallest column sums. O((m + n) log(m + n)) time.
 */
export function independentMenu(layer: Layer, range: ShapeRange, sums: LineSums): Menu {
  const rows = prefixSums(sums.rowHigh, sums.rowLow, range.maxRows);
  const columns = prefixSums(sums.columnHigh, sums.columnLow, range.maxColumns);
  return {
    ...frame(layer, range, true),
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
  rowsOuter: boolean,
): Menu {
  const shape = frame(layer, range, rowsOuter);
  const [outerSumsHigh, outerSumsLow] = rowsOuter ? [sums.rowHigh, sums.rowLow] : [sums.columnHigh, sums.columnLow];
  const [innerSumsHigh, innerSumsLow] = rowsOuter ? [sums.columnHigh, sums.columnLow] : [sums.rowHigh, sums.rowLow];
  const outerOrder = sortedLines(outerSumsHigh, outerSumsLow);
  const outer = prefixSums(outerSumsHigh, outerSumsLow, shape.maxOuter, outerOrder);
  const stride = shape.maxInner + 1;
  const innerHigh = new Float64Array((shape.maxOuter + 1) * stride);
  const innerLow = new Float64Array(innerHigh.length); // stays untouched zero pages when one limb is enough
  const residualHigh = innerSumsHigh.slice();
  const residualLow = innerSumsLow.slice();
  const sorted = new Float64Array(shape.innerLines);
  const sorter = new LineSorter(shape.innerLines);
  const subtract = rowsOuter ? addRow : addColumn;
  for (let o = 0; o <= shape.maxOuter; o++) {
    if (o > 0) subtract(layer, scale, outerOrder[o - 1]!, -1, residualHigh, residualLow);
    if (o < shape.minOuter) continue;
    const base = o * stride;
    let high = 0;
    if (scale.oneLimb) {
      // The sums themselves are exact doubles, so sorting their values is enough.
      sorted.set(residualHigh);
      sorted.sort();
      for (let i = 0; i < shape.maxInner; i++) innerHigh[base + i + 1] = high += sorted[i]!;
      continue;
    }
    let low = 0;
    const order = sorter.sort(residualHigh, residualLow);
    for (let i = 0; i < shape.maxInner; i++) {
      const line = order[i]!;
      high += residualHigh[line]!;
      low += residualLow[line]!;
      innerHigh[base + i + 1] = high;
      innerLow[base + i + 1] = low;
    }
  }
  return { ...shape, outerHigh: outer.high, outerLow: outer.low, innerHigh, innerLow, stride };
}

/** Prices of removing lines of one kind only: the k smallest sums. O(m log m) time after the sums. */
export function oneKindMenu(layer: Layer, range: ShapeRange, sums: LineSums, rows: boolean): Menu {
  const shape = frame(layer, range, !rows);
  const inner = rows
    ? prefixSums(sums.rowHigh, sums.rowLow, range.maxRows)
    : prefixSums(sums.columnHigh, sums.columnLow, range.maxColumns);
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
function prefixSums(high: Float64Array, low: Float64Array, most: number, order = sortedLines(high, low)) {
  const prefixHigh = new Float64Array(most + 1);
  const prefixLow = new Float64Array(most + 1);
  for (let k = 0; k < most; k++) {
    prefixHigh[k + 1] = prefixHigh[k]! + high[order[k]!]!;
    prefixLow[k + 1] = prefixLow[k]! + low[order[k]!]!;
  }
  return { high: prefixHigh, low: prefixLow };
}

function frame(layer: Layer, range: ShapeRange, rowsOuter: boolean) {
  const { rows, cols, unitsPerEntry } = layer;
  const { minRows, maxRows, minColumns, maxColumns } = range;
  const rowSide = { lines: rows, min: minRows, max: maxRows };
  const columnSide = { lines: cols, min: minColumns, max: maxColumns };
  const [outer, inner] = rowsOuter ? [rowSide, columnSide] : [columnSide, rowSide];
  return {
    rowsOuter,
    outerLines: outer.lines,
    innerLines: inner.lines,
    minOuter: outer.min,
    maxOuter: outer.max,
    minInner: inner.min,
    maxInner: inner.max,
    unitsPerEntry,
  };
}
