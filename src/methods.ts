import { annealSelection, annealShape } from './anneal/index.ts';
import { independent } from './approx/independent-sums.ts';
import { residual, residualColumnsFirst, residualRowsFirst } from './approx/residual-sums.ts';
import { alternating } from './baselines/alternating.ts';
import { greedy } from './baselines/greedy.ts';
import { columnsOnly, rowsOnly } from './baselines/one-kind.ts';
import { random } from './baselines/random.ts';
import { uniform } from './baselines/uniform.ts';
import { branchAndBound } from './exact/branch-and-bound.ts';
import { enumerate } from './exact/enumeration.ts';
import { ilpHighs, ilpJslp } from './exact/ilp-solvers.ts';
import { best } from './portfolio/best.ts';
import type { Certificate } from './problem/certificate.ts';
import { describe, RcpruneError } from './problem/error.ts';
import { type Goal, meets, type Requirement, requirementOf } from './problem/goal.ts';
import { type Instance, requireInstance, requireInteger } from './problem/instance.ts';
import { type Pruning, requirePruning } from './problem/pruning.ts';
import type { Answer, SolveResult } from './problem/result.ts';
import { settle } from './solve/gate.ts';

/** How annealing over lines cools: by a factor a move, or so that the share of accepted moves follows a course. */
export type CoolingName = 'geometric' | 'adaptive';

/** What a method may use besides the instance. Everything random comes from `seed`; limits count work, never time. */
export interface MethodContext {
  /** Where everything random comes from. */
  readonly seed: number;
  /** Most units of the method's own work (moves, nodes, iterations); undefined: the method's default. */
  readonly workLimit?: number | undefined;
  /** Seconds that remain, for back ends that cannot be interrupted; whoever sets it also ends the thread in time. */
  readonly seconds?: number | undefined;
  /** A starting point, for methods that improve one. */
  readonly start?: Pruning | undefined;
  /** Annealing over lines; default geometric. */
  readonly cooling?: CoolingName | undefined;
  /** Told of every improvement of anytime methods, so that an interrupted run still has its best pruning. */
  readonly onIncumbent?: ((pruning: Pruning, work: number) => void) | undefined;
  /** Told of every rise of a proved lower bound, exact in units of 2^-149. */
  readonly onBound?: ((bound: bigint, work: number) => void) | undefined;
  /** Takes the proof log of methods that write one, text by text; null: there is none, it grew too long. */
  readonly onProof?: ((text: string | null) => void) | undefined;
  /** Told of every better certificate. */
  readonly onCertificate?: ((certificate: Certificate, work: number) => void) | undefined;
}

/** One way of solving. `run` is called only when the requirement can be met at all. */
export interface Method {
  /** What {@link solve} and `--method` call it. */
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** Loads what `run` needs and cannot load by itself; see {@link prepare}. */
  prepare?(): Promise<void>;
  /**
   * Solves. The pruning it returns must meet the requirement; see `test/laws.test.ts` for all that a method promises.
   *
   * @param requirement target and allowed shapes, which the largest shapes are known to meet
   */
  run(instance: Instance, requirement: Requirement, context: MethodContext): Answer;
}

/** How {@link solve} is to solve. */
export interface SolveOptions {
  /** Name of one of {@link METHODS}. */
  readonly method: string;
  /** What the pruning must reach. */
  readonly goal: Goal;
  /** Where everything random comes from. Default 1. */
  readonly seed?: number | undefined;
  /** Most units of the method's own work. Default: the method's. */
  readonly workLimit?: number | undefined;
  /** Seconds that remain, for back ends that cannot be interrupted; ends nothing else. */
  readonly seconds?: number | undefined;
  /** A pruning that meets the goal, for methods that improve one. */
  readonly start?: Pruning | undefined;
  /** Of `anneal-selection`. Default `geometric`. */
  readonly cooling?: MethodContext['cooling'];
  /** See {@link MethodContext.onIncumbent}. */
  readonly onIncumbent?: MethodContext['onIncumbent'];
  /** See {@link MethodContext.onBound}. */
  readonly onBound?: MethodContext['onBound'];
  /** See {@link MethodContext.onProof}. */
  readonly onProof?: MethodContext['onProof'];
  /** See {@link MethodContext.onCertificate}. */
  readonly onCertificate?: MethodContext['onCertificate'];
}

