import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { independent } from '../../src/approx/independent-sums.ts';
import { residual, residualColumnsFirst, residualRowsFirst } from '../../src/approx/residual-sums.ts';
import { type Instance, makeInstance, removedEntries, requirementOf } from '../../src/problem/index.ts';
import { arbitraryCase } from '../reference/arbitraries.ts';
import { bruteForce, costOf } from '../reference/brute-force.ts';

/*
 * What the approximations state beside their pruning: the price, as a lower bound on twice the optimum, and the factor.
 */

const APPROXIMATIONS = [independent, residual, residualRowsFirst, residualColumnsFirst];
const answerOf = (method: (typeof APPROXIMATIONS)[number], instance: Instance, target: number) =>
  method.run(instance, requirementOf(instance, { target }), { seed: 1 });

/** Sums of lines, least first. */
function leastFirst(instance: Instance, kind: 'rows' | 'columns'): bigint[] {
  const layer = instance.layers[0]!;
  const sums = Array.from({ length: kind === 'rows' ? layer.rows : layer.cols }, (_, line) =>
    costOf(instance, {
      layers: [
        {
          removedRows: Uint32Array.from(kind === 'rows' ? [line] : []),
          removedColumns: Uint32Array.from(kind === 'rows' ? [] : [line]),
        },
      ],
    }),
  );
  return sums.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Least surrogate of any allowed shape of the only layer that meets the target. */
function leastSurrogate(instance: Instance, target: number): bigint {
  const layer = instance.layers[0]!;
  const sum = (values: bigint[]) => values.reduce((total, value) => total + value, 0n);
  const [rowSums, columnSums] = [leastFirst(instance, 'rows'), leastFirst(instance, 'columns')];
  const prices: bigint[] = [];
  for (let rows = 0; rows <= layer.rows - layer.minKeptRows; rows++) {
    for (let columns = 0; columns <= layer.cols - layer.minKeptColumns; columns++) {
      if (removedEntries(layer, { rows, columns }) * layer.unitsPerEntry < target) continue;
      prices.push(sum(rowSums.slice(0, rows)) + sum(columnSums.slice(0, columns)));
    }
  }
  return prices.reduce((least, price) => (price < least ? price : least));
}

describe('the approximations', () => {
  it('bound twice the optimum by their price: the least surrogate, or what they cost', () => {
    fc.assert(
      fc.property(arbitraryCase({ mostLines: 10, mostLayers: 1 }), ({ instance, goal }) => {
        const surrogate = answerOf(independent, instance, goal.target);
        expect(surrogate).toMatchObject({ dualDivisor: 2n, guarantee: 2 });
        expect(surrogate.dualBound).toBe(leastSurrogate(instance, goal.target));
        for (const method of [residual, residualRowsFirst, residualColumnsFirst]) {
          const answer = answerOf(method, instance, goal.target);
          expect(answer).toMatchObject({ dualDivisor: 2n, guarantee: 2 });
          expect(answer.dualBound).toBe(costOf(instance, answer.pruning!));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('lose next to nothing to importances far above what they remove', () => {
    // Entries of 2^100 and more beside some of 2^-60: no two limbs hold both, but no 2^100 need be removed.
    const small = fc.integer({ min: 1, max: 2 ** 24 }).map((n) => n * 2 ** -60);
    const large = fc.integer({ min: 1, max: 2 ** 24 }).map((n) => n * 2 ** 100);
    const instances = fc
      .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 }))
      .chain(([rows, cols]) =>
        fc.tuple(
          fc.constant({ rows, cols }),
          fc.array(small, { minLength: cols, maxLength: cols }),
          fc.array(large, { minLength: (rows - 1) * cols, maxLength: (rows - 1) * cols }),
        ),
      )
      .map(([{ rows, cols }, first, rest]) =>
        makeInstance([{ name: 'a', rows, cols, importance: [...first, ...rest] }]),
      );
    fc.assert(
      fc.property(instances, (instance) => {
        const target = instance.layers[0]!.cols; // the first row
        const optimum = bruteForce(instance, { target })!.cost;
        for (const method of APPROXIMATIONS) {
          const { pruning, dualBound, guarantee } = answerOf(method, instance, target);
          expect(costOf(instance, pruning!)).toBe(optimum);
          expect(dualBound! <= 2n * optimum).toBe(true);
          expect(dualBound! * 2n ** 30n >= optimum * (2n ** 30n - 1n)).toBe(true);
          expect(guarantee).toBeGreaterThanOrEqual(2);
          expect(guarantee).toBeLessThan(2 + 2 ** -30);
        }
      }),
    );
  });

  it('state a factor above 2 exactly where importances that go together had to be rounded', () => {
    const importance = [2 ** -149, 2 ** -149, 3e38, 1e38];
    const instance = makeInstance([{ name: 'a', rows: 2, cols: 2, importance }]);
    for (const method of APPROXIMATIONS) {
      // The first row alone: above a cap nothing is left to round.
      expect(answerOf(method, instance, 2)).toMatchObject({ guarantee: 2, dualBound: 2n });
      const all = answerOf(method, instance, 4);
      expect(all.guarantee).toBeGreaterThan(2);
      expect(all.guarantee).toBeLessThan(2 + 2 ** -40);
      const total = costOf(instance, all.pruning!);
      expect(all.dualBound! < total).toBe(true);
      expect(all.dualBound! * 2n ** 40n > total * (2n ** 40n - 1n)).toBe(true);
    }
  });

  it('say what they are', () => {
    expect(APPROXIMATIONS.map(({ name }) => name)).toEqual([
      'independent',
      'residual',
      'residual-rows-first',
      'residual-columns-first',
    ]);
    for (const { summary } of APPROXIMATIONS) expect(summary).toMatch(/^2-approximation: \w+/);
  });
});
