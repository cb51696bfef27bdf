/**
 * `tsx bench/gaps.ts [NAME...]`: how far from the optimum the best pruning is proved to be, on the face network and on
 * ResNet-18-shaped and scaled instances, at 50, 80 and 93%. Every pruning and certificate goes through the checker, whose figures
 * are the ones printed. Exit 1 when it rejects one or a ratio misses the limit stated here.
 */
import { check, generate, type Instance, loadMethods, solveSync, sparsityGoal } from '../src/index.ts';
import { faceNetwork } from './networks.ts';
import { printTable } from './table.ts';

await loadMethods(); // then solveSync takes any of them by name

interface Limits {
  /** Most cost / dualBound, by sparsity. */
  readonly ratio: Readonly<Record<string, number>>;
  readonly keptRatio: number;
}

const SPARSITIES = ['0.5', '0.8', '0.93'];
const FACE_LIMITS: Limits = { ratio: { '0.5': 1.15, '0.8': 1.07, '0.93': 1.03 }, keptRatio: 1.1 };
const INSTANCES: Record<string, { readonly make: () => Instance | Promise<Instance>; readonly limits?: Limits }> = {
  face: { make: faceNetwork, limits: FACE_LIMITS },
  scaled: { make: () => generate('scaled', { rows: 128, cols: 576, layers: 4, strength: 0.5, seed: 1 }) },
  'half-normal': { make: () => generate('half-normal', { rows: 128, cols: 576, layers: 4, seed: 1 }) },
  resnet18: { make: () => generate('resnet18', { seed: 1 }) },
};

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(INSTANCES);
let failures = 0;
const rows: string[][] = [];
for (const name of chosen) {
  const { make, limits } = INSTANCES[name]!;
  const instance = await make();
  for (const sparsity of SPARSITIES) {
    const goal = sparsityGoal(instance, sparsity);
    const began = performance.now();
    const { pruning, cost, certificate } = solveSync(instance, { method: 'best', goal });
    const solved = performance.now();
    const verdict = check(instance, goal, pruning!, { cost: cost! }, certificate);
    const checked = performance.now();
    const { ratio, keptRatio, reason } = verdict;
    const isMissed = limits !== undefined && !(ratio! <= limits.ratio[sparsity]! && keptRatio! <= limits.keptRatio);
    if (!verdict.valid || isMissed) failures++;
    const seconds = [solved - began, checked - solved].map((value) => (value / 1000).toFixed(1));
    const figures = [ratio, keptRatio].map((value) => (value === null ? '-' : value.toFixed(4)));
    rows.push([
      name,
      sparsity,
      cost!.toPrecision(7),
      ...figures,
      ...seconds,
      reason ?? (isMissed ? 'above its limit' : 'ok'),
    ]);
  }
}
printTable(['instance', 'sparsity', 'cost', 'ratio <=', 'kept ratio <=', 'seconds', 'checking', ''], rows);
process.exitCode = failures === 0 ? 0 : 1;
