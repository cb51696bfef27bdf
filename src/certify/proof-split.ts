import { largestSum, MOST_SUM } from './proof-grid.ts';
import { Fault, list, type WorkMeter, whole } from './proof-records.ts';

/** Subsets of a block are visited one by one. */
const MOST_IN_BLOCK = 16;
/** Numbers of the tables of a split that are kept at a time: 128 MiB. Beyond, they are computed again. */
const MOST_TABLE_NUMBERS = 2 ** 24;

/**
 * A split: matrices T = grain x share and B = grain x copies on the rows U that were undecided when it was given. For all sets
 * I of q rows of U and J of b columns, s_j being what the kept decided rows keep in column j, W the layer on its grid,
 *
 *   s(J) + W(I, J) = sum over i in U [ (B_i + [i in I] (W - T)_i)(J) ] + sum over j in J [ s_j + T_j(I) - B_j(U) ],
 *
 * an identity. The left sum is bounded block by block: of every subset of a block's rows, the b best columns; and the best way
 * to take q rows in all from the blocks. The right one by the b best columns, each with its own best q rows. A split
 * serves deeper nodes too: rows decided since leave U, and a block of which some are decided is cut.
 *
 * Time O(2^block x columns x log) a depth, once; O(columns) a leaf.
 */
export class SplitCheck {
  readonly #first: number;
  readonly #rows: number;
  readonly #cols: number;
  readonly #b: number;
  readonly #blocks: readonly number[];
  readonly #values: Float64Array;
  readonly #share: Float64Array; // rows from `first` on
  readonly #copies: Float64Array;
  readonly #meter: WorkMeter;
  readonly #blockPart: (Float64Array | undefined)[] = []; // [depth]: the most that q rows from a depth on offer to its block
  readonly #rowPart: (Float64Array | undefined)[] = []; // [depth][q]
  readonly #columnPart = new Map<number, { offers: Float64Array; threshold: number }>(); // by depth x (rows + 1) + q
  #tabled = 0; // numbers in #rowPart and #columnPart

