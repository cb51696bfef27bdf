import type { LayersModel } from '@tensorflow/tfjs-layers';
import * as v from 'valibot';
import {
  CHECKPOINT_FORMAT,
  digestOf,
  type RunIdentity,
  requireDigest,
  requireIdentity,
} from '../../formats/checkpoint.ts';
import { parseJson } from '../../formats/file.ts';
import { openSafetensors, type TensorData, writeSafetensors } from '../../formats/safetensors.ts';
import { count, dictionary, number, parsed } from '../../formats/schema.ts';
import { describe, RcpruneError } from '../../problem/error.ts';
import { littleEndianBytes } from '../../problem/hash.ts';
import type { Masks } from '../compact/masks.ts';
import type { TrainingState } from './train.ts';

/*
 * A training run's state as safetensors: F32 tensors `weight/NAME` and `velocity/NAME`, and the masks at hand as U8 tensors
 * `NAME.rows` and `NAME.columns`; in `__metadata__` what the run is, the stage, the steps done and a digest of all of it. What
 * src/formats/checkpoint.ts says of identity and digest holds, and why the state is not text.
 */

/** What a checkpoint holds. */
export interface CheckpointContent {
  /** Weights, velocities and steps done. */
  readonly state: TrainingState;
  /** Which stage of a gradual schedule the state is of; 0 where there is one stage. */
  readonly stage: number;
  /** The masks of that stage; empty: nothing is masked. */
  readonly masks: Masks;
}

const headSchema = v.strictObject({
  version: v.literal(1),
  identity: dictionary(v.union([v.string(), number, v.null()]), 'an object of strings, numbers and nulls'),
  stage: count,
  step: count,
  digest: v.string(),
});
type Head = v.InferOutput<typeof headSchema>;

/** Names a model by its weights, for a {@link RunIdentity}. */
export function hashOfWeights(model: LayersModel): string {
  const parts = model.weights.map((weight) => {
    const values = Float32Array.from(weight.read().dataSync());
    return `${weight.originalName} [${weight.shape}] ${digestOf(littleEndianBytes(values))}`;
  });
  return digestOf(parts.join('\n'));
}

function digestOfTraining(
  { identity, stage, step }: Omit<Head, 'digest' | 'version'>,
  tensors: readonly TensorData[],
): string {
  const parts = tensors.map(({ name, data }) => {
    return `${name} ${digestOf(data instanceof Float32Array ? littleEndianBytes(data) : data)}`;
  });
  return digestOf(JSON.stringify([identity, stage, step, parts.sort()]));
}

/** Writes a state whole or not at all. @throws RcpruneError when the file cannot be written */
export async function writeCheckpoint(file: string, identity: RunIdentity, content: CheckpointContent): Promise<void> {
  const { state, stage, masks } = content;
  const floats = (kind: string, of: ReadonlyMap<string, Float32Array>) =>
    Array.from(of, ([name, data]): TensorData => {
      return { name: `${kind}/${name}`, shape: [data.length], dtype: 'F32', data };
    });
  const tensors = [
    ...floats('weight', state.weights),
    ...floats('velocity', state.velocities),
    ...Array.from(masks, ([name, { rows, columns }]): TensorData[] => [
      { name: `${name}.rows`, shape: [rows.length], dtype: 'U8', data: rows },
      { name: `${name}.columns`, shape: [columns.length], dtype: 'U8', data: columns },
    ]).flat(),
  ];
  const head = { version: 1, identity, stage, step: state.step };
  const metadata = { [CHECKPOINT_FORMAT]: JSON.stringify({ ...head, digest: digestOfTraining(head, tensors) }) };
  await writeSafetensors(file, { metadata, tensors });
}

/**
 * Reads {@link writeCheckpoint} back.
 *
 * @throws RcpruneError on a file that is no checkpoint or was changed, and on one of another run
 */
export async function readCheckpoint(file: string, identity: RunIdentity): Promise<CheckpointContent> {
  const source = await openSafetensors(file);
  try {
    const text = source.metadata[CHECKPOINT_FORMAT];
    if (text === undefined) throw new RcpruneError(file, 'a checkpoint of a training run', 'other tensors');
    const head = parsed(`${file}: ${CHECKPOINT_FORMAT}`, headSchema, parseJson(`${file}: ${CHECKPOINT_FORMAT}`, text));
    requireIdentity(file, identity, head.identity);
    const tensors: TensorData[] = [];
    for (const { name, shape, dtype } of source.tensors) {
      if (dtype === 'F32') tensors.push({ name, shape, dtype, data: await source.readTensor(name) });
      else if (dtype === 'U8') tensors.push({ name, shape, dtype, data: await source.readBytes(name) });
      else throw new RcpruneError(`${file}: tensor ${describe(name)}`, 'F32 or U8', dtype);
    }
    requireDigest(file, digestOfTraining(head, tensors), head.digest);
    const found = new Map(tensors.map(({ name, data }) => [name, data]));
    const floats = (kind: string) => {
      const own = [...found].filter(([name]) => name.startsWith(`${kind}/`));
      return new Map(own.map(([name, data]) => [name.slice(kind.length + 1), data as Float32Array]));
    };
    const masked = tensors.flatMap(({ name, dtype }) => (dtype === 'U8' ? (/^(.*)\.rows$/.exec(name)?.[1] ?? []) : []));
    const lines = (name: string) => (found.get(name) ?? new Uint8Array()) as Uint8Array;
    const masks = new Map(
      masked.map((name) => [name, { rows: lines(`${name}.rows`), columns: lines(`${name}.columns`) }]),
    );
    const state = { step: head.step, weights: floats('weight'), velocities: floats('velocity') };
    return { state, stage: head.stage, masks };
  } finally {
    await source.close();
  }
}
