import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProofChecker } from '../../src/certify/index.ts';
import { exactCost, type Instance, instanceHash, makeInstance, type Pruning } from '../../src/problem/index.ts';
import { bruteForce } from '../reference/brute-force.ts';
import { mostKept, refusalOf } from '../reference/proof-log.ts';
import { drawFrom, type Log, randomLog } from '../reference/proof-logs.ts';

/*
 * Every rule of the proof-log checker against a slow reference, on random logs (test/reference/proof-logs.ts), and every limit
 * at its edge. The two must agree on whether a log proves its claim, and on the line in which the first fault stands; and what
 * either accepts must be true.
 */

function faultOf({ instance, goal, pruning }: Log, lines: readonly string[]): string | null {
  const checker = new ProofChecker(instance, goal);
  for (const line of lines) checker.take(line);
  return checker.verdict(pruning);
}

const lineOf = (fault: string) => {
  const found = /^line (\d+): /.exec(fault);
  return found === null ? null : Number(found[1]);
};

describe('the proof-log checker', () => {
  it('agrees with the slow reference on random logs, and accepts no falsehood', () => {
    const counts = { accepted: 0, refusedInALine: 0, refusedAtTheEnd: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
        const log = randomLog(drawFrom(seed));
        const fault = faultOf(log, log.lines);
        const refusal = refusalOf(log.instance, log.goal, log.pruning, log.lines);
        expect(fault === null ? null : { line: lineOf(fault) }).toEqual(refusal);
        if (fault === null) {
          counts.accepted++;
          expect(exactCost(log.instance, log.pruning).cost).toBe(bruteForce(log.instance, log.goal)!.cost);
        } else if (refusal!.line === null) counts.refusedAtTheEnd++;
        else counts.refusedInALine++;
      }),
      { numRuns: 4000 },
    );
    // Nothing is tested by logs that all end alike.
    for (const [kind, count] of Object.entries(counts)) expect(count, kind).toBeGreaterThan(50);
  }, 60_000);

  /** A log of one tree (and perhaps a record of lines before it) about a shape of a layer, for the pruning that is given. */
  const single = (rows: number, cols: number, importance: number[], shape: { rows: number; columns: number }) => {
    const instance = makeInstance([{ name: 'a', rows, cols, importance }]);
    const { pruning, cost } = bruteForce(instance, { shape })!;
    const opening = JSON.stringify({ format: 'rcprune-proof', version: 1, instanceHash: instanceHash(instance) });
    const order = Array.from({ length: rows }, (_, row) => row);
    const header = { layer: 0, ...shape, bound: `${cost}`, transposed: false, exponent: 0, capExponent: 300, order };
    const end = JSON.stringify({ optimum: `${cost}` });
    const log = (between: readonly (string | object)[]): Log => ({
      instance,
      goal: { shape },
      pruning,
      lines: [opening, ...between.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))), end],
    });
    return { header, log, cost };
  };
  /** The line of the fault, 0 when it is only found at the end, null when there is none; the reference agrees. */
  const lineOfFault = (log: Log): number | null => {
    const fault = faultOf(log, log.lines);
    const refusal = refusalOf(log.instance, log.goal, log.pruning, log.lines);
    const found = fault === null ? null : { line: lineOf(fault) };
    expect(found).toEqual(refusal);
    return found === null ? null : (found.line ?? 0);
  };

  it('closes deep trees exactly at what their leaves keep at most, whatever the splits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
        const draw = drawFrom(seed);
        const rows = 3 + draw(4);
        const cols = 1 + draw(5);
        const importance = Array.from({ length: rows * cols }, () => draw(7));
        importance[draw(rows * cols)] = 1; // the step is 1
        const instance = makeInstance([{ name: 'a', rows, cols, importance }]);
        const shape = { rows: 1 + draw(rows - 2), columns: draw(cols) };
        const a = rows - shape.rows;
        const order = Array.from({ length: rows }, (_, row) => row).sort(() => draw(3) - 1);
        const lines: string[] = [];
        let nodes = '';
        const split = (depth: number) => {
          if (nodes !== '') lines.push(nodes);
          nodes = '';
          const blocks: number[] = [];
          for (let left = rows - depth; left > 0; left -= blocks.at(-1)!) blocks.push(Math.min(left, 1 + draw(3)));
          const some = () => Array.from({ length: (rows - depth) * cols }, () => draw(7) - 2);
          lines.push(JSON.stringify({ blocks, grain: 1 + draw(2), share: some(), copies: some() }));
        };
        // Most leaves are bounded by the split of the root or of a node far above them.
        const visit = (depth: number, kept: number, isRoot: boolean) => {
          if (isRoot || draw(12) === 0) split(depth);
          const left = a - kept;
          const isLeaf = left === 0 || left === rows - depth || (!isRoot && draw(4) === 0);
          nodes += isLeaf ? '.' : '(';
          if (isLeaf) return;
          visit(depth + 1, kept + 1, false);
          visit(depth + 1, kept, false);
        };
        visit(0, 0, true);
        if (nodes !== '') lines.push(nodes);
        const head = { layer: 0, ...shape, transposed: false, exponent: 0, capExponent: 9, order };
        const opening = JSON.stringify({ format: 'rcprune-proof', version: 1, instanceHash: instanceHash(instance) });
        const withBound = (cost: bigint) => [JSON.stringify({ ...head, bound: `${cost << 149n}` }), ...lines];
        const { most, total } = mostKept(instance.layers[0]!, withBound(0n));
        const proved = total - most;
        const { pruning } = bruteForce(instance, { shape })!;
        const faultAt = (cost: bigint) => {
          const log = [opening, ...withBound(cost), JSON.stringify({ optimum: `${cost << 149n}` })];
          return faultOf({ instance, goal: { shape }, pruning, lines: log }, log);
        };
        // The tree proves this cost and no other; whether it is the optimum is for the last line.
        if (proved >= 0n) expect(faultAt(proved) ?? '').not.toMatch('line');
        if (proved >= -1n) expect(faultAt(proved + 1n)).toMatch('to be closed');
      }),
      { numRuns: 800 },
    );
  }, 60_000);

  it('passes the bound of a shape on to shapes that remove more rows, or more columns, and to no others', () => {
    // Rows 2, 3, 9 (or columns): a target of one unit takes one line; two or three lines cost no less.
    const asRows = makeInstance([{ name: 'a', rows: 3, cols: 1, importance: [3, 2, 9] }]);
    const asColumns = makeInstance([{ name: 'a', rows: 1, cols: 3, importance: [3, 2, 9] }]);
    const log = (instance: Instance, rows: number, columns: number, cost: number): Log => {
      const { pruning } = bruteForce(instance, { target: 1 })!;
      const { rows: lines } = instance.layers[0]!;
      const order = Array.from({ length: lines }, (_, row) => row);
      const units = `${BigInt(cost) << 149n}`;
      const head = { layer: 0, rows, columns, bound: units, transposed: false, exponent: 0, capExponent: 9, order };
      const nodes = rows === 0 ? '!' : rows === 1 ? '((!!!' : '(!(!!';
      const opening = JSON.stringify({ format: 'rcprune-proof', version: 1, instanceHash: instanceHash(instance) });
      const optimum = JSON.stringify({ optimum: `${2n << 149n}` });
      return { instance, goal: { target: 1 }, pruning, lines: [opening, JSON.stringify(head), nodes, optimum] };
    };
    expect(lineOfFault(log(asRows, 1, 0, 2))).toBeNull();
    expect(lineOfFault(log(asRows, 2, 0, 2))).toBe(0); // one row: no bound
    expect(lineOfFault(log(asColumns, 0, 1, 2))).toBeNull();
    expect(lineOfFault(log(asColumns, 0, 2, 2))).toBe(0);
  });

  it('takes exponents and caps within their ranges', () => {
    const { header, log } = single(1, 2, [5, 8], { rows: 0, columns: 1 });
    const at = (fields: object) => lineOfFault(log([{ ...header, ...fields }, '.']));
    expect(at({})).toBeNull();
    expect([-150, -149, 3, 256, 257].map((exponent) => at({ exponent }))).toEqual([2, 2, 3, 3, 2]); // 2^-149: sums too large
    expect([-150, -149, 2, 3, 512, 513].map((capExponent) => at({ capExponent }))).toEqual([2, 3, 3, null, null, 2]);
    const lines = (fields: object) => lineOfFault(log([{ lines: 0, exponent: 0, capExponent: 300, ...fields }]));
    expect([-150, -149, 0, 2, 256, 257].map((exponent) => lines({ exponent }))).toEqual([2, 2, null, 0, 0, 2]);
    expect([-150, -149, 2, 3, 512, 513].map((capExponent) => lines({ capExponent }))).toEqual([2, 0, 0, null, null, 2]);
  });

  it('takes the finest grid of denormals', () => {
    const { header, log } = single(1, 2, [2 ** -149, 3 * 2 ** -149], { rows: 0, columns: 1 });
    expect(lineOfFault(log([{ ...header, exponent: -149 }, '.']))).toBeNull();
    expect(lineOfFault(log([{ ...header, exponent: -148 }, '.']))).toBe(3);
    expect(lineOfFault(log([{ lines: 0, exponent: -149, capExponent: 0 }]))).toBeNull();
  });

  it('asks for sums that doubles hold: below 2^53 for lines, below 2^50 for trees and splits', () => {
    const { header, log } = single(2, 1, [1, 0], { rows: 1, columns: 0 });
    const line = (exponent: number) => ({ lines: 0, exponent, capExponent: 300 });
    expect([-52, -53].map((exponent) => lineOfFault(log([line(exponent)])))).toEqual([null, 2]);
    const split = { blocks: [2], grain: 1, share: [0, 0], copies: [0, 0] };
    const tree = (fields: object, ofSplit: object) =>
      lineOfFault(log([{ ...header, ...fields }, { ...split, ...ofSplit }, '.']));
    expect([-49, -50].map((exponent) => tree({ exponent }, {}))).toEqual([null, 2]);
    const most = 2 ** 50;
    // |T| + |B| + |W - T| with W = (1, 0): 1 for nothing, and so on.
    for (const [copies, share, fault] of [
      [most - 2, 0, null],
      [most - 1, 0, 3],
      [-(most - 2), 0, null],
      [-(most - 1), 0, 3],
      [0, most / 2 - 1, 4], // bad multipliers: the leaf stays open
      [0, most / 2, 3],
      [0, -(most / 2 - 1), 4],
      [0, 0, null],
      [0, -most / 2, 3],
      [2 ** 53, 0, 3],
    ] as const) {
      expect(tree({}, { copies: [copies, 0], share: [0, share] }), `${copies} ${share}`).toBe(fault);
    }
    // |W - T|, not |W + T|: T may be as great as half the limit where W is 1.
    expect(tree({}, { share: [most / 2, 0] })).toBe(4);
    expect(tree({}, { share: [-most / 2, 0] })).toBe(3);
    expect(tree({}, { grain: most, copies: [1, 0] })).toBe(3);
    expect(tree({}, { grain: most / 2, copies: [1, 0] })).toBeNull();
    expect([0, -1, 0.5, most, 2 * most].map((grain) => tree({}, { grain }))).toEqual([3, 3, 3, null, 3]);
  });

  it('takes blocks of 1 to 16 rows that are all rows left', () => {
    const rows = 17;
    const importance = Array.from({ length: rows }, (_, row) => row);
    const { header, log } = single(rows, 1, importance, { rows: 1, columns: 0 });
    const zeros = new Array<number>(rows).fill(0);
    // With T = 0 the rows' part is what the greatest 16 keep: all but row 0, which costs nothing.
    const tree = (blocks: unknown, fields = {}) =>
      lineOfFault(log([header, { blocks, grain: 1, share: zeros, copies: zeros, ...fields }, '.']));
    expect([[16, 1], [1, 16], new Array(17).fill(1)].map((blocks) => tree(blocks))).toEqual([null, null, null]);
    for (const blocks of [
      [17],
      [16],
      [16, 2],
      [16, 1, 0],
      [0, 16, 1],
      [16.5, 0.5],
      [-1, 16, 2],
      'x',
      null,
      [],
      ['17'],
    ]) {
      expect(tree(blocks), JSON.stringify(blocks)).toBe(3);
    }
    for (const wrong of [
      { share: zeros.slice(1) },
      { copies: [...zeros, 0] },
      { share: null },
      { copies: [0.5, ...zeros.slice(1)] },
    ]) {
      expect(tree([16, 1], wrong), JSON.stringify(wrong)).toBe(3);
    }
  });

  it('takes every row once, in any order', () => {
    const { header, log } = single(3, 1, [0, 1, 2], { rows: 1, columns: 0 });
    const whole = '((!!!'; // keep two of three rows
    const complete = (order: unknown) => lineOfFault(log([{ ...header, order }, whole]));
    const orders = [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ];
    expect(orders.map(complete)).toEqual([null, null, null]);
    for (const order of [[0, 1], [0, 1, 1], [0, 1, 3], [-1, 0, 1], [0, 1, 2, 3], [0, 1, 1.5], {}, 'x', undefined]) {
      expect(complete(order), JSON.stringify(order)).toBe(2);
    }
  });

  it('closes leaves exactly where the limit is', () => {
    // Keep one of two rows: 12 and 5, so the least cost is 5; the claim 5, 6, ... and grids of 1, 2, 4, 8.
    const { header, log } = single(2, 1, [12, 5], { rows: 1, columns: 0 });
    const unit = 2n ** 149n;
    const tree = (cost: bigint, exponent: number, leaf: string) =>
      lineOfFault(log([{ ...header, bound: `${cost}`, exponent }, `(${leaf}${leaf}`]));
    expect([4n, 5n, 6n].map((cost) => tree(cost * unit, 0, '.'))).toEqual([0, null, 3]);
    expect([4n, 5n, 6n].map((cost) => tree(cost * unit, 0, '!'))).toEqual([0, null, 3]);
    // Between steps of 1 the claim is raised to the next one: 4 and a bit is 5, 5 and a bit is 6.
    expect([1n, unit].map((bit) => tree(4n * unit + bit, 0, '.'))).toEqual([null, null]);
    expect([1n, unit].map((bit) => tree(5n * unit + bit, 0, '.'))).toEqual([3, 3]);
    expect(tree(5n * unit + 1n, 0, '!')).toBe(3);
    // On the grid of 4 the costs are 4 and 12: more than 4 needs more than one unit of it.
    expect([0, 1, 2, 3].map((exponent) => tree(5n * unit, exponent, '.'))).toEqual([null, 3, 3, 3]);
    expect([1, 2, 3].map((exponent) => tree(5n * unit, exponent, '!'))).toEqual([null, null, null]);
  });

  it('claims nothing of a layer of zeros', () => {
    const { header, log } = single(2, 2, [0, 0, 0, 0], { rows: 1, columns: 1 });
    expect(['0', '1'].map((bound) => lineOfFault(log([{ ...header, bound }, '(..'])))).toEqual([null, 3]);
    expect(['0', '1'].map((bound) => lineOfFault(log([{ ...header, bound }, '(!!'])))).toEqual([null, 3]);
  });

  it('takes costs of up to 400 digits', () => {
    const { header, log } = single(2, 1, [12, 5], { rows: 1, columns: 0 });
    const tree = (bound: unknown) => lineOfFault(log([{ ...header, bound }, '(!!']));
    for (const bound of ['9'.repeat(401), '', '-1', '1e3', '0x1', ' 1', '1\n', 5, null, undefined, ['1']]) {
      expect(tree(bound), JSON.stringify(bound)).toBe(2);
    }
    expect(tree('9'.repeat(400))).toBe(3);
    expect(tree(`${'0'.repeat(100)}${header.bound}`)).toBeNull();
  });

  it('asks for a split before a bound, and for decided rows before an exact cost', () => {
    const { header, log } = single(3, 1, [0, 1, 2], { rows: 1, columns: 0 });
    expect(lineOfFault(log([header, '.']))).toBe(3);
    expect(lineOfFault(log([header, '!']))).toBe(3);
    expect(lineOfFault(log([header, '((!!(']))).toBe(3); // nothing to branch on
    expect(lineOfFault(log([header, '((!!!.']))).toBe(3); // nothing after the end
    expect(lineOfFault(log([header, '((!!', '!', '.']))).toBe(5);
    expect(lineOfFault(log([header, '((!!']))).toBe(4); // the end stands where a node should
    expect(lineOfFault(log([header, '((!', '!!']))).toBeNull();
    expect(lineOfFault(log([header, '', '((!!!']))).toBeNull();
    expect(lineOfFault(log([header, '((!x']))).toBe(3);
  });

  it('takes a split for the subtree that follows, and for no other', () => {
    const { header, log } = single(4, 1, [0, 1, 2, 3], { rows: 2, columns: 0 });
    const zeros = [0, 0, 0];
    const split = { blocks: [3], grain: 1, share: zeros, copies: zeros };
    const free = { ...header, bound: '0' };
    expect(lineOfFault(log([free, '(', split, '..']))).toBe(5); // the second child has none
    expect(lineOfFault(log([free, '(', split, '.', split, '.']))).toBe(0);
    const ofRoot = { blocks: [1, 3], grain: 1, share: [0, ...zeros], copies: [0, ...zeros] };
    expect(lineOfFault(log([free, ofRoot, '(', split, '..']))).toBe(0); // but that of the root is in force in both
    expect(lineOfFault(log([free, '(', ofRoot, '..']))).toBe(4); // rows that are decided have no part in it
  });

  it('names what is wrong', () => {
    const { header, log } = single(2, 1, [12, 5], { rows: 1, columns: 0 });
    const fault = (between: readonly (string | object)[]) => faultOf(log(between), log(between).lines);
    expect(fault([{ ...header, rows: 2 }])).toBe('line 2: expected rows to be an integer from 0 to 1');
    expect(fault([{ ...header, columns: 1 }])).toBe('line 2: expected columns to be an integer from 0 to 0');
    expect(fault([{ ...header, layer: 1 }])).toBe('line 2: expected layer to be an integer from 0 to 0');
    expect(fault([{ lines: -1 }])).toBe('line 2: expected lines to be an integer from 0 to 0');
    expect(fault([{ ...header, bound: 7 }])).toBe('line 2: expected bound to be an integer in digits');
    expect(fault([{ ...header, transposed: 0 }])).toBe('line 2: expected transposed to be true or false');
    expect(fault([{ ...header, order: [0] }])).toBe('line 2: expected an order of 2 rows');
    expect(fault([{ ...header, order: [0, 1, 2] }])).toBe('line 2: expected order to be a list of at most 2 integers');
    expect(fault([{ ...header, exponent: 0.5 }])).toBe('line 2: expected exponent to be an integer from -149 to 256');
    expect(fault([{ ...header, capExponent: 'x' }])).toBe(
      'line 2: expected capExponent to be an integer from -149 to 512',
    );
    expect(fault([{ optimum: 7 }])).toBe('line 2: expected optimum to be an integer in digits');
    expect(fault([{ ...header, exponent: -100 }])).toBe('line 2: expected an exponent that keeps sums exact');
    expect(fault([{ lines: 0, exponent: -100, capExponent: 9 }])).toBe(
      'line 2: expected an exponent that keeps sums exact',
    );
    expect(fault([header, '..'])).toBe('line 3: expected a split before a leaf');
    expect(fault([header, '!'])).toBe('line 3: expected an exact leaf only where all rows are decided');
    expect(fault([header, '(('])).toBe('line 3: expected a leaf where all rows are decided, got a branch');
    expect(fault([header, '(!!!'])).toBe('line 3: expected the end of the tree, got more nodes');
    expect(fault([header, '(!?'])).toBe('line 3: expected ( . or !, got "?"');
    expect(fault([{ ...header, bound: `${2n ** 160n}` }, '(.'])).toBe('line 3: expected leaf 1 to be closed');
    const split = { blocks: [2], grain: 1, share: [0, 0], copies: [0, 0] };
    expect(fault([header, { ...split, blocks: 1 }])).toBe('line 3: expected blocks to be a list of at most 2 integers');
    expect(fault([header, { ...split, grain: 0 }])).toMatch('line 3: expected grain to be an integer from 1 to');
    expect(fault([header, { ...split, share: 1 }])).toBe('line 3: expected share to be a list of at most 2 integers');
    expect(fault([header, { ...split, copies: 1 }])).toBe('line 3: expected copies to be a list of at most 2 integers');
    expect(fault([header, { ...split, blocks: [17] }])).toBe('line 3: expected smaller blocks');
    expect(fault([header, { ...split, blocks: [1] }])).toBe('line 3: expected blocks of all rows');
    expect(fault([header, { ...split, share: [0] }])).toBe('line 3: expected 2 entries');
    expect(fault([header, { ...split, copies: [2 ** 50, 0] }])).toBe(
      'line 3: expected multipliers that keep sums exact',
    );
    for (const line of ['', 'x', '[]', 'null', '7', '"x"', '{']) {
      const text = ['null', '7', '"x"', '[]'].includes(line) ? 'expected a record' : 'expected a record of a proof log';
      expect(fault([line]), line).toBe(`line 2: ${text}`);
      expect(faultOf(log([]), [line]), line).toBe(`line 1: ${text}`);
    }
    const { lines } = log([]);
    const opening = JSON.parse(lines[0]!) as object;
    expect(faultOf(log([]), [JSON.stringify({ ...opening, version: 2 })])).toBe(
      'line 1: expected a proof log of version 1',
    );
    expect(faultOf(log([]), [JSON.stringify({ ...opening, more: 1 })])).toBe(
      'line 1: expected a proof log of version 1',
    );
    expect(faultOf(log([]), [JSON.stringify({ ...opening, instanceHash: 'x' })])).toBe(
      'line 1: expected the hash of this instance, got another',
    );
    expect(faultOf(log([]), lines.slice(0, 1))).toBe(
      'expected a last line that states the optimum, got 1 lines without',
    );
    expect(faultOf(log([]), lines)).toBe('expected bounds for all shapes that reach the target, got too few');
    expect(faultOf(log([]), [lines[0]!, JSON.stringify({ optimum: '1' })])).toBe(
      'expected the proved optimum to be the cost of the pruning, got another',
    );
    expect(faultOf(log([]), [...lines, '.'])).toBe('line 3: expected nothing after the optimum, got another line');
  });

  it('proves optimal only what is valid and meets the goal', () => {
    const instance = makeInstance([{ name: 'a', rows: 2, cols: 1, importance: [12, 5] }]);
    const lines = [
      JSON.stringify({ format: 'rcprune-proof', version: 1, instanceHash: instanceHash(instance) }),
      JSON.stringify({ optimum: '0' }),
    ];
    const pruning = { layers: [{ removedRows: new Uint32Array(0), removedColumns: new Uint32Array(0) }] };
    const faultAt = (target: number) => faultOf({ instance, goal: { target }, pruning, lines }, lines);
    expect(faultAt(0)).toBeNull();
    expect(faultAt(1)).toBe('expected at least 1 units removed, got 0');
    const none = { layers: [] } as Pruning;
    expect(faultOf({ instance, goal: { target: 0 }, pruning: none, lines }, lines)).toBe('expected 1 layers, got 0');
  });

  it('speaks of at most 2^22 shapes, and makes no table before the first line is in order', () => {
    const of = (cols: number) =>
      makeInstance([{ name: 'a', rows: 2 ** 11 - 1, cols, importance: new Float32Array((2 ** 11 - 1) * cols) }]);
    const pruning = { layers: [{ removedRows: new Uint32Array(0), removedColumns: new Uint32Array(0) }] };
    const faultOfOpening = (instance: Instance, hash = instanceHash(instance)) => {
      const lines = [JSON.stringify({ format: 'rcprune-proof', version: 1, instanceHash: hash })];
      return faultOf({ instance, goal: { target: 0 }, pruning, lines }, lines);
    };
    expect(faultOfOpening(of(2 ** 11 - 1))).toMatch('expected a last line');
    expect(faultOfOpening(of(2 ** 11))).toBe('line 1: expected at most 4194304 shapes, got 4196352');
    expect(faultOfOpening(of(2 ** 11), 'x')).toMatch('expected the hash');
  });
});
