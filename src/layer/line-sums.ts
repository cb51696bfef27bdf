import type { Layer } from '../problem/instance.ts';

/*
 * Line sums in plain doubles, for bounds, and for what is shown to people.
 */

/** The sums of all rows and of all columns of a layer. */
export interface PlainLineSums {
  readonly rowSums: Float64Array; // [rows]
  readonly columnSums: Float64Array; // [cols]
}

/**
 * Row and column sums in plain doubles, added in index order and rounded at every addition: for bounds that allow for the
 * rounding. Exact ones are those of `src/sums`. O(entries).
 */
export function plainLineSums({ rows, cols, importance }: Layer): PlainLineSums {
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(cols);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      rowSums[i]! += importance[k]!;
      columnSums[j]! += importance[k]!;
    }
  }
  return { rowSums, columnSums };
}
