import { Tinypool } from 'tinypool';
import { SCHEMES } from './index.ts';
import type { SelectionProblem } from './selection-state.ts';

/*
 * A thread of the pool: it holds one problem on shared memory and performs the tasks that it is sent. Tasks are pure functions, so
 * it does not matter which thread gets which.
 */

const { scheme: name, problem } = Tinypool.workerData as { scheme: string; problem: SelectionProblem };
const scheme = SCHEMES.find((candidate) => candidate.name === name)!;

/** One task of a pool that serves one problem. */
export default function perform(task: unknown): unknown {
  return scheme.perform(problem, task);
}
