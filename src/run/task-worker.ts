import { Tinypool } from 'tinypool';
import { loadMethod } from '../solve/registry.ts';

/*
 * A thread of a pool that serves one run: it performs the tasks of its method's rounds.
 */

const { method: name, shared } = Tinypool.workerData as { method: string; shared: unknown };
const method = await loadMethod(name);

/** One task. */
export default function perform(task: unknown): unknown {
  return method.rounds!.perform(shared, task);
}
