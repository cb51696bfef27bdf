import { type CertificateVerdict, checkCertificate } from '../certify/certificate.ts';
import type { Certificate } from '../problem/certificate.ts';
import { withoutLinks } from '../problem/closure.ts';
import { type Goal, meets, requirementOf } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import { removedUnits, requirePruning } from '../problem/pruning.ts';
import { type Answer, BrokenPromise, makeResult, type SolveResult, withCertificate } from '../problem/result.ts';

/*
 * The gate: every answer of a method leaves the library through here.
 *
 * A status, a dual bound or a guarantee is stated only when it follows from exact arithmetic (`Answer.dualBound`: integers, or
 * every rounding outward, as the method's file says) or from a certificate that the checker's own code has verified in this
 * run. A pruning that does not meet the goal, or costs less than what is proved of all, stops here as a fault of ours. What a certificate claims beyond that, because it was not verified or failed, is a `claimedBound`.
 */

/**
 * Multiply-adds after which a certificate is not verified where somebody waits for an answer at once (a signal, a deadline):
 * well under a second.
 */
export const AT_ONCE = 2 ** 28;

/**
 * The result that an answer amounts to.
 *
 * @param mostWork multiply-adds that verifying its certificate may take, see {@link checkingWork}; beyond, the bound is a claim
 */
export function settle(
  instance: Instance,
  goal: Goal,
  method: string,
  seed: number,
  answer: Answer,
  mostWork = Infinity,
): SolveResult {
  const requirement = requirementOf(instance, goal);
  if (answer.pruning !== null) {
    requirePruning(instance, answer.pruning, method);
    if (!meets(instance, requirement, answer.pruning)) {
      const { target } = requirement;
      const removed = removedUnits(instance, answer.pruning);
      const isShort = removed < target;
      const expected = isShort
        ? `at least ${target} units removed, got ${removed}`
        : 'a shape that the goal and the minima allow';
      throw new BrokenPromise(method, `expected ${expected}`);
    }
  }
  const result = makeResult(instance, requirement.target, method, seed, answer);
  const { certificate } = result;
  return certificate === null ? result : settleCertificate(instance, goal, result, certificate, mostWork);
}

/** A result with evidence for its dual bound, as far as the checker accepts it. @param mostWork as for {@link settle} */
export function settleCertificate(
  instance: Instance,
  goal: Goal,
  result: SolveResult,
  certificate: Certificate,
  mostWork = Infinity,
): SolveResult {
  return withCertificate(instance, result, certificate, verified(instance, goal, certificate, mostWork));
}

/** What a certificate proves; null when it was not looked at, being too much work. */
export function verified(
  instance: Instance,
  goal: Goal,
  certificate: Certificate,
  mostWork = Infinity,
): CertificateVerdict | null {
  if (checkingWork(instance, certificate) > mostWork) return null;
  return checkCertificate(withoutLinks(instance), goal, certificate);
}

/** About how many multiply-adds the checker does for a certificate: norms take nearly all of it. */
export function checkingWork(instance: Instance, certificate: Certificate): number {
  return instance.layers.reduce((sum, { rows, cols }, l) => {
    const entries = rows * cols;
    const sorting = entries * Math.ceil(Math.log2(entries + 1));
    return certificate.layers[l]!.reduce((own, piece) => {
      if ('norm' in piece) return own + entries * Math.min(rows, cols) + piece.tangents.length * 2 * sorting;
      return own + 2 * sorting;
    }, sum + entries);
  }, 0);
}
