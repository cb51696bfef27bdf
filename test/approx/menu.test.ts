import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { independentMenu, oneKindMenu, residualMenu } from '../../src/approx/menu.ts';
import { choiceShape, type Menu, menuHigh, menuLow, menuUnits } from '../../src/knapsack/menu.ts';
import { COLUMNS, ROWS } from '../../src/layer/side.ts';
import { type Instance, makeInstance, type ShapeRange } from '../../src/problem/index.ts';
import { fixedPointOf, lineSums, toExact } from '../../src/sums/fixed-point.ts';
import { costOf } from '../reference/brute-force.ts';

/*
 * Menus shape by shape: what a menu asks for a shape is what the least lines of that shape cost, taken anew from the
 * entries. Distinct powers of two leave no ties, and span more than one limb of the fixed-point sums holds.
 */

const cases = fc
  .record({
    rows: fc.integer({ min: 1, max: 5 }),
    cols: fc.integer({ min: 1, max: 5 }),
    unitsPerEntry: fc.integer({ min: 1, max: 3 }),
    step: fc.constantFrom(1, 3), // up to 25 bits between entries: one limb; up to 75: two
    from: fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })),
    to: fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })),
  })
  .chain((size) => {
    const entries = size.rows * size.cols;
    const order = fc.shuffledSubarray([...Array(entries).keys()], { minLength: entries, maxLength: entries });
    return order.map((ranks) => {
      const importance = ranks.map((rank) => 2 ** (size.step * rank));
      const instance = makeInstance([{ name: 'a', ...size, importance }]);
      const [minRows, maxRows] = [size.from[0], size.to[0]].map((r) => Math.min(r, size.rows)).sort();
      const [minColumns, maxColumns] = [size.from[1], size.to[1]].map((c) => Math.min(c, size.cols)).sort();
      const range = { minRows, maxRows, minColumns, maxColumns } as ShapeRange;
      return { instance, range };
    });
  });

const allLines = (length: number) => [...Array(length).keys()];
const costOfLines = (instance: Instance, rows: number[], columns: number[]) =>
  costOf(instance, { layers: [{ removedRows: Uint32Array.from(rows), removedColumns: Uint32Array.from(columns) }] });

/** Lines in the order of a cost. */
const ordered = (length: number, cost: (line: number) => bigint) =>
  allLines(length).sort((a, b) => (cost(a) < cost(b) ? -1 : 1));

function expectPrices(menu: Menu, range: ShapeRange, priceOf: (rows: number, columns: number) => bigint): void {
  for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++) {
    for (let inner = menu.minInner; inner <= menu.maxInner; inner++) {
      const { rows, columns } = choiceShape({ menu, outer, inner });
      expect([rows, columns]).toEqual(menu.outerSide === ROWS ? [outer, inner] : [inner, outer]);
      expect(rows >= range.minRows && rows <= range.maxRows).toBe(true);
      expect(columns >= range.minColumns && columns <= range.maxColumns).toBe(true);
      const price = priceOf(rows, columns);
      expect(toExact(menuHigh(menu, outer, inner), menuLow(menu, outer, inner))).toBe(price);
      expect(menuHigh(menu, outer, inner) + menuLow(menu, outer, inner)).toBe(Number(price) / 2 ** 149);
    }
  }
}

describe('menus without ties', () => {
  const prepared = cases.map(({ instance, range }) => {
    const layer = instance.layers[0]!;
    const scale = fixedPointOf(instance);
    const rowOrder = ordered(layer.rows, (row) => costOfLines(instance, [row], []));
    const columnOrder = ordered(layer.cols, (column) => costOfLines(instance, [], [column]));
    return { instance, range, layer, scale, sums: lineSums(layer, scale), rowOrder, columnOrder };
  });

  it('count the units that their shapes remove', () => {
    fc.assert(
      fc.property(prepared, ({ layer, range, scale, sums }) => {
        const menus = [independentMenu(layer, range, sums), residualMenu(layer, range, scale, sums, COLUMNS)];
        for (const menu of menus) {
          for (let outer = 0; outer <= menu.maxOuter; outer++) {
            for (let inner = 0; inner <= menu.maxInner; inner++) {
              const { rows, columns } = choiceShape({ menu, outer, inner });
              const kept = (layer.rows - rows) * (layer.cols - columns);
              expect(menuUnits(menu, outer, inner)).toBe((layer.rows * layer.cols - kept) * layer.unitsPerEntry);
            }
          }
        }
      }),
    );
  });

  it('of independent sums ask for the surrogate', () => {
    fc.assert(
      fc.property(prepared, ({ instance, layer, range, sums, rowOrder, columnOrder }) => {
        const menu = independentMenu(layer, range, sums);
        expect([menu.minOuter, menu.maxOuter]).toEqual([range.minRows, range.maxRows]);
        expect([menu.minInner, menu.maxInner]).toEqual([range.minColumns, range.maxColumns]);
        expectPrices(
          menu,
          range,
          (rows, columns) =>
            costOfLines(instance, rowOrder.slice(0, rows), []) +
            costOfLines(instance, [], columnOrder.slice(0, columns)),
        );
      }),
    );
  });

  it('of residual sums ask for the cost, either order', () => {
    fc.assert(
      fc.property(prepared, ({ instance, layer, range, scale, sums, rowOrder, columnOrder }) => {
        const rowsFirst = residualMenu(layer, range, scale, sums, ROWS);
        expect([rowsFirst.minOuter, rowsFirst.maxOuter]).toEqual([range.minRows, range.maxRows]);
        expectPrices(rowsFirst, range, (rows, columns) => {
          const first = rowOrder.slice(0, rows);
          const second = ordered(layer.cols, (column) => costOfLines(instance, first, [column])).slice(0, columns);
          return costOfLines(instance, first, second);
        });
        const columnsFirst = residualMenu(layer, range, scale, sums, COLUMNS);
        expect([columnsFirst.minOuter, columnsFirst.maxOuter]).toEqual([range.minColumns, range.maxColumns]);
        expectPrices(columnsFirst, range, (rows, columns) => {
          const first = columnOrder.slice(0, columns);
          const second = ordered(layer.rows, (row) => costOfLines(instance, [row], first)).slice(0, rows);
          return costOfLines(instance, second, first);
        });
      }),
    );
  });

  it('of one kind ask for the cost of its lines and offer none of the other', () => {
    fc.assert(
      fc.property(prepared, ({ instance, layer, range, sums, rowOrder, columnOrder }) => {
        const free = { ...range, minRows: 0, minColumns: 0 };
        const rowsOnly = oneKindMenu(layer, free, sums, ROWS);
        expect([rowsOnly.maxOuter, rowsOnly.maxInner]).toEqual([0, range.maxRows]);
        expectPrices(rowsOnly, free, (rows) => costOfLines(instance, rowOrder.slice(0, rows), []));
        const columnsOnly = oneKindMenu(layer, free, sums, COLUMNS);
        expect([columnsOnly.maxOuter, columnsOnly.maxInner]).toEqual([0, range.maxColumns]);
        expectPrices(columnsOnly, free, (_, columns) => costOfLines(instance, [], columnOrder.slice(0, columns)));
      }),
    );
  });
});
