import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type Create } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Food101Options, loadFood101 } from '../../../src/neural/data/food101.ts';
import { makeRandom, RcpruneError } from '../../../src/problem/index.ts';
import { temporaryFolder } from '../../temporary.ts';
import { lawsOf } from './laws.ts';

const inFolder = temporaryFolder();
const CLASSES = ['soup', 'apple_pie', 'baked-beans'];
const FOLDER = inFolder('food');
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];
const SIZE = 28; // the shorter side becomes 32

/** An image as bytes of a JPEG of the best quality. @param at the grey level or colour of a pixel */
function jpeg(width: number, height: number, at: (x: number, y: number) => readonly number[]): Promise<Buffer> {
  const channels = at(0, 0).length as Create['channels'];
  const bytes = Uint8Array.from({ length: width * height * channels }, (_, k) => {
    const pixel = Math.floor(k / channels);
    return at(pixel % width, Math.floor(pixel / width))[k % channels]!;
  });
  const raw = { width, height, channels };
  return sharp(bytes, { raw }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
}

const lines = (split: string, ids: readonly number[]) =>
  CLASSES.flatMap((name) => ids.map((id) => `${name}/${split}${id}`));
const TRAINING = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const TESTS = [0, 1, 2];

beforeAll(async () => {
  mkdirSync(path.join(FOLDER, 'meta'), { recursive: true });
  const random = makeRandom(1);
  for (const name of CLASSES) {
    mkdirSync(path.join(FOLDER, 'images', name), { recursive: true });
    const images = [...TRAINING.map((id) => `train${id}`), ...TESTS.map((id) => `test${id}`)];
    for (const image of images) {
      const [width, height, phase] = [40 + random.integer(30), 40 + random.integer(30), random.integer(200)];
      const bytes = await jpeg(width, height, (x, y) => [(3 * x + phase) % 256, (2 * y) % 256, x > y ? phase : 255]);
      writeFileSync(path.join(FOLDER, 'images', name, `${image}.jpg`), bytes);
    }
  }
  writeFileSync(path.join(FOLDER, 'meta', 'train.txt'), `${lines('train', TRAINING).join('\n')}\n`);
  writeFileSync(path.join(FOLDER, 'meta', 'test.txt'), lines('test', TESTS).join('\r\n')); // no end, Windows ends
  writeFileSync(path.join(FOLDER, 'meta', 'classes.txt'), `${CLASSES.join('\n')}\n`);
});

/** A copy of the folder, changed, and opened. */
let copies = 0;
function copy(change: (file: (name: string) => string) => void): string {
  const folder = inFolder(`copy${copies++}`);
  cpSync(FOLDER, folder, { recursive: true });
  change((name) => path.join(folder, name));
  return folder;
}
const opened = (options: Partial<Food101Options> = {}, folder = FOLDER) =>
  loadFood101(folder, { size: SIZE, validationShare: 0.3, seed: 1, ...options });

lawsOf(
  'Food-101',
  () => opened(),
  () => [-2.12, 2.65], // black in red, white in blue
);

/** One image in a set of its own: the first test image of the first class. */
async function single(bytes: Buffer, options: Partial<Food101Options> = {}) {
  const folder = copy((file) => writeFileSync(file('images/soup/test0.jpg'), bytes));
  const { test } = await opened(options, folder);
  return test;
}
const FIRST = Int32Array.of(0);
const grey = (value: number, channel: number) => (value / 255 - MEAN[channel]!) / DEVIATION[channel]!;

describe('loadFood101', () => {
  it('splits each class of the training images, by the seed', async () => {
    const { train, validation, test } = await opened();
    const counts = (labels: Int32Array) => CLASSES.map((_, label) => labels.filter((one) => one === label).length);
    expect(counts(train.labels)).toEqual([7, 7, 7]);
    expect(counts(validation.labels)).toEqual([3, 3, 3]);
    expect(counts(test.labels)).toEqual([3, 3, 3]);
    expect(test.classes).toEqual(CLASSES);
    const all = (set: typeof train) => set.load(Int32Array.from(set.labels.keys()));
    const first = await all(validation);
    expect(await all((await opened()).validation)).toEqual(first);
    expect(await all((await opened({ seed: 2 })).validation)).not.toEqual(first);
    // Together they are the training images: every image once.
    const size = SIZE * SIZE * 3;
    const images = [await all(train), first].flatMap((values) =>
      Array.from({ length: values.length / size }, (_, n) => values.slice(n * size, (n + 1) * size).join()),
    );
    expect(new Set(images).size).toBe(30);
  });

  it('sorts the classes of train.txt when there is no list of classes', async () => {
    const folder = copy((file) => rmSync(file('meta/classes.txt')));
    const { test } = await opened({}, folder);
    expect(test.classes).toEqual(['apple_pie', 'baked-beans', 'soup']);
  });

  it('evaluates on the centre of the image whose shorter side is 256 / 224 of the size', async () => {
    // A ramp in x, another in y: what they become says which part of the image was taken, and at which scale.
    const test = await single(await jpeg(128, 64, (x, y) => [2 * x, 3 * y, 128]));
    const pixels = await test.load(FIRST);
    for (let row = 0; row < SIZE; row++) {
      for (let column = 0; column < SIZE; column++) {
        // 128 x 64 becomes 64 x 32; the centre starts at (18, 2); pixel centres are at halves.
        const expected = [2 * (2 * (column + 18.5) - 0.5), 3 * (2 * (row + 2.5) - 0.5), 128];
        for (const [channel, value] of expected.entries()) {
          const got = pixels[(row * SIZE + column) * 3 + channel]!;
          expect(Math.abs(got - grey(value, channel)) * 255 * DEVIATION[channel]!).toBeLessThan(3);
        }
      }
    }
  });

  it('crops, stretches and mirrors in training, as torchvision bounds it', async () => {
    const [width, height] = [100, 80];
    const test = await single(await jpeg(width, height, (x, y) => [2 * x, 3 * y, 0]));
    const random = makeRandom(7);
    const level = (pixels: Float32Array, row: number, column: number, channel: number) =>
      255 * (pixels[(row * SIZE + column) * 3 + channel]! * DEVIATION[channel]! + MEAN[channel]!);
    const [areas, ratios]: [number[], number[]] = [[], []];
    let mirrored = 0;
    const rounds = 300;
    for (let k = 0; k < rounds; k++) {
      const pixels = await test.load(FIRST, random);
      const [last, middle] = [SIZE - 4, SIZE / 2];
      const slopeX = (level(pixels, middle, last, 0) - level(pixels, middle, 3, 0)) / 2 / (last - 3);
      const slopeY = (level(pixels, last, middle, 1) - level(pixels, 3, middle, 1)) / 3 / (last - 3);
      if (slopeX < 0) mirrored++;
      expect(slopeY).toBeGreaterThan(0);
      areas.push((Math.abs(slopeX) * SIZE * slopeY * SIZE) / (width * height));
      ratios.push((Math.abs(slopeX) / slopeY) as number);
    }
    expect(mirrored / rounds).toBeGreaterThan(0.4);
    expect(mirrored / rounds).toBeLessThan(0.6);
    expect(Math.min(...areas)).toBeGreaterThan(0.06);
    expect(Math.min(...areas)).toBeLessThan(0.2);
    expect(Math.max(...areas)).toBeLessThan(1.05);
    expect(Math.max(...areas)).toBeGreaterThan(0.8);
    expect(Math.min(...ratios)).toBeGreaterThan(0.7);
    expect(Math.max(...ratios)).toBeLessThan(1.42);
    expect(Math.max(...ratios) / Math.min(...ratios)).toBeGreaterThan(1.6);
  });

  it('takes the largest centred box of an image that is too long for any crop', async () => {
    const test = await single(await jpeg(400, 4, (x) => [Math.floor(x / 2), 0, 0]));
    const pixels = await test.load(FIRST, makeRandom(1));
    const reds = Array.from(
      pixels.filter((_, k) => k % 3 === 0),
      (value) => 255 * (value * DEVIATION[0]! + MEAN[0]!),
    );
    expect(Math.min(...reds)).toBeGreaterThan(90);
    expect(Math.max(...reds)).toBeLessThan(110);
  });

  it('reads grey and CMYK images as RGB', async () => {
    const greyImage = await sharp(await jpeg(50, 50, () => [77, 77, 77]))
      .toColourspace('b-w')
      .jpeg()
      .toBuffer();
    expect((await sharp(greyImage).metadata()).channels).toBe(1);
    const cmyk = await sharp(await jpeg(50, 50, () => [255, 255, 255]))
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    expect((await sharp(cmyk).metadata()).channels).toBe(4);
    for (const [bytes, value] of [
      [greyImage, 77],
      [cmyk, 255],
    ] as const) {
      const pixels = await (await single(bytes)).load(FIRST);
      expect(pixels.length).toBe(SIZE * SIZE * 3);
      expect(pixels.every((got, k) => Math.abs(got - grey(value, k % 3)) < 0.05)).toBe(true);
    }
  });

  it('names the image that is damaged', async () => {
    const good = readFileSync(path.join(FOLDER, 'images/soup/test0.jpg'));
    const damaged: [string, Buffer][] = [
      ['an empty file', Buffer.alloc(0)],
      ['a truncated one', good.subarray(0, good.length >> 1)],
      ['one that ends early', Buffer.concat([good.subarray(0, good.length >> 1), Buffer.from([0xff, 0xd9])])],
      ['no image', Buffer.from('this is no image')],
      ['another format', await sharp(good).png().toBuffer()],
    ];
    for (const [what, bytes] of damaged) {
      for (const random of [undefined, makeRandom(1)]) {
        const failure = await (await single(bytes))
          .load(Int32Array.of(3, 0, 1), random)
          .catch((error: unknown) => error);
        expect(failure, what).toBeInstanceOf(RcpruneError);
        expect((failure as Error).message, what).toMatch(/soup.test0\.jpg: expected a JPEG image that can be decoded/);
      }
    }
  });

  const list = (name: string, change: (lines: string[]) => string[]) => (file: (name: string) => string) => {
    const text = readFileSync(file(`meta/${name}`), 'utf8');
    writeFileSync(file(`meta/${name}`), `${change(text.trim().split(/\r?\n/)).join('\n')}\n`);
  };
  it.each<[string, RegExp, (file: (name: string) => string) => void]>([
    ['no training list', /train\.txt: expected a readable file/, (file) => rmSync(file('meta/train.txt'))],
    ['no test list', /test\.txt: expected a readable file/, (file) => rmSync(file('meta/test.txt'))],
    [
      'a missing image',
      /test1\.jpg: expected an image that is listed/,
      (file) => rmSync(file('images/soup/test1.jpg')),
    ],
    [
      'no images at all',
      /an image that is listed, got no such file/,
      (file) => rmSync(file('images'), { recursive: true }),
    ],
    ['a path out of the folder', /line 31: expected CLASS\/ID/, list('train.txt', (all) => [...all, '../soup/train1'])],
    ['a path that leads up', /line 31: expected CLASS\/ID/, list('train.txt', (all) => [...all, '../train1'])],
    ['an image that leads up', /line 10: expected CLASS\/ID/, list('test.txt', (all) => [...all, 'soup/..'])],
    ['an absolute path', /line 10: expected CLASS\/ID/, list('test.txt', (all) => [...all, '/etc/passwd'])],
    ['a Windows path', /line 10: expected CLASS\/ID/, list('test.txt', (all) => [...all, 'soup/..\\..\\secret'])],
    ['a NUL', /line 10: expected CLASS\/ID/, list('test.txt', (all) => [...all, 'soup/a\0b'])],
    [
      'an empty line',
      /line 4: expected CLASS\/ID/,
      list('test.txt', (all) => [...all.slice(0, 3), '', ...all.slice(3)]),
    ],
    ['a label that leads up', /line 4: expected the name of a class/, list('classes.txt', (all) => [...all, '..'])],
    [
      'an unknown label',
      /test\.txt: line 10: expected a known class, got "tea"/,
      list('test.txt', (all) => [...all, 'tea/1']),
    ],
    ['a class without images', /images of class "tea", got none/, list('classes.txt', (all) => [...all, 'tea'])],
    ['a class never tested', /test\.txt: expected images of class "soup"/, list('test.txt', (all) => all.slice(3))],
    ['a class twice', /"soup" again/, list('classes.txt', (all) => [...all, 'soup'])],
    ['an image twice', /"soup\/train0" again/, list('train.txt', (all) => [...all, all[0]!])],
    ['an image in both lists', /"soup\/train0" again/, list('test.txt', (all) => [...all, 'soup/train0'])],
    ['a class too small to share', /images left beside 1 for validation/, list('train.txt', (all) => all.slice(9))],
  ])('refuses %s', async (_, message, change) => {
    const failure = await opened({}, copy(change)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RcpruneError);
    expect((failure as Error).message).toMatch(message);
  });

  it.each([
    { size: 0 },
    { size: 2.5 },
    { size: 1e9 },
    { validationShare: 0 },
    { validationShare: 1 },
    { validationShare: NaN },
  ])('refuses %o', async (options) => {
    await expect(opened(options)).rejects.toThrow(RcpruneError);
  });
});
