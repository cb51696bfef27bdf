import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, deadKept, isClosed, solveSync } from '../../src/index.ts';
import { exactCost } from '../../src/problem/index.ts';
import { METHODS } from '../methods.ts';
import { linkedBruteForce } from '../reference/closure-by-name.ts';
import { linkedCase } from '../reference/random-networks.ts';

/*
 * What every method promises on linked instances, against all closed prunings.
 */

/** Drawn once, by a fixed seed, for all methods: trying all prunings is what takes long. */
const tasks = fc
  .sample(linkedCase(), { seed: 20261127, numRuns: 100 })
  .map((task) => ({ ...task, optimum: linkedBruteForce(task.instance, task.goal.target)?.cost ?? null }));
const FEW_MOVES = ['anneal-selection', 'anneal-shape', 'best'];

describe.each(METHODS.map((method) => [method.name, method] as const))('%s', (name, method) => {
  it('answers with closed prunings that meet the goal, priced right, and no bound above the optimum', () => {
    const workLimit = FEW_MOVES.includes(name) ? 300 : undefined;
    for (const { instance, goal, optimum } of tasks) {
      const result = solveSync(instance, { method, goal, workLimit });
      expect(result.linked).toBe(true);
      if (optimum === null) {
        expect(result.pruning).toBe(null);
        continue;
      }
      expect(BigInt(result.dualBound * 2 ** 149) <= optimum).toBe(true);
      if (result.pruning === null) {
        expect(result.status).toBe('unknown');
        continue;
      }
      expect(isClosed(instance, result.pruning)).toBe(true);
      expect([deadKept(instance, result.pruning), result.deadKept]).toEqual([0n, 0]);
      const { cost } = exactCost(instance, result.pruning);
      expect(cost >= optimum).toBe(true);
      if (result.status === 'optimal') expect(cost).toBe(optimum);
      const { guarantee } = result;
      if (guarantee !== null) expect(Number(cost) <= guarantee * Number(optimum) * (1 + 1e-12)).toBe(true);
      const verdict = check(instance, goal, result.pruning, { cost: result.cost! }, result.certificate);
      expect(verdict.reason).toBe(null);
    }
  });
});
