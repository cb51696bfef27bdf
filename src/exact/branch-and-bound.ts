import { leastChoice } from '../knapsack/least-choice.ts';
import { LEAST_EXPONENT } from '../layer/float-bits.ts';
import { keptShape, shapeCount } from '../layer/kept-shapes.ts';
import { COLUMNS, outerFirst, ROWS, type Side, shorterSide } from '../layer/side.ts';
import type { MethodContext } from '../method/context.ts';
import type { Method } from '../method/method.ts';
import { addLayerCost, exactCost, exactTotal, keptIndices } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { ExactSum } from '../problem/exact-sum.ts';
import { largestPruning, type Requirement } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import { MOST_PROOF_SHAPES } from '../problem/proof-format.ts';
import type { LayerPruning, Pruning } from '../problem/pruning.ts';
import type { Answer, StopReason } from '../problem/result.ts';
import { exactCompletion } from '../reselect/completion.ts';
import { lineBounds } from './line-bounds.ts';
import { goodPruning } from './local-search.ts';
import { boundOf, costLimit, nextCost, type RoundedLayer, roundLayer } from './rounded-layer.ts';
import { EFFORTS, type Multipliers, type SearchEnd, ShapeSearch } from './shape-search.ts';
import { type ShapeEntry, ShapeTable } from './shape-table.ts';
import { MOST_PROOF_CHARACTERS, TreeBuffer } from './tree-log.ts';

/**
 * Branch and bound: the proved optimum, shape by shape.
 *
 * Every shape of every layer has a lower bound on its least cost, at first from {@link lineBounds}. The choice of one shape
 * per layer that reaches the target at the least sum of bounds ({@link leastChoice}) bounds the optimum from below. Of its
 * shapes, one is refined: a search ({@link ShapeSearch}) finds its least cost, or proves that it is too high to be of use.
 * When the bound meets the incumbent, or all chosen shapes are known exactly, that is the optimum. Shapes that no choice
 * needs are never searched.
 *
 * Exact: searches add integers only, lower bounds are rounded down, costs of prunings are exact sums. Work counts bounds
 * computed (nodes, and iterations of their splits); at the limit the incumbent is returned with the bound reached so far.
 * The worst case is exponential in the shorter side of a layer. Memory: the layer being searched, about seven times in
 * doubles, and the tables of its split, rows x kept rows x columns.
 *
 * The construction is ours; the search is the branch and bound of A. Land, A. Doig (Econometrica 28, 1960) with the bound of
 * `block-split.ts`, and the refinement of a relaxed choice is that of a column table, as in lazy knapsacks.
 */
export const branchAndBound: Method = {
  name: 'branch-and-bound',
  summary:
    'proved optimum by branch and bound on the rows of one shape at a time, with split bounds over blocks of rows',
  proves: 'optimal, with a proof log',
  uses: ['seed', 'work', 'start', 'proof'],
  run: (instance, requirement, context) => new Refinement(instance, requirement, context).run(),
};

/**
 * A cheap proved lower bound on the optimum: the least choice of line bounds, before any search; 0 for instances with more
 * shapes than are kept.
 *
 * @param cost that of some pruning that meets the requirement; the bound is at most this
 */
export function firstBound(instance: Instance, requirement: Requirement, cost: bigint): bigint {
  if (shapeCount(requirement) > MOST_SHAPES) return 0n;
  const bound = new Refinement(instance, requirement, { seed: 1 }).firstBound(cost);
  return bound < cost ? bound : cost;
}

/** Random restarts of the local search in a shape. */
const ROUNDS = 3;
/** With one layer, all shapes get an incumbent first when that looks at no more entries than this. */
const MOST_FIRST_LOOKS = 2 ** 22;
/** Bits that the incumbent loses before the first bounds are computed again, on finer integers. */
const FINER_BITS = 8;
/** A search starts over on finer integers when its limit falls below this many units. */
const LEAST_LIMIT = 2 ** 24;
/** Shapes of all layers at most; their bounds are kept and merged in every round. */
const MOST_SHAPES = 2 ** 18;

