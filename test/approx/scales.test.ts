import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { independent } from '../../src/approx/independent-sums.ts';
import { independentMenu, residualMenu } from '../../src/approx/menu.ts';
import { residual } from '../../src/approx/residual-sums.ts';
import { columnsOnly, rowsOnly } from '../../src/baselines/one-kind.ts';
import { check } from '../../src/certify/index.ts';
import { readInstance, readPruning } from '../../src/formats/index.ts';
import { type Menu, menuHigh, menuLow, menuUnits } from '../../src/knapsack/menu.ts';
import { chooseShapes } from '../../src/knapsack/shape-choice.ts';
import { SIDES } from '../../src/layer/side.ts';
import { type Instance, makeInstance, requirementOf } from '../../src/problem/index.ts';
import { ceilQuotient, floorQuotient } from '../../src/problem/quotient.ts';
import { fixedPointOf, lineSums, toExact } from '../../src/sums/fixed-point.ts';
import { bruteForce, costOf, exact } from '../reference/brute-force.ts';

/*
 * Layers whose units and importances are of very different sizes. A multiplier that suits a layer of one unit per entry, times
 * the units of a layer of 2^40 per entry, is far above all prices: what is rounded relative to that product must not decide.
 * The reference is every choice of shapes, in BigInt arithmetic.
 */

/** One case in eight: see test/mutation/few-runs.ts. */
const isFast = process.env.FAST_LAWS !== undefined;

const share = fc.double({ min: 0, max: 1, noNaN: true });
const UNITS = [1, 1, 3, 2 ** 20, 2 ** 40, 2 ** 40 + 1, 2 ** 44 - 1];
/** Few values, so that sums tie; values of all 24 bits, so that they do not. */
const values = [fc.nat({ max: 3 }), fc.integer({ min: 0, max: 2 ** 24 - 1 })];

const arbitraryLayer = (mostLines: number, value: fc.Arbitrary<number>) =>
  fc
    .record({ rows: fc.integer({ min: 1, max: mostLines }), cols: fc.integer({ min: 1, max: mostLines }) })
    .chain(({ rows, cols }) =>
      fc
        .record({
          entries: fc.array(value, { minLength: rows * cols, maxLength: rows * cols }),
          scale: fc.integer({ min: -20, max: 20 }).map((exponent) => 2 ** exponent),
          unitsPerEntry: fc.constantFrom(...UNITS),
          minKeptRows: fc.constantFrom(0, 0, 1, rows),
          minKeptColumns: fc.constantFrom(0, 0, 1, cols),
        })
        .map(({ entries, scale, ...rest }) => ({ ...rest, rows, cols, importance: entries.map((x) => x * scale) })),
    );

/** An instance and a target that is what some choice of shapes removes, a unit less or a unit more. */
const cases = (mostLines: number, mostLayers = 4) =>
  fc
    .tuple(fc.integer({ min: 2, max: mostLayers }), fc.constantFrom(...values))
    .chain(([layers, value]) => {
      const lines = Math.max(2, Math.floor(mostLines / layers / 2));
      const layer = arbitraryLayer(lines, value);
      return fc.tuple(fc.array(layer, { minLength: layers, maxLength: layers }), fc.array(share, { minLength: 8 }));
    })
    .chain(([layers, shares]) => {
      const instance = makeInstance(layers.map((layer, l) => ({ ...layer, name: `layer${l}` })));
      const { ranges, mostRemovable } = requirementOf(instance, { target: 0 });
      const exactly = instance.layers.reduce((sum, { rows, cols, unitsPerEntry }, l) => {
        const removedRows = Math.round(shares[(2 * l) % shares.length]! * ranges[l]!.maxRows);
        const removedColumns = Math.round(shares[(2 * l + 1) % shares.length]! * ranges[l]!.maxColumns);
        return sum + (rows * cols - (rows - removedRows) * (cols - removedColumns)) * unitsPerEntry;
      }, 0);
      return fc
        .constantFrom(0, 0, -1, 1)
        .map((off) => ({ instance, target: Math.max(0, Math.min(mostRemovable, exactly + off)) }));
    });

