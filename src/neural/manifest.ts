import path from 'node:path';
import { env, io, type Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as v from 'valibot';
import { readExactly, withFile } from '../formats/file.ts';
import { count, number, parsed } from '../formats/schema.ts';
import { describe, RcpruneError } from '../problem/error.ts';

/** Model descriptions are JSON text without weights; bounds what is read into memory. */
export const MOST_JSON_BYTES = 2 ** 28;

const quantization = v.variant('dtype', [
  v.looseObject({ dtype: v.picklist(['uint8', 'uint16']), scale: number, min: number }),
  v.looseObject({ dtype: v.literal('float16') }),
]);

/** TensorFlow.js's weights manifest: groups of weights, each stored in a list of files one behind the other. */
export const manifestSchema = v.array(
  v.looseObject({
    paths: v.array(v.string()),
    weights: v.array(
      v.looseObject({
        name: v.string(),
        shape: v.array(count),
        dtype: v.picklist(['float32', 'int32', 'bool', 'complex64']),
        quantization: v.optional(quantization),
      }),
    ),
  }),
);
export type Manifest = v.InferOutput<typeof manifestSchema>;
type Weight = Manifest[number]['weights'][number];

/** One weight as TensorFlow.js decodes it, quantisation undone. */
export interface DecodedWeight {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

const BYTES_OF: Record<string, number> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

const bytesOf = ({ shape, dtype, quantization }: Weight): number =>
  shape.reduce((product, extent) => product * extent, BYTES_OF[quantization?.dtype ?? dtype]!);

/** The bytes of each group, checked against what the manifest claims. @throws RcpruneError */
export async function readGroups(file: string, manifest: Manifest): Promise<ArrayBuffer[]> {
  const folder = path.dirname(file);
  const buffers: ArrayBuffer[] = [];
  for (const group of manifest) {
    const claimed = group.weights.reduce((sum, weight) => sum + bytesOf(weight), 0);
    const shards = group.paths.map((name) => shardPath(file, folder, name));
    const sizes: number[] = [];
    for (const shard of shards) sizes.push(await withFile(shard, async (_, size) => size));
    const stored = sizes.reduce((sum, size) => sum + size, 0);
    if (stored !== claimed) throw new RcpruneError(file, `${claimed} bytes in ${group.paths.join(' ')}`, `${stored}`);
    const bytes = new Uint8Array(stored);
    let at = 0;
    for (const [k, shard] of shards.entries()) {
      const part = bytes.subarray(at, at + sizes[k]!);
      await withFile(shard, (handle) => readExactly(shard, handle, part, 0));
      at += part.length;
    }
    buffers.push(bytes.buffer);
  }
  return buffers;
}

/** Weight files lie beside the manifest or below it, nowhere else. */
function shardPath(file: string, folder: string, name: string): string {
  const shard = path.resolve(folder, name);
  const inside = path.relative(folder, shard);
  if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside) || path.isAbsolute(name)) {
    throw new RcpruneError(file, 'weight files below the folder of the manifest', describe(name));
  }
  return shard;
}

/**
 * Runs `use` without the advertisement that the cpu backend of TensorFlow.js prints at its first tensor (decoding needs no
 * fast backend); `PROD` is the flag it asks.
 */
export async function quietly<T>(use: () => T | Promise<T>): Promise<T> {
  const before = env().getBool('PROD');
  env().set('PROD', true);
  try {
    return await use();
  } finally {
    env().set('PROD', before);
  }
}

/** All weights, one at a time: TensorFlow.js's own decoder undoes quantisation. @throws RcpruneError */
export async function* decodeManifest(file: string, content: unknown): AsyncGenerator<DecodedWeight> {
  const manifest = parsed(file, manifestSchema, content);
  const buffers = await readGroups(file, manifest);
  for (const [g, { weights }] of manifest.entries()) {
    let at = 0;
    for (const weight of weights) {
      const length = bytesOf(weight);
      const bytes = buffers[g]!.slice(at, at + length);
      at += length;
      const values = await quietly(() => {
        const tensor: Tensor = io.decodeWeights(bytes, [weight as io.WeightsManifestEntry])[weight.name]!;
        const decoded = tensor.dataSync() as DecodedWeight['values'];
        tensor.dispose();
        return decoded;
      });
      yield { name: weight.name, dtype: weight.dtype, shape: weight.shape, values };
    }
  }
}
