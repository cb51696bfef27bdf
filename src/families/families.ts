import { describe, RcpruneError } from '../problem/error.ts';
import {
  allocateImportance,
  type Instance,
  type LayerInput,
  MAX_LAYER_ENTRIES,
  makeInstance,
  requireInteger,
} from '../problem/instance.ts';
import { makeRandom, type Random } from '../problem/random.ts';
import { fillEntries, fillScaled, normals } from './entries.ts';
import type { Family, FamilyNetwork, FamilyOptions } from './family.ts';
import { NETWORKS } from './networks.ts';
import { makeNormal } from './normal.ts';
import { resnet18Layers } from './resnet18.ts';

export type { Family, FamilyNetwork, FamilyOptions } from './family.ts';

/** mask[index] = 1 for a random share of the indices, rounded up. */
function randomMask(random: Random, length: number, share: number): Uint8Array {
  const mask = new Uint8Array(length);
  for (const index of random.sample(length, Math.ceil(length * share))) mask[index] = 1;
  return mask;
}

const LOW_RANK = 4;

/** All families by name; a new one is one entry here. */
export const FAMILIES: readonly Family[] = [
  {
    name: 'uniform',
    formula: 'w_ij uniform on [0, 1)',
    fill: (matrix, rows, cols, random) => fillEntries(matrix, rows, cols, () => random.uniform()),
  },
  {
    name: 'half-normal',
    formula: 'w_ij = |N|',
    fill: (matrix, rows, cols, random) => {
      const normal = makeNormal(random);
      fillEntries(matrix, rows, cols, () => Math.abs(normal()));
    },
  },
  {
    name: 'scaled',
    formula: 'w_ij = |N| exp(s (g_i + h_j)), g and h standard normal, strength s = 1 (0 to 10)',
    strength: { fallback: 1, most: 10 },
    fill: fillScaled,
  },
  {
    name: 'low-rank',
    formula: `w_ij = |sum_k a_ik b_jk / sqrt(${LOW_RANK}) + s N|, k = 1..${LOW_RANK}, a and b standard normal, strength s = 0.3`,
    strength: { fallback: 0.3, most: 1e6 },
    fill: (matrix, rows, cols, random, strength) => {
      const normal = makeNormal(random);
      const a = normals(rows * LOW_RANK, normal); // row-major [rows, LOW_RANK]
      const b = normals(cols * LOW_RANK, normal); // row-major [cols, LOW_RANK]
      fillEntries(matrix, rows, cols, (i, j) => {
        let product = 0;
        for (let k = 0; k < LOW_RANK; k++) product += a[i * LOW_RANK + k]! * b[j * LOW_RANK + k]!;
        return Math.abs(product / Math.sqrt(LOW_RANK) + strength * normal());
      });
    },
  },
  {
    name: 'planted-lines',
    formula: 'w_ij = |N|, divided by s in a random quarter of the rows and of the columns, strength s = 10 (1 to 10^6)',
    strength: { fallback: 10, most: 1e6 },
    fill: (matrix, rows, cols, random, strength) => {
      const normal = makeNormal(random);
      const cheapRow = randomMask(random, rows, 0.25);
      const cheapColumn = randomMask(random, cols, 0.25);
      fillEntries(matrix, rows, cols, (i, j) => {
        return Math.abs(normal()) / (cheapRow[i] === 1 || cheapColumn[j] === 1 ? strength : 1);
      });
    },
  },
  {
    name: 'planted-block',
    formula: 'w_ij = |N|, times s where a random half of the rows meets a random half of the columns, strength s = 10',
    strength: { fallback: 10, most: 1e6 },
    fill: (matrix, rows, cols, random, strength) => {
      const normal = makeNormal(random);
      const heavyRow = randomMask(random, rows, 0.5);
      const heavyColumn = randomMask(random, cols, 0.5);
      fillEntries(matrix, rows, cols, (i, j) => {
        return Math.abs(normal()) * (heavyRow[i] === 1 && heavyColumn[j] === 1 ? strength : 1);
      });
    },
  },
  {
    name: 'integer',
    formula: 'w_ij uniform on the integers 0..k, max k = 3: many ties',
    max: 3,
    fill: (matrix, rows, cols, random, max) => fillEntries(matrix, rows, cols, () => random.integer(max + 1)),
  },
  {
    name: 'resnet18',
    formula:
      'w_ij = |N| sqrt(2 / cols) in the 20 convolutions of ResNet-18 (11,166,912 entries), one line of each kept',
    shapes: resnet18Layers,
    fill: (matrix, rows, cols, random) => {
      const normal = makeNormal(random);
      const scale = Math.sqrt(2 / cols);
      fillEntries(matrix, rows, cols, () => Math.abs(normal()) * scale);
    },
  },
  ...NETWORKS,
];

