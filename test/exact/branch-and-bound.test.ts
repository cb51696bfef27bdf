import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generate } from '../../src/families/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import {
  exactCost,
  type Goal,
  type Instance,
  makeInstance,
  type Pruning,
  sparsityGoal,
} from '../../src/problem/index.ts';
import { arbitraryCase, arbitraryInstance } from '../reference/arbitraries.ts';
import { bruteForce, costOf, exact } from '../reference/brute-force.ts';

// Optimality on thousands of small instances is a law: test/laws.test.ts. Here is what goes beyond them.

const optimumOf = (instance: Instance, goal: Goal, method = 'branch-and-bound') => {
  const result = solveSync(instance, { method, goal });
  expect(result).toMatchObject({ status: 'optimal', stopReason: 'complete', gap: 0, guarantee: 1 });
  expect(result.dualBound).toBe(result.cost);
  return exactCost(instance, result.pruning!).cost;
};
const agree = (instance: Instance, goal: Goal) => {
  expect(optimumOf(instance, goal)).toBe(optimumOf(instance, goal, 'enumerate'));
};
const layer = (rows: number, cols: number, importance: number[], name = 'layer') => ({ name, rows, cols, importance });

describe('branch-and-bound', () => {
  it('agrees with enumeration beyond the size of brute force', () => {
    fc.assert(
      fc.property(arbitraryCase({ mostLines: 26, mostLayers: 3 }), ({ instance, goal }) => agree(instance, goal)),
      { numRuns: 400 },
    );
  }, 60_000);

  it.each(['half-normal', 'scaled', 'low-rank', 'planted-block', 'planted-lines', 'integer'])(
    'agrees with enumeration on %s',
    (family) => {
      for (const sparsity of ['0.1', '0.3', '0.5', '0.7', '0.93']) {
        agree(...caseOf(family, 14, 17, 1, sparsity));
        agree(...caseOf(family, 17, 13, 1, sparsity));
        agree(...caseOf(family, 7, 6, 3, sparsity));
      }
    },
    60_000,
  );

  it('searches trees of many nodes', () => {
    // Without its bounds, no search ends here: C(36, 18) alone is 9e9.
    const [instance, goal] = caseOf('half-normal', 36, 36, 1, '0.75');
    const { status, work } = solveSync(instance, { method: 'branch-and-bound', goal });
    expect(status).toBe('optimal');
    expect(work).toBeGreaterThan(50_000);
  }, 60_000);

  it('finds the optimum of every fixed shape', () => {
    fc.assert(
      fc.property(arbitraryInstance({ mostLines: 9, mostLayers: 1 }), (instance) => {
        const { rows, cols, minKeptRows, minKeptColumns } = instance.layers[0]!;
        for (let r = 0; r <= rows - minKeptRows; r++) {
          for (let c = 0; c <= cols - minKeptColumns; c++) {
            const goal = { shape: { rows: r, columns: c } };
            expect(optimumOf(instance, goal)).toBe(bruteForce(instance, goal)!.cost);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each<[string, Instance]>([
    ['one row', makeInstance([layer(1, 6, [5, 1, 4, 2, 3, 6])])],
    ['one column', makeInstance([layer(6, 1, [5, 1, 4, 2, 3, 6])])],
    ['one entry', makeInstance([layer(1, 1, [7])])],
    ['all zeros', makeInstance([layer(4, 5, new Array(20).fill(0))])],
    ['a constant', makeInstance([layer(5, 4, new Array(20).fill(2 ** -10))])],
    ['zero lines', makeInstance([layer(3, 4, [0, 0, 0, 0, 1, 2, 0, 3, 4, 5, 0, 6])])],
    ['1e-38 to 1e38', makeInstance([layer(3, 3, [1e38, 1e-38, 1, 1e-20, 1e20, 1e-38, 3e38, 0, 1e-45])])],
    [
      'two of them',
      makeInstance([layer(2, 3, [1e38, 1, 1, 1e-38, 1, 1], 'a'), layer(3, 2, [0, 1, 1, 0, 3, 1e-40], 'b')]),
    ],
  ])('is right at every target on %s', (_, instance) => {
    const most = instance.layers.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    for (let target = 0; target <= most; target++) {
      expect(optimumOf(instance, { target })).toBe(bruteForce(instance, { target })!.cost);
    }
    expect(solveSync(instance, { method: 'branch-and-bound', goal: { target: most + 1 } }).status).toBe('infeasible');
  });

  it('keeps its bound below the optimum and its pruning above at any work limit', () => {
    for (const [instance, goal] of [caseOf('half-normal', 15, 15, 1, '0.75'), caseOf('scaled', 8, 9, 2, '0.6')]) {
      const optimum = optimumOf(instance, goal, 'enumerate');
      for (const workLimit of [0, 1, 5, 30, 100, 300, 1000]) {
        const bounds: bigint[] = [];
        const onBound = (bound: bigint) => bounds.push(bound);
        const { dualBound, pruning, work } = solveSync(instance, {
          method: 'branch-and-bound',
          goal,
          workLimit,
          onBound,
        });
        expect(exact(dualBound) <= optimum).toBe(true);
        expect(costOf(instance, pruning!) >= optimum).toBe(true);
        expect(work).toBeLessThanOrEqual(workLimit + 2); // a node may price both its children
        for (let k = 1; k < bounds.length; k++) expect(bounds[k]! > bounds[k - 1]!).toBe(true);
        expect(bounds.every((bound) => bound <= optimum)).toBe(true);
      }
    }
  });

  it('takes a start, reports what improves it, and gives it back when nothing does', () => {
    const [instance, goal] = caseOf('half-normal', 16, 18, 1, '0.8');
    const start = solveSync(instance, { method: 'rows-only', goal }).pruning!;
    const costs: bigint[] = [costOf(instance, start)];
    const onIncumbent = (pruning: Pruning) => costs.push(costOf(instance, pruning));
    const { pruning } = solveSync(instance, { method: 'branch-and-bound', goal, start, onIncumbent });
    expect(costs.length).toBeGreaterThan(1);
    for (let k = 1; k < costs.length; k++) expect(costs[k]! < costs[k - 1]!).toBe(true);
    expect(costOf(instance, pruning!)).toBe(costs.at(-1));
    const again = solveSync(instance, { method: 'branch-and-bound', goal, start: pruning! });
    expect(again.pruning).toEqual(pruning);
  });

  it('bounds a layer that is too large to be searched', () => {
    const instance = generate('scaled', { rows: 300, cols: 400, seed: 1 });
    const goal = { shape: { rows: 100, columns: 150 } };
    const result = solveSync(instance, { method: 'branch-and-bound', goal });
    expect(result).toMatchObject({ status: 'feasible', stopReason: 'complete' });
    expect(result.gap!).toBeLessThan(0.2);
  }, 60_000);

  it('refuses more shapes than it can hold', () => {
    const instance = generate('uniform', { rows: 500, cols: 600, layers: 2, seed: 1 });
    const run = () => solveSync(instance, { method: 'branch-and-bound', goal: { target: 1 } });
    expect(run).toThrow('at most 262144 shapes in all layers, got 602202');
  });
});

function caseOf(family: string, rows: number, cols: number, layers: number, sparsity: string): [Instance, Goal] {
  const instance = generate(family, { rows, cols, layers, seed: 5 });
  return [instance, sparsityGoal(instance, sparsity)];
}
