import { onlyStronger, searchCertificate } from '../bounds/search.ts';
import { LinkedAnnealing } from '../linked/annealing.ts';
import { closer } from '../linked/frame.ts';
import { alternateLinked, greedyLinked } from '../linked/solvers.ts';
import type { MethodContext } from '../method/context.ts';
import { runInPlace } from '../method/rounds.ts';
import { withoutLinks } from '../problem/closure.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { incumbents, type Priced, price } from './incumbents.ts';

/**
 * The portfolio on a linked instance.
 *
 * 1. Linked alternating and greedy, and the best quick method without links, closed and filled.
 * 2. Selection annealing over closed states from the best of these.
 * 3. A certificate of the problem without links. Closed prunings are prunings, so that it bounds the linked optimum too.
 *
 * No factor is proved beforehand: what is proved is the certificate's gap. Work counts refinements of the certificate.
 */
export function bestLinked(instance: Instance, requirement: Requirement, context: MethodContext): Answer {
  const plain = withoutLinks(instance);
  const { seed, workLimit, onIncumbent } = context;
  const onCertificate = onlyStronger(context.onCertificate);
  searchCertificate(plain, requirement, { workLimit: 0, onCertificate });
  let best: Priced | null = null;
  const offer = (pruning: Pruning | null | undefined): void => {
    const own = pruning == null ? null : price(instance, pruning);
    if (own === null || (best !== null && own.cost >= best.cost)) return;
    best = own;
    onIncumbent?.(own.pruning, 0);
  };
  const close = closer(instance, requirement);
  offer(context.start);
  offer(close.trivial());
  if (best === null) return { pruning: null, work: 0 };
  const quick = incumbents(plain, requirement, undefined);
  offer(close.fill(quick.best.pruning));
  offer(alternateLinked(instance, requirement, { seed }).pruning);
  offer(greedyLinked(instance, requirement).pruning);
  if (workLimit !== 0) {
    const start = (best as Priced).pruning;
    const run = new LinkedAnnealing('selection', instance, requirement, { seed, start });
    runInPlace(run, (task) => run.perform(task));
    offer(run.answer().pruning);
  }
  const incumbent: Priced = best;
  const { certificate, work, stopped } = searchCertificate(plain, requirement, {
    incumbent: incumbent.pruning,
    workLimit,
    onCertificate,
  });
  const halfPrice = (quick.residual.dualBound ?? 0n) / 2n;
  return {
    pruning: incumbent.pruning,
    dualBound: halfPrice,
    certificate,
    work,
    stopReason: stopped ? 'workLimit' : 'complete',
  };
}
