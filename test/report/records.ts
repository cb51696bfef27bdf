import type { BenchRecord } from '../../src/benchmark/record.ts';
import { recordSchema } from '../../src/benchmark/record.ts';
import { parsed } from '../../src/formats/schema.ts';
import { generate, loadMethods, type SolveResult, solveSync, sparsityGoal } from '../../src/index.ts';
import { instanceHash, toNearest } from '../../src/problem/index.ts';

await loadMethods(); // then solveSync takes any of them by name

/** Records of real answers to three small problems; clocks are made up, so that pages are the same each time. */
export function records(methods: readonly string[], suite = 'test'): BenchRecord[] {
  return [1, 2, 3].flatMap((instanceSeed) => {
    const instance = generate('scaled', { rows: 12, cols: 16, strength: 1, seed: instanceSeed });
    const goal = sparsityGoal(instance, '0.6');
    return methods.map((method, m): BenchRecord => {
      const bound: number[] = [];
      const onBound = (value: bigint) => bound.push(toNearest(value));
      const result: SolveResult = solveSync(instance, { method, goal, onBound });
      const { pruning: _, certificate: __, provedBy: ___, linked: ____, deadKept: _____, entries, ...fields } = result;
      const seconds = 0.01 * (m + 1) * instanceSeed;
      return parsed('test', recordSchema, {
        ...fields,
        key: `${instanceSeed}${m}`.padEnd(64, '0'),
        suite,
        family: 'scaled',
        parameters: { rows: 12, cols: 16, strength: 1 },
        instanceSeed,
        instanceHash: instanceHash(instance),
        layers: 1,
        entries,
        sparsity: '0.6',
        workLimit: null,
        timeLimit: null,
        memoryLimit: null,
        warmUp: 0,
        outcome: 'answered',
        reason: null,
        valid: true,
        claimedOptimal: null,
        seconds,
        processorSeconds: seconds,
        repeats: 1,
        baseBytes: 1e6,
        peakBytes: 2e6,
        trace: {
          work: [0, result.work],
          seconds: [seconds / 2, seconds],
          cost: [result.cost! * 1.1, result.cost!],
          boundWork: bound.map((_, k) => k),
          boundSeconds: bound.map((_, k) => ((k + 1) * seconds) / bound.length),
          bound: bound,
        },
        commit: '0123456789abcdef',
        machine: { processor: 'a processor', cores: 2, memory: 1e9, node: 'v20', platform: 'linux' },
        date: '2026-01-01T00:00:00.000Z',
      });
    });
  });
}
