import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneKindMenu, residualMenu } from '../../src/approx/menu.ts';
import { residual, residualColumnsFirst, residualRowsFirst } from '../../src/approx/residual-sums.ts';
import { decodeIndependent, decodeResidual } from '../../src/approx/two-approximation.ts';
import { ROWS, SIDES } from '../../src/layer/side.ts';
import { makeInstance, requirementOf } from '../../src/problem/index.ts';
import { fixedPointOf, lineSums } from '../../src/sums/fixed-point.ts';
import { bruteForce, costOf } from '../reference/brute-force.ts';

/*
 * From a choice of counts to lines, and what is stated where prices are at the edge of their range.
 */

const layerOf = (rows: number, cols: number, importance: number[]) => {
  const instance = makeInstance([{ name: 'a', rows, cols, importance }]);
  const scale = fixedPointOf(instance);
  const layer = instance.layers[0]!;
  return {
    instance,
    layer,
    scale,
    sums: lineSums(layer, scale),
    range: requirementOf(instance, { target: 0 }).ranges[0]!,
  };
};

describe('decoding', () => {
  it('takes rows for rows, whichever kind is outer', () => {
    // Row sums 12, 3, 9; column sums 11, 5, 8.
    const { layer, scale, sums, range } = layerOf(3, 3, [7, 2, 3, 1, 1, 1, 3, 2, 4]);
    const menu = oneKindMenu(layer, range, sums, ROWS); // columns are outer
    expect(decodeIndependent(layer, { menu, outer: 1, inner: 2 }, scale, sums)).toEqual({
      removedRows: Uint32Array.of(1, 2),
      removedColumns: Uint32Array.of(1),
    });
  });

  it('leaves the sums as they were, both limbs', () => {
    const entries = fc.array(fc.constantFrom(0, 3, 2 ** 30, 2 ** -40, 2 ** -39), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(entries, fc.nat({ max: 3 }), fc.nat({ max: 3 }), (importance, outer, inner) => {
        const { layer, scale, sums, range } = layerOf(3, 4, [2 ** 30, 2 ** -40, ...importance.slice(2)]);
        const before = structuredClone(sums);
        expect(scale).toMatchObject({ oneLimb: false, exact: true });
        for (const outerSide of SIDES) {
          const menu = residualMenu(layer, range, scale, sums, outerSide);
          const first = decodeResidual(layer, { menu, outer, inner }, scale, sums);
          expect(sums).toEqual(before);
          expect(decodeResidual(layer, { menu, outer, inner }, scale, sums)).toEqual(first);
        }
      }),
    );
  });
});

describe('the stated factor', () => {
  it('is 2 for a price of 0', () => {
    const { instance } = layerOf(2, 2, [0, 0, 1, 1]);
    const requirement = requirementOf(instance, { target: 2 });
    expect(residual.run(instance, requirement, { seed: 1 })).toMatchObject({ dualBound: 0n, guarantee: 2 });
  });

  it('is two last bits above 2 where next to nothing was rounded', () => {
    const { instance } = layerOf(2, 2, [2 ** -149, 2 ** -149, 3e38, 1e38]);
    const { guarantee } = residual.run(instance, requirementOf(instance, { target: 4 }), { seed: 1 });
    expect(guarantee).toBe(2 + 2 ** -50);
  });

  it('is 2 also where rounding would cost a millionth without a cap', () => {
    // Beside 2^124, two limbs end near 2^26: the first row, of sums near 2^44, would be off in its lower half.
    const small = fc.array(fc.integer({ min: 2 ** 22, max: 2 ** 24 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(small, (first) => {
        const importance = [
          ...first.map((n) => n * 2 ** 20),
          ...Array.from({ length: 6 }, (_, k) => (k + 1) * 2 ** 121),
        ];
        const { instance } = layerOf(3, 3, importance);
        const { pruning, guarantee, dualBound } = residual.run(instance, requirementOf(instance, { target: 3 }), {
          seed: 1,
        });
        expect(costOf(instance, pruning!)).toBe(bruteForce(instance, { target: 3 })!.cost);
        expect([guarantee, dualBound]).toEqual([2, costOf(instance, pruning!)]);
      }),
    );
  });
});

describe('the order of the residual methods', () => {
  it('is the one in their names: the first kind by its sums over the whole layer', () => {
    const shapes = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));
    const ranks = fc.shuffledSubarray([...Array(16).keys()], { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(shapes, ranks, ([rows, columns], order) => {
        const powers = order.map((rank) => 2 ** rank); // no ties
        const { instance, sums } = layerOf(4, 4, powers);
        const requirement = requirementOf(instance, { shape: { rows, columns } });
        const least = (values: Float64Array, count: number) =>
          Uint32Array.from([...values.keys()].sort((a, b) => values[a]! - values[b]!).slice(0, count)).sort();
        const rowsFirst = residualRowsFirst.run(instance, requirement, { seed: 1 }).pruning!.layers[0]!;
        expect(rowsFirst.removedRows).toEqual(least(sums.rowHigh, rows));
        const columnsFirst = residualColumnsFirst.run(instance, requirement, { seed: 1 }).pruning!.layers[0]!;
        expect(columnsFirst.removedColumns).toEqual(least(sums.columnHigh, columns));
      }),
    );
  });
});
