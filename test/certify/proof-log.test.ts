import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProofChecker } from '../../src/certify/index.ts';
import { generate } from '../../src/families/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { exactCost, type Goal, type Instance, type Pruning, sparsityGoal } from '../../src/problem/index.ts';
import { arbitraryCase } from '../reference/arbitraries.ts';

interface Proved {
  readonly instance: Instance;
  readonly goal: Goal;
  readonly pruning: Pruning;
  readonly lines: readonly string[];
}

function proved(instance: Instance, goal: Goal): Proved {
  const parts: string[] = [];
  const onProof = (text: string | null) => parts.push(text!);
  const { pruning, status } = solveSync(instance, { method: 'branch-and-bound', goal, onProof });
  expect(status).toBe('optimal');
  return { instance, goal, pruning: pruning!, lines: parts.join('').trimEnd().split('\n') };
}

function faultOf({ instance, goal, pruning }: Proved, lines: readonly string[]): string | null {
  const checker = new ProofChecker(instance, goal);
  for (const line of lines) checker.take(line);
  return checker.verdict(pruning);
}

function example(family: string, rows: number, cols: number, sparsity: string, layers = 1): Proved {
  const instance = generate(family, { rows, cols, layers, seed: 3 });
  return proved(instance, sparsityGoal(instance, sparsity));
}

const plain = example('half-normal', 12, 14, '0.75');
const several = example('half-normal', 6, 7, '0.6', 2);
/** The first line that holds a record with this field, as a record, and its place. */
const recordWith = (lines: readonly string[], field: string) => {
  const at = lines.findIndex((line) => line.startsWith('{') && field in JSON.parse(line));
  return { at, record: JSON.parse(lines[at]!) as Record<string, unknown> };
};
const replaced = (lines: readonly string[], at: number, line: string) => lines.with(at, line);

