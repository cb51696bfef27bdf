import { parentPort, workerData } from 'node:worker_threads';
import { type SolveOptions, solve } from '../methods.ts';
import { RcpruneError } from '../problem/error.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { SolveResult } from '../problem/result.ts';

/** What the worker is started with. Importances are on shared memory: nothing large is copied. */
export interface Task {
  readonly instance: Instance;
  readonly options: Omit<SolveOptions, 'onIncumbent'>;
}

/** What the worker says. */
export type Message =
  | { readonly kind: 'incumbent'; readonly pruning: Pruning; readonly work: number }
  | { readonly kind: 'result'; readonly result: SolveResult }
  | { readonly kind: 'refused'; readonly where: string; readonly expected: string; readonly got: string };

const { instance, options } = workerData as Task;
const say = (message: Message) => parentPort!.postMessage(message);
try {
  const onIncumbent = (pruning: Pruning, work: number) => say({ kind: 'incumbent', pruning, work });
  say({ kind: 'result', result: solve(instance, { ...options, onIncumbent }) });
} catch (error) {
  if (!(error instanceof RcpruneError)) throw error;
  const { where, expected, got } = error;
  say({ kind: 'refused', where, expected, got });
}
