import { lowestSetBit } from '../layer/float-bits.ts';
import { sumOfLargest, tiesAmongLargest } from '../layer/largest.ts';

/*
 * The block split: an upper bound on what rows from `first` on and all columns can still keep.
 *
 * A search has decided the rows before `first`; s_j is the sum of the kept ones of them in column j. Of the rows U from
 * `first` on, p are kept, and b columns in all. For any matrices T (*share*) and B (*copies*), and any rows I of U, columns J:
 *
 *   s(J) + W(I, J) = sum over rows i of U  [ (B_i + (i in I) (W - T)_i)(J) ]  +  sum over j of J  [ s_j + T_j(I) - B_j(U) ]
 *
 * which is an identity. Bounding each bracket by its own best choice gives a bound that is cheap to evaluate. On the left,
 * rows are taken together in *blocks*: all subsets of a block are tried, each with the b columns best for it, and a
 * knapsack over the blocks picks p rows in all; on the right every column picks its own p rows, and the b best columns win.
 *
 * With single rows and B = 0 this is the split bound (rows: T = 0, columns: T = W), whose best value is a linear program;
 * B adds its inequalities x_i + y_j <= 1 + z_ij, blocks close most of what is then left. Measured: half-normal 24 x 24, 12
 * rows and columns kept, bound over optimum: 1.18 without blocks, 1.05 with blocks of 4, 1.026 with blocks of 6. With B
 * against without it, 18 x 16 kept: 1.10 to 1.02. Our construction; it is a Lagrangian decomposition (M. Guignard, S. Kim,
 * Mathematical Programming 39, 1987), T and B being the multipliers of the copies of entries and columns.
 */

/** Most rows of a block: its subsets are counted in a loop. */
export const MOST_IN_BLOCK = 10;
const BLOCK_STRIDE = MOST_IN_BLOCK + 1;

/** Sizes of the blocks that rows first..rows-1 fall into, at most `most` rows each, as even as can be. */
export function blockSizes(count: number, most: number): number[] {
  const blocks = Math.ceil(count / most);
  return Array.from(
    { length: blocks },
    (_, g) => Math.floor(((g + 1) * count) / blocks) - Math.floor((g * count) / blocks),
  );
}

/** The multipliers of one subtree. {@link SplitOptimiser.optimise} leaves them multiples of `grain`, an integer. */
export interface BlockSplit {
  readonly first: number;
  readonly blocks: readonly number[];
  grain: number;
  readonly share: Float64Array; // T, row-major [rows, cols]; rows from `first` on count
  readonly copies: Float64Array; // B, likewise
}

/**
 * What the subsets of a block's rows offer: the sum of their rows of W - T and of the whole block's B, of which b columns are
 * taken. All subsets are visited in Gray-code order, one row entering or leaving at a time.
 */
class BlockSubsets {
  /** W - T, row-major. */
  readonly rest: Float64Array;
  readonly #cols: number;
  readonly #vector: Float64Array; // [cols], what the subset at hand offers in every column
  readonly #scratch: Float64Array; // [cols]
  #thresholds = new Float64Array(0); // one per block and subset: the b-th largest offer when last looked at

  constructor(rows: number, cols: number) {
    this.#cols = cols;
    this.rest = new Float64Array(rows * cols);
    this.#vector = new Float64Array(cols);
    this.#scratch = new Float64Array(cols);
  }

