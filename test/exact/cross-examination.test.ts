import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, checkCertificate, ProofChecker } from '../../src/certify/index.ts';
import { readInstance, readPruning } from '../../src/formats/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { boundSync } from '../../src/solve/bound.ts';
import { arbitraryCase, arbitraryInstance } from '../reference/arbitraries.ts';
import { bruteForce } from '../reference/brute-force.ts';
import { crossCase } from '../reference/cross-case.ts';
import { COUNTS, examine, type Tally } from '../reference/cross-examine.ts';
import { leastCost } from '../reference/shape-enumeration.ts';

// The first of the instances of `npm run cross-examine`, whose counts over 100000 are paper-artifacts/cross-examination.csv.

describe('the reference by shapes', () => {
  it('is brute force, sooner', () => {
    fc.assert(
      fc.property(arbitraryCase({ mostLines: 11, mostLayers: 3 }), fc.nat({ max: 3 }), ({ instance, goal }, more) => {
        for (const target of [goal.target, goal.target + more]) {
          expect(leastCost(instance, { target })).toBe(bruteForce(instance, { target })?.cost ?? null);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is brute force at every shape', () => {
    fc.assert(
      fc.property(arbitraryInstance({ mostLines: 8, mostLayers: 1 }), (instance) => {
        const { rows, cols, minKeptRows, minKeptColumns } = instance.layers[0]!;
        for (let r = 0; r <= rows; r++) {
          for (let c = 0; c <= cols; c++) {
            const goal = { shape: { rows: r, columns: c } };
            const isAllowed = rows - r >= minKeptRows && cols - c >= minKeptColumns;
            expect(leastCost(instance, goal)).toBe(isAllowed ? bruteForce(instance, goal)!.cost : null);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('cross-examination', () => {
  it('finds no disagreement on 300 instances of all families', () => {
    const total: Tally = Object.fromEntries(COUNTS.map((name) => [name, 0]));
    const families = new Set<string>();
    for (let index = 0; index < 300; index++) {
      const one = crossCase(1, index);
      families.add(one.family);
      const { tally, faults } = examine(one, index, index % 30 === 0);
      expect(faults, `npm run cross-examine -- --replay ${index}`).toEqual([]);
      for (const name of COUNTS) total[name]! += tally[name]!;
    }
    expect(families.size).toBe(7);
    expect(total).toMatchObject({ instances: 300, enumerate: 300, branchAndBound: 300, branchAndBoundStarted: 300 });
    expect(total).toMatchObject({ best: 300, bestStarted: 300, proofs: 2 * total.feasible!, faults: 0 });
    expect(total.infeasible).toBeGreaterThan(5);
    expect(total.certificates).toBeGreaterThanOrEqual(2 * total.feasible!);
    expect(total['ilp-highsEqual']).toBeGreaterThan(4);
    expect(total['ilp-jslpEqual']).toBeGreaterThan(4);
  }, 120_000);
});

describe('instances/regression/', () => {
  const folder = fileURLToPath(new URL('../../instances/regression/', import.meta.url));
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.pruning.json'))
    .map((file) => file.replace('.pruning.json', ''));

  it.each(names)('%s: the stored optimum is found, its proof log and certificate are accepted', async (name) => {
    const instance = await readInstance(`${folder}${name}.json`);
    const goal = { target: instance.target! };
    const { pruning, cost, instanceHash } = await readPruning(`${folder}${name}.pruning.json`, instance);
    expect(check(instance, goal, pruning, { cost, instanceHash }).reason).toBeNull();
    const startFile = `${folder}${name}.start.json`;
    const start = existsSync(startFile) ? (await readPruning(startFile, instance)).pruning : undefined;
    for (const from of [undefined, start]) {
      const proof: string[] = [];
      const onProof = (text: string | null) => proof.push(text!);
      const result = solveSync(instance, { method: 'branch-and-bound', goal, start: from, onProof });
      expect(result).toMatchObject({ status: 'optimal', cost });
      const checker = new ProofChecker(instance, goal);
      for (const line of proof.join('').trimEnd().split('\n')) checker.take(line);
      expect(checker.verdict(result.pruning!)).toBeNull();
    }
    const { certificate } = boundSync(instance, { goal });
    expect(checkCertificate(instance, goal, certificate).reason).toBeNull();
    expect(certificate.claim.dualBound).toBeLessThanOrEqual(cost!);
  });
});
