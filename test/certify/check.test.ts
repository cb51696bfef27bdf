import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/certify/index.ts';
import {
  type Certificate,
  instanceHash,
  makeInstance,
  nextAbove,
  nextBelow,
  type Pruning,
} from '../../src/problem/index.ts';
import { arbitraryInstance } from '../reference/arbitraries.ts';
import { costOf, totalOf } from '../reference/brute-force.ts';

const pruningOf = (...layers: [number[], number[]][]): Pruning => ({
  layers: layers.map(([rows, columns]) => ({
    removedRows: Uint32Array.from(rows),
    removedColumns: Uint32Array.from(columns),
  })),
});
const toDouble = (sum: bigint) => Number(sum) / 2 ** 149;

describe('check', () => {
  it('recomputes cost, kept and removed exactly', () => {
    fc.assert(
      fc.property(arbitraryInstance({ mostLines: 12, mostLayers: 3 }), fc.nat(), (instance, salt) => {
        const some = (length: number) => Array.from({ length }, (_, k) => k).filter((k) => (salt >> k) & 1);
        const pruning = pruningOf(
          ...instance.layers.map(({ rows, cols }): [number[], number[]] => [some(rows), some(cols)]),
        );
        const free = makeInstance(instance.layers.map((layer) => ({ ...layer, minKeptRows: 0, minKeptColumns: 0 })));
        const verdict = check(free, { target: 0 }, pruning);
        const cost = costOf(instance, pruning);
        let units = 0;
        instance.layers.forEach(({ rows, cols, unitsPerEntry }, l) => {
          const { removedRows, removedColumns } = pruning.layers[l]!;
          units += (rows * cols - (rows - removedRows.length) * (cols - removedColumns.length)) * unitsPerEntry;
        });
        expect(verdict).toMatchObject({
          valid: true,
          cost: toDouble(cost),
          kept: toDouble(totalOf(instance) - cost),
          removed: units,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('is right where summing doubles gives the wrong verdict: 1e8 beside many 2^-24', () => {
    // 64 entries of 1e8 make 6.4e9, whose last bit is worth 2^-20: a double swallows every 2^-24 that follows, though
    // 2^20 of them make 1/16.
    const large = 64;
    const tiny = 2 ** 20;
    const importance = new Float32Array(large + tiny).fill(2 ** -24).fill(1e8, 0, large);
    const instance = makeInstance([{ name: 'wide', rows: 1, cols: large + tiny, importance }]);
    const all = pruningOf([[0], []]);
    let plain = 0;
    for (const x of importance) plain += x;
    const right = 64e8 + 1 / 16;
    expect(plain).toBe(64e8); // a checker that sums doubles would accept this claim and refuse the right one
    const goal = { target: 1 };
    expect(check(instance, goal, all, { cost: right }).valid).toBe(true);
    const wrong = check(instance, goal, all, { cost: plain });
    expect(wrong.valid).toBe(false);
    expect(wrong.reason).toBe('expected cost 6400000000.0625, got a claim of 6400000000');
  });

  it('accepts a true cost and rejects one that is off by the last bit', () => {
    const instance = makeInstance([{ name: 'a', rows: 2, cols: 2, importance: [0.1, 0.2, 0.3, 0.4] }]);
    const pruning = pruningOf([[0], [1]]);
    const { cost } = check(instance, { target: 3 }, pruning);
    expect(check(instance, { target: 3 }, pruning, { cost: cost! }).valid).toBe(true);
    for (const claim of [nextAbove(cost!), nextBelow(cost!)]) {
      expect(check(instance, { target: 3 }, pruning, { cost: claim }).valid).toBe(false);
    }
  });

  const instance = makeInstance([
    { name: 'a', rows: 2, cols: 3, importance: [1, 2, 3, 4, 5, 6], minKeptRows: 1, unitsPerEntry: 2 },
    { name: 'b', rows: 1, cols: 2, importance: [7, 8], minKeptColumns: 1 },
  ]);
  it.each<[string, Pruning, number, RegExp | null]>([
    ['a good pruning', pruningOf([[0], []], [[], [1]]), 7, null],
    ['a target missed by one', pruningOf([[0], []], [[], [1]]), 8, /expected at least 8 units removed, got 7/],
    ['too few rows kept', pruningOf([[0, 1], []], [[], []]), 3, /layer a: expected at least 1 rows kept, got 0/],
    ['too few columns kept', pruningOf([[], []], [[], [0, 1]]), 2, /layer b: expected at least 1 columns kept, got 0/],
    [
      'an index out of range',
      pruningOf([[2], []], [[], []]),
      0,
      /layer a: expected ascending removed rows below 2, got 2/,
    ],
    ['a repeated index', pruningOf([[], [1, 1]], [[], []]), 0, /columns below 3, got 1 at place 1/],
    ['a dropped layer', pruningOf([[0], []]), 0, /expected 2 layers, got 1/],
  ])('judges %s', (_, pruning, target, reason) => {
    const verdict = check(instance, { target }, pruning);
    expect(verdict.valid).toBe(reason === null);
    if (reason !== null) expect(verdict.reason).toMatch(reason);
  });

  it('judges lists that are no typed arrays by the same rule', () => {
    // A caller without types, or a lying one.
    const listed = (removedRows: number[], removedColumns: number[]) =>
      ({ layers: [{ removedRows, removedColumns }, pruningOf([[], []]).layers[0]!] }) as unknown as Pruning;
    expect(check(instance, { target: 0 }, listed([1], [0, 2])).valid).toBe(true);
    for (const fault of [[-1], [0.5], [Number.NaN], [2, 0]]) {
      expect(check(instance, { target: 0 }, listed([], fault)).reason).toMatch(/layer a: expected ascending removed/);
    }
  });

  it('says nothing about cost where the indices make no sense, and nothing of bounds without a certificate', () => {
    const none = { dualBound: null, keptBound: null, gap: null, ratio: null, keptRatio: null };
    expect(check(instance, { target: 3 }, pruningOf([[5], []], [[], []]))).toMatchObject({
      valid: false,
      cost: null,
      kept: null,
      removed: null,
      target: 3,
      linked: false,
      deadKept: null,
      ...none,
    });
    expect(check(instance, { target: 3 }, pruningOf([[0], []], [[], []]))).toEqual({
      valid: true,
      reason: null,
      cost: 6,
      kept: 30,
      removed: 6,
      target: 3,
      linked: false,
      deadKept: 0,
      ...none,
    });
  });

  it('checks claimed hashes', () => {
    const pruning = pruningOf([[0], []], [[], []]);
    const hash = instanceHash(instance);
    expect(check(instance, { target: 6 }, pruning, { instanceHash: hash }).valid).toBe(true);
    expect(check(instance, { target: 6 }, pruning, { instanceHash: hash.toUpperCase() }).reason).toMatch(
      /instance hash/,
    );
  });

  it('takes a shape to the letter', () => {
    const single = makeInstance([{ name: 'a', rows: 2, cols: 2, importance: [1, 2, 3, 4] }]);
    const goal = { shape: { rows: 1, columns: 0 } };
    expect(check(single, goal, pruningOf([[0], []])).valid).toBe(true);
    expect(check(single, goal, pruningOf([[0], [1]])).reason).toMatch(
      /exactly 1 rows and 0 columns removed, got 1 rows and 1/,
    );
    expect(check(single, goal, pruningOf([[0, 1], []])).reason).toBe(
      'layer a: expected exactly 1 rows and 0 columns removed, got 2 rows and 0 columns',
    );
  });

  it('measures gap and ratios from what a certificate proves, and only for prunings that are valid themselves', () => {
    const square = makeInstance([{ name: 'a', rows: 2, cols: 2, importance: [1, 2, 3, 4] }]);
    // No pieces: line sums alone bound what stays, 6 of one entry; at price 3 two entries are then worth 3 x 2 + (6 - 3) = 9.
    const certificate = (target: number, price: number) => ({
      instanceHash: instanceHash(square),
      goal: { target },
      price,
      layers: [[]],
      claim: { dualBound: 0, keptBound: 10 },
    });
    const verdictOf = (target: number, rows: number[], columns: number[], cost?: number) =>
      check(square, { target }, pruningOf([rows, columns]), { cost }, certificate(target, 3));
    const open = verdictOf(2, [], [1]);
    expect(open).toMatchObject({ valid: true, cost: 6, kept: 4 });
    expect(open.dualBound).toBeCloseTo(1, 12);
    expect(open.keptBound).toBeCloseTo(9, 12);
    expect(open.gap).toBe((6 - open.dualBound!) / 6);
    expect(open.ratio).toBe(6 / open.dualBound!);
    expect(open.keptRatio).toBe(open.keptBound! / 4);
    // Nothing stays, or nothing need go: a quotient by 0 says nothing.
    expect(verdictOf(2, [0, 1], [])).toMatchObject({ kept: 0, keptRatio: null });
    expect(verdictOf(0, [0], [])).toMatchObject({ cost: 3, dualBound: 0, gap: 1, ratio: null });
    // The optimum itself, at a bound that is exact.
    expect(verdictOf(0, [], [])).toMatchObject({ cost: 0, dualBound: 0, gap: 0, ratio: 1, keptRatio: 1 });
    expect(verdictOf(4, [0, 1], [])).toMatchObject({ kept: 0, keptBound: 0, gap: 0, ratio: 1, keptRatio: 1 });
    const none = { dualBound: null, keptBound: null, gap: null, ratio: null, keptRatio: null };
    expect(verdictOf(2, [0], [], 4)).toMatchObject({ valid: false, cost: 3, ...none });
    expect(verdictOf(2, [7], [])).toMatchObject({ valid: false, cost: null, ...none });
  });

  it('says gap 0 where the doubles agree, as the formula of both has it, whatever the exact numbers are', () => {
    // One of the two last entries stays. Removing the greater of them costs 2^-149 too much, of about 1.
    const least = 2 ** -149;
    const uneven = makeInstance([
      { name: 'a', rows: 1, cols: 1, importance: [1], unitsPerEntry: 10 },
      { name: 'b', rows: 1, cols: 2, importance: [2 * least, least] },
    ]);
    const goal = { target: 11 };
    const certificate: Certificate = {
      instanceHash: instanceHash(uneven),
      goal,
      price: 0,
      layers: [[], [{ kind: 'columns' }]],
      claim: { dualBound: 0, keptBound: 10 },
    };
    const verdictOf = (column: number) => check(uneven, goal, pruningOf([[0], []], [[], [column]]), {}, certificate);
    expect(verdictOf(1)).toMatchObject({ cost: 1, dualBound: 1, gap: 0, ratio: 1 });
    expect(verdictOf(0)).toMatchObject({ cost: 1, dualBound: 1, gap: 0, ratio: 1 });
  });
});
