import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { RunData, SavedAnnealing } from '../anneal/annealing.ts';
import type { SelectionProblem } from '../anneal/selection-state.ts';
import { MOST_POINTS } from '../anneal/trace.ts';
import { parsed } from '../formats/schema.ts';
import { RcpruneError } from '../problem/error.ts';

/** What a checkpoint belongs to: it is refused for anything else. */
export interface CheckpointIdentity {
  readonly method: string;
  readonly seed: number;
  readonly work: number;
  readonly cooling: string;
  readonly instanceHash: string;
  /** The goal worked out: target and allowed shapes. */
  readonly goal: string;
  /** Hash of the kept lines of the start. */
  readonly start: string;
}

const FORMAT = 'rcprune-checkpoint';
const VERSION = 2;

/** A run's state as text: JSON with a digest, typed arrays in base64. Doubles come back bit for bit. */
export function checkpointText(identity: CheckpointIdentity, saved: SavedAnnealing<RunData>): string {
  const state = JSON.stringify(saved, (_, value: unknown) => {
    if (value instanceof Uint8Array) return { u8: Buffer.from(value).toString('base64') };
    if (value instanceof Int32Array) return { i32: Array.from(value) };
    return value;
  });
  const digest = digestOf(JSON.stringify(identity) + state);
  return `${JSON.stringify({ format: FORMAT, version: VERSION, identity, digest, state })}\n`;
}

/** What every scheme's state holds; the rest is its own, and is what this program wrote as far as the digest fits. */
function stateSchema(lines: number) {
  const kept = z.instanceof(Uint8Array).refine((mask) => mask.length === lines, `${lines} lines`);
  const amount = z.number().nonnegative();
  return z.looseObject({
    data: z.looseObject({ work: amount, best: kept, bestWeight: z.number() }),
    incumbent: z.strictObject({
      kept,
      weight: z.number(),
      trace: z
        .array(z.tuple([amount, amount]))
        .min(1)
        .max(MOST_POINTS),
    }),
  });
}

/**
 * Reads {@link checkpointText} back.
 *
 * @throws RcpruneError on other text, another version, a digest that does not fit, another identity, or a state that does
 *   not fit the problem
 */
export function readCheckpoint(
  where: string,
  text: string,
  identity: CheckpointIdentity,
  problem: SelectionProblem,
): SavedAnnealing<RunData> {
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
  const own = file.identity as CheckpointIdentity;
  for (const key of Object.keys(identity) as (keyof CheckpointIdentity)[]) {
    if (own?.[key] !== identity[key]) {
      throw new RcpruneError(where, `a checkpoint of ${key} ${identity[key]}`, `${own?.[key]}`);
    }
  }
  const saved: unknown = JSON.parse(state, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('u8' in value) return new Uint8Array(Buffer.from(value.u8 as string, 'base64'));
    if ('i32' in value) return Int32Array.from(value.i32 as number[]);
    return value;
  });
  return parsed(where, stateSchema(problem.lines), saved) as SavedAnnealing<RunData>;
}

export function digestOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
