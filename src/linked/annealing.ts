import type { MethodContext } from '../method/context.ts';
import type { MethodRun } from '../method/rounds.ts';
import { addPoint, type TracePoint } from '../method/trace.ts';
import { exactCost, exactTotal } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { largestPruning, type Requirement } from '../problem/goal.ts';
import { type Instance, lineCount } from '../problem/instance.ts';
import type { Answer } from '../problem/result.ts';
import { annealLinked, type LinkedOutcome, type LinkedTask } from './anneal.ts';
import { type LinkedProblem, linkedProblem } from './solvers.ts';
import { keptLines, pruningOfLines } from './state.ts';

/*
 * The annealing schemes on linked instances, as runs of rounds: every round is one segment of one chain, and what the next one needs is
 * plain data. Both begin where linked alternating ends, or at the start that they are given, and are never worse than either.
 */

export type LinkedScheme = LinkedTask['kind'];

/** Moves where none are given: a move over lines is cheap, one over shapes is a re-selection. */
export function defaultLinkedMoves(scheme: LinkedScheme, instance: Instance): number {
  const lines = lineCount(instance);
  return scheme === 'selection' ? Math.min(300 * lines * lines, 600_000 + 100 * lines) : Math.min(120, 20 * lines);
}

const SEGMENTS = 16;

interface SavedRun {
  readonly segment: number;
  readonly work: number;
  readonly price: number;
  readonly kept: Uint8Array;
  readonly scale: readonly number[];
  readonly best: Uint8Array;
  readonly trace: readonly TracePoint[];
}

export class LinkedAnnealing implements MethodRun<LinkedTask, LinkedOutcome> {
  readonly shared: unknown;
  readonly workLimit: number;
  readonly trace: TracePoint[] = [];
  readonly dualBound = 0;
  work = 0;
  cost = 0n;
  readonly #scheme: LinkedScheme;
  readonly #problem: LinkedProblem;
  readonly #context: MethodContext;
  readonly #total: bigint;
  #segment = 0;
  #price: number;
  #kept: Uint8Array;
  #scale: Float64Array;
  #best: Uint8Array | null = null; // null: nothing meets the goal

  constructor(
    scheme: LinkedScheme,
    instance: Instance,
    requirement: Requirement,
    context: MethodContext,
    saved?: unknown,
  ) {
    this.#scheme = scheme;
    this.#problem = linkedProblem(instance, requirement);
    this.shared = { links: true, instance, requirement };
    this.#context = context;
    this.#total = exactTotal(instance);
    this.workLimit = context.workLimit ?? defaultLinkedMoves(scheme, instance);
    this.#scale = new Float64Array(instance.layers.length).fill(1);
    const { network } = this.#problem;
    if (saved !== undefined) {
      const own = requireSaved(saved, network.lines, instance.layers.length);
      this.#segment = own.segment;
      this.work = own.work;
      this.#price = own.price;
      this.#kept = own.kept;
      this.#scale = Float64Array.from(own.scale);
      this.#best = own.best;
      this.trace.push(...own.trace);
      this.cost = this.#costOf(own.best);
      context.onIncumbent?.(pruningOfLines(network, own.best), own.trace.at(-1)?.[0] ?? 0);
      return;
    }
    const { price, pruning: found } =
      this.workLimit === 0 ? { price: 0, pruning: largestPruning(instance, requirement) } : this.#problem.alternated();
    this.#price = price;
    if (context.start !== undefined) this.#offer(keptLines(network, context.start));
    if (found !== null) this.#offer(keptLines(network, found));
    this.#kept = this.#best ?? new Uint8Array(network.lines);
    if (this.#best === null) this.workLimit = 0;
  }

  tasks(): LinkedTask[] {
    if (this.#segment >= SEGMENTS || this.workLimit === 0) return [];
    const at = (k: number) => Math.floor((this.workLimit * k) / SEGMENTS);
    return [
      {
        kind: this.#scheme,
        kept: this.#kept,
        scale: this.#scale,
        price: this.#price,
        from: this.#segment / SEGMENTS,
        to: (this.#segment + 1) / SEGMENTS,
        moves: at(this.#segment + 1) - at(this.#segment),
        seed: this.#context.seed,
        label: `linked-${this.#scheme}/${this.#segment}`,
      },
    ];
  }

  absorb([outcome]: readonly LinkedOutcome[]): void {
    this.#segment++;
    this.work = Math.floor((this.workLimit * this.#segment) / SEGMENTS);
    this.#kept = outcome!.kept;
    this.#scale = outcome!.scale;
    this.#offer(outcome!.best);
    // The last quarter goes on from the best.
    if (this.#segment === (SEGMENTS * 3) / 4 && this.#scheme === 'selection') this.#kept = this.#best!;
  }

  perform(task: LinkedTask): LinkedOutcome {
    return annealLinked(this.#problem, task);
  }

  saved(): SavedRun | null {
    if (this.workLimit === 0) return null;
    const best = this.#best!;
    return {
      ...{ segment: this.#segment, work: this.work, price: this.#price, kept: this.#kept, scale: [...this.#scale] },
      ...{ best, trace: this.trace },
    };
  }

  answer(): Answer {
    const pruning = this.#best === null ? null : pruningOfLines(this.#problem.network, this.#best);
    return { pruning, work: this.work, stopReason: 'workLimit' };
  }

  #costOf(kept: Uint8Array): bigint {
    const { network } = this.#problem;
    return exactCost(network.instance, pruningOfLines(network, kept), this.#total).cost;
  }

  #offer(kept: Uint8Array): void {
    const cost = this.#costOf(kept);
    if (this.#best !== null && cost >= this.cost) return;
    this.#best = kept.slice();
    this.cost = cost;
    addPoint(this.trace, [this.work, toNearest(cost)]);
    this.#context.onIncumbent?.(pruningOfLines(this.#problem.network, kept), this.work);
  }
}

/** Whether what tasks share is a linked run's. */
export function isLinkedShared(shared: unknown): shared is { instance: Instance; requirement: Requirement } {
  return (shared as { links?: unknown }).links === true;
}

/** Performs a task of a linked run on any thread. */
export function performLinked(
  shared: { instance: Instance; requirement: Requirement },
  task: LinkedTask,
): LinkedOutcome {
  return annealLinked(linkedProblem(shared.instance, shared.requirement), task);
}

/** @throws RcpruneError on a state that does not fit */
function requireSaved(saved: unknown, lines: number, layers: number): SavedRun {
  const own = saved as Partial<SavedRun> | null;
  const isMask = (mask: unknown) => mask instanceof Uint8Array && mask.length === lines;
  const fits =
    typeof own === 'object' &&
    own !== null &&
    isMask(own.kept) &&
    isMask(own.best) &&
    Array.isArray(own.trace) &&
    Array.isArray(own.scale) &&
    own.scale.every((one) => typeof one === 'number' && one > 0) &&
    own.scale.length === layers &&
    Number.isInteger(own.segment) &&
    typeof own.price === 'number' &&
    typeof own.work === 'number';
  if (!fits) throw new RcpruneError('state', `a state of a linked run over ${lines} lines`, 'another');
  return own as SavedRun;
}
