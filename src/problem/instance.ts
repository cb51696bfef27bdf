import { describe, RcpruneError } from './error.ts';
import { type Links, linkGraph } from './links.ts';

/**
 * One weight matrix as a nonnegative importance matrix.
 *
 * For a convolution, rows are filters and columns are the kh*kw*cin positions of the flattened kernel, so a pruned layer
 * is still one dense matrix.
 */
export interface Layer {
  /** Not empty, and its own within an instance. */
  readonly name: string;
  /** At least 1. */
  readonly rows: number;
  /** At least 1. */
  readonly cols: number;
  /** Row-major, `importance[i * cols + j]` is entry (i, j): float32, finite, >= 0. */
  readonly importance: Float32Array;
  /** What one removed entry counts towards the target: 1 counts parameters, output positions count multiply-adds. */
  readonly unitsPerEntry: number;
  /** A pruning must keep at least so many rows. */
  readonly minKeptRows: number;
  /** A pruning must keep at least so many columns. */
  readonly minKeptColumns: number;
  /** How a convolution's kernel positions became columns: `hwi` (TensorFlow.js) or `ihw` (PyTorch). */
  readonly columnOrder?: ColumnOrder;
}

/**
 * In which order the positions of a flattened convolution kernel are columns: height, width, input channel
 * (TensorFlow.js) or input channel, height, width (PyTorch).
 */
export type ColumnOrder = 'hwi' | 'ihw';

/** Layers and, optionally, the number of units that a pruning must remove from them in all, at least, and how they are linked. */
export interface Instance {
  /** At least one, their names distinct. */
  readonly layers: readonly Layer[];
  /** Units that a pruning must remove, unless a goal says otherwise. */
  readonly target?: number;
  /** How the layers hang together: then a pruning must be closed, see closure.ts. Absent: every layer is on its own. */
  readonly links?: Links;
}

/** What {@link makeLayer} needs; the rest has the defaults of the file format. */
export interface LayerInput {
  /** See {@link Layer.name}. */
  name: string;
  /** From 1 on; rows x cols is at most 2^29. */
  rows: number;
  /** From 1 on. */
  cols: number;
  /** rows * cols numbers, row-major, each finite and >= 0 as float32. */
  importance: ArrayLike<number>;
  /** An integer from 1 on. Default 1. */
  unitsPerEntry?: number | undefined;
  /** From 0 to rows. Default 0. */
  minKeptRows?: number | undefined;
  /** From 0 to cols. Default 0. */
  minKeptColumns?: number | undefined;
  /** Default: not stated. */
  columnOrder?: ColumnOrder | undefined;
}

/** Largest number of entries of one layer: the longest Float32Array that a shared buffer holds on every platform. */
export const MAX_LAYER_ENTRIES = 2 ** 29;

/**
 * A zeroed row-major matrix on shared memory, so that worker threads read the same bytes without a copy.
 *
 * @param entries number of float32 entries
 */
export function allocateImportance(entries: number): Float32Array {
  // Pages that are not isolated from others have no shared memory; they have no threads of ours either.
  if (typeof SharedArrayBuffer === 'undefined') return new Float32Array(entries);
  return new Float32Array(new SharedArrayBuffer(entries * Float32Array.BYTES_PER_ELEMENT));
}

/**
 * Validates one layer. A `Float32Array` is kept as it is (no copy); any other list is rounded to float32.
 *
 * @throws RcpruneError on a non-finite or negative importance, a wrong count, or a size that is no positive integer
 */
export function makeLayer(input: LayerInput): Layer {
  const where = requireSize(input);
  const layer: Layer = {
    name: input.name,
    rows: input.rows,
    cols: input.cols,
    importance: toFloat32(input.importance),
    unitsPerEntry: input.unitsPerEntry ?? 1,
    minKeptRows: input.minKeptRows ?? 0,
    minKeptColumns: input.minKeptColumns ?? 0,
    ...(input.columnOrder === undefined ? {} : { columnOrder: input.columnOrder }),
  };
  requireContents(where, layer);
  return layer;
}

/**
 * Validates a list of layers, a target and links, and is the way instances are made.
 *
 * @throws RcpruneError on no layers, duplicate names, a target that is no nonnegative integer, counts above 2^53, or links that
 *   make no sense
 */
export function makeInstance(layers: readonly LayerInput[], target?: number, links?: Links): Instance {
  requireLayers(layers);
  const made = layers.map(makeLayer);
  requireTogether(made, target);
  const instance = {
    layers: made,
    ...(target === undefined ? {} : { target }),
    ...(links === undefined ? {} : { links }),
  };
  linkGraph(instance);
  return instance;
}

