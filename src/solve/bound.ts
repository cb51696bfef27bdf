import { onlyStronger, searchCertificate } from '../bounds/search.ts';
import { incumbents } from '../portfolio/incumbents.ts';
import type { Certificate } from '../problem/certificate.ts';
import { withoutLinks } from '../problem/closure.ts';
import { RcpruneError } from '../problem/error.ts';
import { type Goal, meets, type Requirement, requirementOf } from '../problem/goal.ts';
import { type Instance, requireInstance, requireInteger } from '../problem/instance.ts';
import { type Pruning, requirePruning } from '../problem/pruning.ts';
import type { StopReason } from '../problem/result.ts';
import { verified } from './gate.ts';

/** How {@link boundSync} is to look for a certificate. */
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

/** What {@link boundSync} found. */
export interface BoundResult {
  /** The evidence. What its `claim` says has been verified: see the bounds. */
  readonly certificate: Certificate;
  /** Proved: any pruning that meets the goal costs at least this. By the checker, in this run. */
  readonly dualBound: number;
  /** Proved, likewise: and keeps at most this. */
  readonly keptBound: number;
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
 * Of a linked instance it is the certificate without links: closed prunings are prunings, so that it holds for them too.
 *
 * The certificate is verified before it is returned, which takes a tenth of the time.
 *
 * @throws RcpruneError on an instance that is none, a goal that does not fit it or that no pruning meets
 */
export function boundSync(given: Instance, options: BoundOptions): BoundResult {
  const { goal, workLimit } = options;
  const requirement = requireBoundOptions(given, options);
  const instance = withoutLinks(given);
  const onCertificate = onlyStronger(options.onCertificate);
  const proved = (certificate: Certificate) => {
    const { valid, reason, dualBound, keptBound } = verified(instance, goal, certificate)!;
    if (!valid) throw new Error(`bound: expected a certificate that the checker accepts, got "${reason}"`);
    return { certificate, dualBound: dualBound!, keptBound: keptBound! };
  };
  // A certificate without pieces first: an interrupted run then has one.
  const trivial = searchCertificate(instance, requirement, { workLimit: 0, onCertificate });
  if (workLimit === 0) return { ...proved(trivial.certificate), stopReason: 'workLimit', work: 0 };
  const incumbent = options.incumbent ?? incumbents(instance, requirement, undefined).best.pruning;
  const { certificate, work, stopped } = searchCertificate(instance, requirement, {
    incumbent,
    workLimit,
    onCertificate,
  });
  return { ...proved(certificate), stopReason: stopped ? 'workLimit' : 'complete', work };
}

/**
 * Asks of an instance and options that they go together.
 *
 * @throws RcpruneError when they do not, or no pruning meets the goal
 */
export function requireBoundOptions(instance: Instance, { goal, workLimit, incumbent }: BoundOptions): Requirement {
  requireInstance(instance);
  if (workLimit !== undefined) requireInteger('workLimit', workLimit, 0);
  const requirement = requirementOf(instance, goal);
  const { mostRemovable, target } = requirement;
  if (mostRemovable < target) {
    throw new RcpruneError(
      'goal',
      `at most ${Math.max(0, mostRemovable)} units to remove, as the minima allow`,
      `${target}`,
    );
  }
  if (incumbent !== undefined) {
    requirePruning(instance, incumbent, 'incumbent');
    if (!meets(instance, requirement, incumbent)) {
      throw new RcpruneError('incumbent', 'a pruning that meets the goal', 'one that does not');
    }
  }
  return requirement;
}