function menusOf(instance: Instance, isResidual: boolean): { menus: Menu[][]; most: number } {
  const scale = fixedPointOf(instance);
  expect(scale.exact).toBe(true);
  const { ranges } = requirementOf(instance, { target: 0 });
  const menus = instance.layers.map((layer, l) => {
    const sums = lineSums(layer, scale);
    if (!isResidual) return [independentMenu(layer, ranges[l]!, sums)];
    return SIDES.map((outerSide) => residualMenu(layer, ranges[l]!, scale, sums, outerSide));
  });
  return { menus, most: scale.most };
}

/** The least price of all choices, shape by shape. */
function leastPrice(layers: readonly Menu[][], target: number): bigint {
  let totals: { units: bigint; price: bigint }[] = [{ units: 0n, price: 0n }];
  for (const menus of layers) {
    const next = new Map<bigint, bigint>(); // units -> least price: of equal units only the cheapest counts
    for (const menu of menus) {
      for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++) {
        for (let inner = menu.minInner; inner <= menu.maxInner; inner++) {
          const own = toExact(menuHigh(menu, outer, inner), menuLow(menu, outer, inner));
          const ownUnits =
            BigInt(outer * menu.innerLines + inner * (menu.outerLines - outer)) * BigInt(menu.unitsPerEntry);
          for (const total of totals) {
            const units = total.units + ownUnits;
            const price = total.price + own;
            const known = next.get(units);
            if (known === undefined || price < known) next.set(units, price);
          }
        }
      }
    }
    totals = Array.from(next, ([units, price]) => ({ units, price }));
  }
  const reached = totals.filter(({ units }) => units >= BigInt(target)).map(({ price }) => price);
  return reached.reduce((least, price) => (price < least ? price : least));
}

