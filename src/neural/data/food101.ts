import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import exp from '@stdlib/math-base-special-exp';
import ln from '@stdlib/math-base-special-ln';
import type { Sharp } from 'sharp';
import { readText } from '../../formats/file.ts';
import { describe, RcpruneError } from '../../problem/error.ts';
import { makeRandom, type Random } from '../../problem/random.ts';
import { type DataSet, type ImageSet, requireIndices } from './image-set.ts';

/*
 * Food-101 (Bossard, Guillaumin and Van Gool, ECCV 2014) from a local folder of its own layout, or any data of that layout:
 *
 *   images/CLASS/ID.jpg
 *   meta/train.txt, meta/test.txt    one CLASS/ID a line
 *   meta/classes.txt                 one CLASS a line, in the order of the labels; if absent: the classes of train.txt,
 *                                    in the order of their names
 *
 * Preprocessing is that of torchvision's ImageNet recipes, so that networks trained there and here see the same images:
 * random resized crop and mirroring in training, shorter side to size * 256 / 224 and the centre in evaluation, ImageNet's
 * mean and deviation. Images are decoded when a batch asks for them, so memory holds the lists and a batch.
 */

/** How {@link loadFood101} prepares images. */
export interface Food101Options {
  /** Height and width of an image. Default 224. */
  readonly size?: number | undefined;
  /** Share of each class's training images that becomes the validation set. Default 0.1. */
  readonly validationShare?: number | undefined;
  /** Names the choice of the validation set. */
  readonly seed: number;
}

const MEAN = [0.485, 0.456, 0.406]; // red, green, blue; of ImageNet
const DEVIATION = [0.229, 0.224, 0.225];
const CHANNELS = 3;

/** Bounds of what a reader allocates: lists of 64 MiB, images of 64 million pixels (Food-101: 0.3 million at most). */
const MOST_LIST_BYTES = 2 ** 26;
const MOST_PIXELS = 2 ** 26;
const MOST_SIZE = 4096;

/**
 * A decoder's warning is an error: data that end early, or are skipped up to a marker, come as warnings and leave part of the
 * image grey. (Changed bytes that are still a valid stream pass any decoder; JPEG has no checksum.)
 */
const FAIL_ON = 'warning';

/** Decoders at work at a time; each holds one whole image. */
const DECODERS = Math.min(availableParallelism(), 8);

/** Random resized crop: share of the image's area, and aspect ratio. */
const CROP_AREA = [0.08, 1] as const;
const CROP_RATIO = [3 / 4, 4 / 3] as const;
const CROP_TRIES = 10;

/**
 * Opens a folder of Food-101's layout. All lists are checked before anything is decoded: every image listed exists, no
 * image is listed twice, every class has images in all three splits.
 *
 * The validation set is drawn from each class's training images alone and hangs on the seed, the share and train.txt.
 *
 * @throws RcpruneError on missing or malformed lists, names that lead out of the folder, unknown or empty classes, missing
 * images; `load` throws it on an image that is damaged
 */
export async function loadFood101(folder: string, options: Food101Options): Promise<DataSet> {
  const { size = 224, validationShare = 0.1, seed } = options;
  if (!Number.isInteger(size) || size < 1 || size > MOST_SIZE) {
    throw new RcpruneError('loadFood101: size', `an integer from 1 to ${MOST_SIZE}`, describe(size));
  }
  if (!(validationShare > 0 && validationShare < 1)) {
    throw new RcpruneError('loadFood101: validationShare', 'a number between 0 and 1', describe(validationShare));
  }
  const list = (name: string) => path.join(folder, 'meta', name);
  const training = await readList(list('train.txt'));
  const testing = await readList(list('test.txt'));
  const classes = (await readClasses(list('classes.txt'))) ?? [...new Set(training.map(classOf))].sort();
  refuseRepeated(path.join(folder, 'meta'), [...training, ...testing]);
  const byClass = groupByClass(list('train.txt'), training, classes);
  const tests = groupByClass(list('test.txt'), testing, classes);
  await requireImages(folder, classes, [byClass, tests]);

  const held: string[][] = [];
  const kept: string[][] = [];
  for (const [label, images] of byClass.entries()) {
    const count = Math.max(1, Math.round(validationShare * images.length));
    if (count >= images.length) {
      const where = `${list('train.txt')}: class ${describe(classes[label])}`;
      throw new RcpruneError(where, `images left beside ${count} for validation`, `${images.length} in all`);
    }
    const drawn = new Set(makeRandom(seed, `validation of ${classes[label]}`).sample(images.length, count));
    held.push(images.filter((_, k) => drawn.has(k)));
    kept.push(images.filter((_, k) => !drawn.has(k)));
  }
  const set = (name: string, images: string[][]) => new FolderSet(`Food-101 ${name}`, folder, classes, images, size);
  return { train: set('train', kept), validation: set('validation', held), test: set('test', tests) };
}

