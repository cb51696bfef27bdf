import type { Requirement, ShapeRange } from '../problem/goal.ts';
import type { Layer } from '../problem/instance.ts';
import type { Shape } from '../problem/pruning.ts';

/*
 * Shapes in kept lines. Goals and prunings count removed lines (`Shape`, `ShapeRange` of src/problem); bounds speak of what is
 * kept. Fields say which they count, and these functions alone convert.
 */

/** How many rows and columns are kept. */
export interface KeptShape {
  readonly keptRows: number;
  readonly keptColumns: number;
}

/** Numbers of kept rows and columns, ends included. */
export interface KeptRange {
  readonly minKeptRows: number;
  readonly maxKeptRows: number;
  readonly minKeptColumns: number;
  readonly maxKeptColumns: number;
}

/** What a shape of removed lines keeps. */
export function keptShape({ rows, cols }: Layer, removed: Shape): KeptShape {
  return { keptRows: rows - removed.rows, keptColumns: cols - removed.columns };
}

/** The complement of a range of removed lines. */
export function keptRange({ rows, cols }: Layer, removed: ShapeRange): KeptRange {
  return {
    minKeptRows: rows - removed.maxRows,
    maxKeptRows: rows - removed.minRows,
    minKeptColumns: cols - removed.maxColumns,
    maxKeptColumns: cols - removed.minColumns,
  };
}

/** Every shape of a layer. */
export function fullRange({ rows, cols }: Layer): KeptRange {
  return { minKeptRows: 0, maxKeptRows: rows, minKeptColumns: 0, maxKeptColumns: cols };
}

/** Shapes that the ranges of all layers allow. */
export function shapeCount({ ranges }: Requirement): number {
  return ranges.reduce((sum, { minRows, maxRows, minColumns, maxColumns }) => {
    return sum + (maxRows - minRows + 1) * (maxColumns - minColumns + 1);
  }, 0);
}
