import type { LayersModel } from '@tensorflow/tfjs-layers';
import { MultiDirectedGraph } from 'graphology';
import { describe, RcpruneError } from '../../problem/error.ts';
import { argumentOf, callsOf, type ModelLayer, type ModelNode, readsOf } from '../calls.ts';
import { CHANNELWISE, MIXING } from '../flow.ts';
import { CLAMPS, type Clamp, type CompactSpec, geometryOf, type ZeroPadding } from './compact-spec.ts';
import { kernelsOf, type Masks, maskedValues } from './masks.ts';

/*
 * A layers model as a graph of operations in inference form, ready for the dependency pass: every call of a layer is a node,
 * every tensor an edge. What the pass knows of a tensor is per channel (its last axis).
 */

/** A convolution or dense layer as a matrix, masked, with batch norm and clamp that follow folded in. */
export interface Matrix {
  readonly isDense: boolean;
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  padding: CompactSpec['padding'];
  /** Input channels and output channels. */
  readonly channels: number;
  readonly filters: number;
  /** [kernel position x channels, filters], row-major: HWIO, or [in, out]. */
  readonly kernel: Float32Array;
  readonly bias: Float64Array;
  activation: Clamp;
}

/**
 * What an operation does to channels. `matrix`: mixes them. `channelwise`: each by itself, everywhere alike. `zeros`: adds
 * zeros around. `opaque`: anything; it reads all channels, and nothing is known of what it returns.
 */
export type Kind = 'input' | 'matrix' | 'channelwise' | 'zeros' | 'flatten' | 'add' | 'concatenate' | 'opaque';

export interface Operation {
  readonly kind: Kind;
  /** The layer that is called; a call of several is told apart by its index. */
  readonly layer: ModelLayer;
  readonly call: number;
  /** Set when an elementwise activation was split off its layer: that alone is the operation. */
  readonly activation: string | null;
  readonly shape: readonly (number | null)[];
  /** Channels of the output; 0 where the last axis is not known. */
  readonly channels: number;
  readonly matrix: Matrix | null;
}

export type Network = MultiDirectedGraph<Operation, { readonly slot: number }>;

/** The graph; its nodes in an order in which inputs come first; and the nodes that are the model's inputs and outputs. */
export interface NetworkGraph {
  readonly graph: Network;
  readonly order: string[];
  readonly inputs: string[];
  readonly outputs: string[];
}

/** Where the tensors that enter a node come from, in the order of its inputs. */
export function inputsOf(graph: Network, key: string): string[] {
  return graph
    .inEdges(key)
    .sort((a, b) => graph.getEdgeAttribute(a, 'slot') - graph.getEdgeAttribute(b, 'slot'))
    .map((edge) => graph.source(edge));
}

/** @throws RcpruneError on layers with several outputs, or called with tensors as arguments (initial states) */
export function networkOf(model: LayersModel, masks: Masks): NetworkGraph {
  const calls = callsOf(model);
  const graph: Network = new MultiDirectedGraph();
  const order: string[] = [];
  /** The node that holds a call's output: a split-off activation stands behind its layer. */
  const outputOf = ({ key }: { readonly key: string }) =>
    graph.hasNode(`${key}/activation`) ? `${key}/activation` : key;
  const add = (key: string, operation: Operation, inputs: readonly string[]) => {
    graph.addNode(key, operation);
    order.push(key);
    for (const [slot, input] of inputs.entries()) graph.addEdge(input, key, { slot });
  };
  for (const key of calls.order) {
    const { layer, index: call, isShared, node } = calls.graph.getNodeAttributes(key);
    checkNode(node);
    const inputs = readsOf(calls, key).map(outputOf);
    const kind = kindOf(layer, node, isShared);
    const { shape } = node.outputTensors[0]!;
    const channels = shape.length > 1 ? (shape.at(-1) ?? 0) : 0;
    const matrix = kind === 'matrix' ? matrixOfLayer(layer, masks, node.inputTensors[0]!.shape.at(-1)!) : null;
    const operation = { kind, layer, call, activation: null, shape, channels, matrix };
    add(key, operation, inputs);
    const activation = matrix === null ? 'linear' : String(layer.getConfig().activation ?? 'linear');
    if (activation !== 'linear') {
      const behind = MIXING.has(activation) ? 'opaque' : 'channelwise';
      add(`${key}/activation`, { ...operation, kind: behind, activation, matrix: null }, [key]);
    }
  }
  return { graph, order, inputs: [...calls.inputs], outputs: calls.outputs.map(outputOf) };
}

