import type { Layer } from '../problem/instance.ts';
import { fullRange, inflation, type KeptRange, type KeptTable, lower, makeTable } from './kept-table.ts';

/**
 * The row bound and the column bound, for all shapes at once.
 *
 * Theorem (our construction; Coq: the row and column bounds of T5). A block of a rows and b columns keeps in each of its rows at most the b
 * greatest entries of that row, so kept <= top_a over the rows of top_b(row); transposed, kept <= top_b over the columns of
 * top_a(column). Here the lesser of both.
 *
 * Every line is sorted once; then for each b the m values top_b(row) are sorted. Time O(m n log(m n)), memory one number
 * a shape and the layer once more. Sums are rounded up: the table is a bound as it stands.
 */
export function rowColumnTable(layer: Layer, range: KeptRange = fullRange(layer)): KeptTable {
  const table = makeTable(range);
  const up = inflation(layer.rows + layer.cols);
  lower(table, rowTable(layer, layer.importance, range, up));
  lower(table, columnTable(layer, layer.importance, range, up));
  return table;
}

type Entries = Float32Array | Float64Array;

/** top_a over the rows of top_b(row), of any matrix of the layer's size, times `factor`. */
export function rowTable({ rows, cols }: Layer, matrix: Entries, range: KeptRange, factor = 1): KeptTable {
  const table = makeTable(range);
  const { stride } = table;
  nestedTops(matrix, rows, cols, range.minRows, range.maxRows, range.minColumns, range.maxColumns, (a, b, value) => {
    table.values[(a - range.minRows) * stride + b - range.minColumns] = value * factor;
  });
  return table;
}

/** top_b over the columns of top_a(column), likewise. */
export function columnTable({ rows, cols }: Layer, matrix: Entries, range: KeptRange, factor = 1): KeptTable {
  const transposed = matrix.slice();
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0, at = i; j < cols; j++, k++, at += rows) transposed[at] = matrix[k]!;
  }
  const table = makeTable(range);
  const { stride } = table;
  nestedTops(
    transposed,
    cols,
    rows,
    range.minColumns,
    range.maxColumns,
    range.minRows,
    range.maxRows,
    (b, a, value) => {
      table.values[(a - range.minRows) * stride + b - range.minColumns] = value * factor;
    },
  );
  return table;
}

/** Calls `put(outer, inner, top_outer over the lines of top_inner(line))` for every pair in the ranges. */
function nestedTops(
  matrix: Entries,
  lines: number,
  length: number,
  minOuter: number,
  maxOuter: number,
  minInner: number,
  maxInner: number,
  put: (outer: number, inner: number, value: number) => void,
): void {
  if (maxOuter < minOuter || maxInner < minInner) return;
  const sorted = matrix.slice(); // every line ascending
  for (let line = 0; line < lines; line++) sorted.subarray(line * length, (line + 1) * length).sort();
  const tops = new Float64Array(lines); // tops[line] = top_inner(line)
  const ordered = new Float64Array(lines);
  for (let inner = 0; inner <= maxInner; inner++) {
    if (inner > 0) for (let line = 0, k = length - inner; line < lines; line++, k += length) tops[line]! += sorted[k]!;
    if (inner < minInner) continue;
    ordered.set(tops);
    ordered.sort();
    let sum = 0;
    for (let outer = 0; outer <= maxOuter; outer++) {
      if (outer > 0) sum += ordered[lines - outer]!;
      if (outer >= minOuter) put(outer, inner, sum);
    }
  }
}