describe('a proof log', () => {
  it('is accepted for the optima of all kinds of small instances', () => {
    fc.assert(
      fc.property(arbitraryCase({ mostLines: 11, mostLayers: 3 }), ({ instance, goal }) => {
        const one = proved(instance, goal);
        expect(faultOf(one, one.lines)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('is accepted for larger instances, tall ones too, with trees of several splits', () => {
    for (const one of [
      example('half-normal', 24, 24, '0.93'),
      example('half-normal', 22, 16, '0.75'),
      example('scaled', 30, 40, '0.8'),
      example('integer', 12, 12, '0.7'),
      several,
    ]) {
      expect(faultOf(one, one.lines)).toBeNull();
    }
    const deep = example('half-normal', 36, 36, '0.75');
    const trees = deep.lines.filter((line) => line.startsWith('(')).join('');
    expect(trees.length).toBeGreaterThan(10_000);
    expect(faultOf(deep, deep.lines)).toBeNull();
  }, 60_000);

  it('is rejected when cut after any line, or in the middle of one', () => {
    for (const one of [plain, several]) {
      for (let length = 0; length < one.lines.length; length++) {
        expect(faultOf(one, one.lines.slice(0, length))).toMatch('expected a last line that states the optimum');
      }
      for (const [at, line] of one.lines.entries()) {
        const cut = line.startsWith('{') ? line.slice(0, -1) : line.slice(0, line.length >> 1);
        expect(faultOf(one, replaced(one.lines, at, cut)), `line ${at}`).not.toBeNull();
      }
      expect(faultOf(one, [...one.lines, '.'])).toMatch('expected nothing after the optimum');
    }
  });

  it('is rejected when one shape is left out', () => {
    for (const one of [plain, several]) {
      const starts = one.lines.flatMap((line, at) => (line.startsWith('{"layer"') ? [at] : []));
      expect(starts.length).toBeGreaterThan(2);
      let rejected = 0;
      for (const [k, from] of starts.entries()) {
        const to = starts[k + 1] ?? one.lines.length - 1;
        const rest = [...one.lines.slice(0, from), ...one.lines.slice(to)];
        if (faultOf(one, rest) !== null) rejected++;
      }
      // A later tree of the same or a smaller shape may make an earlier one superfluous; most are needed.
      expect(rejected).toBeGreaterThan(starts.length / 2);
    }
  });

  it('is rejected for another instance, another goal and another pruning', () => {
    const { instance, goal, lines } = plain;
    const other = generate('half-normal', { rows: 12, cols: 14, seed: 4 });
    expect(faultOf({ ...plain, instance: other }, lines)).toMatch('expected the hash of this instance');
    const worse = solveSync(instance, { method: 'rows-only', goal }).pruning!;
    expect(faultOf({ ...plain, pruning: worse }, lines)).toMatch('expected the proved optimum to be the cost');
    expect(faultOf({ ...plain, goal: sparsityGoal(instance, '0.6') }, lines)).toMatch('expected bounds for all shapes');
  });

  it('does not prove a pruning that costs more, whatever it claims', () => {
    const { instance, goal, lines } = plain;
    const worse = solveSync(instance, { method: 'residual-rows-first', goal }).pruning!;
    const optimum = exactCost(instance, plain.pruning).cost;
    const higher = exactCost(instance, worse).cost;
    expect(higher > optimum).toBe(true);
    const forged = lines.map((line) => line.replaceAll(`"${optimum}"`, `"${higher}"`));
    expect(forged).not.toEqual(lines);
    expect(faultOf({ ...plain, pruning: worse }, forged)).toMatch(/line .*: expected leaf .* to be closed/);
  });

  it('is rejected with any field of the wrong kind, missing or out of range', () => {
    const fields = [
      'format',
      'version',
      'instanceHash',
      'lines',
      'layer',
      'rows',
      'columns',
      'bound',
      'transposed',
      'exponent',
    ];
    for (const field of [...fields, 'capExponent', 'order', 'blocks', 'grain', 'share', 'copies', 'optimum']) {
      const { at, record } = recordWith(plain.lines, field);
      const { [field]: _, ...without } = record;
      expect(faultOf(plain, replaced(plain.lines, at, JSON.stringify(without))), `${field} missing`).not.toBeNull();
      for (const value of ['x', -1, 1e300, null, [], [0.5], 0.5, '-1']) {
        if (field === 'capExponent' && value === -1) continue; // a cap that is too low, and weakens bounds: see below
        const line = JSON.stringify({ ...record, [field]: value });
        expect(faultOf(plain, replaced(plain.lines, at, line)), `${field}: ${JSON.stringify(value)}`).not.toBeNull();
      }
    }
  });

  it('is rejected with a changed node, order, bound or multiplier, unless it still proves the optimum', () => {
    // What is accepted is right all the same; but in every field some change must be caught.
    const caught: Record<string, number> = {};
    const tried: Record<string, number> = {};
    const attempt = (kind: string, at: number, line: string) => {
      tried[kind] = (tried[kind] ?? 0) + 1;
      if (faultOf(plain, replaced(plain.lines, at, line)) !== null) caught[kind] = (caught[kind] ?? 0) + 1;
    };
    for (const [at, line] of plain.lines.entries()) {
      if (!line.startsWith('{')) {
        for (let t = 0; t < line.length; t++) {
          for (const node of ['(', '.', '!'].filter((other) => other !== line[t])) {
            attempt(`node ${line[t]} to ${node}`, at, line.slice(0, t) + node + line.slice(t + 1));
          }
        }
        continue;
      }
      const record = JSON.parse(line);
      if ('order' in record) {
        const order = [...record.order];
        [order[0], order[5]] = [order[5], order[0]];
        attempt('order', at, JSON.stringify({ ...record, order }));
        attempt('order repeated', at, JSON.stringify({ ...record, order: order.map(() => 0) }));
        attempt('bound raised', at, JSON.stringify({ ...record, bound: `${BigInt(record.bound) * 2n}` }));
        attempt('bound lowered', at, JSON.stringify({ ...record, bound: `${BigInt(record.bound) / 2n}` }));
        attempt('rows', at, JSON.stringify({ ...record, rows: record.rows - 1 }));
        attempt('columns', at, JSON.stringify({ ...record, columns: record.columns - 1 }));
        attempt('transposed', at, JSON.stringify({ ...record, transposed: true }));
        attempt('exponent', at, JSON.stringify({ ...record, exponent: record.exponent + 40 }));
        attempt('capExponent', at, JSON.stringify({ ...record, capExponent: -1 }));
      }
      if ('share' in record) {
        const doubled = (list: number[]) => list.map((value) => 2 * value + 1);
        attempt('share', at, JSON.stringify({ ...record, share: doubled(record.share) }));
        attempt('copies', at, JSON.stringify({ ...record, copies: doubled(record.copies).reverse() }));
        attempt('grain', at, JSON.stringify({ ...record, grain: 4 * record.grain }));
        attempt('blocks', at, JSON.stringify({ ...record, blocks: record.blocks.map(() => 1) }));
      }
    }
    expect(Object.keys(tried).length).toBeGreaterThan(16);
    for (const kind of Object.keys(tried)) expect(caught[kind] ?? 0, kind).toBeGreaterThan(0);
    for (const kind of ['node . to (', 'node ( to !', 'bound raised', 'order repeated', 'transposed']) {
      expect(caught[kind], kind).toBe(tried[kind]);
    }
  }, 60_000);
});
