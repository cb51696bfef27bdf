import fc from 'fast-check';
import type { Highs } from 'highs';
import { beforeAll, describe, expect, it } from 'vitest';
import { integerProgram } from '../../src/exact/ilp.ts';
import { generate } from '../../src/families/index.ts';
import { lpText, mpsText } from '../../src/formats/index.ts';
import {
  exactCost,
  type Instance,
  isClosed,
  type Pruning,
  requirementOf,
  sparsityGoal,
} from '../../src/problem/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { costOf } from '../reference/brute-force.ts';
import { linkedBruteForce } from '../reference/closure-by-name.ts';
import { linkedCase, linkedPrunings } from '../reference/random-networks.ts';

/*
 * Exact methods of linked instances against all prunings of small ones.
 */

/** HiGHS accepts a violation of 1e-6, of importances that are brought to 1..2. */
const TOLERANCE = 1e-5;

let highs: Highs;
beforeAll(async () => {
  highs = await ((await import('highs')).default as unknown as () => Promise<Highs>)();
});

const largestOf = ({ layers }: Instance) => Math.max(...layers.flatMap(({ importance }) => [...importance]));

describe('enumerate', () => {
  it('finds the optimum over closed prunings, or that there is none', () => {
    const seen = { optimal: 0, infeasible: 0 };
    fc.assert(
      fc.property(linkedCase({ mostLines: 10 }), ({ instance, goal }) => {
        const result = solveSync(instance, { method: 'enumerate', goal });
        const optimum = linkedBruteForce(instance, goal.target);
        expect(result.status).toBe(optimum === null ? 'infeasible' : 'optimal');
        seen[result.status as keyof typeof seen]++;
        if (optimum === null) return;
        expect(costOf(instance, result.pruning!)).toBe(optimum.cost);
        expect(result).toMatchObject({ gap: 0, guarantee: 1, linked: true, deadKept: 0 });
      }),
      { numRuns: 1000 },
    );
    expect(seen.optimal).toBeGreaterThan(500);
    expect(seen.infeasible).toBeGreaterThan(50);
  });

  it('begins at a start, ends at a work limit, and tells of falling incumbents', () => {
    const instance = generate('residual-blocks', { rows: 2, cols: 4, layers: 3, seed: 3 });
    const goal = sparsityGoal(instance, '0.5');
    const costs: bigint[] = [];
    const onIncumbent = (pruning: Pruning) => costs.push(exactCost(instance, pruning).cost);
    const whole = solveSync(instance, { method: 'enumerate', goal, onIncumbent });
    expect(whole).toMatchObject({ status: 'optimal', stopReason: 'complete' });
    expect(costs.length).toBeGreaterThan(1);
    for (let k = 1; k < costs.length; k++) expect(costs[k]! < costs[k - 1]!).toBe(true);
    const cut = solveSync(instance, { method: 'enumerate', goal, workLimit: 20 });
    expect(cut).toMatchObject({ status: 'feasible', stopReason: 'workLimit', work: 20, dualBound: 0 });
    expect(cut.cost!).toBeGreaterThan(whole.cost!);
    const resumed = solveSync(instance, { method: 'enumerate', goal, workLimit: 1, start: whole.pruning! });
    expect(resumed.cost).toBe(whole.cost);
  });

  it('refuses more than 30 lines', () => {
    const instance = generate('chain', { rows: 5, cols: 5, layers: 4, seed: 1 });
    expect(() => solveSync(instance, { method: 'enumerate', goal: { target: 1 } })).toThrow(
      'at most 30 rows and columns in all, got 40',
    );
  });
});