describe.each([true, false])('the knapsack between layers of all scales, residual prices: %s', (isResidual) => {
  it('finds the least price', () => {
    fc.assert(
      fc.property(cases(26), ({ instance, target }) => {
        const { menus, most } = menusOf(instance, isResidual);
        const { choices, high, low, slack } = chooseShapes(menus, target, most);
        expect(slack).toBe(0);
        expect(toExact(high, low)).toBe(leastPrice(menus, target));
        const units = choices.reduce((sum, { menu, outer, inner }) => sum + menuUnits(menu, outer, inner), 0);
        expect(units).toBeGreaterThanOrEqual(target);
      }),
      { numRuns: 3000 },
    );
  });

  it('states a distance that holds, and merges no more pairs than allowed', () => {
    let stopped = 0;
    fc.assert(
      fc.property(cases(26), fc.constantFrom(1, 4, 8, 16, 32, 64, 128), ({ instance, target }, mostPairs) => {
        const { menus, most } = menusOf(instance, isResidual);
        const { high, low, slack, work } = chooseShapes(menus, target, most, mostPairs);
        expect(work).toBeLessThanOrEqual(mostPairs);
        const price = toExact(high, low);
        const least = leastPrice(menus, target);
        if (slack === 0) expect(price).toBe(least);
        if (slack === 0 || slack === Infinity) return;
        stopped++;
        // A double is an integer over 2^1074.
        const numerator = BigInt(slack >= 2 ** -60 ? Math.floor(slack * 2 ** 112) : Math.floor(slack * 2 ** 900));
        const one = slack >= 2 ** -60 ? 2n ** 112n : 2n ** 900n;
        expect(price * one <= least * (one + numerator)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(stopped).toBeGreaterThan(isFast ? 5 : 50);
  });
});

describe('the limit on merged pairs', () => {
  it('is met to the pair: what a run needs suffices, one less does not', () => {
    fc.assert(
      fc.property(cases(26), ({ instance, target }) => {
        const { menus, most } = menusOf(instance, true);
        const free = chooseShapes(menus, target, most);
        // Shapes listed count as well: by so many at least the limit must exceed them.
        const shapes = menus.flat().reduce((sum, menu) => sum + (menu.maxOuter + 1) * (menu.maxInner + 1), 0);
        const enough = Math.max(free.work, shapes);
        expect(chooseShapes(menus, target, most, enough)).toEqual(free);
        const short = chooseShapes(menus, target, most, free.work - 1);
        expect(short.slack).toBeGreaterThan(0);
        expect(short.work).toBeLessThan(free.work);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the approximations at all scales', () => {
  it('cost at most their guarantee times the optimum, and bound it from below', () => {
    fc.assert(
      fc.property(cases(12, 3), ({ instance, target }) => {
        const requirement = requirementOf(instance, { target });
        const optimum = bruteForce(instance, { target })!.cost;
        for (const { run } of [independent, residual]) {
          const { pruning, guarantee, dualBound, dualDivisor } = run(instance, requirement, { seed: 1 });
          expect(guarantee).toBe(2);
          expect(costOf(instance, pruning!) <= 2n * optimum).toBe(true);
          expect(dualBound! <= dualDivisor! * optimum).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('where all of a layer of many units must go, and price x units is far above all prices', () => {
  const folder = fileURLToPath(new URL('../../instances/regression/', import.meta.url));
  const methods = [independent, residual, rowsOnly, columnsOnly];

  it('units-above-prices: nothing needless is removed', async () => {
    const instance = await readInstance(`${folder}units-above-prices.json`);
    const stored = await readPruning(`${folder}units-above-prices.pruning.json`, instance);
    const target = instance.target!;
    expect(exact(stored.cost!)).toBe(bruteForce(instance, { target })!.cost);
    expect(check(instance, { target }, stored.pruning, stored).reason).toBeNull();
    for (const { run } of methods) {
      const { pruning } = run(instance, requirementOf(instance, { target }), { seed: 1 });
      expect(costOf(instance, pruning!)).toBe(exact(stored.cost!));
    }
  });

  it('methods that are exact on layers of one row find the optimum', () => {
    const large = fc.record({
      unitsPerEntry: fc.integer({ min: 2 ** 36, max: 2 ** 46 }),
      importance: fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 4 }),
    });
    const small = fc.record({
      unitsPerEntry: fc.integer({ min: 1, max: 3 }),
      importance: fc.integer({ min: 1, max: 2 ** 16 }).map((x) => [x]),
    });
    const layers = fc.tuple(
      fc.array(large, { minLength: 1, maxLength: 2 }),
      fc.array(small, { minLength: 2, maxLength: 4 }),
    );
    fc.assert(
      fc.property(layers, share, ([many, few], part) => {
        const list = [...many, ...few].map((own, l) => ({
          ...own,
          name: `layer${l}`,
          rows: 1,
          cols: own.importance.length,
        }));
        const instance = makeInstance(list);
        const units = (own: readonly (typeof list)[number][]) =>
          own.reduce((sum, { cols, unitsPerEntry }) => sum + cols * unitsPerEntry, 0);
        const ofMany = units(list.slice(0, many.length));
        const target = ofMany + Math.round((units(list) - ofMany) * part);
        const optimum = bruteForce(instance, { target })!.cost;
        for (const { run } of methods) {
          const { pruning } = run(instance, requirementOf(instance, { target }), { seed: 1 });
          expect(costOf(instance, pruning!)).toBe(optimum);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('quotients of counts', () => {
  it('round to the right integer, although division rounds first', () => {
    const most = 2 ** 53 - 1;
    const near = fc.tuple(
      fc.integer({ min: 1, max: 2 ** 26 }),
      fc.integer({ min: 1, max: 2 ** 26 }),
      fc.integer({ min: -2, max: 2 }),
    );
    const pairs = fc.oneof(
      fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: most })),
      fc.tuple(fc.integer({ min: most - 100, max: most }), fc.integer({ min: 1, max: 100 })),
      near.map(([a, b, off]) => [a * b + off, b] as [number, number]), // about an integer
    );
    fc.assert(
      fc.property(pairs, ([dividend, divisor]) => {
        const [a, b] = [BigInt(dividend), BigInt(divisor)];
        const floor = (a - (((a % b) + b) % b)) / b;
        expect(BigInt(floorQuotient(dividend, divisor))).toBe(floor);
        expect(BigInt(ceilQuotient(dividend, divisor))).toBe(floor * b === a ? floor : floor + 1n);
      }),
      { numRuns: 3000 },
    );
  });
});