function checkNode(node: ModelNode): void {
  const { outboundLayer, outputTensors } = node;
  const where = `layer ${describe(outboundLayer.name)} (${outboundLayer.getClassName()})`;
  if (outputTensors.length !== 1) throw new RcpruneError(where, 'one output', `${outputTensors.length}`);
  const given = argumentOf(node);
  if (given !== undefined) throw new RcpruneError(where, 'a call without arguments', describe(given));
}

function kindOf(layer: ModelLayer, { inputTensors, outputTensors }: ModelNode, isShared: boolean): Kind {
  const name = layer.getClassName();
  const config = layer.getConfig();
  const shapes = inputTensors.map(({ shape }) => shape);
  const rank = shapes[0]?.length ?? 0;
  const isLastAxis = (axis: unknown) => axis === -1 || axis === rank - 1;
  if (name === 'InputLayer') return 'input';
  if (rank < 2 || shapes.some((shape) => shape.at(-1) == null) || config.dataFormat === 'channelsFirst')
    return 'opaque';
  if (isShared && layer.weights.length > 0) return 'opaque';
  if (name === 'Conv2D') {
    const dilations = [config.dilationRate].flat() as number[];
    return rank === 4 && dilations.every((rate) => rate === 1) ? 'matrix' : 'opaque';
  }
  if (name === 'Dense') return rank === 2 ? 'matrix' : 'opaque';
  if (name === 'BatchNormalization' && !isLastAxis(config.axis)) return 'opaque';
  if (name === 'Activation' && MIXING.has(String(config.activation))) return 'opaque';
  if (CHANNELWISE.has(name)) return 'channelwise';
  if (name === 'ZeroPadding2D') return 'zeros';
  if (name === 'Flatten') return rank === 4 ? 'flatten' : 'opaque';
  const output = `${outputTensors[0]!.shape}`;
  if (name === 'Add') return shapes.every((shape) => `${shape}` === output) ? 'add' : 'opaque';
  if (name === 'Concatenate') return isLastAxis(config.axis) ? 'concatenate' : 'opaque';
  return 'opaque';
}

function matrixOfLayer(layer: ModelLayer, masks: Masks, channels: number): Matrix {
  const config = layer.getConfig();
  const isDense = layer.getClassName() === 'Dense';
  const [kernel] = kernelsOf(layer);
  const bias = config.useBias === false ? null : layer.getWeights()[1]!.dataSync();
  const filters = kernel!.rows;
  return {
    isDense,
    kernelSize: isDense ? [1, 1] : (config.kernelSize as [number, number]),
    strides: isDense ? [1, 1] : (config.strides as [number, number]),
    padding: isDense ? 'valid' : (config.padding as 'same' | 'valid'),
    channels,
    filters,
    kernel: maskedValues(kernel!, masks.get(kernel!.weight.originalName)),
    bias: bias === null ? new Float64Array(filters) : Float64Array.from(bias),
    activation: 'linear',
  };
}

/** A batch norm in inference form: channel c becomes scale[c] x + shift[c]. */
export function affineOf(layer: ModelLayer): { scale: Float64Array; shift: Float64Array } {
  const config = layer.getConfig() as { scale: boolean; center: boolean; epsilon: number };
  const weights = layer.getWeights().map((weight) => weight.dataSync());
  const [mean, variance] = weights.slice(-2) as [ArrayLike<number>, ArrayLike<number>];
  const gamma = config.scale ? weights[0]! : null;
  const beta = config.center ? weights[config.scale ? 1 : 0]! : null;
  const scale = Float64Array.from(variance, (value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + config.epsilon));
  return { scale, shift: scale.map((factor, c) => (beta?.[c] ?? 0) - mean[c]! * factor) };
}

