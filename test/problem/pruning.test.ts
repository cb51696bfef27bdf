import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  indicesOf,
  keptIndices,
  keptMask,
  makeInstance,
  makeLayerPruning,
  removedEntries,
  removedUnits,
  shapesOf,
} from '../../src/problem/index.ts';

const layerOf = (rows: number, cols: number) =>
  makeInstance([{ name: 'a', rows, cols, importance: new Float32Array(rows * cols) }]).layers[0]!;

const lines = fc
  .integer({ min: 1, max: 12 })
  .chain((length) => fc.tuple(fc.constant(length), fc.uniqueArray(fc.nat({ max: length - 1 }))));

describe('masks and lists of lines', () => {
  it('say the same', () => {
    fc.assert(
      fc.property(lines, ([length, removed]) => {
        const mask = keptMask(length, Uint32Array.from(removed));
        const all = Array.from({ length }, (_, line) => line);
        expect([...mask]).toEqual(all.map((line) => (removed.includes(line) ? 0 : 1)));
        const [gone, kept] = [
          all.filter((line) => removed.includes(line)),
          all.filter((line) => !removed.includes(line)),
        ];
        expect(indicesOf(mask, 0)).toEqual(Uint32Array.from(gone));
        expect(indicesOf(mask, 1)).toEqual(Uint32Array.from(kept));
        expect(keptIndices(length, Uint32Array.from(removed))).toEqual(Uint32Array.from(kept));
      }),
    );
  });
});

describe('makeLayerPruning', () => {
  it('sorts what it is given', () => {
    fc.assert(
      fc.property(lines, lines, ([rows, removedRows], [cols, removedColumns]) => {
        const pruning = makeLayerPruning(layerOf(rows, cols), removedRows, removedColumns);
        const sorted = (list: number[]) => Uint32Array.from(list).sort();
        expect(pruning).toEqual({ removedRows: sorted(removedRows), removedColumns: sorted(removedColumns) });
      }),
    );
  });

  it.each<[string, number[], number[], string]>([
    ['a row too many', [2], [], 'layer "a": removedRows: expected indices from 0 to 1, got 2'],
    ['a column too many', [], [3], 'layer "a": removedColumns: expected indices from 0 to 2, got 3'],
    ['a negative index', [-1], [], 'removedRows: expected indices from 0 to 1, got -1'],
    ['half an index', [], [0.5], 'removedColumns: expected indices from 0 to 2, got 0.5'],
    ['no number', [Number.NaN], [], 'removedRows: expected indices from 0 to 1, got NaN'],
    ['a row twice', [1, 1], [], 'removedRows: expected distinct indices, got 1 twice'],
  ])('refuses %s', (_, rows, columns, message) => {
    expect(() => makeLayerPruning(layerOf(2, 3), rows, columns)).toThrow(message);
  });
});

describe('shapes', () => {
  it('remove what is not kept', () => {
    for (let rows = 0; rows <= 3; rows++) {
      for (let columns = 0; columns <= 4; columns++) {
        expect(removedEntries(layerOf(3, 4), { rows, columns })).toBe(12 - (3 - rows) * (4 - columns));
      }
    }
  });

  it('of a pruning are its counts, and its units the sum over the layers', () => {
    const instance = makeInstance([
      { name: 'a', rows: 2, cols: 3, importance: new Float32Array(6), unitsPerEntry: 5 },
      { name: 'b', rows: 4, cols: 2, importance: new Float32Array(8) },
    ]);
    const layers = [
      makeLayerPruning(instance.layers[0]!, [1], [0, 2]),
      makeLayerPruning(instance.layers[1]!, [0, 1, 3], []),
    ];
    expect(shapesOf({ layers })).toEqual([
      { rows: 1, columns: 2 },
      { rows: 3, columns: 0 },
    ]);
    expect(removedUnits(instance, { layers })).toBe(5 * 5 + 6);
  });
});
