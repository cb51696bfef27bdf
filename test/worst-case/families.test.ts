import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/certify/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { RcpruneError } from '../../src/problem/index.ts';
import {
  STARTS,
  type Start,
  supremum,
  TIGHT_ALGORITHMS,
  type TightAlgorithm,
  type WorstCase,
  worstCase,
} from '../../src/worst-case/index.ts';
import { bruteForce, costOf } from '../reference/brute-force.ts';

/** Every algorithm with every start it has. */
const CASES = TIGHT_ALGORITHMS.flatMap((algorithm): [TightAlgorithm, Start | undefined][] =>
  algorithm === 'alternating' ? STARTS.map((start) => [algorithm, start]) : [[algorithm, undefined]],
);
const WITH_SHAPES = CASES.filter(([algorithm]) => algorithm !== 'greedy');

/** Runs the algorithm, from its start, and checks its answer; the optimum is brute force's where that is possible. */
function measure({ algorithm, start, instance, goal }: WorstCase): { cost: bigint; optimum: bigint } {
  const begin = start === null ? undefined : solveSync(instance, { method: start, goal }).pruning!;
  const { pruning } = solveSync(instance, { method: algorithm, goal, start: begin });
  expect(check(instance, goal, pruning!).reason).toBeNull();
  const cost = costOf(instance, pruning!);
  const lines = instance.layers.reduce((sum, { rows, cols }) => sum + rows + cols, 0);
  const enumerated = costOf(instance, solveSync(instance, { method: 'enumerate', goal }).pruning!);
  if (lines <= 10) expect(enumerated).toBe(bruteForce(instance, goal)!.cost);
  return { cost, optimum: enumerated };
}

/** cost / optimum, to 12 digits. */
const ratioOf = ({ cost, optimum }: { cost: bigint; optimum: bigint }) => Number((cost * 10n ** 12n) / optimum) / 1e12;

const EPSILONS = [2 ** -3, 2 ** -6, 2 ** -9, 2 ** -12, 2 ** -15];

/** The ratios fall short of the limit by a multiple of epsilon that depends on the size alone, and never pass it. */
function expectConvergence(make: (epsilon: number) => WorstCase): void {
  for (const epsilon of EPSILONS) {
    const worst = make(epsilon);
    const { rows, cols } = worst.size;
    const ratio = ratioOf(measure(worst));
    const label = `${worst.algorithm} ${worst.start} ${JSON.stringify(worst.size)} at ${epsilon}: ${ratio}`;
    expect(ratio, label).toBeLessThanOrEqual(worst.limit);
    expect(worst.limit - ratio, label).toBeLessThanOrEqual(2 * (rows + cols) * epsilon);
  }
}

const isRefused = (make: () => WorstCase): WorstCase | null => {
  try {
    return make();
  } catch (error) {
    expect(error).toBeInstanceOf(RcpruneError);
    return null;
  }
};

