/**
 * `tsx bench/anneal-workers.ts [ROUNDS]`: wall time of annealing on one and on two worker threads. Wants two quiet cores.
 */
import { generate, type Instance, largestPruning, loadMethod, requirementOf, sparsityGoal } from '../src/index.ts';
import { faceNetwork } from './networks.ts';
import { printTable } from './table.ts';

const INSTANCES = {
  face: faceNetwork,
  single: async () => generate('half-normal', { rows: 512, cols: 4608, seed: 1 }),
};

/** Compiled (`npm run build`), since a pool starts its workers from JavaScript. */
const WORKERS = new URL('../dist/run/rounds.js', import.meta.url).href;

/** Wall seconds of one whole annealing on a pool of so many threads, and its answer. */
async function wallTime(instance: Instance, method: string, workLimit: number, workers: number) {
  const { rounds } = await loadMethod(method);
  const requirement = requirementOf(instance, sparsityGoal(instance, '0.8'));
  const start = largestPruning(instance, requirement);
  const run = rounds!.open(instance, requirement, { seed: 1, workLimit, start });
  const { performOnWorkers } = (await import(WORKERS)) as typeof import('../src/run/rounds.ts');
  const began = performance.now();
  await performOnWorkers(method, run, workers, () => {});
  return { seconds: (performance.now() - began) / 1000, answer: JSON.stringify(run.answer()) };
}

/**
 * Speed-up on two workers: both pools in turn, so that a slow minute slows both; the least time of each over all rounds and
 * the median of the ratios of neighbours. The bytes must be the same.
 */
async function workers(rounds: number): Promise<void> {
  const rows: string[][] = [];
  for (const [name, method, workLimit] of [
    ['face', 'anneal-selection', 30_000_000],
    ['single', 'anneal-selection', 15_000_000],
    ['face', 'anneal-shape', 1000],
  ] as const) {
    const instance = await INSTANCES[name]();
    const times: [number[], number[]] = [[], []];
    let bytes = '';
    for (let round = 0; round < rounds; round++) {
      for (const threads of [1, 2] as const) {
        const { seconds, answer } = await wallTime(instance, method, workLimit, threads);
        times[threads - 1]!.push(seconds);
        if (bytes === '') bytes = answer;
        if (answer !== bytes) throw new Error(`${name} ${method}: ${threads} workers give other bytes`);
      }
    }
    const [one, two] = times;
    const ratios = one.map((seconds, k) => seconds / two[k]!).sort((a, b) => a - b);
    const [least, leastOfTwo] = [Math.min(...one), Math.min(...two)];
    rows.push([
      `${name} ${method}`,
      least.toFixed(2),
      leastOfTwo.toFixed(2),
      (least / leastOfTwo).toFixed(2),
      ratios[rounds >> 1]!.toFixed(2),
    ]);
  }
  printTable(['run', '1 worker, s', '2 workers, s', 'speed-up of least', 'median'], rows);
}

await workers(Number(process.argv[2] ?? 3));