  /** Forgets what earlier visits learnt, and makes room for so many thresholds. */
  restart(subsets: number): void {
    if (this.#thresholds.length < subsets) this.#thresholds = new Float64Array(subsets);
    this.#thresholds.fill(0, 0, subsets);
  }

  /**
   * Finds the most that q rows of a block offer, for every q <= p, and a subset that does.
   *
   * A subset is skipped where b x threshold + what exceeds the threshold, which is at least the b largest whatever the
   * threshold, shows that it is not the best of its size: nearly always, with the threshold of an earlier visit.
   *
   * @param row the block's first row; @param size its rows
   * @param slot place of its first threshold
   * @param best written at places `at` to `at + size`; @param attained likewise
   */
  visit(
    row: number,
    size: number,
    copies: Float64Array,
    p: number,
    b: number,
    slot: number,
    best: Float64Array,
    attained: Int32Array,
    at: number,
  ): void {
    const cols = this.#cols;
    const vector = this.#vector;
    const scratch = this.#scratch;
    const thresholds = this.#thresholds;
    best.fill(-Infinity, at, at + size + 1);
    vector.fill(0);
    for (let i = row; i < row + size; i++) for (let j = 0, k = i * cols; j < cols; j++, k++) vector[j]! += copies[k]!;
    let subset = 0;
    let count = 0;
    for (let visited = 0; visited < 1 << size; visited++) {
      const threshold = thresholds[slot + visited]!;
      let above = Infinity;
      if (visited > 0) {
        const t = lowestSetBit(visited);
        const isIn = (subset >>> t) & 1;
        subset ^= 1 << t;
        count += isIn ? -1 : 1;
        above = this.#toggle(row + t, isIn === 0, threshold);
      }
      if (count > p || b * threshold + above / 2 <= best[at + count]!) continue;
      scratch.set(vector);
      const sum = sumOfLargest(scratch, cols, b);
      thresholds[slot + visited] = scratch[b - 1]!;
      if (sum > best[at + count]!) {
        best[at + count] = sum;
        attained[at + count] = subset;
      }
    }
  }

  /** Adds a row to the offer, or takes it away. @returns twice what then exceeds the threshold in all columns */
  #toggle(row: number, enters: boolean, threshold: number): number {
    const cols = this.#cols;
    const rest = this.rest;
    const vector = this.#vector;
    const base = row * cols;
    let above = 0;
    if (enters) {
      for (let j = 0; j < cols; j++) {
        const offer = vector[j]! + rest[base + j]!;
        vector[j] = offer;
        const excess = offer - threshold;
        above += Math.abs(excess) + excess;
      }
    } else {
      for (let j = 0; j < cols; j++) {
        const offer = vector[j]! - rest[base + j]!;
        vector[j] = offer;
        const excess = offer - threshold;
        above += Math.abs(excess) + excess;
      }
    }
    return above;
  }
}

/** Finds good multipliers by a subgradient method; all its own arithmetic is rounded, nothing relies on its figures. */
export class SplitOptimiser {
  readonly #rows: number;
  readonly #cols: number;
  readonly #values: Float64Array;
  readonly #subsets: BlockSubsets;
  readonly #shareStep: Float64Array; // direction of T
  readonly #copiesStep: Float64Array;
  readonly #bestShare: Float64Array;
  readonly #bestCopies: Float64Array;
  readonly #vector: Float64Array; // [cols], what a block's subset offers in every column
  readonly #scratch: Float64Array;
  readonly #columnValue: Float64Array;
  readonly #rowScratch: Float64Array;
  readonly #best: Float64Array; // best[g x BLOCK_STRIDE + q] = the most that q rows of block g offer
  readonly #attained: Int32Array; // by which subset
  readonly #counts: Int32Array; // rows taken of every block

  constructor(rows: number, cols: number, values: Float64Array) {
    this.#rows = rows;
    this.#cols = cols;
    this.#values = values;
    const entries = rows * cols;
    this.#subsets = new BlockSubsets(rows, cols);
    this.#shareStep = new Float64Array(entries);
    this.#copiesStep = new Float64Array(entries);
    this.#bestShare = new Float64Array(entries);
    this.#bestCopies = new Float64Array(entries);
    this.#vector = new Float64Array(cols);
    this.#scratch = new Float64Array(Math.max(rows, cols));
    this.#columnValue = new Float64Array(cols);
    this.#rowScratch = new Float64Array(rows);
    this.#best = new Float64Array(rows * BLOCK_STRIDE);
    this.#attained = new Int32Array(rows * BLOCK_STRIDE);
    this.#counts = new Int32Array(rows);
  }

