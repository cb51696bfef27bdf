import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { searchCertificate } from '../../src/bounds/search.ts';
import { checkCertificate } from '../../src/certify/index.ts';
import { type Certificate, type Goal, type Instance, makeInstance, requirementOf } from '../../src/problem/index.ts';
import { arbitraryCase } from '../reference/arbitraries.ts';
import { bruteForce, exact, totalOf } from '../reference/brute-force.ts';

vi.setConfig({ testTimeout: 180_000 });

/** The certificate of a goal, and what the checker proves with it. */
function certified(instance: Instance, goal: Goal, workLimit = 12) {
  const { certificate } = searchCertificate(instance, requirementOf(instance, goal), { workLimit });
  return { certificate, proof: checkCertificate(instance, goal, certificate) };
}

function expectBracket(instance: Instance, goal: Goal, certificate: Certificate): void {
  const proof = checkCertificate(instance, goal, certificate);
  expect(proof.reason).toBeNull();
  const optimum = bruteForce(instance, goal)!.cost;
  expect(exact(proof.dualBound!) <= optimum).toBe(true);
  expect(BigInt(Math.ceil(proof.keptBound! * 2 ** 149)) >= totalOf(instance) - optimum).toBe(true);
}

describe('searchCertificate', () => {
  it.each([
    { label: 'one layer', options: { mostLines: 11, mostLayers: 1 }, runs: 400 },
    { label: 'several layers', options: { mostLines: 12, mostLayers: 3 }, runs: 300 },
  ])('$label: is accepted at its claim and brackets the optimum', ({ options, runs }) => {
    fc.assert(
      fc.property(arbitraryCase(options), ({ instance, goal }) => {
        expectBracket(instance, goal, certified(instance, goal).certificate);
      }),
      { numRuns: runs },
    );
  });

  it('is accepted at its claim, which is no more than the optimum, at all scales of units and importances', () => {
    const layer = fc
      .record({ rows: fc.integer({ min: 1, max: 2 }), cols: fc.integer({ min: 1, max: 2 }) })
      .chain((size) =>
        fc.record({
          rows: fc.constant(size.rows),
          cols: fc.constant(size.cols),
          values: fc.array(fc.nat({ max: 1000 }), {
            minLength: size.rows * size.cols,
            maxLength: size.rows * size.cols,
          }),
          exponent: fc.integer({ min: 0, max: 20 }),
          unitsPerEntry: fc.constantFrom(1, 1, 3, 2 ** 20, 2 ** 40, 2 ** 44 - 1),
          // Units that minima hold in place are what makes price x units large.
          minKeptRows: fc.constantFrom(0, 1, size.rows),
          minKeptColumns: fc.constantFrom(0, 1, size.cols),
        }),
      );
    const layers = fc.array(layer, { minLength: 1, maxLength: 3 });
    const scales = fc.constantFrom(2 ** -149, 2 ** -100, 1, 2 ** 90);
    const targets = fc.record({ isNearMost: fc.boolean(), off: fc.nat({ max: 8 }) });
    fc.assert(
      fc.property(layers, scales, targets, (list, scale, { isNearMost, off }) => {
        const instance = makeInstance(
          list.map(({ values, exponent, ...rest }, l) => {
            return { ...rest, name: `layer${l}`, importance: values.map((x) => x * scale * 2 ** exponent) };
          }),
        );
        const { mostRemovable } = requirementOf(instance, { target: 0 });
        const goal = { target: isNearMost ? Math.max(0, mostRemovable - off) : Math.min(mostRemovable, off) };
        const optimum = bruteForce(instance, goal)!.cost;
        for (const workLimit of [0, 3]) {
          const { certificate } = certified(instance, goal, workLimit);
          expectBracket(instance, goal, certificate);
          expect(BigInt(Math.ceil(certificate.claim.dualBound * 2 ** 149)) <= optimum).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('holds for fixed shapes', () => {
    const shaped = arbitraryCase({ mostLines: 10, mostLayers: 1 });
    fc.assert(
      fc.property(shaped, fc.nat(), fc.nat(), ({ instance }, a, b) => {
        const { rows, cols, minKeptRows, minKeptColumns } = instance.layers[0]!;
        const shape = { rows: a % (rows - minKeptRows + 1), columns: b % (cols - minKeptColumns + 1) };
        expectBracket(instance, { shape }, certified(instance, { shape }).certificate);
      }),
      { numRuns: 200 },
    );
  });

  it.each<[string, number, number, (k: number) => number]>([
    ['constant', 5, 7, () => 0.25],
    ['all-zero', 4, 4, () => 0],
    ['one row', 1, 9, (k) => k],
    ['one column', 9, 1, (k) => k * k],
    ['one entry', 1, 1, () => 3],
    ['1e-38 beside 1e38', 4, 5, (k) => [1e-38, 1e38, 1, 0, 1e-45, 3.4e38][k % 6]!],
    ['subnormal', 3, 4, (k) => k * 2 ** -149],
    ['huge', 3, 4, (k) => 3.4e38 / (k + 1)],
  ])('gives numbers for a matrix that is %s', (_, rows, cols, entry) => {
    const importance = Array.from({ length: rows * cols }, (_, k) => entry(k));
    const instance = makeInstance([{ name: 'x', rows, cols, importance }]);
    for (let target = 0; target <= rows * cols; target++) {
      const { certificate, proof } = certified(instance, { target });
      expect(certificate.price).toBeGreaterThanOrEqual(0);
      expect(proof.reason).toBeNull();
      expect(Number.isFinite(proof.dualBound) && Number.isFinite(proof.keptBound)).toBe(true);
      expectBracket(instance, { target }, certificate);
    }
  });
});
