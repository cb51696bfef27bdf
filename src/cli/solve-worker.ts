import { parentPort, workerData } from 'node:worker_threads';
import { prepare, type SolveOptions, solve } from '../methods.ts';
import { RcpruneError } from '../problem/error.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { SolveResult } from '../problem/result.ts';
import { ProofStream } from './proof-file.ts';

/** What the worker is started with. Importances are on shared memory: nothing large is copied. */
export interface Task {
  readonly instance: Instance;
  readonly options: Omit<SolveOptions, 'onIncumbent' | 'onBound' | 'onProof'>;
  /** Where to write a proof log, if one is wanted. */
  readonly proof?: string | undefined;
}

/** What the worker says. */
export type Message =
  | { readonly kind: 'incumbent'; readonly pruning: Pruning; readonly work: number }
  /** A proved lower bound in units of 2^-149. */
  | { readonly kind: 'bound'; readonly bound: bigint; readonly work: number }
  /** The proof log is complete, or has grown too long. */
  | { readonly kind: 'proof'; readonly isWhole: boolean }
  | { readonly kind: 'result'; readonly result: SolveResult }
  | { readonly kind: 'refused'; readonly where: string; readonly expected: string; readonly got: string };

const { instance, options, proof } = workerData as Task;
const say = (message: Message) => parentPort!.postMessage(message);
try {
  const onIncumbent = (pruning: Pruning, work: number) => say({ kind: 'incumbent', pruning, work });
  const onBound = (bound: bigint, work: number) => say({ kind: 'bound', bound, work });
  const stream = proof === undefined ? null : new ProofStream(proof);
  const onProof = stream === null ? undefined : (text: string | null) => stream.take(text);
  await prepare(options.method);
  const result = solve(instance, { ...options, onIncumbent, onBound, onProof });
  stream?.end();
  if (stream !== null) say({ kind: 'proof', isWhole: stream.isWhole });
  say({ kind: 'result', result });
} catch (error) {
  if (!(error instanceof RcpruneError)) throw error;
  const { where, expected, got } = error;
  say({ kind: 'refused', where, expected, got });
}