/**
 * A random instance of a family: the same options give the same bytes on every platform.
 *
 * Layers are called layer0, layer1, ... and have no minima; those of resnet18 have torchvision's names. Those of resnet18 and of
 * linked networks keep at least one row and one column.
 *
 * @param onLayer told after every layer, for progress
 * @throws RcpruneError on an unknown family, a missing size, or an option that the family does not take
 */
export function generate(
  name: string,
  options: FamilyOptions,
  onLayer: (done: number, of: number) => void = () => undefined,
): Instance {
  const family = FAMILIES.find((candidate) => candidate.name === name);
  if (family === undefined) {
    throw new RcpruneError('family', `one of ${FAMILIES.map((known) => known.name).join(' ')}`, describe(name));
  }
  const seed = options.seed ?? 1;
  requireInteger(`family ${name}: seed`, seed, 0);
  const parameter = parameterOf(family, options);
  const shapes = shapesOf(family, options);
  const layers = shapes.map((shape, l): LayerInput => {
    const importance = allocateImportance(shape.rows * shape.cols);
    family.fill(importance, shape.rows, shape.cols, makeRandom(seed, `${name}/${l}`), parameter);
    onLayer(l + 1, shapes.length);
    const isNetwork = family.shapes !== undefined || family.network !== undefined;
    const minima = isNetwork ? { minKeptRows: 1, minKeptColumns: 1 } : {};
    return { ...shape, importance, ...minima };
  });
  return makeInstance(layers, undefined, family.network?.links(layers.length, layers[0]!.rows));
}

/** The value of the formula's one parameter, s or k; 0 where the formula has none. */
function parameterOf(family: Family, options: FamilyOptions): number {
  const where = `family ${family.name}`;
  refuse(where, 'strength', family.strength === undefined, options.strength);
  refuse(where, 'max', family.max === undefined, options.max);
  if (family.max !== undefined) {
    const max = options.max ?? family.max;
    requireInteger(`${where}: max`, max, 0, 2 ** 24);
    return max;
  }
  if (family.strength === undefined) return 0;
  const { fallback, most } = family.strength;
  const strength = options.strength ?? fallback;
  const least = family.name === 'planted-lines' ? 1 : 0;
  if (!(strength >= least && strength <= most)) {
    throw new RcpruneError(`${where}: strength`, `a number from ${least} to ${most}`, describe(strength));
  }
  return strength;
}

function shapesOf(family: Family, options: FamilyOptions): { name: string; rows: number; cols: number }[] {
  const where = `family ${family.name}`;
  for (const option of ['rows', 'cols', 'layers'] as const) {
    refuse(where, option, family.shapes !== undefined, options[option]);
  }
  if (family.shapes !== undefined) return family.shapes.map((shape) => ({ ...shape }));
  const { rows, cols, layers = family.network?.fallback ?? 1 } = options;
  for (const [option, value] of [
    ['rows', rows],
    ['cols', cols],
    ['layers', layers],
  ] as const) {
    if (value === undefined) throw new RcpruneError(where, `a number of ${option}`, 'none');
    requireInteger(`${where}: ${option}`, value, 1, MAX_LAYER_ENTRIES);
  }
  if (rows! * cols! * layers > MAX_LAYER_ENTRIES) {
    throw new RcpruneError(where, `at most ${MAX_LAYER_ENTRIES} entries`, `${layers} layers of ${rows} x ${cols}`);
  }
  if (family.network !== undefined) requireNetwork(where, family.network, rows!, cols!, layers);
  return Array.from({ length: layers }, (_, l) => ({ name: `layer${l}`, rows: rows!, cols: cols! }));
}

/** @throws RcpruneError on sizes that no network of the family has */
function requireNetwork(where: string, network: FamilyNetwork, rows: number, cols: number, layers: number): void {
  if (cols % rows !== 0) throw new RcpruneError(`${where}: cols`, `a multiple of ${rows} rows`, `${cols}`);
  const { first, each } = network;
  if (layers >= first + each && (layers - first) % each === 0) return;
  const counts = [1, 2, 3].map((blocks) => first + blocks * each).join(', ');
  throw new RcpruneError(`${where}: layers`, `${counts}, ... layers`, `${layers}`);
}

function refuse(where: string, option: string, isForeign: boolean, value: number | undefined): void {
  if (isForeign && value !== undefined) throw new RcpruneError(where, `no ${option}`, `${option} ${value}`);
}
