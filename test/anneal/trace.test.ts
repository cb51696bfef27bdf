import { describe, expect, it } from 'vitest';
import { generate } from '../../src/families/index.ts';
import type { MethodRun } from '../../src/method/rounds.ts';
import { addPoint, MOST_POINTS, type TracePoint } from '../../src/method/trace.ts';
import { toNearest } from '../../src/problem/exact-sum.ts';
import { exactCost, requirementOf, sparsityGoal } from '../../src/problem/index.ts';
import { checkpointText, readCheckpoint } from '../../src/run/checkpoint.ts';
import { solveSync } from '../../src/solve/solve.ts';
import { METHODS } from '../methods.ts';

describe('a trace', () => {
  it('holds at most its bound, the first and the newest point among them, in order', () => {
    const trace: TracePoint[] = [];
    const count = 3 * MOST_POINTS + 17;
    let longest = 0;
    const strays: number[] = []; // points after which the first or the newest is missing
    for (let k = 0; k < count; k++) {
      addPoint(trace, [k, count - k]);
      longest = Math.max(longest, trace.length);
      if (trace[0]![0] !== 0 || trace.at(-1)![0] !== k) strays.push(k);
    }
    expect(longest).toBe(MOST_POINTS);
    expect(strays).toEqual([]);
    expect(trace.length).toBeGreaterThanOrEqual(MOST_POINTS / 2);
    const works = trace.map(([work]) => work);
    expect(works).toEqual([...new Set(works)].sort((a, b) => a - b));
  });

  it('of up to its bound is whole', () => {
    const points = Array.from({ length: MOST_POINTS }, (_, k): TracePoint => [k, MOST_POINTS - k]);
    const trace: TracePoint[] = [];
    for (const point of points) addPoint(trace, point);
    expect(trace).toEqual(points);
  });
});

const instance = generate('half-normal', { rows: 40, cols: 70, layers: 3, seed: 3 });
const goal = sparsityGoal(instance, '0.8');
const requirement = requirementOf(instance, goal);
const start = solveSync(instance, { method: 'random', goal, seed: 1 }).pruning!;
const identity = { of: 'this test' };

type Run = MethodRun<unknown, unknown>;

describe.each([
  ['anneal-selection', 2_500_000],
  ['anneal-shape', 3000],
])('%s', (method, workLimit) => {
  const { open: begin } = METHODS.find(({ name }) => name === method)!.rounds!;
  const open = (text?: string) => {
    const saved = text === undefined ? undefined : readCheckpoint('checkpoint', text, identity);
    const told: TracePoint[] = [];
    const onIncumbent = (pruning: typeof start, work: number) => {
      told.push([work, toNearest(exactCost(instance, pruning).cost)]);
    };
    return { run: begin(instance, requirement, { seed: 1, workLimit, start, onIncumbent }, saved), told };
  };
  const round = (run: Run): boolean => {
    const tasks = run.tasks();
    if (tasks.length > 0) run.absorb(tasks.map((task) => run.perform(task)));
    return tasks.length > 0;
  };

  it('cut after any round and gone on from its checkpoint has the whole trace and the same end', () => {
    const { run: whole, told } = open();
    const checkpoints: string[] = [];
    while (round(whole)) checkpoints.push(checkpointText(identity, whole.saved()!));
    expect(whole.trace).toEqual(told); // what listeners are told is what checkpoints keep
    expect(told.length).toBeGreaterThan(2);
    expect(checkpoints.length).toBeGreaterThan(3);
    const cuts = [0, checkpoints.length >> 1, checkpoints.length - 2];
    for (const cut of cuts) {
      const { run } = open(checkpoints[cut]!);
      expect(run.trace.length).toBeGreaterThan(1);
      while (round(run));
      expect(run.trace).toEqual(told);
      expect(run.answer()).toEqual(whole.answer());
    }
  });

  it('is never worse than alternating re-selection from the same start, at the least work', () => {
    const alternated = solveSync(instance, { method: 'alternating', goal, start });
    const annealed = solveSync(instance, { method, goal, start, workLimit: 1 });
    expect(annealed.cost!).toBeLessThanOrEqual(alternated.cost!);
    expect(alternated.cost!).toBeLessThan(toNearest(exactCost(instance, start).cost));
  });
});