/**
 * Asks of an instance what {@link makeInstance} makes sure of: for those that were put together by hand. One pass over the
 * importances.
 *
 * @throws RcpruneError on anything that makeInstance would refuse
 */
export function requireInstance(instance: Instance): void {
  if (typeof instance !== 'object' || instance === null) {
    throw new RcpruneError('instance', 'an object with layers', describe(instance));
  }
  requireLayers(instance.layers);
  for (const layer of instance.layers) {
    const where = requireSize(layer);
    if (!(layer.importance instanceof Float32Array)) {
      throw new RcpruneError(where, 'importances in a Float32Array', describe(layer.importance));
    }
    requireContents(where, layer);
  }
  requireTogether(instance.layers, instance.target);
  linkGraph(instance);
}

function requireLayers(layers: readonly unknown[]): void {
  if (!Array.isArray(layers)) throw new RcpruneError('instance', 'a list of layers', describe(layers));
  if (layers.length === 0) throw new RcpruneError('instance', 'at least one layer', 'none');
  for (const layer of layers) {
    if (typeof layer !== 'object' || layer === null) throw new RcpruneError('layer', 'an object', describe(layer));
  }
}

/** Name, lines, number of entries. @returns what errors call the layer */
function requireSize({ name, rows, cols, importance }: LayerInput | Layer): string {
  if (typeof name !== 'string' || name === '') {
    throw new RcpruneError('layer name', 'a non-empty string', describe(name));
  }
  const where = `layer ${describe(name)}`;
  requireInteger(`${where}: rows`, rows, 1);
  requireInteger(`${where}: cols`, cols, 1);
  const entries = rows * cols;
  if (entries > MAX_LAYER_ENTRIES) {
    throw new RcpruneError(where, `at most ${MAX_LAYER_ENTRIES} entries`, `${rows} x ${cols}`);
  }
  if (importance?.length !== entries) {
    throw new RcpruneError(where, `${entries} importances`, describe(importance?.length));
  }
  return where;
}

function requireContents(where: string, layer: Layer): void {
  checkImportance(where, layer.importance, layer.cols);
  requireInteger(`${where}: unitsPerEntry`, layer.unitsPerEntry, 1);
  requireInteger(`${where}: minKeptRows`, layer.minKeptRows, 0, layer.rows);
  requireInteger(`${where}: minKeptColumns`, layer.minKeptColumns, 0, layer.cols);
}

function requireTogether(layers: readonly Layer[], target: number | undefined): void {
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) throw new RcpruneError('instance', 'distinct layer names', `${describe(name)} twice`);
    names.add(name);
  }
  const units = layers.reduce((sum, layer) => sum + layer.rows * layer.cols * layer.unitsPerEntry, 0);
  if (!Number.isSafeInteger(units)) throw new RcpruneError('instance', 'at most 2^53 - 1 units in all', `${units}`);
  if (target !== undefined) requireInteger('instance target', target, 0);
}

/** Number of entries of all layers, each counted once. */
export function entryCount(instance: Instance): number {
  return instance.layers.reduce((sum, layer) => sum + layer.rows * layer.cols, 0);
}

/** Number of rows and columns of all layers. */
export function lineCount({ layers }: Pick<Instance, 'layers'>): number {
  return layers.reduce((sum, { rows, cols }) => sum + rows + cols, 0);
}

/** Number of units of all layers: what removing everything would count towards the target. */
export function unitCount(instance: Instance): number {
  return instance.layers.reduce((sum, layer) => sum + layer.rows * layer.cols * layer.unitsPerEntry, 0);
}

/** @throws RcpruneError unless `value` is an integer between `least` and `most` */
export function requireInteger(where: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `an integer >= ${least}` : `an integer from ${least} to ${most}`;
    throw new RcpruneError(where, range, describe(value));
  }
}

function toFloat32(values: ArrayLike<number>): Float32Array {
  if (values instanceof Float32Array) return values;
  const copy = allocateImportance(values.length);
  for (let k = 0; k < values.length; k++) copy[k] = values[k]!;
  return copy;
}

function checkImportance(where: string, importance: Float32Array, cols: number): void {
  for (let k = 0; k < importance.length; k++) {
    // One comparison pair rejects NaN, negatives and +Infinity at once; the exact complaint is made off the hot path.
    if (!(importance[k]! >= 0 && importance[k]! < Infinity)) {
      const at = `entry (${Math.floor(k / cols)}, ${k % cols})`;
      throw new RcpruneError(`${where}: ${at}`, 'a finite float32 importance >= 0', `${importance[k]}`);
    }
  }
}
