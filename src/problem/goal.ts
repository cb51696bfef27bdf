import { closeLiving, closure, copyOf, isClosed, type Living, livingOf, pruningOf } from './closure.ts';
import { describe, RcpruneError } from './error.ts';
import { type Instance, type Layer, requireInteger, unitCount } from './instance.ts';
import { type LinkGraph, linkGraph } from './links.ts';
import { emptyPruning, type Pruning, removedEntries, removedUnits, type Shape, shapesOf } from './pruning.ts';

/**
 * What a pruning must reach: at least `target` removed units over all layers together, or (instances of one layer)
 * exactly `shape.rows` removed rows and `shape.columns` removed columns. In a linked instance it must be closed as well.
 */
export type Goal =
  | {
      /** Units to remove in all, at least. */
      readonly target: number;
    }
  | {
      /** Of the only layer, to the letter. */
      readonly shape: Shape;
    };

/** The shapes a layer may take: removed rows and columns within these bounds, ends included. */
export interface ShapeRange {
  /** Fewest removed rows. */
  readonly minRows: number;
  /** Most removed rows. */
  readonly maxRows: number;
  /** Fewest removed columns. */
  readonly minColumns: number;
  /** Most removed columns. */
  readonly maxColumns: number;
}

/** A goal worked out for an instance: the target in units and the allowed shapes of every layer. */
export interface Requirement {
  /** The goal it was worked out from. */
  readonly goal: Goal;
  /** Units to remove; of a shape, what the shape removes. */
  readonly target: number;
  /** Of every layer, in order. */
  readonly ranges: readonly ShapeRange[];
  /**
   * Units removed by the largest allowed shapes. No goal of a greater target is feasible; without links, every other is. With links,
   * {@link largestPruning} says how much can be removed at least.
   */
  readonly mostRemovable: number;
}

/**
 * Turns a goal into a target and a range of shapes a layer, so that solvers need not know about minima or fixed shapes:
 * a fixed shape is the range that holds it alone, a minimum of kept rows caps the removed ones.
 *
 * @throws RcpruneError when the goal is none, or a shape is asked of several or linked layers or does not fit the matrix
 */
export function requirementOf(instance: Instance, goal: Goal): Requirement {
  requireGoal(goal);
  const ranges = 'shape' in goal ? [fixedRange(instance, goal.shape)] : instance.layers.map(freeRange);
  let mostRemovable = 0;
  instance.layers.forEach((layer, l) => {
    const largest = { rows: ranges[l]!.maxRows, columns: ranges[l]!.maxColumns };
    if (ranges[l]!.maxRows < ranges[l]!.minRows || ranges[l]!.maxColumns < ranges[l]!.minColumns) mostRemovable = -1;
    if (mostRemovable >= 0) mostRemovable += removedEntries(layer, largest) * layer.unitsPerEntry;
  });
  if ('shape' in goal) {
    const target = removedEntries(instance.layers[0]!, goal.shape) * instance.layers[0]!.unitsPerEntry;
    return { goal, target, ranges, mostRemovable };
  }
  requireInteger('target', goal.target, 0);
  return { goal, target: goal.target, ranges, mostRemovable };
}

/**
 * Whether a pruning reaches the target with allowed shapes and, where there are links, is closed. Looks at no importance; time
 * O(layers), with links O(lines).
 */
export function meets(instance: Instance, requirement: Requirement, pruning: Pruning): boolean {
  const allowed = shapesOf(pruning).every(({ rows, columns }, l) => {
    const { minRows, maxRows, minColumns, maxColumns } = requirement.ranges[l]!;
    return rows >= minRows && rows <= maxRows && columns >= minColumns && columns <= maxColumns;
  });
  return allowed && removedUnits(instance, pruning) >= requirement.target && isClosed(instance, pruning);
}

/**
 * The trivial pruning: the largest allowed shape of every layer, lines of lowest index. It meets every feasible goal.
 *
 * With links, a closed pruning that meets the minima and to which no line can be added: it need not be the one that removes most, and
 * where the minima allow no closed pruning at all it is the closure of nothing, which breaks them.
 */
export function largestPruning(instance: Instance, requirement: Requirement): Pruning {
  const graph = linkGraph(instance);
  return graph === null ? largestOfEach(instance, requirement) : largestClosed(instance, requirement, graph);
}

function largestOfEach(instance: Instance, requirement: Requirement): Pruning {
  return {
    layers: instance.layers.map((_, l) => ({
      removedRows: Uint32Array.from({ length: requirement.ranges[l]!.maxRows }, (_, row) => row),
      removedColumns: Uint32Array.from({ length: requirement.ranges[l]!.maxColumns }, (_, column) => column),
    })),
  };
}

/**
 * Removes all lines that the minima allow to go, in blocks: a block that cannot go as a whole is halved. Every line that stays costs
 * about log(lines) closures.
 */
