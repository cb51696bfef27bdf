import { describe, expect, it } from 'vitest';
import { residualMenus } from '../../src/approx/residual-sums.ts';
import { generate } from '../../src/families/index.ts';
import { chooseShapes } from '../../src/knapsack/shape-choice.ts';
import { requirementOf } from '../../src/problem/index.ts';
import { fixedPointOf, lineSums } from '../../src/sums/fixed-point.ts';

/*
 * Work is counted in merged pairs, the same on every machine: it stands in results, and limits are given in it. So these
 * numbers are part of what a release promises; a change of the search that lowers them restates them.
 */

describe('the work of the knapsack between layers', () => {
  it.each([
    ['half-normal', 2, 3474],
    ['half-normal', 4, 2654],
    ['half-normal', 8, 2142],
    ['scaled', 2, 700],
    ['scaled', 4, 1985],
    ['scaled', 8, 1054],
    ['integer', 2, 1179],
    ['integer', 4, 2502],
    ['integer', 8, 10_928],
  ])('on %s, %i layers, is %i pairs', (family, layers, work) => {
    let merged = 0;
    for (let seed = 1; seed <= 3; seed++) {
      const instance = generate(family, { rows: 12, cols: 12, layers, seed });
      const scale = fixedPointOf(instance);
      const { ranges, mostRemovable } = requirementOf(instance, { target: 0 });
      const menus = instance.layers.map((layer, l) => residualMenus(layer, ranges[l]!, scale, lineSums(layer, scale)));
      for (const share of [0.1, 0.6, 0.95]) {
        const choice = chooseShapes(menus, Math.round(mostRemovable * share), scale.most);
        expect(choice.slack).toBe(0);
        merged += choice.work;
      }
    }
    expect(merged).toBe(work);
  });
});
