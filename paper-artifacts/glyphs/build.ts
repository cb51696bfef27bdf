/**
 * Builds instances/glyphs.json and glyphs.br, the data set `loadGlyphs` reads, and left-out.csv and sheet.png beside this
 * file: the families not taken, each with the rule and the figure, and a look at those taken.
 *
 * `npx tsx paper-artifacts/glyphs/build.ts [FOLDER]` (minutes). Installs the pinned fonts into a temporary folder (about
 * 340 MB), or uses FOLDER, where they have been installed before. The same versions of Node and sharp give the same bytes;
 * the script ends by saying whether they are those of the file before.
 *
 * A family is left out when
 * - its package does not name the Open Font License 1.1 in package.json, metadata.json and the licence's text: an error,
 *   since the list is meant to hold no other;
 * - it lacks the regular style, or one of the characters, or draws one of them as the box for missing characters;
 * - two characters have the same outline, such as O and 0: no reader could tell them apart;
 * - a glyph is nearly blank: mean coverage below LEAST_INK of the image;
 * - fewer than LEAST_RECOGNISED of its upright glyphs have their nearest neighbour, among all other families, in their own
 *   class: too decorated, or too unlike all others, to be learnt from them;
 * - it is nearer than LEAST_APART to a family before it in the alphabet: the two share one design (Philosopher and the Latin
 *   of El Messiri), which could otherwise stand in training and test. Distances have a gap here, from 0.044 to 0.062.
 * Barcodes, symbols, scripts other than Latin, and second members of a superfamily or known derivatives (Public Sans of Libre
 * Franklin) were kept off the list by hand.
 *
 * The split is by family, at random: within a category (sans-serif, serif, ...) families are ordered by the SHA-256 of their
 * package's name, the first go to the test set, the next to validation. Validation and test draw the regular style;
 * training also bold and italic where a family has them.
 *
 * Each image is drawn once, after a random rotation, shear, stretch, size and place, in random shades of grey: recognising
 * upright black letters leaves a network too little to lose.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import sharp from 'sharp';
import { makeRandom } from '../../src/index.ts';
import { type Distortion, randomMap } from '../../src/neural/data/distortion.ts';
import type { GlyphsManifest } from '../../src/neural/data/glyphs.ts';
import { SPLITS, type Split } from '../../src/neural/data/image-set.ts';
import { draw, SIDE } from './draw.ts';
import { type Family, Fonts, installFonts, type Outline } from './fonts.ts';
import { measure, type Upright } from './legibility.ts';

const CLASSES = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'];
const SEED = 1;
const REGULAR = '400-normal';
const TRAINING_STYLES = [REGULAR, '700-normal', '400-italic'];
const TEST_SHARE = 0.25;
const VALIDATION_SHARE = 0.08;

const LEAST_INK = 0.02;
const LEAST_RECOGNISED = 9; // of 36
const LEAST_APART = 0.05; // legibility.ts says of what

/** Rotations up to 14 degrees, shears up to 0.2, sides that differ by up to half. */
const DISTORTION: Distortion = { turn: 0.123, shear: 0.2, scale: [0.8, 1.2] };
const EXTENT = [17, 28] as const; // pixels along the longer side
const GROUND = [0, 0.35] as const; // shade of the ground and of the glyph, 0 black to 1 white
const INK = [0.6, 1] as const;
const UPRIGHT = { xx: 1, xy: 0, yx: 0, yy: 1 };
const UPRIGHT_EXTENT = SIDE - 4;
const WHITE = 15;

interface Candidate extends Family {
  readonly upright: Upright;
}

const leftOut: string[][] = [];
const leave = (name: string, rule: string, figure: string) => {
  leftOut.push([name, rule, figure]);
  return null;
};

/** A family that passes the rules that need no other family, or null. */
async function candidate(fonts: Fonts, name: string): Promise<Candidate | null> {
  const family = fonts.family(name);
  const outlines = fonts.outlines(name, REGULAR, CLASSES);
  if (outlines === null) return leave(name, 'no regular style', REGULAR);
  const missing = CLASSES.filter((_, k) => outlines[k] === null);
  if (missing.length > 0) return leave(name, 'missing characters', missing.join(''));
  const texts = outlines.map((outline) => JSON.stringify(outline));
  const same = CLASSES.filter((_, k) => texts.indexOf(texts[k]!) !== texts.lastIndexOf(texts[k]!));
  if (same.length > 0) return leave(name, 'the same outline', same.join(''));
  const upright: Uint8Array[] = [];
  for (const outline of outlines) upright.push(await draw(outline!, UPRIGHT, UPRIGHT_EXTENT));
  const ink = upright.map((pixels) => pixels.reduce((sum, value) => sum + value, 0) / (255 * pixels.length));
  const least = Math.min(...ink);
  if (least < LEAST_INK) return leave(name, 'nearly blank', `${CLASSES[ink.indexOf(least)]} ${least.toFixed(4)}`);
  return { ...family, upright };
}

/** Families that pass all rules. */
async function choose(fonts: Fonts): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const name of fonts.packages) {
    const one = await candidate(fonts, name);
    if (one !== null) candidates.push(one);
  }
  const { recognised, twin, distance } = measure(
    candidates.map(({ upright }) => upright),
    SIDE,
  );
  return candidates.filter(({ package: name }, f) => {
    if (recognised[f]! < LEAST_RECOGNISED) return leave(name, 'few glyphs recognised', `${recognised[f]}`);
    if (distance[f]! >= LEAST_APART) return true;
    return leave(name, 'a twin', `${candidates[twin[f]!]!.package} ${distance[f]!.toFixed(4)}`);
  });
}

