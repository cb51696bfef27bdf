import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ALGORITHMS,
  type Algorithm,
  type Fraction,
  type Goal,
  type Query,
  queriesOf,
  type Size,
  shapesOfSize,
  targetsOfSize,
  weight,
} from '../../proofs/smt/queries.ts';
import { openZ3, type Z3 } from '../../proofs/smt/z3.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { makeInstance, type Shape } from '../../src/problem/index.ts';
import { costOf } from '../reference/brute-force.ts';

/*
 * Theorem T1 (`independent` in src/approx/independent-sums.ts) and theorem T2 (`residualRowsFirst`, `residualColumnsFirst`
 * in src/approx/residual-sums.ts) at small sizes for all real nonnegative weights, proved by Z3 from the encoding in
 * proofs/smt. Below the factor it finds weights, and on these the shipped code itself has to pay that much: so the
 * encoding speaks about the algorithms that are shipped.
 */

const SIZES = [3, 4].map((n) => ({ rows: n, cols: n }));
const THEOREM: Record<Algorithm, string> = {
  independent: 'T1, independent',
  'residual-rows-first': 'T2, residualRowsFirst',
  'residual-columns-first': 'T2, residualColumnsFirst',
};
const cases = SIZES.flatMap((size) =>
  ALGORITHMS.map((algorithm) => ({ algorithm, size, claim: label(algorithm, size) })),
);

function label(algorithm: Algorithm, { rows, cols }: Size): string {
  return `${THEOREM[algorithm]}, ${rows} x ${cols}`;
}

let z3: Z3;
beforeAll(async () => {
  z3 = await openZ3();
});
afterAll(() => z3.close());

const isRefuted = async ({ text }: Query) => (await z3.decide(text, [])).status === 'unsat';

async function expectNoCounterexample(queries: readonly Query[]): Promise<void> {
  for (const query of queries) expect(await isRefuted(query), query.text).toBe(true);
}

describe('within twice the optimum for all real weights', () => {
  it.each(cases)('$claim: every shape, every other choice of lines', async ({ algorithm, size }) => {
    const queries = shapesOfSize(size).flatMap((shape) => queriesOf(algorithm, size, { shape }));
    expect(queries.length).toBe(2 ** (size.rows + size.cols));
    await expectNoCounterexample(queries);
  });

  it.each(cases.filter(({ size }) => size.rows === 3))(
    '$claim: every target, every other choice of shapes and lines',
    async ({ algorithm, size }) => {
      for (const target of targetsOfSize(size)) await expectNoCounterexample(queriesOf(algorithm, size, { target }));
    },
  );
});

/** A shape as rows first sees it: columns first is rows first on the transpose. */
const turned = (algorithm: Algorithm, { rows, cols }: Size, shape: Shape) =>
  algorithm === 'residual-columns-first'
    ? { m: cols, n: rows, r: shape.columns, c: shape.rows }
    : { m: rows, n: cols, r: shape.rows, c: shape.columns };

/** Where the factor is 2 in the limit. */
function reachesTwo(algorithm: Algorithm, size: Size, shape: Shape): boolean {
  const { m, n, r, c } = turned(algorithm, size, shape);
  return 1 <= r && r <= (algorithm === 'independent' ? m - 1 : m - 2) && 1 <= c && c < n;
}

const ALMOST_TWO: Fraction = { numerator: 199n, denominator: 100n };

/** Weights as integers, all multiplied by the same number. */
function toIntegers(values: readonly Fraction[]): bigint[] {
  const divisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : divisor(b, a % b));
  const common = values.reduce((all, { denominator }) => (all * denominator) / divisor(all, denominator), 1n);
  return values.map(({ numerator, denominator }) => (numerator * common) / denominator);
}

/** Asks for weights and lets the shipped method and the enumeration run on them. @returns whether there were any */
async function hasCounterexample(query: Query, goal: Goal): Promise<boolean> {
  const { rows, cols } = query.size;
  const names = Array.from({ length: rows * cols }, (_, k) => weight(Math.floor(k / cols), k % cols));
  const decision = await z3.decide(query.text, names);
  if (decision.status === 'unsat') return false;
  const integers = toIntegers(decision.values);
  const importance = integers.map(Number);
  expect(importance.map((x) => BigInt(Math.fround(x)))).toEqual(integers); // nothing is rounded on the way
  const instance = makeInstance([{ name: query.name, rows, cols, importance }]);
  const { pruning } = solveSync(instance, { method: query.algorithm, goal });
  const optimum = solveSync(instance, { method: 'enumerate', goal });
  const opt = {
    layers: [{ removedRows: Uint32Array.from(query.opt.rows), removedColumns: Uint32Array.from(query.opt.columns) }],
  };
  const { numerator, denominator } = query.factor;
  const paid = costOf(instance, pruning!);
  expect(paid * denominator > numerator * costOf(instance, opt)).toBe(true);
  expect(costOf(instance, optimum.pruning!) <= costOf(instance, opt)).toBe(true);
  expect(paid <= 2n * costOf(instance, optimum.pruning!)).toBe(true);
  return true;
}

async function someCounterexample(algorithm: Algorithm, size: Size, goal: Goal, factor: Fraction): Promise<boolean> {
  for (const query of queriesOf(algorithm, size, goal, { factor, strict: true })) {
    if (await hasCounterexample(query, goal)) return true;
  }
  return false;
}

describe('not within 1.99 times the optimum', () => {
  it.each(cases)(
    '$claim: at exactly the shapes that theory says, on weights that the shipped code runs on',
    async ({ algorithm, size }) => {
      for (const shape of shapesOfSize(size)) {
        const found = await someCounterexample(algorithm, size, { shape }, ALMOST_TWO);
        expect(found, `${shape.rows}, ${shape.columns}`).toBe(reachesTwo(algorithm, size, shape));
      }
    },
  );

  it.each(cases.filter(({ size }) => size.rows === 3))('$claim: with a target', async ({ algorithm, size }) => {
    expect(await someCounterexample(algorithm, size, { target: 5 }, ALMOST_TWO)).toBe(true);
  });
});

describe('all rows but one first', () => {
  it.each(cases.filter(({ algorithm }) => algorithm !== 'independent'))(
    '$claim: within 1 + c/n of the optimum and no less, c of n being the lines chosen second',
    async ({ algorithm, size }) => {
      for (const shape of shapesOfSize(size)) {
        const { m, n, r, c } = turned(algorithm, size, shape);
        if (r !== m - 1 || c === 0 || c === n) continue;
        const factor = { numerator: BigInt(n + c), denominator: BigInt(n) };
        await expectNoCounterexample(queriesOf(algorithm, size, { shape }, { factor }));
        const less = { numerator: 100n * BigInt(n + c) - BigInt(n), denominator: 100n * BigInt(n) };
        expect(await someCounterexample(algorithm, size, { shape }, less)).toBe(true);
      }
    },
  );
});
