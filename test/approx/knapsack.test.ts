import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { independentMenu } from '../../src/approx/menu.ts';
import { menuHigh, menuLow, menuUnits } from '../../src/knapsack/menu.ts';
import { chooseShapes } from '../../src/knapsack/shape-choice.ts';
import { type Instance, makeInstance, requirementOf } from '../../src/problem/index.ts';
import { fixedPointOf, lineSums, toExact } from '../../src/sums/fixed-point.ts';

/*
 * Hard knapsacks. Layers of few lines are knapsack items: a layer of one entry is the choice to remove its units at its
 * price or not to. Prices that follow the units closely (Pisinger's strongly correlated instances) leave the bound far below
 * the optimum, so that thresholds grow and lists are merged; prices that agree in all but the last of 70 bits
 * are told apart by the low limb alone.
 */

interface Item {
  readonly units: number;
  readonly importance: readonly number[];
}

const networkOf = (items: readonly Item[]): Instance =>
  makeInstance(
    items.map(({ units, importance }, l) => ({
      name: `item${l}`,
      rows: 1,
      cols: importance.length,
      importance,
      unitsPerEntry: units,
    })),
  );

const kinds: Record<string, fc.Arbitrary<Item>> = {
  'strongly correlated': fc.integer({ min: 1, max: 40 }).map((units) => ({ units, importance: [units + 10] })),
  'inversely correlated': fc.integer({ min: 11, max: 50 }).map((units) => ({ units, importance: [units - 10] })),
  'subset sum': fc.integer({ min: 1, max: 60 }).map((units) => ({ units, importance: [units] })),
  'equal but for the last bits': fc
    .record({
      units: fc.integer({ min: 1, max: 4 }),
      bits: fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 2 }),
    })
    .map(({ units, bits }) => ({ units, importance: [2 ** 30, ...bits.map((n) => n * 2 ** -40)] })),
  'several shapes': fc
    .record({
      units: fc.integer({ min: 1, max: 5 }),
      importance: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
    })
    .map(({ units, importance }) => ({ units, importance })),
};

/** Units to least price, by dynamic programming over units up to the target. */
function leastPrice(options: readonly { units: number; price: bigint }[][], target: number): bigint {
  let table = new Map([[0, 0n]]);
  for (const layer of options) {
    const next = new Map<number, bigint>();
    for (const [units, price] of table) {
      for (const option of layer) {
        const key = Math.min(target, units + option.units);
        const known = next.get(key);
        if (known === undefined || price + option.price < known) next.set(key, price + option.price);
      }
    }
    table = next;
  }
  return table.get(target)!;
}

describe.each(Object.keys(kinds))('the knapsack between layers, %s', (kind) => {
  it('finds the least price, and says which shapes have it', () => {
    const items = fc.array(kinds[kind]!, { minLength: 2, maxLength: 10 });
    fc.assert(
      fc.property(items, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const instance = networkOf(list);
        const scale = fixedPointOf(instance);
        expect(scale.exact).toBe(true);
        const { ranges, mostRemovable } = requirementOf(instance, { target: 0 });
        const target = Math.round(mostRemovable * share);
        const menus = instance.layers.map((layer, l) => [independentMenu(layer, ranges[l]!, lineSums(layer, scale))]);
        const options = menus.map(([menu]) =>
          Array.from({ length: (menu!.maxOuter + 1) * (menu!.maxInner + 1) }, (_, k) => {
            const [outer, inner] = [k % (menu!.maxOuter + 1), Math.floor(k / (menu!.maxOuter + 1))];
            const price = toExact(menuHigh(menu!, outer, inner), menuLow(menu!, outer, inner));
            return { units: menuUnits(menu!, outer, inner), price };
          }),
        );
        const { choices, high, low, slack } = chooseShapes(menus, target, scale.most);
        expect(slack).toBe(0);
        expect(toExact(high, low)).toBe(leastPrice(options, target));
        let units = 0;
        let price = 0n;
        choices.forEach(({ menu, outer, inner }, l) => {
          expect(menu).toBe(menus[l]![0]);
          units += menuUnits(menu, outer, inner);
          price += toExact(menuHigh(menu, outer, inner), menuLow(menu, outer, inner));
        });
        expect(units).toBeGreaterThanOrEqual(target);
        expect(price).toBe(toExact(high, low));
      }),
      { numRuns: 1000 },
    );
  });
});
