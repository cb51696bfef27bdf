import { describe, expect, it } from 'vitest';
import { makeNormal } from '../../../src/families/normal.ts';
import { bootstrapMean, rateAt, wilsonInterval } from '../../../src/neural/training/index.ts';
import { makeRandom, RcpruneError } from '../../../src/problem/index.ts';

describe('wilsonInterval', () => {
  // R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i of %i is as published', (successes, trials, low, high) => {
    const interval = wilsonInterval(successes, trials);
    expect(interval[0]).toBeCloseTo(low, 4);
    expect(interval[1]).toBeCloseTo(high, 4);
  });

  it('refuses what is no share', () => {
    for (const [successes, trials] of [
      [0, 0],
      [3, 2],
      [-1, 2],
    ] as const) {
      expect(() => wilsonInterval(successes, trials)).toThrow(RcpruneError);
    }
  });
});

describe('bootstrapMean', () => {
  const normal = makeNormal(makeRandom(4));

  it('has the width of the normal interval of group means, when images of a group are alike', () => {
    const means = Array.from({ length: 100 }, () => normal());
    const values = means.flatMap((mean) => Array.from({ length: 7 }, () => mean));
    const groups = Int32Array.from(values, (_, image) => Math.floor(image / 7));
    const { mean, interval } = bootstrapMean([{ values }], groups, { resamples: 4000 });
    const expected = means.reduce((sum, one) => sum + one, 0) / 100;
    const deviation = Math.sqrt(means.reduce((sum, one) => sum + (one - expected) ** 2, 0) / 100);
    expect(mean).toBeCloseTo(expected, 10);
    expect((interval[1] - interval[0]) / ((2 * 1.96 * deviation) / 10)).toBeGreaterThan(0.93);
    expect((interval[1] - interval[0]) / ((2 * 1.96 * deviation) / 10)).toBeLessThan(1.07);
    const alone = bootstrapMean([{ values }], null).interval; // as if images were independent: too narrow
    expect((interval[1] - interval[0]) / (alone[1] - alone[0])).toBeGreaterThan(2);
  });

  it('draws runs within their strata', () => {
    const flat = (value: number) => Array.from({ length: 10 }, () => value);
    const apart = [0, 0, 1, 1].map((value) => ({ values: flat(value), stratum: value }));
    expect(bootstrapMean(apart, null)).toEqual({ mean: 0.5, interval: [0.5, 0.5] });
    const together = bootstrapMean(
      apart.map(({ values }) => ({ values })),
      null,
    );
    expect(together.mean).toBe(0.5);
    expect(together.interval).toEqual([0, 1]);
  });

  it('replays by its seed and refuses runs of other lengths', () => {
    const runs = [{ values: Array.from({ length: 50 }, () => normal()) }];
    expect(bootstrapMean(runs, null, { seed: 3 })).toEqual(bootstrapMean(runs, null, { seed: 3 }));
    expect(bootstrapMean(runs, null, { seed: 3 })).not.toEqual(bootstrapMean(runs, null, { seed: 4 }));
    expect(() => bootstrapMean([{ values: [1] }, { values: [1, 0] }], null)).toThrow(RcpruneError);
    expect(() => bootstrapMean([], null)).toThrow(RcpruneError);
  });
});

describe('rateAt', () => {
  it('rises to the rate, then falls to 0 along half a cosine', () => {
    const schedule = { steps: 110, rate: 0.4, warmUp: 10 };
    expect([0, 4, 9, 10, 60].map((step) => rateAt(schedule, step))).toEqual(
      [0.04, 0.2, 0.4, 0.4, 0.2].map((rate) => expect.closeTo(rate, 12)),
    );
    expect(rateAt(schedule, 109)).toBeGreaterThan(0);
    expect(rateAt(schedule, 109)).toBeLessThan(0.001);
  });
});
