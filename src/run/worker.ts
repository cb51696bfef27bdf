import { parentPort, workerData } from 'node:worker_threads';
import type { RoundedMethod } from '../method/rounds.ts';
import type { Certificate } from '../problem/certificate.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { SolveResult } from '../problem/result.ts';
import type { BoundOptions, BoundResult } from '../solve/bound.ts';
import { settleCertificate } from '../solve/gate.ts';
import type { SolveOptions } from '../solve/options.ts';
import { loadMethod } from '../solve/registry.ts';
import { solveSync } from '../solve/solve.ts';
import type { RoundMessage, RoundSetting } from './rounds.ts';
import { reportingFailures } from './thread.ts';

/*
 * The thread of `solve` and `bound`: it solves, and tells of everything that whoever ends it may want to have. What not every run
 * needs is loaded where it is needed: a thread starts anew for every run.
 */

/** What the thread is started with. Importances are on shared memory: nothing large is copied. */
export type Task =
  | {
      readonly kind: 'solve';
      readonly instance: Instance;
      readonly options: ThreadOptions;
      /** Whether the answer must come with a certificate, whatever the method. */
      readonly certify: boolean;
      /** Where to write a proof log, if one is wanted. */
      readonly proof?: string | undefined;
      /** How a method of rounds runs. */
      readonly rounds: RoundSetting;
    }
  | { readonly kind: 'bound'; readonly instance: Instance; readonly options: Omit<BoundOptions, 'onCertificate'> };

/** Options that can be sent. */
export type ThreadOptions = Omit<SolveOptions, 'method' | 'onIncumbent' | 'onBound' | 'onProof' | 'onCertificate'> & {
  readonly method: string;
};

/** What the thread says. */
export type Message =
  | { readonly kind: 'incumbent'; readonly pruning: Pruning; readonly work: number }
  /** A proved lower bound in units of 2^-149. */
  | { readonly kind: 'bound'; readonly bound: bigint; readonly work: number }
  | RoundMessage
  | { readonly kind: 'certificate'; readonly certificate: Certificate; readonly work: number }
  /** The whole result but for a certificate, which is looked for from now on. */
  | { readonly kind: 'uncertified'; readonly result: SolveResult }
  /** `proofIsWhole`: null when no proof log was asked for; false where it grew too long. */
  | { readonly kind: 'solved'; readonly result: SolveResult; readonly proofIsWhole: boolean | null }
  | { readonly kind: 'bounded'; readonly result: BoundResult };

const say = (message: Message) => parentPort!.postMessage(message);
const onIncumbent = (pruning: Pruning, work: number) => say({ kind: 'incumbent', pruning, work });
const onBound = (bound: bigint, work: number) => say({ kind: 'bound', bound, work });
const onCertificate = (certificate: Certificate, work: number) => say({ kind: 'certificate', certificate, work });

async function solved(
  { instance, options, certify, rounds }: Extract<Task, { kind: 'solve' }>,
  onProof: SolveOptions['onProof'],
): Promise<SolveResult> {
  const method = await loadMethod(options.method);
  const start = method.uses?.includes('start') ? options.start : undefined;
  const told = { ...options, start, onIncumbent, onBound, onProof, onCertificate };
  const inRounds = async (rounded: RoundedMethod) => {
    const { solveInRounds } = await import('./rounds.ts');
    return solveInRounds(instance, rounded, told, rounds, say);
  };
  const result = method.rounds === undefined ? solveSync(instance, told) : await inRounds(method.rounds);
  if (!certify || result.pruning === null || result.certificate !== null) return result;
  say({ kind: 'uncertified', result });
  const { boundSync } = await import('../solve/bound.ts');
  const { certificate } = boundSync(instance, { goal: options.goal, incumbent: result.pruning, onCertificate });
  return settleCertificate(instance, options.goal, result, certificate);
}

await reportingFailures(async () => {
  const task = workerData as Task;
  if (task.kind === 'bound') {
    const { boundSync } = await import('../solve/bound.ts');
    say({ kind: 'bounded', result: boundSync(task.instance, { ...task.options, onCertificate }) });
    return;
  }
  const stream = task.proof === undefined ? null : new (await import('./proof-file.ts')).ProofStream(task.proof);
  const onProof = stream === null ? undefined : (text: string | null) => stream.take(text);
  const result = await solved(task, onProof);
  stream?.end();
  say({ kind: 'solved', result, proofIsWhole: stream?.isWhole ?? null });
});
