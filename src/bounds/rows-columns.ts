import { fullRange, type KeptRange } from '../layer/kept-shapes.ts';
import { topSumsOfSorted } from '../layer/largest.ts';
import { visitLineTops } from '../layer/line-tops.ts';
import { COLUMNS, outerFirst, ROWS, type Side, viewFrom } from '../layer/side.ts';
import type { Layer } from '../problem/instance.ts';
import { inflation, type KeptTable, lower, makeTable } from './kept-table.ts';

/**
 * The row bound and the column bound, for all shapes at once.
 *
 * Theorem (our construction; T5: Bounds.row_bound_sound, Bounds.column_bound_sound). A block of a rows and b columns
 * keeps in each of its rows at most the b largest entries of that row, so kept <= top_a over the rows of top_b(row);
 * transposed, kept <= top_b over the columns of top_a(column). Here the lesser of both.
 *
 * Every line is sorted once; then for each b the m values top_b(row) are sorted. Time O(m n log(m n)), memory one number
 * per shape and the layer once more. Sums are rounded up: the table is a bound as it stands.
 */
export function rowColumnTable(layer: Layer, range: KeptRange = fullRange(layer)): KeptTable {
  const table = makeTable(range);
  const up = inflation(layer.rows + layer.cols);
  lower(table, lineTable(ROWS, layer, layer.importance, range, up));
  lower(table, lineTable(COLUMNS, layer, layer.importance, range, up));
  return table;
}

/**
 * top_outer over the outer lines of top_inner(line), of any matrix of the layer's size, times `factor`, for all shapes of a
 * range: the row bound from the side of the rows, the column bound from that of the columns.
 */
export function lineTable(
  outer: Side,
  layer: Layer,
  matrix: Float32Array | Float64Array,
  range: KeptRange,
  factor = 1,
): KeptTable {
  const table = makeTable(range);
  const { stride, values } = table;
  const { minKeptRows, maxKeptRows, minKeptColumns, maxKeptColumns } = range;
  if (maxKeptRows < minKeptRows || maxKeptColumns < minKeptColumns) return table;
  const [minOuter, minInner] = outerFirst(outer, minKeptRows, minKeptColumns);
  const [maxOuter, maxInner] = outerFirst(outer, maxKeptRows, maxKeptColumns);
  const [outerStep, innerStep] = outerFirst(outer, stride, 1); // between neighbours in the table
  const view = viewFrom(outer, layer);
  const ordered = new Float64Array(view.outerLines);
  const top = new Float64Array(maxOuter + 1);
  visitLineTops(matrix, view, maxInner, (inner, tops) => {
    if (inner < minInner) return;
    ordered.set(tops);
    topSumsOfSorted(ordered.sort(), maxOuter, top);
    for (let count = minOuter, at = (inner - minInner) * innerStep; count <= maxOuter; count++, at += outerStep) {
      values[at] = top[count]! * factor;
    }
  });
  return table;
}
