import { onlyStronger, searchCertificate } from '../bounds/search.ts';
import type { Certificate } from '../problem/certificate.ts';
import { RcpruneError } from '../problem/error.ts';
import { type Goal, requirementOf } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { StopReason } from '../problem/result.ts';
import { incumbents } from './incumbents.ts';

/** How {@link bound} is to look for a certificate. */
export interface BoundOptions {
  /** What a pruning must reach. */
  readonly goal: Goal;
  /** A good pruning, if one is known: it shows where bounds have slack. Default: the best of the quick methods. */
  readonly incumbent?: Pruning | undefined;
  /** Most refinements of a layer; at 0 the certificate has no pieces. Default: until none gains. */
  readonly workLimit?: number | undefined;
  /** Told of every stronger certificate. */
  readonly onCertificate?: ((certificate: Certificate, work: number) => void) | undefined;
}

/** What {@link bound} found. */
export interface BoundResult {
  /** `claim` in it holds the bounds. */
  readonly certificate: Certificate;
  /** Why the search ended. */
  readonly stopReason: StopReason;
  /** Refinements done. */
  readonly work: number;
}

/**
 * A certificate of how little any pruning that meets the goal can cost, and how much it can keep: {@link
 * checkCertificate} proves it, without trusting this function.
 *
 * Spectral, tangent and split bounds of every layer, joined by one price for a kept unit (theory section 5, our
 * construction; soundness machine-checked as T5 and T5b, proofs/coq/Bounds.v and Spectral.v, the norm apart). A
 * refinement of an m x n layer takes O(m n (min(m, n) + log(m n))) time.
 *
 * @throws RcpruneError on a goal that does not fit the instance or that no pruning meets
 */
export function bound(instance: Instance, options: BoundOptions): BoundResult {
  const { goal, workLimit } = options;
  const onCertificate = onlyStronger(options.onCertificate);
  const requirement = requirementOf(instance, goal);
  const { mostRemovable, target } = requirement;
  if (mostRemovable < target) {
    throw new RcpruneError(
      'goal',
      `at most ${Math.max(0, mostRemovable)} units to remove, as the minima allow`,
      `${target}`,
    );
  }
  // A certificate without pieces first: an interrupted run then has one.
  const trivial = searchCertificate(instance, requirement, { workLimit: 0, onCertificate });
  if (workLimit === 0) return { certificate: trivial.certificate, stopReason: 'workLimit', work: 0 };
  const incumbent = options.incumbent ?? incumbents(instance, requirement, undefined).best.pruning;
  const { certificate, work, stopped } = searchCertificate(instance, requirement, {
    incumbent,
    workLimit,
    onCertificate,
  });
  return { certificate, stopReason: stopped ? 'workLimit' : 'complete', work };
}