describe('the integer program', () => {
  it('lets closed prunings through, all of them and no others', () => {
    const seen = { closed: 0, open: 0 };
    fc.assert(
      fc.property(linkedPrunings({ mostLines: 20, minima: false }), ({ instance, smaller }) => {
        const closed = isClosed(instance, smaller);
        seen[closed ? 'closed' : 'open']++;
        expect(isAllowed(instance, smaller)).toBe(closed);
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.closed, seen.open)).toBeGreaterThan(30);
  });

  it('has the same optimum as LP and as MPS, to HiGHS', () => {
    for (const { instance, goal } of fc.sample(linkedCase({ mostLines: 9 }), { seed: 11, numRuns: 60 })) {
      const optimum = linkedBruteForce(instance, goal.target);
      const program = integerProgram(instance, requirementOf(instance, goal));
      for (const format of ['lp', 'mps'] as const) {
        const text = [...(format === 'lp' ? lpText : mpsText)(program, [])].join('');
        const data = format === 'lp' ? text : new TextEncoder().encode(text);
        const source = { format, data } as NonNullable<Parameters<Highs['createModel']>[0]>;
        const found = highs.withModel(source, (model) => {
          model.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: 0 });
          model.run();
          const { optimal, infeasible } = highs.constants.modelStatus;
          expect(model.getModelStatus()).toBe(optimum === null ? infeasible : optimal);
          return model.getObjectiveValue();
        });
        if (optimum === null) continue;
        expect(Math.abs(found - (Number(optimum.cost) * 2 ** -149) / program.unit)).toBeLessThanOrEqual(TOLERANCE);
      }
    }
  });
});

/** Whether the program has a solution with the lines of a pruning removed, by HiGHS. */
function isAllowed(instance: Instance, { layers }: Pruning): boolean {
  const program = integerProgram(instance, requirementOf(instance, { target: 0 }));
  const fixed = new Map<string, number>();
  for (const [l, { rows, cols }] of instance.layers.entries()) {
    for (let i = 0; i < rows; i++) fixed.set(`x${l}_${i}`, layers[l]!.removedRows.includes(i) ? 1 : 0);
    for (let j = 0; j < cols; j++) fixed.set(`y${l}_${j}`, layers[l]!.removedColumns.includes(j) ? 1 : 0);
  }
  const { infinity } = highs;
  const bounded = (values: Float64Array) =>
    values.map((value) => (Number.isFinite(value) ? value : Math.sign(value) * infinity));
  const model = highs.createModel({
    numCols: program.names.length,
    numRows: program.rowNames.length,
    colCost: program.cost,
    colLower: Float64Array.from(program.names, (name) => fixed.get(name) ?? 0),
    colUpper: Float64Array.from(program.names, (name) => fixed.get(name) ?? 1),
    rowLower: bounded(program.lower),
    rowUpper: bounded(program.upper),
    matrix: {
      format: 'csr',
      numRows: program.rowNames.length,
      numCols: program.names.length,
      starts: program.starts,
      indices: program.variables,
      values: program.coefficients,
    },
  });
  try {
    model.options.set({ output_flag: false });
    model.run();
    return model.getModelStatus() === highs.constants.modelStatus.optimal;
  } finally {
    model.dispose();
  }
}

describe.each(['ilp-highs', 'ilp-jslp'])('%s', (method) => {
  it('claims the optimum over closed prunings, within tolerances', () => {
    let claims = 0;
    fc.assert(
      fc.property(linkedCase({ mostLines: 9 }), fc.boolean(), ({ instance, goal }, hasStart) => {
        const optimum = linkedBruteForce(instance, goal.target);
        const start = hasStart && optimum !== null ? optimum.pruning : undefined;
        const result = solveSync(instance, { method, goal, start });
        if (optimum === null) {
          expect(result.pruning).toBeNull();
          expect(['unknown', 'infeasible']).toContain(result.status);
          return;
        }
        const cost = Number(optimum.cost) * 2 ** -149;
        expect(result.cost! - cost).toBeLessThanOrEqual(TOLERANCE * largestOf(instance));
        expect(result).toMatchObject({ claimedOptimal: true, linked: true, deadKept: 0 });
        expect(result.dualBound).toBeLessThanOrEqual(cost);
        claims++;
      }),
      { numRuns: 300 },
    );
    expect(claims).toBeGreaterThan(100);
  });
});
