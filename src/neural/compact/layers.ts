import {
  add,
  keep,
  reshape,
  serialization,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { InputSpec, initializers, type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { describe, RcpruneError } from '../../problem/error.ts';
import { requireInteger } from '../../problem/instance.ts';
import {
  CLAMPS,
  type Clamp,
  type CompactSpec,
  geometryOf,
  isEmpty,
  isWhole,
  type ZeroPadding,
} from './compact-spec.ts';
import { type Packed, pack, wantsPacked } from './packed-product.ts';
import { compactProduct } from './product.ts';
import { NOTHING, select } from './select.ts';

type Config = serialization.ConfigDict;

/** What every layer takes. */
interface LayerConfig {
  /** Of the layer. Default: one of its own. */
  readonly name?: string | undefined;
  /** Whether training changes its weights. Default true. */
  readonly trainable?: boolean | undefined;
}

/** Configuration of a {@link CompactDense}. */
export interface CompactDenseConfig extends LayerConfig {
  /** Channels or features of the output. */
  readonly filters: number;
  /** Output channel of each kept row, ascending. */
  readonly rows: ArrayLike<number>;
  /** Place in the kernel of each kept column, ascending. */
  readonly columns: ArrayLike<number>;
  /** `linear` (the default), `relu` or `relu6`. */
  readonly activation?: Clamp | undefined;
}

/** Configuration of a {@link CompactConv2D}. */
export interface CompactConv2DConfig extends CompactDenseConfig {
  /** Height and width. */
  readonly kernelSize: readonly [number, number];
  /** Down and across. Default 1, 1. */
  readonly strides?: readonly [number, number] | undefined;
  /** Zeros around the input: TensorFlow's `same` or `valid` (the default), or counts. */
  readonly padding?: 'same' | 'valid' | ZeroPadding | undefined;
}

const LAYER_ARGUMENTS = ['name', 'trainable', 'dtype', 'inputShape', 'batchInputShape'];

/** Strictly ascending indices below a bound. @throws RcpruneError */
function ascending(where: string, list: unknown, below: number): Int32Array {
  const isList = Array.isArray(list) || ArrayBuffer.isView(list);
  if (!isList) throw new RcpruneError(where, 'a list of indices', describe(list));
  const indices = Array.from(list as ArrayLike<number>);
  indices.forEach((index, k) => {
    requireInteger(where, index, 0, below - 1);
    if (k > 0 && index <= indices[k - 1]!) throw new RcpruneError(where, 'ascending indices', `${index} at ${k}`);
  });
  return Int32Array.from(indices);
}

/** Bounds of what a model file may ask for. */
const MOST_CHANNELS = 2 ** 24;
const MOST_EXTENT = 2 ** 12;
const MOST_PLACES = 2 ** 30; // kernel positions times channels, held as int32

function pairOf(where: string, value: unknown, least: number): readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) throw new RcpruneError(where, 'two integers', describe(value));
  for (const extent of value) requireInteger(where, extent, least, MOST_EXTENT);
  return [value[0], value[1]];
}

function paddingOf(where: string, value: unknown): CompactSpec['padding'] {
  if (value === undefined || value === 'valid') return 'valid';
  if (value === 'same') return value;
  if (!Array.isArray(value) || value.length !== 2)
    throw new RcpruneError(where, 'same, valid or counts', describe(value));
  return [pairOf(where, value[0], 0), pairOf(where, value[1], 0)];
}

/**
 * A matrix between selected inputs and selected outputs. Weights: `kernel` [columns, rows], float32, absent when it has no
 * entry; `bias` [filters].
 */
abstract class CompactLayer extends layers.Layer {
  protected readonly spec: CompactSpec;
  private kernel: LayerVariable | null = null;
  private bias: LayerVariable | null = null;
  private packed: (Packed & { readonly key: string; readonly of: readonly object[] }) | null = null;