  /**
   * Lowers the bound of p rows from `first` on and b columns, sums s, from the multipliers given, for some iterations or
   * until it is at most `goal`.
   *
   * Steps are Polyak's towards a value below `goal`, so that the bound can pass it; directions are averaged with the
   * previous ones. An iteration takes O(2^block cols blocks + rows cols) time. The multipliers end as those of the least
   * bound, rounded to few bits; as zeros where sums of them might not be exact.
   *
   * @param sums holds s at places `at` to `at + cols - 1`
   * @returns the number of iterations done
   */
  optimise(
    split: BlockSplit,
    sums: Float64Array,
    at: number,
    p: number,
    b: number,
    goal: number,
    iterations: number,
  ): number {
    const { first, blocks, share, copies } = split;
    const rows = this.#rows;
    const cols = this.#cols;
    const values = this.#values;
    const { rest } = this.#subsets;
    const from = first * cols;
    const to = rows * cols;
    const shareStep = this.#shareStep.fill(0, from, to);
    const copiesStep = this.#copiesStep.fill(0, from, to);
    this.#subsets.restart(blocks.reduce((sum, size) => sum + 2 ** size, 0));
    let least = Infinity;
    let pace = 1;
    let stalled = 0;
    let beyond = 0;
    let iteration = 0;
    for (; ; iteration++) {
      for (let k = from; k < to; k++) rest[k] = values[k]! - share[k]!;
      for (let k = from; k < to; k++) {
        shareStep[k]! *= AVERAGING;
        copiesStep[k]! *= AVERAGING;
      }
      const bound = this.#rowSide(split, p, b) + this.#columnSide(split, sums, at, p, b);
      if (iteration === 0) beyond = BEYOND * (bound - goal);
      if (bound < least) {
        stalled = bound < least - (least - goal) * 1e-3 ? 0 : stalled + 1;
        least = bound;
        this.#bestShare.set(share.subarray(from, to), from);
        this.#bestCopies.set(copies.subarray(from, to), from);
      } else stalled++;
      if (least <= goal || iteration >= iterations) break;
      if (stalled > STALLED) {
        pace *= 0.7;
        stalled = 0;
      }
      let norm = 0;
      for (let k = from; k < to; k++) norm += shareStep[k]! ** 2 + copiesStep[k]! ** 2;
      if (norm === 0) break;
      const length = (pace * (bound - goal + beyond)) / norm;
      for (let k = from; k < to; k++) {
        share[k]! -= length * shareStep[k]!;
        copies[k]! -= length * copiesStep[k]!;
      }
    }
    this.#roundBest(split);
    this.#keepExact(split);
    return iteration;
  }

