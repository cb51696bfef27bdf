import * as v from 'valibot';
import { describe, RcpruneError } from '../problem/error.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import { indicesOf, keptMask, type LayerPruning, makeLayerPruning, type Pruning } from '../problem/pruning.ts';
import { nameOf, parseJson, readText, writeText } from './file.ts';
import { openSafetensors, type TensorData, writeSafetensors } from './safetensors.ts';
import { count as index, nonnegative, parsed } from './schema.ts';

/** A pruning and what its file claims about it; `check` finds out whether that is true. */
export interface StoredPruning {
  /** Its indices, ascending, layers in the instance's order. */
  readonly pruning: Pruning;
  /** Units that its author meant to remove. */
  readonly target?: number;
  /** Removed importance, as its author says. */
  readonly cost?: number;
  /** Of the instance that its author meant. */
  readonly instanceHash?: string;
}

/** Far above the indices of any network; bounds what is read into memory. */
const MOST_PRUNING_BYTES = 2 ** 28;

/** Only `layers` is required. */
const pruningSchema = v.strictObject({
  format: v.optional(v.literal('rcprune-pruning')),
  version: v.optional(v.literal(1)),
  instanceHash: v.optional(v.string()),
  target: v.optional(index),
  cost: v.optional(nonnegative),
  layers: v.array(v.strictObject({ name: v.string(), removedRows: v.array(index), removedColumns: v.array(index) })),
});

/**
 * Reads a pruning of an instance, from standard input for `-`; layers may come in any order.
 *
 * @throws RcpruneError on unknown fields, unknown, repeated or missing layers, repeated or out-of-range indices
 */
export async function readPruning(file: string, instance: Instance): Promise<StoredPruning> {
  const where = nameOf(file);
  const content = parsed(where, pruningSchema, parseJson(where, await readText(file, MOST_PRUNING_BYTES)));
  const byName = new Map<string, (typeof content.layers)[number]>();
  for (const layer of content.layers) {
    if (byName.has(layer.name)) throw new RcpruneError(where, 'every layer once', `${describe(layer.name)} twice`);
    byName.set(layer.name, layer);
  }
  const layers = instance.layers.map((layer) => {
    const own = byName.get(layer.name);
    if (own === undefined) throw new RcpruneError(where, `layer ${describe(layer.name)}`, 'none of that name');
    byName.delete(layer.name);
    return makeOwn(where, layer, own.removedRows, own.removedColumns);
  });
  for (const name of byName.keys()) throw new RcpruneError(where, 'layers of the instance', describe(name));
  const { target, cost, instanceHash: hash } = content;
  return {
    pruning: { layers },
    ...(target === undefined ? {} : { target }),
    ...(cost === undefined ? {} : { cost }),
    ...(hash === undefined ? {} : { instanceHash: hash }),
  };
}

function makeOwn(file: string, layer: Layer, rows: ArrayLike<number>, columns: ArrayLike<number>): LayerPruning {
  try {
    return makeLayerPruning(layer, rows, columns);
  } catch (error) {
    if (error instanceof RcpruneError) throw new RcpruneError(`${file}: ${error.where}`, error.expected, error.got);
    throw error;
  }
}

/**
 * Writes a pruning as JSON with the instance's hash, whole or not at all, for `-` to standard output; the same answer gives the same bytes.
 *
 * @param claims what the file says of target and cost; left out where undefined
 * @throws RcpruneError when the file cannot be written
 */
export async function writePruning(
  file: string,
  instance: Instance,
  pruning: Pruning,
  claims: { readonly target?: number; readonly cost?: number },
): Promise<void> {
  const layers = instance.layers.map(({ name }, l) => {
    const { removedRows, removedColumns } = pruning.layers[l]!;
    return JSON.stringify({ name, removedRows: Array.from(removedRows), removedColumns: Array.from(removedColumns) });
  });
  const head = JSON.stringify({
    format: 'rcprune-pruning',
    version: 1,
    instanceHash: instanceHash(instance),
    target: claims.target,
    cost: claims.cost,
  });
  const text = `${head.slice(0, -1)},"layers":[\n${layers.join(',\n')}\n]}\n`;
  await writeText(file, [text]);
}

/**
 * Writes a pruning as safetensors, whole or not at all: U8 masks `NAME.rows` [rows] and `NAME.columns` [cols], 1 =
 * kept.
 *
 * @throws RcpruneError when the file cannot be written
 */
export async function writeMasks(file: string, instance: Instance, pruning: Pruning): Promise<void> {
  const tensors = instance.layers.flatMap(({ name, rows, cols }, l): TensorData[] => {
    const { removedRows, removedColumns } = pruning.layers[l]!;
    return [
      { name: `${name}.rows`, dtype: 'U8', shape: [rows], data: keptMask(rows, removedRows) },
      { name: `${name}.columns`, dtype: 'U8', shape: [cols], data: keptMask(cols, removedColumns) },
    ];
  });
  await writeSafetensors(file, { tensors });
}

/**
 * Reads the masks of {@link writeMasks} as a pruning.
 *
 * @throws RcpruneError on missing or foreign tensors, wrong lengths, values that are not 0 or 1
 */
export async function readMasks(file: string, instance: Instance): Promise<Pruning> {
  const source = await openSafetensors(file);
  try {
    const expected = instance.layers.length * 2;
    if (source.tensors.length !== expected) {
      throw new RcpruneError(file, `${expected} masks`, `${source.tensors.length} tensors`);
    }
    const removed = async (name: string, length: number): Promise<Uint32Array> => {
      const where = `${file}: mask ${describe(name)}`;
      const info = source.tensors.find((tensor) => tensor.name === name);
      if (info === undefined) throw new RcpruneError(where, 'to be there', 'no such tensor');
      if (info.dtype !== 'U8' || info.shape.length !== 1 || info.shape[0] !== length) {
        throw new RcpruneError(where, `U8 [${length}]`, `${info.dtype} [${info.shape}]`);
      }
      const mask = await source.readBytes(name);
      const strange = mask.find((value) => value > 1);
      if (strange !== undefined) throw new RcpruneError(where, '0 or 1', `${strange}`);
      return indicesOf(mask, 0);
    };
    const layers: LayerPruning[] = [];
    for (const { name, rows, cols } of instance.layers) {
      const removedRows = await removed(`${name}.rows`, rows);
      layers.push({ removedRows, removedColumns: await removed(`${name}.columns`, cols) });
    }
    return { layers };
  } finally {
    await source.close();
  }
}
