import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import * as v from 'valibot';
import { parseJson, readExactly, readText, withFile } from '../../formats/file.ts';
import { integer, list, parsed, positive, sha256, text } from '../../formats/schema.ts';
import { RcpruneError } from '../../problem/error.ts';
import type { Random } from '../../problem/random.ts';
import { type Distortion, randomMap, warp } from './distortion.ts';
import { type DataSet, type ImageSet, requireIndices, SPLITS, type Split } from './image-set.ts';

/*
 * Glyphs: capitals and digits of several hundred font families under the SIL Open Font License, 32 x 32 grey pixels, split
 * by family: a network is tested on letter shapes that it has never seen. Built by paper-artifacts/glyphs/build.ts, which
 * says how fonts were chosen and images drawn.
 *
 * NAME.json lists the families with package, version and licence. NAME.br holds the pixels, one byte each, 0 (black) to 15
 * (white), compressed by brotli: image after image in the order of families, of a family's styles, of the classes.
 */

const STORED = fileURLToPath(new URL('../../../instances/glyphs.json', import.meta.url));
const WHITE = 15; // the greatest grey level

/** Bounds of what a reader allocates. The shipped set stays below a tenth of each. */
const MOST_MANIFEST_BYTES = 2 ** 22;
const MOST_FILE_BYTES = 2 ** 26;
const MOST_PIXELS = 2 ** 28;

const family = v.strictObject({
  family: text(Infinity, 1),
  category: v.string(),
  split: v.picklist(SPLITS),
  styles: list(v.string(), Infinity, 1),
  package: v.string(),
  version: v.string(),
  licence: v.string(),
  attribution: v.string(),
});

export const glyphsManifestSchema = v.strictObject({
  format: v.literal('rcprune-glyphs'),
  version: v.literal(1),
  height: integer(1, 1024),
  width: integer(1, 1024),
  classes: list(text(Infinity, 1), 1024, 2),
  images: positive,
  /** SHA-256, in hex, of the pixels before compression. */
  sha256: sha256,
  families: list(family, Infinity, 1),
});
export type GlyphsManifest = v.InferOutput<typeof glyphsManifestSchema>;

/** Augmentation: rotations up to 8 degrees, shears up to 0.1, scales within 10%, shifts up to 2 pixels. */
const AUGMENTATION: Distortion = { turn: 0.07, shear: 0.1, scale: [0.9, 1.1] };
const MOST_SHIFT = 2;

/**
 * The glyphs: grey images whose pixels are normalised by mean and standard deviation of the training set. Training images
 * that are loaded with a `random` are rotated, sheared, scaled and shifted a little (a mirrored letter would be none).
 * Holds a byte a pixel in memory.
 *
 * @param file a manifest; the pixels lie beside it. Default: the set that the package carries
 * @throws RcpruneError on files that are missing, damaged or no glyphs
 */
export async function loadGlyphs(file = STORED): Promise<DataSet> {
  const manifest = parsed(file, glyphsManifestSchema, parseJson(file, await readText(file, MOST_MANIFEST_BYTES)));
  const pixels = await readPixels(file, manifest);
  const places = placesOf(file, manifest);
  const scaling = scalingOf(manifest, pixels, places.train.starts);
  const [train, validation, test] = SPLITS.map((split) => glyphSet(manifest, pixels, split, places[split], scaling));
  return { train: train!, validation: validation!, test: test! };
}

