import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { check, checkCertificate } from '../../src/certify/index.ts';
import { generate } from '../../src/families/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { portfolio } from '../../src/portfolio/best.ts';
import { exactTotal, makeInstance, requirementOf, sparsityGoal } from '../../src/problem/index.ts';
import { boundSync } from '../../src/solve/bound.ts';
import { arbitraryCase } from '../reference/arbitraries.ts';
import { bruteForce, costOf, exact } from '../reference/brute-force.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Without the exact methods, which would solve every instance small enough for brute force. */
const inexact = portfolio('inexact', []);

describe('best', () => {
  it('brackets the optimum, as its certificate proves, at no more than any quick method', () => {
    fc.assert(
      fc.property(arbitraryCase({ mostLines: 11, mostLayers: 3 }), ({ instance, goal }) => {
        const answer = inexact.run(instance, requirementOf(instance, goal), { seed: 1 });
        const optimum = bruteForce(instance, goal)!.cost;
        const cost = costOf(instance, answer.pruning!);
        expect(answer.dualBound! <= optimum && optimum <= cost).toBe(true);
        const verdict = check(instance, goal, answer.pruning!, {}, answer.certificate!);
        expect(verdict.reason).toBeNull();
        expect(exact(verdict.dualBound!) <= optimum).toBe(true);
        for (const method of ['independent', 'residual', 'greedy', 'alternating']) {
          expect(cost <= costOf(instance, solveSync(instance, { method, goal }).pruning!)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('solves small instances exactly and says so', () => {
    const instance = generate('half-normal', { rows: 8, cols: 30, layers: 2, seed: 2 });
    const goal = sparsityGoal(instance, '0.7');
    const result = solveSync(instance, { method: 'best', goal });
    expect(result).toMatchObject({ status: 'optimal', gap: 0, guarantee: 1 });
    expect(result.cost).toBe(solveSync(instance, { method: 'enumerate', goal }).cost);
  });

  it('proves gaps of larger instances far below the factor 2, the same at every run', () => {
    const instance = generate('half-normal', { rows: 30, cols: 40, layers: 2, seed: 4 });
    const goal = sparsityGoal(instance, '0.8');
    const result = solveSync(instance, { method: 'best', goal });
    expect(result.gap!).toBeLessThan(0.06);
    expect(solveSync(instance, { method: 'best', goal })).toEqual(result);
    expect(checkCertificate(instance, goal, result.certificate!).dualBound!).toBeGreaterThanOrEqual(result.dualBound);
  });

  it('closes the gap where rows and columns explain everything', () => {
    // w_ij = p_i + q_j: the additive piece leaves no residual worth speaking of.
    const [rows, cols] = [20, 30];
    const importance = Array.from({ length: rows * cols }, (_, k) => (Math.floor(k / cols) % 7) + ((k % cols) % 5) / 4);
    const instance = makeInstance([{ name: 'sum', rows, cols, importance }]);
    const result = solveSync(instance, { method: 'best', goal: { target: 300 } });
    expect(result.gap!).toBeLessThan(1e-6);
  });
});

describe('bound', () => {
  it('tells of certificates that only grow stronger, the last of which it returns', () => {
    const instance = generate('scaled', { rows: 20, cols: 30, layers: 2, seed: 4 });
    const goal = sparsityGoal(instance, '0.8');
    const claims: number[] = [];
    const { certificate, stopReason } = boundSync(instance, {
      goal,
      onCertificate: ({ claim }) => claims.push(claim.dualBound),
    });
    expect(stopReason).toBe('complete');
    expect(claims.length).toBeGreaterThan(4);
    expect(claims).toEqual([...claims].sort((x, y) => x - y));
    expect(claims.at(-1)).toBe(certificate.claim.dualBound);
  });

  it('refuses a goal that no pruning meets', () => {
    const layer = { name: 'a', rows: 2, cols: 2, importance: [1, 2, 3, 4], minKeptRows: 2, minKeptColumns: 2 };
    expect(() => boundSync(makeInstance([layer]), { goal: { target: 1 } })).toThrow(/goal: expected at most 0 units/);
  });

  it('of nothing to remove is zero, and of everything the total', () => {
    const instance = generate('uniform', { rows: 5, cols: 6, seed: 1 });
    expect(boundSync(instance, { goal: { target: 0 } }).certificate.claim.dualBound).toBe(0);
    const all = boundSync(instance, { goal: { target: 30 } }).certificate;
    expect(checkCertificate(instance, { target: 30 }, all).dualBound).toBe(Number(exactTotal(instance)) / 2 ** 149);
  });
});
