import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundOf, costLimit, nextCost, roundLayer } from '../../src/exact/rounded-layer.ts';
import { COLUMNS, ROWS } from '../../src/layer/side.ts';
import { type Layer, makeInstance } from '../../src/problem/index.ts';
import { exact } from '../reference/brute-force.ts';

/*
 * Where costs change their unit: from units of 2^-149 to a rounded layer's 2^exponent and back, and to multiples of the step.
 * A search stops on the strength of these limits, so each is tested from both sides.
 */

const layerOf = (rows: number, cols: number, importance: number[]): Layer =>
  makeInstance([{ name: 'a', rows, cols, importance }]).layers[0]!;

/** Layers whose importances share a lowest bit, at any scale; a bound at, between and beyond the sums of entries. */
const arbitrary = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: -149, max: 90 }),
    fc.constantFrom(2, 9, 2 ** 24),
    fc.integer({ min: 0, max: 2 ** 30 }),
  )
  .chain(([rows, cols, exponent, most, share]) =>
    fc
      .array(fc.integer({ min: 0, max: most - 1 }), { minLength: rows * cols, maxLength: rows * cols })
      .map((significands) => ({
        layer: layerOf(
          rows,
          cols,
          significands.map((x) => x * 2 ** exponent),
        ),
        share,
      })),
  );

const entriesOf = (layer: Layer) => [...layer.importance].map(exact);
const totalOf = (layer: Layer) => entriesOf(layer).reduce((sum, x) => sum + x, 0n);

/** The largest power of two that divides all entries. */
function stepOf(layer: Layer): bigint {
  const all = entriesOf(layer).reduce((union, x) => union | x, 0n);
  return all & -all;
}

describe('a rounded layer', () => {
  it('is capped above the limit, rounded down, and exact where its sums allow', () => {
    fc.assert(
      fc.property(arbitrary, fc.boolean(), ({ layer, share }, transposed) => {
        const limit = (totalOf(layer) * BigInt(share)) / 2n ** 30n;
        const rounded = roundLayer(layer, limit, transposed ? COLUMNS : ROWS);
        const [rows, cols] = transposed ? [layer.cols, layer.rows] : [layer.rows, layer.cols];
        expect([rounded.rows, rounded.cols]).toEqual([rows, cols]);
        const cap = exact(2 ** rounded.capExponent);
        expect(cap > limit && cap <= 2n * (limit > 0n ? limit : 1n)).toBe(true);
        const unit = exact(2 ** rounded.exponent);
        let total = 0n;
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < cols; j++) {
            const entry = exact(layer.importance[transposed ? j * layer.cols + i : i * layer.cols + j]!);
            const value = (entry < cap ? entry : cap) / unit;
            expect(BigInt(rounded.values[i * cols + j]!)).toBe(value);
            total += value;
          }
        }
        expect(BigInt(rounded.total)).toBe(total);
        expect(rounded.total).toBeLessThan(2 ** 48);
        expect(rounded.step).toBe(stepOf(layer));
        // No coarser than the sums ask for: 2^-149 is the finest there is.
        const columnSums = Array.from({ length: cols }, (_, j) => {
          let sum = 0;
          for (let i = 0; i < rows; i++) sum += rounded.values[i * cols + j]!;
          return sum;
        });
        expect(cols * Math.max(...columnSums)).toBeLessThan(2 ** 48); // a threshold counts for every column
        if (rounded.exponent > -149) expect(cols * (Math.max(...columnSums) + rows)).toBeGreaterThanOrEqual(2 ** 45);
      }),
      { numRuns: 1000 },
    );
  });

  it('has limits that are the least to prove a cost', () => {
    fc.assert(
      fc.property(arbitrary, fc.constantFrom(-1n, 0n, 1n), ({ layer, share }, off) => {
        const step = stepOf(layer);
        const some = (totalOf(layer) * BigInt(share)) / 2n ** 30n;
        const multiple = step === 0n ? 0n : (some / step) * step;
        for (const raw of [some, multiple + off, multiple + off * (step / 2n)]) {
          const bound = raw < 0n ? 0n : raw;
          const rounded = roundLayer(layer, bound, ROWS);
          const unit = exact(2 ** rounded.exponent);
          const next = nextCost(rounded, bound);
          expect(next >= bound && (step === 0n ? next === bound : next % step === 0n && next - bound < step)).toBe(
            true,
          );
          const limit = BigInt(costLimit(rounded, bound));
          // A true cost that is a multiple of the step and at least limit x unit is at least the bound ...
          if (step > 0n) {
            const first = ((limit * unit + step - 1n) / step) * step; // the least such cost
            expect((first < 0n ? 0n : first) >= bound).toBe(true);
          } else expect(limit * unit > bound).toBe(true);
          // ... and with one unit less it need not be.
          if (next > 0n) expect((limit - 1n) * unit <= next - step).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('gives bounds back in units of 2^-149, raised to a cost that there can be', () => {
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: -5, max: 2 ** 40 }), ({ layer }, value) => {
        const rounded = roundLayer(layer, totalOf(layer), ROWS);
        const least = BigInt(Math.max(0, value)) * exact(2 ** rounded.exponent);
        const bound = boundOf(rounded, value);
        expect(bound).toBe(nextCost(rounded, least));
        expect(bound >= least).toBe(true);
        if (rounded.step > 0n) expect(bound % rounded.step).toBe(0n);
      }),
    );
  });

  it('tells 7 from 8 where costs are multiples of 4: more than 7 - 4 is not 7', () => {
    const rounded = roundLayer(layerOf(1, 2, [4, 8]), exact(7), ROWS);
    const perUnit = 2 ** -rounded.exponent;
    expect(nextCost(rounded, exact(7))).toBe(exact(8));
    expect(costLimit(rounded, exact(7))).toBe(4 * perUnit + 1); // more than 4 is 8
    expect(costLimit(rounded, exact(8))).toBe(4 * perUnit + 1);
    expect(costLimit(rounded, exact(4))).toBe(1);
    expect(costLimit(rounded, 0n)).toBe(1 - 4 * perUnit); // nothing to prove
  });
});