/** The split of each family: a fixed share of each category, in the order of hashes. */
function splitOf(families: readonly Family[]): Map<Family, Split> {
  const splits = new Map<Family, Split>();
  const hash = ({ package: name }: Family) => createHash('sha256').update(name).digest('hex');
  for (const category of new Set(families.map((family) => family.category))) {
    const ordered = families
      .filter((family) => family.category === category)
      .sort((a, b) => (hash(a) < hash(b) ? -1 : 1));
    const test = Math.round(TEST_SHARE * ordered.length);
    const validation = test + Math.round(VALIDATION_SHARE * ordered.length);
    for (const [k, family] of ordered.entries()) {
      splits.set(family, k < test ? 'test' : k < validation ? 'validation' : 'train');
    }
  }
  return splits;
}

/** One image of the data set; its randomness hangs on its own name alone. */
async function drawn(outline: Outline, label: string): Promise<Uint8Array> {
  const random = makeRandom(SEED, label);
  const within = ([low, high]: readonly [number, number]) => low + (high - low) * random.uniform();
  const map = randomMap(random, DISTORTION);
  const coverage = await draw(outline, map, within(EXTENT), [within([-1, 1]), within([-1, 1])]);
  const ground = within(GROUND);
  const ink = within(INK);
  return coverage.map((value) => Math.round(WHITE * (ground + ((ink - ground) * value) / 255)));
}

async function main(folder: string): Promise<void> {
  const fonts = new Fonts(folder);
  const chosen = await choose(fonts);
  const splits = splitOf(chosen);
  const images: Uint8Array[] = [];
  const families: GlyphsManifest['families'] = [];
  for (const split of SPLITS) {
    for (const one of chosen.filter((family) => splits.get(family) === split)) {
      const { family, category, package: name, version, licence, attribution } = one;
      const styles: string[] = [];
      for (const style of split === 'train' ? TRAINING_STYLES : [REGULAR]) {
        const outlines = fonts.outlines(name, style, CLASSES);
        if (outlines === null || !outlines.every((outline) => outline !== null)) continue;
        styles.push(style);
        for (const [k, outline] of outlines.entries()) {
          images.push(await drawn(outline, `${name} ${style} ${CLASSES[k]}`));
        }
      }
      families.push({ family, category, split, styles, package: name, version, licence, attribution });
    }
  }

  const pixels = Buffer.concat(images);
  const sha256 = createHash('sha256').update(pixels).digest('hex');
  const packed = brotliCompressSync(pixels, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: pixels.length,
    },
  });
  const manifest: GlyphsManifest = {
    format: 'rcprune-glyphs',
    version: 1,
    height: SIDE,
    width: SIDE,
    classes: CLASSES,
    images: images.length,
    sha256,
    families,
  };
  const stored = new URL('../../instances/', import.meta.url);
  const sameImages = replace(new URL('glyphs.br', stored), packed);
  const sameList = replace(new URL('glyphs.json', stored), Buffer.from(textOf(manifest)));
  const csv = [['package', 'rule', 'figure'], ...leftOut].map((row) => `${row.join(',')}\n`).join('');
  replace(new URL('left-out.csv', import.meta.url), Buffer.from(csv));
  await sheet(images, families);

  for (const split of SPLITS) {
    const ours = families.filter((family) => family.split === split);
    const glyphs = ours.reduce((sum, { styles }) => sum + styles.length, 0) * CLASSES.length;
    console.log(`${split}: ${ours.length} families, ${glyphs} images`);
  }
  console.log(`left out: ${leftOut.length} families; glyphs.br: ${packed.length} bytes; pixels: SHA-256 ${sha256}`);
  console.log(sameImages && sameList ? 'the files before had the same bytes' : 'the files are new');
}

/** A manifest as JSON, a line for each field and each family. */
function textOf({ families, ...head }: GlyphsManifest): string {
  const fields = Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  const lines = families.map((family) => `    ${JSON.stringify(family)}`);
  return `{\n${fields.join('')}  "families": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/** Writes a file. @returns whether it had these bytes before */
function replace(file: URL, bytes: Buffer): boolean {
  let before: Buffer | null = null;
  try {
    before = readFileSync(file);
  } catch {
    // There was none.
  }
  writeFileSync(file, bytes);
  return before?.equals(bytes) ?? false;
}

/** A picture of the regular styles of some test families, one a line. */
async function sheet(images: readonly Uint8Array[], families: GlyphsManifest['families']): Promise<void> {
  const first = families.filter(({ split }) => split !== 'test').reduce((sum, { styles }) => sum + styles.length, 0);
  const lines = families.filter(({ split }) => split === 'test').length;
  const pixels = Buffer.alloc(lines * SIDE * CLASSES.length * SIDE);
  const width = CLASSES.length * SIDE;
  for (let k = 0; k < lines * CLASSES.length; k++) {
    const image = images[first * CLASSES.length + k]!;
    const at = Math.floor(k / CLASSES.length) * SIDE * width + (k % CLASSES.length) * SIDE;
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++)
        pixels[at + row * width + column] = 17 * image[row * SIDE + column]!;
    }
  }
  const file = fileURLToPath(new URL('sheet.png', import.meta.url));
  const raw = { width, height: lines * SIDE, channels: 1 as const };
  await sharp(pixels, { raw }).png({ palette: true, colours: 16, effort: 10 }).toFile(file);
}

const given = process.argv[2];
const folder = given ?? mkdtempSync(path.join(tmpdir(), 'rcprune-glyphs-'));
try {
  if (given === undefined) installFonts(folder);
  await main(folder);
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
