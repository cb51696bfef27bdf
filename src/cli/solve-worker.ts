import { parentPort, workerData } from 'node:worker_threads';
import { Annealing, type RunData } from '../anneal/annealing.ts';
import { checkpointText, digestOf, readCheckpoint } from '../anneal/checkpoint.ts';
import { SCHEMES } from '../anneal/index.ts';
import { selectionProblem } from '../anneal/selection-state.ts';
import { type SolveOptions, solve } from '../methods.ts';
import { RcpruneError } from '../problem/error.ts';
import { toDown, toNearest } from '../problem/exact-sum.ts';
import { requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { makeResult, relativeGap, type SolveResult } from '../problem/result.ts';

/** What the worker is started with. Importances are on shared memory: nothing large is copied. */
export interface Task {
  readonly instance: Instance;
  readonly options: Omit<SolveOptions, 'onIncumbent'>;
  /** How an annealing method runs; undefined for other methods. */
  readonly annealing?: {
    readonly workers: number;
    readonly checkpoints: boolean;
    /** A checkpoint to go on from. */
    readonly resume?: { readonly file: string; readonly text: string } | undefined;
  };
}

/** What the worker says. */
export type Message =
  | { readonly kind: 'incumbent'; readonly pruning: Pruning; readonly work: number }
  | { readonly kind: 'progress'; readonly work: number; readonly of: number; readonly gap: number | null }
  | { readonly kind: 'checkpoint'; readonly text: string }
  | { readonly kind: 'result'; readonly result: SolveResult }
  | { readonly kind: 'refused'; readonly where: string; readonly expected: string; readonly got: string };

/** Milliseconds between checkpoints. */
const CHECKPOINT_INTERVAL = 2000;

const { instance, options, annealing } = workerData as Task;
const say = (message: Message) => parentPort!.postMessage(message);
const onIncumbent = (pruning: Pruning, work: number) => say({ kind: 'incumbent', pruning, work });
try {
  const result = annealing === undefined ? solve(instance, { ...options, onIncumbent }) : await anneal(annealing);
  say({ kind: 'result', result });
} catch (error) {
  if (!(error instanceof RcpruneError)) throw error;
  const { where, expected, got } = error;
  say({ kind: 'refused', where, expected, got });
}

/** An annealing method on worker threads, from a checkpoint, or writing some: the same bytes as on this thread. */
async function anneal({ workers, checkpoints, resume }: NonNullable<Task['annealing']>): Promise<SolveResult> {
  const { method, goal, seed = 1, workLimit, start } = options;
  const scheme = SCHEMES.find(({ name }) => name === method)!;
  const requirement = requirementOf(instance, goal);
  const problem = selectionProblem(instance, requirement);
  const identity = {
    method,
    seed,
    work: workLimit ?? scheme.defaultWork(problem),
    instanceHash: instanceHash(instance),
    goal: JSON.stringify([requirement.target, requirement.ranges]),
    start: start === undefined ? 'none' : digestOf(JSON.stringify(start, (_, v) => (v?.buffer ? [...v] : v))),
  };
  const saved = resume && readCheckpoint(resume.file, resume.text, identity);
  const run: Annealing<RunData, unknown, unknown> = new Annealing(
    scheme,
    problem,
    requirement,
    { seed, workLimit, start, onIncumbent },
    saved,
  );
  let written = performance.now();
  const dualBound = toDown(run.start.dualBound ?? 0n, run.start.dualDivisor);
  const onRound = () => {
    const gap = dualBound > 0 ? relativeGap(toNearest(run.incumbent.cost), dualBound) : null;
    say({ kind: 'progress', work: run.work, of: run.workLimit, gap });
    if (!checkpoints || performance.now() - written < CHECKPOINT_INTERVAL) return;
    say({ kind: 'checkpoint', text: checkpointText(identity, run.saved()!) });
    written = performance.now();
  };
  if (workers > 1) {
    const { runOnWorkers } = await import('../anneal/workers.ts');
    await runOnWorkers(run, workers, onRound);
  } else {
    for (let tasks = run.tasks(); tasks.length > 0; tasks = run.tasks()) {
      run.absorb(tasks.map((task) => run.perform(task)));
      onRound();
    }
  }
  return makeResult(instance, requirement.target, method, seed, run.answer());
}
