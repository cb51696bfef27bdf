import { makeNormal } from '../../src/families/normal.ts';
import {
  type Goal,
  type Instance,
  type LayerInput,
  makeInstance,
  makeRandom,
  type Pruning,
  type Random,
  requirementOf,
} from '../../src/problem/index.ts';
import { leastCost } from './shape-enumeration.ts';

/*
 * Random instances for the cross-examination of the exact methods: one to four layers of different scales, units, minima and
 * kinds of importances; and two families made to break bounds that one layer takes over from another.
 */

export interface CrossCase {
  readonly family: string;
  readonly instance: Instance;
  readonly goal: Goal;
  /** A pruning that meets the goal, where the family is about starting from it. */
  readonly start?: Pruning;
}

type Part = Omit<LayerInput, 'name'>;
interface Size {
  readonly rows: number;
  readonly cols: number;
}

/** The same case for the same seed and index on every platform, independent of all other indices. */
export function crossCase(seed: number, index: number): CrossCase {
  const random = makeRandom(seed, `cross-examination ${index}`);
  const family = pick(random, Object.keys(CASES));
  return { family, ...CASES[family]!(random) };
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]!;
const between = (random: Random, least: number, most: number) => least + random.integer(most - least + 1);

/** Most lines on a side, by the number of layers: the reference tries all subsets of the shorter side. */
const MOST_LINES = [7, 5, 4, 4];

function size(random: Random, layers: number): Size {
  const most = MOST_LINES[layers - 1]!;
  return { rows: between(random, 1, most), cols: between(random, 1, most) };
}

/** Importances of about 1, but for `wide`; see {@link scaleOf} for the rest of the range. */
const KINDS: Record<string, (random: Random, size: Size) => number[]> = {
  ties: (random, { rows, cols }) => {
    const most = pick(random, [1, 2, 3, 7]);
    return entries(rows * cols, () => random.integer(most + 1));
  },
  integers: (random, { rows, cols }) => entries(rows * cols, () => random.integer(1000)),
  'half-normal': (random, { rows, cols }) => {
    const normal = makeNormal(random);
    return entries(rows * cols, () => Math.abs(normal()));
  },
  scaled: (random, { rows, cols }) => {
    const normal = makeNormal(random);
    const g = entries(rows, () => 2 ** between(random, -6, 6));
    const h = entries(cols, () => 2 ** between(random, -6, 6));
    return entries(rows * cols, (k) => Math.abs(normal()) * g[Math.floor(k / cols)]! * h[k % cols]!);
  },
  'planted lines': (random, { rows, cols }) => {
    const isCheap = entries(rows + cols, () => random.integer(3));
    return entries(rows * cols, (k) => {
      const cheap = isCheap[Math.floor(k / cols)] === 0 || isCheap[rows + (k % cols)] === 0;
      return (1 + random.uniform()) / (cheap ? 64 : 1);
    });
  },
  'planted block': (random, { rows, cols }) => {
    const inBlock = entries(rows + cols, () => random.integer(2));
    return entries(rows * cols, (k) => {
      const heavy = inBlock[Math.floor(k / cols)] === 1 && inBlock[rows + (k % cols)] === 1;
      return (1 + random.uniform()) * (heavy ? 16 : 1);
    });
  },
  sparse: (random, { rows, cols }) => entries(rows * cols, () => (random.integer(3) === 0 ? 1 + random.integer(5) : 0)),
  constant: (_, { rows, cols }) => entries(rows * cols, () => 1),
  // Magnitudes that no double holds the sum of.
  wide: (random, { rows, cols }) => entries(rows * cols, () => (1 + random.uniform()) * 2 ** between(random, -60, 20)),
};

const entries = (count: number, value: (k: number) => number) => Array.from({ length: count }, (_, k) => value(k));

/** A power of two: half of them mild, the others over most of the float32 range. */
const scaleOf = (random: Random) =>
  random.integer(2) === 0 ? 2 ** between(random, -4, 4) : 2 ** between(random, -140, 100);

function minima(random: Random, { rows, cols }: Size) {
  const least = (lines: number) => (random.integer(3) === 0 ? Math.min(lines, between(random, 1, 2)) : 0);
  return { minKeptRows: least(rows), minKeptColumns: least(cols) };
}

function randomLayer(random: Random, layers: number, kind: string, scale: number, units: number): Part {
  const own = size(random, layers);
  const importance = KINDS[kind]!(random, own).map((entry) => Math.fround(entry * scale));
  return { ...own, importance, unitsPerEntry: units, ...minima(random, own) };
}

/** What an entry counts, where layers differ widely. Tables by units are tried rarely near the size up to which they are made. */
const UNITS = [1, 1, 2, 2, 3, 3, 7, 7, 2 ** 30, 2 ** 30, 2 ** 20];

const named = (parts: readonly Part[]) => makeInstance(parts.map((part, l) => ({ ...part, name: `layer${l}` })));

/** A target at an end of what can be removed, low, or anywhere; one in thirty is out of reach. */
function someTarget(random: Random, instance: Instance): Goal {
  const { mostRemovable } = requirementOf(instance, { target: 0 });
  const share = pick(random, ['end', 'low', 'any', 'any', 'any']);
  if (share === 'end') {
    return {
      target: Math.max(0, pick(random, [0, 1, mostRemovable - 1, mostRemovable, mostRemovable, mostRemovable + 1])),
    };
  }
  const most = share === 'low' ? 0.35 : 1;
  return { target: Math.round(mostRemovable * most * random.uniform()) };
}

