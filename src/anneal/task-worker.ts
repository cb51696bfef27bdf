import { Tinypool } from 'tinypool';
import { SCHEMES } from './index.ts';
import type { SelectionProblem } from './selection-state.ts';

const { scheme: name, problem } = Tinypool.workerData as { scheme: string; problem: SelectionProblem };
const scheme = SCHEMES.find((candidate) => candidate.name === name)!;

/** One task of a pool that serves one problem. */
export default function perform(task: unknown): unknown {
  return scheme.perform(problem, task);
}