/** The clamp that a layer applies, or null. */
function clampOf({ layer, activation }: Operation): Clamp | null {
  const config = layer.getConfig();
  const isClamp = (name: unknown): name is Clamp => typeof name === 'string' && Object.hasOwn(CLAMPS, name);
  if (activation !== null) return isClamp(activation) ? activation : null;
  if (layer.getClassName() === 'Activation') return isClamp(config.activation) ? config.activation : null;
  if (layer.getClassName() !== 'ReLU') return null;
  return config.maxValue == null ? 'relu' : config.maxValue === 6 ? 'relu6' : null;
}

/**
 * Folds into each matrix the zeros before it, the batch norm and the clamp after it, where nobody else reads what lies
 * between. In place. A batch norm scales the matrix's rows and shifts their biases, in double precision.
 */
export function fold(network: NetworkGraph): void {
  const { graph, order, outputs } = network;
  const onlyReader = (key: string): string | null => {
    const readers = graph.outEdges(key);
    return readers.length === 1 && !outputs.includes(key) ? graph.target(readers[0]!) : null;
  };
  /** Removes a node of one input; its readers read that instead. */
  const bypass = (key: string): void => {
    const [source] = inputsOf(graph, key);
    for (const edge of graph.outEdges(key)) graph.addEdge(source!, graph.target(edge), graph.getEdgeAttributes(edge));
    for (const [k, output] of outputs.entries()) if (output === key) outputs[k] = source!;
    graph.dropNode(key);
    order.splice(order.indexOf(key), 1);
  };
  for (const key of [...order]) {
    if (!graph.hasNode(key)) continue;
    const { kind, layer, matrix } = graph.getNodeAttributes(key);
    if (kind === 'zeros') {
      const reader = onlyReader(key);
      const conv = reader === null ? null : graph.getNodeAttribute(reader, 'matrix');
      if (conv?.padding !== 'valid' || conv.isDense) continue;
      conv.padding = layer.getConfig().padding as ZeroPadding;
      bypass(key);
    } else if (matrix !== null) {
      let reader = onlyReader(key);
      if (reader !== null && isNorm(graph.getNodeAttributes(reader))) {
        scaleRows(matrix, affineOf(graph.getNodeAttribute(reader, 'layer')));
        bypass(reader);
        reader = onlyReader(key);
      }
      const clamp = reader === null ? null : clampOf(graph.getNodeAttributes(reader));
      if (clamp === null) continue;
      matrix.activation = clamp;
      bypass(reader!);
    }
  }
}

const isNorm = ({ kind, layer }: Operation) => kind === 'channelwise' && layer.getClassName() === 'BatchNormalization';

function scaleRows({ kernel, bias, filters }: Matrix, { scale, shift }: ReturnType<typeof affineOf>): void {
  for (let k = 0; k < kernel.length; k++) kernel[k]! *= scale[k % filters]!;
  for (let o = 0; o < filters; o++) bias[o] = bias[o]! * scale[o]! + shift[o]!;
}

/** Whether a matrix may meet zeros that are no input, for inputs of a shape. */
export function meetsZeros(matrix: Matrix, [, height, width]: readonly (number | null)[]): boolean {
  const { padding, kernelSize } = matrix;
  if (padding === 'valid' || matrix.isDense) return false;
  if (padding !== 'same') return padding.flat().some((zeros) => zeros > 0);
  if (height == null || width == null) return kernelSize.some((extent) => extent > 1);
  const { padded } = geometryOf(matrix, [height, width]);
  return padded[0] > height || padded[1] > width;
}

/**
 * Which kernel positions meet the image at all, for inputs of a shape. Small images in wide zeros leave some that never do
 * (a 3x3 kernel on one pixel uses its middle alone): their columns read zeros only.
 */
export function reachOf(matrix: Matrix, [, height, width]: readonly (number | null)[]): (position: number) => boolean {
  const { kernelSize, strides } = matrix;
  if (matrix.isDense || height == null || width == null) return () => true;
  const size = [height, width] as const;
  const { before, out } = geometryOf(matrix, size);
  const reached = ([0, 1] as const).map((axis) =>
    Array.from({ length: kernelSize[axis] }, (_, start) =>
      Array.from({ length: out[axis] }, (_, k) => k * strides[axis] + start - before[axis]).some(
        (place) => place >= 0 && place < size[axis],
      ),
    ),
  );
  return (position) => reached[0]![Math.floor(position / kernelSize[1])]! && reached[1]![position % kernelSize[1]]!;
}
