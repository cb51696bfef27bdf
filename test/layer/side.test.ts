import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptRange, keptShape } from '../../src/layer/kept-shapes.ts';
import {
  COLUMNS,
  crossing,
  outerFirst,
  prunedLayer,
  ROWS,
  removedRange,
  rowsThenColumns,
  SIDES,
  shorterSide,
  unitsRemoved,
  viewFrom,
} from '../../src/layer/side.ts';
import { transposeInto } from '../../src/layer/transpose.ts';
import { requirementOf, shapesOf } from '../../src/problem/index.ts';
import { removedUnits } from '../../src/problem/pruning.ts';
import { arbitraryInstance } from '../reference/arbitraries.ts';

/* Rows and columns change places with the side, and with nothing else. */

const instances = arbitraryInstance({ mostLines: 9, mostLayers: 1 });

describe('a side', () => {
  it('is crossed by the other, and turns pairs there and back', () => {
    expect([crossing(ROWS), crossing(COLUMNS)]).toEqual([COLUMNS, ROWS]);
    expect([crossing(6), crossing(7)]).toEqual([7, 6]); // classes of layer 3
    for (const side of SIDES) expect(rowsThenColumns(side, ...outerFirst(side, 'r', 'c'))).toEqual(['r', 'c']);
    expect(shorterSide({ rows: 3, cols: 3 })).toBe(ROWS);
    expect(shorterSide({ rows: 4, cols: 3 })).toBe(COLUMNS);
  });

  it('sees every entry once, at its place in the transpose from the side of the columns', () => {
    fc.assert(
      fc.property(instances, ({ layers: [layer] }) => {
        const { rows, cols, importance } = layer!;
        const turned = transposeInto(new Float32Array(importance.length), importance, rows, cols);
        for (const [side, matrix] of [importance, turned].entries()) {
          const { outerLines, innerLines, outerStep, innerStep } = viewFrom(SIDES[side]!, layer!);
          expect([outerLines, innerLines]).toEqual(outerFirst(SIDES[side]!, rows, cols));
          for (let o = 0, k = 0; o < outerLines; o++) {
            for (let i = 0; i < innerLines; i++, k++) expect(importance[o * outerStep + i * innerStep]).toBe(matrix[k]);
          }
        }
      }),
    );
  });

  it('counts the units of a pruning and its limits alike', () => {
    fc.assert(
      fc.property(instances, fc.nat(), fc.nat(), (instance, x, y) => {
        const layer = instance.layers[0]!;
        const range = requirementOf(instance, { target: 0 }).ranges[0]!;
        for (const side of SIDES) {
          const view = { ...viewFrom(side, layer), unitsPerEntry: layer.unitsPerEntry };
          const removed = removedRange(side, range);
          expect(rowsThenColumns(side, removed.maxOuter, removed.maxInner)).toEqual([range.maxRows, range.maxColumns]);
          const outer = Array.from({ length: x % (view.outerLines + 1) }, (_, line) => line);
          const inner = Array.from({ length: y % (view.innerLines + 1) }, (_, line) => line);
          const pruning = { layers: [prunedLayer(layer, side, outer, inner)] };
          expect(unitsRemoved(view, outer.length, inner.length)).toBe(removedUnits(instance, pruning));
          const { keptRows, keptColumns } = keptShape(layer, shapesOf(pruning)[0]!);
          expect(outerFirst(side, keptRows, keptColumns)).toEqual([
            view.outerLines - outer.length,
            view.innerLines - inner.length,
          ]);
        }
        const kept = keptRange(layer, range);
        expect([kept.minKeptRows, kept.minKeptColumns]).toEqual([layer.minKeptRows, layer.minKeptColumns]);
        expect([kept.maxKeptRows, kept.maxKeptColumns]).toEqual([layer.rows, layer.cols]);
      }),
    );
  });
});
