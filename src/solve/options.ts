import { COOLINGS, type MethodContext } from '../method/context.ts';
import type { Method, MethodOption } from '../method/method.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import { type Goal, meets, type Requirement, requirementOf } from '../problem/goal.ts';
import { type Instance, requireInstance, requireInteger } from '../problem/instance.ts';
import { requirePruning } from '../problem/pruning.ts';

/*
 * What is asked of a task before anything is solved: for whoever solves here, and for drivers that have it solved elsewhere and load
 * nothing that solves.
 */

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
