import { descending, sumOfLargest } from '../layer/largest.ts';
import { type BlockSplit, blockSizes, MOST_IN_BLOCK, SplitOptimiser, SplitTables } from './block-split.ts';

/*
 * The search of one shape by branch and bound. When it ends `closed`, every node was closed by a bound at most the
 * floor, or led to leaves that were priced exactly. A node costs O(columns); the number of nodes is exponential at worst and limited by budgets.
 */

/** What a search writes down so that a checker can replay it: nodes in preorder, the kept child first. */
export interface TreeLog {
  /** A new split for the subtree that follows; written before its first node. */
  split(split: BlockSplit): void;
  /** The next row of the order is kept in the first child and dropped in the second. */
  branch(): void;
  /** A leaf: the split's bound closes it, or (all rows decided) the exact cost does. */
  close(exact: boolean): void;
  /** Everything written after the mark is taken back. */
  mark(): number;
  rewind(mark: number): void;
}

/** What came out of a search. */
export interface SearchEnd {
  /**
   * closed: nothing keeps more than the floor any more. open: more effort is needed. work: the limit was reached. asked: a
   * leaf asked to stop. large: the tables would not fit {@link MOST_TABLE_ENTRIES}, so only the root was bounded.
   */
  readonly ended: 'closed' | 'open' | 'work' | 'asked' | 'large';
  /** No block of the shape keeps more than this, whatever came of the search. */
  readonly rootBound: number;
}

/** A split's matrices, rows in the order of the search. */
export interface Multipliers {
  readonly share: Float64Array;
  readonly copies: Float64Array;
}

/** A leaf of a search: told which rows are kept, answers with the kept value that has now to be exceeded. */
export type OnLeaf = (keptRows: Uint32Array) => number | null;

/**
 * Depth-first search over the kept rows of one shape: every row, in a fixed order, is kept or dropped; a node's bound is
 * that of the block split ({@link SplitTables}) over the sums of the rows kept so far.
 *
 * The split is optimised at the root, and again at every node whose subtree turns out larger than its budget: such a subtree
 * is left, its two children get splits of their own. A node costs one pass over the columns, twice: a bound with the
 * threshold that was right when this depth and count were last looked at, and, where this fails, the exact one.
 *
 * All sums are exact integers (see {@link RoundedLayer}), so a bound at most `floor` closes a node without any margin.
 */
export class ShapeSearch {
  readonly #rows: number;
  readonly #cols: number;
  readonly #a: number; // rows to keep
  readonly #b: number; // columns to keep
  readonly #values: Float64Array; // row-major, rows in the order of the search
  readonly #sums: Float64Array; // [a + 1, cols], row k: sums over the first k kept rows
  readonly #thresholds: Float64Array; // [rows + 1, a + 1], the b-th largest when (depth, p) was last selected
  readonly #slack: Float64Array; // likewise, the most that the quick bound was above the exact one
  readonly #visits: Uint32Array; // likewise, how often the quick bound did not close a node
  readonly #scratch: Float64Array;
  readonly #kept: Uint32Array; // depths of the rows kept so far
  readonly #optimiser: SplitOptimiser;
  readonly #tables: SplitTables;
  readonly #onLeaf: OnLeaf;
  readonly #log: TreeLog | null;
  #floor = 0;
  #stopped: 'open' | 'work' | 'asked' | null = null;
  #rootBound = Infinity;
  #budget = 0;
  #deeper: readonly Stage[] | null = null;
  #limit = 0;
  /** Bounds computed: nodes, and iterations of the splits. */
  work = 0;
  /** Those of the root, when the search has ended. */
  multipliers: Multipliers | null = null;
  /** order[d] = the row decided at depth d. */
  readonly order: Uint32Array;

