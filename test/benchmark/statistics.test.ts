import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Trace } from '../../src/benchmark/record.ts';
import {
  gapCourse,
  integral,
  pairedRatio,
  performanceProfiles,
  primalGap,
  primalIntegral,
  shiftedGeometricMean,
} from '../../src/benchmark/statistics.ts';
import { RcpruneError } from '../../src/problem/index.ts';

const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
const close = (value: number, expected: number) =>
  expect(Math.abs(value - expected)).toBeLessThan(1e-9 * (1 + Math.abs(expected)));

describe('shiftedGeometricMean', () => {
  it('is the root of the product', () => {
    const few = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(few, fc.double({ min: 1e-3, max: 100, noNaN: true }), (values, shift) => {
        const product = values.reduce((whole, value) => whole * (value + shift), 1);
        close(shiftedGeometricMean(values, shift), product ** (1 / values.length) - shift);
      }),
    );
  });

  it('refuses what has no logarithm', () => {
    for (const [values, shift] of [
      [[], 1],
      [[0], 0],
      [[-1], 2],
      [[Number.NaN], 1],
    ] as const) {
      expect(() => shiftedGeometricMean([...values], shift)).toThrow(RcpruneError);
    }
  });
});

describe('performanceProfiles', () => {
  // Ties, zeros and failures among the measures.
  const measure = fc.oneof(fc.constantFrom(0, 1, 2, 4, Infinity), positive);
  const table = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 7 })).chain(([methods, problems]) =>
    fc.array(fc.array(measure, { minLength: problems, maxLength: problems }), {
      minLength: methods,
      maxLength: methods,
    }),
  );

  it('count the problems within each ratio of the best', () => {
    fc.assert(
      fc.property(table, positive, (lists, other) => {
        const profiles = performanceProfiles(new Map(lists.map((list, k) => [`m${k}`, list])));
        /** By definition: t <= ratio x best, for a method that solved the problem at all. */
        const share = (list: number[], ratio: number) =>
          list.filter((t, p) => {
            const best = Math.min(...lists.map((own) => own[p]!));
            return t < Infinity && (best === 0 ? t === 0 : t / best <= ratio);
          }).length / list.length;
        for (const [k, { steps }] of profiles.entries()) {
          for (const [ratio, value] of steps) expect(value).toBe(share(lists[k]!, ratio));
          const ratios = steps.map(([ratio]) => ratio);
          expect(ratios).toEqual([...new Set(ratios)].sort((x, y) => x - y));
          const read = steps.findLast(([ratio]) => ratio <= 1 + other)?.[1] ?? 0;
          expect(read).toBe(share(lists[k]!, 1 + other));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are those of an example by hand', () => {
    const measures = new Map([
      ['a', [1, 4, Infinity, 3]],
      ['b', [2, 2, Infinity, 3]],
    ]);
    expect(performanceProfiles(measures)).toEqual([
      {
        method: 'a',
        steps: [
          [1, 0.5],
          [2, 0.75],
        ],
      },
      {
        method: 'b',
        steps: [
          [1, 0.5],
          [2, 0.75],
        ],
      },
    ]);
    expect(() =>
      performanceProfiles(
        new Map([
          ['a', [1]],
          ['b', [1, 2]],
        ]),
      ),
    ).toThrow(RcpruneError);
    expect(() => performanceProfiles(new Map([['a', [Number.NaN]]]))).toThrow(RcpruneError);
  });
});

describe('pairedRatio', () => {
  const pairs = fc.array(
    fc.record({ value: positive, reference: positive, group: fc.constantFrom('a', 'b', 'c', 'd') }),
    { minLength: 1, maxLength: 12 },
  );

  it('is the geometric mean, inside its interval, the inverse when sides change, and the same for the same seed', () => {
    fc.assert(
      fc.property(pairs, fc.nat(), (own, seed) => {
        const { ratio, interval, pairs: count } = pairedRatio(own, seed)!;
        const product = own.reduce((log, { value, reference }) => log + Math.log(value) - Math.log(reference), 0);
        close(Math.log(ratio), product / own.length);
        expect(count).toBe(own.length);
        expect(interval[0]).toBeLessThanOrEqual(interval[1]);
        expect(pairedRatio(own, seed)).toEqual({ ratio, interval, pairs: count });
        const swapped = pairedRatio(
          own.map(({ value, reference, group }) => ({ value: reference, reference: value, group })),
          seed,
        )!;
        close(swapped.ratio * ratio, 1);
      }),
      { numRuns: 60 },
    );
  });

  it('covers the true ratio about 95 times in 100', () => {
    // 40 groups of two pairs whose logarithms share a part: log ratio = 0.3 + shared + own noise.
    let seed = 1;
    const uniform = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647 - 0.5;
    };
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const own = Array.from({ length: 40 }, uniform).flatMap((shared, group) =>
        [0, 1].map(() => ({ value: Math.exp(0.3 + shared + 0.2 * uniform()), reference: 1, group: `${group}` })),
      );
      const [low, high] = pairedRatio(own, trial)!.interval;
      if (low <= Math.exp(0.3) && Math.exp(0.3) <= high) covered++;
    }
    expect(covered).toBeGreaterThan(176); // 88%: six standard deviations of a binomial below 95% would be 86%
    expect(covered).toBeLessThan(200); // pairs counted as independent cover far less, an interval too wide all
  });

  it('takes two zeros as equal, and refuses one', () => {
    expect(pairedRatio([], 1)).toBeNull();
    expect(pairedRatio([{ value: 0, reference: 0, group: 'a' }], 1)!.ratio).toBe(1);
    expect(() => pairedRatio([{ value: 0, reference: 1, group: 'a' }], 1)).toThrow(RcpruneError);
    expect(() => pairedRatio([{ value: 1, reference: 0, group: 'a' }], 1)).toThrow(RcpruneError);
  });
});

