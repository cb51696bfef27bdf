import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describe as describeValue,
  ExactSum,
  instanceHash,
  makeInstance,
  makeRandom,
  nextAbove,
  nextBelow,
  RcpruneError,
  requirementOf,
  targetOfSparsity,
  toDown,
  toNearest,
  toUp,
} from '../../src/problem/index.ts';
import { exact } from '../reference/brute-force.ts';

const float32 = fc.oneof(
  fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 2 ** -149, 2 ** -126, 2 ** -24, 1e8, 3.4028234663852886e38),
);
/** Large enough that neighbouring doubles are whole units. */
const anySum = fc.bigInt({ min: 2n ** 70n, max: 2n ** 300n });

describe('ExactSum', () => {
  it('is the sum of integers in units of 2^-149', () => {
    fc.assert(
      fc.property(fc.array(float32, { maxLength: 50 }), (values) => {
        const sum = new ExactSum();
        sum.addRange(Float32Array.from(values), 0, values.length);
        sum.addColumns(Float32Array.from(values), 0, values.length, Uint32Array.from(values.keys()));
        expect(sum.value()).toBe(2n * values.reduce((total, x) => total + exact(x), 0n));
      }),
      { numRuns: 1000 },
    );
  });

  it('has neighbours among the doubles, none below 0', () => {
    expect([nextAbove(0), nextBelow(5e-324), nextBelow(0)]).toEqual([5e-324, 0, 0]);
    expect([nextAbove(1), nextBelow(1)]).toEqual([1 + 2 ** -52, 1 - 2 ** -53]);
  });

  it('rounds once: to nearest, down and up', () => {
    const unit = (x: number) => BigInt(x * 2 ** 149);
    expect([toDown(0n), toUp(0n), toNearest(0n), toDown(5n), toUp(5n)]).toEqual([
      0,
      0,
      0,
      5 * 2 ** -149,
      5 * 2 ** -149,
    ]);
    fc.assert(
      fc.property(anySum, fc.constantFrom(1n, 2n, 3n), (sum, divisor) => {
        const down = toDown(sum, divisor);
        expect(unit(down) * divisor <= sum).toBe(true);
        expect(unit(nextAbove(down)) * divisor > sum).toBe(true);
        const up = toUp(sum);
        expect(unit(up) >= sum).toBe(true);
        expect(up === 0 || unit(nextBelow(up)) < sum).toBe(true);
        const near = toNearest(sum);
        const distance = (x: number) => (unit(x) > sum ? unit(x) - sum : sum - unit(x));
        expect(distance(near) <= distance(nextAbove(near))).toBe(true);
        expect(near === 0 || distance(near) <= distance(nextBelow(near))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('targetOfSparsity', () => {
  it('reads the sparsity as an exact decimal', () => {
    expect(targetOfSparsity('0.07', 100)).toBe(7);
    expect(Math.ceil(0.07 * 100)).toBe(8); // what doubles make of it
    expect(targetOfSparsity('0.93', 11_166_912)).toBe(10_385_229);
    expect(targetOfSparsity('9.3e-1', 11_166_912)).toBe(10_385_229);
    expect([targetOfSparsity('0', 9), targetOfSparsity('1', 9), targetOfSparsity('1.000', 9)]).toEqual([0, 9, 9]);
    expect(targetOfSparsity('.5', 9)).toBe(5);
  });

  it('is the ceiling of a rational', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 9 }), fc.nat({ max: 2 ** 50 }), (billionths, units) => {
        const text = `0.${String(billionths).padStart(9, '0')}`;
        const sparsity = billionths === 10 ** 9 ? '1' : text;
        const product = BigInt(billionths) * BigInt(units);
        expect(targetOfSparsity(sparsity, units)).toBe(Number((product + 999_999_999n) / 1_000_000_000n));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    '',
    '.',
    '-0.1',
    '1.01',
    '1e1',
    '0x1',
    ' 0.5',
    '0.5 ',
    'NaN',
    'Infinity',
    '1e-999',
    '0,5',
    `0.${'1'.repeat(99)}`,
  ])('refuses %j', (text) => {
    expect(() => targetOfSparsity(text, 100)).toThrow(RcpruneError);
  });
});

describe('makeInstance', () => {
  const layer = { name: 'a', rows: 1, cols: 2, importance: [1, 2] };
  it.each<[string, object[], RegExp]>([
    [
      'NaN',
      [{ ...layer, importance: [1, Number.NaN] }],
      /entry \(0, 1\): expected a finite float32 importance >= 0, got NaN/,
    ],
    ['infinite', [{ ...layer, importance: [Infinity, 1] }], /got Infinity/],
    ['beyond float32', [{ ...layer, importance: [1e39, 1] }], /got Infinity/],
    ['negative', [{ ...layer, importance: [1, -1e-30] }], /entry \(0, 1\)/],
    ['a wrong count', [{ ...layer, importance: [1] }], /expected 2 importances, got 1/],
    ['no rows', [{ ...layer, rows: 0, importance: [] }], /rows: expected an integer >= 1, got 0/],
    ['a fractional size', [{ ...layer, cols: 1.5 }], /cols/],
    ['too many entries', [{ ...layer, rows: 2 ** 20, cols: 2 ** 20 }], /at most 536870912 entries/],
    ['an empty name', [{ ...layer, name: '' }], /name/],
    ['a name twice', [layer, layer], /^instance: expected distinct layer names, got "a" twice/],
    ['no units', [{ ...layer, unitsPerEntry: 0 }], /unitsPerEntry/],
    ['units beyond 2^53', [{ ...layer, unitsPerEntry: Number.MAX_SAFE_INTEGER }], /2\^53/],
    [
      'a minimum above the size',
      [{ ...layer, minKeptColumns: 3 }],
      /minKeptColumns: expected an integer from 0 to 2, got 3/,
    ],
    ['no layers', [], /at least one layer/],
  ])('refuses %s', (_, layers, message) => {
    expect(() => makeInstance(layers as Parameters<typeof makeInstance>[0])).toThrow(message);
  });

  it.each<[string, object, string]>([
    ['a name', { name: 3 }, 'layer name: expected a non-empty string, got 3'],
    ['a name', { name: '' }, 'layer name: expected a non-empty string, got ""'],
    ['rows', { rows: 1.5 }, 'layer "a": rows: expected an integer >= 1, got 1.5'],
    ['columns', { cols: 0 }, 'layer "a": cols: expected an integer >= 1, got 0'],
    ['columns', { cols: 2 ** 30 }, 'layer "a": expected at most 536870912 entries, got 1 x 1073741824'],
    ['importances', { importance: [] }, 'layer "a": expected 2 importances, got 0'],
    ['units', { unitsPerEntry: 0.5 }, 'layer "a": unitsPerEntry: expected an integer >= 1, got 0.5'],
    ['kept rows', { minKeptRows: 2 }, 'layer "a": minKeptRows: expected an integer from 0 to 1, got 2'],
    ['kept rows', { minKeptRows: -1 }, 'layer "a": minKeptRows: expected an integer from 0 to 1, got -1'],
    ['kept columns', { minKeptColumns: -1 }, 'layer "a": minKeptColumns: expected an integer from 0 to 2, got -1'],
  ])('says where, expected and got: %s', (_, change, message) => {
    expect(() => makeInstance([{ ...layer, ...change }])).toThrow(message);
  });

  it('says at which entry an importance is none', () => {
    const importance = [0, 1, 2, 3, -4, 5];
    expect(() => makeInstance([{ name: 'a', rows: 2, cols: 3, importance }])).toThrow(
      'layer "a": entry (1, 1): expected a finite float32 importance >= 0, got -4',
    );
  });

  it('refuses targets that are none, and counts that doubles do not hold', () => {
    expect(() => makeInstance([layer], -1)).toThrow('instance target: expected an integer >= 0, got -1');
    expect(() => makeInstance([], 1)).toThrow('instance: expected at least one layer, got none');
    const most = { ...layer, cols: 1, importance: [1], unitsPerEntry: Number.MAX_SAFE_INTEGER };
    expect(makeInstance([most]).layers[0]!.unitsPerEntry).toBe(2 ** 53 - 1);
    expect(() => makeInstance([most, { ...layer, name: 'b' }])).toThrow(
      'instance: expected at most 2^53 - 1 units in all, got 9007199254740992',
    );
  });

  it('keeps a Float32Array, rounds other lists, and fills in the defaults of the file format', () => {
    const importance = Float32Array.of(1, 2);
    const { layers, target } = makeInstance([{ ...layer, importance }], 1);
    expect(layers[0]!.importance).toBe(importance);
    expect(target).toBe(1);
    const made = makeInstance([{ ...layer, importance: [0.1, 16_777_217] }]);
    const rounded = Float32Array.of(0.1, 16_777_216);
    const defaults = { unitsPerEntry: 1, minKeptRows: 0, minKeptColumns: 0 };
    // Strictly: what is not given has no key at all.
    expect(made).toStrictEqual({ layers: [{ name: 'a', rows: 1, cols: 2, importance: rounded, ...defaults }] });
    const given = { unitsPerEntry: 4, minKeptRows: 1, minKeptColumns: 2, columnOrder: 'ihw' as const };
    expect(makeInstance([{ ...layer, ...given }]).layers[0]).toMatchObject(given);
  });
});

describe('requirementOf', () => {
  it('works out what the minima allow', () => {
    const importance = new Float32Array(12);
    const instance = makeInstance([
      { name: 'a', rows: 3, cols: 4, importance, minKeptRows: 2, minKeptColumns: 1, unitsPerEntry: 5 },
    ]);
    expect(requirementOf(instance, { target: 1 }).mostRemovable).toBe((12 - 2) * 5);
    const forbidden = requirementOf(instance, { shape: { rows: 2, columns: 0 } });
    expect(forbidden.mostRemovable).toBeLessThan(forbidden.target);
  });
});

describe('instanceHash', () => {
  it('is the SHA-256 of the bytes that its contract names', () => {
    const instance = makeInstance([
      { name: 'a "b"', rows: 1, cols: 2, importance: [1.5, 2 ** -149], unitsPerEntry: 3, minKeptRows: 1 },
      { name: 'c', rows: 2, cols: 1, importance: [0, 3], minKeptColumns: 1 },
    ]);
    const bytes = (...values: number[]) => {
      const view = new DataView(new ArrayBuffer(4 * values.length));
      for (const [k, x] of values.entries()) view.setFloat32(4 * k, x, true);
      return Buffer.from(view.buffer);
    };
    const hashed = [
      Buffer.from('["a \\"b\\"",1,2,3,1,0]\n'),
      bytes(1.5, 2 ** -149),
      Buffer.from('["c",2,1,1,0,1]\n'),
      bytes(0, 3),
    ];
    expect(instanceHash(instance)).toBe(createHash('sha256').update(Buffer.concat(hashed)).digest('hex'));
  });

  it('changes with every field but the target', () => {
    const base = { name: 'a', rows: 2, cols: 3, importance: [1, 2, 3, 4, 5, 6] };
    const hash = instanceHash(makeInstance([base]));
    expect(instanceHash(makeInstance([base], 3))).toBe(hash);
    const others = [
      { ...base, name: 'b' },
      { ...base, rows: 3, cols: 2 },
      { ...base, importance: [1, 2, 3, 4, 5, 7] },
      { ...base, unitsPerEntry: 2 },
      { ...base, minKeptRows: 1 },
      { ...base, minKeptColumns: 1 },
    ].map((layer) => instanceHash(makeInstance([layer])));
    expect(new Set([hash, ...others]).size).toBe(7);
  });
});

describe('RcpruneError', () => {
  it('says where, expected and got, in fields and as text', () => {
    const error = new RcpruneError('reader: line 3', 'a number', 'nothing');
    expect(error).toMatchObject({ where: 'reader: line 3', expected: 'a number', got: 'nothing' });
    expect(String(error)).toBe('RcpruneError: reader: line 3: expected a number, got nothing');
  });

  it.each<[unknown, string]>([
    ['a\n"b"', '"a\\n\\"b\\""'],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['x'.repeat(61), `"${'x'.repeat(60)}..."`],
    [[1, 2], 'an array of 2'],
    [[], 'an array of 0'],
    [{ length: 1 }, 'an object'],
    [null, 'null'],
    [undefined, 'undefined'],
    [-0.5, '-0.5'],
    [true, 'true'],
    [() => 'a\nb', 'a function'],
  ])('shows %j in one short line', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it.each<[string, unknown, string]>([
    ['a symbol of several lines', Symbol('a\nb'), 'Symbol(a\\u{a}b)'],
    ['a long integer', 10n ** 99n, `1${'0'.repeat(59)}...`],
    ['separators that JSON leaves as they are', '\u0085\u2028\u2029', '"\\u{85}\\u{2028}\\u{2029}"'],
    ['a change of direction', 'exe.\u202Egpj', '"exe.\\u{202e}gpj"'],
  ])('shows %s in one short line, nothing of it unprintable', (_, value, text) => {
    expect(describeValue(value)).toBe(text);
  });
});

describe('makeRandom', () => {
  it('gives integers that are exactly uniform, also below a number that does not divide 2^32', () => {
    const random = makeRandom(3);
    const counts = [0, 0, 0];
    // The remainder of a 32-bit word would be below 2^30 half of the time.
    for (let k = 0; k < 3000; k++) {
      const drawn = random.integer(3 * 2 ** 30);
      expect(Number.isInteger(drawn)).toBe(true);
      counts[Math.floor(drawn / 2 ** 30)]!++;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150); // standard deviation 26
    expect(new Set(Array.from({ length: 50 }, () => random.integer(1)))).toEqual(new Set([0]));
  });

  it('draws integers of any length up to 2^53, and from the same stream as ever up to 2^32', () => {
    const random = makeRandom(6);
    for (const below of [2 ** 32 + 1, 3 * 2 ** 40, 2 ** 52 + 1, 2 ** 53 - 1, 2 ** 53]) {
      const counts = [0, 0, 0];
      let odd = 0;
      for (let k = 0; k < 3000; k++) {
        const drawn = random.integer(below);
        expect(Number.isSafeInteger(drawn) && drawn >= 0 && drawn < below).toBe(true);
        counts[Math.floor((3 * drawn) / below)]!++;
        odd += drawn % 2;
      }
      for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150); // standard deviation 26
      expect(Math.abs(odd - 1500)).toBeLessThan(165); // standard deviation 27
    }
    const stream = makeRandom(7, 'stream');
    // Instances of families are made of these: another stream would be other instances under the same name.
    expect([1, 2, 10, 1000, 2 ** 31, 3 * 2 ** 30, 2 ** 32].map((below) => stream.integer(below))).toEqual([
      0, 0, 6, 111, 1_165_264_527, 1_711_823_084, 192_515_113,
    ]);
  });

  it('refuses to draw from no integers, from half ones, and more than there are', () => {
    const random = makeRandom(8);
    for (const below of [0, -1, 2.5, NaN, Infinity, 2 ** 53 + 2]) {
      expect(() => random.integer(below)).toThrow('random integer: below: expected an integer from 1 to');
    }
    expect(() => random.sample(3, 4)).toThrow('random sample: count: expected an integer from 0 to 3, got 4');
    expect(() => random.shuffle(-1)).toThrow('random sample: length: expected an integer from 0 to');
    expect(random.sample(0, 0)).toEqual(new Uint32Array(0));
  });

  it('samples in ascending order and shuffles all', () => {
    const random = makeRandom(4);
    for (let length = 1; length <= 9; length++) {
      const all = Uint32Array.from({ length }, (_, index) => index);
      expect(random.shuffle(length).sort()).toEqual(all);
      for (let count = 0; count <= length; count++) {
        const sample = random.sample(length, count);
        expect(sample.length).toBe(count);
        expect(sample.slice().sort()).toEqual(sample);
        expect(new Set(sample).size).toBe(count);
        expect(sample.every((index) => index < length)).toBe(true);
      }
    }
  });

  it('gives the same numbers for the same seed and label, and only then', () => {
    const draw = (seed: number, label?: string) => Array.from({ length: 5 }, makeRandom(seed, label).uniform);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).not.toEqual(draw(1, 'other'));
    expect(draw(1)).toEqual(draw(1, ''));
    expect(draw(1).every((x) => x >= 0 && x < 1)).toBe(true);
  });

  it('samples and shuffles every subset and order about equally often', () => {
    const random = makeRandom(5);
    const counts = new Map<string, number>();
    for (let k = 0; k < 12_000; k++) {
      for (const key of [`sample ${random.sample(4, 2)}`, `order ${random.shuffle(3)}`]) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(12); // 6 pairs of 4, 6 orders of 3: 2000 each, standard deviation 41
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(250);
  });
});
