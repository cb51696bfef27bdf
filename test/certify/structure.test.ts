import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, checkCertificate, ProofChecker } from '../../src/certify/index.ts';
import { type Certificate, instanceHash, makeInstance, type Pruning } from '../../src/problem/index.ts';

/*
 * Evidence from a caller without types: whatever stands where a certificate, a pruning or a log should, the checker answers in one
 * sentence, soon, and raises nothing.
 */

const importance = Float32Array.of(5, 4, 3, 2, 1, 6);
const instance = makeInstance([{ name: 'a', rows: 3, cols: 2, importance }]);
const goal = { target: 2 };
const ones = (length: number) => new Float32Array(length).fill(1);
const vectors = { rowPart: ones(3), columnPart: ones(2), rowWeights: ones(3), columnWeights: ones(2) };
const tangent = { rowPoint: ones(3), columnPoint: ones(2), rowCurvature: 4 };

const good: Certificate = {
  instanceHash: instanceHash(instance),
  goal,
  price: 1,
  layers: [
    [
      { kind: 'rows' },
      { kind: 'columns' },
      { kind: 'split', columnShare: new Float32Array(6) },
      { kind: 'additive', ...vectors, norm: 16, tangents: [tangent] },
      { kind: 'multiplicative', ...vectors, norm: 16, tangents: [] },
    ],
  ],
  claim: { dualBound: 0, keptBound: 21 },
};

/** Every place of a value that is no vector of numbers, as a list of names. */
function placesOf(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [at];
  return [at, ...Object.entries(value).flatMap(([name, own]) => placesOf(own, [...at, name]))];
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  const own = { ...(value as Record<string, unknown>) };
  const copy: unknown = Array.isArray(value) ? [...(value as unknown[])] : own;
  (copy as Record<string, unknown>)[name] = replaced(own[name], rest, by);
  return copy;
}

const named = (places: readonly (readonly string[])[]) =>
  places.map((place): [string, readonly string[]] => [`/${place.join('/')}`, place]);
const places = placesOf(good);
const anything = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, Number.NaN, Infinity, -1, 0, 1n, '', 'x', true, [], {}),
  fc.constantFrom<unknown>(() => 0, Symbol('x'), new Float64Array(3), new Float32Array(0), Float32Array.of(Number.NaN)),
  fc.anything({ withBigInt: true, withTypedArray: true, withSparseArray: true, withNullPrototype: true }),
);

describe('a certificate of any kind of garbage', () => {
  it('is accepted as it is', () => {
    expect(checkCertificate(instance, goal, good)).toMatchObject({ valid: true, reason: null });
  });

  it.each(named(places))('ends in a verdict: %s', (_, place) => {
    fc.assert(
      fc.property(anything, (garbage) => {
        const certificate = replaced(good, place, garbage) as Certificate;
        const { valid, reason, dualBound } = checkCertificate(instance, goal, certificate);
        expect(reason === null).toBe(valid);
        if (!valid) expect(reason).toMatch(/^certificate: (layer a: )?expected /);
        // Row 1 goes, at 5: no garbage proves more than the truth.
        else expect(dualBound).toBeLessThanOrEqual(5);
      }),
      { numRuns: 200 },
    );
  });

  // What is left out is refused by its name.
  it.each(named(places.filter((place) => place.length > 0 && !/^[0-9]+$/.test(place.at(-1)!))))(
    'is refused without %s',
    (_, place) => {
      const { valid, reason } = checkCertificate(instance, goal, replaced(good, place, undefined) as Certificate);
      expect(valid).toBe(false);
      expect(reason).toMatch(
        /^certificate: expected (an? (instance hash|goal|price|kind of piece|norm|list)|float32 numbers|lists? |tangents|a claim|target 2, got)/,
      );
    },
  );
});

describe('garbage of one kind at one place', () => {
  const refusalOf = (place: readonly string[], garbage: unknown) =>
    checkCertificate(instance, goal, replaced(good, place, garbage) as Certificate).reason;

  it.each(named(places))('null: %s', (_, place) => {
    expect(refusalOf(place, null)).toMatch(/^certificate: expected /);
  });

  it('is named', () => {
    for (const shape of [{ rows: 1, columns: '1' }, { rows: '1', columns: 1 }, null]) {
      expect(refusalOf(['goal'], { shape })).toBe('certificate: expected a goal, got an object');
    }
    expect(refusalOf(['layers', '0', '0', 'kind'], ['rows'])).toMatch('expected a kind of piece, got an array of 1');
    for (const none of [null, undefined, 3]) {
      expect(check(instance, goal, none as unknown as Pruning).reason).toMatch('expected a pruning');
    }
  });
});

