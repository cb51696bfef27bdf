import { createHash } from 'node:crypto';
import { mkdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { engine, io, tidy } from '@tensorflow/tfjs-core';
import { type LayersModel, models } from '@tensorflow/tfjs-layers';
import { parseJson, readText, writeAll, writeText, writeWhole } from '../formats/file.ts';
import { parsed } from '../formats/schema.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import { type Manifest, MOST_JSON_BYTES, manifestSchema, quietly, readGroups } from './manifest.ts';

/*
 * Layers models in TensorFlow.js's own format: `model.json`, which holds the topology, and weight files beside it. A save is whole or
 * not at all, also over an earlier one; what is read is refused unless all weights are there in the model's shapes. Memory: two
 * copies of the weights beside the model's own.
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
