import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { LinkJoin } from '../problem/links.ts';
import { argumentOf, type Call, type CallGraph, callsOf, type ModelLayer, readsOf } from './calls.ts';
import type { Masks } from './compact/masks.ts';
import { LAYOUTS, weightsOf } from './weights.ts';

/*
 * What the layers of a model do to channels. A channel is a place on a tensor's last axis.
 */

/** Layers that do the same to every place of a channel, and nothing across channels. */
export const CHANNELWISE = new Set([
  'BatchNormalization',
  'Activation',
  'ReLU',
  'LeakyReLU',
  'ELU',
  'ThresholdedReLU',
  'Dropout',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'MaxPooling2D',
  'AveragePooling2D',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling2D',
  'UpSampling2D',
  'Cropping2D',
]);

/** Further layers that leave channels where they are, and silent ones silent. */
const PASSING = new Set([
  'PReLU',
  'RepeatVector',
  'SpatialDropout1D',
  'MaxPooling1D',
  'AveragePooling1D',
  'GlobalAveragePooling1D',
  'GlobalMaxPooling1D',
  'MaxPooling3D',
  'AveragePooling3D',
]);

/** Activations that mix channels. */
export const MIXING = new Set(['softmax', 'logSoftmax', 'log_softmax']);

/** Activations that take 0 to 0. */
const ZERO_AT_ZERO = new Set([
  'linear',
  'relu',
  'relu6',
  'elu',
  'selu',
  'tanh',
  'softsign',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
]);

/** Layers that combine tensors place by place, and how a channel of theirs comes about. */
const JOINS: Record<string, LinkJoin> = {
  Add: 'any',
  Average: 'any',
  Maximum: 'any',
  Minimum: 'any',
  Subtract: 'any',
  Multiply: 'all',
};

/**
 * How a call makes its channels. `rows`: row c of a kernel makes channel c. `same`: channel c comes from channel c mod n of the n
 * that it reads. `pad`: channel c goes to channel `front` + c, zeros to the others. `join`: channels are combined one by one, those of
 * a narrower input again and again. `concatenate`: input behind input. `opaque`: anything.
 */
export type Flow =
  | { readonly kind: 'rows'; readonly layer: string }
  | { readonly kind: 'same' | 'concatenate' | 'input' | 'opaque' }
  | { readonly kind: 'pad'; readonly front: number }
  | { readonly kind: 'join'; readonly join: LinkJoin };

/** What an activation makes of a channel of zeros: zeros, other constants, or something of all channels. */
export type Behind = 'zero' | 'constant' | 'mixed';

/** A call, what it does to channels, and the widths of the tensors around it; a width of 0 is not known. */
export interface Step {
  readonly key: string;
  readonly layer: ModelLayer;
  readonly flow: Flow;
  /** Of the activation that ends the call. */
  readonly behind: Behind;
  /** The tensors that it reads, as in {@link tensorKey}, and their channels. */
  readonly reads: readonly { readonly key: string; readonly channels: number }[];
  /** Channels of each of its outputs. */
  readonly channels: readonly number[];
}

/** The steps of a model, inputs first, and the tensors that it gives out. */
export interface Steps {
  readonly steps: readonly Step[];
  readonly outputs: readonly string[];
}

/** Names a tensor of a model. */
export const tensorKey = (key: string, output: number): string => (output === 0 ? key : `${key}#${output}`);

/**
 * What each call of a model does to channels, the kernels of these names taken apart into rows. Null where a call was given
 * arguments, of which TensorFlow.js does not tell where they come from.
 */
export function stepsOf(model: LayersModel, kernels: ReadonlySet<string>): Steps | null {
  const calls: CallGraph = callsOf(model);
  const steps: Step[] = [];
  for (const key of calls.order) {
    const call = calls.graph.getNodeAttributes(key);
    if (argumentOf(call.node) !== undefined) return null;
    const { inputTensors, outputTensors } = call.node;
    const reads = readsOf(calls, key).map((read, slot) => {
      return { key: tensorKey(read.key, read.output), channels: widthOf(inputTensors[slot]!) };
    });
    const channels = outputTensors.map(widthOf);
    const flow = flowOf(call, kernels);
    steps.push({ key, layer: call.layer, flow, behind: behindOf(call.layer), reads, channels });
  }
  return { steps, outputs: calls.outputs.map(({ key, output }) => tensorKey(key, output)) };
}

const widthOf = ({ shape }: { readonly shape: readonly (number | null)[] }): number =>
  shape.length > 1 ? (shape.at(-1) ?? 0) : 0;

const OPAQUE: Flow = { kind: 'opaque' };
const SAME: Flow = { kind: 'same' };

