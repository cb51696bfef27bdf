import { describe, expect, it } from 'vitest';
import { performanceProfiles } from '../../src/benchmark/statistics.ts';
import { classOf, contradictionsOf, measuresOf, problemsOf, summaryOf } from '../../src/benchmark/summary.ts';
import { answer, record } from './records.ts';

const other = { instanceHash: '1'.repeat(64), instanceSeed: 2 };
/** Two instances: greedy misses one optimum, ilp-highs claims one wrongly, enumerate proves the first and refuses the second. */
const RECORDS = [
  answer(1, 4, 0, { method: 'greedy', processorSeconds: 2 }),
  answer(2, 2, 2, { method: 'enumerate', processorSeconds: 1, seconds: 3 }),
  answer(3, 4, 1, { method: 'ilp-highs', claimedOptimal: true, timeLimit: 2, processorSeconds: 8 }),
  answer(4, 3, 0, { ...other, method: 'greedy', processorSeconds: 2 }),
  record(5, { ...other, method: 'enumerate', outcome: 'refused' }),
  answer(6, 3, 3, { ...other, method: 'ilp-highs', claimedOptimal: true, processorSeconds: 2, peakBytes: 400 }),
];

describe('summaries', () => {
  it('are those of an example by hand', () => {
    const { all, classes, reference, contradictions, profiles } = summaryOf(RECORDS);
    expect([all.problems, classes.length, reference, contradictions]).toEqual([2, 1, 'greedy', []]);
    expect(profiles).toMatchObject({
      problems: 2,
      cost: [
        {
          steps: [
            [1, 0.5],
            [2, 1],
          ],
        },
        {},
        {},
      ],
    });
    const [greedy, enumerate, highs] = all.methods;
    expect(greedy).toMatchObject({
      runs: 2,
      answered: 2,
      proved: 0,
      claimed: 0,
      timedOut: 0,
      worstCost: 2,
      memory: 50,
    });
    expect(greedy!.cost!.ratio).toBeCloseTo(Math.sqrt(2), 12); // 4 / 2 and 3 / 3
    expect(enumerate).toMatchObject({ runs: 2, answered: 1, proved: 1, worstCost: 1 });
    expect(enumerate!.time).toMatchObject({ ratio: 0.5, pairs: 1 });
    expect(highs).toMatchObject({ proved: 1, claimed: 2, refuted: 1, gap: 0.375, memory: 300 });
    expect(highs!.time!.ratio).toBeCloseTo(2, 12); // 8 / 2 and 2 / 2
    // Half a second without an answer, then |4 - 2| / 4 until the limit of 2 s; and 0 after half a second of one.
    expect(highs!.primalIntegral).toBeCloseTo(((0.5 + 1.5 * 0.5) / 2 + 0.5) / 2, 12);
    // 1 until 0.5 s, then (4 - 0) / 4 until 1 s, then (4 - 1) / 4 until 2 s; and 1 all along.
    expect(highs!.gapIntegral).toBeCloseTo(((1 + 0.75) / 2 + 1) / 2, 12);
  });

  it('name a bound above a cost', () => {
    const wrong = answer(7, 5, 2.5, { method: 'best' });
    expect(contradictionsOf(problemsOf([...RECORDS, wrong]))).toEqual([
      { instanceHash: '0'.repeat(64), target: 2, bound: ['best', 2.5], cost: ['enumerate', 2] },
    ]);
  });

  it('take costs of zero, runs without answers, and nothing at all', () => {
    const free = [answer(1, 0, 0), answer(2, 1, 0, { method: 'random' }), record(3, { method: 'best' })];
    const [greedy, random, best] = summaryOf(free).all.methods;
    expect([greedy!.cost!.ratio, greedy!.worstCost]).toEqual([1, 1]);
    expect([random!.cost, random!.worstCost]).toEqual([null, null]);
    expect(best).toMatchObject({ runs: 1, answered: 0, seconds: null, cost: null, primalIntegral: null, time: null });
    expect(summaryOf([])).toMatchObject({ classes: [], all: { problems: 0, methods: [] } });
  });

  it('give measures for profiles: Infinity where there is no answer, or no optimum', () => {
    const problems = problemsOf(RECORDS);
    const costs = measuresOf(problems, 'cost');
    expect([...costs]).toEqual([
      ['greedy', [4, 3]],
      ['enumerate', [2, Infinity]],
      ['ilp-highs', [4, 3]],
    ]);
    expect(performanceProfiles(costs)[1]).toEqual({ method: 'enumerate', steps: [[1, 0.5]] });
    expect(measuresOf(problems, 'seconds').get('greedy')).toEqual([Infinity, Infinity]);
    expect(measuresOf(problems, 'seconds').get('enumerate')).toEqual([3, Infinity]);
  });

  it('label classes by family, size, options and sparsity', () => {
    expect(classOf(record(1, { parameters: { rows: 2, cols: 3, layers: 4, strength: 0.5 } }))).toBe(
      'uniform 2x3x4 strength=0.5 at 0.5',
    );
    expect(classOf(record(1, { family: 'file', parameters: { file: 'a.json' }, sparsity: null }))).toBe(
      'file a.json at 2',
    );
  });
});
