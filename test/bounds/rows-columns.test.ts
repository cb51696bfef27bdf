import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundAt } from '../../src/bounds/kept-table.ts';
import { rowColumnTable } from '../../src/bounds/rows-columns.ts';
import { fullRange, keptRange } from '../../src/layer/kept-shapes.ts';
import { requirementOf } from '../../src/problem/index.ts';
import { arbitraryInstance } from '../reference/arbitraries.ts';
import { bestKept } from '../reference/best-kept.ts';
import { exact } from '../reference/brute-force.ts';

const layers = arbitraryInstance({ mostLines: 11, mostLayers: 1 }).map((instance) => instance.layers[0]!);

describe('rowColumnTable', () => {
  it('bounds the kept importance of every shape, and is exact where all rows or all columns stay', () => {
    fc.assert(
      fc.property(layers, (layer) => {
        const table = rowColumnTable(layer);
        const best = bestKept(layer);
        for (let a = 0; a <= layer.rows; a++) {
          for (let b = 0; b <= layer.cols; b++) {
            const bound = boundAt(table, a, b);
            expect(exact(bound) >= best[a]![b]!).toBe(true);
            if (a === layer.rows || b === layer.cols || a * b === 0 || a === 1 || b === 1) {
              expect(bound).toBeLessThanOrEqual((Number(best[a]![b]!) / 2 ** 149) * (1 + 1e-12));
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is the same on a part of the shapes', () => {
    fc.assert(
      fc.property(arbitraryInstance({ mostLines: 11, mostLayers: 1 }), (instance) => {
        const layer = instance.layers[0]!;
        const range = keptRange(layer, requirementOf(instance, { target: 0 }).ranges[0]!);
        const whole = rowColumnTable(layer, fullRange(layer));
        const part = rowColumnTable(layer, range);
        for (let a = range.minKeptRows; a <= range.maxKeptRows; a++) {
          for (let b = range.minKeptColumns; b <= range.maxKeptColumns; b++) {
            expect(boundAt(part, a, b)).toBe(boundAt(whole, a, b));
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
