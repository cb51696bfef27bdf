import { faceNetwork } from '../../../bench/networks.ts';
import { generate, type Instance, sparsityGoal } from '../../../src/index.ts';
import { isSmoke, measure } from '../measure.ts';
import { solved } from '../solved.ts';

/*
 * Annealing beside the methods it starts from: on half-normal squares, the hardest family, whose optima branch and bound
 * proves, and on the face network at 93% with less work than by default. Seeds vary only what is random.
 */

const SQUARES = [16, 24];
const SPARSITIES = ['0.5', '0.75', '0.93'];
const METHODS = ['branch-and-bound', 'residual', 'greedy', 'alternating'];
/** Moves of each scheme: on squares some tenths of a second, on the network seconds. */
const ANNEALED = {
  square: { 'anneal-selection': 200_000, 'anneal-shape': 4000 },
  face: { 'anneal-selection': 12_000_000, 'anneal-shape': 100 },
};
const seeds = isSmoke ? [1] : [1, 2, 3];

type Cell = { method: string; sparsity: string; seed: number; instance: string; workLimit: number | null };

const cellsOf = (
  instance: string,
  kind: 'square' | 'face',
  sparsity: string,
  others: readonly string[],
  own: readonly number[],
): Cell[] => [
  ...others.map((method) => ({ method, sparsity, seed: 1, instance, workLimit: null })),
  ...Object.entries(ANNEALED[kind]).flatMap(([method, workLimit]) =>
    own.map((seed) => ({ method, sparsity, seed, instance, workLimit })),
  ),
];
const cells = [
  ...(isSmoke ? SQUARES.slice(0, 1) : SQUARES).flatMap((size) =>
    SPARSITIES.flatMap((sparsity) => cellsOf(`half-normal ${size} x ${size}`, 'square', sparsity, METHODS, seeds)),
  ),
  ...(isSmoke ? [] : cellsOf('face', 'face', '0.93', ['independent', 'uniform', ...METHODS.slice(1)], [1])),
];

const instances = new Map<string, Instance>();
async function instanceOf(name: string): Promise<Instance> {
  const size = Number(name.split(' ').at(-1));
  const instance =
    instances.get(name) ??
    (name === 'face' ? await faceNetwork() : generate('half-normal', { rows: size, cols: size, seed: 1 }));
  instances.set(name, instance);
  return instance;
}

await measure('anneal', import.meta.url, cells, async (cell) => {
  const { method, sparsity, seed, workLimit } = cell;
  const instance = await instanceOf(cell.instance);
  const goal = sparsityGoal(instance, sparsity);
  const { result, seconds } = solved(instance, { method, goal, seed, workLimit: workLimit ?? undefined });
  const { cost, kept, removed, target, dualBound, work } = result;
  return {
    rows: [{ ...cell, cost, kept, removed, target, dualBound, work }],
    clock: [{ ...cell, work, seconds }],
  };
});
