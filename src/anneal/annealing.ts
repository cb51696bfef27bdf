import { alternating } from '../baselines/alternating.ts';
import type { CoolingName, MethodContext } from '../method/context.ts';
import type { MethodRun, RoundedRun } from '../method/rounds.ts';
import type { TracePoint } from '../method/trace.ts';
import { toDown } from '../problem/exact-sum.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { Incumbent, type SavedIncumbent } from './incumbent.ts';
import { keptMaskOf, pruningOf, type SelectionProblem, SelectionState } from './selection-state.ts';

/** One annealing method taken apart, so that it runs here or on workers, at once or from a checkpoint. */
export interface AnnealingScheme<Data, Task, Outcome> {
  readonly name: string;
  defaultWork(lines: number): number;
  /** Where it starts when it is given no start. */
  ownStart(instance: Instance, requirement: Requirement, seed: number): Answer;
  /** Opens a run, or goes on from the data of an earlier one. Not called at zero work. */
  open(problem: SelectionProblem, options: RunOptions, data: Data | undefined): AnnealingRun<Data, Task, Outcome>;
  perform(problem: SelectionProblem, task: Task): Outcome;
}

export interface RunOptions {
  readonly seed: number;
  readonly cooling: CoolingName;
  readonly workLimit: number;
  readonly start: Pruning;
  readonly requirement: Requirement;
}

/** What every run's data tells. */
export interface RunData {
  readonly work: number;
  readonly best: Uint8Array;
  readonly bestWeight: number;
}

export interface AnnealingRun<Data, Task, Outcome> extends RoundedRun<Task, Outcome> {
  readonly data: Data;
}

/** What a run that goes on needs besides the instance and its options. */
export interface SavedAnnealing<Data> {
  readonly data: Data;
  readonly incumbent: SavedIncumbent;
}

/**
 * A run of a scheme with its incumbent: `tasks` and `absorb` until there are no tasks, then `answer`. Never worse than the
 * start; by exact costs, so that rounding decides nothing.
 *
 * Where a start is given, what alternating re-selection makes of it is an incumbent before the first move, which is no work
 * beside the moves: annealing is never worse than that from the same start either. The run itself begins at the start.
 */
export class Annealing<Data extends RunData, Task, Outcome> implements MethodRun<Task, Outcome> {
  readonly scheme: AnnealingScheme<Data, Task, Outcome>;
  readonly problem: SelectionProblem;
  readonly workLimit: number;
  /** The start, with what is proved about it. */
  readonly start: Answer;
  readonly incumbent: Incumbent;
  readonly #run: AnnealingRun<Data, Task, Outcome> | null;

  constructor(
    scheme: AnnealingScheme<Data, Task, Outcome>,
    problem: SelectionProblem,
    requirement: Requirement,
    options: MethodContext,
    saved?: SavedAnnealing<Data>,
  ) {
    const { instance } = problem;
    const { seed, cooling = 'geometric' } = options;
    this.scheme = scheme;
    this.problem = problem;
    this.workLimit = options.workLimit ?? scheme.defaultWork(problem.lines);
    this.start = options.start ? { pruning: options.start } : scheme.ownStart(instance, requirement, seed);
    const start = this.start.pruning!;
    this.incumbent = new Incumbent(problem, start, options.onIncumbent, saved?.incumbent);
    if (this.workLimit === 0) {
      this.#run = null;
      return;
    }
    if (options.start !== undefined && saved === undefined) {
      const settled = alternating.run(instance, requirement, { seed, start }).pruning!;
      const { kept, keptWeight } = new SelectionState(problem, keptMaskOf(problem, settled));
      this.incumbent.offer(kept, keptWeight, 0);
    }
    const runOptions = { seed, cooling, workLimit: this.workLimit, start, requirement };
    this.#run = scheme.open(problem, runOptions, saved?.data);
    this.#offer();
  }

  get work(): number {
    return this.#run?.data.work ?? 0;
  }

  tasks(): Task[] {
    return this.#run?.tasks() ?? [];
  }

  absorb(outcomes: readonly Outcome[]): void {
    this.#run!.absorb(outcomes);
    this.#offer();
  }

  get shared(): SelectionProblem {
    return this.problem;
  }

  get cost(): bigint {
    return this.incumbent.cost;
  }

  get dualBound(): number {
    return toDown(this.start.dualBound ?? 0n, this.start.dualDivisor);
  }

  get trace(): readonly TracePoint[] {
    return this.incumbent.trace;
  }

  perform(task: Task): Outcome {
    return this.scheme.perform(this.problem, task);
  }

  /** What to go on from; null at zero work, when there is nothing to go on with. */
  saved(): SavedAnnealing<Data> | null {
    if (this.#run === null) return null;
    const { kept, weight, trace } = this.incumbent;
    return { data: this.#run.data, incumbent: { kept, weight, trace } };
  }

  answer(): Answer {
    const { work } = this;
    return { ...this.start, pruning: pruningOf(this.problem, this.incumbent.kept), work, stopReason: 'workLimit' };
  }

  #offer(): void {
    if (this.#run === null) return;
    const { best, bestWeight, work } = this.#run.data;
    this.incumbent.offer(best, bestWeight, work);
  }
}