/**
 * Every method by name. A new method is one file and one line here.
 *
 * Proved of each, and in what time for E entries, on layers of m x n; each file opens with the proof, the cost and the source.
 * The thesis states the factor 2 of two algorithms and two annealing schemes; all that is here is our construction.
 *
 * | method | proved | time |
 * |---|---|---|
 * | `independent` | cost <= 2 x optimum: T1, T3, T7 of proofs/README.md, machine-checked | E + lines log lines, and a knapsack |
 * | `residual`, `residual-rows-first`, `residual-columns-first` | cost <= 2 x optimum: T2, T3, T7, machine-checked | E log E, and a knapsack |
 * | `rows-only`, `columns-only` | least cost of their kind | E + lines log lines, and a knapsack |
 * | `uniform`, `greedy`, `random` | nothing | as `residual`; a few passes; O(lines) |
 * | `alternating` | cost <= 2 x optimum, as what it starts from | E a sweep |
 * | `anneal-selection`, `anneal-shape` | cost <= 2 x optimum without `start` | O(1) to price a move, O(line) to make one; a decoding a move |
 * | `enumerate` | optimal | 2^min(m, n) max(m, n) log max(m, n) a layer |
 * | `branch-and-bound` | optimal where it ends in time; a proof log, T10 | exponential in min(m, n) at worst |
 * | `ilp-jslp`, `ilp-highs` | nothing; their word is `claimedOptimal` | exponential at worst |
 * | `best` | cost <= 2 x optimum, and its certificate's gap: T5, T5b | the quick methods, annealing, a search for bounds |
 */
export const METHODS: readonly Method[] = [
  independent,
  residual,
  residualRowsFirst,
  residualColumnsFirst,
  rowsOnly,
  columnsOnly,
  uniform,
  greedy,
  alternating,
  random,
  annealSelection,
  annealShape,
  enumerate,
  branchAndBound,
  ilpJslp,
  ilpHighs,
  best,
];

/** @throws RcpruneError, on behalf of `where`, when there is no method of this name */
export function methodNamed(name: string, where = 'method'): Method {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (method === undefined) {
    throw new RcpruneError(where, `one of ${METHODS.map((known) => known.name).join(' ')}`, name);
  }
  return method;
}

/** Loads the back end of a method that has one (`ilp-highs`, `ilp-jslp`); {@link solve} is synchronous afterwards. */
export async function prepare(name: string): Promise<void> {
  await METHODS.find((candidate) => candidate.name === name)?.prepare?.();
}

/**
 * Solves an instance with a named method and prices the answer exactly. Call {@link prepare} first where the method has a
 * back end. What the methods prove, and their times, stand at {@link METHODS}.
 *
 * Deterministic: the same instance, goal, method, seed, limit and start give the same pruning on every platform.
 *
 * @returns status `infeasible` when no pruning meets the goal, `unknown` when this method found none
 * Whatever is stated as proved comes from exact arithmetic or from a certificate that the checker verifies here: see
 * `provedBy` and `claimedBound` of the result.
 *
 * @throws RcpruneError on an instance that is none, an option that is not what it should be, an unknown method, a goal that does not
 *   fit the instance, or a start that is no pruning of it or does not meet the goal
 *
 * @example
 * ```ts
 * const goal = sparsityGoal(instance, '0.93');
 * const { pruning, cost, gap, guarantee } = solve(instance, { method: 'residual', goal });
 * ```
 */
export function solve(instance: Instance, options: SolveOptions): SolveResult {
  requireOptions(options);
  requireInstance(instance);
  const method = methodNamed(options.method);
  const seed = options.seed ?? 1;
  const requirement = requirementOf(instance, options.goal);
  const settled = (answer: Answer) => settle(instance, options.goal, method.name, seed, answer);
  const { workLimit, seconds, start, cooling, onIncumbent, onBound, onProof, onCertificate } = options;
  if (start !== undefined) requirePruning(instance, start, 'start');
  if (requirement.mostRemovable < requirement.target) return settled({ pruning: null, status: 'infeasible' });
  if (start !== undefined && !meets(instance, requirement, start)) {
    throw new RcpruneError('start', 'a pruning that meets the goal', 'one that does not');
  }
  const reports = { onIncumbent, onBound, onProof, onCertificate };
  return settled(method.run(instance, requirement, { seed, workLimit, seconds, start, cooling, ...reports }));
}

/** @throws RcpruneError on an option that is not what {@link SolveOptions} says */
function requireOptions(options: SolveOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new RcpruneError('solve', 'options', describe(options));
  }
  const { method, seed, workLimit, seconds, cooling } = options;
  if (typeof method !== 'string') throw new RcpruneError('method', 'a name', describe(method));
  if (seed !== undefined) requireInteger('seed', seed, 0);
  if (workLimit !== undefined) requireInteger('workLimit', workLimit, 0);
  if (seconds !== undefined && !(Number.isFinite(seconds) && seconds >= 0)) {
    throw new RcpruneError('seconds', 'a number >= 0', describe(seconds));
  }
  if (cooling !== undefined && !COOLINGS.includes(cooling)) {
    throw new RcpruneError('cooling', `one of ${COOLINGS.join(' ')}`, describe(cooling));
  }
  for (const name of ['onIncumbent', 'onBound', 'onProof', 'onCertificate'] as const) {
    const listener: unknown = options[name];
    if (listener !== undefined && typeof listener !== 'function') {
      throw new RcpruneError(name, 'a function', describe(listener));
    }
  }
}

const COOLINGS: readonly CoolingName[] = ['geometric', 'adaptive'];
