import { digestOf, type RunIdentity } from '../formats/checkpoint.ts';
import { type MethodRun, type RoundedMethod, runInPlace } from '../method/rounds.ts';
import type { TracePoint } from '../method/trace.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance } from '../problem/instance.ts';
import { relativeGap, type SolveResult } from '../problem/result.ts';
import { settle } from '../solve/gate.ts';
import type { SolveOptions } from '../solve/options.ts';
import { type Checkpoint, checkpointText, readCheckpoint } from './checkpoint.ts';
import { fileBeside } from './thread.ts';

/*
 * Runs a method round by round: on worker threads, from a checkpoint, or writing some. The answer has the same bytes as on one
 * thread and without a break.
 */

/** How a method of rounds runs. */
export interface RoundSetting {
  /** Threads that perform tasks. */
  readonly workers: number;
  /** Whether checkpoints are told. */
  readonly checkpoints: boolean;
  /** A checkpoint to go on from. */
  readonly resume?: Checkpoint | undefined;
}

/** What is told on the way; `gap` null: no bound is known. */
export type RoundMessage =
  | { readonly kind: 'progress'; readonly work: number; readonly of: number; readonly gap: number | null }
  | { readonly kind: 'checkpoint'; readonly text: string }
  /** Every incumbent that there was before the checkpoint, said once, in place of what was said of incumbents so far. */
  | { readonly kind: 'trace'; readonly trace: readonly TracePoint[] };

/** Milliseconds between checkpoints. */
const CHECKPOINT_INTERVAL = 2000;

/**
 * Solves by a method of rounds.
 *
 * @param options with the method's name
 * @throws RcpruneError on a checkpoint of another run, or one that is broken
 */
export async function solveInRounds(
  instance: Instance,
  method: RoundedMethod,
  options: SolveOptions & { readonly method: string },
  { workers, checkpoints, resume }: RoundSetting,
  say: (message: RoundMessage) => void,
): Promise<SolveResult> {
  const { goal, seed = 1 } = options;
  const identity = identityOf(instance, method, options);
  const saved = resume && readCheckpoint(resume.name, resume.text, identity);
  const run = method.open(instance, requirementOf(instance, goal), { ...options, seed }, saved);
  if (saved !== undefined) say({ kind: 'trace', trace: run.trace });
  let written = -Infinity; // the first round is written down at once
  const { dualBound } = run;
  const onRound = () => {
    const gap = dualBound > 0 ? relativeGap(toNearest(run.cost), dualBound) : null;
    say({ kind: 'progress', work: run.work, of: run.workLimit, gap });
    if (!checkpoints || performance.now() - written < CHECKPOINT_INTERVAL) return;
    say({ kind: 'checkpoint', text: checkpointText(identity, run.saved()) });
    written = performance.now();
  };
  if (workers > 1) await performOnWorkers(options.method, run, workers, onRound);
  else runInPlace(run, (task) => run.perform(task), onRound);
  return settle(instance, goal, options.method, seed, run.answer());
}

function identityOf(
  instance: Instance,
  rounded: RoundedMethod,
  { method, goal, seed = 1, workLimit, start, cooling = 'geometric' }: SolveOptions & { readonly method: string },
): RunIdentity {
  const { target, ranges } = requirementOf(instance, goal);
  return {
    method,
    seed,
    work: workLimit ?? rounded.defaultWork(instance),
    cooling,
    instanceHash: instanceHash(instance),
    goal: JSON.stringify([target, ranges]),
    start: start === undefined ? 'none' : digestOf(JSON.stringify(start, (_, v) => (v?.buffer ? [...v] : v))),
  };
}

/**
 * Performs a run's tasks on a pool of worker threads, to its end. What the tasks share is on shared memory: a worker copies nothing
 * large. Outcomes are taken in the order of their tasks, so that the answer has the same bytes with any number of workers.
 *
 * @param method the name of the run's method
 * @param onRound told after every round
 */
export async function performOnWorkers(
  method: string,
  run: MethodRun<unknown, unknown>,
  workers: number,
  onRound: () => void,
): Promise<void> {
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({
    filename: fileBeside(import.meta.url, 'task-worker').href,
    minThreads: workers,
    maxThreads: workers,
    isolateWorkers: false,
    workerData: { method, shared: run.shared },
  });
  try {
    for (let tasks = run.tasks(); tasks.length > 0; tasks = run.tasks()) {
      run.absorb(await Promise.all(tasks.map((task) => pool.run(task))));
      onRound();
    }
  } finally {
    await pool.destroy();
  }
}