function largestClosed(instance: Instance, { ranges }: Requirement, graph: LinkGraph): Pruning {
  const { layers } = instance;
  let living = livingOf(instance, closure(instance, emptyPruning(instance)));
  const allows = ({ rows, columns }: Living) =>
    ranges.every(
      ({ maxRows, maxColumns }, l) => removedIn(rows[l]!) <= maxRows && removedIn(columns[l]!) <= maxColumns,
    );
  // Lines are numbered layer by layer, rows before columns.
  const sides = layers.flatMap((_, l) => [
    { l, kind: 'rows' as const },
    { l, kind: 'columns' as const },
  ]);
  const first = [0];
  for (const { l, kind } of sides) first.push(first.at(-1)! + living[kind][l]!.length);
  const tryWithout = (from: number, to: number): void => {
    const next = copyOf(living);
    let isNew = false;
    sides.forEach(({ l, kind }, k) => {
      const own = next[kind][l]!;
      const [start, end] = [Math.max(0, from - first[k]!), Math.min(own.length, to - first[k]!)];
      if (start >= end) return;
      isNew ||= own.subarray(start, end).includes(1);
      own.fill(0, start, end);
    });
    if (!isNew) return;
    closeLiving(graph, layers, next);
    if (allows(next)) living = next;
    else if (to - from > 1) {
      const middle = (from + to) >>> 1;
      tryWithout(from, middle);
      tryWithout(middle, to);
    }
  };
  if (allows(living)) tryWithout(0, first.at(-1)!);
  return pruningOf(living);
}

function removedIn(kept: Uint8Array): number {
  let removed = 0;
  for (const one of kept) removed += 1 - one;
  return removed;
}

/** One of both, not both: readers of a goal may then ask for either. */
function requireGoal(goal: Goal): void {
  const isObject = typeof goal === 'object' && goal !== null;
  const isShape = isObject && 'shape' in goal;
  if (!isObject || isShape === 'target' in goal) {
    throw new RcpruneError('goal', 'an object with a target or a shape', isShape ? 'both' : describe(goal));
  }
  if (isShape && (typeof goal.shape !== 'object' || goal.shape === null)) {
    throw new RcpruneError('shape', 'removed rows and columns', describe(goal.shape));
  }
}

function freeRange(layer: Layer): ShapeRange {
  return {
    minRows: 0,
    maxRows: layer.rows - layer.minKeptRows,
    minColumns: 0,
    maxColumns: layer.cols - layer.minKeptColumns,
  };
}

function fixedRange(instance: Instance, shape: Shape): ShapeRange {
  const layer = instance.layers[0]!;
  if (instance.links !== undefined) throw new RcpruneError('shape', 'layers without links', 'linked ones');
  if (instance.layers.length !== 1) {
    throw new RcpruneError('shape', 'an instance of one layer', `${instance.layers.length} layers`);
  }
  requireInteger('shape: removed rows', shape.rows, 0, layer.rows);
  requireInteger('shape: removed columns', shape.columns, 0, layer.cols);
  const free = freeRange(layer);
  // Minima that forbid the shape leave an empty range: infeasible (a result), not a caller's mistake.
  return {
    minRows: shape.rows,
    maxRows: Math.min(shape.rows, free.maxRows),
    minColumns: shape.columns,
    maxColumns: Math.min(shape.columns, free.maxColumns),
  };
}

/** Longest accepted decimal, so that a hostile exponent cannot ask for a huge power of ten. */
const MAX_DECIMAL_LENGTH = 60;
const DECIMAL = /^([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,2}))?$/;

/**
 * target = ceil(sparsity x units) with the sparsity read as an exact decimal: 0.07 of 100 is 7 (in floats it is 8).
 *
 * @param text a decimal from 0 to 1, such as `0.93` or `9.3e-1`, of at most 60 characters
 * @param units see {@link unitCount}
 * @throws RcpruneError on anything else
 */
export function targetOfSparsity(text: string, units: number): number {
  const match = text.length <= MAX_DECIMAL_LENGTH ? DECIMAL.exec(text) : null;
  const digits = match === null ? '' : (match[1] ?? '') + (match[2] ?? '');
  if (match === null || digits === '') throw new RcpruneError('sparsity', 'a decimal from 0 to 1', describe(text));
  // sparsity = numerator / denominator exactly; a positive exponent moves into the numerator.
  const scale = (match[2] ?? '').length - Number(match[3] ?? '0');
  const numerator = BigInt(digits) * (scale < 0 ? 10n ** BigInt(-scale) : 1n);
  const denominator = scale > 0 ? 10n ** BigInt(scale) : 1n;
  if (numerator > denominator) throw new RcpruneError('sparsity', 'a decimal from 0 to 1', describe(text));
  return Number((numerator * BigInt(units) + denominator - 1n) / denominator);
}

/**
 * The goal of removing a share of the instance's units, rounded up: see {@link targetOfSparsity}.
 *
 * @param sparsity an exact decimal: text such as `'0.93'`, or a number, which stands for the shortest decimal that reads as it
 * @throws RcpruneError when it is no decimal from 0 to 1
 */
export function sparsityGoal(instance: Instance, sparsity: string | number): Goal {
  const text: unknown = typeof sparsity === 'number' ? String(sparsity) : sparsity;
  if (typeof text !== 'string') throw new RcpruneError('sparsity', 'a decimal from 0 to 1', describe(text));
  return { target: targetOfSparsity(text, unitCount(instance)) };
}
