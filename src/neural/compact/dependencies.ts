import { type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { CLAMPS } from './compact-spec.ts';
import { affineOf, inputsOf, type Matrix, meetsZeros, type NetworkGraph, type Operation, reachOf } from './network.ts';

/*
 * Which rows and columns a network can do without, given what its kernels' zeros are.
 *
 * Two facts of every channel of every tensor. Forwards: is it a constant, the same number for every input and at every
 * place, and which? A row of a matrix is, when everything that its nonzero entries meet is; so is what a removed row leaves
 * behind a batch norm, beta - gamma mean / sqrt(variance + epsilon). Backwards: does anybody need it? A row is needed when a
 * reader needs its channel and it is no constant; a column, when a needed row has a nonzero entry in it and its channel is
 * no constant, or a constant other than 0 that the zeros around the image interrupt. All other constants go into the biases.
 *
 * One sweep each way is the fixpoint: constants do not depend on needs, and needs of a node only on those of its readers,
 * which come later. So a second run on the result removes nothing (the tests hold it to that). Time linear in the weights.
 */

/** What is known of one operation's output. */
export interface Facts {
  /** constants[c] is channel c's number; NaN while it varies. */
  readonly constants: Float64Array;
  /** needed[c] = 1 when a reader needs channel c. */
  readonly needed: Uint8Array;
}

/** What remains of a matrix, in its own numbering. */
export interface Remains {
  readonly rows: number[];
  readonly columns: number[];
  /** Biases with all constants that entered them, of all output channels. */
  readonly bias: Float64Array;
}

export interface Dependencies {
  readonly facts: ReadonlyMap<string, Facts>;
  readonly remains: ReadonlyMap<string, Remains>;
}

const VARIES = Number.NaN;
const varies = (value: number): boolean => Number.isNaN(value);

export function dependenciesOf({ graph, order, outputs }: NetworkGraph): Dependencies {
  const facts = new Map<string, Facts>();
  const entries = new Map<string, Entry>();
  const at = (key: string) => facts.get(key)!;

  for (const key of order) {
    const operation = graph.getNodeAttributes(key);
    const inputs = inputsOf(graph, key);
    const before = inputs.map((input) => at(input).constants);
    let constants: Float64Array;
    if (operation.kind === 'matrix') {
      const entry = entryOf(operation.matrix!, before[0]!, graph.getNodeAttribute(inputs[0]!, 'shape'));
      entries.set(key, entry);
      constants = entry.constants;
    } else constants = constantsOf(operation, before);
    facts.set(key, { constants, needed: new Uint8Array(operation.channels) });
  }

  const remains = new Map<string, Remains>();
  for (const output of outputs) at(output).needed.fill(1);
  for (const key of [...order].reverse()) {
    const operation = graph.getNodeAttributes(key);
    const { needed, constants } = at(key);
    const inputs = inputsOf(graph, key);
    if (operation.kind === 'opaque') {
      for (const input of inputs) at(input).needed.fill(1);
      continue;
    }
    if (operation.kind === 'matrix') {
      const own = remainsOf(operation.matrix!, entries.get(key)!, needed, constants);
      remains.set(key, own);
      for (const column of own.columns) at(inputs[0]!).needed[column % operation.matrix!.channels] = 1;
      continue;
    }
    let first = 0; // channel of the output that a concatenated input begins at
    for (const input of inputs) {
      const { needed: before, constants: values } = at(input);
      const isConstantSummand =
        operation.kind === 'add' && needed.every((need, c) => need === 0 || !varies(values[c]!));
      if (!isConstantSummand) {
        for (let c = 0; c < needed.length; c++) {
          if (operation.kind !== 'concatenate') before[c % before.length]! |= needed[c]!;
          else if (c >= first && c < first + before.length) before[c - first]! |= needed[c]!;
        }
      }
      first += before.length;
    }
  }
  return { facts, remains };
}

/** How a matrix meets its input's constants. */
interface Entry {
  /** meets[j] = 1 when column j reads what no bias can stand for. */
  readonly meets: Uint8Array;
  readonly bias: Float64Array;
  readonly constants: Float64Array;
}

function entryOf(matrix: Matrix, before: Float64Array, shape: readonly (number | null)[]): Entry {
  const { kernel, filters, channels, activation } = matrix;
  const places = kernel.length / filters;
  const interrupted = meetsZeros(matrix, shape);
  const isReached = reachOf(matrix, shape);
  const meets = new Uint8Array(places);
  const bias = matrix.bias.slice();
  const isFixed = new Uint8Array(filters).fill(1); // while no nonzero entry of the row meets what varies
  for (let j = 0; j < places; j++) {
    const value = before[j % channels]!;
    if (value === 0 || !isReached(Math.floor(j / channels))) continue;
    meets[j] = varies(value) || interrupted ? 1 : 0;
    for (let o = 0; o < filters; o++) {
      const weight = kernel[j * filters + o]!;
      if (weight === 0) continue;
      if (meets[j] === 1) isFixed[o] = 0;
      else bias[o]! += weight * value;
    }
  }
  const [low, high] = CLAMPS[activation];
  const constants = bias.map((value, o) => (isFixed[o] === 1 ? Math.min(Math.max(value, low), high) : VARIES));
  return { meets, bias, constants };
}

function remainsOf(
  { kernel, filters }: Matrix,
  { meets, bias }: Entry,
  needed: Uint8Array,
  constants: Float64Array,
): Remains {
  const rows: number[] = [];
  const columns: number[] = [];
  for (let o = 0; o < filters; o++) if (needed[o] === 1 && varies(constants[o]!)) rows.push(o);
  for (let j = 0; j < meets.length; j++) {
    if (meets[j] === 1 && rows.some((row) => kernel[j * filters + row] !== 0)) columns.push(j);
  }
  return { rows, columns, bias };
}

/** The constants behind an operation other than a matrix. */
function constantsOf(operation: Operation, before: readonly Float64Array[]): Float64Array {
  const { kind, channels } = operation;
  const [first] = before;
  switch (kind) {
    case 'channelwise':
      return channelwiseConstants(operation, first!);
    case 'zeros':
      return first!.map((value) => (value === 0 ? 0 : VARIES));
    case 'flatten':
      return Float64Array.from({ length: channels }, (_, k) => first![k % first!.length]!);
    case 'add':
      return first!.map((_, c) => before.reduce((sum, values) => sum + values[c]!, 0));
    case 'concatenate':
      return Float64Array.from(before.flatMap((values) => Array.from(values)));
    default:
      return new Float64Array(channels).fill(VARIES);
  }
}

/** Layers that leave a constant as it is, wherever their windows lie. */
const KEEPS = /Dropout|Noise|Max|GlobalAverage|UpSampling|Cropping/;

function channelwiseConstants(operation: Operation, before: Float64Array): Float64Array {
  const { layer } = operation;
  const name = layer.getClassName();
  if (operation.activation === null) {
    if (name === 'BatchNormalization') {
      const { scale, shift } = affineOf(layer);
      // A scale of 0 makes a constant of anything finite.
      return before.map((value, c) => (scale[c] === 0 ? shift[c]! : value * scale[c]! + shift[c]!));
    }
    if (KEEPS.test(name)) return before.slice();
    if (name === 'AveragePooling2D') {
      // Whether windows at the border count the zeros there is the backend's choice.
      const isSafe = layer.getConfig().padding === 'valid';
      return before.map((value) => (isSafe || value === 0 ? value : VARIES));
    }
  }
  const elementwise =
    operation.activation === null ? layer : layers.activation({ activation: operation.activation as 'relu' });
  const after = tidy(() => {
    const values = tensor2d(Float32Array.from(before), [1, before.length]);
    return (elementwise as unknown as { call(x: Tensor, kwargs: object): Tensor }).call(values, {}).dataSync();
  });
  return before.map((value, c) => (varies(value) ? VARIES : after[c]!));
}
