import { describe, RcpruneError } from './error.ts';
import type { Instance, Layer } from './instance.ts';

/** The rows and columns removed from one layer: strictly ascending indices. */
export interface LayerPruning {
  /** Indices of the removed rows. */
  readonly removedRows: Uint32Array;
  /** Indices of the removed columns. */
  readonly removedColumns: Uint32Array;
}

/** A candidate answer: one {@link LayerPruning} for every layer, in the order of the instance's layers. */
export interface Pruning {
  /** One for every layer of the instance. */
  readonly layers: readonly LayerPruning[];
}

/** How many rows and columns are removed. */
export interface Shape {
  /** Removed rows. */
  readonly rows: number;
  /** Removed columns. */
  readonly columns: number;
}

/** Entries removed by r rows and c columns of an m x n layer: r n + c m - r c. */
export function removedEntries(layer: Layer, shape: Shape): number {
  return shape.rows * layer.cols + shape.columns * layer.rows - shape.rows * shape.columns;
}

/** The pruning that removes nothing. */
export function emptyPruning({ layers }: Instance): Pruning {
  return { layers: layers.map(() => ({ removedRows: new Uint32Array(0), removedColumns: new Uint32Array(0) })) };
}

/** The shape of each layer of a pruning. */
export function shapesOf(pruning: Pruning): Shape[] {
  return pruning.layers.map((layer) => ({ rows: layer.removedRows.length, columns: layer.removedColumns.length }));
}

/** Units removed by a pruning, summed over the layers. */
export function removedUnits(instance: Instance, pruning: Pruning): number {
  let units = 0;
  instance.layers.forEach((layer, l) => {
    const { removedRows, removedColumns } = pruning.layers[l]!;
    const shape = { rows: removedRows.length, columns: removedColumns.length };
    units += removedEntries(layer, shape) * layer.unitsPerEntry;
  });
  return units;
}

/**
 * Validates indices and sorts them ascending.
 *
 * @throws RcpruneError on an index that is no integer, out of range or repeated
 */
export function makeLayerPruning(
  layer: Layer,
  removedRows: ArrayLike<number>,
  removedColumns: ArrayLike<number>,
): LayerPruning {
  return {
    removedRows: sortedIndices(`layer ${describe(layer.name)}: removedRows`, removedRows, layer.rows),
    removedColumns: sortedIndices(`layer ${describe(layer.name)}: removedColumns`, removedColumns, layer.cols),
  };
}

/**
 * Asks of a pruning that it is one of this instance: a list of layers as long as the instance's, strictly ascending indices
 * of lines that are there. Whether it meets a goal is another question: see {@link meets}.
 *
 * @param where what the error calls it
 * @throws RcpruneError on anything else
 */
export function requirePruning(instance: Instance, pruning: Pruning, where = 'pruning'): void {
  const layers: unknown = (pruning as Pruning | null)?.layers;
  if (!Array.isArray(layers))
    throw new RcpruneError(where, 'a pruning: an object with a list of layers', describe(layers));
  if (layers.length !== instance.layers.length) {
    throw new RcpruneError(where, `${instance.layers.length} layers`, `${layers.length}`);
  }
  for (const [l, { name, rows, cols }] of instance.layers.entries()) {
    const own = layers[l] as LayerPruning | null;
    requireIndices(`${where}: layer ${describe(name)}: removedRows`, own?.removedRows, rows);
    requireIndices(`${where}: layer ${describe(name)}: removedColumns`, own?.removedColumns, cols);
  }
}

function requireIndices(where: string, list: unknown, length: number): void {
  if (!(list instanceof Uint32Array)) throw new RcpruneError(where, 'indices in a Uint32Array', describe(list));
  for (let k = 0; k < list.length; k++) {
    if (list[k]! >= length || (k > 0 && list[k]! <= list[k - 1]!)) {
      throw new RcpruneError(where, `strictly ascending indices from 0 to ${length - 1}`, `${list[k]} at place ${k}`);
    }
  }
}

/** The lines of a 0/1 mask that are marked: `pick(mask)[k]` is the k-th index with `mask[index] === value`. */
export function indicesOf(mask: Uint8Array, value: 0 | 1): Uint32Array {
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] === value) count++;
  const indices = new Uint32Array(count);
  for (let i = 0, k = 0; i < mask.length; i++) if (mask[i] === value) indices[k++] = i;
  return indices;
}

/** kept[i] = 1 while line i stays, of `length` lines. */
export function keptMask(length: number, removed: Uint32Array): Uint8Array {
  const kept = new Uint8Array(length).fill(1);
  for (const index of removed) kept[index] = 0;
  return kept;
}

function sortedIndices(where: string, list: ArrayLike<number>, length: number): Uint32Array {
  const seen = new Uint8Array(length);
  for (let k = 0; k < list.length; k++) {
    const index = list[k]!;
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RcpruneError(where, `indices from 0 to ${length - 1}`, describe(index));
    }
    if (seen[index] === 1) throw new RcpruneError(where, 'distinct indices', `${index} twice`);
    seen[index] = 1;
  }
  return indicesOf(seen, 1);
}
