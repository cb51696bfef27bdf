import { createHash } from 'node:crypto';
import { mkdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { engine, io, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { type LayersModel, type LayerVariable, models } from '@tensorflow/tfjs-layers';
import { parseJson, readText, writeAll, writeText, writeWhole } from '../formats/file.ts';
import { openSafetensors, type TensorData, type TensorInfo, writeSafetensors } from '../formats/safetensors.ts';
import { parsed } from '../formats/schema.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import { type Manifest, MOST_JSON_BYTES, manifestSchema, quietly, readGroups } from './manifest.ts';

/*
 * Weights of layers models in files, in two formats: TensorFlow.js's own (model.json, the topology, with weight files
 * beside it), and PyTorch's state dict as safetensors (weights alone, for a model that is there already).
 */

type WeightSpec = Manifest[number]['weights'][number];

/** Weight files hold at most this many bytes, as the converter's do: browsers cache files of that size. */
const SHARD_BYTES = 2 ** 22;

/** Our weight files, and nobody else's, have such names. */
const SHARD_NAME = /^weights-[0-9a-f]{16}-\d+of\d+\.bin$/;

/**
 * Writes `model.json` and its weight files into a folder, which is made if there is none. Optimiser state is not
 * written.
 *
 * Whole or not at all, also over an earlier save: weight files are named by their content, so they never replace the
 * files of other weights, and `model.json` is renamed into place when all of them are on disk. Only then are the weight
 * files that the replaced `model.json` named removed. The same model gives the same bytes.
 *
 * @returns the path of `model.json`, for {@link loadModel} and `extract`
 * @throws RcpruneError when something cannot be written; the earlier save is then as it was
 */
export async function saveModel(model: LayersModel, folder: string): Promise<string> {
  const file = path.join(folder, 'model.json');
  const artifacts = await artifactsOf(model);
  const bytes = new Uint8Array(io.CompositeArrayBuffer.join(artifacts.weightData));
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const count = Math.ceil(bytes.length / SHARD_BYTES);
  const shards = Array.from({ length: count }, (_, k) => `weights-${hash}-${k + 1}of${count}.bin`);
  const { weightSpecs: weights, weightData: _, ...description } = artifacts;
  const content = JSON.stringify({ ...description, weightsManifest: [{ paths: shards, weights }] });

  await mkdir(folder, { recursive: true }).catch(() => undefined); // the writer says what is wrong with the folder
  const replaced = await shardsOf(file);
  const remove = (names: readonly string[], keep: readonly string[]) =>
    Promise.allSettled(names.filter((name) => !keep.includes(name)).map((name) => unlink(path.join(folder, name))));
  try {
    for (const [k, name] of shards.entries()) {
      const part = bytes.subarray(k * SHARD_BYTES, (k + 1) * SHARD_BYTES);
      await writeWhole(path.join(folder, name), (handle) => writeAll(handle, part));
    }
    await writeText(file, [content]);
  } catch (error) {
    await remove(shards, replaced);
    throw error;
  }
  await remove(replaced, shards);
  return file;
}

async function artifactsOf(model: LayersModel): Promise<io.ModelArtifacts> {
  let artifacts!: io.ModelArtifacts;
  await model.save(
    io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(saved) };
    }),
  );
  return artifacts;
}

/** The weight files of ours that a `model.json` names; none when there is no such file, or none that can be read. */
async function shardsOf(file: string): Promise<string[]> {
  try {
    const { weightsManifest } = parseJson(file, await readText(file, MOST_JSON_BYTES)) as { weightsManifest: unknown };
    const manifest = parsed(file, manifestSchema, weightsManifest);
    return manifest.flatMap(({ paths }) => paths.filter((name) => SHARD_NAME.test(name)));
  } catch {
    return [];
  }
}

/**
 * Reads a layers model, ours or the converter's: topology and weights, not optimiser state. Layers of other classes
 * than TensorFlow.js's own must have been registered (`serialization.registerClass`).
 *
 * @param file path of its `model.json`
 * @returns the model; its only tensors are its weights
 * @throws RcpruneError on a file that holds no such model, and on weights that are missing, unknown or of other shapes;
 * no tensor stays behind
 */
export async function loadModel(file: string): Promise<LayersModel> {
  return layersModelOf(file, parseJson(file, await readText(file, MOST_JSON_BYTES)));
}

