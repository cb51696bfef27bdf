import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { independentMenu } from '../src/approx/menu.ts';
import { decodeIndependent, twoApproximation } from '../src/approx/two-approximation.ts';
import { check } from '../src/certify/index.ts';
import type { Method } from '../src/method/method.ts';
import { type Goal, type Instance, largestPruning, makeInstance, requirementOf } from '../src/problem/index.ts';
import { solveSync } from '../src/solve/solve.ts';
import { METHODS } from './methods.ts';
import { arbitraryCase, arbitraryTieFreeCase, type Case } from './reference/arbitraries.ts';
import { bruteForce, costOf, exact, totalOf } from './reference/brute-force.ts';
import { permute, scale, transpose } from './reference/transform.ts';

/*
 * The laws of solvers, once, for all methods. Every failure prints the seed and path that replay it.
 */

const APPROXIMATIONS = ['independent', 'residual', 'residual-rows-first', 'residual-columns-first'];
const ONE_KIND = ['rows-only', 'columns-only'];
/** Methods whose answer is the optimum, and whose status says so. */
const EXACT = ['enumerate', 'branch-and-bound'];
/** Solvers within tolerances: a hundred times slower than the rest, so a tenth of the runs, and no law of exactness. */
const TOLERANT = ['ilp-jslp', 'ilp-highs'];
/** Mutants of the folders that are mutated die of quick methods; the others have minutes to spend only in `npm test`. */
const SLOW = ['branch-and-bound', ...TOLERANT, 'best', 'anneal-selection', 'anneal-shape'];
const HELD = METHODS.map(({ name }) => name).filter(
  (name) => process.env.FAST_LAWS === undefined || !SLOW.includes(name),
);
/** What random choices decide follows no permutation. */
const RANDOMISED = ['random', 'anneal-selection', 'anneal-shape'];
const DETERMINISTIC = HELD.filter((name) => ![...RANDOMISED, ...TOLERANT].includes(name));
/** What a method becomes when rows and columns change places; itself when not listed. */
const TRANSPOSED: Record<string, string> = {
  'rows-only': 'columns-only',
  'columns-only': 'rows-only',
  'residual-rows-first': 'residual-columns-first',
  'residual-columns-first': 'residual-rows-first',
};

const runs = (method: string, count: number) => ({ numRuns: TOLERANT.includes(method) ? count / 10 : count });

/** Laws hold at any work: methods that would go on longer stop here. */
const WORK: Record<string, number> = { 'anneal-selection': 6000, 'anneal-shape': 400 };

const small = { mostLines: 11, mostLayers: 3 };
const exactCostOf = (instance: Instance, goal: Goal, method: string): bigint | null => {
  const { pruning } = solveSync(instance, { method, goal });
  return pruning === null ? null : costOf(instance, pruning);
};

