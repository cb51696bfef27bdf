import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellsOf, keyOf, makeSuite, parseShard, readSuite, shippedSuites } from '../../src/benchmark/suite.ts';
import { writeInstance } from '../../src/formats/index.ts';
import { instanceHash, makeInstance, RcpruneError } from '../../src/problem/index.ts';
import { temporaryFolder } from '../temporary.ts';

const inFolder = temporaryFolder();
const folder = path.dirname(inFolder('x'));

const group = (own: object) => ({
  families: [{ family: 'integer', max: 1 }],
  sizes: [{ rows: 3, cols: 3 }],
  sparsities: ['0.5'],
  methods: ['greedy'],
  ...own,
});
const suite = (...groups: object[]) =>
  makeSuite('test', { format: 'rcprune-suite', version: 1, name: 'test', description: '', groups }, folder);

describe('cells', () => {
  it('come in order, with the limits and seeds of their methods', async () => {
    const cells = await cellsOf(
      suite(
        group({
          families: [{ family: 'uniform' }, { family: 'scaled', strength: 2 }],
          sizes: [
            { rows: 4, cols: 5 },
            { rows: 6, cols: 5, layers: 2 },
          ],
          instanceSeeds: [7, 8],
          sparsities: ['0.5', '0.9'],
          methods: ['greedy', { method: 'random', seeds: [3, 4], workLimit: null, timeLimit: 2 }],
          workLimit: 9,
        }),
      ),
    );
    const expected: unknown[] = [];
    for (const own of [{ family: 'uniform' }, { family: 'scaled', strength: 2 }]) {
      for (const size of [
        { rows: 4, cols: 5 },
        { rows: 6, cols: 5, layers: 2 },
      ]) {
        for (const instanceSeed of [7, 8]) {
          for (const sparsity of ['0.5', '0.9']) {
            for (const [method, seed, workLimit, timeLimit] of [
              ['greedy', 1, 9, null],
              ['random', 3, null, 2],
              ['random', 4, null, 2],
            ]) {
              const { family, ...parameters } = { ...own, ...size };
              expected.push({ family, parameters, instanceSeed, sparsity, method, seed, workLimit, timeLimit });
            }
          }
        }
      }
    }
    expect(
      cells.map(({ family, parameters, instanceSeed, sparsity, method, seed, workLimit, timeLimit }) => {
        return { family, parameters, instanceSeed, sparsity, method, seed, workLimit, timeLimit };
      }),
    ).toEqual(expected);
    expect(cells.every(({ entries, target, sparsity }) => target === Math.ceil(entries * Number(sparsity)))).toBe(true);
  });

  it('have keys of their content alone', async () => {
    const [cell] = await cellsOf(suite(group({ families: [{ family: 'half-normal' }] })));
    const { key, ...rest } = cell!;
    // Changes when the generator, the hash of instances or the key does: rows of older files would then be run again.
    expect(key).toBe('fa3a465b71d318b53cb48ba4e8c1d11ad6b8354c6a071cf0bb5e8c71ed2bfe3d');
    expect(keyOf({ ...rest, suite: 'other', family: 'file', parameters: {}, instanceSeed: 9, sparsity: null })).toBe(
      key,
    );
    const changes = { target: 1, method: 'x', seed: 2, workLimit: 1, timeLimit: 1, memoryLimit: 64, warmUp: 1 };
    const keys = Object.entries({ ...changes, instanceHash: 'x' }).map(([name, value]) =>
      keyOf({ ...rest, [name]: value }),
    );
    expect(new Set([...keys, key]).size).toBe(keys.length + 1);
  });

  it('that are one run appear once', async () => {
    // 5 of 9 either way; the second group asks for the same again.
    const cells = await cellsOf(
      suite(group({ sparsities: ['0.5', '0.55'] }), group({ methods: ['greedy', 'random'] })),
    );
    expect(cells.map(({ sparsity, method }) => [sparsity, method])).toEqual([
      ['0.5', 'greedy'],
      ['0.5', 'random'],
    ]);
  });

  it('of files are known by their content, and take their own targets', async () => {
    const instance = makeInstance([{ name: 'one', rows: 1, cols: 2, importance: [1, 2] }], 1);
    await writeInstance(inFolder('one.json'), instance);
    const own = group({ families: [], files: ['one.json'], sparsities: [null, '0.6'] });
    const cells = await cellsOf(suite(own));
    expect(
      cells.map(({ family, parameters, target, instanceHash }) => ({ family, parameters, target, instanceHash })),
    ).toEqual(
      [1, 2].map((target) => ({
        family: 'file',
        parameters: { file: 'one.json' },
        target,
        instanceHash: instanceHash(instance),
      })),
    );
    await expect(cellsOf(suite(group({ sparsities: [null] })))).rejects.toThrow(/an instance with a target/);
  });

  it('of all shards together are those of the suite, none twice', async () => {
    const arbitrary = fc.record({
      seeds: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      sparsities: fc.uniqueArray(fc.constantFrom('0.1', '0.2', '0.5', '0.55', '0.9', '1'), { minLength: 1 }),
      methods: fc.uniqueArray(fc.constantFrom('greedy', 'random', 'residual'), { minLength: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitrary, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 9 }),
        async (groups, count) => {
          const whole = suite(...groups.map(({ seeds, ...own }) => group({ ...own, instanceSeeds: seeds })));
          const all = await cellsOf(whole);
          const parts = await Promise.all(
            Array.from({ length: count }, (_, k) => cellsOf(whole, { index: k + 1, count })),
          );
          const keys = parts.flat().map(({ key }) => key);
          expect(keys.length).toBe(new Set(keys).size);
          expect(keys.sort()).toEqual(all.map(({ key }) => key).sort());
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('suites', () => {
  it('that are shipped can be read, and are called as their files', async () => {
    const names = await shippedSuites();
    expect(names).toEqual(expect.arrayContaining(['anytime', 'large', 'peers', 'quick']));
    for (const name of names) expect((await readSuite(name)).name).toBe(name);
  });

  it.each([
    ['no object', 7],
    ['unknown fields', { ...suite(group({})), folder: undefined, colour: 'red' }],
    ['another version', { format: 'rcprune-suite', version: 2, name: 'a', description: '', groups: [group({})] }],
    [
      'a name that is a path',
      { format: 'rcprune-suite', version: 1, name: '../a', description: '', groups: [group({})] },
    ],
  ])('are refused: %s', (_, content) => {
    expect(() => makeSuite('test', content, folder)).toThrow(RcpruneError);
  });

  it.each([
    ['nothing to solve', { families: [] }],
    ['no methods', { methods: [] }],
    ['an unknown method', { methods: ['magic'] }],
    ['an unknown family', { families: [{ family: 'magic' }] }],
    ['a sparsity above 1', { sparsities: ['1.5'] }],
    ['a sparsity that is a number', { sparsities: [0.5] }],
    ['a negative limit', { timeLimit: -1 }],
    ['a seed that is no integer', { seeds: [1.5] }],
    ['more than a million runs', { instanceSeeds: seeds(2000), seeds: seeds(600) }],
  ])('are refused: %s', (_, own) => {
    expect(() => suite(group(own))).toThrow(RcpruneError);
  });

  it('are refused when a family does not take an option, or an instance would be huge', async () => {
    await expect(cellsOf(suite(group({ families: [{ family: 'uniform', max: 3 }] })))).rejects.toThrow(RcpruneError);
    await expect(cellsOf(suite(group({ sizes: [{ rows: 1e5, cols: 1e5 }] })))).rejects.toThrow(/at most/);
    await expect(cellsOf(suite(group({ families: [], files: ['none.json'] })))).rejects.toThrow(/readable/);
  });

  it('are found by name or by file', async () => {
    await expect(readSuite('no-such-suite')).rejects.toThrow(/one of anytime/);
    writeFileSync(inFolder('bad.json'), '{"format":');
    await expect(readSuite(inFolder('bad.json'))).rejects.toThrow(/JSON/);
    await expect(readSuite(inFolder('absent.json'))).rejects.toThrow(/readable/);
  });
});

function seeds(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k + 1);
}

it('parseShard takes I/N with I from 1 to N', () => {
  expect(parseShard('3/12')).toEqual({ index: 3, count: 12 });
  for (const text of ['0/3', '4/3', '1', '1/', 'a/b', '1/3/5', '-1/3', '1.5/3', '1e0/3']) {
    expect(() => parseShard(text), text).toThrow(RcpruneError);
  }
});
