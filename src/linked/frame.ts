import type { MethodContext } from '../method/context.ts';
import type { Method } from '../method/method.ts';
import { closure, withoutLinks } from '../problem/closure.ts';
import { exactCost } from '../problem/cost.ts';
import { nextAbove } from '../problem/exact-sum.ts';
import { largestPruning, meets, type Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { fill } from './descend.ts';
import { linkedProblem, stateOf } from './solvers.ts';

/*
 * What makes linked answers of methods that know nothing of links: the method solves the layers as if they were on their own, its
 * pruning is closed, and since dead lines count as removed there is room, which is filled at the greatest importance a unit.
 *
 * Closed prunings are prunings, so whatever bound the method proves holds for them too. A factor does not: it is stated anew from the
 * bound and the cost.
 */

/** Runs a method on a linked instance. @throws what the method throws */
export function runLinked(
  method: Method,
  instance: Instance,
  requirement: Requirement,
  context: MethodContext,
): Answer {
  if (method.runLinked !== undefined) return method.runLinked(instance, requirement, context);
  const closed = closer(instance, requirement);
  const answer = method.run(withoutLinks(instance), requirement, {
    ...context,
    // A log proves that no pruning is better than one that is not the answer.
    ...(context.onProof && { onProof: undefined }),
    onIncumbent:
      context.onIncumbent &&
      ((pruning, work) => {
        const own = closed.close(pruning);
        if (own !== null) context.onIncumbent!(own, work);
      }),
  });
  context.onProof?.(null);
  if (answer.pruning === null) return answer;
  const pruning = closed.fill(answer.pruning);
  if (pruning === null) return { pruning: null, stopReason: answer.stopReason ?? 'complete', work: answer.work ?? 0 };
  // What a solver says of the problem without links, it has not said of this one.
  const { claimedOptimal: _, ...rest } = answer;
  return { ...rest, pruning, guarantee: provedFactor(instance, pruning, answer) };
}

/** cost / bound rounded up, of methods that state a factor: what the bound proves of the closed pruning. */
function provedFactor(instance: Instance, pruning: Pruning, answer: Answer): number | null {
  const { guarantee = null, dualBound = 0n, dualDivisor = 1n } = answer;
  if (guarantee === null || dualBound === 0n) return null;
  const quotient = Number(exactCost(instance, pruning, 0n).cost * dualDivisor) / Number(dualBound);
  // Both numbers and the quotient are rounded once each: three steps of relative 2^-53, and one more is on the safe side.
  let up = quotient;
  for (let k = 0; k < 4; k++) up = nextAbove(up);
  return Number.isFinite(up) ? Math.max(1, up) : null;
}

/** Makes closed prunings that meet the goal of others. */
export interface Closer {
  /** The largest closed pruning; null where it does not meet the goal. Computed when first asked for. */
  trivial(): Pruning | null;
  /** The closure of a pruning; the trivial one where the closure breaks the minima. */
  close(pruning: Pruning): Pruning | null;
  /** The same, with what room it leaves filled. */
  fill(pruning: Pruning): Pruning | null;
}

/** See {@link Closer}. */
export function closer(instance: Instance, requirement: Requirement): Closer {
  let largest: Pruning | null = null;
  const orNull = (pruning: Pruning) => (meets(instance, requirement, pruning) ? pruning : null);
  const trivial = () => {
    largest ??= largestPruning(instance, requirement);
    return orNull(largest);
  };
  const close = (pruning: Pruning) => orNull(closure(instance, pruning)) ?? trivial();
  const filled = (pruning: Pruning) => {
    const own = close(pruning);
    if (own === null) return null;
    const state = stateOf(linkedProblem(instance, requirement), own);
    fill(state, 0);
    return state.pruning();
  };
  return { trivial, close, fill: filled };
}