describe.each(HELD)('%s', { timeout: 60_000 }, (method) => {
  const workLimit = WORK[method];

  it('answers with a pruning that the checker accepts, at the cost it reports, and does so again', () => {
    fc.assert(
      fc.property(arbitraryCase(small), fc.nat({ max: 99 }), ({ instance, goal }, seed) => {
        const result = solveSync(instance, { method, goal, seed, workLimit });
        if (result.pruning === null) {
          expect(ONE_KIND).toContain(method);
          expect(result.status).toBe('unknown');
          return;
        }
        const verdict = check(instance, goal, result.pruning, { cost: result.cost! });
        expect(verdict.reason).toBeNull();
        expect(verdict.removed).toBe(result.removed);
        expect(verdict.kept).toBe(result.kept);
        expect(result.removed).toBeGreaterThanOrEqual(goal.target);
        expect(solveSync(instance, { method, goal, seed, workLimit })).toEqual(result);
      }),
      runs(method, 500),
    );
  }, 60_000);

  it('takes a fixed shape to the letter', () => {
    const shaped = arbitraryCase({ mostLines: 10, mostLayers: 1 });
    fc.assert(
      fc.property(shaped, fc.nat(), fc.nat(), ({ instance }, a, b) => {
        const { rows, cols, minKeptRows, minKeptColumns } = instance.layers[0]!;
        const shape = { rows: a % (rows - minKeptRows + 1), columns: b % (cols - minKeptColumns + 1) };
        const { pruning, status } = solveSync(instance, { method, goal: { shape }, workLimit });
        if (pruning === null) {
          expect(method === 'rows-only' ? shape.columns : shape.rows).toBeGreaterThan(0);
          expect([...ONE_KIND, 'unknown']).toEqual(expect.arrayContaining([method, status]));
          return;
        }
        expect(check(instance, { shape }, pruning).reason).toBeNull();
        if (!EXACT.includes(method) && !APPROXIMATIONS.includes(method)) return;
        const optimum = bruteForce(instance, { shape })!.cost;
        expect(costOf(instance, pruning) <= (EXACT.includes(method) ? 1n : 2n) * optimum).toBe(true);
      }),
      runs(method, 300),
    );
  }, 60_000);

  it('scales exactly with the importances', () => {
    fc.assert(
      fc.property(arbitraryCase(small), fc.constantFrom(2 ** 20, 2 ** -20), ({ instance, goal }, factor) => {
        const plain = solveSync(instance, { method, goal, workLimit });
        const scaled = solveSync(scale(instance, factor), { method, goal, workLimit });
        expect(scaled.pruning).toEqual(plain.pruning);
        if (plain.cost === null) return;
        expect(scaled.cost).toBe(plain.cost * factor);
        expect(scaled.dualBound).toBe(plain.dualBound * factor);
        expect(scaled.guarantee).toBe(plain.guarantee);
      }),
      runs(method, 200),
    );
  }, 60_000);

  it('never states a bound above the optimum, nor a cost below it', () => {
    fc.assert(
      fc.property(arbitraryCase(small), ({ instance, goal }) => {
        const result = solveSync(instance, { method, goal, workLimit });
        const optimum = bruteForce(instance, goal)!.cost;
        expect(exact(result.dualBound) <= optimum).toBe(true);
        if (result.pruning !== null) expect(costOf(instance, result.pruning) >= optimum).toBe(true);
        if (result.status === 'optimal') expect(costOf(instance, result.pruning!)).toBe(optimum);
      }),
      runs(method, 150),
    );
  }, 60_000);
});

describe.each(EXACT)('%s', (method) => {
  it('finds the optimum', () => {
    fc.assert(
      fc.property(arbitraryCase(small), ({ instance, goal }) => {
        const result = solveSync(instance, { method, goal });
        expect(result.status).toBe('optimal');
        expect(costOf(instance, result.pruning!)).toBe(bruteForce(instance, goal)!.cost);
      }),
      { numRuns: 1500 },
    );
  });

  it('has an optimal cost that permuting and transposing do not change, ties included', () => {
    const wider = { mostLines: 18, mostLayers: 3 };
    fc.assert(
      fc.property(arbitraryCase(wider), fc.nat(), ({ instance, goal }, salt) => {
        const cost = exactCostOf(instance, goal, method);
        expect(exactCostOf(permute(instance, salt), goal, method)).toBe(cost);
        expect(exactCostOf(transpose(instance), goal, method)).toBe(cost);
      }),
      runs(method, 200),
    );
  });
});

describe.each(DETERMINISTIC)('%s on tie-free instances', (method) => {
  it('follows permutations and transpositions', () => {
    fc.assert(
      fc.property(arbitraryTieFreeCase(), fc.nat(), ({ instance, goal }, salt) => {
        // No ties: equal costs mean the same removed entries.
        const cost = exactCostOf(instance, goal, method);
        expect(exactCostOf(permute(instance, salt), goal, method)).toBe(cost);
        expect(exactCostOf(transpose(instance), goal, TRANSPOSED[method] ?? method)).toBe(cost);
      }),
      runs(method, 300),
    );
  });
});

/** Largest and mean ratio seen, and how many cases could tell a factor of 2 from removing everything. */
const seen = new Map<string, { cases: number; telling: number; largest: number }>();

