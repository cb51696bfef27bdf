import { parentPort, workerData } from 'node:worker_threads';
import { type SolveOptions, solve } from '../methods.ts';
import { RcpruneError } from '../problem/error.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { SolveResult } from '../problem/result.ts';
import { type AnnealingMessage, type AnnealingSetting, anneal } from './annealing.ts';

/** What the worker is started with. Importances are on shared memory: nothing large is copied. */
export interface Task {
  readonly instance: Instance;
  readonly options: Omit<SolveOptions, 'onIncumbent'>;
  /** How an annealing method runs; undefined for other methods. */
  readonly annealing?: AnnealingSetting | undefined;
}

/** What the worker says. */
export type Message =
  | { readonly kind: 'incumbent'; readonly pruning: Pruning; readonly work: number }
  | AnnealingMessage
  | { readonly kind: 'result'; readonly result: SolveResult }
  | { readonly kind: 'refused'; readonly where: string; readonly expected: string; readonly got: string };

const { instance, options, annealing } = workerData as Task;
const say = (message: Message) => parentPort!.postMessage(message);
const onIncumbent = (pruning: Pruning, work: number) => say({ kind: 'incumbent', pruning, work });
try {
  const result =
    annealing === undefined
      ? solve(instance, { ...options, onIncumbent })
      : await anneal(instance, { ...options, onIncumbent }, annealing, say);
  say({ kind: 'result', result });
} catch (error) {
  if (!(error instanceof RcpruneError)) throw error;
  const { where, expected, got } = error;
  say({ kind: 'refused', where, expected, got });
}
