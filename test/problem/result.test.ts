import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactCost, makeInstance, makeResult, nextBelow, relativeGap, twoTimes } from '../../src/problem/index.ts';
import { withCertificate } from '../../src/problem/result.ts';

const instance = makeInstance([
  { name: 'a', rows: 2, cols: 2, importance: [1, 2, 3, 4], unitsPerEntry: 3 },
  { name: 'b', rows: 1, cols: 2, importance: [0.5, 8] },
]);
/** Row 0 of the first layer (3), column 0 of the second (0.5): cost 3.5 of 18.5, 7 units of 14. */
const pruning = {
  layers: [
    { removedRows: Uint32Array.of(0), removedColumns: new Uint32Array() },
    { removedRows: new Uint32Array(), removedColumns: Uint32Array.of(0) },
  ],
};
const units = (x: number) => BigInt(x * 2 ** 149);
const figures = {
  method: 'some',
  linked: false,
  deadKept: 0,
  stopReason: 'complete',
  target: 5,
  entries: 14,
  seed: 9,
  work: 0,
  pruning,
  removed: 7,
  cost: 3.5,
  kept: 15,
  total: 18.5,
  primalBound: 3.5,
  certificate: null,
};

describe('makeResult', () => {
  it('prices a pruning and claims nothing that is not given', () => {
    expect(makeResult(instance, 5, 'some', 9, { pruning })).toEqual({
      ...figures,
      status: 'feasible',
      dualBound: 0,
      provedBy: null,
      gap: 1,
      guarantee: null,
    });
  });

  it('keeps a bound below the cost, divided, and the rest of the answer', () => {
    const answer = { pruning, dualBound: units(3.5), dualDivisor: 2n, guarantee: 2, stopReason: 'workLimit', work: 6 };
    expect(makeResult(instance, 5, 'some', 9, answer as Parameters<typeof makeResult>[4])).toEqual({
      ...figures,
      status: 'feasible',
      stopReason: 'workLimit',
      work: 6,
      dualBound: 1.75,
      provedBy: 'exact-arithmetic',
      gap: 0.5,
      guarantee: 2,
    });
  });

  it('is optimal exactly where the bound reaches the cost, by the last unit', () => {
    const cost = units(3.5);
    const proof = { provedBy: 'exact-arithmetic' };
    const optimal = { ...figures, ...proof, status: 'optimal', dualBound: 3.5, gap: 0, guarantee: 1 };
    expect(makeResult(instance, 5, 'some', 9, { pruning, dualBound: cost, guarantee: 2 })).toEqual(optimal);
    expect(makeResult(instance, 5, 'some', 9, { pruning, dualBound: 2n * cost, dualDivisor: 2n })).toEqual(optimal);
    const short = makeResult(instance, 5, 'some', 9, { pruning, dualBound: cost - 1n });
    expect(short).toMatchObject({ status: 'feasible', dualBound: nextBelow(3.5), guarantee: null });
    expect(short.gap).toBeGreaterThan(0);
    const half = makeResult(instance, 5, 'some', 9, { pruning, dualBound: 2n * cost - 1n, dualDivisor: 2n });
    expect(half.status).toBe('feasible');
  });

  it('refuses a bound above the cost: a pruning that meets the goal shows that it is false', () => {
    const cost = units(3.5);
    for (const answer of [{ dualBound: cost + 1n }, { dualBound: 2n * cost + 1n, dualDivisor: 2n }]) {
      const run = () => makeResult(instance, 5, 'some', 9, { pruning, ...answer });
      expect(run).toThrow('expected a lower bound of at most the cost');
    }
  });

  it('says what is known without a pruning', () => {
    const nothing = {
      certificate: null,
      method: 'some',
      target: 5,
      entries: 14,
      seed: 9,
      pruning: null,
      removed: null,
      cost: null,
      kept: null,
      total: 18.5,
      primalBound: null,
      linked: false,
      deadKept: null,
      gap: null,
      guarantee: null,
    };
    expect(makeResult(instance, 5, 'some', 9, { pruning: null })).toEqual({
      ...nothing,
      status: 'unknown',
      stopReason: 'complete',
      dualBound: 0,
      provedBy: null,
      work: 0,
    });
    const answer = { pruning: null, status: 'infeasible', dualBound: units(7), dualDivisor: 2n, guarantee: 2 } as const;
    expect(makeResult(instance, 5, 'some', 9, { ...answer, work: 4, stopReason: 'interrupted' })).toEqual({
      ...nothing,
      status: 'infeasible',
      stopReason: 'interrupted',
      dualBound: 3.5,
      provedBy: 'exact-arithmetic',
      work: 4,
    });
  });

  it('takes a known total for cost and kept', () => {
    expect(exactCost(instance, pruning)).toEqual({ cost: units(3.5), kept: units(15), total: units(18.5) });
    expect(exactCost(instance, pruning, units(20))).toEqual({ cost: units(3.5), kept: units(16.5), total: units(20) });
  });
});