/** {@link loadModel} of a `model.json` that has been parsed. */
export async function layersModelOf(file: string, content: unknown): Promise<LayersModel> {
  const { modelTopology, weightsManifest, userDefinedMetadata } = (content ?? {}) as {
    modelTopology?: unknown;
    weightsManifest?: unknown;
    userDefinedMetadata?: unknown;
  };
  if (!isLayersTopology(modelTopology)) throw new RcpruneError(file, 'a layers model', 'no topology of layers');
  const manifest = parsed(`${file}: weightsManifest`, manifestSchema, weightsManifest);
  const specs = manifest.flatMap(({ weights }) => weights);
  const bytes = io.concatenateArrayBuffers(await readGroups(file, manifest));
  return quietly(async () => {
    const model = await modelOfTopology(file, modelTopology);
    try {
      checkShapes(file, model, specs);
      tidy(() => loadInto(model, specs, bytes));
      if (userDefinedMetadata != null) model.setUserDefinedMetadata(userDefinedMetadata);
    } catch (error) {
      model.dispose();
      throw refusal(file, error);
    }
    return model;
  });
}

/** TensorFlow.js checks this too, but does not say of which weight. */
function checkShapes(file: string, model: LayersModel, specs: readonly WeightSpec[]): void {
  const shapes = new Map(model.weights.map(({ originalName, shape }) => [originalName, shape]));
  for (const { name, shape } of specs) {
    const expected = shapes.get(name);
    if (expected !== undefined && `${shape}` !== `${expected}`)
      throw new RcpruneError(`${file}: weight ${describe(name)}`, `[${expected}]`, `[${shape}]`);
  }
}

/** TensorFlow.js refuses missing and unknown names, and knows how versions of Keras name one weight differently. */
function loadInto(model: LayersModel, specs: WeightSpec[], bytes: ArrayBuffer): void {
  const decoded = io.decodeWeights(bytes, specs as io.WeightsManifestEntry[]);
  for (const { name, group } of specs) if (group === 'optimizer') delete decoded[name];
  model.loadWeights(decoded);
}

/** Graph models have nodes, and no layers. */
export function isLayersTopology(topology: unknown): topology is object {
  return topology !== null && typeof topology === 'object' && !('node' in topology);
}

/**
 * The model of a topology, with initial weights. TensorFlow.js builds it before the call returns, though it returns a
 * promise: so after a failure the variables of the layers built until then are known, and freed.
 *
 * Orthogonal initial values, usual in recurrent layers, take long to compute and are overwritten anyway: zeros stand
 * for them.
 */
async function modelOfTopology(file: string, modelTopology: object): Promise<LayersModel> {
  const zeros = { class_name: 'Zeros', config: {} };
  const topology = JSON.parse(JSON.stringify(modelTopology), (_, value: unknown) => {
    const { class_name: kind, config } = (value ?? {}) as { class_name?: unknown; config?: Record<string, unknown> };
    if (/^Conv/.test(String(kind))) checkConvolution(file, config ?? {});
    return kind === 'Orthogonal' ? zeros : value;
  });
  const before = new Set(Object.keys(engine().registeredVariables));
  const pending = models.modelFromJSON({ modelTopology: topology });
  const built = Object.entries(engine().registeredVariables).filter(([name]) => !before.has(name));
  return pending.catch((error: unknown) => {
    for (const [, variable] of built) variable.dispose();
    throw refusal(file, error);
  });
}

/** Keras has convolutions that TensorFlow.js has not, and it would leave out what it does not know of them. */
function checkConvolution(
  file: string,
  { name, groups, output_padding: outputPadding }: Record<string, unknown>,
): void {
  const where = `${file}: layer ${describe(String(name))}`;
  if (groups != null && groups !== 1) throw new RcpruneError(where, 'a convolution of one group', `groups ${groups}`);
  if (outputPadding != null) throw new RcpruneError(where, 'no output padding', `${outputPadding}`);
}

/** What TensorFlow.js throws, as ours. */
function refusal(file: string, error: unknown): RcpruneError {
  if (error instanceof RcpruneError) return error;
  const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  return new RcpruneError(file, 'a layers model that TensorFlow.js loads', reason);
}

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
  const visit = (layer: LayersModel['layers'][number]): void => {
    if ('layers' in layer) {
      for (const inner of (layer as LayersModel).layers) visit(inner);
      return;
    }
    const kind = layer.getClassName();
    for (const variable of layer.weights) {
      const { originalName } = variable;
      const entry = IN_PYTORCH[`${kind}/${originalName.slice(originalName.lastIndexOf('/') + 1)}`];
      const where = `model: layer ${describe(layer.name)}`;
      if (entry === undefined)
        throw new RcpruneError(
          where,
          'weights of Conv2D, Dense or BatchNormalization layers',
          `${kind} ${originalName}`,
        );
      const name = `${layer.name}.${entry.name}`;
      if (entries.has(name)) throw new RcpruneError(where, 'a name of its own', 'one of two layers');
      const shape = entry.axes.map((axis) => variable.shape[axis]!);
      entries.set(name, { shape, axes: entry.axes, variable });
    }
    if (kind === 'BatchNormalization') counters.add(`${layer.name}.num_batches_tracked`);
  };
  for (const layer of model.layers) visit(layer);
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