  /** Writes the best multipliers into the split, rounded to few bits. */
  #roundBest(split: BlockSplit): void {
    const { share, copies } = split;
    const bestShare = this.#bestShare;
    const bestCopies = this.#bestCopies;
    const from = split.first * this.#cols;
    let greatest = 0;
    for (let k = from; k < share.length; k++) {
      greatest = Math.max(greatest, Math.abs(bestShare[k]!), Math.abs(bestCopies[k]!));
    }
    // So many bits are all that the bound needs, and a third of what a proof would have to write down.
    split.grain = 2 ** Math.max(0, Math.ceil(Math.log2(greatest + 1)) - MULTIPLIER_BITS);
    for (let k = from; k < share.length; k++) {
      share[k] = Math.round(bestShare[k]! / split.grain) * split.grain;
      copies[k] = Math.round(bestCopies[k]! / split.grain) * split.grain;
    }
  }

  /** Takes no share and no copies where the tables' sums, or a column's threshold times their number, could be rounded. */
  #keepExact(split: BlockSplit): void {
    const { first, share, copies } = split;
    const cols = this.#cols;
    let greatest = 0;
    for (let j = 0; j < cols; j++) {
      let sum = 0;
      for (let k = j; k < share.length; k += cols) sum += this.#values[k]!;
      for (let k = first * cols + j; k < share.length; k += cols) {
        sum += Math.abs(share[k]!) + Math.abs(copies[k]!) + Math.abs(this.#values[k]! - share[k]!);
      }
      greatest = Math.max(greatest, sum);
    }
    if (greatest * cols < MOST_SUM) return;
    share.fill(0);
    copies.fill(0);
    split.grain = 1; // that of what was too great may be more than a proof log may state
  }

  /** The left side's best choice: its value, its part added to the directions. */
  #rowSide(split: BlockSplit, p: number, b: number): number {
    this.#tryBlocks(split, p, b);
    const value = this.#shareOut(split.blocks, p);
    this.#addBlocks(split, b);
    return value;
  }

  /** What every number of rows of every block offers at best, in #best, and the subset that does, in #attained. */
  #tryBlocks({ first, blocks, copies }: BlockSplit, p: number, b: number): void {
    let row = first;
    let slot = 0;
    for (const [g, size] of blocks.entries()) {
      this.#subsets.visit(row, size, copies, p, b, slot, this.#best, this.#attained, g * BLOCK_STRIDE);
      row += size;
      slot += 2 ** size;
    }
  }

  /** Adds the b best columns of the chosen subset of every block to the directions. */
  #addBlocks({ first, blocks, copies }: BlockSplit, b: number): void {
    const cols = this.#cols;
    const { rest } = this.#subsets;
    const vector = this.#vector;
    const scratch = this.#scratch;
    for (let g = 0, row = first; g < blocks.length; row += blocks[g]!, g++) {
      const size = blocks[g]!;
      const subset = this.#attained[g * BLOCK_STRIDE + this.#counts[g]!]!;
      vector.fill(0);
      for (let t = 0; t < size; t++) {
        const base = (row + t) * cols;
        if ((subset >>> t) & 1) for (let j = 0; j < cols; j++) vector[j]! += copies[base + j]! + rest[base + j]!;
        else for (let j = 0; j < cols; j++) vector[j]! += copies[base + j]!;
      }
      scratch.set(vector);
      sumOfLargest(scratch, cols, b);
      const threshold = scratch[b - 1]!;
      let ties = tiesAmongLargest(vector, 0, 1, cols, threshold, b);
      for (let j = 0; j < cols; j++) {
        if (vector[j]! < threshold || (vector[j] === threshold && ties-- <= 0)) continue;
        for (let t = 0, k = row * cols + j; t < size; t++, k += cols) {
          this.#copiesStep[k]! += 1;
          if ((subset >>> t) & 1) this.#shareStep[k]! -= 1;
        }
      }
    }
  }

  /** The best way to take p rows in all from the blocks, by #best: a knapsack; leaves the numbers in #counts. */
  #shareOut(blocks: readonly number[], p: number): number {
    const bestOf = blocks.map((size, g) => this.#best.subarray(g * BLOCK_STRIDE, g * BLOCK_STRIDE + size + 1));
    const most = [new Float64Array(p + 1).fill(-Infinity)]; // most[g][q] = q rows of the first g blocks
    most[0]![0] = 0;
    for (const [g, best] of bestOf.entries()) most.push(joinedCounts(most[g]!, best, p));
    let left = p;
    for (let g = blocks.length - 1; g >= 0; g--) {
      let q = Math.min(blocks[g]!, left);
      while (most[g]![left - q]! + bestOf[g]![q]! !== most[g + 1]![left]) q--;
      this.#counts[g] = q;
      left -= q;
    }
    return most[blocks.length]![p]!;
  }

  /** The right side's best choice: its value, its part added to the directions. */
  #columnSide({ first, share, copies }: BlockSplit, sums: Float64Array, at: number, p: number, b: number): number {
    const rows = this.#rows;
    const cols = this.#cols;
    const columnValue = this.#columnValue;
    const own = this.#rowScratch;
    const length = rows - first;
    for (let j = 0; j < cols; j++) {
      let sum = sums[at + j]!;
      for (let i = 0, k = first * cols + j; i < length; i++, k += cols) {
        own[i] = share[k]!;
        sum -= copies[k]!;
      }
      columnValue[j] = sum + sumOfLargest(own, length, p);
      this.#vector[j] = p > 0 ? own[p - 1]! : Infinity;
    }
    const scratch = this.#scratch;
    scratch.set(columnValue);
    const value = sumOfLargest(scratch, cols, b);
    const threshold = scratch[b - 1]!;
    let ties = tiesAmongLargest(columnValue, 0, 1, cols, threshold, b);
    for (let j = 0; j < cols; j++) {
      if (columnValue[j]! < threshold || (columnValue[j] === threshold && ties-- <= 0)) continue;
      const rowThreshold = this.#vector[j]!;
      let rowTies = tiesAmongLargest(share, first * cols + j, cols, length, rowThreshold, p);
      for (let i = 0, k = first * cols + j; i < length; i++, k += cols) {
        this.#copiesStep[k]! -= 1;
        if (share[k]! > rowThreshold || (share[k] === rowThreshold && rowTies-- > 0)) this.#shareStep[k]! += 1;
      }
    }
    return value;
  }
}

/** How far a direction leans on the previous ones. */
const AVERAGING = 0.7;
/** Iterations without progress that shorten the steps. */
const STALLED = 15;
/** Bits of the largest multiplier. */
const MULTIPLIER_BITS = 22;
/** Sums of absolute values that leave room for doubling and subtracting; the checker of proofs asks for the same. */
const MOST_SUM = 2 ** 50;
/** Steps aim below the goal by this part of the first distance to it. */
const BEYOND = 0.1;

/**
 * The bound of a split at every depth d >= first and every number q of rows yet to keep, in exact integers:
 *
 *   bound(d, q, s) = rowPart[d][q] + the b largest over columns j of ( s_j + columnPart[d][q][j] ),
 *
 * rowPart from the blocks cut down to rows from d on. Where nothing is left to choose (q = 0, or q = all rows left) the
 * tables hold what is then exact: no row part, and the columns' sums over all rows left.
 */
export class SplitTables {
  readonly #cols: number;
  readonly #values: Float64Array;
  readonly #subsets: BlockSubsets;
  readonly #best = new Float64Array(BLOCK_STRIDE); // of one block, by its rows taken
  readonly #attained = new Int32Array(BLOCK_STRIDE);
  #first = 0;
  #most = 0;
  rowPart = new Float64Array(0); // [depth - first, q]
  columnPart = new Float64Array(0); // [depth - first, q, cols]

