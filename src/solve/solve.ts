import { runLinked } from '../linked/frame.ts';
import type { Instance } from '../problem/instance.ts';
import type { Answer, SolveResult } from '../problem/result.ts';
import { settle } from './gate.ts';
import { requireOptions, requireTask, requireUses, type SolveOptions } from './options.ts';
import { loadedMethod } from './registry.ts';

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