function witness(label: string, instance: Instance, cost: bigint, optimum: bigint): void {
  const record = seen.get(label) ?? { cases: 0, telling: 0, largest: 0 };
  record.cases++;
  if (optimum > 0n && totalOf(instance) >= 4n * optimum) record.telling++;
  if (optimum > 0n) record.largest = Math.max(record.largest, Number((cost * 10n ** 9n) / optimum) / 1e9);
  seen.set(label, record);
}

afterAll(() => {
  for (const [label, { cases, telling, largest }] of seen) {
    const share = ((100 * telling) / cases).toFixed(0);
    console.log(`2x law, ${label}: ${cases} cases, total >= 4 x optimum in ${share}%, largest ratio ${largest}`);
  }
});

describe('the 2x law', () => {
  it.each([
    { label: 'one layer', options: { mostLines: 11, mostLayers: 1 }, runs: 3000 },
    { label: 'several layers', options: { mostLines: 12, mostLayers: 3 }, runs: 2000 },
  ])(
    '$label: both approximations cost at most twice the optimum',
    ({ label, options, runs }) => {
      fc.assert(
        fc.property(arbitraryCase(options), ({ instance, goal }) => {
          const optimum = bruteForce(instance, goal)!.cost;
          for (const method of APPROXIMATIONS) {
            const { pruning, guarantee } = solveSync(instance, { method, goal });
            const cost = costOf(instance, pruning!);
            expect(cost <= 2n * optimum).toBe(true);
            expect(guarantee === 2 || (guarantee === 1 && cost === optimum)).toBe(true);
            witness(`${label}, ${method}`, instance, cost, optimum);
          }
          const alternating = costOf(instance, solveSync(instance, { method: 'alternating', goal }).pruning!);
          const start = costOf(instance, solveSync(instance, { method: 'residual', goal }).pruning!);
          expect(alternating <= start).toBe(true);
        }),
        { numRuns: runs },
      );
      const { cases, telling } = seen.get(`${label}, residual`)!;
      expect(telling / cases).toBeGreaterThan(0.5); // else the law could not fail
    },
    120_000,
  );

  it('holds with its stated excess when the importances span the whole float32 range', () => {
    const huge = [3.4e38, 1e30, 1, 1e-10, 1e-30, 2 ** -149, 2 ** -140, 0];
    const wide = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))
      .chain(([rows, cols]) =>
        fc
          .array(fc.constantFrom(...huge), { minLength: rows * cols, maxLength: rows * cols })
          .map((importance) => makeInstance([{ name: 'wide', rows, cols, importance }])),
      );
    fc.assert(
      fc.property(wide, fc.double({ min: 0, max: 1, noNaN: true }), (instance, share) => {
        const goal = { target: Math.ceil(requirementOf(instance, { target: 0 }).mostRemovable * share) };
        const optimum = bruteForce(instance, goal)!.cost;
        for (const method of APPROXIMATIONS) {
          const { pruning, guarantee, dualBound } = solveSync(instance, { method, goal });
          expect(exact(dualBound) <= optimum).toBe(true);
          const cost = costOf(instance, pruning!);
          if (guarantee === null) continue;
          // guarantee x optimum in exact arithmetic: a double is an integer over 2^52 here.
          expect(cost * 2n ** 52n <= optimum * BigInt(Math.round(guarantee * 2 ** 52))).toBe(true);
        }
        for (const method of EXACT) {
          const proved = solveSync(instance, { method, goal });
          expect(proved.status).toBe('optimal');
          expect(costOf(instance, proved.pruning!)).toBe(optimum);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('reaches 2 - 2e on the tight instance of the residual algorithm', () => {
    const e = 2 ** -16;
    const instance = makeInstance([
      { name: 'tight', rows: 3, cols: 3, importance: [1, 0, 0, 0, 0, 1 - e, 0, 1 - e, 3] },
    ]);
    for (const goal of [{ target: 5 }, { shape: { rows: 1, columns: 1 } }]) {
      for (const method of ['residual', 'residual-rows-first', 'residual-columns-first', 'alternating']) {
        expect(solveSync(instance, { method, goal }).cost).toBe(2 - 2 * e);
      }
      for (const method of EXACT) expect(solveSync(instance, { method, goal }).cost).toBe(1);
    }
  });

  it('does not hold for greedy, whose ratio is unbounded', () => {
    const rows = 40;
    const importance = Array.from({ length: 2 * rows }, (_, k) => (k % 2 === 0 ? 0.875 : 1.125));
    const instance = makeInstance([{ name: 'rows of (0.875, 1.125)', rows, cols: 2, importance }]);
    expect(solveSync(instance, { method: 'greedy', goal: { target: 2 } }).cost).toBe(0.875 * rows);
    expect(solveSync(instance, { method: 'enumerate', goal: { target: 2 } }).cost).toBe(2);
  });
});

/*
 * Tests of the tests: broken methods must break a law on these very instances.
 */
describe('the laws catch', () => {
  const breaches = (broken: (testCase: Case) => boolean): number => {
    let caught = 0;
    for (const testCase of fc.sample(arbitraryCase({ mostLines: 11, mostLayers: 2 }), 600))
      if (broken(testCase)) caught++;
    return caught;
  };
  const exceedsTwice = ({ instance, goal }: Case, method: Method): boolean => {
    const { pruning } = method.run(instance, requirementOf(instance, goal), { seed: 1 });
    return costOf(instance, pruning!) > 2n * bruteForce(instance, goal)!.cost;
  };

  it('a method that removes everything it may', () => {
    const everything: Method = {
      name: 'everything',
      summary: '',
      run: (instance, requirement) => ({ pruning: largestPruning(instance, requirement) }),
    };
    expect(breaches((testCase) => exceedsTwice(testCase, everything))).toBeGreaterThan(200);
  });

  it('an approximation that forgets the shapes without removed rows', () => {
    const dropped = twoApproximation(
      'dropped',
      '',
      (layer, range, _scale, sums) => {
        const menu = independentMenu(layer, range, sums);
        return [{ ...menu, minOuter: Math.min(1, menu.maxOuter) }];
      },
      decodeIndependent,
    );
    expect(breaches((testCase) => exceedsTwice(testCase, dropped))).toBeGreaterThan(10);
  });

  it('a pruning with one index replaced, through its claimed cost', () => {
    let tried = 0;
    const caught = breaches(({ instance, goal }) => {
      const { pruning, cost } = solveSync(instance, { method: 'residual', goal });
      const l = pruning!.layers.findIndex(
        ({ removedColumns }, k) => removedColumns.length > 0 && removedColumns.length < instance.layers[k]!.cols,
      );
      if (l < 0) return false;
      const removedColumns = Array.from(pruning!.layers[l]!.removedColumns);
      const kept = Array.from({ length: instance.layers[l]!.cols }, (_, j) => j).filter(
        (j) => !removedColumns.includes(j),
      );
      removedColumns[0] = kept[0]!;
      const layers = [...pruning!.layers];
      layers[l] = { ...layers[l]!, removedColumns: Uint32Array.from(removedColumns).sort() };
      // A replaced column of equal sum costs the same and is no error.
      if (costOf(instance, { layers }) === costOf(instance, pruning!)) return false;
      tried++;
      return !check(instance, goal, { layers }, { cost: cost! }).valid;
    });
    expect(tried).toBeGreaterThan(100);
    expect(caught).toBe(tried);
  });

  it('a layer that is dropped from the answer', () => {
    const { instance, goal } = { instance: makeInstance(twoLayers()), goal: { target: 3 } };
    const { pruning } = solveSync(instance, { method: 'residual', goal });
    const verdict = check(instance, goal, { layers: pruning!.layers.slice(1) });
    expect(verdict.valid).toBe(false);
    expect(verdict.reason).toBe('expected 2 layers, got 1');
  });
});

function twoLayers() {
  return ['a', 'b'].map((name) => ({ name, rows: 2, cols: 2, importance: [1, 2, 3, 4] }));
}
