import { Tinypool } from 'tinypool';
import type { Annealing, RunData } from './annealing.ts';

/**
 * Runs to the end on a pool of worker threads. Importances are on shared memory: a worker copies nothing large. The
 * outcomes are taken in the order of their tasks, so that the answer has the same bytes with any number of workers.
 *
 * @param onRound told after every round
 */
export async function runOnWorkers(
  annealing: Annealing<RunData, unknown, unknown>,
  workers: number,
  onRound: () => void,
): Promise<void> {
  const pool = new Tinypool({
    filename: new URL('./task-worker.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    isolateWorkers: false,
    workerData: { scheme: annealing.scheme.name, problem: annealing.problem },
  });
  try {
    for (let tasks = annealing.tasks(); tasks.length > 0; tasks = annealing.tasks()) {
      annealing.absorb(await Promise.all(tasks.map((task) => pool.run(task))));
      onRound();
    }
  } finally {
    await pool.destroy();
  }
}
