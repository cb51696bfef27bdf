import { readFileSync } from 'node:fs';
import { exactCost, type Goal, type Instance, makeInstance, type Pruning } from '../src/problem/index.ts';

/*
 * The proof logs on which Coq runs the proved checker of proofs/coq/ProofLog.v, and its verdicts.
 *
 * They live once, in logs.json, honest and forged; proofs/make-logs.ts made them. The build writes them down for Coq as
 * LogData.v; the tests give the same ones to the TypeScript checker. What is done here and not in Coq: lines become records
 * (the grammar), and the first line, which names the instance by its hash, is left to the TypeScript checker.
 */

/** The name of the source that {@link logsSource} is. */
export const LOG_DATA = 'LogData';

/** A log with the claim that it is about. */
export interface StoredLog {
  readonly name: string;
  /** Whether it was made by the solver, or by the rules, for a true claim. */
  readonly honest: boolean;
  readonly layers: readonly {
    readonly name: string;
    readonly rows: number;
    readonly cols: number;
    readonly importance: readonly number[];
    readonly unitsPerEntry: number;
    readonly minKeptRows: number;
    readonly minKeptColumns: number;
  }[];
  readonly goal: Goal;
  /** Removed rows and columns of every layer. */
  readonly pruning: readonly (readonly [readonly number[], readonly number[]])[];
  readonly lines: readonly string[];
}

export function readLogs(): StoredLog[] {
  return JSON.parse(readFileSync(new URL('./logs.json', import.meta.url), 'utf8')).logs;
}

export function instanceOfLog({ layers }: StoredLog): Instance {
  return makeInstance(layers.map((layer) => ({ ...layer, importance: [...layer.importance] })));
}

export function pruningOfLog({ pruning }: StoredLog): Pruning {
  const layers = pruning.map(([rows, columns]) => ({
    removedRows: Uint32Array.from(rows),
    removedColumns: Uint32Array.from(columns),
  }));
  return { layers };
}

/** An importance, exact in units of 2^-149. */
const inUnits = (importance: number) => BigInt(importance * 2 ** 149);

/** logs.json as a Coq source: layers, goal, records and claimed cost of every log. */
export function logsSource(logs: readonly StoredLog[] = readLogs()): string {
  const given = logs.map((log) => {
    const layers = log.layers.map((layer) => {
      const { rows, cols, importance, unitsPerEntry, minKeptRows, minKeptColumns } = layer;
      const entries = Array.from({ length: rows }, (_, i) =>
        list(importance.slice(i * cols, (i + 1) * cols).map((x) => `${inUnits(x)}`)),
      );
      return `Layer ${rows} ${cols} ${unitsPerEntry}%Z ${minKeptRows} ${minKeptColumns} ${list(entries)}%Z`;
    });
    const goal =
      'target' in log.goal ? `Target ${log.goal.target}%Z` : `Exactly ${log.goal.shape.rows} ${log.goal.shape.columns}`;
    const { cost } = exactCost(instanceOfLog(log), pruningOfLog(log));
    const records = recordsOf(log.lines.slice(1));
    return `(${list(layers, '\n    ')}, ${goal}, ${list(records, '\n    ')}, ${cost}%Z)`;
  });
  return `(* Made from proofs/logs.json by the build. *)

From mathcomp Require Import all_ssreflect.
From Coq Require Import ZArith.
From RCPrune Require Import BlockSplit ProofLog.

Definition logs : seq (seq layer * goal * seq record * Z) := ${list(given, '\n  ')}.
`;
}

const UNREADABLE = 'Unreadable';
const NODES: Readonly<Record<string, string>> = { '(': 'Open', '.': 'Bounded', '!': 'Exact' };
/** Numbers of lines, rows and columns are unary in Coq: larger ones are no numbers of these small instances. */
const MOST_UNARY = 1000;

/** The lines after the first as terms. A line that the grammar has no record for is {@link UNREADABLE}. */
function recordsOf(lines: readonly string[]): string[] {
  // Between the head of a tree and its last node, a record is a split and other lines are nodes: count what is missing.
  let missing = 0;
  return lines.map((line) => {
    if (missing > 0 && !line.startsWith('{')) {
      const nodes = [...line].map((node) => NODES[node] ?? UNREADABLE);
      if (nodes.includes(UNREADABLE)) return UNREADABLE;
      for (const node of nodes) missing += node === 'Open' ? 1 : -1;
      return `Nodes ${list(nodes)}`;
    }
    const record = parsed(line);
    if (record === null) return UNREADABLE;
    if (missing > 0) return splitOf(record);
    if ('lines' in record)
      return termOf('Lines', [unary(record.lines), whole(record.exponent), whole(record.capExponent)]);
    if (!('layer' in record)) return termOf('Optimum', [digits(record.optimum)]);
    missing = 1;
    const { layer, rows, columns, bound, transposed, exponent, capExponent, order } = record;
    const isTold = typeof transposed === 'boolean';
    const head = [unary(layer), unary(rows), unary(columns), digits(bound), isTold ? `${transposed}` : null];
    const term = termOf('Head', [...head, whole(exponent), whole(capExponent), listOf(order, unary)]);
    return term === UNREADABLE ? term : `Tree (${term})`;
  });
}

function splitOf({ blocks, grain, share, copies }: Record<string, unknown>): string {
  return termOf('SplitOf', [listOf(blocks, unary), whole(grain), listOf(share, whole), listOf(copies, whole)]);
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

const termOf = (name: string, parts: readonly (string | null)[]) =>
  parts.includes(null) ? UNREADABLE : [name, ...parts].join(' ');

const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);
const unary = (value: unknown) => (isWhole(value) && value >= 0 && value <= MOST_UNARY ? `${value}` : null);
const whole = (value: unknown) => (isWhole(value) ? `(${BigInt(value)})%Z` : null);
const digits = (value: unknown) =>
  typeof value === 'string' && /^[0-9]{1,400}$/.test(value) ? `${BigInt(value)}%Z` : null;

function listOf(value: unknown, item: (entry: unknown) => string | null): string | null {
  if (!Array.isArray(value)) return null;
  const items = value.map(item);
  return items.includes(null) ? null : list(items as string[]);
}

function list(items: readonly string[], separator = ' '): string {
  return items.length === 0 ? '[::]' : `[::${separator}${items.join(`;${separator}`)}]`;
}

/** @param output what Coq printed for EvaluateLogs.v: whether each log is accepted */
export function parseVerdicts(output: string): boolean[] {
  const [, printed] = /^\s+= ([\s\S]*?)\n\s+: /m.exec(output)!;
  return JSON.parse(printed!.replaceAll('[::', '[').replaceAll(';', ','));
}