function flowOf({ layer, isShared, node }: Call, kernels: ReadonlySet<string>): Flow {
  const name = layer.getClassName();
  const config = layer.getConfig();
  const [from, to] = [node.inputTensors.map(({ shape }) => shape), node.outputTensors.map(({ shape }) => shape)];
  const rank = from[0]?.length ?? 0;
  if (name === 'InputLayer') return { kind: 'input' };
  const isUnknown = to.length !== 1 || rank < 2 || [...from, ...to].some((shape) => shape.at(-1) == null);
  if (isUnknown || layer.layers !== undefined || (isShared && layer.weights.length > 0)) return OPAQUE;
  if (name === 'ZeroPadding2D') return paddingOf(config);
  if (config.dataFormat === 'channelsFirst') return OPAQUE;
  const width = from[0]!.at(-1)!;
  if (name === 'Flatten' || name === 'Reshape') return to[0]!.at(-1)! % width === 0 ? SAME : OPAQUE;
  if (name === 'Permute') return (config.dims as number[]).at(-1) === rank - 1 ? SAME : OPAQUE;
  if (name === 'BatchNormalization') return [config.axis].flat().every((axis) => isLast(axis, rank)) ? SAME : OPAQUE;
  if (name === 'Activation') return MIXING.has(String(config.activation)) ? OPAQUE : SAME;
  const depthwise = layer.weights.find(({ originalName }) => originalName.endsWith('/depthwise_kernel'));
  if (depthwise !== undefined && depthwise.shape.at(-1) !== 1) return OPAQUE; // several outputs of each channel
  if (name === 'DepthwiseConv2D') return SAME;
  if (CHANNELWISE.has(name) || PASSING.has(name)) return SAME;
  if (name === 'Concatenate') {
    return isLast(config.axis, rank) ? { kind: 'concatenate' } : { kind: 'join', join: 'any' };
  }
  if (Object.hasOwn(JOINS, name)) {
    const isAligned = from.every((shape) => shape.length === rank);
    return isAligned ? { kind: 'join', join: JOINS[name]! } : OPAQUE;
  }
  const kernel = weightsOf(layer).find(({ kind }) => Object.hasOwn(LAYOUTS, kind))?.weight.originalName;
  return kernel !== undefined && kernels.has(kernel) ? { kind: 'rows', layer: kernel } : OPAQUE;
}

const isLast = (axis: unknown, rank: number) => axis === -1 || axis === rank - 1;

/** Zeros around images; with channels in front, the axes behind the second are what TensorFlow.js pads. */
function paddingOf({ dataFormat, padding }: Record<string, unknown>): Flow {
  if (dataFormat !== 'channelsFirst') return SAME;
  const [, [front, behind]] = padding as [[number, number], [number, number]];
  return front + behind === 0 ? SAME : { kind: 'pad', front };
}

function behindOf(layer: ModelLayer): Behind {
  const { activation = 'linear' } = layer.getConfig();
  const name = String(activation ?? 'linear');
  if (MIXING.has(name)) return 'mixed';
  return ZERO_AT_ZERO.has(name) ? 'zero' : 'constant';
}

/** The weights of a layer that add a number of its own to every channel, whose zeros and those of its mean keep silence silent. */
const SHIFTS = /\/(bias|beta|moving_mean)$/;

/** Those weights of a step that keeps its channels or makes them by rows. */
export function shiftsOf({ layer, flow, channels }: Step) {
  if (flow.kind !== 'same' && flow.kind !== 'rows') return [];
  return layer.weights.filter(({ originalName, shape }) => SHIFTS.test(originalName) && `${shape}` === `${channels}`);
}

/**
 * The channels of every tensor that are silent, exactly 0 whatever the input, once the shifts of {@link shiftsOf} are 0 there, and
 * those of every step in front of its activation. A channel that is silent before anything is removed, and is shifted then, is a
 * constant that belongs to the network: it is not silenced.
 */
export interface Silence {
  /** silent[c] = 1, by tensor. */
  readonly tensors: ReadonlyMap<string, Uint8Array>;
  /** The same of a step's own channels, by the step's key. */
  readonly own: ReadonlyMap<string, Uint8Array>;
}

/** @param masks of the kernels that are taken apart into rows: without one, a kernel is whole */
export function silenceOf({ steps }: Steps, masks: Masks, unpruned: Silence | null): Silence {
  const tensors = new Map<string, Uint8Array>();
  const own = new Map<string, Uint8Array>();
  for (const step of steps) {
    const { key, flow, behind, reads, channels } = step;
    const before = reads.map((read) => tensors.get(read.key)!);
    let silent =
      flow.kind === 'rows' ? silentRows(masks, flow.layer, channels[0]!, before[0]!) : silentOf(step, before);
    if (isRevived(step, unpruned === null ? before : reads.map((read) => unpruned.tensors.get(read.key)!))) {
      silent = new Uint8Array(channels[0]!);
    }
    own.set(key, silent);
    tensors.set(key, behind === 'zero' ? silent : new Uint8Array(channels[0]!));
    for (let output = 1; output < channels.length; output++) {
      tensors.set(tensorKey(key, output), new Uint8Array(channels[output]!));
    }
  }
  return { tensors, own };
}

/** Whether a step that keeps its channels shifts some that were silent before anything was removed. */
export function isRevived(step: Step, before: readonly Uint8Array[]): boolean {
  return step.flow.kind === 'same' && shiftsOf(step).length > 0 && before[0]!.includes(1);
}

function silentRows(masks: Masks, layer: string, rows: number, before: Uint8Array): Uint8Array {
  const mask = masks.get(layer);
  if (mask === undefined) return new Uint8Array(rows).fill(before.includes(0) ? 0 : 1);
  const hears = mask.columns.some((kept, j) => kept === 1 && before[j % before.length] === 0);
  return mask.rows.map((kept) => (hears && kept === 1 ? 0 : 1));
}

function silentOf({ flow, channels }: Step, before: readonly Uint8Array[]): Uint8Array {
  const silent = new Uint8Array(channels[0]!);
  switch (flow.kind) {
    case 'same':
      return silent.map((_, c) => before[0]![c % before[0]!.length]!);
    case 'pad':
      return silent.map((_, c) => before[0]![c - flow.front] ?? 1);
    case 'join': {
      const isSilent = (c: number) => (own: Uint8Array) => own[c % own.length] === 1;
      return silent.map((_, c) => Number(flow.join === 'all' ? before.some(isSilent(c)) : before.every(isSilent(c))));
    }
    case 'concatenate':
      return Uint8Array.from(before.flatMap((own) => Array.from(own)));
    default:
      return silent;
  }
}
