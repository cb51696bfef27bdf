import path from 'node:path';
import { parseJson, readText } from '../formats/file.ts';
import { openSafetensors } from '../formats/safetensors.ts';
import { RcpruneError } from '../problem/error.ts';
import type { LayerInput } from '../problem/instance.ts';
import { instanceOfLayersModel } from './layers-model.ts';
import { decodeManifest, MOST_JSON_BYTES } from './manifest.ts';
import { isLayersTopology, layersModelOf } from './model-file.ts';
import {
  type Extraction,
  type ExtractOptions,
  type Layout,
  layerOf,
  linkedInstance,
  reasonToSkip,
  type Skipped,
} from './tensors.ts';

/**
 * The weights of a stored model as an instance, one layer a kernel, at least one row and one column of each kept:
 *
 * - `.safetensors` (PyTorch state dicts): 4-D tensors are OIHW convolutions, 2-D tensors [out, in] linear layers; F32, F16
 *   and BF16.
 * - TensorFlow.js layers models (`model.json`): loaded by TensorFlow.js, so that each layer's class says what its weights
 *   are; linked as the model's graph says.
 * - Weights manifests (a JSON list of groups, quantised or not) and graph models, which do not say it: 4-D float weights
 *   are HWIO convolutions unless named depthwise, 2-D ones [in, out] dense kernels.
 *
 * @param file path of the model
 * @returns the instance, and every tensor that is no layer of it with the reason
 * @throws RcpruneError on files that do not hold what they claim, weights that are not finite, no layer at all, or links that do not fit
 */
export async function extract(file: string, options: ExtractOptions = {}): Promise<Extraction> {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.safetensors') return extractSafetensors(file, options);
  if (extension !== '.json') throw new RcpruneError(file, 'a model named .json or .safetensors', `"${extension}"`);
  const content = parseJson(file, await readText(file, MOST_JSON_BYTES));
  if (Array.isArray(content)) return extractManifest(file, content, options);
  const { modelTopology, weightsManifest } = (content ?? {}) as { modelTopology?: unknown; weightsManifest?: unknown };
  if (weightsManifest === undefined) {
    throw new RcpruneError(file, 'a TensorFlow.js model.json or weights manifest', 'JSON without a weightsManifest');
  }
  if (isLayersTopology(modelTopology)) return extractLayersModel(file, content, options);
  return extractManifest(file, weightsManifest, options);
}

async function extractSafetensors(file: string, options: ExtractOptions): Promise<Extraction> {
  const source = await openSafetensors(file);
  try {
    return await collect(file, options, async (take) => {
      for (const { name, dtype, shape } of source.tensors) {
        const isFloat = dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
        const layout = isFloat ? layoutOf(shape, 'oihw', 'oi') : null;
        await take(name, `${dtype} [${shape}]`, shape, layout, () => source.readTensor(name));
      }
    });
  } finally {
    await source.close();
  }
}

async function extractManifest(file: string, manifest: unknown, options: ExtractOptions): Promise<Extraction> {
  return collect(file, options, async (take) => {
    for await (const { name, dtype, shape, values } of decodeManifest(file, manifest)) {
      const isKernel = dtype === 'float32' && !/depthwise/i.test(name);
      const layout = isKernel ? layoutOf(shape, 'hwio', 'io') : null;
      await take(name, `${dtype} [${shape}]`, shape, layout, async () => values);
    }
  });
}

async function extractLayersModel(file: string, content: unknown, options: ExtractOptions): Promise<Extraction> {
  const model = await layersModelOf(file, content);
  try {
    return instanceOfLayersModel(model, options);
  } finally {
    model.dispose();
  }
}

/** 4-D: a convolution; 2-D: dense; null: no kernel. */
function layoutOf(shape: readonly number[], conv: Layout, dense: Layout): Layout | null {
  if (shape.includes(0)) return null;
  return shape.length === 4 ? conv : shape.length === 2 ? dense : null;
}

type Take = (
  name: string,
  kind: string,
  shape: readonly number[],
  layout: Layout | null,
  read: () => Promise<ArrayLike<number>>,
) => Promise<void>;

/** Gathers layers and skipped tensors; a tensor's values are read only when it becomes a layer. */
async function collect(
  file: string,
  options: ExtractOptions,
  visit: (take: Take) => Promise<void>,
): Promise<Extraction> {
  const layers: LayerInput[] = [];
  const skipped: Skipped[] = [];
  await visit(async (name, kind, shape, layout, read) => {
    const reason = layout === null ? `${kind} is no kernel matrix` : reasonToSkip(layout, options);
    if (layout === null || reason !== null) skipped.push({ name, reason: reason! });
    else layers.push(layerOf({ name, shape, values: await read(), layout }, options));
  });
  if (layers.length === 0) throw new RcpruneError(file, 'at least one kernel', `${skipped.length} other tensors`);
  return { instance: linkedInstance(layers, options), skipped };
}
