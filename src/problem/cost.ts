import { ExactSum } from './exact-sum.ts';
import type { Instance, Layer } from './instance.ts';
import { indicesOf, keptMask, type LayerPruning, type Pruning } from './pruning.ts';

/**
 * Exact values, integers in units of 2^-149 (the smallest float32); {@link toNearest} makes doubles of them. cost +
 * kept = total.
 */
export interface ExactCost {
  /** Importance of all removed entries, each counted once. */
  readonly cost: bigint;
  /** Importance of all others. */
  readonly kept: bigint;
  /** Importance of all. */
  readonly total: bigint;
}

/** The exact sum of all importances, in units of 2^-149. Time linear in the entries. */
export function exactTotal(instance: Instance): bigint {
  const sum = new ExactSum();
  for (const layer of instance.layers) sum.addRange(layer.importance, 0, layer.importance.length);
  return sum.value();
}

/** The exact removed importance of one layer: whole removed rows, and the removed columns of the kept rows. */
export function addLayerCost(sum: ExactSum, layer: Layer, pruning: LayerPruning): void {
  const { rows, cols, importance } = layer;
  const kept = keptMask(rows, pruning.removedRows);
  for (let i = 0; i < rows; i++) {
    if (kept[i] === 0) sum.addRange(importance, i * cols, (i + 1) * cols);
    else sum.addColumns(importance, i, cols, pruning.removedColumns);
  }
}

/**
 * The exact cost of a pruning: the sum of the importances of all removed entries, each counted once. Nothing is
 * rounded.
 *
 * Time linear in the removed entries plus the rows, and one pass over the instance for the total.
 *
 * @param pruning one of this instance; not checked here, see `check`
 * @param total the instance's total where it is known, to spare that pass
 */
export function exactCost(instance: Instance, pruning: Pruning, total = exactTotal(instance)): ExactCost {
  const sum = new ExactSum();
  for (const [l, layer] of instance.layers.entries()) addLayerCost(sum, layer, pruning.layers[l]!);
  const cost = sum.value();
  return { cost, kept: total - cost, total };
}

/** Complement of a list of removed lines: the kept ones, ascending. */
export function keptIndices(length: number, removed: Uint32Array): Uint32Array {
  return indicesOf(keptMask(length, removed), 1);
}