class Refinement {
  readonly #instance: Instance;
  readonly #requirement: Requirement;
  readonly #context: MethodContext;
  readonly #tables: readonly ShapeTable[];
  readonly #workLimit: number;
  readonly #proof: ProofWriter | null;
  #incumbent: Pruning;
  #cost: bigint;
  readonly #reached: ShapeEntry['reached'][]; // of each layer, by its last search: neighbouring shapes need similar ones
  #work = 0;
  #dual = 0n;
  #roundedAt = Infinity; // bits of the incumbent's cost when the line bounds were computed

  constructor(instance: Instance, requirement: Requirement, context: MethodContext) {
    this.#instance = instance;
    this.#requirement = requirement;
    this.#context = context;
    this.#workLimit = context.workLimit ?? Infinity;
    this.#proof = context.onProof === undefined ? null : new ProofWriter(instance, context.onProof);
    this.#incumbent = context.start ?? largestPruning(instance, requirement);
    this.#cost = exactCost(instance, this.#incumbent, 0n).cost;
    this.#reached = instance.layers.map(() => null);
    const target = instance.layers.length === 1 ? requirement.target : null;
    this.#tables = instance.layers.map((layer, l) => new ShapeTable(layer, requirement.ranges[l]!, target));
    const shapes = this.#tables.reduce((sum, { entries }) => sum + entries.length, 0);
    if (shapes > MOST_SHAPES) {
      throw new RcpruneError('branch-and-bound: instance', `at most ${MOST_SHAPES} shapes in all layers`, `${shapes}`);
    }
  }

