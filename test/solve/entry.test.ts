import { describe, expect, it } from 'vitest';
import { check, checkCertificate, ProofChecker } from '../../src/certify/index.ts';
import { type Instance, makeInstance, type Pruning, RcpruneError } from '../../src/problem/index.ts';
import { boundSync } from '../../src/solve/bound.ts';
import { solveSync } from '../../src/solve/solve.ts';
import { METHODS } from '../methods.ts';

/*
 * What the library is given by a caller who has no command line in between: everything that is no instance, goal, start or
 * option is refused with the project's error, by every entry alike, before any method runs.
 */

const importance = Float32Array.of(100, 104, 3, 200, 1, 1);
const instance = makeInstance([{ name: 'a', rows: 3, cols: 2, importance }]);
const goal = { target: 2 };
const layer = instance.layers[0]!;
const lines = (rows: number[], columns: number[]): Pruning => ({
  layers: [{ removedRows: Uint32Array.from(rows), removedColumns: Uint32Array.from(columns) }],
});
const { certificate } = boundSync(instance, { goal });

/** Values that a caller without types may pass for anything. */
const nothings = [undefined, null, 7, 'x', [], {}] as unknown[];

const badInstances: readonly [string, unknown][] = [
  ...nothings.map((value): [string, unknown] => [JSON.stringify(value) ?? 'undefined', value]),
  ['no layers', { layers: [] }],
  ['a layer that is none', { layers: [null] }],
  ['a name twice', { layers: [layer, layer] }],
  ['no name', { layers: [{ ...layer, name: '' }] }],
  ['no rows', { layers: [{ ...layer, rows: 0, importance: new Float32Array(0) }] }],
  ['half a column', { layers: [{ ...layer, cols: 1.5 }] }],
  ['too few importances', { layers: [{ ...layer, cols: 3 }] }],
  ['importances in a list', { layers: [{ ...layer, importance: [...importance] }] }],
  ['importances in doubles', { layers: [{ ...layer, importance: Float64Array.from(importance) }] }],
  ['a negative importance', { layers: [{ ...layer, importance: importance.map((x) => -x) }] }],
  ['an infinite importance', { layers: [{ ...layer, importance: importance.map((x) => x / 0) }] }],
  ['an importance that is NaN', { layers: [{ ...layer, importance: importance.map((x) => x * Number.NaN) }] }],
  ['no units', { layers: [{ ...layer, unitsPerEntry: 0 }] }],
  ['units missing', { layers: [{ ...layer, unitsPerEntry: undefined }] }],
  ['more minima than rows', { layers: [{ ...layer, minKeptRows: 4 }] }],
  ['negative minima', { layers: [{ ...layer, minKeptColumns: -1 }] }],
  ['too many units', { layers: [{ ...layer, unitsPerEntry: 2 ** 52 }] }],
  ['a target that is none', { layers: [layer], target: -1 }],
];

const badGoals: readonly [string, unknown][] = [
  ...nothings.map((value): [string, unknown] => [JSON.stringify(value) ?? 'undefined', value]),
  ['half a unit', { target: 0.5 }],
  ['a negative target', { target: -1 }],
  ['a target beyond 2^53', { target: 2 ** 53 }],
  ['a target in words', { target: '2' }],
  ['both', { target: 2, shape: { rows: 1, columns: 0 } }],
  ['a shape that is none', { shape: null }],
  ['a shape too large', { shape: { rows: 4, columns: 0 } }],
  ['half a shape', { shape: { rows: 1 } }],
];

const badPrunings: readonly [string, unknown][] = [
  ...nothings.filter((value) => value !== undefined).map((value): [string, unknown] => [JSON.stringify(value), value]),
  ['no layer', { layers: [] }],
  ['two layers', { layers: [...lines([0], []).layers, ...lines([0], []).layers] }],
  ['a layer that is none', { layers: [null] }],
  ['a row three times', lines([0, 0, 0], [])],
  ['rows that descend', lines([1, 0], [])],
  ['a row that is not there', lines([3], [])],
  ['a column twice', lines([], [1, 1])],
  ['lists', { layers: [{ removedRows: [0], removedColumns: [] }] }],
  ['rows alone', { layers: [{ removedRows: Uint32Array.of(0) }] }],
];

const refuses = (run: () => unknown) => expect(run).toThrow(RcpruneError);

describe('every entry of the library', () => {
  it.each(badInstances)('refuses an instance: %s', (_, bad) => {
    const given = bad as Instance;
    refuses(() => solveSync(given, { method: 'residual', goal }));
    refuses(() => boundSync(given, { goal }));
    refuses(() => check(given, goal, lines([0], [])));
    refuses(() => checkCertificate(given, goal, certificate));
    refuses(() => new ProofChecker(given, goal));
  });

  it.each(badGoals)('refuses a goal: %s', (_, bad) => {
    const given = bad as { target: number };
    refuses(() => solveSync(instance, { method: 'residual', goal: given }));
    refuses(() => boundSync(instance, { goal: given }));
    refuses(() => check(instance, given, lines([0], [])));
    refuses(() => checkCertificate(instance, given, certificate));
    refuses(() => new ProofChecker(instance, given));
  });

  it.each(badPrunings)('refuses a start: %s', async (_, bad) => {
    const given = bad as Pruning;
    for (const { name: method } of METHODS) {
      refuses(() => solveSync(instance, { method, goal, start: given }));
    }
    refuses(() => boundSync(instance, { goal, incumbent: given }));
  });

  it('refuses a start that does not meet the goal, and takes one that does', () => {
    refuses(() => solveSync(instance, { method: 'branch-and-bound', goal, start: lines([], []) }));
    refuses(() => boundSync(instance, { goal, incumbent: lines([], []) }));
    // From rows 0, 0, 0 branch and bound once said "optimal" at 2, where the optimum is 2 rows of the cheap entries.
    const { status, cost } = solveSync(instance, { method: 'branch-and-bound', goal, start: lines([0], []) });
    expect([status, cost]).toEqual(['optimal', 2]);
  });

  it.each<[string, object | null | number]>([
    ['none', null],
    ['a number', 3],
    ['a method without a name', { method: 7 }],
    ['an unknown method', { method: 'guess' }],
    ['half a seed', { seed: 0.5 }],
    ['a negative seed', { seed: -1 }],
    ['an infinite seed', { seed: Infinity }],
    ['negative work', { workLimit: -1 }],
    ['half a unit of work', { workLimit: 1.5 }],
    ['negative time', { seconds: -1 }],
    ['no time at all', { seconds: Number.NaN }],
    ['an unknown cooling', { cooling: 'slow' }],
    ['a listener that is none', { onIncumbent: 'x' }],
    ['another', { onProof: 1 }],
  ])('solve refuses options: %s', (_, bad) => {
    const options = typeof bad === 'object' && bad !== null ? { method: 'residual', goal, ...bad } : bad;
    refuses(() => solveSync(instance, options as Parameters<typeof solveSync>[1]));
  });

  it('bound refuses work that is no count', () => {
    for (const workLimit of [-1, 0.5, Number.NaN]) refuses(() => boundSync(instance, { goal, workLimit }));
  });
});