describe('relativeGap', () => {
  it('is a share of the primal bound, and 0 where both agree', () => {
    expect([relativeGap(4, 1), relativeGap(4, 4), relativeGap(0, 0), relativeGap(0, 1)]).toEqual([0.75, 0, 0, null]);
  });
});

describe('twoTimes', () => {
  it('is 2 for no excess, else at least 2(1 + delta) and hardly more', () => {
    expect([twoTimes(0), twoTimes(Infinity), twoTimes(1.7e308)]).toEqual([2, null, null]);
    const scale = 2n ** 1100n;
    // A double as an exact integer times 2^-1100.
    const exact = (x: number) => {
      let [value, shift] = [x, 0];
      for (; !Number.isInteger(value); shift++) value *= 2;
      return (BigInt(value) * scale) >> BigInt(shift);
    };
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 60, noNaN: true, minExcluded: true }), (delta) => {
        const least = 2n * (scale + exact(delta));
        const guarantee = exact(twoTimes(delta)!);
        expect(guarantee >= least).toBe(true);
        expect((guarantee - least) * 2n ** 50n <= least).toBe(true);
      }),
    );
  });
});

describe('withCertificate', () => {
  const certificateOf = (dualBound: number) => ({
    instanceHash: '',
    goal: { target: 5 },
    price: 0,
    layers: [],
    claim: { dualBound, keptBound: 18.5 - dualBound },
  });

  const verification = (dualBound: number) => ({ valid: true, exactDualBound: units(dualBound) });
  const refused = { valid: false, exactDualBound: null };
  const result = makeResult(instance, 5, 'some', 9, { pruning, dualBound: units(1.75) });

  it('takes the better of both bounds, never one above the cost, and says whose it is', () => {
    for (const [proved, dualBound] of [
      [0.5, 1.75],
      [1.75, 1.75],
      [2.5, 2.5],
    ]) {
      const certificate = certificateOf(proved!);
      const provedBy = dualBound === 1.75 ? 'exact-arithmetic' : 'certificate';
      const gap = (3.5 - dualBound!) / 3.5;
      const expected = { ...result, certificate, dualBound, gap, provedBy };
      expect(withCertificate(instance, result, certificate, verification(proved!))).toEqual(expected);
    }
  });

  it('closes the gap where the verified bound meets the exact cost, and only there', () => {
    const closed = { status: 'optimal', dualBound: 3.5, gap: 0, guarantee: 1, provedBy: 'certificate' };
    const certificate = certificateOf(3.5);
    const expected = { ...result, certificate, ...closed };
    expect(withCertificate(instance, result, certificate, verification(3.5))).toEqual(expected);
    const above = () => withCertificate(instance, result, certificate, verification(4));
    expect(above).toThrow('expected a lower bound of at most the cost');
    const nearly = { valid: true, exactDualBound: units(3.5) - 1n };
    expect(withCertificate(instance, result, certificateOf(3.5), nearly).status).toBe('feasible');
  });

  it('rests on what was verified alone: an unverified or refused claim is a claim', () => {
    for (const verdict of [null, refused]) {
      const certificate = certificateOf(2.5);
      const expected = { ...result, certificate, claimedBound: 2.5 };
      expect(withCertificate(instance, result, certificate, verdict)).toEqual(expected);
      const weaker = certificateOf(1);
      expect(withCertificate(instance, result, weaker, verdict)).toEqual({ ...result, certificate: weaker });
    }
    const claimed = withCertificate(instance, result, certificateOf(2.5), null);
    expect(withCertificate(instance, claimed, certificateOf(2.5), verification(2.5))).not.toHaveProperty(
      'claimedBound',
    );
  });

  it('leaves an optimum what it is', () => {
    const optimal = makeResult(instance, 5, 'some', 9, { pruning, dualBound: units(3.5) });
    const certificate = certificateOf(4);
    for (const verdict of [null, refused, verification(2), verification(3.5)]) {
      expect(withCertificate(instance, optimal, certificate, verdict)).toEqual({ ...optimal, certificate });
    }
  });

  it('needs no pruning', () => {
    const none = makeResult(instance, 5, 'some', 9, { pruning: null });
    const certificate = certificateOf(4);
    const expected = { ...none, certificate, dualBound: 4, gap: null, provedBy: 'certificate' };
    expect(withCertificate(instance, none, certificate, verification(4))).toEqual(expected);
  });
});