describe('a pruning of any kind of garbage', () => {
  const pruning: Pruning = { layers: [{ removedRows: Uint32Array.of(1), removedColumns: Uint32Array.of(0) }] };

  it.each(named(placesOf(pruning)))('ends in a verdict: %s', (_, place) => {
    fc.assert(
      fc.property(anything, (garbage) => {
        const { valid, reason, cost } = check(instance, goal, replaced(pruning, place, garbage) as Pruning);
        if (valid)
          expect([reason, cost]).toEqual([null, expect.any(Number)]); // a list of indices after all
        else expect(reason).toMatch(/expected /);
      }),
    );
  });
});

describe('a log that asks for endless work', () => {
  const rows = 17;
  const wide = makeInstance([
    { name: 'a', rows, cols: 2, importance: Float32Array.from({ length: 2 * rows }, (_, k) => k) },
  ]);
  const shape = { rows: 1, columns: 1 };
  const opening = { format: 'rcprune-proof', version: 1, instanceHash: instanceHash(wide) };
  const order = Array.from({ length: rows }, (_, row) => row);
  const tree = { layer: 0, ...shape, bound: '1', transposed: false, exponent: 0, capExponent: 300, order };
  const zeros = new Array<number>(2 * rows).fill(0);
  const split = { blocks: [1, 16], grain: 1, share: zeros, copies: zeros };
  const faultOf = (mostWork: number | undefined, records: readonly (object | string)[]) => {
    const checker = new ProofChecker(wide, { shape }, mostWork);
    for (const record of [opening, ...records]) {
      checker.take(typeof record === 'string' ? record : JSON.stringify(record));
    }
    return checker.verdict({ layers: [{ removedRows: Uint32Array.of(0), removedColumns: Uint32Array.of(0) }] });
  };
  const limit = 2 ** 20;
  const refused = new RegExp(`^line \\d+: expected a log that takes at most ${limit} steps to check$`);
  const lines = { lines: 0, exponent: 0, capExponent: 300 };

  it.each<[string, (object | string)[]]>([
    ['large blocks', [tree, split, '.']],
    ['lines again and again', new Array<object>(1000).fill(lines)],
    [
      'trees that end at once, again and again',
      new Array<(object | string)[]>(40_000).fill([{ ...tree, rows: 0, bound: '0' }, '.']).flat(),
    ],
  ])('is refused when its work is done: %s', (_, records) => {
    expect(faultOf(limit, records)).toMatch(refused);
  });

  it('counts what stands below, to the number: so much is enough, one less is not', () => {
    const importances = Float32Array.from({ length: 12 }, (_, k) => k + 1);
    const small = makeInstance([{ name: 'a', rows: 4, cols: 3, importance: importances }]);
    const one = { ...tree, rows: 1, columns: 1, bound: '0', order: [0, 1, 2, 3] }; // keeps 3 of 4 rows
    const halves = {
      blocks: [2, 2],
      grain: 1,
      share: new Array<number>(12).fill(0),
      copies: new Array<number>(12).fill(0),
    };
    const records = [
      { ...opening, instanceHash: instanceHash(small) },
      lines, // 64 x 5 x 4
      one, // 4 x 3
      halves, // 4 x 3
      '((', // 3 each
      '.', // 1 of the last 2 rows: 3; subsets of a block 2^2 x 3 x 3; joined 1 x 3; offers 2 x 3
      '!', // 16 x 4 x 3
      '.', // keeps 3 rows: 3 x 3
      one, // 4 x 3
      '(((....', // 3 each; keeps 0 rows: 3, 1 row: 3, 2 rows: 6, 3 rows: 9
      { optimum: `${6n << 149n}` }, // the shape's one choice of units: 64 x 1 x 1
    ];
    const work = 1280 + 12 + 12 + 6 + (3 + 36 + 3 + 6) + 192 + 9 + 12 + 9 + (3 + 3 + 6 + 9) + 64;
    const verdictAt = (most: number) => {
      const checker = new ProofChecker(small, { shape: { rows: 1, columns: 0 } }, most);
      for (const record of records) checker.take(typeof record === 'string' ? record : JSON.stringify(record));
      return checker.verdict({ layers: [{ removedRows: Uint32Array.of(0), removedColumns: new Uint32Array(0) }] });
    };
    expect(verdictAt(work)).toBeNull();
    expect(verdictAt(work - 1)).toBe(`expected a log that takes at most ${work - 1} steps to check`);
    expect(verdictAt(work - 65)).toMatch(/^line 10: expected a log that takes at most/);
  });
});
