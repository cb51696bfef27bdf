import { describe, expect, it } from 'vitest';
import { annealSegment, type Segment } from '../../src/anneal/segment.ts';
import { chainRandom } from '../../src/anneal/selection-chain.ts';
import { keptMaskOf, SelectionState, selectionProblem } from '../../src/anneal/selection-state.ts';
import { geometric, sampleTemperatures } from '../../src/anneal/temperature.ts';
import { generate } from '../../src/families/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { largestPruning, requirementOf, sparsityGoal } from '../../src/problem/index.ts';
import { scale } from '../reference/transform.ts';

const instance = generate('half-normal', { rows: 60, cols: 90, seed: 5 });
const goal = sparsityGoal(instance, '0.8');
const requirement = requirementOf(instance, goal);
const problem = selectionProblem(instance, requirement);
const trivial = keptMaskOf(problem, largestPruning(instance, requirement));
const greedy = solveSync(instance, { method: 'greedy', goal }).kept!;
const base: Omit<Segment, 'cooling' | 'moves' | 'label'> = { kept: trivial, from: 0, to: 1, price: 0, seed: 1 };
const geometrically = { kind: 'geometric', range: null, shares: { hot: 1, cold: 0.03 } } as const;

describe('a segment', () => {
  it('is a function of its fields alone', () => {
    const segment: Segment = { ...base, cooling: geometrically, moves: 50_000, label: 'a' };
    expect(annealSegment(problem, segment)).toEqual(annealSegment(problem, segment));
    expect(annealSegment(problem, { ...segment, label: 'b' }).kept).not.toEqual(annealSegment(problem, segment).kept);
  });

  it('ends within the capacity, from outside too, and beats greedy from nothing', () => {
    const start = keptMaskOf(problem, solveSync(instance, { method: 'random', goal, seed: 2 }).pruning!);
    const price = greedy / problem.capacity;
    for (const kept of [start, new Uint8Array(problem.lines).fill(1)]) {
      const outcome = annealSegment(problem, {
        ...base,
        kept,
        price,
        cooling: geometrically,
        moves: 400_000,
        label: 'c',
      });
      const best = new SelectionState(problem, outcome.best!);
      expect(best.keptUnits).toBeLessThanOrEqual(problem.capacity);
      expect(best.keptWeight).toBe(outcome.bestWeight);
      expect(outcome.bestWeight).toBeGreaterThan(greedy);
    }
  });

  it('holds the share of accepted moves to the course when it cools adaptively, from any temperature', () => {
    for (const temperature of [1e-3, 1e3]) {
      const cooling = { kind: 'adaptive', temperature, first: 0.3, last: 0.001 } as const;
      const outcome = annealSegment(problem, { ...base, cooling, moves: 1_000_000, label: 'd' });
      // The mean of a geometric course from 0.3 to 0.001 is (0.3 - 0.001) / ln 300.
      const mean = (0.3 - 0.001) / Math.log(300);
      expect(outcome.accepted / 1_000_000 / mean).toBeGreaterThan(0.6);
      expect(outcome.accepted / 1_000_000 / mean).toBeLessThan(1.6);
      expect(outcome.bestWeight).toBeGreaterThan(greedy);
    }
  });

  it('at a constant temperature of zero only gains', () => {
    const cooling = { kind: 'constant', temperature: 0 } as const;
    const outcome = annealSegment(problem, { ...base, to: 0.5, cooling, moves: 20_000, label: 'e' });
    expect(outcome.weight).toBe(outcome.bestWeight);
    expect(outcome.weight).toBeGreaterThan(0);
  });
});

describe('sampled temperatures', () => {
  it('scale with the importances and fall from hot to cold', () => {
    const sample = (factor: number) => {
      const scaled = selectionProblem(scale(instance, factor), requirement);
      const kept = keptMaskOf(problem, solveSync(instance, { method: 'greedy', goal }).pruning!);
      return sampleTemperatures(new SelectionState(scaled, kept), 0, 0.5, 0.01, 1000, chainRandom(1, 'sample'));
    };
    const one = sample(1);
    expect(sample(2 ** -20)).toEqual({ hot: one.hot * 2 ** -20, cold: one.cold * 2 ** -20 });
    expect(geometric(one, 0)).toBe(one.hot);
    expect(geometric(one, 1)).toBeCloseTo(one.cold, 12);
    expect(geometric(one, 0.5)).toBeCloseTo(Math.sqrt(one.hot * one.cold), 12);
  });

  it('are zero where nothing changes anything', () => {
    const flat = new SelectionState(problem, new Uint8Array(problem.lines));
    expect(sampleTemperatures(flat, 0, 1, 1, 100, chainRandom(1, 'flat'))).toEqual({ hot: 0, cold: 0 });
  });
});
