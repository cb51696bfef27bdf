import { createHash } from 'node:crypto';
import { z } from 'zod';
import { openSafetensors, parsed, parseJson, type TensorData, writeSafetensors } from '../../formats/index.ts';
import { describe, RcpruneError } from '../../problem/error.ts';
import { littleEndianBytes } from '../../problem/hash.ts';
import type { TrainingState } from './train.ts';

/*
 * A training run's state as safetensors: F32 tensors `weight/NAME` and `velocity/NAME`, and what the caller adds (masks);
 * in `__metadata__.rcprune-checkpoint` what the run is, steps done and a digest of all of it.
 */

const KEY = 'rcprune-checkpoint';

/** What a run is: data, model and options by name. A checkpoint goes on with the same only. */
export type RunIdentity = Readonly<Record<string, string | number | null>>;

const headSchema = z.strictObject({
  version: z.literal(1),
  identity: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  step: z.int().nonnegative(),
  digest: z.string(),
});

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

const digest = (identity: RunIdentity, step: number, tensors: readonly (readonly [string, Float32Array])[]) => {
  const parts = tensors.map(([name, data]) => `${name} ${sha256(littleEndianBytes(data))}`).sort();
  return sha256(JSON.stringify([identity, step, parts]));
};

/** Writes a state whole or not at all. @throws RcpruneError when the file cannot be written */
export async function writeCheckpoint(file: string, identity: RunIdentity, state: TrainingState): Promise<void> {
  const named = [
    ...Array.from(state.weights, ([name, data]) => [`weight/${name}`, data] as const),
    ...Array.from(state.velocities, ([name, data]) => [`velocity/${name}`, data] as const),
  ];
  const head = { version: 1, identity, step: state.step, digest: digest(identity, state.step, named) };
  const tensors = named.map(([name, data]): TensorData => ({ name, shape: [data.length], dtype: 'F32', data }));
  await writeSafetensors(file, { metadata: { [KEY]: JSON.stringify(head) }, tensors });
}

/**
 * Reads {@link writeCheckpoint} back.
 *
 * @throws RcpruneError on a file that is no checkpoint or was changed, and on one of another run
 */
export async function readCheckpoint(file: string, identity: RunIdentity): Promise<TrainingState> {
  const source = await openSafetensors(file);
  try {
    const text = source.metadata[KEY];
    if (text === undefined) throw new RcpruneError(file, 'a checkpoint of a training run', 'other tensors');
    const head = parsed(`${file}: ${KEY}`, headSchema, parseJson(`${file}: ${KEY}`, text));
    for (const key of new Set([...Object.keys(identity), ...Object.keys(head.identity)])) {
      const [own, other] = [identity[key] ?? null, head.identity[key] ?? null];
      if (own !== other) throw new RcpruneError(file, `a checkpoint of ${key} ${own}`, `${other}`);
    }
    const named: [string, Float32Array][] = [];
    for (const { name } of source.tensors) named.push([name, await source.readTensor(name)]);
    if (head.digest !== digest(identity, head.step, named)) {
      throw new RcpruneError(file, 'a digest that fits the state', 'another');
    }
    const of = (kind: string) => {
      const own = named.filter(([name]) => name.startsWith(`${kind}/`));
      return new Map(own.map(([name, data]) => [name.slice(kind.length + 1), data]));
    };
    const state = { step: head.step, weights: of('weight'), velocities: of('velocity') };
    const strange = named.find(([name]) => !/^(weight|velocity)\//.test(name));
    if (strange !== undefined) throw new RcpruneError(file, 'weights and velocities', describe(strange[0]));
    return state;
  } finally {
    await source.close();
  }
}
