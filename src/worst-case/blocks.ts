import { allocateImportance } from '../problem/instance.ts';

/**
 * A matrix that is constant on blocks: group g of `rowSizes[g]` rows and group l of `columnSizes[l]` columns meet in entries
 * `values[g][l]`. Groups may be empty. Every tight family is one: averaging a worst matrix over the lines of one kind
 * (removed by the algorithm, by the optimum, by both, by neither) leaves it worst.
 */
export interface Blocks {
  readonly rowSizes: readonly number[];
  readonly columnSizes: readonly number[];
  readonly values: readonly (readonly number[])[];
}

export function transposeBlocks({ rowSizes, columnSizes, values }: Blocks): Blocks {
  return {
    rowSizes: columnSizes,
    columnSizes: rowSizes,
    values: columnSizes.map((_, l) => values.map((row) => row[l]!)),
  };
}

/** Row-major importances, rounded to float32. */
export function fillBlocks({ rowSizes, columnSizes, values }: Blocks): {
  rows: number;
  cols: number;
  importance: Float32Array;
} {
  const rowGroups = rowSizes.flatMap((size, group) => new Array<number>(size).fill(group));
  const columnGroups = columnSizes.flatMap((size, group) => new Array<number>(size).fill(group));
  const [rows, cols] = [rowGroups.length, columnGroups.length];
  const importance = allocateImportance(rows * cols);
  for (let i = 0, entry = 0; i < rows; i++) {
    const row = values[rowGroups[i]!]!;
    for (let j = 0; j < cols; j++, entry++) importance[entry] = row[columnGroups[j]!]!;
  }
  return { rows, cols, importance };
}
