import { tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { openSafetensors, type TensorData, type TensorInfo, writeSafetensors } from '../formats/safetensors.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import { weightsOf } from './weights.ts';

/*
 * Weights as PyTorch's state dict in safetensors: weights alone, for a model that is there already. Tensors have PyTorch's names and
 * order of axes in the file, and are transposed on the way in and out, every float32 as it is. A file that does not fit leaves the
 * model as it was. Memory: one copy of the weights beside the model's own.
 */

/**
 * What PyTorch calls each weight, by layer class and weight, and in which order PyTorch has the axes: its axis k is
 * ours `axes[k]` (HWIO to OIHW, [in, out] to [out, in]).
 */
const IN_PYTORCH: Record<string, { readonly name: string; readonly axes: readonly number[] }> = {
  'Conv2D/kernel': { name: 'weight', axes: [3, 2, 0, 1] },
  'Conv2D/bias': { name: 'bias', axes: [0] },
  'Dense/kernel': { name: 'weight', axes: [1, 0] },
  'Dense/bias': { name: 'bias', axes: [0] },
  'BatchNormalization/gamma': { name: 'weight', axes: [0] },
  'BatchNormalization/beta': { name: 'bias', axes: [0] },
  'BatchNormalization/moving_mean': { name: 'running_mean', axes: [0] },
  'BatchNormalization/moving_variance': { name: 'running_var', axes: [0] },
};

/** A parameter or buffer of a state dict, and the variable that holds it here. */
interface StateEntry {
  readonly shape: readonly number[]; // in PyTorch's order of axes
  readonly axes: readonly number[];
  readonly variable: LayerVariable;
}

/** The state dict that fits a model, and the counters that PyTorch's batch norms add to it. */
function stateOf(model: LayersModel): { entries: Map<string, StateEntry>; counters: Set<string> } {
  const entries = new Map<string, StateEntry>();
  const counters = new Set<string>();
  for (const { layer, weight: variable, kind } of weightsOf(model)) {
    const { originalName } = variable;
    const entry = IN_PYTORCH[kind];
    const where = `model: layer ${describe(layer.name)}`;
    if (entry === undefined) {
      const got = `${layer.getClassName()} ${originalName}`;
      throw new RcpruneError(where, 'weights of Conv2D, Dense or BatchNormalization layers', got);
    }
    const name = `${layer.name}.${entry.name}`;
    if (entries.has(name)) throw new RcpruneError(where, 'a name of its own', 'one of two layers');
    const shape = entry.axes.map((axis) => variable.shape[axis]!);
    entries.set(name, { shape, axes: entry.axes, variable });
    if (layer.getClassName() === 'BatchNormalization') counters.add(`${layer.name}.num_batches_tracked`);
  }
  return { entries, counters };
}

/**
 * Writes the weights of a model of Conv2D, Dense and BatchNormalization layers (others must have no weights) as a
 * PyTorch state dict in safetensors, F32: `LAYER.weight` (OIHW or [out, in]), `LAYER.bias`, `LAYER.running_mean` and
 * `LAYER.running_var`. `num_batches_tracked` is left out, as PyTorch accepts. Whole or not at all.
 *
 * @throws RcpruneError on layers that have no such names, and when the file cannot be written
 */
export async function saveStateDict(model: LayersModel, file: string): Promise<void> {
  const tensors = Array.from(stateOf(model).entries, ([name, { shape, axes, variable }]): TensorData => {
    const data = tidy(() => transpose(variable.read(), [...axes]).dataSync()) as Float32Array;
    return { name, shape, dtype: 'F32', data };
  });
  await writeSafetensors(file, { tensors });
}

/** Which part of a model a state dict fills. */
export interface StateDictOptions {
  /**
   * Layers whose weights stay as they are, say `['fc']` to begin from a network of other classes: the file's tensors of these
   * layers, of whatever shape, are not read, nor need they be there. Default none.
   */
  readonly skip?: readonly string[] | undefined;
}

/**
 * Reads the weights of a model from a PyTorch state dict in safetensors (F32, F16 or BF16), as {@link saveStateDict}
 * writes it: exactly the tensors of the model's layers, but those to be skipped. `num_batches_tracked` of a batch norm (I64,
 * one number) may be there and is not used, since the moving averages here have a fixed momentum.
 *
 * @throws RcpruneError on tensors that are missing, unknown, or of other shapes or dtypes, and on a layer to be skipped that
 * the model does not have, or not with weights; the model is then as it was
 */
export async function loadStateDict(
  model: LayersModel,
  file: string,
  { skip = [] }: StateDictOptions = {},
): Promise<void> {
  const { entries, counters } = stateOf(model);
  const layerOf = (name: string) => name.slice(0, name.lastIndexOf('.'));
  for (const layer of skip) {
    const own = [...entries.keys()].filter((name) => layerOf(name) === layer);
    if (own.length === 0) throw new RcpruneError('loadStateDict: skip', 'a layer with weights', describe(layer));
    for (const name of own) entries.delete(name);
  }
  const source = await openSafetensors(file);
  const loaded: [StateEntry, Float32Array][] = [];
  try {
    const names = new Set(source.tensors.map(({ name }) => name));
    const missing = [...entries.keys()].filter((name) => !names.has(name));
    for (const info of source.tensors) {
      if (!skip.includes(layerOf(info.name))) checkEntry(file, info, entries.get(info.name), counters, missing);
    }
    for (const [name, { shape }] of entries) {
      if (!names.has(name)) throw new RcpruneError(`${file}: tensor ${describe(name)}`, `[${shape}]`, 'no such tensor');
    }
    for (const [name, entry] of entries) loaded.push([entry, await source.readTensor(name)]);
  } finally {
    await source.close();
  }
  for (const [{ shape, axes, variable }, values] of loaded) {
    const inverse = axes.map((_, axis) => axes.indexOf(axis));
    tidy(() => {
      variable.write(transpose(tensor(values, [...shape]), inverse));
    });
  }
}

/** Names that an error shows of those that a file lacks. */
const MOST_NAMES = 4;

/** What a model has and a file has not, in short. */
function listed(missing: readonly string[]): string {
  if (missing.length === 0) return 'all of them are there';
  const rest = missing.length - MOST_NAMES;
  return `missing: ${missing.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function checkEntry(
  file: string,
  info: TensorInfo,
  entry: StateEntry | undefined,
  counters: ReadonlySet<string>,
  missing: readonly string[],
): void {
  const { name, dtype, shape } = info;
  const where = `${file}: tensor ${describe(name)}`;
  const isCounter = counters.has(name);
  if (entry === undefined && !isCounter) {
    throw new RcpruneError(where, `the name of a weight of the model (${listed(missing)})`, 'another');
  }
  const dtypes = isCounter ? ['I64'] : ['F32', 'F16', 'BF16'];
  const expected = entry?.shape ?? [];
  if (`${shape}` !== `${expected}`) throw new RcpruneError(where, `[${expected}]`, `[${shape}]`);
  if (!dtypes.includes(dtype)) throw new RcpruneError(where, dtypes.join(' or '), dtype);
}
