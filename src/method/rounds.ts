import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Answer } from '../problem/result.ts';
import type { MethodContext } from './context.ts';
import type { TracePoint } from './trace.ts';

/**
 * A long computation as rounds of independent tasks: tasks are pure functions of what they carry and of what all share, so
 * that a round gives the same bytes wherever and in whatever order its tasks run, and everything that the next round needs
 * is plain data that can be written down.
 */
export interface RoundedRun<Task, Outcome> {
  /** The tasks of the next round; none when the run is over. */
  tasks(): Task[];
  /** Takes the outcomes of these tasks, in their order. */
  absorb(outcomes: readonly Outcome[]): void;
}

/** Runs to the end on this thread, telling of every round that has ended. */
export function runInPlace<Task, Outcome>(
  run: RoundedRun<Task, Outcome>,
  perform: (task: Task) => Outcome,
  onRound?: () => void,
): void {
  for (let tasks = run.tasks(); tasks.length > 0; tasks = run.tasks()) {
    run.absorb(tasks.map(perform));
    onRound?.();
  }
}

/** How a method takes part in runs of rounds. What tasks, outcomes and states look like is its own business. */
export interface RoundedMethod {
  /** The work limit where none is given. */
  defaultWork(instance: Instance): number;
  /**
   * Opens a run, or goes on from a state that {@link MethodRun.saved} gave.
   *
   * @throws RcpruneError on a state that does not fit the instance
   */
  open(
    instance: Instance,
    requirement: Requirement,
    context: MethodContext,
    saved?: unknown,
  ): MethodRun<unknown, unknown>;
  /** Performs a task of a run that has this `shared`, on any thread. */
  perform(shared: unknown, task: unknown): unknown;
}

/** A run of a {@link RoundedMethod}: `tasks` and `absorb` until there are no tasks, then `answer`. */
export interface MethodRun<Task, Outcome> extends RoundedRun<Task, Outcome> {
  /** What every task needs, as plain data with arrays on shared memory: it is sent to every worker once. */
  readonly shared: unknown;
  /** Work done. */
  readonly work: number;
  /** Work at which it ends. */
  readonly workLimit: number;
  /** Cost of the incumbent, in units of 2^-149. */
  readonly cost: bigint;
  /** Proved: any pruning that meets the goal costs at least this. */
  readonly dualBound: number;
  /** The incumbents so far, as far as a trace holds them. */
  readonly trace: readonly TracePoint[];
  /** Performs a task on this thread. */
  perform(task: Task): Outcome;
  /** What to go on from, as plain data; null when there is nothing to go on with. */
  saved(): unknown;
  /** The answer so far. */
  answer(): Answer;
}