const CASES: Record<string, (random: Random) => Omit<CrossCase, 'family'>> = {
  'one layer': (random) => {
    const instance = named([
      randomLayer(random, 1, pick(random, Object.keys(KINDS)), scaleOf(random), pick(random, [1, 3])),
    ]);
    return { instance, goal: someTarget(random, instance) };
  },
  'fixed shape': (random) => {
    const instance = named([
      randomLayer(random, 1, pick(random, Object.keys(KINDS)), scaleOf(random), pick(random, [1, 2])),
    ]);
    const { rows, cols } = instance.layers[0]!;
    return { instance, goal: { shape: { rows: random.integer(rows + 1), columns: random.integer(cols + 1) } } };
  },
  // Every layer of its own kind, scale and units.
  mixed: (random) => {
    const layers = between(random, 2, 4);
    const instance = named(
      entries(layers, () => 0).map(() =>
        randomLayer(random, layers, pick(random, Object.keys(KINDS)), scaleOf(random), pick(random, UNITS)),
      ),
    );
    return { instance, goal: someTarget(random, instance) };
  },
  // Layers that compete: scales a few binary digits apart.
  close: (random) => {
    const layers = between(random, 2, 4);
    const scale = scaleOf(random);
    const instance = named(
      entries(layers, () => 0).map(() =>
        randomLayer(
          random,
          layers,
          pick(random, Object.keys(KINDS)),
          scale * 2 ** between(random, -3, 3),
          pick(random, [1, 1, 2, 3]),
        ),
      ),
    );
    return { instance, goal: someTarget(random, instance) };
  },
  'ties in all layers': (random) => {
    const layers = between(random, 1, 4);
    const instance = named(
      entries(layers, () => 0).map(() =>
        randomLayer(random, layers, pick(random, ['ties', 'sparse', 'constant']), 1, pick(random, [1, 1, 2, 3])),
      ),
    );
    return { instance, goal: someTarget(random, instance) };
  },
  // One entry of a further layer meets the whole target: that layer alone, or all the others.
  'one removal is enough': (random) => {
    const layers = between(random, 1, 3);
    const scale = scaleOf(random);
    const others = entries(layers, () => 0).map(() =>
      randomLayer(
        random,
        layers + 1,
        pick(random, Object.keys(KINDS)),
        scale * 2 ** between(random, -2, 2),
        pick(random, [1, 2, 7]),
      ),
    );
    const { mostRemovable } = requirementOf(named(others), { target: 0 });
    const target = between(random, 1, Math.max(1, mostRemovable));
    const single = randomLayer(
      random,
      layers + 1,
      pick(random, Object.keys(KINDS)),
      scale * 2 ** between(random, 0, 4),
      target,
    );
    const at = random.integer(layers + 1);
    return { instance: named(others.toSpliced(at, 0, single)), goal: { target } };
  },
  'half a step': halfStep,
};

/** Sizes of both blocks: of the first two kinds, a local search misses the dear block once in two to four times. */
const BLOCKS = [
  { dear: 2, rows: 9, cols: 12 },
  { dear: 3, rows: 8, cols: 11 },
  { dear: 2, rows: 3, cols: 4 },
  { dear: 3, rows: 3, cols: 5 },
  { dear: 4, rows: 4, cols: 6 },
];

/**
 * Layer A: multiples of a coarse step, a block of dear entries beside a larger one of cheaper entries that leads a local search
 * astray, or plain integers. Layer B: two entries that each meet the target, the cheaper one as dear as A's own optimum give or
 * take a part of A's step. The start removes that one. Then what A may cost to be of use (the start's cost less nothing) is no
 * multiple of A's step: a bound that takes it for one loses A's optimum. It once did: instances/regression/half-step.json.
 */
function halfStep(random: Random): Omit<CrossCase, 'family'> {
  const coarse = 2 ** between(random, 0, 20);
  const block = random.integer(4) === 0 ? null : pick(random, BLOCKS);
  const own = block === null ? size(random, 2) : { rows: block.dear + block.rows, cols: block.dear + block.cols };
  const [rowOrder, columnOrder] = [random.shuffle(own.rows), random.shuffle(own.cols)];
  const cheap = between(random, 5, 9);
  const importance = entries(own.rows * own.cols, (k) => {
    if (block === null) return coarse * random.integer(11);
    const [i, j] = [rowOrder[Math.floor(k / own.cols)]!, columnOrder[k % own.cols]!];
    if (i < block.dear && j < block.dear) return 10 * coarse;
    return i >= block.dear && j >= block.dear ? cheap * coarse : 0;
  });
  const all = own.rows * own.cols;
  const target =
    block !== null && random.integer(2) === 0 ? all - block.dear ** 2 : between(random, 1, Math.max(1, all - 1));
  const a: Part = { ...own, importance };
  const optimum = Number(leastCost(named([a]), { target })!) * 2 ** -149;
  const offset = (coarse / 2) * pick(random, [-3, -1, -0.5, 0.5, 1, 1, 1.5, 3]);
  const b: Part = { rows: 1, cols: 2, importance: [Math.max(0, optimum + offset), 2 ** 40], unitsPerEntry: target };
  const none = new Uint32Array(0);
  const parts = [
    { part: a, lines: { removedRows: none, removedColumns: none } },
    { part: b, lines: { removedRows: none, removedColumns: Uint32Array.of(0) } },
  ];
  if (random.integer(2) === 0) parts.reverse();
  return {
    instance: named(parts.map(({ part }) => part)),
    goal: { target },
    start: { layers: parts.map(({ lines }) => lines) },
  };
}
