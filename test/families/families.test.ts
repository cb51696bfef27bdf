import { describe, expect, it } from 'vitest';
import { FAMILIES, generate } from '../../src/families/index.ts';
import { makeNormal } from '../../src/families/normal.ts';
import { closure, entryCount, instanceHash, makeRandom, RcpruneError } from '../../src/problem/index.ts';

/** Instance hashes at seed 1: 2 layers of 12 x 17, resnet18 whole. They hold on every platform, or the family broke. */
const HASHES: Record<string, string> = {
  uniform: '1cfbb192485674b9680ebf44a4f9b3c38cdaf6f81c341367f22faf7e9fb94780',
  'half-normal': 'ea3d5dd7b52b5209980e4cc5d2eb74beacd7a53754a06cf801c1fbd1b35aaa90',
  scaled: '16f9c41aac7b0b060909866c8b66ee939d6d45a1da4142094a87b1396cd37845',
  'low-rank': 'ab7825027311bc6c5438ea647db39570ae2156acfe4a1c70d2bf0c94bdcd4e11',
  'planted-lines': 'd67586ff7564c67c20ae183ef621dc2d39e331819b6142a6e7702364d116d2a3',
  'planted-block': '30fd1accb2533635949931a2878b1f024e2edc35efcfba48bc788dcc641cbe20',
  integer: '649d12608c90b2bcf917f20b63adc28495abbdfbb6019db39c860758bcc4f016',
  chain: 'f8a1620be59bdc3305fa9885caa127d258c70a2e9a6b4b1478e10f5c8f56e957',
  'residual-blocks': 'd0a4cb593e1cc32f9ac8fac62b1240cc16c6462db1eed6998b86a61e413f781a',
  'gated-pairs': '5ee32591a909216188b6f49071cf995de15f08de47b5585c4e97f38b6bc10265',
  resnet18: '604bdc09bbc1bfdd376d530ff410d17401894b4d1d64dc60292922b69793274d',
};

