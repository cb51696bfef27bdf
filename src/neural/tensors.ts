import { describe, RcpruneError } from '../problem/error.ts';
import { allocateImportance, type Instance, type LayerInput, makeInstance } from '../problem/instance.ts';
import { type Links, linkGraph } from '../problem/links.ts';
import { resnetLinks } from './models/resnet-links.ts';

/**
 * How a weight tensor's axes are laid out, and so what a row and a column of its matrix are. Rows are always outputs:
 *
 * | layout  | of                                   | row    | columns, in order                   |
 * |---------|--------------------------------------|--------|-------------------------------------|
 * | `hwio`  | convolutions of TensorFlow.js        | filter | height, width, input channel (hwi)  |
 * | `hwoi`  | transposed convolutions of the same  | filter | height, width, input channel (hwi)  |
 * | `io`    | dense layers of the same             | output | input                               |
 * | `oihw`  | convolutions of PyTorch              | filter | input channel, height, width (ihw)  |
 * | `oi`    | linear layers of PyTorch             | output | input                               |
 */
export type Layout = 'hwio' | 'hwoi' | 'io' | 'oihw' | 'oi';

/** One weight tensor in memory, row-major in its own layout. */
export interface WeightTensor {
  /** Of the layer that it becomes. */
  readonly name: string;
  /** As many extents as the layout has axes. */
  readonly shape: readonly number[];
  /** As many as the shape holds. */
  readonly values: ArrayLike<number>;
  /** What its axes are. */
  readonly layout: Layout;
}

/** Importance of weights: |w|, w^2, or a number >= 0 for every weight, in the tensor's own layout. */
export type Importance = 'l1' | 'l2' | ((tensor: WeightTensor) => ArrayLike<number>);

/** What a layer's importances are divided by: 1, the root of their mean, or their mean. */
export type Normalization = 'none' | 'root' | 'mean';

/** How weights become importances. */
export interface ExtractOptions {
  /** Default `l1`. */
  readonly importance?: Importance | undefined;
  /**
   * `mean` divides a layer's importances by their mean, so that layers of small weights are not simply emptied; `root` by the
   * root of it, half-way on a logarithmic scale, which kept most accuracy in our experiment (paper-artifacts/accuracy).
   */
  readonly normalize?: Normalization | undefined;
  /** `conv` leaves dense layers out. Default `all`. */
  readonly only?: 'all' | 'conv' | undefined;
  /**
   * How the layers hang together: links, or `resnet`, those of a residual network by the names of its layers (torchvision's, and those
   * for CIFAR with zero-padded shortcuts). Default: as a model's graph says; none where there is no graph.
   */
  readonly links?: Links | 'resnet' | undefined;
}

/** A tensor that became no layer, and why. */
export interface Skipped {
  /** Of the tensor. */
  readonly name: string;
  /** One phrase. */
  readonly reason: string;
}

/** An instance and the tensors that are not part of it. */
export interface Extraction {
  /** One layer a kernel, in the order of the source. */
  readonly instance: Instance;
  /** All others. */
  readonly skipped: readonly Skipped[];
}

/**
 * Weight tensors as an instance, one layer each; every layer keeps at least one row and one column.
 *
 * @throws RcpruneError on weights that are not finite, importances that are not finite and >= 0, no layer at all, or links that do not
 *   fit
 */
export function instanceOfTensors(tensors: Iterable<WeightTensor>, options: ExtractOptions = {}): Instance {
  const layers: LayerInput[] = [];
  for (const tensor of tensors) layers.push(layerOf(tensor, options));
  return linkedInstance(layers, options);
}

/** Layers as an instance, linked as the options say; `graph`: what a model's graph says. @throws RcpruneError on links that do not fit */
export function linkedInstance(
  layers: readonly LayerInput[],
  { links: wanted }: ExtractOptions,
  graph?: (instance: Instance) => Links | undefined,
): Instance {
  const instance = makeInstance(layers);
  const links = wanted === 'resnet' ? resnetLinks(instance.layers) : (wanted ?? graph?.(instance));
  if (links === undefined) return instance;
  const linked = { ...instance, links };
  linkGraph(linked);
  return linked;
}

/** Whether the options leave a tensor of this layout out; the reason, or null. */
export function reasonToSkip(layout: Layout, options: ExtractOptions): string | null {
  return options.only === 'conv' && layout.length === 2 ? 'dense, and only convolutions were asked for' : null;
}

/** One tensor as a layer. */
export function layerOf(tensor: WeightTensor, options: ExtractOptions): LayerInput {
  const { name, layout } = tensor;
  const where = `tensor ${describe(name)}`;
  if (tensor.shape.length !== layout.length) {
    throw new RcpruneError(where, `${layout.length} axes (${layout})`, `[${tensor.shape}]`);
  }
  const weights = importancesOf(where, tensor, options.importance ?? 'l1');
  const { rows, cols, at } = matrixOf(tensor);
  const importance = allocateImportance(rows * cols);
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < cols; j++, k++) importance[k] = weights(at(i, j));
  normalize(importance, options.normalize ?? 'none');
  const columnOrder = layout === 'oihw' ? 'ihw' : layout.startsWith('hw') ? 'hwi' : undefined;
  return { name, rows, cols, importance, minKeptRows: 1, minKeptColumns: 1, columnOrder };
}

/** The importance of the weight at a place of the tensor. */
function importancesOf(where: string, tensor: WeightTensor, importance: Importance): (place: number) => number {
  const { values, shape } = tensor;
  const expected = shape.reduce((product, extent) => product * extent, 1);
  if (values.length !== expected) throw new RcpruneError(where, `${expected} weights`, `${values.length}`);
  if (typeof importance === 'function') {
    const own = importance(tensor);
    if (own.length !== expected) throw new RcpruneError(where, `${expected} importances`, `${own.length}`);
    return (place) => own[place]!;
  }
  for (let k = 0; k < expected; k++) {
    if (!Number.isFinite(values[k]!))
      throw new RcpruneError(`${where}: weight ${k}`, 'a finite number', `${values[k]}`);
  }
  return importance === 'l1' ? (place) => Math.abs(values[place]!) : (place) => values[place]! * values[place]!;
}

/** The matrix of a tensor: its size, and where entry (i, j) lies in the tensor. */
export function matrixOf({ shape, layout }: Pick<WeightTensor, 'shape' | 'layout'>) {
  const extent = (axis: string) => shape[layout.indexOf(axis)]!;
  const rows = extent('o');
  const cols = shape.reduce((product, length) => product * length, 1) / Math.max(rows, 1);
  if (layout === 'oihw' || layout === 'oi') return { rows, cols, at: (i: number, j: number) => i * cols + j };
  if (layout === 'hwio' || layout === 'io') return { rows, cols, at: (i: number, j: number) => j * rows + i };
  const inputs = extent('i'); // hwoi: column j is input j % inputs of kernel position floor(j / inputs)
  return {
    rows,
    cols,
    at: (i: number, j: number) => (Math.floor(j / inputs) * rows + i) * inputs + (j % inputs),
  };
}

function normalize(importance: Float32Array, how: Normalization): void {
  if (how === 'none') return;
  let sum = 0;
  for (let k = 0; k < importance.length; k++) sum += importance[k]!;
  const mean = sum / importance.length;
  const scale = how === 'root' ? Math.sqrt(mean) : mean;
  if (scale > 0) for (let k = 0; k < importance.length; k++) importance[k] = importance[k]! / scale;
}
