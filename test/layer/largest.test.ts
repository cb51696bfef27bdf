import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ascending,
  descending,
  markLargest,
  sumOfLargest,
  sumOfLast,
  tiesAmongLargest,
  tiesOfSorted,
  topSums,
} from '../../src/layer/largest.ts';
import { visitLineTops } from '../../src/layer/line-tops.ts';
import { SIDES, viewFrom } from '../../src/layer/side.ts';

/* The k largest, by every way of asking for them, against a plain sort; integers with many ties, so that sums are exact. */

const values = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 24 });
const withCount = values.chain((list) => fc.tuple(fc.constant(list), fc.nat({ max: list.length })));
/** Indices, largest value first, ties by index. */
const sortedIndices = (list: number[]) => list.map((_, index) => index).sort((a, b) => list[b]! - list[a]! || a - b);
const sumOf = (list: number[], indices: number[]) => indices.reduce((sum, index) => sum + list[index]!, 0);

describe('the k largest', () => {
  it('have one sum, whoever adds them', () => {
    fc.assert(
      fc.property(withCount, ([list, k]) => {
        const sum = sumOf(list, sortedIndices(list).slice(0, k));
        const moved = Float64Array.from(list);
        expect(sumOfLargest(moved, list.length, k)).toBe(sum);
        if (k > 0) expect(moved[k - 1]).toBe(Math.min(...moved.subarray(0, k)));
        expect(moved.toSorted()).toEqual(Float64Array.from(list).sort());
        expect(sumOfLast(Float64Array.from(list).sort(), k)).toBe(sum);
        expect(topSums(list)[k]).toBe(sum);
      }),
    );
  });

  it('are one set: of equal numbers those of lower index', () => {
    fc.assert(
      fc.property(withCount, ([list, k]) => {
        const largest = sortedIndices(list).slice(0, k);
        const mask = new Uint8Array(list.length).fill(7);
        markLargest(Float64Array.from(list), k, mask);
        expect(Array.from(mask)).toEqual(list.map((_, index) => (largest.includes(index) ? 1 : 0)));
        if (k === 0) return;
        const threshold = list[largest[k - 1]!]!;
        // Every other place of an array that holds something else in between.
        const spread = Float64Array.from(list.flatMap((value) => [99, value]));
        const ties = tiesAmongLargest(spread, 1, 2, list.length, threshold, k);
        expect(ties).toBe(largest.filter((index) => list[index] === threshold).length);
        expect(tiesOfSorted(Float64Array.from(list).sort(), k)).toBe(ties);
      }),
    );
  });

  it('come first in descending order and last in ascending order', () => {
    fc.assert(
      fc.property(values, (list) => {
        expect(Array.from(descending(list))).toEqual(sortedIndices(list));
        const least = list.map((_, index) => index).sort((a, b) => list[a]! - list[b]! || a - b);
        expect(Array.from(ascending(list))).toEqual(least);
      }),
    );
  });
});

describe('visitLineTops', () => {
  it('tells of every line the sums of its largest entries, from either side', () => {
    const matrices = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, cols]) =>
      fc.record({
        rows: fc.constant(rows),
        cols: fc.constant(cols),
        entries: fc.array(fc.nat({ max: 9 }), { minLength: rows * cols, maxLength: rows * cols }),
      }),
    );
    fc.assert(
      fc.property(matrices, ({ rows, cols, entries }) => {
        for (const outer of SIDES) {
          const { outerLines, innerLines, outerStep, innerStep } = viewFrom(outer, { rows, cols });
          const lines = Array.from({ length: outerLines }, (_, o) =>
            Array.from({ length: innerLines }, (_, i) => entries[o * outerStep + i * innerStep]!),
          );
          const seen: number[] = [];
          visitLineTops(Float32Array.from(entries), viewFrom(outer, { rows, cols }), innerLines, (k, tops) => {
            seen.push(k);
            expect(Array.from(tops)).toEqual(lines.map((line) => sumOf(line, sortedIndices(line).slice(0, k))));
          });
          expect(seen).toEqual(Array.from({ length: innerLines + 1 }, (_, k) => k));
        }
      }),
    );
  });
});
