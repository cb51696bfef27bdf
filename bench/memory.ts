/**
 * `tsx bench/memory.ts [METHOD...]`: peak memory of every method that large networks allow, on the ResNet-18-shaped instance
 * (11 M entries, 45 MB), each in a process of its own: what the process's resident set grew by beyond the loaded instance,
 * also in instances. Annealing runs few moves; its arrays do not depend on their number.
 *
 * Copies of the importances, by reading the code: none in the approximations, the greedy and the bounds but for one layer
 * at a time; two in annealing (by rows and by columns, in memory that all workers share). The residual algorithm's tables
 * are no copies but as large: the price of every shape of either order, two numbers each.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { boundSync, entryCount, generate, loadMethods, solveSync, sparsityGoal } from '../src/index.ts';
import { printTable } from './table.ts';

await loadMethods(); // then solveSync takes any of them by name

/** Methods and their work limits; null: the default. */
const WORK: Record<string, number | null> = {
  independent: null,
  residual: null,
  uniform: null,
  greedy: null,
  alternating: null,
  'anneal-selection': 3_000_000,
  'anneal-shape': 20,
  bound: 3,
  best: 3,
};
const MEGABYTE = 2 ** 20;

function measureOne(method: string): void {
  const instance = generate('resnet18', { seed: 1 });
  const goal = sparsityGoal(instance, '0.93');
  const before = process.memoryUsage().rss;
  const workLimit = WORK[method] ?? undefined;
  if (method === 'bound') boundSync(instance, { goal, workLimit });
  else solveSync(instance, { method, goal, workLimit });
  const peak = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(JSON.stringify({ extra: peak - before, instance: 4 * entryCount(instance) }));
}

const [flag, only] = process.argv.slice(2);
if (flag === '--one') measureOne(only!);
else {
  const methods = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(WORK);
  const rows = methods.map((method) => {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), '--one', method];
    const { status, stdout } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (status !== 0) throw new Error(`${method}: exit ${status}`);
    const { extra, instance } = JSON.parse(stdout.toString()) as { extra: number; instance: number };
    return [method, (extra / MEGABYTE).toFixed(0), (extra / instance).toFixed(2)];
  });
  printTable(['method', 'MiB beyond the instance', 'in instances'], rows);
}
