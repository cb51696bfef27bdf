import * as v from 'valibot';
import { parseJson } from '../formats/file.ts';
import {
  count,
  dictionary,
  list,
  nonnegative,
  number,
  parsed,
  positive,
  sha256,
  text as stringOf,
  time,
} from '../formats/schema.ts';
import { RcpruneError } from '../problem/error.ts';

/** Longest line of a record file: a trace of a hundred thousand incumbents fits. */
export const MOST_LINE = 2 ** 24;
/** Most points of one list of a trace; a run that has more records keeps every second one, then every fourth, ... */
export const MOST_TRACE = 4096;

const seconds = nonnegative;
const text = stringOf(1000);
const times = list(seconds, MOST_TRACE);
const values = list(number, MOST_TRACE);

/** What decides a run. `key` is the hash of the part of it that decides the answer and how it is timed. */
export const cellSchema = v.strictObject({
  /** SHA-256 in hex: see {@link keyOf} of suite.ts. */
  key: sha256,
  suite: text,
  /** A family of `generate`, or `file`. */
  family: text,
  /** What the family was asked for (rows, cols, layers, strength, max), or the file's name. */
  parameters: dictionary(v.union([number, text]), 'an object of numbers and strings', 100),
  instanceSeed: count,
  instanceHash: sha256,
  /** Layers and units of the instance. */
  layers: positive,
  entries: count,
  /** As the suite writes it; null: the instance's own target. */
  sparsity: v.nullable(text),
  target: count,
  method: text,
  seed: count,
  /** Units of the method's own work; null: the method's default. */
  workLimit: v.nullable(count),
  /** Seconds of wall-clock time after which the best so far is taken; null: none. */
  timeLimit: v.nullable(seconds),
  /** MiB of resident memory at which the process is ended; null: none. */
  memoryLimit: v.nullable(count),
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
export const recordSchema = v.strictObject({
  ...cellSchema.entries,
  outcome: v.picklist(['answered', 'refused', 'outOfMemory', 'failed']),
  /** null when answered, else one sentence. */
  reason: v.nullable(text),
  /** What `solve` returns; see SolveResult. */
  status: v.picklist(['optimal', 'feasible', 'infeasible', 'unknown']),
  stopReason: v.nullable(v.picklist(['complete', 'workLimit', 'timeLimit', 'interrupted'])),
  /** Whether the checker accepted pruning, cost and certificate; null where there is no pruning to check. */
  valid: v.nullable(v.literal(true)),
  cost: v.nullable(number),
  kept: v.nullable(number),
  total: v.nullable(number),
  removed: v.nullable(count),
  primalBound: v.nullable(number),
  dualBound: v.nullable(number),
  gap: v.nullable(number),
  guarantee: v.nullable(number),
  /** The word of a solver within tolerances that it is optimal, not a proof; null where there is none. */
  claimedOptimal: v.nullable(v.boolean()),
  work: v.nullable(count),
  /** Of the solve alone, wall-clock and processor time of all threads; the median where it was short and repeated. */
  seconds: v.nullable(seconds),
  processorSeconds: v.nullable(seconds),
  repeats: count,
  /** Resident memory when the solve began (the program and the instance), and its peak from then on. */
  baseBytes: v.nullable(count),
  peakBytes: v.nullable(count),
  /** Incumbents and proved bounds by work and by seconds of the first solve, ends included; costs are exact, rounded once. */
  trace: v.strictObject({
    work: list(count, MOST_TRACE),
    seconds: times,
    cost: values,
    boundWork: list(count, MOST_TRACE),
    boundSeconds: times,
    bound: values,
  }),
  /** Commit of the program, `-dirty` where its files differ; `v` and the version where it is no clone. */
  commit: text,
  machine: v.strictObject({
    processor: text,
    cores: count,
    memory: count,
    node: text,
    platform: text,
  }),
  /** When the run began, ISO 8601. */
  date: time,
});

export type Cell = v.InferOutput<typeof cellSchema>;
export type BenchRecord = v.InferOutput<typeof recordSchema>;
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