async function readPixels(file: string, manifest: GlyphsManifest): Promise<Uint8Array> {
  const { height, width, classes, images, families } = manifest;
  const claimed = families.reduce((sum, { styles }) => sum + styles.length, 0) * classes.length;
  if (images !== claimed)
    throw new RcpruneError(`${file}: images`, `${claimed}, a glyph a style and class`, `${images}`);
  const expected = images * height * width;
  if (expected > MOST_PIXELS) throw new RcpruneError(file, `at most ${MOST_PIXELS} pixels`, `${expected}`);

  const stored = `${file.replace(/\.json$/, '')}.br`;
  const packed = await withFile(stored, async (handle, size) => {
    if (size > MOST_FILE_BYTES) throw new RcpruneError(stored, `at most ${MOST_FILE_BYTES} bytes`, `${size}`);
    const bytes = new Uint8Array(size);
    await readExactly(stored, handle, bytes, 0);
    return bytes;
  });
  const pixels = await promisify(brotliDecompress)(packed, { maxOutputLength: expected }).catch((error: unknown) => {
    const tooLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new RcpruneError(stored, `${expected} pixels under brotli`, tooLong ? 'more' : 'no such stream');
  });
  if (pixels.length !== expected) throw new RcpruneError(stored, `${expected} pixels`, `${pixels.length}`);
  const sha256 = createHash('sha256').update(pixels).digest('hex');
  if (sha256 !== manifest.sha256) throw new RcpruneError(stored, `SHA-256 ${manifest.sha256}`, sha256);
  const bright = pixels.find((level) => level > WHITE);
  if (bright !== undefined) throw new RcpruneError(stored, `levels from 0 to ${WHITE}`, `${bright}`);
  return pixels;
}

/** Where a split's images start among the pixels, with their classes and families. */
interface Places {
  readonly starts: Int32Array;
  readonly labels: Int32Array;
  readonly groups: Int32Array;
}

function placesOf(file: string, { height, width, classes, families }: GlyphsManifest): Record<Split, Places> {
  const names = new Set<string>();
  const found = { train: [] as number[][], validation: [] as number[][], test: [] as number[][] };
  let image = 0;
  for (const [group, { family, split, styles }] of families.entries()) {
    if (names.has(family)) throw new RcpruneError(`${file}: families`, 'each family once', `${family} twice`);
    names.add(family);
    for (let k = 0; k < styles.length; k++) {
      for (let label = 0; label < classes.length; label++, image++) found[split].push([image, label, group]);
    }
  }
  const column = (split: Split, k: number) => Int32Array.from(found[split], (entry) => entry[k]!);
  const places = (split: Split): Places => {
    if (found[split].length === 0) throw new RcpruneError(`${file}: families`, `some for ${split}`, 'none');
    const starts = column(split, 0).map((place) => place * height * width);
    return { starts, labels: column(split, 1), groups: column(split, 2) };
  };
  return { train: places('train'), validation: places('validation'), test: places('test') };
}

/** value = level * factor + offset has mean 0 and variance 1 over the training images. */
interface Scaling {
  readonly factor: number;
  readonly offset: number;
}

function scalingOf({ height, width }: GlyphsManifest, pixels: Uint8Array, starts: Int32Array): Scaling {
  let sum = 0; // integers far below 2^53: the order of the images cannot matter
  let squares = 0;
  for (const start of starts) {
    for (let k = start; k < start + height * width; k++) {
      sum += pixels[k]!;
      squares += pixels[k]! * pixels[k]!;
    }
  }
  const count = starts.length * height * width;
  const mean = sum / count;
  const deviation = Math.sqrt(squares / count - mean * mean);
  const factor = deviation > 0 ? 1 / deviation : 1;
  return { factor, offset: -mean * factor };
}

function glyphSet(
  { height, width, classes }: GlyphsManifest,
  pixels: Uint8Array,
  split: Split,
  { starts, labels, groups }: Places,
  { factor, offset }: Scaling,
): ImageSet {
  const size = height * width;
  const load = async (indices: Int32Array, random?: Random) => {
    requireIndices(set, indices);
    const images = new Float32Array(indices.length * size); // images[n * size + row * width + column]
    for (let n = 0; n < indices.length; n++) {
      const start = starts[indices[n]!]!;
      const source = pixels.subarray(start, start + size);
      const target = images.subarray(n * size, (n + 1) * size);
      if (random === undefined) target.set(source);
      else {
        const map = randomMap(random, AUGMENTATION);
        const shift = () => MOST_SHIFT * (2 * random.uniform() - 1);
        warp(source, height, width, map, [shift(), shift()], target);
      }
      for (let k = 0; k < size; k++) target[k] = target[k]! * factor + offset;
    }
    return images;
  };
  const set: ImageSet = { name: `glyphs ${split}`, classes, shape: [height, width, 1], labels, groups, load };
  return set;
}