describe('families', () => {
  it.each(FAMILIES.map(({ name }) => name))('%s has its committed hash', (name) => {
    const isNetwork = FAMILIES.some((family) => family.name === name && family.network !== undefined);
    const sizes = isNetwork ? { rows: 6, cols: 12 } : { rows: 12, cols: 17, layers: 2 };
    expect(instanceHash(generate(name, name === 'resnet18' ? { seed: 1 } : { ...sizes, seed: 1 }))).toBe(HASHES[name]);
  });

  // What dies with a line, in networks of rows 2 x 4: rows and columns removed from every layer.
  const nothing: [number[], number[]] = [[], []];
  it.each<[string, number, [number[], number[]][], [number[], number[]][]]>([
    ['chain', 3, [[[1], []]], [[[1], []], [[], [1, 3]], nothing]],
    ['chain', 3, [nothing, nothing, [[], [0, 2]]], [nothing, [[0], []], [[], [0, 2]]]],
    // Channel 0 of the stream lives on while the stem makes it, and row 0 of the pair's last layer is of use.
    ['residual-blocks', 3, [nothing, [[0], []]], [nothing, [[0], []], [[], [0, 2]]]],
    [
      'residual-blocks',
      5,
      [[[0], []], nothing, [[0], []]],
      [[[0], []], [[], [0, 2]], [[0], []], [[], [0, 2]], nothing],
    ],
    // A gate dies with what it gates, and with it the column that reads them; the next triple reads nothing of what is unread.
    [
      'gated-pairs',
      3,
      [[[1], []]],
      [
        [[1], []],
        [[1], []],
        [[], [1, 3]],
      ],
    ],
    [
      'gated-pairs',
      6,
      [nothing, nothing, [[0], []]],
      [nothing, nothing, [[0], []], [[], [0, 2]], [[], [0, 2]], nothing],
    ],
  ])('%s is linked as its formula says, %i layers', (name, layers, removed, closed) => {
    const instance = generate(name, { rows: 2, cols: 4, layers, seed: 1 });
    const pruningOf = (lines: [number[], number[]][]) => ({
      layers: instance.layers.map((_, l) => ({
        removedRows: Uint32Array.from(lines[l]?.[0] ?? []),
        removedColumns: Uint32Array.from(lines[l]?.[1] ?? []),
      })),
    });
    expect(closure(instance, pruningOf(removed))).toEqual(pruningOf(closed));
  });

  it('resnet18 has 20 convolutions and 11,166,912 entries', () => {
    const instance = generate('resnet18', { seed: 2 });
    expect(instance.layers).toHaveLength(20);
    expect(entryCount(instance)).toBe(11_166_912);
    const sizes = Object.fromEntries(instance.layers.map(({ name, rows, cols }) => [name, [rows, cols]]));
    expect(sizes).toMatchObject({
      conv1: [64, 147],
      'layer1.1.conv2': [64, 576],
      'layer2.0.conv1': [128, 576],
      'layer2.0.downsample.0': [128, 64],
      'layer4.0.downsample.0': [512, 256],
      'layer4.1.conv2': [512, 4608],
    });
    // He scale: the mean of |N| is sqrt(2 / pi).
    for (const { cols, importance } of instance.layers) {
      const mean = importance.reduce((sum, x) => sum + x, 0) / importance.length;
      expect(mean / Math.sqrt(2 / cols)).toBeCloseTo(Math.sqrt(2 / Math.PI), 1);
    }
  });

  it('take their parameters into account', () => {
    const spread = (strength: number) => {
      const { importance } = generate('scaled', { rows: 50, cols: 50, strength, seed: 1 }).layers[0]!;
      const logs = Array.from(importance, Math.log);
      const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
      return logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logs.length;
    };
    // Variance of log |N| is pi^2 / 8; the two scales add 2 s^2.
    expect(spread(0)).toBeCloseTo(Math.PI ** 2 / 8, 0);
    expect(spread(2) - spread(0)).toBeGreaterThan(4);
    const integers = generate('integer', { rows: 30, cols: 30, max: 6, seed: 1 }).layers[0]!.importance;
    expect(new Set(integers)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });

  it('plant as many cheap lines and heavy entries as they say', () => {
    const strength = 1e6;
    const cheap = generate('planted-lines', { rows: 40, cols: 60, strength, seed: 1 }).layers[0]!.importance;
    expect(cheap.filter((x) => x < 1e-4).length).toBeGreaterThanOrEqual(40 * 60 - 30 * 45);
    const heavy = generate('planted-block', { rows: 40, cols: 60, strength, seed: 1 }).layers[0]!.importance;
    expect(heavy.filter((x) => x > 100).length).toBeGreaterThan(0.98 * 20 * 30);
    expect(heavy.filter((x) => x > 100).length).toBeLessThanOrEqual(20 * 30);
  });

  it('give layers of their own, and other numbers for other seeds', () => {
    const { layers } = generate('uniform', { rows: 3, cols: 4, layers: 2, seed: 1 });
    expect(layers[0]!.importance).not.toEqual(layers[1]!.importance);
    expect(instanceHash(generate('uniform', { rows: 3, cols: 4, seed: 1 }))).not.toBe(
      instanceHash(generate('uniform', { rows: 3, cols: 4, seed: 2 })),
    );
  });

  it.each<[string, string, object]>([
    ['an unknown family', 'magic', { rows: 1, cols: 1 }],
    ['no size', 'uniform', { rows: 3 }],
    ['an empty size', 'uniform', { rows: 0, cols: 3 }],
    ['a fractional seed', 'uniform', { rows: 1, cols: 3, seed: 0.5 }],
    ['a foreign strength', 'uniform', { rows: 1, cols: 3, strength: 1 }],
    ['a foreign max', 'scaled', { rows: 1, cols: 3, max: 1 }],
    ['a strength that overflows', 'scaled', { rows: 1, cols: 3, strength: 11 }],
    ['a strength that is no number', 'low-rank', { rows: 1, cols: 3, strength: Number.NaN }],
    ['a size for resnet18', 'resnet18', { rows: 1 }],
    ['a network whose columns are no kernel of its rows', 'chain', { rows: 4, cols: 6 }],
    ['a chain of one layer', 'chain', { rows: 2, cols: 4, layers: 1 }],
    ['half a residual block', 'residual-blocks', { rows: 2, cols: 4, layers: 4 }],
    ['two layers of three', 'gated-pairs', { rows: 2, cols: 4, layers: 5 }],
    ['too many entries', 'uniform', { rows: 2 ** 20, cols: 2 ** 20 }],
  ])('refuse %s', (_, name, options) => {
    expect(() => generate(name, options)).toThrow(RcpruneError);
  });
});

describe('makeNormal', () => {
  it('has the moments and tails of the normal distribution', () => {
    const normal = makeNormal(makeRandom(3));
    const count = 200_000;
    const values = Float64Array.from({ length: count }, normal);
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / count;
    // Standard errors: 0.0022, 0.0032, 0.0087, 0.022.
    expect(Math.abs(moment(1))).toBeLessThan(0.01);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.015);
    expect(Math.abs(moment(3))).toBeLessThan(0.04);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
    const beyond = values.filter((x) => Math.abs(x) > 1.959964).length / count;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(0.0025);
  });
});
