import { parentPort, workerData } from 'node:worker_threads';
import { prepare, type SolveOptions, solve } from '../methods.ts';
import type { Certificate } from '../problem/certificate.ts';
import { RcpruneError } from '../problem/error.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { SolveResult } from '../problem/result.ts';
import { type BoundOptions, type BoundResult, bound } from '../solve/bound.ts';
import { settleCertificate } from '../solve/gate.ts';
import { type AnnealingMessage, type AnnealingSetting, anneal } from './annealing.ts';
import { ProofStream } from './proof-file.ts';

/** What the worker is started with. Importances are on shared memory: nothing large is copied. */
export type Task =
  | {
      readonly kind: 'solve';
      readonly instance: Instance;
      readonly options: Omit<SolveOptions, 'onIncumbent' | 'onBound' | 'onProof' | 'onCertificate'>;
      /** Whether the answer must come with a certificate, whatever the method. */
      readonly certify: boolean;
      /** Where to write a proof log, if one is wanted. */
      readonly proof?: string | undefined;
      /** How an annealing method runs; undefined for other methods. */
      readonly annealing?: AnnealingSetting | undefined;
    }
  | { readonly kind: 'bound'; readonly instance: Instance; readonly options: Omit<BoundOptions, 'onCertificate'> };

/** What the worker says. */
export type Message =
  | { readonly kind: 'incumbent'; readonly pruning: Pruning; readonly work: number }
  /** A proved lower bound in units of 2^-149. */
  | { readonly kind: 'bound'; readonly bound: bigint; readonly work: number }
  /** The proof log is complete, or has grown too long. */
  | { readonly kind: 'proof'; readonly isWhole: boolean }
  | AnnealingMessage
  | { readonly kind: 'certificate'; readonly certificate: Certificate; readonly work: number }
  | { readonly kind: 'uncertified'; readonly result: SolveResult }
  | { readonly kind: 'solved'; readonly result: SolveResult }
  | { readonly kind: 'bounded'; readonly result: BoundResult }
  | { readonly kind: 'refused'; readonly where: string; readonly expected: string; readonly got: string };

const task = workerData as Task;
const say = (message: Message) => parentPort!.postMessage(message);
const onIncumbent = (pruning: Pruning, work: number) => say({ kind: 'incumbent', pruning, work });
const onBound = (bound: bigint, work: number) => say({ kind: 'bound', bound, work });
const onCertificate = (certificate: Certificate, work: number) => say({ kind: 'certificate', certificate, work });

type SolveTask = Extract<Task, { kind: 'solve' }>;

async function solved({ instance, options, certify, annealing }: SolveTask, onProof: SolveOptions['onProof']) {
  const told = { ...options, onIncumbent, onBound, onProof, onCertificate };
  const result =
    annealing === undefined
      ? solve(instance, told)
      : await anneal(instance, told, annealing, (message) => say(message));
  if (!certify || result.pruning === null || result.certificate !== null) return result;
  say({ kind: 'uncertified', result });
  const { certificate } = bound(instance, { goal: options.goal, incumbent: result.pruning, onCertificate });
  return settleCertificate(instance, options.goal, result, certificate);
}

try {
  const { instance } = task;
  if (task.kind === 'bound') {
    say({ kind: 'bounded', result: bound(instance, { ...task.options, onCertificate }) });
  } else {
    const stream = task.proof === undefined ? null : new ProofStream(task.proof);
    const onProof = stream === null ? undefined : (text: string | null) => stream.take(text);
    await prepare(task.options.method);
    const result = await solved(task, onProof);
    stream?.end();
    if (stream !== null) say({ kind: 'proof', isWhole: stream.isWhole });
    say({ kind: 'solved', result });
  }
} catch (error) {
  if (!(error instanceof RcpruneError)) throw error;
  const { where, expected, got } = error;
  say({ kind: 'refused', where, expected, got });
}
