import { beforeAll, describe, expect, it } from 'vitest';
import { selectionProblem } from '../../src/anneal/selection-state.ts';
import { decoderOf, performShape, ShapeRun } from '../../src/anneal/shape.ts';
import { ShapeDecoder } from '../../src/anneal/shape-decoder.ts';
import { generate } from '../../src/families/index.ts';
import type { CoolingName } from '../../src/method/context.ts';
import { runInPlace } from '../../src/method/rounds.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import {
  exactCost,
  type Goal,
  type Instance,
  largestPruning,
  makeInstance,
  type Pruning,
  requirementOf,
  sparsityGoal,
} from '../../src/problem/index.ts';

/*
 * Small instances of every family, one to three layers, to 20 x 20, with optima that enumeration proves.
 */

const FAMILIES = ['uniform', 'half-normal', 'scaled', 'low-rank', 'planted-lines', 'planted-block', 'integer'];
const SIZES = [
  { rows: 8, cols: 8 },
  { rows: 12, cols: 14 },
  { rows: 16, cols: 20 },
  { rows: 10, cols: 10, layers: 2 },
  { rows: 6, cols: 9, layers: 3 },
];
const SPARSITIES = ['0.3', '0.6', '0.93'];
/** The annealing's settings were chosen on seed 1; these instances are held out. */
const SEED = 2;
/** Moves that suffice at these sizes: seconds for all instances. */
const SELECTION_WORK = 400_000;
const SHAPE_WORK = 20_000;
const SHARE = 0.99;

interface Case {
  readonly label: string;
  readonly instance: Instance;
  readonly goal: Goal;
  readonly start: Pruning;
  readonly optimum: bigint;
  /** What the optimum keeps. */
  readonly kept: number;
}

const cases: Case[] = [];

beforeAll(() => {
  const add = (label: string, instance: Instance, sparsity: string) => {
    const goal = sparsityGoal(instance, sparsity);
    const { pruning, status, kept } = solveSync(instance, { method: 'enumerate', goal });
    expect(status).toBe('optimal');
    const optimum = exactCost(instance, pruning!).cost;
    const start = largestPruning(instance, requirementOf(instance, goal));
    cases.push({ label, instance, goal, start, optimum, kept: kept! });
  };
  for (const family of FAMILIES) {
    for (const size of SIZES) {
      for (const sparsity of SPARSITIES) {
        const label = `${family} ${size.rows} x ${size.cols} x ${size.layers ?? 1} at ${sparsity}`;
        add(label, generate(family, { ...size, seed: SEED }), sparsity);
      }
    }
    add(`${family} 20 x 20`, generate(family, { rows: 20, cols: 20, seed: SEED }), '0.6');
  }
}, 120_000);

function missesOf(method: string, workLimit: number, cooling?: CoolingName): string[] {
  return cases.flatMap(({ label, instance, goal, start, optimum }) => {
    const { pruning } = solveSync(instance, { method, goal, workLimit, start, cooling });
    return exactCost(instance, pruning!).cost === optimum ? [] : [label];
  });
}

describe('from the trivial pruning', () => {
  it.each([
    ['anneal-selection', SELECTION_WORK, 'geometric'],
    ['anneal-selection', SELECTION_WORK, 'adaptive'],
    ['anneal-shape', SHAPE_WORK, undefined],
  ] as const)(
    '%s finds the optimum of at least 99% at %i moves',
    (method, workLimit, cooling) => {
      const misses = missesOf(method, workLimit, cooling);
      console.log(
        `${method} ${cooling ?? ''}: ${cases.length - misses.length} of ${cases.length} optima. Missed: ${misses.join('; ')}`,
      );
      expect(cases.length).toBeGreaterThan(100);
      expect(1 - misses.length / cases.length).toBeGreaterThanOrEqual(SHARE);
    },
    240_000,
  );
});