describe.each(WITH_SHAPES)('%s (start %s)', (algorithm, start) => {
  const shapes: { rows: number; cols: number; removedRows: number; removedColumns: number }[] = [];
  for (let rows = 2; rows <= 5; rows++) {
    for (let cols = 2; cols <= 5; cols++) {
      for (let removedRows = 1; removedRows < rows; removedRows++) {
        for (let removedColumns = 1; removedColumns < cols; removedColumns++) {
          shapes.push({ rows, cols, removedRows, removedColumns });
        }
      }
    }
  }

  it('tends to its supremum at every fixed shape, except where it is optimal', { timeout: 60_000 }, () => {
    for (const size of shapes) {
      const limit = supremum(algorithm, size, start);
      const make = (epsilon: number) => worstCase(algorithm, { ...size, epsilon, start, fixedShape: true });
      if (limit === 1) {
        expect(isRefused(() => make(1 / 8))).toBeNull();
        expect([size.rows, size.cols]).toEqual([2, 2]);
      } else {
        expect(make(1 / 8).limit).toBe(limit);
        expectConvergence(make);
      }
    }
  });

  it('tends to 2 with a target, or refuses', { timeout: 60_000 }, () => {
    let made = 0;
    for (const size of shapes) {
      const make = (epsilon: number) => worstCase(algorithm, { ...size, epsilon, start });
      const some = isRefused(() => make(1 / 8));
      const hasBlock = size.rows - size.removedRows >= 2 && size.cols - size.removedColumns >= 2;
      if (hasBlock) expect(some).not.toBeNull();
      if (some === null) continue;
      expect(some.limit).toBe(2);
      expect(some.goal).toEqual({ target: some.instance.target });
      made++;
      expectConvergence(make);
    }
    expect(made).toBeGreaterThan(20);
  });

  it('does so with several layers, and at larger sizes', { timeout: 60_000 }, () => {
    const sizes = fc
      .tuple(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 3, max: 16 }), fc.boolean())
      .chain(([a, b, tall]) => {
        const [rows, cols] = tall ? [b, a] : [a, b];
        return fc.record({
          rows: fc.constant(rows),
          cols: fc.constant(cols),
          removedRows: fc.integer({ min: 1, max: rows - 1 }),
          removedColumns: fc.integer({ min: 1, max: cols - 1 }),
          layers: fc.integer({ min: 1, max: 3 }),
          fixedShape: fc.boolean(),
        });
      });
    fc.assert(
      fc.property(sizes, (options) => {
        const make = (epsilon: number) => worstCase(algorithm, { ...options, epsilon, start });
        if (isRefused(() => make(1 / 8)) !== null) expectConvergence(make);
      }),
      { numRuns: 40 },
    );
  });
});

describe('greedy', () => {
  it('tends to m / n, beyond any constant, with one layer and several', () => {
    const ratios = [4, 10, 40, 400].map((rows) => {
      const make = (epsilon: number) => worstCase('greedy', { rows, cols: 2, epsilon, layers: rows === 10 ? 3 : 1 });
      expect(make(1 / 8).limit).toBe(rows / 2);
      expectConvergence(make);
      return ratioOf(measure(make(2 ** -15)));
    });
    expect(ratios.at(-1)).toBeGreaterThan(199);
    expectConvergence((epsilon) => worstCase('greedy', { rows: 30, cols: 7, epsilon }));
  });

  it('refuses matrices that are not taller than wide, and shapes', () => {
    for (const size of [
      { rows: 3, cols: 3 },
      { rows: 2, cols: 1 },
      { rows: 2, cols: 5 },
    ]) {
      expect(() => worstCase('greedy', size)).toThrow(/more rows than columns/);
    }
    expect(() => worstCase('greedy', { rows: 5, cols: 4, epsilon: 1 / 4 })).toThrow(/epsilon below/);
    expect(() => worstCase('greedy', { fixedShape: true })).toThrow(/target/);
    expect(() => supremum('greedy', { rows: 3, cols: 3, removedRows: 1, removedColumns: 1 })).toThrow(/constant/);
  });
});

describe('worstCase', () => {
  it('refuses what is outside every domain', () => {
    const bad = [
      { epsilon: 0 },
      { epsilon: 2 ** -17 },
      { epsilon: 0.26 },
      { epsilon: Number.NaN },
      { rows: 0 },
      { rows: 2.5 },
      { cols: 2 ** 40 },
      { removedRows: 0 },
      { removedRows: 3 },
      { removedRows: 4 },
      { removedColumns: 0 },
      { removedColumns: -1 },
      { layers: 0 },
      { layers: 1e9 },
      { start: 'greedy' as Start },
    ];
    for (const options of bad) {
      expect(
        isRefused(() => worstCase('independent', { ...options, fixedShape: true })),
        JSON.stringify(options),
      ).toBeNull();
    }
    expect(isRefused(() => worstCase('uniform' as TightAlgorithm))).toBeNull();
  });
});
