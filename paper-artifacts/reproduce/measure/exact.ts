import { LiveReplay } from '../../../src/benchmark/proof-replay.ts';
import { generate, loadMethods, sparsityGoal } from '../../../src/index.ts';
import { isSmoke, measure } from '../measure.ts';
import { solved } from '../solved.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * Exact methods on one grid of squares, each answer checked, the branch and bound's proof logs replayed. Integer programs
 * stop at the sizes that they solve in seconds; `studies/exact.ts` gives them a minute and a process for each instance.
 */

const SPARSITIES = ['0.5', '0.75', '0.93'];
const SIZES: Record<string, Record<string, readonly number[]>> = {
  'half-normal': {
    'branch-and-bound': [8, 10, 12, 16, 20, 24, 28, 32],
    enumerate: [8, 10, 12, 16, 20],
    'ilp-highs': [8, 10, 12],
    'ilp-jslp': [8, 10],
  },
  scaled: {
    'branch-and-bound': [8, 12, 16, 24, 32, 48],
    enumerate: [8, 12, 16],
    'ilp-highs': [8, 12, 16],
    'ilp-jslp': [8, 12],
  },
};
const MOST_SMOKE = 8;
const STRENGTH = 0.5;
/** Largest size whose proof log is written and replayed. */
const MOST_LOGGED = 24;

const cells = Object.entries(SIZES).flatMap(([family, methods]) =>
  Object.entries(methods).flatMap(([method, sizes]) =>
    sizes
      .filter((size) => !isSmoke || size <= MOST_SMOKE)
      .flatMap((size) => SPARSITIES.map((sparsity) => ({ method, sparsity, seed: 1, family, size }))),
  ),
);

await measure('exact-methods', import.meta.url, cells, async (cell) => {
  const { method, sparsity, seed, family, size } = cell;
  const strength = family === 'scaled' ? STRENGTH : undefined;
  const instance = generate(family, { rows: size, cols: size, seed, strength });
  const goal = sparsityGoal(instance, sparsity);
  const { result, seconds } = solved(instance, { method, goal });
  let replayed: boolean | null = null;
  if (method === 'branch-and-bound' && size <= MOST_LOGGED) {
    const replay = new LiveReplay(instance, goal);
    const { result: logged } = solved(instance, { method, goal, onProof: replay.onProof });
    replayed = replay.fault(logged.pruning!) === null;
  }
  const { cost, work, status } = result;
  const isClaimed = status === 'optimal' || result.claimedOptimal === true;
  return {
    rows: [{ ...cell, cost, work, proved: status === 'optimal', claimed: isClaimed, replayed }],
    clock: [{ ...cell, seconds }],
  };
});
