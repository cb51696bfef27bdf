import { Annealing, type RunData } from '../anneal/annealing.ts';
import { SCHEMES } from '../anneal/index.ts';
import { runInPlace } from '../anneal/rounds.ts';
import { selectionProblem } from '../anneal/selection-state.ts';
import type { TracePoint } from '../anneal/trace.ts';
import type { SolveOptions } from '../methods.ts';
import { toDown, toNearest } from '../problem/exact-sum.ts';
import { requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance } from '../problem/instance.ts';
import { relativeGap, type SolveResult } from '../problem/result.ts';
import { settle } from '../solve/gate.ts';
import { checkpointText, digestOf, readCheckpoint } from './checkpoint.ts';

/** How an annealing method runs. */
export interface AnnealingSetting {
  readonly workers: number;
  readonly checkpoints: boolean;
  /** A checkpoint to go on from. */
  readonly resume?: { readonly file: string; readonly text: string } | undefined;
}

/** What is said on the way; `gap` null: no bound is known. */
export type AnnealingMessage =
  | { readonly kind: 'progress'; readonly work: number; readonly of: number; readonly gap: number | null }
  | { readonly kind: 'checkpoint'; readonly text: string }
  /** Every incumbent that there was before the checkpoint, said once, in place of what was said of incumbents so far. */
  | { readonly kind: 'trace'; readonly trace: readonly TracePoint[] };

/** Milliseconds between checkpoints. */
const CHECKPOINT_INTERVAL = 2000;

/** An annealing method on worker threads, from a checkpoint, or writing some: the same bytes as on this thread. */
export async function anneal(
  instance: Instance,
  { method, goal, seed = 1, workLimit, start, cooling = 'geometric', onIncumbent }: SolveOptions,
  { workers, checkpoints, resume }: AnnealingSetting,
  say: (message: AnnealingMessage) => void,
): Promise<SolveResult> {
  const scheme = SCHEMES.find(({ name }) => name === method)!;
  const requirement = requirementOf(instance, goal);
  const problem = selectionProblem(instance, requirement);
  const identity = {
    method,
    seed,
    work: workLimit ?? scheme.defaultWork(problem),
    cooling,
    instanceHash: instanceHash(instance),
    goal: JSON.stringify([requirement.target, requirement.ranges]),
    start: start === undefined ? 'none' : digestOf(JSON.stringify(start, (_, v) => (v?.buffer ? [...v] : v))),
  };
  const saved = resume && readCheckpoint(resume.file, resume.text, identity, problem);
  const run: Annealing<RunData, unknown, unknown> = new Annealing(
    scheme,
    problem,
    requirement,
    { seed, workLimit, start, cooling, onIncumbent },
    saved,
  );
  if (saved !== undefined) say({ kind: 'trace', trace: saved.incumbent.trace });
  let written = -Infinity; // the first round is written down at once
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
  } else runInPlace(run, (task) => run.perform(task), onRound);
  return settle(instance, goal, method, seed, run.answer());
}
