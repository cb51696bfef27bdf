import { createHash } from 'node:crypto';
import { RcpruneError } from '../problem/error.ts';

/*
 * The container of everything that a run can go on from: what the state belongs to, the state, and a digest of both. A run goes on
 * only from a state of its own: same method, seed, work limit, instance, goal and start.
 */

/** What a state belongs to: it is refused for anything else. */
export type Identity = Readonly<Record<string, string | number>>;

/** A checkpoint to go on from. */
export interface Checkpoint {
  /** What errors call it. */
  readonly name: string;
  /** What a run gave to `onCheckpoint`. */
  readonly text: string;
}

const FORMAT = 'rcprune-checkpoint';
const VERSION = 2;

/** A state as text: JSON with a digest, bytes in base64. Doubles come back bit for bit. */
export function checkpointText(identity: Identity, saved: unknown): string {
  const state = JSON.stringify(saved, (_, value: unknown) => {
    if (value instanceof Uint8Array) return { u8: Buffer.from(value).toString('base64') };
    if (value instanceof Int32Array) return { i32: Array.from(value) };
    return value;
  });
  const digest = digestOf(JSON.stringify(identity) + state);
  return `${JSON.stringify({ format: FORMAT, version: VERSION, identity, digest, state })}\n`;
}

/**
 * Reads {@link checkpointText} back. Whether the state fits a problem is for its owner to say.
 *
 * @param where what errors call the text
 * @throws RcpruneError on other text, another version, a digest that does not fit or another identity
 */
export function readCheckpoint(where: string, text: string, identity: Identity): unknown {
  let file: Record<string, unknown>;
  try {
    file = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new RcpruneError(where, 'a whole checkpoint', 'text that is no JSON, or cut off');
  }
  if (typeof file !== 'object' || file === null || file.format !== FORMAT) {
    throw new RcpruneError(where, `format ${FORMAT}`, `${JSON.stringify(file?.format) ?? 'none'}`);
  }
  if (file.version !== VERSION) {
    throw new RcpruneError(where, `version ${VERSION}`, `${JSON.stringify(file.version) ?? 'none'}`);
  }
  const { state } = file;
  if (typeof state !== 'string' || file.digest !== digestOf(JSON.stringify(file.identity) + state)) {
    throw new RcpruneError(where, 'a digest that fits the state', 'another');
  }
  const own = file.identity as Identity | null;
  for (const key of Object.keys(identity)) {
    if (own?.[key] !== identity[key]) {
      throw new RcpruneError(where, `a checkpoint of ${key} ${identity[key]}`, `${own?.[key]}`);
    }
  }
  return JSON.parse(state, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('u8' in value) return new Uint8Array(Buffer.from(value.u8 as string, 'base64'));
    if ('i32' in value) return Int32Array.from(value.i32 as number[]);
    return value;
  });
}

/** SHA-256 in hexadecimal digits. */
export function digestOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
