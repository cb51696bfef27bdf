import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  entryCount,
  type Goal,
  type Instance,
  largestPruning,
  makeInstance,
  meets,
  requirementOf,
  sparsityGoal,
  targetOfSparsity,
  unitCount,
} from '../../src/problem/index.ts';
import { arbitraryInstance } from '../reference/arbitraries.ts';

/** Layers from [rows, cols, unitsPerEntry, minKeptRows, minKeptColumns]. */
const instanceOf = (...layers: [number, number, number, number, number][]): Instance =>
  makeInstance(
    layers.map(([rows, cols, unitsPerEntry, minKeptRows, minKeptColumns], l) => ({
      name: `layer${l}`,
      rows,
      cols,
      unitsPerEntry,
      minKeptRows,
      minKeptColumns,
      importance: new Float32Array(rows * cols),
    })),
  );

const first = (count: number) => Uint32Array.from({ length: count }, (_, line) => line);

describe('requirementOf', () => {
  it('turns minima into caps, layer by layer', () => {
    const instance = instanceOf([3, 4, 5, 2, 1], [2, 2, 1, 0, 0]);
    expect(requirementOf(instance, { target: 7 })).toEqual({
      goal: { target: 7 },
      target: 7,
      ranges: [
        { minRows: 0, maxRows: 1, minColumns: 0, maxColumns: 3 },
        { minRows: 0, maxRows: 2, minColumns: 0, maxColumns: 2 },
      ],
      mostRemovable: (12 - 2) * 5 + 4,
    });
  });

  it('turns a shape into the range that holds it alone', () => {
    const instance = instanceOf([3, 4, 5, 1, 1]);
    expect(requirementOf(instance, { shape: { rows: 2, columns: 3 } })).toEqual({
      goal: { shape: { rows: 2, columns: 3 } },
      target: (12 - 1) * 5,
      ranges: [{ minRows: 2, maxRows: 2, minColumns: 3, maxColumns: 3 }],
      mostRemovable: (12 - 1) * 5,
    });
  });

  it.each([{ shape: { rows: 3, columns: 0 } }, { shape: { rows: 0, columns: 4 } }])(
    'finds a shape infeasible that the minima forbid: %j',
    (goal) => {
      const requirement = requirementOf(instanceOf([3, 4, 1, 1, 1]), goal);
      expect(requirement.mostRemovable).toBe(-1);
      expect(requirement.target).toBe(12);
    },
  );

  it.each<[string, Instance, Goal, string]>([
    [
      'a shape of two layers',
      instanceOf([1, 1, 1, 0, 0], [1, 1, 1, 0, 0]),
      { shape: { rows: 0, columns: 0 } },
      'shape: expected an instance of one layer, got 2 layers',
    ],
    [
      'too many rows',
      instanceOf([2, 3, 1, 0, 0]),
      { shape: { rows: 3, columns: 0 } },
      'shape: removed rows: expected an integer from 0 to 2, got 3',
    ],
    [
      'too many columns',
      instanceOf([2, 3, 1, 0, 0]),
      { shape: { rows: 0, columns: 4 } },
      'shape: removed columns: expected an integer from 0 to 3, got 4',
    ],
    ['a negative target', instanceOf([2, 3, 1, 0, 0]), { target: -1 }, 'target: expected an integer >= 0, got -1'],
    ['half a unit', instanceOf([2, 3, 1, 0, 0]), { target: 0.5 }, 'target: expected an integer >= 0, got 0.5'],
  ])('refuses %s', (_, instance, goal, message) => {
    expect(() => requirementOf(instance, goal)).toThrow(message);
  });
});

