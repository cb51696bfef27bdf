import type { Certificate } from '../problem/certificate.ts';
import type { Instance } from '../problem/instance.ts';
import type { StopReason } from '../problem/result.ts';
import { type BoundOptions, type BoundResult, boundSync, requireBoundOptions } from '../solve/bound.ts';
import { AT_ONCE, verified } from '../solve/gate.ts';
import type { Progress } from './solve.ts';
import { fileBeside, inThread, watchEnds } from './thread.ts';
import type { Message, Task } from './worker.ts';

/*
 * The search for bounds in a thread of its own, until it ends, its time is over or somebody has had enough.
 */

/** How to look for a certificate. */
export interface BoundRunOptions extends BoundOptions {
  /** Seconds after which the best certificate so far is the answer (`timeLimit`). */
  readonly seconds?: number | undefined;
  /** Ends the search as a deadline does (`interrupted`). */
  readonly signal?: AbortSignal | undefined;
  /** Told of how far the search is. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a search for bounds found. */
export interface BoundRunResult extends BoundResult {
  /**
   * Where the search was ended and there was no time to verify its certificate: what that claims. The bounds beside it are those of
   * line sums.
   */
  readonly claim?: Certificate['claim'];
}

/**
 * A certificate of how little any pruning that meets the goal can cost, and how much it can keep: {@link checkCertificate} proves it,
 * without trusting this function. See {@link boundSync} for how it is found; `signal` and `seconds` end the search at once, with the
 * best certificate so far.
 *
 * @throws RcpruneError on an instance that is none, a goal that does not fit it or that no pruning meets
 */
export async function bound(instance: Instance, options: BoundRunOptions): Promise<BoundRunResult> {
  const { seconds, signal, onProgress, onCertificate, ...own } = options;
  const { goal, workLimit } = own;
  requireBoundOptions(instance, options);
  const trivial = (stopReason: StopReason) => ({ ...boundSync(instance, { goal, workLimit: 0 }), stopReason });
  if (workLimit === 0) return trivial('workLimit');
  if (seconds === 0) return trivial('timeLimit');
  if (signal?.aborted) return trivial('interrupted');
  let certificate: Certificate | null = null;
  let work = 0;
  const stopped = (stopReason: StopReason): BoundRunResult => {
    if (certificate === null) return trivial(stopReason);
    // Whoever stopped the search waits: a certificate that takes long to verify is a claim.
    const verdict = verified(instance, goal, certificate, AT_ONCE);
    if (verdict?.valid === true) {
      return { certificate, stopReason, work, dualBound: verdict.dualBound!, keptBound: verdict.keptBound! };
    }
    return { ...trivial(stopReason), certificate, work, claim: certificate.claim };
  };
  const task: Task = { kind: 'bound', instance, options: own };
  return await inThread<Message, BoundRunResult>(
    fileBeside(import.meta.url, 'worker'),
    task,
    (message, thread) => {
      if (message.kind === 'bounded') thread.end(() => message.result);
      else if (message.kind === 'certificate') {
        ({ certificate, work } = message);
        onCertificate?.(certificate, work);
        onProgress?.({ improvedAt: work, claimedBound: certificate.claim.dualBound, course: null });
      }
    },
    (thread) => watchEnds(signal, seconds, (reason) => thread.end(() => stopped(reason))),
  );
}
