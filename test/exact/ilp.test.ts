import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { Highs } from 'highs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { integerProgram, pruningOfSolution } from '../../src/exact/ilp.ts';
import { generate } from '../../src/families/index.ts';
import { lpText, mpsText, writeLp, writeMps } from '../../src/formats/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { type Goal, type Instance, makeInstance, requirementOf, sparsityGoal } from '../../src/problem/index.ts';
import { arbitraryCase } from '../reference/arbitraries.ts';
import { bruteForce, costOf } from '../reference/brute-force.ts';

const SOLVERS = ['ilp-jslp', 'ilp-highs'];
/** HiGHS accepts a violation of 1e-6, of importances that are brought to 1..2. */
const TOLERANCE = 1e-5;

let highs: Highs;
const folder = mkdtempSync(path.join(tmpdir(), 'rcprune-'));
beforeAll(async () => {
  highs = await ((await import('highs')).default as unknown as () => Promise<Highs>)();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The optimum of a file's text, as HiGHS reads and solves it. */
function optimumOf(format: 'lp' | 'mps', text: string, names: readonly string[]) {
  const data = format === 'lp' ? text : new TextEncoder().encode(text);
  const source = { format, data } as NonNullable<Parameters<Highs['createModel']>[0]>;
  return highs.withModel(source, (model) => {
    model.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: 0 });
    model.run();
    expect(model.getModelStatus()).toBe(highs.constants.modelStatus.optimal);
    const values = model.getSolution().colValue!;
    expect(values.length).toBe(names.length);
    const solution = new Map(names.map((name) => [name, values[model.getColByName(name)]!]));
    return { objective: model.getObjectiveValue(), solution };
  });
}

const cases: [string, Instance, Goal][] = [
  ['one layer', generate('half-normal', { rows: 5, cols: 6, seed: 1 }), { target: 18 }],
  ['ties', generate('integer', { rows: 6, cols: 6, seed: 1 }), { target: 20 }],
  ['a fixed shape', generate('half-normal', { rows: 7, cols: 8, seed: 2 }), { shape: { rows: 3, columns: 4 } }],
  ['tiny importances', scaled(2 ** -100), { target: 14 }],
  ['huge importances', scaled(2 ** 100), { target: 14 }],
  ['all zeros', makeInstance([{ name: 'a', rows: 2, cols: 2, importance: [0, 0, 0, 0] }]), { target: 3 }],
  [
    'layers with units and minima',
    makeInstance([
      { ...generate('scaled', { rows: 4, cols: 5, seed: 3 }).layers[0]!, name: 'a', unitsPerEntry: 3, minKeptRows: 2 },
      { ...generate('uniform', { rows: 5, cols: 3, seed: 4 }).layers[0]!, name: 'b', minKeptColumns: 1 },
    ]),
    { target: 40 },
  ],
];

function scaled(factor: number): Instance {
  const { rows, cols, importance } = generate('half-normal', { rows: 5, cols: 5, seed: 3 }).layers[0]!;
  return makeInstance([{ name: 'a', rows, cols, importance: importance.map((entry) => entry * factor) }]);
}

describe('the integer program', () => {
  it.each(cases)('has the same optimum as LP and as MPS, to HiGHS: %s', async (name, instance, goal) => {
    const requirement = requirementOf(instance, goal);
    const program = integerProgram(instance, requirement);
    const optimum = Number(bruteForce(instance, goal)!.cost) * 2 ** -149;
    for (const format of ['lp', 'mps'] as const) {
      const file = path.join(folder, `${name}.${format}`);
      await (format === 'lp' ? writeLp : writeMps)(file, program, ['a comment']);
      const { objective, solution } = optimumOf(format, readFileSync(file, 'utf8'), program.names);
      expect(Math.abs(objective * program.unit - optimum)).toBeLessThanOrEqual(TOLERANCE * program.unit);
      const pruning = pruningOfSolution(instance, requirement, (name) => solution.get(name)!);
      expect(Number(costOf(instance, pruning!)) * 2 ** -149 - optimum).toBeLessThanOrEqual(TOLERANCE * program.unit);
    }
  });

  it('is written in full precision: the same coefficients come back', () => {
    const instance = generate('half-normal', { rows: 3, cols: 4, seed: 9 });
    const program = integerProgram(instance, requirementOf(instance, { target: 6 }));
    const costs = Array.from(program.cost).filter((cost) => cost > 0);
    for (const text of [[...lpText(program, [])].join(''), [...mpsText(program, [])].join('')]) {
      const numbers = new Set((text.match(/[0-9.e+-]+/g) ?? []).map(Number));
      for (const cost of costs) expect(numbers.has(cost)).toBe(true);
    }
  });

  it('is refused when it would be too large', () => {
    const instance = generate('uniform', { rows: 513, cols: 512, seed: 1 });
    expect(() => integerProgram(instance, requirementOf(instance, { target: 1 }))).toThrow('at most 262144 entries');
  });
});

describe.each(SOLVERS)('%s', (method) => {
  it('claims the optimum, within tolerances, and proves nothing by it', () => {
    let claims = 0;
    fc.assert(
      fc.property(arbitraryCase({ mostLines: 11, mostLayers: 3 }), ({ instance, goal }) => {
        const result = solveSync(instance, { method, goal });
        const optimum = Number(bruteForce(instance, goal)!.cost) * 2 ** -149;
        const largest = Math.max(...instance.layers.flatMap(({ importance }) => [...importance]));
        expect(result.claimedOptimal).toBe(true);
        claims++;
        expect(result.cost! - optimum).toBeLessThanOrEqual(TOLERANCE * largest);
        expect(result.guarantee).toBe(result.status === 'optimal' ? 1 : null);
        expect(result.status === 'optimal').toBe(result.dualBound === result.cost);
        expect(result.dualBound).toBeLessThanOrEqual(optimum);
      }),
      { numRuns: 60 },
    );
    expect(claims).toBe(60);
  }, 60_000);

  it('ends within its time limit with the better of the start and what it found', () => {
    const instance = generate('half-normal', { rows: 12, cols: 13, seed: 1 });
    const goal = sparsityGoal(instance, '0.75');
    const start = solveSync(instance, { method: 'residual', goal }).pruning!;
    const began = performance.now();
    const result = solveSync(instance, { method, goal, start, seconds: 0.3 });
    expect((performance.now() - began) / 1000).toBeLessThan(20); // the thread that runs it is ended in time
    expect(result).toMatchObject({ status: 'feasible', guarantee: null });
    expect(result.cost!).toBeLessThanOrEqual(solveSync(instance, { method: 'residual', goal }).cost!);
    expect(result.claimedOptimal).toBe(false);
  }, 60_000);
});