describe('meets', () => {
  // Without minima all columns may go: then rows remove nothing more, and only the ranges tell shapes apart.
  it.each([
    [1, 2],
    [0, 0],
  ])('is the definition, on every shape of a small layer with minima %i and %i', (keptRows, keptColumns) => {
    const [rows, cols, units] = [3, 4, 2];
    const instance = instanceOf([rows, cols, units, keptRows, keptColumns]);
    const shapes = Array.from({ length: (rows + 1) * (cols + 1) }, (_, k) => ({
      rows: k % (rows + 1),
      columns: Math.floor(k / (rows + 1)),
    }));
    for (const shape of shapes) {
      const pruning = { layers: [{ removedRows: first(shape.rows), removedColumns: first(shape.columns) }] };
      const left = (rows - shape.rows) * (cols - shape.columns);
      const isAllowed = rows - shape.rows >= keptRows && cols - shape.columns >= keptColumns;
      for (let target = 0; target <= rows * cols * units; target++) {
        const expected = isAllowed && (rows * cols - left) * units >= target;
        expect(meets(instance, requirementOf(instance, { target }), pruning)).toBe(expected);
      }
      for (const asked of shapes) {
        const expected = isAllowed && asked.rows === shape.rows && asked.columns === shape.columns;
        expect(meets(instance, requirementOf(instance, { shape: asked }), pruning)).toBe(expected);
      }
    }
  });

  it('asks every layer, and units of all together', () => {
    const instance = instanceOf([2, 2, 3, 0, 0], [2, 2, 1, 1, 0]);
    const nothing = { removedRows: first(0), removedColumns: first(0) };
    const row = { removedRows: first(1), removedColumns: first(0) };
    const everything = { removedRows: first(2), removedColumns: first(0) };
    const meetsTarget = (target: number, ...layers: (typeof row)[]) =>
      meets(instance, requirementOf(instance, { target }), { layers });
    expect([meetsTarget(8, row, row), meetsTarget(9, row, row)]).toEqual([true, false]);
    expect([meetsTarget(0, nothing, everything), meetsTarget(0, everything, nothing)]).toEqual([false, true]);
  });
});

describe('largestPruning', () => {
  it('meets every feasible goal and removes no more than may be removed', () => {
    fc.assert(
      fc.property(arbitraryInstance({ mostLines: 12, mostLayers: 3 }), (instance) => {
        const { mostRemovable } = requirementOf(instance, { target: 0 });
        const requirement = requirementOf(instance, { target: mostRemovable });
        const pruning = largestPruning(instance, requirement);
        expect(meets(instance, requirement, pruning)).toBe(true);
        const more = { ...requirement, target: mostRemovable + 1 };
        expect(meets(instance, more, pruning)).toBe(false);
        for (const { removedRows, removedColumns } of pruning.layers) {
          expect([removedRows, removedColumns]).toEqual([first(removedRows.length), first(removedColumns.length)]);
        }
      }),
    );
  });
});

describe('sparsityGoal', () => {
  it('takes a number for its shortest decimal, and nothing else', () => {
    const hundred = makeInstance([{ name: 'a', rows: 10, cols: 10, importance: new Float32Array(100) }]);
    expect(sparsityGoal(hundred, 0.07)).toEqual({ target: 7 }); // in doubles it is a little more than 7
    expect(sparsityGoal(hundred, 1e-7)).toEqual({ target: 1 });
    for (const wrong of [Number.NaN, -0.1, 1.5, Infinity, null, undefined, [], {}]) {
      expect(() => sparsityGoal(hundred, wrong as number)).toThrow('sparsity: expected a decimal from 0 to 1');
    }
  });

  it('counts units, not entries', () => {
    const instance = instanceOf([2, 5, 7, 0, 0], [3, 1, 1, 0, 0]);
    expect([entryCount(instance), unitCount(instance)]).toEqual([13, 73]);
    expect(sparsityGoal(instance, '0.5')).toEqual({ target: 37 });
    expect(sparsityGoal(instance, 0.5)).toEqual({ target: 37 });
  });

  it.each([
    ['10e-1', 9],
    ['100E-2', 9],
    ['0.01e2', 9],
    ['0.01e+2', 9],
    ['0e99', 0],
    ['00.50', 5],
    ['1.', 9],
    ['1e-9', 1],
    [`0.${'0'.repeat(57)}1`, 1], // as long as a decimal may be
  ])('reads %s', (text, target) => {
    expect(targetOfSparsity(text, 9)).toBe(target);
  });

  it.each([
    '1.000000001',
    '2',
    '0.011e2',
    '1e',
    'e5',
    '0.5e',
    '0.5.5',
    '5e-1x',
    'x0.5',
    '+0.5',
    `0.${'0'.repeat(58)}1`, // longer than a decimal may be
  ])('refuses %s', (text) => {
    const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
    expect(() => targetOfSparsity(text, 9)).toThrow(`sparsity: expected a decimal from 0 to 1, got ${shown}`);
  });
});