describe('shape annealing without perturbation and descent', () => {
  /** The best that the plain decoder can do: over all shapes of one layer. */
  function ceiling(instance: Instance, goal: Goal): number {
    const problem = selectionProblem(instance, requirementOf(instance, goal));
    const decoder = new ShapeDecoder(problem, 1);
    const { rows, cols } = instance.layers[0]!;
    let best = 0;
    for (let a = 1; a <= rows; a++) {
      for (let b = 1; b <= cols && a * b <= problem.capacity; b++) best = Math.max(best, decoder.weight(0, a, b, 0));
    }
    return best;
  }

  function plain({ instance, goal, start }: Case): number {
    const problem = selectionProblem(instance, requirementOf(instance, goal));
    const run = new ShapeRun(problem, { seed: 1, workLimit: SHAPE_WORK, start, variants: 0, descent: false });
    runInPlace(run, (task: Parameters<typeof performShape>[1]) => performShape(problem, task));
    return run.data.bestDecoded;
  }

  it('finds the best decoded value of at least 99%, which is not always the optimum', () => {
    const single = cases.filter(({ instance }) => instance.layers.length === 1);
    let found = 0;
    let optimal = 0;
    for (const one of single) {
      const best = ceiling(one.instance, one.goal);
      const got = plain(one);
      expect(got).toBeLessThanOrEqual(best);
      if (got === best) found++;
      expect(best).toBeLessThanOrEqual(one.kept * (1 + 1e-12));
      if (best >= one.kept * (1 - 1e-12)) optimal++;
    }
    const share = ((100 * optimal) / single.length).toFixed(1);
    console.log(
      `shapes: best decoded value on ${found} of ${single.length}; the decoder's ceiling is ${share}% optima`,
    );
    expect(found / single.length).toBeGreaterThanOrEqual(SHARE);
    expect(optimal).toBeLessThan(single.length);
  }, 120_000);

  it('stays below the optimum on the tight instance, which perturbation or descent find', () => {
    const e = 2 ** -10;
    const importance = [1, 0, 0, 0, 0, 1 - e, 0, 1 - e, 3];
    const instance = makeInstance([{ name: 'tight', rows: 3, cols: 3, importance }]);
    const goal = { target: 5 };
    const start = largestPruning(instance, requirementOf(instance, goal));
    const total = importance.reduce((sum, x) => sum + x, 0);
    expect(total - ceiling(instance, goal)).toBe(2 - 2 * e);
    expect(solveSync(instance, { method: 'anneal-shape', goal, start }).cost).toBe(1);
  });
});

describe('both', () => {
  it.each(['anneal-selection', 'anneal-shape'])('%s: zero work returns the start; more is never worse', (method) => {
    for (const { instance, goal } of cases.slice(0, 20)) {
      const start = solveSync(instance, { method: 'random', goal, seed: 4 }).pruning!;
      const none = solveSync(instance, { method, goal, start, workLimit: 0 });
      expect(none).toMatchObject({ pruning: start, work: 0, stopReason: 'workLimit' });
      let last = exactCost(instance, start).cost;
      const told: bigint[] = [];
      const onIncumbent = (pruning: Pruning) => told.push(exactCost(instance, pruning).cost);
      const some = solveSync(instance, { method, goal, start, workLimit: 5000, onIncumbent });
      expect(some.work).toBeLessThanOrEqual(5000);
      for (const cost of told.slice(1)) {
        expect(cost < last).toBe(true);
        last = cost;
      }
      expect(exactCost(instance, some.pruning!).cost).toBe(last);
    }
  });

  it('keep the guarantee and the bound of the 2-approximation that they start from', () => {
    const { instance, goal } = cases[1]!;
    const residual = solveSync(instance, { method: 'residual', goal });
    for (const method of ['anneal-selection', 'anneal-shape']) {
      const { guarantee, dualBound } = solveSync(instance, { method, goal, workLimit: 2000 });
      expect(guarantee).toBeLessThanOrEqual(2);
      expect(dualBound).toBe(residual.dualBound);
    }
  });
});

it('decodes on one cache a seed', () => {
  const problem = selectionProblem(cases[0]!.instance, requirementOf(cases[0]!.instance, cases[0]!.goal));
  expect(decoderOf(problem, 1)).toBe(decoderOf(problem, 1));
  expect(decoderOf(problem, 1)).not.toBe(decoderOf(problem, 2));
});
