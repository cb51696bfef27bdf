import { runLinked } from '../linked/frame.ts';
import { COOLINGS, type MethodContext } from '../method/context.ts';
import type { Method, MethodOption } from '../method/method.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import { type Goal, meets, type Requirement, requirementOf } from '../problem/goal.ts';
import { type Instance, requireInstance, requireInteger } from '../problem/instance.ts';
import { requirePruning } from '../problem/pruning.ts';
import type { Answer, SolveResult } from '../problem/result.ts';
import { settle } from './gate.ts';
import { loadedMethod } from './registry.ts';

/** How to solve. */
export interface SolveOptions extends Omit<MethodContext, 'seed'> {
  /** One of {@link METHOD_NAMES}, or a method of your own. */
  readonly method: string | Method;
  /** What the pruning must reach. */
  readonly goal: Goal;
  /** Where everything random comes from. Default 1. */
  readonly seed?: number | undefined;
}

/**
 * Solves an instance on this thread, to the end, and prices the answer exactly; {@link solve} does it in another thread, with
 * deadlines, workers and checkpoints. What the methods prove, and their times, stands in src/solve/registry.ts.
 *
 * Deterministic: the same instance, goal, method, seed, limit and start give the same pruning on every platform.
 *
 * @param options a method by name must have been loaded: `await loadMethod(name)`
 * @returns status `infeasible` when no pruning meets the goal, `unknown` when this method found none. Whatever is stated as proved
 *   comes from exact arithmetic or from a certificate that the checker verifies here: see `provedBy` and `claimedBound`.
 *
 * @throws RcpruneError on an instance that is none, an option that is not what it should be or that the method does not use, a method
 *   that is unknown or not loaded, a goal that does not fit the instance, or a start that is no pruning of it or does not meet the goal
 *
 * @example
 * ```ts
 * const goal = sparsityGoal(instance, '0.93');
 * const { pruning, cost, gap, guarantee } = solveSync(instance, { method: await loadMethod('residual'), goal });
 * ```
 */
export function solveSync(instance: Instance, options: SolveOptions): SolveResult {
  requireOptions(options);
  const { method: given, goal, seed = 1, ...rest } = options;
  const method = typeof given === 'string' ? loadedMethod(given) : given;
  requireUses(method, { start: options.start, cooling: options.cooling, proof: options.onProof });
  const requirement = requireTask(instance, options);
  const settled = (answer: Answer) => settle(instance, goal, method.name, seed, answer);
  if (requirement.mostRemovable < requirement.target) return settled({ pruning: null, status: 'infeasible' });
  const context = { seed, ...rest };
  if (instance.links !== undefined) return settled(runLinked(method, instance, requirement, context));
  return settled(method.run(instance, requirement, context));
}

/**
 * Asks of options that not every method uses that this one does.
 *
 * @throws RcpruneError on one that is given and that it does not use
 */
export function requireUses(
  method: Method,
  given: Readonly<Record<Exclude<MethodOption, 'seed' | 'work'>, unknown>>,
): void {
  for (const [option, value] of Object.entries(given)) {
    if (value !== undefined && !method.uses?.some((one) => one === option)) {
      throw new RcpruneError(option, 'a method that uses it', method.name);
    }
  }
}

/**
 * Asks of an instance, a goal and a start that they go together.
 *
 * @throws RcpruneError when they do not
 */
export function requireTask(instance: Instance, { goal, start }: SolveOptions): Requirement {
  requireInstance(instance);
  const requirement = requirementOf(instance, goal);
  if (start === undefined) return requirement;
  requirePruning(instance, start, 'start');
  const isFeasible = requirement.mostRemovable >= requirement.target;
  if (isFeasible && !meets(instance, requirement, start)) {
    throw new RcpruneError('start', 'a pruning that meets the goal', 'one that does not');
  }
  return requirement;
}

/** @throws RcpruneError on an option that is not what {@link SolveOptions} says */
export function requireOptions(options: SolveOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new RcpruneError('solve', 'options', describe(options));
  }
  const { method, seed, workLimit, seconds, cooling } = options;
  if (typeof method !== 'string' && !isMethod(method)) {
    throw new RcpruneError('method', 'a name or a method', describe(method));
  }
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

function isMethod(value: unknown): value is Method {
  const { name, run } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Method>;
  return typeof name === 'string' && typeof run === 'function';
}
