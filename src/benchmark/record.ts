import { z } from 'zod';
import { parsed, parseJson } from '../formats/index.ts';
import { RcpruneError } from '../problem/error.ts';

/** Longest line of a record file: a trace of a hundred thousand incumbents fits. */
export const MOST_LINE = 2 ** 24;
/** Most points of one list of a trace; a run that has more records keeps every second one, then every fourth, ... */
export const MOST_TRACE = 4096;

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const number = z.number();
const text = z.string().max(1000);
const times = z.array(seconds).max(MOST_TRACE);
const values = z.array(number).max(MOST_TRACE);

/** What decides a run. `key` is the hash of the part of it that decides the answer and how it is timed. */
export const cellSchema = z.strictObject({
  /** SHA-256 in hex: see {@link keyOf} of suite.ts. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  suite: text,
  /** A family of `generate`, or `file`. */
  family: text,
  /** What the family was asked for (rows, cols, layers, strength, max), or the file's name. */
  parameters: z.record(z.string().max(100), z.union([number, text])),
  instanceSeed: count,
  instanceHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Layers and units of the instance. */
  layers: z.int().positive(),
  entries: count,
  /** As the suite writes it; null: the instance's own target. */
  sparsity: text.nullable(),
  target: count,
  method: text,
  seed: count,
  /** Units of the method's own work; null: the method's default. */
  workLimit: count.nullable(),
  /** Seconds of wall-clock time after which the best so far is taken; null: none. */
  timeLimit: seconds.nullable(),
  /** MiB of resident memory at which the process is ended; null: none. */
  memoryLimit: count.nullable(),
  /** Seconds that the process solved other, small instances before it solved this one. */
  warmUp: seconds,
});

/**
 * One run, as one line of JSON. `outcome` says whether there is an answer at all:
 *
 * - `answered`: the method came to its end or to a limit, and the checker accepted what it said (`valid`).
 * - `refused`: the method does not take such an instance (enumeration of 40 rows, say); `reason` says why.
 * - `outOfMemory`, `failed`: the process ran out of memory, or was ended or failed in some other way; `reason` says how.
 *
 * The last three have null where an answer would stand. An answer that the checker rejects is no record: the suite stops.
 */
export const recordSchema = cellSchema.extend({
  outcome: z.enum(['answered', 'refused', 'outOfMemory', 'failed']),
  /** null when answered, else one sentence. */
  reason: text.nullable(),
  /** What `solve` returns; see SolveResult. */
  status: z.enum(['optimal', 'feasible', 'infeasible', 'unknown']),
  stopReason: z.enum(['complete', 'workLimit', 'timeLimit', 'interrupted']).nullable(),
  /** Whether the checker accepted pruning, cost and certificate; null where there is no pruning to check. */
  valid: z.literal(true).nullable(),
  cost: number.nullable(),
  kept: number.nullable(),
  total: number.nullable(),
  removed: count.nullable(),
  primalBound: number.nullable(),
  dualBound: number.nullable(),
  gap: number.nullable(),
  guarantee: number.nullable(),
  /** The word of a solver within tolerances that it is optimal, not a proof; null where there is none. */
  claimedOptimal: z.boolean().nullable(),
  work: count.nullable(),
  /** Of the solve alone, wall-clock and processor time of all threads; the median where it was short and repeated. */
  seconds: seconds.nullable(),
  processorSeconds: seconds.nullable(),
  repeats: count,
  /** Resident memory when the solve began (the program and the instance), and its peak from then on. */
  baseBytes: count.nullable(),
  peakBytes: count.nullable(),
  /** Incumbents and proved bounds by work and by seconds of the first solve, ends included; costs are exact, rounded once. */
  trace: z.strictObject({
    work: z.array(count).max(MOST_TRACE),
    seconds: times,
    cost: values,
    boundWork: z.array(count).max(MOST_TRACE),
    boundSeconds: times,
    bound: values,
  }),
  /** Commit of the program, `-dirty` where its files differ; `v` and the version where it is no clone. */
  commit: text,
  machine: z.strictObject({
    processor: text,
    cores: count,
    memory: count,
    node: text,
    platform: text,
  }),
  /** When the run began, ISO 8601. */
  date: z.iso.datetime(),
});

export type Cell = z.infer<typeof cellSchema>;
export type BenchRecord = z.infer<typeof recordSchema>;
export type Trace = BenchRecord['trace'];
export type Machine = BenchRecord['machine'];
/** What a run came to. */
export type Figures = Omit<BenchRecord, keyof Cell | 'commit' | 'machine' | 'date'>;

const NO_TRACE: Trace = { work: [], seconds: [], cost: [], boundWork: [], boundSeconds: [], bound: [] };

/** Figures of a run that has no answer. */
export function unanswered(outcome: Exclude<BenchRecord['outcome'], 'answered'>, reason: string): Figures {
  return {
    outcome,
    reason: reason.slice(0, 1000),
    status: 'unknown',
    stopReason: null,
    valid: null,
    cost: null,
    kept: null,
    total: null,
    removed: null,
    primalBound: null,
    dualBound: null,
    gap: null,
    guarantee: null,
    claimedOptimal: null,
    work: null,
    seconds: null,
    processorSeconds: null,
    repeats: 0,
    baseBytes: null,
    peakBytes: null,
    trace: NO_TRACE,
  };
}

/** Reads one line of a record file. @throws RcpruneError on anything but a record */
export function parseRecord(where: string, line: string): BenchRecord {
  const record = parsed(where, recordSchema, parseJson(where, line));
  const { trace } = record;
  const isEven =
    trace.work.length === trace.cost.length &&
    trace.seconds.length === trace.cost.length &&
    trace.boundWork.length === trace.bound.length &&
    trace.boundSeconds.length === trace.bound.length;
  if (!isEven) throw new RcpruneError(`${where}: trace`, 'lists of one length each', 'lists of several');
  return record;
}