  constructor(cols: number, values: Float64Array) {
    this.#cols = cols;
    this.#values = values;
    this.#subsets = new BlockSubsets(values.length / cols, cols);
    // Thresholds by size, kept from split to split. They change no figure: the multipliers leave room for any of them times the
    // columns (see #keepExact of the optimiser), so that all that is compared is exact.
    this.#subsets.restart(2 ** (MOST_IN_BLOCK + 1));
  }

  /** The place of (depth, q) in rowPart; times cols in columnPart. */
  slot(depth: number, q: number): number {
    return (depth - this.#first) * (this.#most + 1) + q;
  }

  /**
   * Fills the tables for q <= p, or with `onlyRoot` at depth `first` alone.
   *
   * O(2^block cols blocks + rows cols p) time; O(rows cols p) memory, O(cols p) for the root alone.
   */
  fill(split: BlockSplit, rows: number, p: number, b: number, onlyRoot: boolean): void {
    this.#first = split.first;
    this.#most = p;
    const slots = (onlyRoot ? 1 : rows - split.first + 1) * (p + 1);
    if (this.rowPart.length < slots) this.rowPart = new Float64Array(slots);
    if (this.columnPart.length < slots * this.#cols) this.columnPart = new Float64Array(slots * this.#cols);
    this.#fillRows(split, rows, p, b, onlyRoot);
    this.#fillColumns(split, rows, p, onlyRoot);
  }

  #fillRows({ first, blocks, share, copies }: BlockSplit, rows: number, p: number, b: number, onlyRoot: boolean): void {
    const { rest } = this.#subsets;
    for (let k = first * this.#cols; k < share.length; k++) rest[k] = this.#values[k]! - share[k]!;
    let after = new Float64Array(p + 1).fill(-Infinity); // best of the blocks after the present one
    after[0] = 0;
    let end = rows;
    for (let g = blocks.length - 1; g >= 0; g--) {
      const start = end - blocks[g]!;
      let joined = after;
      for (let d = onlyRoot ? start : end - 1; d >= start; d--) {
        // The block cut down to rows d..end-1.
        const size = end - d;
        this.#subsets.visit(d, size, copies, p, b, 2 ** size, this.#best, this.#attained, 0);
        joined = joinedCounts(after, this.#best.subarray(0, size + 1), p);
        for (let q = 0; q <= p && (d === first || !onlyRoot); q++) {
          this.rowPart[this.slot(d, q)] = q === 0 || q >= rows - d ? 0 : joined[q]!;
        }
      }
      after = joined;
      end = start;
    }
    for (let q = 0; q <= p && !onlyRoot; q++) this.rowPart[this.slot(rows, q)] = 0;
  }

  #fillColumns({ first, share, copies }: BlockSplit, rows: number, p: number, onlyRoot: boolean): void {
    const cols = this.#cols;
    const values = this.#values;
    const columnPart = this.columnPart;
    const largest = new Float64Array(rows - first); // of one column's shares so far, descending
    for (let j = 0; j < cols; j++) {
      let filled = 0;
      let copied = 0;
      let whole = 0;
      if (!onlyRoot) columnPart[this.slot(rows, 0) * cols + j] = 0;
      for (let d = rows - 1; d >= first; d--) {
        const entry = d * cols + j;
        copied += copies[entry]!;
        whole += values[entry]!;
        let at = filled++;
        while (at > 0 && largest[at - 1]! < share[entry]!) {
          largest[at] = largest[at - 1]!;
          at--;
        }
        largest[at] = share[entry]!;
        if (onlyRoot && d > first) continue;
        let sum = -copied;
        const most = Math.min(p, filled);
        columnPart[this.slot(d, 0) * cols + j] = 0;
        for (let q = 1; q <= most; q++) {
          sum += largest[q - 1]!;
          columnPart[this.slot(d, q) * cols + j] = q === filled ? whole : sum;
        }
      }
    }
  }
}

/** The most that q rows offer, for every q <= p, of some blocks and of one more, given what each offers. */
function joinedCounts(others: Float64Array, best: Float64Array, p: number): Float64Array<ArrayBuffer> {
  const joined = new Float64Array(p + 1).fill(-Infinity);
  for (let before = 0; before <= p; before++) {
    for (let q = 0; q < best.length && before + q <= p; q++) {
      const value = others[before]! + best[q]!;
      if (value > joined[before + q]!) joined[before + q] = value;
    }
  }
  return joined;
}
