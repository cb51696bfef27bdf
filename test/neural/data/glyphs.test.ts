import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type GlyphsManifest, loadGlyphs } from '../../../src/neural/data/glyphs.ts';
import { makeRandom, RcpruneError } from '../../../src/problem/index.ts';
import { temporaryFolder } from '../../temporary.ts';
import { lawsOf } from './laws.ts';

const inFolder = temporaryFolder();
const stored = (name: string) => fileURLToPath(new URL(`../../../instances/${name}`, import.meta.url));
const manifest = JSON.parse(readFileSync(stored('glyphs.json'), 'utf8')) as GlyphsManifest;
const bytes = brotliDecompressSync(readFileSync(stored('glyphs.br')));
const SIZE = 32 * 32;

const opening = loadGlyphs();
/** Grey levels 0 and 15 after normalisation, from the file itself. */
const range = (() => {
  const images = manifest.families.reduce((sum, { split, styles }) => sum + (split === 'train' ? styles.length : 0), 0);
  const training = bytes.subarray(0, images * 36 * SIZE); // families are stored in the order of their splits
  const mean = training.reduce((sum, level) => sum + level, 0) / training.length;
  const variance = training.reduce((sum, level) => sum + (level - mean) ** 2, 0) / training.length;
  return [-mean / Math.sqrt(variance) - 1e-4, (15 - mean) / Math.sqrt(variance) + 1e-4] as const;
})();

lawsOf(
  'glyphs',
  () => opening,
  () => range,
);

describe('glyphs', () => {
  it('are split by family, enough of them everywhere', async () => {
    const { train, validation, test } = await opening;
    const families = [train, validation, test].map(({ groups }) => new Set(groups));
    expect(families.map(({ size }) => size)).toEqual([229, 27, 85]);
    expect(new Set(families.flatMap((set) => [...set])).size).toBe(manifest.families.length);
    for (const field of ['family', 'package'] as const) {
      expect(new Set(manifest.families.map((family) => family[field])).size).toBe(manifest.families.length);
    }
    expect(test.labels.length).toBeGreaterThanOrEqual(1500);
    expect(test.labels.length).toBe(36 * 85);
    expect(readFileSync(stored('glyphs.br')).length).toBeLessThan(4e6);
  });

  it('come from open fonts, pinned by version and content', () => {
    const pinned = (name: string) =>
      JSON.parse(readFileSync(new URL(`../../../paper-artifacts/glyphs/${name}`, import.meta.url), 'utf8'));
    const { dependencies } = pinned('fonts.json') as { dependencies: Record<string, string> };
    const { packages } = pinned('fonts-lock.json') as {
      packages: Record<string, { version: string; integrity: string }>;
    };
    expect(packages['']).toMatchObject({ dependencies });
    for (const { package: name, version, licence, attribution } of manifest.families) {
      expect(licence).toBe('OFL-1.1');
      expect(attribution).toMatch(/\S/);
      expect(dependencies[name]).toBe(version); // exact: no range
      expect(packages[`node_modules/${name}`]!.version).toBe(version);
      expect(packages[`node_modules/${name}`]!.integrity).toMatch(/^sha512-/);
    }
  });

  it('are the bytes of the file, normalised by the training set', async () => {
    const { train, test } = await opening;
    const all = await train.load(Int32Array.from(train.labels.keys()));
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const variance = all.reduce((sum, value) => sum + value * value, 0) / all.length - mean * mean;
    expect(Math.abs(mean)).toBeLessThan(1e-4);
    expect(Math.abs(variance - 1)).toBeLessThan(1e-4);

    const [black, white] = [range[0] + 1e-4, range[1] - 1e-4];
    const last = await test.load(Int32Array.of(test.labels.length - 1));
    const levels = bytes.subarray(bytes.length - SIZE); // the 9 of the last family
    expect(test.labels.at(-1)).toBe(35);
    expect(last.every((value, k) => Math.abs(value - (black + ((white - black) * levels[k]!) / 15)) < 1e-4)).toBe(true);
  });

  it('are whole: every image has ground along its border and a glyph inside', () => {
    for (let start = 0; start < bytes.length; start += SIZE) {
      const ground = bytes[start]!;
      let inked = 0;
      for (let k = 0; k < SIZE; k++) {
        const [row, column] = [k >> 5, k & 31];
        const isBorder = row === 0 || row === 31 || column === 0 || column === 31;
        if (isBorder && bytes[start + k] !== ground) expect.fail(`image ${start / SIZE} is cut off`);
        if (bytes[start + k] !== ground) inked++;
      }
      if (inked < 12) expect.fail(`image ${start / SIZE} is blank: ${inked} pixels`);
    }
  });

  it('are all different', () => {
    const hash = (k: number) =>
      createHash('sha1')
        .update(bytes.subarray(k * SIZE, (k + 1) * SIZE))
        .digest('hex');
    expect(new Set(Array.from({ length: manifest.images }, (_, k) => hash(k))).size).toBe(manifest.images);
  });

  it('augmented keep their shades and move little', async () => {
    const { train } = await opening;
    const indices = Int32Array.from({ length: 200 }, (_, k) => 80 * k);
    const [plain, augmented] = [await train.load(indices), await train.load(indices, makeRandom(1))];
    const centre = (values: Float32Array, n: number) => {
      const image = values.subarray(n * SIZE, (n + 1) * SIZE);
      const ink = image.map((value) => Math.abs(value - plain[n * SIZE]!));
      const sum = ink.reduce((total, value) => total + value, 0);
      return [
        ink.reduce((total, value, k) => total + value * (k & 31), 0) / sum,
        ink.reduce((total, value, k) => total + value * (k >> 5), 0) / sum,
      ] as const;
    };
    const moves: number[] = [];
    for (let n = 0; n < indices.length; n++) {
      const [before, after] = [plain, augmented].map((values) => values.subarray(n * SIZE, (n + 1) * SIZE));
      expect(Math.min(...after!)).toBeGreaterThan(Math.min(...before!) - 1e-5);
      expect(Math.max(...after!)).toBeLessThan(Math.max(...before!) + 1e-5);
      const [[x, y], [atX, atY]] = [centre(plain, n), centre(augmented, n)];
      moves.push(Math.hypot(x - atX, y - atY));
    }
    expect(Math.max(...moves)).toBeLessThan(6);
    expect(moves.reduce((sum, move) => sum + move, 0) / moves.length).toBeGreaterThan(0.8);
  });
});

