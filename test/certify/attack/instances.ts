import {
  type Goal,
  type Instance,
  type Layer,
  type LayerInput,
  type LayerPruning,
  makeInstance,
  type Pruning,
  type Requirement,
  requirementOf,
} from '../../../src/problem/index.ts';
import { exact } from '../../reference/brute-force.ts';
import type { Dice } from './dice.ts';

/*
 * Small instances for an attacker, with the whole truth about them.
 *
 * They are of the kinds on which a checker's arithmetic could go wrong: layers whose importances are multiples of different
 * powers of two, ties, zeros, subnormal numbers down to 2^-149 and others near 2^127, both in one layer, units per entry up to
 * 2^40, minima, targets and fixed shapes. They are so small that all choices of rows are tried: the least cost of every shape of
 * every layer, the optimum, and prunings that meet the goal and cost a little more. Costs are in units of 2^-149.
 */

/** One way to prune a layer. */
export interface Option {
  readonly shape: number; // removed rows x (cols + 1) + removed columns
  readonly units: number;
  readonly cost: bigint;
  readonly lines: LayerPruning;
}

/** A pruning that meets the goal and is not optimal: a log that proves it optimal is false. */
export interface Claim {
  readonly cost: bigint;
  readonly pruning: Pruning;
}

/** An instance, a goal that some pruning meets, and the truth. */
export interface Victim {
  readonly instance: Instance;
  readonly goal: Goal;
  readonly requirement: Requirement;
  /** The least cost of every shape of every layer: [layer][removed rows x (cols + 1) + removed columns]. */
  readonly least: readonly (readonly bigint[])[];
  /** Every layer's allowed options: of every shape the cheapest, and one that costs more where there is one. */
  readonly options: readonly (readonly Option[])[];
  readonly optimum: bigint;
  /** One that costs the optimum. */
  readonly best: Pruning;
  readonly total: bigint;
  /** Of ascending cost, each above the optimum. May be empty. */
  readonly claims: readonly Claim[];
}

const SIZES = [
  [1, 2],
  [2, 1],
  [2, 2],
  [2, 2],
  [2, 2],
  [2, 3],
  [3, 2],
  [3, 3],
  [1, 1],
  [1, 3],
  [1, 4],
  [3, 1],
  [4, 1],
  [3, 4],
  [4, 2],
  [4, 3],
  [4, 4],
  [5, 3],
  [5, 5],
] as const;

/** Entries of a layer, as multiples of 2^exponent. */
type Fill = (dice: Dice, count: number) => number[];
const listOf = (count: number, entry: () => number) => Array.from({ length: count }, entry);

/** Layers of one instance share a magnitude of 2^10 to 2^13 units, so that a coarse step of one is worth much to another. */
const FILLS: readonly Fill[] = [
  // Multiples of a power of two of its own.
  ...[1, 2, 8, 64, 512, 1024, 2048].map((grain): Fill => {
    return (dice, count) => listOf(count, () => Math.ceil(dice.between(0, 8192) / grain) * grain);
  }),
  (dice, count) => listOf(count, () => dice.between(0, 3) * 1024),
  (dice, count) => listOf(count, () => dice.pick([1024, 1024, 1025])),
  (dice, count) => listOf(count, () => dice.pick([0, 0, 0, 1, 1024])),
  (dice, count) => listOf(count, () => dice.between(1, 7)),
  (dice, count) => listOf(count, () => dice.uniform() * 4096),
  // Wide: an odd integer times a power of two of every entry's own.
  (dice, count) => listOf(count, () => (2 * dice.between(0, 4) + 1) * 2 ** dice.between(0, 12)),
  (dice, count) => listOf(count, () => (2 * dice.between(0, 2 ** 20) + 1) * 2 ** dice.between(-10, 40)),
  (dice, count) => listOf(count, () => dice.pick([2 ** 20, 2 ** 20 + 1, 2 ** 50, 2 ** 49, 1, 3])),
  // Sums that a double rounds up, beside numbers of the size of the error.
  (dice, count) => listOf(count, () => dice.pick([2 ** 54, 2 ** 54, 1, 2, 3, 4, 5, 7])),
];