  run(): Answer {
    let stopReason: StopReason = 'complete';
    this.#boundLines();
    if (this.#tables.length === 1) this.#lookAround();
    for (;;) {
      this.#boundLines();
      const chosen = this.#choose(this.#requirement.target);
      this.#raiseDual(chosen.reduce((sum, { lower }) => sum + lower, 0n));
      if (this.#dual >= this.#cost) break;
      for (const [l, entry] of chosen.entries()) this.#look(l, entry);
      this.#offer({ layers: chosen.map(({ best }) => best!.lines) });
      if (this.#dual >= this.#cost) break;
      if (this.#work >= this.#workLimit) {
        stopReason = 'workLimit';
        break;
      }
      const l = widest(chosen);
      if (l === null) break;
      this.#refine(l, chosen[l]!);
    }
    const closed = this.#dual >= this.#cost;
    if (closed) this.#proof?.end(this.#cost);
    return { pruning: this.#incumbent, dualBound: closed ? this.#cost : this.#dual, work: this.#work, stopReason };
  }

  /** The least sum of line bounds, given the cost of an incumbent. */
  firstBound(cost: bigint): bigint {
    this.#cost = cost;
    this.#boundLines();
    return this.#choose(this.#requirement.target).reduce((sum, { lower }) => sum + lower, 0n);
  }

  /** The line bounds of all shapes, again when the incumbent has fallen so far that finer integers would hold them. */
  #boundLines(): void {
    const bits = this.#cost.toString(2).length;
    if (this.#cost === 0n || bits > this.#roundedAt - FINER_BITS) return;
    this.#roundedAt = bits;
    for (const [l, table] of this.#tables.entries()) {
      const layer = this.#instance.layers[l]!;
      const rounded = roundLayer(layer, this.#cost, ROWS);
      const kept = table.entries.map(({ removed }) => keptShape(layer, removed));
      const bounds = lineBounds(rounded, kept);
      const total = exactTotal({ layers: [layer] }); // what shapes without a kept entry cost
      const isEmpty = (e: number) => kept[e]!.keptRows === 0 || kept[e]!.keptColumns === 0;
      table.raiseAll(Array.from(bounds, (bound, e) => (isEmpty(e) ? total : boundOf(rounded, rounded.total - bound))));
      this.#proof?.lines(l, rounded.exponent, rounded.capExponent);
    }
  }

  /** One layer: a good pruning of every shape that may hold the optimum, most promising shapes first. */
  #lookAround(): void {
    const table = this.#tables[0]!;
    if (table.entries.length * this.#instance.layers[0]!.importance.length > MOST_FIRST_LOOKS) return;
    const inOrder = [...table.entries].sort((x, y) => (x.lower < y.lower ? -1 : x.lower > y.lower ? 1 : 0));
    for (const entry of inOrder) {
      if (entry.lower >= this.#cost) break;
      this.#look(0, entry);
      this.#offer({ layers: [entry.best!.lines] });
    }
  }

  /** Gives a shape a good pruning, if it has none. */
  #look(l: number, entry: ShapeEntry): void {
    if (entry.best !== null) return;
    const layer = this.#instance.layers[l]!;
    const lines = goodPruning(layer, entry.removed, ROUNDS, this.#context.seed);
    entry.best = { cost: layerCost(layer, lines), lines };
  }

  /** One shape per layer, `target` units in all, of least sum of lower bounds; layer `without` apart. */
  #choose(target: number, without = -1): ShapeEntry[] {
    const fronts = this.#tables.filter((_, l) => l !== without).map((table) => table.front());
    return leastChoice(fronts, target).map(({ entry }) => entry);
  }

  /** Searches one shape for anything of use, on finer integers where the first ones turn out too coarse. */
  #refine(l: number, entry: ShapeEntry): void {
    let limit = this.#usefulCost(l, entry);
    for (;;) {
      const attempt = this.#search(l, entry, limit);
      limit = attempt.limit;
      if (attempt.ended === 'asked' && limit > 0n) continue;
      this.#reached[l] = { multipliers: attempt.search.multipliers!, exponent: attempt.rounded.exponent };
      if (attempt.ended === 'closed' || limit === 0n) this.#close(l, entry, attempt);
      else this.#leaveOpen(l, entry, attempt);
      return;
    }
  }

  /**
   * The cost below which a pruning of this shape is of use: it then costs less than the best one of the shape that is known, and
   * little enough to beat the incumbent together with the least bounds of the other layers. In units of 2^-149; it mixes layers,
   * so it need not be a cost that this layer can have.
   */
  #usefulCost(l: number, entry: ShapeEntry): bigint {
    const others = this.#choose(Math.max(0, this.#requirement.target - entry.units), l);
    const beating = this.#cost - others.reduce((sum, { lower }) => sum + lower, 0n);
    return beating < entry.best!.cost ? beating : entry.best!.cost;
  }

  /**
   * Searches one shape for prunings that cost less than a limit, which falls with each one found.
   *
   * @param below raised to the next cost that the layer can have: a pruning costs at least the one if and only if it costs at
   *   least the other
   */
  #search(l: number, entry: ShapeEntry, below: bigint): Attempt {
    const layer = this.#instance.layers[l]!;
    const outer = shorterSide(layer);
    const rounded = roundLayer(layer, below, outer);
    const { rows, cols, total } = rounded;
    const [removedOuter, removedInner] = outerFirst(outer, entry.removed.rows, entry.removed.columns);
    let limit = nextCost(rounded, below);
    const floor = () => total - costLimit(rounded, limit); // kept values up to it cost at least the limit
    const onLeaf = (keptOuter: Uint32Array): number | null => {
      const lines = exactCompletion(layer, outer, keptIndices(rows, keptOuter), removedInner);
      const cost = layerCost(layer, lines);
      if (cost < entry.best!.cost) entry.best = { cost, lines };
      if (cost >= limit) return floor();
      limit = cost;
      if (this.#tables.length === 1) this.#offer({ layers: [lines] });
      return isTooCoarse(rounded, limit) ? null : floor();
    };
    const tree = this.#proof?.tree(cols) ?? null;
    const search = new ShapeSearch(rows, cols, rounded.values, rows - removedOuter, cols - removedInner, onLeaf, tree);
    const { ended, rootBound } = search.run(
      floor(),
      this.#workLimit - this.#work,
      EFFORTS[entry.effort]!,
      inUnits(entry.reached ?? this.#reached[l]!, rounded.exponent),
    );
    this.#work += search.work;
    return { outer, rounded, search, tree, ended, rootBound, limit };
  }

  /** A search proved that the shape costs at least the limit: the bound rises, and the proof is written. */
  #close(l: number, entry: ShapeEntry, { outer, rounded, search, tree, limit }: Attempt): void {
    this.#tables[l]!.raise(entry, limit);
    entry.reached = null;
    if (limit === 0n) return;
    const { rows, columns } = entry.removed;
    const { exponent, capExponent } = rounded;
    const order = Array.from(search.order);
    const transposed = outer === COLUMNS;
    const header = { layer: l, rows, columns, bound: `${limit}`, transposed, exponent, capExponent, order };
    this.#proof?.shape(header, tree!);
  }

  /** A search ended before it proved anything but the bound of its root: the next one is to try harder. */
  #leaveOpen(l: number, entry: ShapeEntry, { rounded, rootBound, ended }: Attempt): void {
    const bound = boundOf(rounded, rounded.total - rootBound);
    if (bound > entry.lower) this.#tables[l]!.raise(entry, bound);
    entry.reached = this.#reached[l]!;
    if (ended === 'large') entry.effort = Infinity;
    else if (entry.effort < EFFORTS.length - 1) entry.effort++;
  }

  #offer(pruning: Pruning): void {
    const { cost } = exactCost(this.#instance, pruning, 0n);
    if (cost >= this.#cost) return;
    this.#cost = cost;
    this.#incumbent = pruning;
    this.#context.onIncumbent?.(pruning, this.#work);
  }

  #raiseDual(bound: bigint): void {
    if (bound <= this.#dual) return;
    this.#dual = bound;
    this.#context.onBound?.(bound < this.#cost ? bound : this.#cost, this.#work);
  }
}

/** One search of a shape. */
interface Attempt extends SearchEnd {
  /** The side whose lines are decided one by one. */
  readonly outer: Side;
  readonly rounded: RoundedLayer;
  readonly search: ShapeSearch;
  readonly tree: TreeBuffer | null;
  /** Of what it looked for: prunings that cost less. In units of 2^-149. */
  readonly limit: bigint;
}

/** Whether a limit has fallen so far that the search is to start over on finer integers, if there are any. */
function isTooCoarse(rounded: RoundedLayer, limit: bigint): boolean {
  return limit > 0n && costLimit(rounded, limit) < LEAST_LIMIT && rounded.exponent > LEAST_EXPONENT;
}

/** The chosen shape that is known least well; null when nothing more can be found out. */
function widest(chosen: readonly ShapeEntry[]): number | null {
  let most = 0n;
  let found: number | null = null;
  for (const [l, { best, lower, effort }] of chosen.entries()) {
    if (effort === Infinity || best!.cost - lower <= most) continue;
    most = best!.cost - lower;
    found = l;
  }
  return found;
}

/** The multipliers that the last search of a shape reached, in units of 2^exponent. */
function inUnits(reached: ShapeEntry['reached'], exponent: number): Multipliers | null {
  if (reached === null) return null;
  const factor = 2 ** (reached.exponent - exponent);
  const scaled = (values: Float64Array) => values.map((value) => Math.round(value * factor));
  return { share: scaled(reached.multipliers.share), copies: scaled(reached.multipliers.copies) };
}

function layerCost(layer: Layer, lines: LayerPruning): bigint {
  const sum = new ExactSum();
  addLayerCost(sum, layer, lines);
  return sum.value();
}

/** Writes a proof as text, line by line, while there is room; see src/certify/proof-log.ts. */
class ProofWriter {
  readonly #write: (text: string | null) => void;
  #left = MOST_PROOF_CHARACTERS;
  #isWhole: boolean;

  constructor(instance: Instance, write: (text: string | null) => void) {
    this.#write = write;
    const shapes = instance.layers.reduce((sum, { rows, cols }) => sum + (rows + 1) * (cols + 1), 0);
    this.#isWhole = shapes <= MOST_PROOF_SHAPES;
    this.#write(`${JSON.stringify({ format: 'rcprune-proof', version: 1, instanceHash: instanceHash(instance) })}\n`);
  }

  tree(cols: number): TreeBuffer {
    return new TreeBuffer(cols, this.#left);
  }

  lines(layer: number, exponent: number, capExponent: number): void {
    this.#write(`${JSON.stringify({ lines: layer, exponent, capExponent })}\n`);
  }

  shape(header: object, tree: TreeBuffer): void {
    this.#left -= tree.size;
    if (tree.isOverflown) this.#isWhole = false;
    if (!this.#isWhole) return;
    this.#write(`${JSON.stringify(header)}\n`);
    for (const line of tree.lines()) this.#write(`${line}\n`);
  }

  end(optimum: bigint): void {
    this.#write(this.#isWhole ? `${JSON.stringify({ optimum: `${optimum}` })}\n` : null);
  }
}
