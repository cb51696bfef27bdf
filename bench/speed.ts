/**
 * `npm run bench`: how many times longer each algorithm takes than one plain loop that sums all importances.
 *
 * Ratios are taken within one run: plain loop and algorithm in turns, medians of both. Every answer is checked before its
 * algorithm is timed. Exit 1 when an answer is wrong or a ratio above its stated limit.
 */
import { check, entryCount, generate, type Instance, loadMethods, solveSync, sparsityGoal } from '../src/index.ts';
import { faceNetwork } from './networks.ts';
import { printTable } from './table.ts';

await loadMethods(); // then solveSync takes any of them by name

/** Most times the plain loop an algorithm may take on the face network, whole solve included. */
const LIMITS: Record<string, number> = { independent: 20, residual: 300, greedy: 1000 };
const METHODS = ['independent', 'residual', 'greedy'];
const SPARSITIES = ['0.5', '0.8', '0.93'];
const ROUNDS = 5;

function plainSum(instance: Instance): number {
  let sum = 0;
  for (const { importance } of instance.layers) for (let k = 0; k < importance.length; k++) sum += importance[k]!;
  return sum;
}

function secondsOf(run: () => unknown): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

const rows: string[][] = [];
let failures = 0;
const networks: [string, Instance, boolean][] = [
  ['face network', await faceNetwork(), true],
  ['resnet18 seed 1', generate('resnet18', { seed: 1 }), false],
];
for (const [name, instance, limited] of networks) {
  for (const sparsity of SPARSITIES) {
    const goal = sparsityGoal(instance, sparsity);
    for (const method of METHODS) {
      const run = () => solveSync(instance, { method, goal });
      const result = run();
      const verdict = check(instance, goal, result.pruning!, { cost: result.cost! });
      const plain: number[] = [];
      const own: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        plain.push(secondsOf(() => plainSum(instance)));
        own.push(secondsOf(run));
      }
      const seconds = median(own);
      const ratio = seconds / median(plain);
      const limit = limited ? LIMITS[method]! : null;
      const good = verdict.valid && (limit === null || ratio <= limit);
      if (!good) failures++;
      const cells = [name, `${entryCount(instance)}`, sparsity, method, seconds.toFixed(3), ratio.toFixed(1)];
      rows.push([...cells, limit === null ? '' : `<= ${limit}`, good ? 'ok' : (verdict.reason ?? 'too slow')]);
    }
  }
}
printTable(['instance', 'entries', 'sparsity', 'method', 'seconds', 'x plain sum', 'limit', ''], rows);
console.log(failures === 0 ? 'All answers checked, all ratios within their limits.' : `${failures} rows failed.`);
process.exitCode = failures === 0 ? 0 : 1;
