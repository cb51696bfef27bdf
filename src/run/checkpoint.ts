import {
  CHECKPOINT_FORMAT,
  digestOf,
  type RunIdentity,
  requireDigest,
  requireIdentity,
} from '../formats/checkpoint.ts';
import { describe, RcpruneError } from '../problem/error.ts';

/*
 * A solving method's checkpoint as text: what the state belongs to, the state, and a digest of both. The identity names method, seed, work
 * limit, instance, goal and start (src/run/rounds.ts); what src/formats/checkpoint.ts says of identity and digest holds.
 */

/** A checkpoint to go on from. */
export interface Checkpoint {
  /** What errors call it. */
  readonly name: string;
  /** What a run gave to `onCheckpoint`. */
  readonly text: string;
}

const VERSION = 2;

/** A state as text: JSON with a digest, bytes in base64. Doubles come back bit for bit. */
export function checkpointText(identity: RunIdentity, saved: unknown): string {
  const state = JSON.stringify(saved, (_, value: unknown) => {
    if (value instanceof Uint8Array) return { u8: Buffer.from(value).toString('base64') };
    if (value instanceof Int32Array) return { i32: Array.from(value) };
    return value;
  });
  const digest = digestOf(JSON.stringify(identity) + state);
  return `${JSON.stringify({ format: CHECKPOINT_FORMAT, version: VERSION, identity, digest, state })}\n`;
}

/**
 * Reads {@link checkpointText} back. Whether the state fits a problem is for its owner to say.
 *
 * @param where what errors call the text
 * @throws RcpruneError on other text, another version, a digest that does not fit or another identity
 */
export function readCheckpoint(where: string, text: string, identity: RunIdentity): unknown {
  let file: Record<string, unknown>;
  try {
    file = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new RcpruneError(where, 'a whole checkpoint', 'text that is no JSON, or cut off');
  }
  if (typeof file !== 'object' || file === null || file.format !== CHECKPOINT_FORMAT) {
    throw new RcpruneError(where, `format ${CHECKPOINT_FORMAT}`, `${JSON.stringify(file?.format) ?? 'none'}`);
  }
  if (file.version !== VERSION) {
    throw new RcpruneError(where, `version ${VERSION}`, `${JSON.stringify(file.version) ?? 'none'}`);
  }
  const { state } = file;
  if (typeof state !== 'string') throw new RcpruneError(where, 'a state as text', describe(state));
  requireDigest(where, digestOf(JSON.stringify(file.identity) + state), file.digest);
  requireIdentity(where, identity, (file.identity ?? {}) as RunIdentity);
  return JSON.parse(state, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('u8' in value) return new Uint8Array(Buffer.from(value.u8 as string, 'base64'));
    if ('i32' in value) return Int32Array.from(value.i32 as number[]);
    return value;
  });
}
