import type { ShapeRange } from '../problem/goal.ts';
import type { Layer } from '../problem/instance.ts';
import { type LayerPruning, makeLayerPruning } from '../problem/pruning.ts';

/*
 * A layer seen from either side. Nearly all that is true of rows and columns is true of columns and rows, so algorithms are
 * written once, for the *outer* lines of a layer (chosen, walked through or removed first) and its *inner* ones; a side says
 * which of the two kinds is the outer one. All functions here are O(1), but for `prunedLayer`, which is O(lines).
 */

/**
 * One kind of line: 0 rows, 1 columns. As numbers, so that a side indexes arrays, and so that lines of several layers fall into
 * *classes* 2 l + side.
 */
export type Side = 0 | 1;

/** The side of the rows. */
export const ROWS: Side = 0;
/** The side of the columns. */
export const COLUMNS: Side = 1;
/** Both sides. */
export const SIDES: readonly Side[] = [ROWS, COLUMNS];

/** The lines that cross those of a side: columns of rows, rows of columns. Likewise of a class, see {@link Side}. */
export function crossing<S extends number>(side: S): S {
  return (side ^ 1) as S;
}

/** What belongs to the outer lines, then what belongs to the inner ones. */
export function outerFirst<T>(outer: Side, rows: T, columns: T): [outer: T, inner: T] {
  return outer === ROWS ? [rows, columns] : [columns, rows];
}

/** What belongs to the rows, then what belongs to the columns: the way back from {@link outerFirst}. */
export function rowsThenColumns<T>(outer: Side, ofOuter: T, ofInner: T): [rows: T, columns: T] {
  return outer === ROWS ? [ofOuter, ofInner] : [ofInner, ofOuter];
}

/** The side of fewer lines; rows where there are as many columns. */
export function shorterSide({ rows, cols }: Pick<Layer, 'rows' | 'cols'>): Side {
  return rows <= cols ? ROWS : COLUMNS;
}

/** A matrix as outer and inner lines. */
export interface LayerView {
  /** Which lines are the outer ones. */
  readonly outer: Side;
  /** Numbers of lines. */
  readonly outerLines: number;
  readonly innerLines: number;
  /** Row-major, entry (o, i) stands at o x outerStep + i x innerStep. */
  readonly outerStep: number;
  readonly innerStep: number;
}

/** A layer, or any row-major matrix of its size, seen from one side. */
export function viewFrom(outer: Side, { rows, cols }: Pick<Layer, 'rows' | 'cols'>): LayerView {
  return outer === ROWS
    ? { outer, outerLines: rows, innerLines: cols, outerStep: cols, innerStep: 1 }
    : { outer, outerLines: cols, innerLines: rows, outerStep: 1, innerStep: cols };
}

/** Numbers of removed lines, ends included. */
export interface RemovedRange {
  readonly minOuter: number;
  readonly maxOuter: number;
  readonly minInner: number;
  readonly maxInner: number;
}

/** The allowed numbers of removed lines, seen from one side. */
export function removedRange(outer: Side, { minRows, maxRows, minColumns, maxColumns }: ShapeRange): RemovedRange {
  const [minOuter, minInner] = outerFirst(outer, minRows, minColumns);
  const [maxOuter, maxInner] = outerFirst(outer, maxRows, maxColumns);
  return { minOuter, maxOuter, minInner, maxInner };
}

/** Units that o removed outer lines and i removed inner ones remove: o I + i (O - o) entries. */
export function unitsRemoved(
  lines: { readonly outerLines: number; readonly innerLines: number; readonly unitsPerEntry: number },
  removedOuter: number,
  removedInner: number,
): number {
  return (removedOuter * lines.innerLines + removedInner * (lines.outerLines - removedOuter)) * lines.unitsPerEntry;
}

/** The pruning that removes these outer and these inner lines. */
export function prunedLayer(
  layer: Layer,
  outer: Side,
  removedOuter: ArrayLike<number>,
  removedInner: ArrayLike<number>,
): LayerPruning {
  return makeLayerPruning(layer, ...rowsThenColumns(outer, removedOuter, removedInner));
}
