import { describe, expect, it } from 'vitest';
import { checkCertificate, shapeBounds } from '../../src/certify/certificate.ts';
import { type Certificate, type Goal, type Instance, instanceHash, makeInstance } from '../../src/problem/index.ts';
import { compare, type Dyadic, dyadic, greatest, isAtLeast, minus, sum, times, ZERO } from '../reference/dyadic.ts';

/* What the bounds of the layers amount to for the network: limits of the rule, and its roundings where they decide. */

interface Sizes {
  readonly rows: number;
  readonly cols: number;
  readonly unitsPerEntry?: number;
  readonly minKeptRows?: number;
}

const instanceOf = (layers: readonly (Sizes & { readonly importance: ArrayLike<number> })[]): Instance =>
  makeInstance(layers.map((layer, l) => ({ ...layer, name: `${l}`, importance: Float32Array.from(layer.importance) })));

/** A certificate without pieces: line sums alone. */
const verdictOf = (instance: Instance, goal: Goal, price = 0) => {
  const certificate: Certificate = {
    instanceHash: instanceHash(instance),
    goal,
    price,
    layers: instance.layers.map(() => []),
    claim: { dualBound: 0, keptBound: Infinity },
  };
  return checkCertificate(instance, goal, certificate);
};

/** v K + sum_l max (UB_l(a, b) - v u_l a b), exactly, of layers without minima. */
function exactPriced(instance: Instance, mayStay: number, price: number): Dyadic {
  const v = dyadic(price);
  const gains = instance.layers.map((layer) => {
    const boundOf = shapeBounds(layer, []);
    if (typeof boundOf === 'string') throw new Error(boundOf);
    let most = ZERO;
    for (let a = 1; a <= layer.rows; a++) {
      for (let b = 1; b <= layer.cols; b++) {
        const units = dyadic(a * b * layer.unitsPerEntry);
        if (compare(units, dyadic(mayStay)) > 0) continue;
        most = greatest([most, minus(dyadic(boundOf(a, b)), times(v, units))]);
      }
    }
    return most;
  });
  return sum([times(v, dyadic(mayStay)), ...gains]);
}

/** Whether the bound with K = `mayStay` is at least the exact one; too many units for the knapsack. */
function isSound(instance: Instance, mayStay: number, price: number): boolean {
  const units = instance.layers.reduce((all, { rows, cols, unitsPerEntry }) => all + rows * cols * unitsPerEntry, 0);
  const { keptBound } = verdictOf(instance, { target: units - mayStay }, price);
  return isAtLeast(dyadic(keptBound!), exactPriced(instance, mayStay, price));
}

describe('the bound of a network', () => {
  it('covers the rounding of v K and of every sum', () => {
    // v K is just above 1, where roundings are greatest; each layer adds just less than half the last bit, and is lost.
    // Only the greatest entry of the wide layer is worth its units; the others make the total exceed v K.
    const entries = new Float32Array(1024).fill(2 ** -10 - 2 ** -20);
    entries[0] = 2 ** -10;
    for (let others = 3; others <= 6; others++) {
      const wide = { rows: 1, cols: 1024, unitsPerEntry: 2 ** 40, importance: entries };
      const single = { rows: 1, cols: 1, unitsPerEntry: 2 ** 40, importance: [2 ** -10] };
      const instance = instanceOf([wide, ...new Array(others).fill(single)]);
      const bound = (shapeBounds(instance.layers[0]!, []) as (a: number, b: number) => number)(1, 1);
      const price = (bound - 0.95 * 2 ** -53) / 2 ** 40;
      for (let n = 1; n < 16; n++) {
        expect(isSound(instance, 2 ** 50 + n * 2 ** 36, price), `${others} others, ${n}`).toBe(true);
      }
    }
  });

  it('packs up to 2^26 steps of the knapsack', () => {
    // K times the 4096 shapes' sizes of either layer: 2^26 steps where K is 8192.
    const importance = new Float32Array(64 * 64).fill(1);
    const instance = instanceOf(new Array(2).fill({ rows: 64, cols: 64, unitsPerEntry: 2, importance }));
    const kept = (mayStay: number) => verdictOf(instance, { target: 16384 - mayStay }).keptBound!;
    expect(kept(8192)).toBeCloseTo(2 * 45 * 64, 6); // 45 lines of either kind, 2025 entries, in either layer
    expect(kept(8193)).toBe(8192); // at price 0 alone, both layers whole
  });

  it('knows what a shape without rows or columns keeps: nothing', () => {
    const instance = instanceOf([{ rows: 2, cols: 3, importance: [1, 2, 3, 4, 5, 6] }]);
    for (const shape of [
      { rows: 1, columns: 3 },
      { rows: 2, columns: 2 },
      { rows: 2, columns: 3 },
    ]) {
      expect(verdictOf(instance, { shape })).toMatchObject({ valid: true, keptBound: 0, dualBound: 21 });
    }
  });

  it('proves nothing of a shape that the minima forbid', () => {
    const instance = instanceOf([{ rows: 2, cols: 2, minKeptRows: 2, importance: [1, 2, 3, 4] }]);
    const { valid, reason } = verdictOf(instance, { shape: { rows: 1, columns: 2 } });
    expect(valid).toBe(false);
    expect(reason).toBe('certificate: expected a goal that some pruning meets');
  });
});
