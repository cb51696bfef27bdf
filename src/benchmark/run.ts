import { execFile, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadingOptions } from '../run/thread.ts';
import { type BenchRecord, type Cell, type Machine, unanswered } from './record.ts';
import type { Order, Reply } from './run-process.ts';

/** Compiled: threads cannot be started from source. */
const PROCESS = fileURLToPath(new URL('./run-process.js', import.meta.url));

/** What a record says of where it was made. */
export interface Origin {
  readonly commit: string;
  readonly machine: Machine;
}

/** The program's commit, `-dirty` where tracked files differ from it; outside a clone, its version. */
export async function originOfRuns(): Promise<Origin> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  let commit = `v${version}`;
  if (existsSync(new URL('../../.git', import.meta.url))) {
    const args = ['describe', '--always', '--dirty', '--exclude=*', '--abbrev=40'];
    commit = await promisify(execFile)('git', args, { cwd: root }).then(
      ({ stdout }) => stdout.trim(),
      () => commit,
    );
  }
  const machine = {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
  return { commit, machine };
}

/** The checker rejected an answer: a fault of the program, not an outcome of a run. */
export class InvalidAnswer extends Error {}

/** Most characters of a process's diagnostics that are kept, its last ones. */
const MOST_DIAGNOSTICS = 4000;

/**
 * Runs one cell in a process of its own, so that its memory is its own and its end is nobody else's. The process warms up,
 * solves within the limits, and has the answer checked before its time counts; one that dies is recorded with the reason.
 *
 * @param folder what instance files are relative to
 * @returns the record; null when `interruption` came first
 * @throws InvalidAnswer when the checker rejects the answer
 */
export async function runCell(
  cell: Cell,
  folder: string,
  origin: Origin,
  interruption: AbortSignal,
): Promise<BenchRecord | null> {
  if (interruption.aborted) return null;
  const date = new Date().toISOString();
  const child = fork(PROCESS, [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    execArgv: loadingOptions(),
  });
  const end = () => child.kill('SIGKILL');
  interruption.addEventListener('abort', end);
  let reply = null as Reply | null;
  let diagnostics = '';
  try {
    await new Promise<void>((resolve, reject) => {
      child.stderr!.setEncoding('utf8').on('data', (text: string) => {
        diagnostics = (diagnostics + text).slice(-MOST_DIAGNOSTICS);
      });
      child.on('message', (message) => {
        reply = message as Reply;
      });
      child.on('error', reject);
      child.on('close', () => resolve());
      child.send({ cell, folder } satisfies Order, (error) => error && end());
    });
  } finally {
    interruption.removeEventListener('abort', end);
  }
  if (reply?.kind === 'invalid') throw new InvalidAnswer(`${titleOf(cell)}: ${reply.reason}`);
  if (reply === null && interruption.aborted) return null;
  const figures = reply?.figures ?? lost(child.exitCode, child.signalCode, diagnostics);
  return { ...cell, ...figures, ...origin, date };
}

/** A process that ended without a word. */
function lost(code: number | null, signal: string | null, diagnostics: string) {
  if (/out of memory|allocation failed/i.test(diagnostics)) {
    return unanswered('outOfMemory', `the process ended (${signal ?? code}): out of memory`);
  }
  const last = diagnostics.trim().split('\n').at(-1) ?? '';
  const hint = signal === 'SIGKILL' ? 'by somebody else, or by the system when memory ran out' : last;
  return unanswered('failed', `the process ended (${signal ?? `exit ${code}`})${hint === '' ? '' : `: ${hint}`}`);
}

/** A run in one line, for people. */
export function titleOf({ family, parameters, instanceSeed, sparsity, target, method, seed }: Cell): string {
  const { rows, cols, layers, ...rest } = parameters;
  const size = rows === undefined ? '' : ` ${rows}x${cols}${layers === undefined ? '' : `x${layers}`}`;
  const others = Object.entries(rest).map(([name, value]) => ` ${name} ${value}`);
  return `${family}${size}${others.join('')} #${instanceSeed} at ${sparsity ?? target}: ${method} #${seed}`;
}

/**
 * Runs cells in order, `jobs` at a time.
 *
 * @param onRecord told of every record, one at a time
 * @throws InvalidAnswer, after the other processes were ended
 */
export async function runCells(
  cells: readonly Cell[],
  folder: string,
  jobs: number,
  interruption: AbortSignal,
  onRecord: (record: BenchRecord) => Promise<void>,
): Promise<void> {
  const origin = await originOfRuns();
  const stop = new AbortController();
  const signal = AbortSignal.any([interruption, stop.signal]);
  let next = 0;
  let writing = Promise.resolve();
  const worker = async (): Promise<void> => {
    while (next < cells.length && !signal.aborted) {
      const record = await runCell(cells[next++]!, folder, origin, signal);
      if (record === null) return;
      writing = writing.then(() => onRecord(record));
      await writing;
    }
  };
  const workers = Array.from({ length: Math.min(jobs, cells.length) }, () =>
    worker().catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  const ends = await Promise.allSettled(workers);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