/** Traces on a grid of whole seconds, so that a sum over the grid is the integral. */
const GRID = 32;
const course = (falling: boolean) =>
  fc
    .tuple(
      fc.uniqueArray(fc.integer({ min: 0, max: GRID - 1 }), { maxLength: 6 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 6, maxLength: 6 }),
    )
    .map(([times, values]) => ({
      at: times.sort((x, y) => x - y),
      value: values.sort((x, y) => (falling ? y - x : x - y)).slice(0, times.length),
    }));
const trace = fc.tuple(course(true), course(false)).map(
  ([costs, bounds]): Trace => ({
    work: costs.at.map((time) => 10 * time),
    seconds: costs.at,
    cost: costs.value.map((value) => value + 20),
    boundWork: bounds.at.map((time) => 10 * time),
    boundSeconds: bounds.at,
    bound: bounds.value,
  }),
);

describe('integrals', () => {
  const at = (times: readonly number[], values: readonly number[], second: number): number | null => {
    let found: number | null = null;
    for (let k = 0; k < times.length; k++) if (times[k]! <= second) found = values[k]!;
    return found;
  };

  it('are sums of the gap second by second', () => {
    fc.assert(
      fc.property(trace, fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: GRID + 5 }), (own, best, end) => {
        let primal = 0;
        let both = 0;
        for (let second = 0; second < end; second++) {
          const cost = at(own.seconds, own.cost, second);
          const bound = at(own.boundSeconds, own.bound, second) ?? 0;
          primal += cost === null ? 1 : Math.abs(cost - best) / Math.max(cost, best);
          both += cost === null ? 1 : (cost - bound) / cost;
        }
        close(primalIntegral(own, best, end), primal);
        close(primalIntegral(own, best, 10 * end, 'work'), 10 * primal);
        close(integral(gapCourse(own), end), both);
        close(integral(gapCourse(own, 'work'), 10 * end), 10 * both);
      }),
    );
  });

  it('have the gaps of zero costs', () => {
    expect([primalGap(0, 0), primalGap(1, 0), primalGap(null, 0), primalGap(4, 3)]).toEqual([0, 1, 1, 0.25]);
    const closed: Trace = { work: [0], seconds: [1], cost: [0], boundWork: [], boundSeconds: [], bound: [] };
    expect(gapCourse(closed)).toEqual({ at: [1], value: [0] });
    expect(integral(gapCourse(closed), 3)).toBe(1);
  });
});
