import { describe, expect, it } from 'vitest';
import type { Method } from '../../src/method/method.ts';
import { largestPruning } from '../../src/problem/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import { searchWorstCase, supremum, worstCases } from '../../src/worst-case/index.ts';
import { METHODS } from '../methods.ts';
import { bruteForce, exact } from '../reference/brute-force.ts';

const methodOf = (name: string) => METHODS.find((method) => method.name === name)!;

describe('the adversarial search', () => {
  it.each([1, 2, 3])(
    'finds ratio 1.9 and more of the residual algorithm on 3 x 3 from random starts, seed %i',
    (seed) => {
      const found = searchWorstCase(methodOf('residual'), { seed, work: 20_000 });
      expect(found.ratio).toBeGreaterThanOrEqual(1.9);
      expect(found.ratio).toBeLessThanOrEqual(2);
      // Both figures again, by others.
      const { instance, goal, cost, optimum } = found;
      expect(solveSync(instance, { method: 'residual', goal }).cost).toBe(cost);
      expect(bruteForce(instance, goal)!.cost).toBe(exact(1) * BigInt(optimum));
    },
    30_000,
  );

  it('never passes a supremum', { timeout: 60_000 }, () => {
    const cases = [
      ['residual-rows-first', 2, 3, 1, 2],
      ['residual', 2, 3, 1, 1],
      ['residual', 3, 3, 2, 2],
      ['residual', 2, 5, 1, 3],
      ['alternating', 3, 4, 1, 3],
      ['independent', 2, 2, 1, 1],
    ] as const;
    for (const [algorithm, rows, cols, removedRows, removedColumns] of cases) {
      const goal = { shape: { rows: removedRows, columns: removedColumns } };
      const { ratio } = searchWorstCase(methodOf(algorithm), { rows, cols, goal, work: 6000 });
      const limit = supremum(algorithm, { rows, cols, removedRows, removedColumns });
      expect(ratio, algorithm).toBeLessThanOrEqual(limit + 1e-12);
      expect(ratio - 1, algorithm).toBeGreaterThan((limit - 1) / 2);
    }
  });

  it('replays from its seed and counts its work', () => {
    const run = (seed: number) => searchWorstCase(methodOf('residual'), { rows: 4, cols: 3, seed, work: 500 });
    expect(run(7)).toEqual(run(7));
    expect(run(8).instance).not.toEqual(run(7).instance);
    expect(run(7).work).toBe(500);
    const ratios = [...worstCases(methodOf('residual'), { work: 300 })].map(({ ratio }) => ratio);
    expect(ratios).toHaveLength(300);
    expect(ratios).toEqual(ratios.toSorted((a, b) => a - b));
  });

  it('finds that removing everything has no factor', () => {
    const everything: Method = {
      name: 'everything',
      summary: '',
      run: (instance, requirement) => ({ pruning: largestPruning(instance, requirement) }),
    };
    const { ratio } = searchWorstCase(everything, { goal: { target: 1 }, work: 20_000 });
    expect(ratio).toBe(Infinity); // a zero row or column, and something else
  });

  it('refuses matrices that it cannot enumerate, goals that do not fit, methods that do not meet them', () => {
    const residual = methodOf('residual');
    expect(() => searchWorstCase(residual, { rows: 13, cols: 13 })).toThrow(/shorter side/);
    expect(() => searchWorstCase(residual, { rows: 0 })).toThrow(/rows/);
    expect(() => searchWorstCase(residual, { goal: { target: 10 } })).toThrow(/at most 9/);
    expect(() => searchWorstCase(residual, { mostEntry: 0 })).toThrow(/largest entry/);
    expect(() => searchWorstCase(methodOf('rows-only'), { goal: { shape: { rows: 1, columns: 1 } } })).toThrow(
      /rows-only/,
    );
  });
});