  protected constructor(config: CompactDenseConfig, kernelSize: unknown, strides: unknown, padding: unknown) {
    const given = config as unknown as Record<string, unknown>;
    super(Object.fromEntries(LAYER_ARGUMENTS.filter((key) => key in given).map((key) => [key, given[key]])));
    const where = `layer ${describe(this.name)}`;
    requireInteger(`${where}: filters`, config.filters, 1, MOST_CHANNELS);
    const activation = config.activation ?? 'linear';
    if (!Object.hasOwn(CLAMPS, activation)) {
      throw new RcpruneError(`${where}: activation`, Object.keys(CLAMPS).join(', '), describe(activation));
    }
    const size = pairOf(`${where}: kernelSize`, kernelSize, 1);
    this.spec = {
      kernelSize: size,
      strides: pairOf(`${where}: strides`, strides, 1),
      padding: paddingOf(`${where}: padding`, padding),
      filters: config.filters,
      rows: ascending(`${where}: rows`, config.rows, config.filters),
      columns: ascending(`${where}: columns`, config.columns, MOST_PLACES),
      activation,
    };
    this.supportsMasking = false;
  }

  /** Channels of an input shape of the right rank. */
  private channelsOf(shape: Shape, rank: number): number {
    const channels = shape.at(-1);
    if (shape.length !== rank || channels === null || channels === undefined) {
      throw new RcpruneError(`layer ${describe(this.name)}: input`, `${rank} axes, the last known`, `[${shape}]`);
    }
    return channels;
  }

  protected buildFor(inputShape: Shape | Shape[], rank: number): void {
    const channels = this.channelsOf(oneShape(inputShape), rank);
    const { kernelSize, rows, columns, filters } = this.spec;
    const where = `layer ${describe(this.name)}`;
    const places = kernelSize[0] * kernelSize[1] * channels;
    const last = columns.at(-1) ?? 0;
    if (last >= places) throw new RcpruneError(`${where}: columns`, `indices below ${places}`, `${last}`);
    if (!isEmpty(this.spec)) {
      const initializer = initializers.glorotNormal({});
      this.kernel = this.addWeight('kernel', [columns.length, rows.length], 'float32', initializer);
    }
    this.bias = this.addWeight('bias', [filters], 'float32', initializers.zeros());
    this.inputSpec = [new InputSpec({ ndim: rank, axes: { [rank - 1]: channels } })];
    this.built = true;
  }

  protected productOf(x: Tensor4D): Tensor4D {
    const kernel = this.kernel === null ? null : (this.kernel.read() as Tensor2D);
    const bias = this.bias!.read() as Tensor1D;
    return compactProduct(this.spec, x, kernel, bias, kernel === null ? null : this.packedFor(x, kernel, bias));
  }

  /** The packed matrix, made anew when the weights, the input's shape or the backend changed. */
  private packedFor(x: Tensor4D, kernel: Tensor2D, bias: Tensor1D): Packed | null {
    if (!wantsPacked() || isWhole(this.spec, x.shape[3])) return null;
    const of = [kernel.dataId, bias.dataId];
    const key = `${x.shape.slice(1)}`;
    const old = this.packed;
    if (old !== null && old.key === key && old.of.every((id, k) => id === of[k])) return old;
    this.forget();
    const made = pack(this.spec, x.shape, kernel.dataSync() as Float32Array, bias.dataSync() as Float32Array);
    for (const tensor of Object.values(made)) keep(tensor);
    this.packed = { ...made, key, of };
    return this.packed;
  }

  private forget(): void {
    if (this.packed === null) return;
    const { weights, offsets, places, background } = this.packed;
    for (const tensor of [weights, offsets, places, background]) tensor.dispose();
    this.packed = null;
  }

  protected override disposeWeights(): number {
    this.forget();
    return super.disposeWeights();
  }

  protected matrixConfig(): Config {
    const { filters, rows, columns, activation } = this.spec;
    return { filters, rows: Array.from(rows), columns: Array.from(columns), activation };
  }
}

