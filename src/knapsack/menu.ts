import { rowsThenColumns, type Side, unitsRemoved } from '../layer/side.ts';
import type { Shape } from '../problem/pruning.ts';

/**
 * The prices of all shapes of one layer, for one order of choosing lines.
 *
 * Lines of one kind are *outer* (chosen first), the others *inner*. The price of removing o outer and i inner lines is
 * outer[o] + inner[o * stride + i], each a fixed-point value, and is convex in i for every o, because inner lines are
 * taken in ascending order of their sums. With O outer lines in the layer and I inner ones, the shape removes
 * o I + i (O - o) entries.
 *
 * Memory: one number (two limbs: two) per shape for residual menus, O(rows + cols) for the others (stride 0).
 */
export interface Menu {
  /** Which lines are the outer ones. */
  readonly outerSide: Side;
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
  return unitsRemoved(menu, outer, inner);
}

/** The price of a shape is {@link menuHigh} + {@link menuLow}, a fixed-point value. */
export function menuHigh(menu: Menu, outer: number, inner: number): number {
  return menu.outerHigh[outer]! + menu.innerHigh[outer * menu.stride + inner]!;
}

export function menuLow(menu: Menu, outer: number, inner: number): number {
  return menu.outerLow[outer]! + menu.innerLow[outer * menu.stride + inner]!;
}

/** The shape's removed rows and columns. */
export function choiceShape({ menu, outer, inner }: Choice): Shape {
  const [rows, columns] = rowsThenColumns(menu.outerSide, outer, inner);
  return { rows, columns };
}
