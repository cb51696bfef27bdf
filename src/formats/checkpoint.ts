import { RcpruneError } from '../problem/error.ts';
import { makeSha256 } from '../problem/sha256.ts';

/*
 * What every checkpoint has, that of solving and that of training: the identity of its run, and a digest by which a state that was
 * cut off or changed is known. A run goes on from a state of its own only. Both are refused here, in the same words.
 *
 * The states lie in two bodies, because one would serve neither. A solving method's state is a nested object of kilobytes
 * that goes as text from the method's thread to the caller, who keeps it wherever he likes: JSON (src/run/checkpoint.ts). A
 * training run's state is named float32 arrays, of gigabytes for a large network. As base64 within JSON they would be a third
 * longer, and longer than the longest string that V8 has: so they are a safetensors file (src/neural/training/checkpoint.ts).
 * Whoever writes either to a file does so whole or not at all (`writeWhole` in src/formats/file.ts).
 */

/** What a run is: method or model, data and options by name. A checkpoint goes on with the same only. */
export type RunIdentity = Readonly<Record<string, string | number | null>>;

/** The mark of a checkpoint: the value of `format` in JSON, the key of the metadata in safetensors. */
export const CHECKPOINT_FORMAT = 'rcprune-checkpoint';

/**
 * Asks of a checkpoint that it is one of this run; what one of them does not name counts as null.
 *
 * @param where what errors call the checkpoint
 * @throws RcpruneError on the first name with another value
 */
export function requireIdentity(where: string, own: RunIdentity, found: RunIdentity): void {
  for (const key of new Set([...Object.keys(own), ...Object.keys(found)])) {
    const [expected, got] = [own[key] ?? null, found[key] ?? null];
    if (expected !== got) throw new RcpruneError(where, `a checkpoint of ${key} ${expected}`, `${got}`);
  }
}

/** @throws RcpruneError unless the digest that a checkpoint states is that of its state */
export function requireDigest(where: string, own: string, stated: unknown): void {
  if (own !== stated) throw new RcpruneError(where, 'a digest that fits the state', 'another');
}

/** SHA-256 in hexadecimal digits. */
export function digestOf(data: string | Uint8Array): string {
  const hash = makeSha256();
  hash.update(data);
  return hash.hex();
}
