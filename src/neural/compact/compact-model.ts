import { tensor, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model as modelOf, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, RcpruneError } from '../../problem/error.ts';
import { type Dependencies, dependenciesOf } from './dependencies.ts';
import { CompactConv2D, CompactDense, SelectChannels } from './layers.ts';
import { checkMasks, cloneOf, kernelsOf, type LayerLike, type Masks, maskedValues } from './masks.ts';
import {
  fold,
  inputsOf,
  type Matrix,
  type ModelLayer,
  type NetworkGraph,
  networkOf,
  type Operation,
} from './network.ts';
import { NOTHING } from './select.ts';

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
    compact = new Builder(model, network, dependencies, masks).build();
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
  return kernelsOf(model as unknown as LayerLike).map(({ weight: { originalName: name }, rows, columns }) => {
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

/** A tensor of the compact model: `channels[k]` is the channel of the original that its channel k is, ascending. */
interface Built {
  readonly tensor: SymbolicTensor;
  readonly channels: readonly number[];
}

type Appliable = { apply(x: SymbolicTensor | SymbolicTensor[]): unknown };
const applied = (layer: Appliable, x: SymbolicTensor | SymbolicTensor[]) => layer.apply(x) as SymbolicTensor;
const marked = (bits: Uint8Array): number[] => Array.from(bits.keys()).filter((k) => bits[k] === 1);
const isSame = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((c, k) => c === b[k]);

/** Builds the layers that the outputs need, inputs first. */
class Builder {
  private readonly built = new Map<string, Built>();
  /** Copies of layers that are called several times, and so share their weights. */
  private readonly shared = new Map<ModelLayer, ModelLayer>();

  constructor(
    private readonly model: LayersModel,
    private readonly network: NetworkGraph,
    private readonly dependencies: Dependencies,
    private readonly masks: Masks,
  ) {}

  build(): LayersModel {
    const inputs = this.network.inputs.map((key) => this.tensorOf(key).tensor);
    const outputs = this.network.outputs.map((key) => this.tensorOf(key).tensor);
    return modelOf({ inputs, outputs, name: this.model.name });
  }

  private isOnlyRead(key: string): boolean {
    return this.network.graph.outDegree(key) === 1 && !this.network.outputs.includes(key);
  }

  /** @param wanted the channels to return, all that are needed among them: a matrix can do that */
  private tensorOf(key: string, wanted?: readonly number[]): Built {
    let built = this.built.get(key);
    if (built === undefined) {
      built = this.make(key, wanted);
      this.built.set(key, built);
    }
    return built;
  }

  private make(key: string, wanted: readonly number[] | undefined): Built {
    const operation = this.network.graph.getNodeAttributes(key);
    const { kind, layer, matrix } = operation;
    const keys = inputsOf(this.network.graph, key);
    const all = Array.from({ length: operation.channels }, (_, c) => c);
    if (kind === 'input') {
      const { batchInputShape, dtype } = layer.getConfig() as { batchInputShape: (number | null)[]; dtype: 'float32' };
      return { tensor: input({ batchShape: batchInputShape, dtype, name: layer.name }), channels: all };
    }
    if (kind === 'add') return this.sum(key, operation, keys);
    const inputs = keys.map((from) => this.tensorOf(from));
    const [first] = inputs as [Built, ...Built[]];
    switch (kind) {
      case 'matrix':
        return this.product(key, layer.name, matrix!, first, wanted);
      case 'channelwise':
        return { tensor: this.channelwise(operation, first), channels: first.channels };
      case 'zeros':
        return { tensor: applied(this.copyOf(operation), first.tensor), channels: first.channels };
      case 'flatten': {
        const depth = this.network.graph.getNodeAttribute(keys[0]!, 'channels');
        const places = Array.from({ length: operation.channels / depth }, (_, place) => place);
        const channels = places.flatMap((place) => first.channels.map((c) => place * depth + c));
        return { tensor: applied(this.copyOf(operation), first.tensor), channels };
      }
      case 'concatenate': {
        let before = 0;
        const channels = inputs.flatMap((one, k) => {
          const shift = before;
          before += this.network.graph.getNodeAttribute(keys[k]!, 'channels');
          return one.channels.map((c) => c + shift);
        });
        return {
          tensor: applied(
            this.copyOf(operation),
            inputs.map(({ tensor }) => tensor),
          ),
          channels,
        };
      }
      default:
        return { tensor: this.opaque(operation, keys, inputs), channels: all };
    }
  }

  private product(
    key: string,
    name: string,
    matrix: Matrix,
    before: Built,
    wanted: readonly number[] | undefined,
  ): Built {
    const { rows, columns, bias } = this.dependencies.remains.get(key)!;
    const needed = marked(this.dependencies.facts.get(key)!.needed);
    const channels = wanted ?? (needed.length > 0 ? needed : [0]); // one, where only the tensor's size is read
    const { kernel, filters, activation, kernelSize, strides, padding } = matrix;
    const isEmpty = rows.length === 0 || columns.length === 0;
    const placeIn = new Map(before.channels.map((c, k) => [c, k]));
    const lines = {
      name,
      activation,
      filters: channels.length,
      rows: isEmpty ? [] : rows.map((row) => channels.indexOf(row)),
      columns: isEmpty
        ? []
        : columns.map((column) => {
            const channel = column % matrix.channels;
            return Math.floor(column / matrix.channels) * before.channels.length + placeIn.get(channel)!;
          }),
    };
    const layer = matrix.isDense
      ? new CompactDense(lines)
      : new CompactConv2D({ ...lines, kernelSize, strides, padding });
    const output = applied(layer, before.tensor);
    const entries = Float32Array.from(columns.flatMap((j) => rows.map((i) => kernel[j * filters + i]!)));
    const biases = tensor1d(Float32Array.from(channels, (c) => bias[c]!));
    layer.setWeights(isEmpty ? [biases] : [tensor2d(entries, [columns.length, rows.length]), biases]);
    return { tensor: output, channels };
  }

  private channelwise(operation: Operation, before: Built): SymbolicTensor {
    const { layer, activation } = operation;
    if (activation !== null) return applied(this.activationOf(operation), before.tensor);
    const copy = this.copyOf(operation);
    const output = applied(copy, before.tensor);
    const pick = (values: ArrayLike<number>) => tensor1d(Float32Array.from(before.channels, (c) => values[c]!));
    copy.setWeights(layer.getWeights().map((weight) => pick(weight.dataSync())));
    return output;
  }

  private sum(key: string, operation: Operation, keys: readonly string[]): Built {
    const { facts } = this.dependencies;
    const needed = marked(facts.get(key)!.needed);
    const constantOf = (from: string, c: number) => facts.get(from)!.constants[c]!;
    const isConstant = (from: string) => needed.every((c) => !Number.isNaN(constantOf(from, c)));
    const varying = keys.filter((from) => !isConstant(from));
    const name = nameOf(operation);
    const constantsOn = (channels: readonly number[]) =>
      channels.map((c) => keys.filter(isConstant).reduce((sum, from) => sum + constantOf(from, c), 0));
    if (varying.length === 0) {
      const channels = needed.length > 0 ? needed : [0];
      const constants = needed.length > 0 ? constantsOn(channels) : [0];
      const source = channels.map(() => NOTHING);
      const layer = new SelectChannels({ name, source, constants });
      return { tensor: applied(layer, this.tensorOf(keys[0]!).tensor), channels };
    }
    // A matrix that only this sum reads returns whatever channels the other branches have; those should have the same.
    const isFlexible = (from: string) =>
      this.network.graph.getNodeAttribute(from, 'kind') === 'matrix' && this.isOnlyRead(from);
    const fixed = varying.filter((from) => !isFlexible(from)).map((from) => this.tensorOf(from).channels);
    const hasConstants = constantsOn(needed).some((value) => value !== 0);
    const [first = needed] = fixed;
    const channels = !hasConstants && fixed.every((own) => isSame(own, first)) ? first : needed;
    const summands = varying.map((from, k) => {
      const { tensor, channels: own } = this.tensorOf(from, channels);
      const constants = k === 0 && hasConstants ? constantsOn(channels) : channels.map(() => 0);
      if (isSame(own, channels) && constants.every((value) => value === 0)) return tensor;
      const source = channels.map((c) => own.indexOf(c));
      return applied(new SelectChannels({ name: `${name}.select${k}`, source, constants }), tensor);
    });
    return { tensor: summands.length === 1 ? summands[0]! : applied(layers.add({ name }), summands), channels };
  }

  private opaque(operation: Operation, keys: readonly string[], inputs: readonly Built[]): SymbolicTensor {
    for (const [k, { channels }] of inputs.entries()) {
      const expected = this.network.graph.getNodeAttribute(keys[k]!, 'channels');
      if (channels.length !== expected) {
        throw new RcpruneError(`layer ${describe(operation.layer.name)}`, `${expected} channels`, `${channels.length}`);
      }
    }
    const tensors = inputs.map(({ tensor }) => tensor);
    const x = tensors.length === 1 ? tensors[0]! : tensors;
    if (operation.activation !== null) return applied(this.activationOf(operation), x);
    const { layer } = operation;
    const known = this.shared.get(layer);
    if (known !== undefined) return applied(known as unknown as Appliable, x);
    const copy = cloneOf(layer);
    const output = applied(copy as unknown as Appliable, x);
    const kernels = new Map(kernelsOf(layer).map((kernel) => [kernel.weight, kernel]));
    const values = layer.weights.map((weight) => {
      const kernel = kernels.get(weight);
      const numbers =
        kernel === undefined ? weight.read().dataSync() : maskedValues(kernel, this.masks.get(weight.originalName));
      return tensor(numbers, weight.shape as number[]);
    });
    (copy as unknown as { setWeights(values: unknown[]): void }).setWeights(values);
    this.shared.set(layer, copy);
    return output;
  }

  private activationOf(operation: Operation) {
    return layers.activation({ name: `${nameOf(operation)}.activation`, activation: operation.activation as 'relu' });
  }

  private copyOf(operation: Operation) {
    return cloneOf(operation.layer, { name: nameOf(operation) }) as unknown as Appliable & {
      setWeights(weights: unknown[]): void;
    };
  }
}

/** Layers that are called several times become one layer a call. */
const nameOf = ({ layer, call }: Operation): string => (call === 0 ? layer.name : `${layer.name}.call${call}`);