  constructor(
    next: Record<string, unknown>,
    values: Float64Array,
    rows: number,
    cols: number,
    first: number,
    b: number,
    meter: WorkMeter,
  ) {
    this.#meter = meter;
    this.#first = first;
    this.#rows = rows;
    this.#cols = cols;
    this.#b = b;
    this.#values = values;
    this.#blocks = list(next.blocks, 'blocks', rows);
    if (this.#blocks.some((size) => size < 1 || size > MOST_IN_BLOCK)) throw new Fault('expected smaller blocks');
    if (this.#blocks.reduce((sum, size) => sum + size, 0) !== rows - first)
      throw new Fault('expected blocks of all rows');
    const grain = whole(next.grain, 'grain', 1, MOST_SUM);
    const entries = (rows - first) * cols;
    meter.spend(entries);
    this.#share = Float64Array.from(list(next.share, 'share', entries), (value) => value * grain);
    this.#copies = Float64Array.from(list(next.copies, 'copies', entries), (value) => value * grain);
    if (this.#share.length !== entries || this.#copies.length !== entries)
      throw new Fault(`expected ${entries} entries`);
    let sum = 0;
    for (let k = 0; k < entries; k++) {
      const rest = Math.abs(values[first * cols + k]! - this.#share[k]!);
      sum += Math.abs(this.#share[k]!) + Math.abs(this.#copies[k]!) + rest;
    }
    if (!(sum < MOST_SUM)) throw new Fault('expected multipliers that keep sums exact');
  }

  /** Whether the bound of q rows from `depth` on, over the sums s, is at most `floor`. */
  isAtMost(sums: Float64Array, at: number, depth: number, q: number, floor: number): boolean {
    const cols = this.#cols;
    this.#meter.spend(cols);
    const room = floor - this.#rowsFrom(depth)[q]!;
    const part = this.#columnsFrom(depth, q);
    const { offers, threshold } = part;
    // The b largest are at most b x threshold plus all that exceeds it, for any threshold: try the last one first.
    let above = 0;
    for (let j = 0; j < cols; j++) {
      const excess = sums[at + j]! + offers[j]! - threshold;
      if (excess > 0) above += excess;
    }
    if (this.#b * threshold + above <= room) return true;
    const exact = new Float64Array(cols);
    for (let j = 0; j < cols; j++) exact[j] = sums[at + j]! + offers[j]!;
    exact.sort();
    const next = exact[cols - this.#b]!;
    if (Math.abs(next) * cols < MOST_SUM) part.threshold = next;
    return largestSum(exact, this.#b) <= room;
  }

  /** rowPart(depth)[q] = the most that q rows from `depth` on offer in the left sum. */
  #rowsFrom(depth: number): Float64Array {
    const known = this.#rowPart[depth];
    if (known !== undefined) return known;
    let end = this.#rows;
    let best = Float64Array.of(0); // of the blocks behind
    for (let g = this.#blocks.length - 1; end > depth; g--) {
      const start = Math.max(depth, end - this.#blocks[g]!);
      const own = this.#blockPart[start] ?? this.#block(start, end);
      this.#blockPart[start] = own;
      this.#meter.spend(best.length * own.length);
      const joined = new Float64Array(best.length + own.length - 1).fill(-Infinity);
      for (let x = 0; x < best.length; x++) {
        for (let y = 0; y < own.length; y++) joined[x + y] = Math.max(joined[x + y]!, best[x]! + own[y]!);
      }
      best = joined;
      end -= this.#blocks[g]!;
    }
    this.#makeRoom(best.length);
    this.#rowPart[depth] = best;
    return best;
  }

  /** Every subset of rows start..end-1, with the b columns best for it: the most by number of rows. */
  #block(start: number, end: number): Float64Array {
    const cols = this.#cols;
    const size = end - start;
    this.#meter.spend(2 ** size * (size + 1) * cols);
    const most = new Float64Array(size + 1).fill(-Infinity);
    const offers = new Float64Array(cols);
    for (let subset = 0; subset < 2 ** size; subset++) {
      let count = 0;
      offers.fill(0);
      for (let t = 0; t < size; t++) {
        const isIn = (subset >>> t) & 1;
        count += isIn;
        const own = (start + t - this.#first) * cols;
        const row = (start + t) * cols;
        for (let j = 0; j < cols; j++) {
          offers[j]! += this.#copies[own + j]! + (isIn === 1 ? this.#values[row + j]! - this.#share[own + j]! : 0);
        }
      }
      most[count] = Math.max(most[count]!, largestSum(offers, this.#b));
    }
    return most;
  }

  /** offers[j] = T_j of its best q rows from `depth` on, less B_j of all of them. */
  #columnsFrom(depth: number, q: number): { offers: Float64Array; threshold: number } {
    const key = depth * (this.#rows + 1) + q;
    const known = this.#columnPart.get(key);
    if (known !== undefined) return known;
    const cols = this.#cols;
    this.#meter.spend((this.#rows - depth) * cols);
    const offers = new Float64Array(cols);
    const shares = new Float64Array(this.#rows - depth);
    for (let j = 0; j < cols; j++) {
      let copied = 0;
      for (let i = depth; i < this.#rows; i++) {
        const own = (i - this.#first) * cols + j;
        shares[i - depth] = this.#share[own]!;
        copied += this.#copies[own]!;
      }
      offers[j] = largestSum(shares, q) - copied;
    }
    const part = { offers, threshold: 0 };
    this.#makeRoom(cols);
    this.#columnPart.set(key, part);
    return part;
  }

  /** Forgets the tables when they would grow too large. */
  #makeRoom(numbers: number): void {
    this.#tabled += numbers;
    if (this.#tabled <= MOST_TABLE_NUMBERS) return;
    this.#rowPart.length = 0;
    this.#columnPart.clear();
    this.#tabled = numbers;
  }
}
