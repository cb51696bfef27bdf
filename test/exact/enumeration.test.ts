import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generate } from '../../src/families/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { exactCost, makeInstance, type Pruning, sparsityGoal } from '../../src/problem/index.ts';
import { arbitraryInstance } from '../reference/arbitraries.ts';
import { bruteForce, costOf } from '../reference/brute-force.ts';

// Optimality on thousands of instances is a law: test/laws.test.ts. Here is what only enumeration promises.

describe('enumerate', () => {
  it('finds the optimum of every fixed shape', () => {
    fc.assert(
      fc.property(arbitraryInstance({ mostLines: 9, mostLayers: 1 }), (instance) => {
        const { rows, cols, minKeptRows, minKeptColumns } = instance.layers[0]!;
        for (let r = 0; r <= rows - minKeptRows; r++) {
          for (let c = 0; c <= cols - minKeptColumns; c++) {
            const goal = { shape: { rows: r, columns: c } };
            const { pruning, status } = solveSync(instance, { method: 'enumerate', goal });
            expect(status).toBe('optimal');
            expect(costOf(instance, pruning!)).toBe(bruteForce(instance, goal)!.cost);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stays exact where importances span the whole float32 range', () => {
    const importance = [3.4e38, 2 ** -149, 2 ** -149, 1, 2 ** -148, 2 ** -149];
    const instance = makeInstance([{ name: 'a', rows: 2, cols: 3, importance }]);
    const { cost, status, dualBound } = solveSync(instance, { method: 'enumerate', goal: { target: 2 } });
    expect([status, cost, dualBound]).toEqual(['optimal', 2 ** -148, 2 ** -148]);
  });

  it('reports falling incumbents, and at a work limit the last of them without a bound', () => {
    const instance = generate('half-normal', { rows: 14, cols: 20, seed: 2 });
    const goal = sparsityGoal(instance, '0.6');
    const costs: bigint[] = [];
    const onIncumbent = (pruning: Pruning) => costs.push(exactCost(instance, pruning).cost);
    const whole = solveSync(instance, { method: 'enumerate', goal, onIncumbent });
    expect(whole).toMatchObject({ status: 'optimal', stopReason: 'complete', work: 2 ** 14 });
    expect(costs.length).toBeGreaterThan(3);
    for (let k = 1; k < costs.length; k++) expect(costs[k]! < costs[k - 1]!).toBe(true);
    costs.length = 0;
    const cut = solveSync(instance, { method: 'enumerate', goal, workLimit: 200, onIncumbent });
    expect(cut).toMatchObject({ status: 'feasible', stopReason: 'workLimit', work: 200, dualBound: 0 });
    expect(exactCost(instance, cut.pruning!).cost).toBe(costs.at(-1));
    expect(cut.cost!).toBeGreaterThan(whole.cost!);
    const resumed = solveSync(instance, { method: 'enumerate', goal, workLimit: 1, start: whole.pruning! });
    expect(resumed.cost).toBe(whole.cost);
  });

  it('refuses layers with more than 30 rows and columns', () => {
    const instance = generate('uniform', { rows: 31, cols: 32, seed: 1 });
    expect(() => solveSync(instance, { method: 'enumerate', goal: { target: 1 } })).toThrow(
      'at most 30 rows or 30 columns, got 31 x 32',
    );
  });

  it('agrees with the approximations’ bounds on instances beyond brute force', () => {
    for (const family of ['half-normal', 'scaled', 'integer', 'planted-block']) {
      for (const sparsity of ['0.2', '0.5', '0.8']) {
        const instance = generate(family, { rows: 9, cols: 11, layers: 3, seed: 4 });
        const goal = sparsityGoal(instance, sparsity);
        const optimum = solveSync(instance, { method: 'enumerate', goal });
        expect(optimum.status).toBe('optimal');
        for (const method of ['independent', 'residual', 'greedy', 'alternating', 'uniform']) {
          const result = solveSync(instance, { method, goal });
          expect(result.cost!).toBeGreaterThanOrEqual(optimum.cost!);
          expect(result.dualBound).toBeLessThanOrEqual(optimum.cost!);
        }
      }
    }
  });
});