/** Sums and products of a row part and a column part, or nearly so: there certificates are tight, and errors show. */
function structured(dice: Dice, rows: number, cols: number): number[] {
  const [p, q] = [listOf(rows, () => dice.between(1, 32)), listOf(cols, () => dice.between(1, 32))];
  const isSum = dice.chance(0.5);
  const noise = dice.pick([0, 0, 0, 2 ** -20, 2 ** -8, 1]);
  return listOf(rows * cols, () => noise * dice.uniform()).map((error, k) => {
    const [x, y] = [p[Math.floor(k / cols)]!, q[k % cols]!];
    return (isSum ? 32 * (x + y) : x * y) + error;
  });
}

function drawLayer(dice: Dice, l: number, base: number, mostLines: number, fill: Fill | null): LayerInput {
  let [rows, cols] = dice.pick(SIZES);
  while (rows + cols > mostLines) [rows, cols] = dice.pick(SIZES);
  const highest = 2 ** 127 * (2 - 2 ** -23);
  const scale = 2 ** base * (dice.chance(0.2) ? 2 ** dice.between(-12, 12) : 1);
  const drawn = fill === null ? structured(dice, rows, cols) : fill(dice, rows * cols);
  const importance = drawn.map((x) => Math.min(highest, x * scale));
  return {
    name: `layer${l}`,
    rows,
    cols,
    importance,
    unitsPerEntry: dice.pick([1, 1, 1, 1, 2, 3, 7, 2 ** 40, 2 ** 40 + 1]),
    minKeptRows: dice.pick([0, 0, 0, 1, Math.min(2, rows)]),
    minKeptColumns: dice.pick([0, 0, 0, 1, Math.min(2, cols)]),
  };
}

/** Powers of two that one unit is worth: the least float32, larger subnormals, ordinary ones, the greatest. */
const BASES = [-149, -149, -140, -130, -126, -20, 0, 0, 0, 40, 100, 114] as const;

/**
 * Draws an instance and a goal that something meets.
 *
 * @param structure how often a layer is a sum or a product of a row part and a column part
 */
export function drawVictim(dice: Dice, structure = 0): Victim {
  for (;;) {
    const count = dice.pick([1, 1, 2, 2, 2, 2, 3, 4]);
    const base = dice.pick(BASES);
    const mostLines = count === 1 ? 10 : count === 2 ? 8 : 5;
    const common = dice.chance(0.3) ? dice.pick(FILLS) : null;
    const layers = Array.from({ length: count }, (_, l) => {
      const fill = structure > 0 && dice.chance(structure) ? null : (common ?? dice.pick(FILLS));
      return drawLayer(dice, l, base, mostLines, fill);
    });
    if (dice.chance(0.5)) for (const layer of layers) layer.unitsPerEntry = 1;
    const victim = victimOf(dice, makeInstance(layers));
    if (victim !== null) return victim;
  }
}

function victimOf(dice: Dice, instance: Instance): Victim | null {
  const only = instance.layers[0]!;
  const most = requirementOf(instance, { target: 0 }).mostRemovable;
  const share = dice.pick([0.1, 0.2, 0.35, 0.5, 0.75, 1]) * dice.uniform();
  const goal: Goal =
    instance.layers.length === 1 && dice.chance(0.4)
      ? { shape: { rows: dice.between(0, only.rows), columns: dice.between(0, only.cols) } }
      : { target: dice.chance(0.05) ? most : Math.min(most, Math.ceil(most * share)) };
  const requirement = requirementOf(instance, goal);
  return requirement.mostRemovable < requirement.target ? null : withTruth(dice, instance, goal);
}

/** The truth about an instance and a goal that some pruning meets. The dice choose which dearer options are looked at. */
export function withTruth(dice: Dice, instance: Instance, goal: Goal): Victim {
  const requirement = requirementOf(instance, goal);
  const tables = instance.layers.map((layer, l) => layerTruth(dice, layer, requirement.ranges[l]!));
  const options = tables.map((table) => table.options);
  const reached = cheapest(options, requirement.target);
  return {
    instance,
    goal,
    requirement,
    least: tables.map((table) => table.least),
    options,
    optimum: reached[0]!.cost,
    best: reached[0]!.pruning,
    total: instance.layers.reduce((sum, { importance }) => importance.reduce((own, x) => own + exact(x), sum), 0n),
    claims: reached.slice(1),
  };
}