/** The one tensor or shape that a layer of one input gets, in a list or not. */
const oneOf = <T>(inputs: T | T[]): T => (Array.isArray(inputs) && inputs.length === 1 ? inputs[0]! : (inputs as T));
const oneShape = (shape: Shape | Shape[]): Shape => (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;

/**
 * A convolution with only its kept rows and columns, as one dense matrix: equal to the masked convolution with biases
 * (`bias` stands for all output channels, also those whose row is removed), to float32 accuracy.
 *
 * [batch, height, width, channels] to [batch, height, width, filters]. Columns are in `hwi` order over the input's channels.
 */
export class CompactConv2D extends CompactLayer {
  /** Its name in a `model.json`. */
  static className = 'CompactConv2D';

  constructor(config: CompactConv2DConfig) {
    super(config, config.kernelSize, config.strides ?? [1, 1], config.padding ?? 'valid');
  }

  override build(inputShape: Shape | Shape[]): void {
    this.buildFor(inputShape, 4);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, height, width] = oneShape(inputShape) as [number | null, number | null, number | null, number];
    // Axes are independent: a size that is not known yet is computed from any number and not used.
    const { out } = geometryOf(this.spec, [height ?? 1, width ?? 1]);
    return [batch, height === null ? null : out[0], width === null ? null : out[1], this.spec.filters];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => this.productOf(oneOf(inputs) as Tensor4D));
  }

  override getConfig(): Config {
    const { kernelSize, strides, padding } = this.spec;
    const geometry = { kernelSize, strides, padding } as unknown as Config;
    return { ...super.getConfig(), ...this.matrixConfig(), ...geometry };
  }
}

/** A dense layer with only its kept rows and columns; as {@link CompactConv2D}. [batch, features] to [batch, filters]. */
export class CompactDense extends CompactLayer {
  /** Its name in a `model.json`. */
  static className = 'CompactDense';

  constructor(config: CompactDenseConfig) {
    super(config, [1, 1], [1, 1], 'valid');
  }

  override build(inputShape: Shape | Shape[]): void {
    this.buildFor(inputShape, 2);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [oneShape(inputShape)[0]!, this.spec.filters];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = oneOf(inputs) as Tensor2D;
      const product = this.productOf(reshape(x, [x.shape[0], 1, 1, x.shape[1]]) as Tensor4D);
      return reshape(product, [x.shape[0], this.spec.filters]);
    });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.matrixConfig() };
  }
}

/** Configuration of a {@link SelectChannels}. */
export interface SelectChannelsConfig extends LayerConfig {
  /** For each output channel the input channel it is, or -1: it is `constants[k]` everywhere. Distinct but for -1. */
  readonly source: ArrayLike<number>;
  /** One for every output channel, finite; added to it. */
  readonly constants: ArrayLike<number>;
}

/** Channels (the last axis) in another order, some left out, some constant: fits the branches of a sum to each other. */
export class SelectChannels extends layers.Layer {
  /** Its name in a `model.json`. */
  static className = 'SelectChannels';
  private readonly source: Int32Array;
  private readonly constants: Float32Array;

  constructor(config: SelectChannelsConfig) {
    const given = config as unknown as Record<string, unknown>;
    super(Object.fromEntries(LAYER_ARGUMENTS.filter((key) => key in given).map((key) => [key, given[key]])));
    const where = `layer ${describe(this.name)}`;
    const [source, constants] = [Array.from(config.source ?? []), Array.from(config.constants ?? [])];
    if (source.length === 0 || source.length !== constants.length) {
      throw new RcpruneError(
        `${where}: source, constants`,
        'lists of one length',
        `${source.length}, ${constants.length}`,
      );
    }
    const taken = source.filter((channel) => channel !== NOTHING);
    for (const channel of taken) requireInteger(`${where}: source`, channel, 0, MOST_CHANNELS);
    if (new Set(taken).size < taken.length)
      throw new RcpruneError(`${where}: source`, 'distinct channels', 'repeated ones');
    const strange = constants.find((value) => !Number.isFinite(value));
    if (strange !== undefined) throw new RcpruneError(`${where}: constants`, 'finite numbers', describe(strange));
    this.source = Int32Array.from(source);
    this.constants = Float32Array.from(constants);
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = oneShape(inputShape).at(-1);
    if (channels === null || channels === undefined || this.source.some((channel) => channel >= channels)) {
      throw new RcpruneError(`layer ${describe(this.name)}: source`, `channels below ${channels}`, `[${this.source}]`);
    }
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [...oneShape(inputShape).slice(0, -1), this.source.length];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = oneOf(inputs);
      const selected = select(x, x.rank - 1, this.source);
      return this.constants.some((value) => value !== 0) ? add(selected, tensor1d(this.constants)) : selected;
    });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), source: Array.from(this.source), constants: Array.from(this.constants) };
  }
}

for (const layer of [CompactConv2D, CompactDense, SelectChannels]) serialization.registerClass(layer);
