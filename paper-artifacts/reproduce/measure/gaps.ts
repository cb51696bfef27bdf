import { parseArgs } from 'node:util';
import { faceNetwork } from '../../../bench/networks.ts';
import { check, generate, type Instance, loadMethods, solveSync, sparsityGoal } from '../../../src/index.ts';
import { isSmoke, measure } from '../measure.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * How far from the optimum `best` is proved to be: pruning and certificate through the checker, whose figures these are.
 * The face network at 93%; with `--all` at 50 and 80% as well, and three generated instances.
 */

const INSTANCES: Record<string, () => Instance | Promise<Instance>> = {
  face: faceNetwork,
  scaled: () => generate('scaled', { rows: 128, cols: 576, layers: 4, strength: 0.5, seed: 1 }),
  'half-normal': () => generate('half-normal', { rows: 128, cols: 576, layers: 4, seed: 1 }),
  resnet18: () => generate('resnet18', { seed: 1 }),
  small: () => generate('scaled', { rows: 24, cols: 36, layers: 2, strength: 0.5, seed: 1 }),
};

/** Of the processor. */
const secondsOf = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6;

const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } }, strict: false });
const cells = values.all
  ? ['face', 'scaled', 'half-normal', 'resnet18'].flatMap((name) =>
      ['0.5', '0.8', '0.93'].map((sparsity) => ({ instance: name, sparsity })),
    )
  : [{ instance: isSmoke ? 'small' : 'face', sparsity: '0.93' }];

await measure(values.all ? 'gaps-all' : 'gaps', import.meta.url, cells, async (cell) => {
  const instance = await INSTANCES[cell.instance]!();
  const goal = sparsityGoal(instance, cell.sparsity);
  const began = process.cpuUsage();
  const { pruning, cost, certificate, total, work } = solveSync(instance, { method: 'best', goal });
  const solving = process.cpuUsage(began);
  const verdict = check(instance, goal, pruning!, { cost: cost! }, certificate);
  const both = process.cpuUsage(began);
  if (!verdict.valid) throw new Error(`${cell.instance} at ${cell.sparsity}: ${verdict.reason}`);
  const { kept, removed, target, dualBound, keptBound, ratio, keptRatio, gap } = verdict;
  const figures = { cost, kept, total, removed, target, dualBound, keptBound, gap, ratio, keptRatio, work };
  const seconds = secondsOf(solving);
  const clock = { ...cell, seconds, checkSeconds: secondsOf(both) - seconds };
  return { rows: [{ method: 'best', ...cell, seed: 1, ...figures }], clock: [clock] };
});