/** Least costs of all shapes, and the allowed options, of one layer: every set of kept rows with its best columns. */
function layerTruth(dice: Dice, layer: Layer, range: Requirement['ranges'][number]) {
  const { rows, cols, importance, unitsPerEntry } = layer;
  const width = cols + 1;
  const values = Array.from(importance, exact);
  const total = values.reduce((sum, value) => sum + value, 0n);
  const found: Option[][] = Array.from({ length: (rows + 1) * width }, () => []); // of a shape, one a set of rows or two
  for (let set = 0; set < 2 ** rows; set++) {
    const removedRows: number[] = [];
    const sums = new Array<bigint>(cols).fill(0n); // what the kept rows keep in every column
    for (let i = 0; i < rows; i++) {
      if ((set >> i) & 1) for (let j = 0; j < cols; j++) sums[j]! += values[i * cols + j]!;
      else removedRows.push(i);
    }
    const ascending = Array.from(sums, (_, j) => j).sort((x, y) =>
      sums[x]! < sums[y]! ? -1 : sums[x]! > sums[y]! ? 1 : 0,
    );
    const add = (columns: readonly number[]) => {
      const shape = removedRows.length * width + columns.length;
      const entries = removedRows.length * cols + columns.length * (rows - removedRows.length);
      const kept = sums.reduce((sum, own, j) => (columns.includes(j) ? sum : sum + own), 0n);
      const lines = { removedRows: Uint32Array.from(removedRows), removedColumns: Uint32Array.from(columns).sort() };
      found[shape]!.push({ shape, units: entries * unitsPerEntry, cost: total - kept, lines });
    };
    for (let c = 0; c <= cols; c++) {
      add(ascending.slice(0, c));
      if (c > 0 && c < cols) add(dice.order(cols).slice(0, c));
    }
  }
  const least = found.map((of) => of.reduce((low, { cost }) => (cost < low ? cost : low), of[0]!.cost));
  const options: Option[] = [];
  for (const [shape, of] of found.entries()) {
    const [r, c] = [Math.floor(shape / width), shape % width];
    if (r < range.minRows || r > range.maxRows || c < range.minColumns || c > range.maxColumns) continue;
    options.push(of.find(({ cost }) => cost === least[shape]!)!);
    const dearer = of.filter(({ cost }) => cost > least[shape]!);
    if (dearer.length > 0) options.push(dearer.reduce((low, own) => (own.cost < low.cost ? own : low)));
  }
  return { least, options };
}

/** Different costs kept for every number of units. */
const MOST_COSTS = 4;

interface State {
  readonly units: number;
  readonly cost: bigint;
  readonly lines: readonly LayerPruning[];
}

/** The few cheapest prunings of different costs that reach the target, by ascending cost: layer by layer. */
function cheapest(options: readonly (readonly Option[])[], target: number): Claim[] {
  let states: State[] = [{ units: 0, cost: 0n, lines: [] }];
  for (const layer of options) {
    const byUnits = new Map<number, State[]>();
    for (const state of states) {
      for (const option of layer) {
        const units = Math.min(target, state.units + option.units);
        const cost = state.cost + option.cost;
        const known = byUnits.get(units) ?? [];
        if (known.length === 0) byUnits.set(units, known);
        const at = known.findIndex((other) => other.cost >= cost);
        if (at >= 0 && known[at]!.cost === cost) continue;
        if (at < 0 && known.length >= MOST_COSTS) continue;
        known.splice(at < 0 ? known.length : at, 0, { units, cost, lines: [...state.lines, option.lines] });
        if (known.length > MOST_COSTS) known.pop();
      }
    }
    states = [...byUnits.values()].flat();
  }
  return states.filter(({ units }) => units >= target).map(({ cost, lines }) => ({ cost, pruning: { layers: lines } }));
}

/** Of all layers but one: for every number of units that they can remove, the least cost. Units are counted up to the target. */
export function othersOf({ options, requirement }: Victim, without: number): { units: number; cost: bigint }[] {
  let states = new Map<number, bigint>([[0, 0n]]);
  for (const [l, layer] of options.entries()) {
    if (l === without) continue;
    const next = new Map<number, bigint>();
    for (const [before, sum] of states) {
      for (const { units: own, cost } of layer) {
        const units = Math.min(requirement.target, before + own);
        const known = next.get(units);
        if (known === undefined || sum + cost < known) next.set(units, sum + cost);
      }
    }
    states = next;
  }
  return Array.from(states, ([units, cost]) => ({ units, cost }));
}
