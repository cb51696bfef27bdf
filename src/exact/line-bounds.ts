import { sumOfLargest } from './largest.ts';
import type { RoundedLayer } from './rounded-layer.ts';

/** A number of kept rows and of kept columns. */
export interface KeptShape {
  readonly rows: number;
  readonly columns: number;
}

/**
 * The row and the column bound of every shape asked for: no a x b block keeps more than the a best rows of the b largest
 * entries each, nor than the b best columns likewise. Exact integers.
 *
 * Time O(entries log + shapes x (rows + columns)); memory one copy of the entries.
 *
 * @returns for every shape the lesser of both
 */
export function lineBounds(layer: RoundedLayer, shapes: readonly KeptShape[]): Float64Array {
  const bounds = new Float64Array(shapes.length).fill(Infinity);
  for (const byRow of [true, false]) {
    const [lines, length] = byRow ? [layer.rows, layer.cols] : [layer.cols, layer.rows];
    const prefix = prefixSums(layer, byRow);
    const scratch = new Float64Array(lines);
    for (let s = 0; s < shapes.length; s++) {
      const { rows, columns } = shapes[s]!;
      const [kept, entries] = byRow ? [rows, columns] : [columns, rows];
      for (let line = 0; line < lines; line++) scratch[line] = prefix[line * (length + 1) + entries]!;
      bounds[s] = Math.min(bounds[s]!, sumOfLargest(scratch, lines, kept));
    }
  }
  return bounds;
}

/** prefix[line, k] = sum of the k largest entries of a line. */
function prefixSums({ rows, cols, values }: RoundedLayer, byRow: boolean): Float64Array {
  const [lines, length] = byRow ? [rows, cols] : [cols, rows];
  const prefix = new Float64Array(lines * (length + 1));
  const entries = new Float64Array(length);
  for (let line = 0; line < lines; line++) {
    for (let t = 0; t < length; t++) entries[t] = values[byRow ? line * cols + t : t * cols + line]!;
    entries.sort();
    const base = line * (length + 1);
    for (let k = 0; k < length; k++) prefix[base + k + 1] = prefix[base + k]! + entries[length - 1 - k]!;
  }
  return prefix;
}
