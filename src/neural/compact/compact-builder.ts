import { tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model as modelOf, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, RcpruneError } from '../../problem/error.ts';
import type { ModelLayer } from '../calls.ts';
import type { Dependencies } from './dependencies.ts';
import { CompactConv2D, CompactDense, SelectChannels } from './layers.ts';
import { cloneOf, kernelsOf, type Masks, maskedValues } from './masks.ts';
import { inputsOf, type Matrix, type NetworkGraph, type Operation } from './network.ts';
import { NOTHING } from './select.ts';

/*
 * Builds the compact model from what the dependency pass found, one operation of the network at a time, inputs first. Each tensor
 * remembers which channels of the original it has: all that somebody needs are among them. Time and memory are those
 * of copying the weights that are left.
 */

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
export class CompactBuilder {
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
      case 'flatten':
        return {
          tensor: applied(this.copyOf(operation), first.tensor),
          channels: this.flattened(operation, keys[0]!, first),
        };
      case 'concatenate': {
        const tensors = inputs.map(({ tensor }) => tensor);
        return { tensor: applied(this.copyOf(operation), tensors), channels: this.concatenated(keys, inputs) };
      }
      default:
        return { tensor: this.opaque(operation, keys, inputs), channels: all };
    }
  }

  private channelsOf(key: string): number {
    return this.network.graph.getNodeAttribute(key, 'channels');
  }

  /** Place after place, the channels that are there. */
  private flattened(operation: Operation, from: string, before: Built): number[] {
    const depth = this.channelsOf(from);
    const places = Array.from({ length: operation.channels / depth }, (_, place) => place);
    return places.flatMap((place) => before.channels.map((c) => place * depth + c));
  }

  /** One input's channels behind the other's, each counted on from where the original's begin. */
  private concatenated(keys: readonly string[], inputs: readonly Built[]): number[] {
    let before = 0;
    return inputs.flatMap(({ channels }, k) => {
      const shift = before;
      before += this.channelsOf(keys[k]!);
      return channels.map((c) => c + shift);
    });
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
    const hasConstants = constantsOn(needed).some((value) => value !== 0);
    const channels = this.commonChannels(varying, needed, hasConstants);
    const summands = varying.map((from, k) => {
      const { tensor, channels: own } = this.tensorOf(from, channels);
      const constants = k === 0 && hasConstants ? constantsOn(channels) : channels.map(() => 0);
      if (isSame(own, channels) && constants.every((value) => value === 0)) return tensor;
      const source = channels.map((c) => own.indexOf(c));
      return applied(new SelectChannels({ name: `${name}.select${k}`, source, constants }), tensor);
    });
    return { tensor: summands.length === 1 ? summands[0]! : applied(layers.add({ name }), summands), channels };
  }

  /**
   * The channels in which a sum's branches meet: those that all branches have anyway, where they are the same and no constant is
   * added, else the needed ones. A matrix that only this sum reads has none of its own: it returns whatever the others have.
   */
  private commonChannels(branches: readonly string[], needed: readonly number[], hasConstants: boolean) {
    const isFlexible = (from: string) =>
      this.network.graph.getNodeAttribute(from, 'kind') === 'matrix' && this.isOnlyRead(from);
    const fixed = branches.filter((from) => !isFlexible(from)).map((from) => this.tensorOf(from).channels);
    const [first = needed] = fixed;
    return !hasConstants && fixed.every((own) => isSame(own, first)) ? first : needed;
  }

  private opaque(operation: Operation, keys: readonly string[], inputs: readonly Built[]): SymbolicTensor {
    for (const [k, { channels }] of inputs.entries()) {
      const expected = this.channelsOf(keys[k]!);
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