/** A line of a list is CLASS/ID: two plain names. Anything else could lead out of the folder. */
const PLAIN_NAME = /^(?!\.{1,2}$)[^/\\:\p{Cc}]+$/u;
const classOf = (image: string) => image.slice(0, image.indexOf('/'));

/** The lines of a text file, which may lack an end or have Windows ends. @throws RcpruneError */
async function linesOf(file: string): Promise<string[]> {
  const lines = (await readText(file, MOST_LIST_BYTES)).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

async function readList(file: string): Promise<string[]> {
  const lines = await linesOf(file);
  for (const [k, line] of lines.entries()) {
    const parts = line.split('/');
    if (parts.length !== 2 || !parts.every((part) => PLAIN_NAME.test(part))) {
      throw new RcpruneError(`${file}: line ${k + 1}`, 'CLASS/ID', describe(line));
    }
  }
  return lines;
}

/** The classes of a list, or null when there is no such list. */
async function readClasses(file: string): Promise<string[] | null> {
  const names = await readdir(path.dirname(file));
  if (!names.includes(path.basename(file))) return null;
  const lines = await linesOf(file);
  for (const [k, line] of lines.entries()) {
    if (!PLAIN_NAME.test(line)) throw new RcpruneError(`${file}: line ${k + 1}`, 'the name of a class', describe(line));
  }
  refuseRepeated(file, lines);
  return lines;
}

function refuseRepeated(file: string, lines: readonly string[]): void {
  const seen = new Set<string>();
  for (const line of lines) {
    if (seen.has(line)) throw new RcpruneError(file, 'each name once, in all lists', `${describe(line)} again`);
    seen.add(line);
  }
}

/** The images of a list by label. @throws RcpruneError on a class that is unknown, or has none */
function groupByClass(file: string, images: readonly string[], classes: readonly string[]): string[][] {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const groups: string[][] = classes.map(() => []);
  for (const [k, image] of images.entries()) {
    const label = labels.get(classOf(image));
    if (label === undefined)
      throw new RcpruneError(`${file}: line ${k + 1}`, 'a known class', describe(classOf(image)));
    groups[label]!.push(image);
  }
  const empty = groups.findIndex((group) => group.length === 0);
  if (empty >= 0) throw new RcpruneError(file, `images of class ${describe(classes[empty])}`, 'none');
  return groups;
}

/** Looks every image up, a folder at a time, so that an hour of training does not end at a missing one. */
async function requireImages(folder: string, classes: readonly string[], lists: readonly string[][][]): Promise<void> {
  for (const [label, name] of classes.entries()) {
    const within = path.join(folder, 'images', name);
    const present = new Set(await readdir(within).catch(() => []));
    for (const image of lists.flatMap((groups) => groups[label]!)) {
      const file = `${image.slice(name.length + 1)}.jpg`;
      if (!present.has(file))
        throw new RcpruneError(path.join(within, file), 'an image that is listed', 'no such file');
    }
  }
}

/** One split. Class by class in the order of the labels, within a class in the order of its list. */
class FolderSet implements ImageSet {
  readonly name: string;
  readonly classes: readonly string[];
  readonly shape: readonly [number, number, number];
  readonly labels: Int32Array;
  readonly #files: readonly string[];

  constructor(name: string, folder: string, classes: readonly string[], images: readonly string[][], size: number) {
    this.name = name;
    this.classes = classes;
    this.shape = [size, size, CHANNELS];
    this.#files = images.flat().map((image) => path.join(folder, 'images', `${image}.jpg`));
    this.labels = Int32Array.from(images.flatMap((group, label) => group.map(() => label)));
  }

  /** At most DECODERS images are open at a time. Each draws from its own stream, so the order they end in cannot matter. */
  async load(indices: Int32Array, random?: Random): Promise<Float32Array> {
    requireIndices(this, indices);
    const { default: sharp } = await import('sharp'); // loads a native library, which other uses of the package spare
    const size = this.shape[0];
    const pixels = new Float32Array(indices.length * size * size * CHANNELS); // NHWC
    const seeds = random && Array.from(indices, () => random.integer(2 ** 32));
    let next = 0;
    const decodeSome = async () => {
      while (next < indices.length) {
        const n = next++;
        const file = this.#files[indices[n]!]!;
        const own = seeds && makeRandom(seeds[n]!, 'crop');
        const target = pixels.subarray(n * size * size * CHANNELS, (n + 1) * size * size * CHANNELS);
        try {
          const image = sharp(file, { failOn: FAIL_ON, limitInputPixels: MOST_PIXELS });
          normalise(await prepared(image, size, own), target);
        } catch (error) {
          next = indices.length; // the other decoders stop too
          throw new RcpruneError(
            file,
            'a JPEG image that can be decoded',
            describe((error as Error).message.split('\n')[0]),
          );
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(DECODERS, indices.length) }, decodeSome));
    return pixels;
  }
}

/** The bytes, RGB row by row, of an image brought to size * size: a random crop, mirrored or not, or the centre. */
async function prepared(image: Sharp, size: number, random: Random | undefined): Promise<Uint8Array> {
  const { format, width, height } = await image.metadata();
  if (format !== 'jpeg') throw new Error(`no JPEG but ${format}`);
  const kernel = 'linear'; // a triangle as wide as the reduction: torchvision's antialiased bilinear filter
  let out: Sharp;
  if (random === undefined) {
    const scale = (size * 256) / 224 / Math.min(width, height);
    const [across, down] = [width, height].map((side) => Math.max(size, Math.round(side * scale))) as [number, number];
    const [left, top] = [Math.round((across - size) / 2), Math.round((down - size) / 2)];
    const resized = image.resize({ width: across, height: down, fit: 'fill', kernel });
    out = resized.extract({ left, top, width: size, height: size });
  } else {
    out = image.extract(randomCrop(random, width, height)).resize({ width: size, height: size, fit: 'fill', kernel });
    if (random.uniform() < 0.5) out = out.flop();
  }
  return out.toColourspace('srgb').removeAlpha().raw().toBuffer();
}

/**
 * Random resized crop (Szegedy et al., "Going deeper with convolutions", CVPR 2015, as torchvision does it): a uniform share of
 * the area, the ratio of the sides uniform in its logarithm; after CROP_TRIES boxes that do not fit, the largest centred box
 * of an allowed ratio. `exp` and `ln` give the same bits on every platform, unlike those of Math.
 */
function randomCrop(random: Random, width: number, height: number) {
  const within = (low: number, high: number) => low + (high - low) * random.uniform();
  const [least, most] = CROP_RATIO;
  for (let k = 0; k < CROP_TRIES; k++) {
    const area = within(...CROP_AREA) * width * height;
    const ratio = exp(within(ln(least), ln(most)));
    const across = Math.round(Math.sqrt(area * ratio));
    const down = Math.round(Math.sqrt(area / ratio));
    if (across < 1 || down < 1 || across > width || down > height) continue;
    const left = random.integer(width - across + 1);
    return { left, top: random.integer(height - down + 1), width: across, height: down };
  }
  const across = Math.max(1, Math.min(width, Math.round(height * most)));
  const down = Math.max(1, Math.min(height, Math.round(width / least)));
  const [left, top] = [Math.floor((width - across) / 2), Math.floor((height - down) / 2)];
  return { left, top, width: across, height: down };
}

/** Bytes to floats of ImageNet's scale. */
function normalise(bytes: Uint8Array, target: Float32Array): void {
  for (let k = 0; k < bytes.length; k++) {
    const channel = k % CHANNELS;
    target[k] = (bytes[k]! / 255 - MEAN[channel]!) / DEVIATION[channel]!;
  }
}
