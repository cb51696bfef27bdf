import { COLUMNS, type LayerView } from './side.ts';
import { transposeInto } from './transpose.ts';

/**
 * The sum of the k largest entries of every outer line, for k = 0 .. most in turn: what the row bound, the column bound and the
 * split bound are made of. Every line is sorted once, in a copy of the matrix, and each k adds one entry per line, largest first.
 * Time O(m n log) and the visits.
 *
 * @param matrix row-major
 * @param visit told k and tops, tops[line] = sum of the line's k largest entries; valid during the call
 */
export function visitLineTops(
  matrix: Float32Array | Float64Array,
  { outer, outerLines, innerLines }: LayerView,
  most: number,
  visit: (k: number, tops: Float64Array) => void,
): void {
  const sorted = matrix.slice(); // line after line, each ascending
  if (outer === COLUMNS) transposeInto(sorted, matrix, innerLines, outerLines);
  for (let line = 0; line < outerLines; line++) sorted.subarray(line * innerLines, (line + 1) * innerLines).sort();
  const tops = new Float64Array(outerLines);
  for (let k = 0; k <= most; k++) {
    if (k > 0)
      for (let line = 0, at = innerLines - k; line < outerLines; line++, at += innerLines) tops[line]! += sorted[at]!;
    visit(k, tops);
  }
}
