import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeInstance } from '../../src/problem/index.ts';
import { addColumn, addRow, fixedPointOf, lineSums, toExact } from '../../src/sums/fixed-point.ts';
import { LineSorter } from '../../src/sums/sorted-lines.ts';

/** A float32 as an exact integer in units of 2^-149. */
const exact = (x: number) => BigInt(x * 2 ** 149);

const narrow = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.float({ min: 0, max: 2, noNaN: true }).map(Math.fround));
const wide = fc.oneof(
  fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 2 ** -149, 2 ** -126, 1, 2 ** 24, 3.4028234663852886e38),
);

const matrix = (value: fc.Arbitrary<number>) =>
  fc
    .record({ rows: fc.integer({ min: 1, max: 6 }), cols: fc.integer({ min: 1, max: 6 }) })
    .chain(({ rows, cols }) =>
      fc
        .array(value, { minLength: rows * cols, maxLength: rows * cols })
        .map((values) => ({ name: 'layer', rows, cols, importance: Float32Array.from(values) })),
    );

describe('fixed-point sums', () => {
  it('are exact, or off by at most the stated error, over the whole float32 range', () => {
    let inexact = 0;
    fc.assert(
      fc.property(fc.oneof(matrix(narrow), matrix(wide)), (input) => {
        const instance = makeInstance([input]);
        const layer = instance.layers[0]!;
        const scale = fixedPointOf(instance);
        const sums = lineSums(layer, scale);
        let total = 0n;
        let computed = 0n;
        for (let i = 0; i < layer.rows; i++) {
          let row = 0n;
          for (let j = 0; j < layer.cols; j++) row += exact(layer.importance[i * layer.cols + j]!);
          const own = toExact(sums.rowHigh[i]!, sums.rowLow[i]!);
          if (scale.exact) expect(own).toBe(row);
          total += row;
          computed += own;
        }
        // Every entry counted twice: the error bound must cover it.
        const off = 2n * (total > computed ? total - computed : computed - total);
        expect(off <= scale.error).toBe(true);
        if (!scale.exact) inexact++;
      }),
      { numRuns: 2000 },
    );
    expect(inexact).toBeGreaterThan(50); // the bound itself was exercised
  });

  it('come back exactly when lines are taken out and put back in any order', () => {
    fc.assert(
      fc.property(matrix(wide), fc.nat(), (input, salt) => {
        const instance = makeInstance([input]);
        const layer = instance.layers[0]!;
        const scale = fixedPointOf(instance);
        const sums = lineSums(layer, scale);
        const before = structuredClone(sums);
        const row = salt % layer.rows;
        const column = salt % layer.cols;
        addRow(layer, scale, row, -1, sums.columnHigh, sums.columnLow);
        addColumn(layer, scale, column, -1, sums.rowHigh, sums.rowLow);
        addColumn(layer, scale, column, 1, sums.rowHigh, sums.rowLow);
        addRow(layer, scale, row, 1, sums.columnHigh, sums.columnLow);
        expect(sums).toEqual(before);
      }),
    );
  });

  it('are exact below a cap, and count capped entries as the cap', () => {
    fc.assert(
      fc.property(matrix(narrow), fc.constantFrom(0.25, 1, 2), (input, cap) => {
        const instance = makeInstance([input]);
        const layer = instance.layers[0]!;
        const scale = fixedPointOf(instance, cap);
        const sums = lineSums(layer, scale);
        let total = 0n;
        for (const x of layer.importance) total += exact(Math.min(x, cap));
        let computed = 0n;
        for (let j = 0; j < layer.cols; j++) computed += toExact(sums.columnHigh[j]!, sums.columnLow[j]!);
        const off = 2n * (total > computed ? total - computed : computed - total);
        expect(off <= scale.error).toBe(true);
      }),
    );
  });
});

describe('LineSorter', () => {
  it('sorts by exact (sum, index), also among sums that agree as doubles', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(1, 1 + 2 ** -52, 1 - 2 ** -53));
    const line = fc.record({ high: value, low: fc.constantFrom(0, 2 ** -60, -(2 ** -60), 2 ** -70) });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 300 }), (lines) => {
        const high = Float64Array.from(lines, (entry) => entry.high);
        const low = Float64Array.from(lines, (entry) => Math.max(entry.low, -entry.high));
        const order = new LineSorter(lines.length).sort(high, low);
        const value = (k: number) => toExact(high[k]!, low[k]!);
        const expected = lines
          .map((_, k) => k)
          .sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a - b));
        expect([...order]).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});