  constructor(
    rows: number,
    cols: number,
    values: Float64Array,
    a: number,
    b: number,
    onLeaf: OnLeaf,
    log: TreeLog | null,
  ) {
    this.#rows = rows;
    this.#cols = cols;
    this.#a = a;
    this.#b = b;
    this.#onLeaf = onLeaf;
    this.#log = log;
    this.order = heavyRowsFirst(rows, cols, values);
    this.#values = new Float64Array(rows * cols);
    for (let d = 0; d < rows; d++) {
      const row = this.order[d]!;
      this.#values.set(values.subarray(row * cols, (row + 1) * cols), d * cols);
    }
    this.#sums = new Float64Array((a + 1) * cols);
    this.#thresholds = new Float64Array((rows + 1) * (a + 1));
    this.#slack = new Float64Array(this.#thresholds.length);
    this.#visits = new Uint32Array(this.#thresholds.length);
    this.#scratch = new Float64Array(cols);
    this.#kept = new Uint32Array(a);
    this.#optimiser = new SplitOptimiser(rows, cols, this.#values);
    this.#tables = new SplitTables(cols, this.#values);
  }

  /**
   * Searches for blocks that keep more than `floor`.
   *
   * @param limit bounds to compute at most
   * @param effort how hard to try, see {@link EFFORTS}
   * @param from multipliers to start from, those of an earlier search of the shape
   */
  run(floor: number, limit: number, effort: Effort, from: Multipliers | null = null): SearchEnd {
    this.#floor = floor;
    this.#limit = limit;
    this.#deeper = effort.deeper;
    const { stages } = effort;
    const share = from?.share.slice() ?? this.#values.map((value) => Math.floor(value / 2));
    const copies = from?.copies.slice() ?? new Float64Array(share.length);
    this.multipliers = { share, copies };
    if ((this.#rows + 1) * (this.#a + 1) * this.#cols > MOST_TABLE_ENTRIES) {
      const split: BlockSplit = { first: 0, blocks: this.#blocks(0, stages[0]!), grain: 1, share, copies };
      const rootBound = this.#prepare(split, this.#a, 0, stages[0]!, true);
      this.#log?.split(split);
      this.#log?.close(false);
      return { ended: rootBound <= floor ? 'closed' : 'large', rootBound };
    }
    this.#rootBound = Infinity;
    if (this.#a === this.#rows) {
      // Nothing to decide: one leaf.
      const split: BlockSplit = { first: 0, blocks: this.#blocks(0, stages[0]!), grain: 1, share, copies };
      this.#rootBound = this.#prepare(split, this.#a, 0, { ...stages[0]!, iterations: 0 }, true);
      this.#log?.split(split);
      if (this.#rootBound <= floor) this.#log?.close(false);
      else this.#leaf(0, this.#a, 0);
      return { ended: this.#stopped ?? 'closed', rootBound: this.#rootBound };
    }
    this.#solve(0, this.#a, 0, share, copies, stages);
    return { ended: this.#stopped ?? 'closed', rootBound: this.#rootBound };
  }

  /** Closes the subtree below an undecided node whose k kept rows are summed in row k; p rows are still to be kept. */
  #solve(
    depth: number,
    p: number,
    k: number,
    share: Float64Array,
    copies: Float64Array,
    stages: readonly Stage[],
  ): void {
    const log = this.#log;
    const mark = log?.mark() ?? 0;
    let begun = mark;
    for (const stage of stages) {
      log?.rewind(mark);
      const split = { first: depth, blocks: this.#blocks(depth, stage), grain: 1, share, copies };
      const bound = this.#prepare(split, p, k, stage, false);
      if (depth === 0) this.#rootBound = Math.min(this.#rootBound, bound);
      log?.split(split);
      begun = log?.mark() ?? 0;
      if (bound <= this.#floor) {
        log?.close(false);
        return;
      }
      this.#budget = this.work + stage.nodes;
      if (this.#descend(depth, p, k) || this.#stopped !== null) return;
    }
    if (this.#deeper === null) {
      this.#stopped = 'open';
      return;
    }
    // Too large for one split: the children that this one does not close get their own.
    log?.rewind(begun);
    log?.branch();
    const keepIsOpen = this.#keepBound(depth, p, k) > this.#floor;
    const dropIsOpen = this.#bound(depth + 1, p, k) > this.#floor;
    if (keepIsOpen) {
      this.#kept[k] = depth;
      this.#child(depth + 1, p - 1, k + 1, share, copies);
    } else log?.close(false);
    if (this.#stopped !== null) return;
    if (dropIsOpen) this.#child(depth + 1, p, k, share, copies);
    else log?.close(false);
  }

  #child(depth: number, p: number, k: number, share: Float64Array, copies: Float64Array): void {
    if (p === 0 || p === this.#rows - depth) this.#leaf(depth, p, k);
    else this.#solve(depth, p, k, share.slice(), copies.slice(), this.#deeper!);
  }

  /** Improves a split and fills its tables. @returns its bound at its own root */
  #prepare(split: BlockSplit, p: number, k: number, stage: Stage, onlyRoot: boolean): number {
    const iterations = Math.max(0, Math.min(stage.iterations, this.#limit - this.work));
    this.work += this.#optimiser.optimise(split, this.#sums, k * this.#cols, p, this.#b, this.#floor, iterations);
    this.#tables.fill(split, this.#rows, p, this.#b, true);
    this.work++;
    const slot = this.#tables.slot(split.first, p);
    const remembered = split.first * (this.#a + 1) + p;
    const bound = this.#select(k * this.#cols, slot * this.#cols, remembered) + this.#tables.rowPart[slot]!;
    if (bound > this.#floor && !onlyRoot) this.#tables.fill(split, this.#rows, p, this.#b, false);
    return bound;
  }

  #blocks(depth: number, stage: Stage): number[] {
    const count = this.#rows - depth;
    const subsets = stage.effort / Math.min(this.#cols, FULL_WIDTH);
    let most = 1;
    while (most < MOST_IN_BLOCK && Math.ceil(count / (most + 1)) * 2 ** (most + 1) <= subsets) most++;
    return blockSizes(count, most);
  }

  /**
   * Closes the subtree below an undecided node with the tables as they are.
   *
   * @returns false when the budget is spent, or the search is to stop
   */
  #descend(depth: number, p: number, k: number): boolean {
    if (this.work >= this.#budget) return false;
    if (this.work >= this.#limit) {
      this.#stopped = 'work';
      return false;
    }
    this.#log?.branch();
    const left = this.#rows - depth - 1;
    if (this.#keepBound(depth, p, k) <= this.#floor) this.#log?.close(false);
    else {
      this.#kept[k] = depth;
      if (p === 1 || p - 1 === left) this.#leaf(depth + 1, p - 1, k + 1);
      else if (!this.#descend(depth + 1, p - 1, k + 1)) return false;
    }
    if (this.#stopped !== null) return false;
    if (this.#bound(depth + 1, p, k) <= this.#floor) this.#log?.close(false);
    else if (p === left) this.#leaf(depth + 1, p, k);
    else return this.#descend(depth + 1, p, k);
    return this.#stopped === null;
  }

  /** All rows are decided: k are kept, and all p that are left. */
  #leaf(depth: number, p: number, k: number): void {
    for (let t = 0; t < p; t++) this.#kept[k + t] = depth + t;
    const floor = this.#onLeaf(this.#kept.map((d) => this.order[d]!));
    if (floor === null) this.#stopped = 'asked';
    else this.#floor = floor;
    this.#log?.close(true);
  }

  /** The bound after keeping row `depth` too; leaves the sums in row k + 1. */
  #keepBound(depth: number, p: number, k: number): number {
    this.work++;
    const cols = this.#cols;
    const sums = this.#sums;
    const values = this.#values;
    const part = this.#tables.columnPart;
    const slot = this.#tables.slot(depth + 1, p - 1);
    const place = slot * cols;
    const remembered = (depth + 1) * (this.#a + 1) + p - 1;
    const threshold = this.#thresholds[remembered]!;
    const row = depth * cols;
    const at = k * cols;
    const next = at + cols;
    let above = 0;
    for (let j = 0; j < cols; j++) {
      const sum = sums[at + j]! + values[row + j]!;
      sums[next + j] = sum;
      const excess = sum + part[place + j]! - threshold;
      above += Math.abs(excess) + excess;
    }
    const rowPart = this.#tables.rowPart[slot]!;
    const quick = this.#b * threshold + above / 2 + rowPart;
    return quick <= this.#floor ? quick : this.#settle(quick, rowPart, next, place, remembered);
  }

  /** The bound with p rows to be kept from `depth` on, over the sums in row k. */
  #bound(depth: number, p: number, k: number): number {
    this.work++;
    const cols = this.#cols;
    const sums = this.#sums;
    const part = this.#tables.columnPart;
    const slot = this.#tables.slot(depth, p);
    const place = slot * cols;
    const remembered = depth * (this.#a + 1) + p;
    const threshold = this.#thresholds[remembered]!;
    const at = k * cols;
    let above = 0;
    for (let j = 0; j < cols; j++) {
      const excess = sums[at + j]! + part[place + j]! - threshold;
      above += Math.abs(excess) + excess;
    }
    const rowPart = this.#tables.rowPart[slot]!;
    // b x threshold + what exceeds it is at least the sum of the b largest, whatever the threshold.
    const quick = this.#b * threshold + above / 2 + rowPart;
    return quick <= this.#floor ? quick : this.#settle(quick, rowPart, at, place, remembered);
  }

  /**
   * The bound where the quick one is above the floor: exact, unless it is so far above that experience leaves no hope. A
   * node that is open by the quick bound stays open by the exact one in all but few cases, which cost a few nodes more.
   */
  #settle(quick: number, rowPart: number, at: number, place: number, remembered: number): number {
    const visits = this.#visits[remembered]!;
    this.#visits[remembered] = visits + 1;
    const isKnown = visits > LEARNING_VISITS && visits % REFRESHED_EVERY !== 0;
    if (isKnown && quick - this.#floor > this.#slack[remembered]!) return quick;
    const exact = this.#select(at, place, remembered) + rowPart;
    // The first threshold is a guess; what it overestimates says nothing about the next ones.
    if (visits > 0) this.#slack[remembered] = Math.max(this.#slack[remembered]!, quick - exact);
    return exact;
  }

  /** The b largest columns exactly; remembers the threshold. */
  #select(at: number, place: number, remembered: number): number {
    const cols = this.#cols;
    const sums = this.#sums;
    const part = this.#tables.columnPart;
    const scratch = this.#scratch;
    for (let j = 0; j < cols; j++) scratch[j] = sums[at + j]! + part[place + j]!;
    const sum = sumOfLargest(scratch, cols, this.#b);
    this.#thresholds[remembered] = scratch[this.#b - 1]!;
    return sum;
  }
}

/**
 * How hard to try with one split before the next: entries looked at in an iteration, iterations, nodes. Columns beyond
 * {@link FULL_WIDTH} do not count: a node costs a pass over the columns too, so wide layers get the same blocks of rows.
 */
export interface Stage {
  readonly effort: number;
  readonly iterations: number;
  readonly nodes: number;
}

/** The splits tried at the root, and those of subtrees that none of them closes; null: the search is then left open. */
export interface Effort {
  readonly stages: readonly Stage[];
  readonly deeper: readonly Stage[] | null;
}

/** Columns that count towards the effort of a {@link Stage}; the stages were tuned on layers of this many. */
const FULL_WIDTH = 40;
const SMALL: Stage = { effort: 2 ** 10, iterations: 15, nodes: 800 };
const QUICK: Stage = { effort: 2 ** 12, iterations: 30, nodes: 3000 };
const CAREFUL: Stage = { effort: 2 ** 15, iterations: 80, nodes: 40_000 };
const THOROUGH: Stage = { effort: 2 ** 18, iterations: 300, nodes: 300_000 };

/**
 * Most shapes are closed by little. What is left is bounded well before any long search begins, so that long searches start
 * with the most promising shape and an interrupted run knows a good bound. Tuned on half-normal 40 x 40.
 */
export const EFFORTS: readonly Effort[] = [
  { stages: [SMALL, QUICK, CAREFUL], deeper: null },
  { stages: [THOROUGH], deeper: null },
  {
    stages: [{ ...THOROUGH, iterations: 100, nodes: 4_000_000 }],
    deeper: [{ effort: 2 ** 16, iterations: 100, nodes: 30_000 }],
  },
];

/** Visits of a depth and count before their slack is trusted, and how often it is looked at again. */
const LEARNING_VISITS = 16;
const REFRESHED_EVERY = 32;

/** Most numbers in the tables of a split, 64 MiB. A larger layer is bounded at its root and not searched. */
const MOST_TABLE_ENTRIES = 2 ** 23;

/** Rows by their sum of squares, largest first, ties by index: what they decide, they decide early. */
function heavyRowsFirst(rows: number, cols: number, values: Float64Array): Uint32Array {
  const weight = new Float64Array(rows);
  for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < cols; j++, k++) weight[i]! += values[k]! ** 2;
  return descending(weight);
}
