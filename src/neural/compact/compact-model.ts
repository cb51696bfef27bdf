import { tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CompactBuilder } from './compact-builder.ts';
import { type Dependencies, dependenciesOf } from './dependencies.ts';
import { checkMasks, kernelsOf, type Masks } from './masks.ts';
import { fold, type NetworkGraph, networkOf } from './network.ts';

/*
 * A masked network made smaller: batch norms folded into the matrices before them, useless lines found, what is left built
 * anew, and a report of what became of each kernel. The compact model computes what the masked one computes, to float32 accuracy. Time and
 * memory are proportional to the weights.
 */

/** What became of one kernel. Multiply-adds count products of the kernel alone, for one input. */
export interface CompactedLayer {
  /** Of the kernel, as a layer of an instance. */
  readonly name: string;
  /** Of the kernel's matrix: filters or output features. */
  readonly rows: number;
  /** Of the kernel's matrix: kernel positions x input channels. */
  readonly columns: number;
  /** Rows kept by the masks. */
  readonly keptRows: number;
  /** Columns kept by the masks. */
  readonly keptColumns: number;
  /** `masked`: of a kind that is not compacted; it stays whole with zeros in it. */
  readonly form: 'compact' | 'masked';
  /** Rows left in the compact model. */
  readonly compactRows: number;
  /** Columns left in the compact model. */
  readonly compactColumns: number;
  /** Output positions of one input; null where its size is not known. */
  readonly positions: number | null;
}

/** A compact model, and what became of the dense one. */
export interface Compaction {
  /** The compact model, in inference form. */
  readonly model: LayersModel;
  /** Every kernel of the dense model, in the order of the instance's layers. */
  readonly layers: readonly CompactedLayer[];
  /** Weights, batch norms included. */
  readonly parameters: BeforeAfter;
  /** Products with kernels, for one input; null where a size is not known. */
  readonly multiplyAdds: BeforeAfter | null;
}

/** A count of both models. */
export interface BeforeAfter {
  /** Of the dense one. */
  readonly before: number;
  /** Of the compact one. */
  readonly after: number;
}

/**
 * A smaller network that computes what the masked one computes, to float32 accuracy, in inference form.
 *
 * - Batch norms, and ReLUs up to 6, are folded into the convolution or dense layer before them.
 * - `Conv2D` (no dilation, channels last) and `Dense` become {@link CompactConv2D} and {@link CompactDense} of their kept rows
 *   and columns, less what the dependency pass finds useless; their channels that nobody needs are gone from the tensors.
 * - Elementwise activations, batch norms that stand alone, pooling, padding, flattening, sums and concatenations of channels
 *   pass fewer channels on.
 * - Any other layer - depthwise, separable, transposed, dilated or nested ones, layers used twice - stays as it is, its
 *   kernels masked, and reads and returns all of its channels.
 *
 * It equals the masked network on finite activations: a weight of 0 stops what is infinite.
 *
 * @param model stays as it is; the result shares nothing with it
 * @param masks see {@link masksOf}; zeros that are in the kernels already count as removed, wherever they fill a line
 * @throws RcpruneError on masks that do not fit, on layers with several outputs, or called with tensors as arguments
 */
export function compactModel(model: LayersModel, masks: Masks): Compaction {
  checkMasks(model, masks);
  const network = networkOf(model, masks);
  fold(network);
  const dependencies = dependenciesOf(network);
  let compact!: LayersModel;
  tidy(() => {
    compact = new CompactBuilder(model, network, dependencies, masks).build();
  });
  const rows = reportOf(model, masks, network, dependencies);
  const products = (of: (layer: CompactedLayer) => number) =>
    rows.reduce((sum, layer) => sum + of(layer) * (layer.positions ?? Number.NaN), 0);
  const before = products((layer) => layer.rows * layer.columns);
  const after = products((layer) => layer.compactRows * layer.compactColumns);
  return {
    model: compact,
    layers: rows,
    parameters: { before: model.countParams(), after: compact.countParams() },
    multiplyAdds: Number.isNaN(before) ? null : { before, after },
  };
}

function reportOf(
  model: LayersModel,
  masks: Masks,
  { graph }: NetworkGraph,
  { remains }: Dependencies,
): CompactedLayer[] {
  const compacted = new Map<string, { rows: number; columns: number }>();
  const positions = new Map<string, number | null>();
  graph.forEachNode((key, { layer, shape, matrix, activation }) => {
    if (activation !== null || layer.layers !== undefined) return;
    const inner = shape.slice(1, -1);
    const count = inner.some((extent) => extent === null)
      ? null
      : inner.reduce<number>((product, n) => product * n!, 1);
    for (const { weight } of kernelsOf(layer)) {
      const name = weight.originalName;
      // A layer called several times works as often.
      const earlier = positions.has(name) ? positions.get(name)! : 0;
      positions.set(name, earlier === null || count === null ? null : earlier + count);
      const own = remains.get(key);
      if (matrix !== null) compacted.set(name, { rows: own!.rows.length, columns: own!.columns.length });
    }
  });
  return kernelsOf(model).map(({ weight: { originalName: name }, rows, cols: columns }) => {
    const mask = masks.get(name);
    const kept = (line: Uint8Array | undefined, all: number) => line?.reduce((sum, bit) => sum + bit, 0) ?? all;
    const own = compacted.get(name);
    const isEmpty = own !== undefined && own.rows * own.columns === 0;
    return {
      name,
      rows,
      columns,
      keptRows: kept(mask?.rows, rows),
      keptColumns: kept(mask?.columns, columns),
      form: own === undefined ? 'masked' : 'compact',
      compactRows: isEmpty ? 0 : (own?.rows ?? rows),
      compactColumns: isEmpty ? 0 : (own?.columns ?? columns),
      positions: positions.get(name) ?? null,
    };
  });
}