describe('loadGlyphs refuses', () => {
  const tiny: GlyphsManifest = {
    ...manifest,
    height: 2,
    width: 2,
    classes: ['A', 'B'],
    images: 6,
    families: (['train', 'validation', 'test'] as const).map((split, k) => ({
      ...manifest.families[k]!,
      split,
      styles: ['400-normal'],
    })),
  };
  const pixels = Uint8Array.from({ length: 24 }, (_, k) => k % 16);
  const sha256Of = (levels: Uint8Array) => createHash('sha256').update(levels).digest('hex');
  let count = 0;
  /** Stores a set, with changes, and opens it. */
  const opened = (
    changes: object = {},
    levels = pixels,
    pack: (levels: Uint8Array) => Uint8Array = brotliCompressSync,
  ) => {
    const file = inFolder(`${count++}.json`);
    writeFileSync(file, JSON.stringify({ ...tiny, sha256: sha256Of(levels), ...changes }));
    writeFileSync(file.replace('.json', '.br'), pack(levels));
    return loadGlyphs(file);
  };
  const [first, second, third] = tiny.families as [object, object, object];

  it('nothing that is well formed', async () => {
    const { test } = await opened();
    expect(test.shape).toEqual([2, 2, 1]);
    expect([...test.labels]).toEqual([0, 1]);
  });

  it.each<[string, RegExp, Parameters<typeof opened>]>([
    ['another format', /format/, [{ format: 'images' }]],
    ['another version', /version/, [{ version: 2 }]],
    ['unknown fields', /known fields only, got "script"/, [{ script: 1 }]],
    ['sizes beyond all bounds', /height/, [{ height: 2 ** 40 }]],
    ['a negative width', /width/, [{ width: -2 }]],
    ['an image count that the styles do not give', /images: expected 6.*got 7/, [{ images: 7 }]],
    [
      'more pixels than are ever read',
      /at most 268435456 pixels/,
      [
        {
          height: 1024,
          width: 1024,
          images: 600,
          families: [first, second, { ...third, styles: Array(298).fill('s') }],
        },
      ],
    ],
    [
      'a split without families',
      /some for test, got none/,
      [{ images: 4, families: [first, second] }, pixels.subarray(0, 16)],
    ],
    ['a family twice', /each family once/, [{ families: [first, second, { ...second, split: 'test' }] }]],
    ['an unknown split', /split/, [{ families: [first, second, { ...third, split: 'extra' }] }]],
    ['fewer pixels', /24 pixels, got 20/, [{}, pixels.subarray(0, 20)]],
    ['more pixels', /24 pixels under brotli, got more/, [{}, new Uint8Array(10_000)]],
    ['a truncated stream', /no such stream/, [{}, pixels, (levels) => brotliCompressSync(levels).subarray(0, -4)]],
    ['bytes that are no stream', /no such stream/, [{}, pixels, () => new Uint8Array(40).fill(255)]],
    ['an empty file', /no such stream/, [{}, pixels, () => new Uint8Array()]],
    ['changed pixels', /SHA-256/, [{}, pixels, (levels) => brotliCompressSync(levels.map((level) => level ^ 1))]],
    ['levels that do not exist', /levels from 0 to 15, got 16/, [{}, pixels.map((level) => level + 1)]],
  ])('%s', async (_, message, given) => {
    const failure = await opened(...given).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RcpruneError);
    expect((failure as Error).message).toMatch(message);
  });

  it('files that are not there', async () => {
    await expect(loadGlyphs(inFolder('none.json'))).rejects.toThrow(RcpruneError);
    const file = inFolder('alone.json');
    writeFileSync(file, JSON.stringify(tiny));
    await expect(loadGlyphs(file)).rejects.toThrow(/alone\.br: expected a readable file/);
  });
});
