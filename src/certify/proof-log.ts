import { type Goal, requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';

/*
 * Checks a proof log: that no pruning that meets the goal costs less than the one given.
 *
 * A log is lines of text. The first names the instance by its hash; then come, in any number and order:
 *
 *   { lines, exponent, capExponent }      row and column bounds of every shape of layer `lines`
 *   { layer, rows, columns, bound, ... }  and a tree: no pruning of this shape costs less than `bound`
 *
 * and the last line states the optimum. A shape that removes more rows and columns costs no less, so every bound holds for
 * all larger shapes as well; at the end, the least sum of bounds over all choices of one allowed shape a layer that reach
 * the target must be at least the cost of the pruning.
 *
 * Everything is integers. Importances are rounded down to multiples of 2^exponent and capped at 2^capExponent, which lowers
 * costs only, so that doubles add them exactly (this is checked, not assumed); what comes out is a lower bound on true
 * costs. True costs of a layer are multiples of the lowest set bit of its importances (`step`). So the bound of a tree is
 * first raised to a multiple B of the step, which says the same of every pruning; then costs above B - step are enough.
 *
 * The tree of a shape keeps a rows and b columns (of the transposed layer, if it says so), rows in the order that it states.
 * A node has decided the rows before depth d: s_j is the sum of the kept ones in column j, q rows are still to be kept. In
 * preorder, one character a node:
 *
 *   (  row d is kept in the first child, dropped in the second
 *   .  leaf: the bound of the split in force, or (all rows decided) what is kept, leaves nothing below `bound`
 *   !  leaf, all rows decided: the exact cost is at least `bound`
 *
 * and a line { blocks, grain, share, copies } gives the subtree that follows, with rows U left, a split. It holds matrices T
 * = grain x share and B = grain x copies on U. For all sets I of q rows of U and J of b columns, with W the rounded layer,
 *
 *   s(J) + W(I, J) = sum over i in U [ (B_i + [i in I] (W - T)_i)(J) ] + sum over j in J [ s_j + T_j(I) - B_j(U) ],
 *
 * an identity. The left sum is bounded block by block, with the best b columns for every subset of a block's rows; the right
 * one by the best b columns, each with its own best q rows. A split serves deeper nodes too: rows already decided leave it.
 *
 * The rules are those of theorem T10. Time O(columns) a leaf and, once a split, O(2^block x columns x log); memory a few
 * copies of one layer and the bounds of all shapes.
 */

/** What is wrong with a log, in one sentence. */
class Fault extends Error {}

/** Sums of absolute values below this keep all arithmetic of a tree exact. */
const MOST_SUM = 2 ** 50;
/** Subsets of a block are visited one by one. */
const MOST_IN_BLOCK = 16;
const OPENING = { format: 'rcprune-proof', version: 1 };

/** Takes a log line by line and says at the end whether it proves a pruning optimal. */
export class ProofChecker {
  readonly #instance: Instance;
  readonly #goal: Goal;
  readonly #bounds: bigint[][]; // [layer][removed rows x (cols + 1) + removed columns]
  readonly #steps: bigint[];
  readonly #totals: bigint[];
  #tree: { readonly check: TreeCheck; readonly layer: number; readonly shape: number; readonly bound: bigint } | null =
    null;
  #optimum: bigint | null = null;
  #fault: string | null = null;
  #line = 0;

  constructor(instance: Instance, goal: Goal) {
    this.#instance = instance;
    this.#goal = goal;
    this.#totals = instance.layers.map(({ importance }) => exactSum(importance, () => true));
    this.#steps = instance.layers.map(({ importance }) => lowestBit(importance));
    this.#bounds = instance.layers.map(({ rows, cols }, l) => {
      const bounds = new Array<bigint>((rows + 1) * (cols + 1)).fill(0n);
      for (let c = 0; c <= cols; c++) bounds[rows * (cols + 1) + c] = this.#totals[l]!; // nothing is kept
      for (let r = 0; r <= rows; r++) bounds[r * (cols + 1) + cols] = this.#totals[l]!;
      return bounds;
    });
  }

  /** The next line, without its line break. After a fault, further lines change nothing. */
  take(line: string): void {
    this.#line++;
    if (this.#fault !== null) return;
    try {
      this.#read(line);
    } catch (error) {
      if (!(error instanceof Fault) && !(error instanceof SyntaxError)) throw error;
      this.#fault = `line ${this.#line}: ${error instanceof Fault ? error.message : 'expected a record of a proof log'}`;
    }
  }

  /** null when the whole log proves that the pruning, which meets the goal, is optimal; else why not. */
  verdict(pruning: Pruning): string | null {
    if (this.#fault !== null) return this.#fault;
    if (this.#optimum === null) return `expected a last line that states the optimum, got ${this.#line} lines without`;
    const cost = this.#instance.layers.reduce((sum, layer, l) => sum + removedSum(layer, pruning.layers[l]!), 0n);
    if (cost !== this.#optimum) return 'expected the proved optimum to be the cost of the pruning, got another';
    const least = this.#leastSum();
    return least === null || least >= cost ? null : 'expected bounds for all shapes that reach the target, got too few';
  }

  #read(line: string): void {
    if (this.#optimum !== null) throw new Fault('expected nothing after the optimum, got another line');
    if (this.#line === 1) {
      const { instanceHash: hash, ...opening } = record(line);
      if (JSON.stringify(opening) !== JSON.stringify(OPENING)) throw new Fault('expected a proof log of version 1');
      if (hash !== instanceHash(this.#instance)) throw new Fault('expected the hash of this instance, got another');
    } else if (this.#tree !== null) this.#continueTree(line);
    else {
      const next = record(line);
      if ('lines' in next) this.#boundLines(next);
      else if ('layer' in next) this.#beginTree(next);
      else this.#optimum = wholeBig(next.optimum, 'optimum');
    }
  }

  #boundLines(next: Record<string, unknown>): void {
    const l = whole(next.lines, 'lines', 0, this.#instance.layers.length - 1);
    const layer = this.#instance.layers[l]!;
    const rounded = roundDown(layer, next, false);
    const width = layer.cols + 1;
    for (const byRow of [true, false]) {
      const [lines, length] = byRow ? [layer.rows, layer.cols] : [layer.cols, layer.rows];
      // best[line] = sum of the `inner` largest entries of a line, for inner = 0, 1, ...
      const best = new Float64Array(lines);
      const sorted = Array.from({ length: lines }, (_, line) => {
        return Float64Array.from(
          { length },
          (_, t) => rounded.values[byRow ? line * length + t : t * lines + line]!,
        ).sort();
      });
      for (let inner = 0; inner <= length; inner++) {
        if (inner > 0) for (let line = 0; line < lines; line++) best[line]! += sorted[line]![length - inner]!;
        const order = best.slice().sort();
        for (let outer = 0, kept = 0; outer <= lines; outer++) {
          if (outer > 0) kept += order[lines - outer]!;
          const [a, b] = byRow ? [outer, inner] : [inner, outer];
          this.#raise(l, (layer.rows - a) * width + layer.cols - b, this.#trueBound(l, rounded, rounded.total - kept));
        }
      }
    }
  }

  #beginTree(next: Record<string, unknown>): void {
    const l = whole(next.layer, 'layer', 0, this.#instance.layers.length - 1);
    const layer = this.#instance.layers[l]!;
    const removedRows = whole(next.rows, 'rows', 0, layer.rows - 1);
    const removedColumns = whole(next.columns, 'columns', 0, layer.cols - 1);
    const bound = this.#nextCost(l, wholeBig(next.bound, 'bound'));
    if (typeof next.transposed !== 'boolean') throw new Fault('expected transposed to be true or false');
    const rounded = roundDown(layer, next, next.transposed);
    const [a, b] = [layer.rows - removedRows, layer.cols - removedColumns];
    const [rows, cols] = next.transposed ? [b, a] : [a, b];
    // A rounded cost of at least this means a true one above bound - step: two multiples of the step, so at least bound.
    const limit = bound === 0n ? 0n : ((bound - this.#steps[l]!) >> BigInt(rounded.exponent + 149)) + 1n;
    const floor = Number(BigInt(rounded.total) - limit);
    const isClosed = (kept: Uint32Array) => {
      const isKept = new Uint8Array(rounded.rows);
      for (const row of kept) isKept[row] = 1;
      return this.#totals[l]! - bestColumns(layer, next.transposed === true, isKept, cols) >= bound;
    };
    const check = new TreeCheck(rounded, rows, cols, list(next.order, 'order', rounded.rows), floor, isClosed);
    this.#tree = { check, layer: l, shape: removedRows * (layer.cols + 1) + removedColumns, bound };
  }

  #continueTree(line: string): void {
    const { check, layer, shape, bound } = this.#tree!;
    if (line.startsWith('{')) check.split(record(line));
    else check.nodes(line);
    if (!check.isComplete) return;
    this.#raise(layer, shape, bound);
    this.#tree = null;
  }

  #raise(l: number, shape: number, bound: bigint): void {
    if (this.#bounds[l]![shape]! < bound) this.#bounds[l]![shape] = bound;
  }

  /** A rounded lower bound as a true one: a multiple of the step. */
  #trueBound(l: number, { exponent }: Rounded, rounded: number): bigint {
    return this.#nextCost(l, BigInt(rounded) << BigInt(exponent + 149));
  }

  /** The least multiple of a layer's step that is at least `bound`: costs of the layer reach both or none. */
  #nextCost(l: number, bound: bigint): bigint {
    const step = this.#steps[l]!;
    return step === 0n ? bound : ((bound + step - 1n) / step) * step;
  }

  /** The least sum of bounds over all choices of allowed shapes that reach the target; null when there is none. */
  #leastSum(): bigint | null {
    const { target, ranges } = requirementOf(this.#instance, this.#goal);
    let sums = new Map<number, bigint>([[0, 0n]]); // least sum by units removed, counted up to the target
    for (const [l, { rows, cols, unitsPerEntry }] of this.#instance.layers.entries()) {
      const bounds = this.#bounds[l]!;
      const width = cols + 1;
      for (let r = 0; r <= rows; r++) {
        for (let c = 0; c <= cols; c++) {
          const shape = r * width + c;
          if (r > 0) this.#raise(l, shape, bounds[shape - width]!);
          if (c > 0) this.#raise(l, shape, bounds[shape - 1]!);
        }
      }
      const { minRows, maxRows, minColumns, maxColumns } = ranges[l]!;
      const own = new Map<number, bigint>();
      for (let r = minRows; r <= maxRows; r++) {
        for (let c = minColumns; c <= maxColumns; c++) {
          keepLeast(own, Math.min(target, (r * cols + c * rows - r * c) * unitsPerEntry), bounds[r * width + c]!);
        }
      }
      const next = new Map<number, bigint>();
      for (const [units, sum] of undominated(own)) {
        for (const [before, least] of sums) keepLeast(next, Math.min(target, before + units), least + sum);
      }
      sums = undominated(next);
    }
    return sums.get(target) ?? null;
  }
}

/** The tree of one shape, node by node. */
class TreeCheck {
  readonly #a: number;
  readonly #b: number;
  readonly #rows: number;
  readonly #cols: number;
  readonly #values: Float64Array; // in the tree's order
  readonly #order: readonly number[];
  readonly #floor: number; // what a closed leaf may keep at most
  readonly #isClosed: (kept: Uint32Array) => boolean;
  readonly #sums: Float64Array; // [a + 1, cols], row k: sums over the first k kept rows
  readonly #kept: Uint32Array; // depths of the kept rows
  readonly #offers: Float64Array; // [cols]
  // The node in turn, and the second children that wait for theirs, three numbers and a split each.
  #depth = 0;
  #left: number; // rows still to be kept
  #split: SplitCheck | null = null;
  readonly #waiting: { readonly depth: number; readonly left: number; readonly split: SplitCheck | null }[] = [];
  isComplete = false;

  constructor(
    { rows, cols, values, total }: Rounded,
    a: number,
    b: number,
    order: readonly number[],
    floor: number,
    isClosed: (kept: Uint32Array) => boolean,
  ) {
    if (order.length !== rows || new Set(order).size !== rows || order.some((row) => row < 0 || row >= rows)) {
      throw new Fault(`expected an order of ${rows} rows`);
    }
    if (!(total < MOST_SUM)) throw new Fault('expected an exponent that keeps sums exact');
    this.#a = a;
    this.#b = b;
    this.#rows = rows;
    this.#cols = cols;
    this.#order = order;
    this.#floor = floor;
    this.#isClosed = isClosed;
    this.#values = new Float64Array(rows * cols);
    for (const [d, row] of order.entries()) this.#values.set(values.subarray(row * cols, (row + 1) * cols), d * cols);
    this.#sums = new Float64Array((a + 1) * cols);
    this.#kept = new Uint32Array(a);
    this.#offers = new Float64Array(cols);
    this.#left = a;
  }

  split(next: Record<string, unknown>): void {
    this.#split = new SplitCheck(next, this.#values, this.#rows, this.#cols, this.#depth, this.#b);
  }

  nodes(line: string): void {
    for (let t = 0; t < line.length; t++) {
      if (this.isComplete) throw new Fault('expected the end of the tree, got more nodes');
      const node = line[t];
      if (node === '(') this.#branch();
      else if (node === '.' || node === '!') {
        if (node === '.' ? !this.#isBounded() : !this.#isExact()) throw new Fault(`expected leaf ${t} to be closed`);
        const next = this.#waiting.pop();
        if (next === undefined) this.isComplete = true;
        else ({ depth: this.#depth, left: this.#left, split: this.#split } = next);
      } else throw new Fault(`expected ( . or !, got ${JSON.stringify(node)}`);
    }
  }

  get #isDecided(): boolean {
    return this.#left === 0 || this.#left === this.#rows - this.#depth;
  }

  #branch(): void {
    if (this.#isDecided) throw new Fault('expected a leaf where all rows are decided, got a branch');
    const cols = this.#cols;
    const k = this.#a - this.#left;
    this.#waiting.push({ depth: this.#depth + 1, left: this.#left, split: this.#split });
    for (let j = 0; j < cols; j++) {
      this.#sums[(k + 1) * cols + j] = this.#sums[k * cols + j]! + this.#values[this.#depth * cols + j]!;
    }
    this.#kept[k] = this.#depth;
    this.#depth++;
    this.#left--;
  }

  #isBounded(): boolean {
    const cols = this.#cols;
    const at = (this.#a - this.#left) * cols;
    const offers = this.#offers;
    if (this.#isDecided) {
      for (let j = 0; j < cols; j++) {
        let sum = this.#sums[at + j]!;
        if (this.#left > 0) for (let d = this.#depth; d < this.#rows; d++) sum += this.#values[d * cols + j]!;
        offers[j] = sum;
      }
      return largestSum(offers, this.#b) <= this.#floor;
    }
    if (this.#split === null) throw new Fault('expected a split before a leaf');
    return this.#split.isAtMost(this.#sums, at, this.#depth, this.#left, this.#floor);
  }

  #isExact(): boolean {
    if (!this.#isDecided) throw new Fault('expected an exact leaf only where all rows are decided');
    const k = this.#a - this.#left;
    for (let t = 0; t < this.#left; t++) this.#kept[k + t] = this.#depth + t;
    return this.#isClosed(this.#kept.map((d) => this.#order[d]!));
  }
}

/** A split and its tables, filled where they are asked for. */
class SplitCheck {
  readonly #first: number;
  readonly #rows: number;
  readonly #cols: number;
  readonly #b: number;
  readonly #blocks: readonly number[];
  readonly #values: Float64Array;
  readonly #share: Float64Array; // rows from `first` on
  readonly #copies: Float64Array;
  readonly #blockPart: (Float64Array | undefined)[] = []; // [depth]: the most that q rows from a depth on offer to its block
  readonly #rowPart: (Float64Array | undefined)[] = []; // [depth][q]
  readonly #columnPart = new Map<number, { offers: Float64Array; threshold: number }>(); // by depth x rows + q

  constructor(
    next: Record<string, unknown>,
    values: Float64Array,
    rows: number,
    cols: number,
    first: number,
    b: number,
  ) {
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
      const joined = new Float64Array(best.length + own.length - 1).fill(-Infinity);
      for (let x = 0; x < best.length; x++) {
        for (let y = 0; y < own.length; y++) joined[x + y] = Math.max(joined[x + y]!, best[x]! + own[y]!);
      }
      best = joined;
      end -= this.#blocks[g]!;
    }
    this.#rowPart[depth] = best;
    return best;
  }

  /** Every subset of rows start..end-1, with the b columns best for it: the most by number of rows. */
  #block(start: number, end: number): Float64Array {
    const cols = this.#cols;
    const size = end - start;
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
    this.#columnPart.set(key, part);
    return part;
  }
}

interface Rounded {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array; // row-major
  readonly exponent: number;
  readonly total: number;
}

/** A layer in units of 2^exponent, rounded down, entries above 2^capExponent counted as it. */
function roundDown(layer: Layer, next: Record<string, unknown>, transposed: boolean): Rounded {
  const exponent = whole(next.exponent, 'exponent', -149, 256);
  const cap = 2 ** whole(next.capExponent, 'capExponent', -149, 512);
  const [rows, cols] = transposed ? [layer.cols, layer.rows] : [layer.rows, layer.cols];
  const values = new Float64Array(rows * cols);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const entry = layer.importance[transposed ? j * rows + i : i * cols + j]!;
      values[i * cols + j] = Math.floor(Math.min(entry, cap) * 2 ** -exponent);
      total += values[i * cols + j]!;
    }
  }
  if (!(total < 2 ** 53)) throw new Fault('expected an exponent that keeps sums exact');
  return { rows, cols, values, exponent, total };
}

/** Sum of the k largest; sorts the array. */
function largestSum(values: Float64Array, k: number): number {
  values.sort();
  let sum = 0;
  for (let t = values.length - k; t < values.length; t++) sum += values[t]!;
  return sum;
}

/** A float32 as an integer in units of 2^-149. */
function integerOf(word: number): bigint {
  const exponent = (word >>> 23) & 255;
  return exponent === 0 ? BigInt(word & 0x7fffff) : BigInt((word & 0x7fffff) + 0x800000) << BigInt(exponent - 1);
}

function wordsOf(importance: Float32Array): Uint32Array {
  return new Uint32Array(importance.buffer, importance.byteOffset, importance.length);
}

/** The exact sum of some entries, in units of 2^-149. */
function exactSum(importance: Float32Array, counts: (k: number) => boolean): bigint {
  const words = wordsOf(importance);
  let sum = 0n;
  for (let k = 0; k < words.length; k++) if (counts(k)) sum += integerOf(words[k]!);
  return sum;
}

function removedSum({ rows, cols, importance }: Layer, lines: Pruning['layers'][number]): bigint {
  const rowGone = new Uint8Array(rows);
  const columnGone = new Uint8Array(cols);
  for (const row of lines.removedRows) rowGone[row] = 1;
  for (const column of lines.removedColumns) columnGone[column] = 1;
  return exactSum(importance, (k) => rowGone[Math.floor(k / cols)] === 1 || columnGone[k % cols] === 1);
}

/** The exact importance that the kept rows (of the transposed layer, if asked) keep in their best columns. */
function bestColumns({ cols, importance }: Layer, transposed: boolean, isKept: Uint8Array, count: number): bigint {
  const words = wordsOf(importance);
  const sums = new Array<bigint>(transposed ? importance.length / cols : cols).fill(0n);
  for (let k = 0; k < words.length; k++) {
    const [i, j] = transposed ? [k % cols, Math.floor(k / cols)] : [Math.floor(k / cols), k % cols];
    if (isKept[i] === 1) sums[j]! += integerOf(words[k]!);
  }
  sums.sort((x, y) => (x < y ? 1 : x > y ? -1 : 0));
  return sums.slice(0, count).reduce((sum, own) => sum + own, 0n);
}

/** The lowest set bit of all entries, in units of 2^-149; 0 when all are 0. */
export function lowestBit(importance: Float32Array): bigint {
  // union[e] = bitwise or of the significands with exponent field e: 256 integers, however many entries there are.
  const union = new Uint32Array(256);
  for (const word of wordsOf(importance)) {
    const exponent = (word >>> 23) & 255;
    union[exponent]! |= exponent === 0 ? word & 0x7fffff : (word & 0x7fffff) + 0x800000;
  }
  let all = 0n;
  for (let e = 0; e < 256; e++) all |= BigInt(union[e]!) << BigInt(Math.max(e, 1) - 1);
  return all & -all;
}

function keepLeast(sums: Map<number, bigint>, units: number, sum: bigint): void {
  const known = sums.get(units);
  if (known === undefined || sum < known) sums.set(units, sum);
}

/** Without the entries for which another has as many units or more at no higher sum. */
function undominated(sums: Map<number, bigint>): Map<number, bigint> {
  const kept = new Map<number, bigint>();
  let least: bigint | null = null;
  for (const [units, sum] of [...sums].sort((x, y) => y[0] - x[0])) {
    if (least !== null && sum >= least) continue;
    least = sum;
    kept.set(units, sum);
  }
  return kept;
}

function record(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Fault('expected a record');
  return value as Record<string, unknown>;
}

function whole(value: unknown, what: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Fault(`expected ${what} to be an integer from ${least} to ${most}`);
}

function wholeBig(value: unknown, what: string): bigint {
  if (typeof value === 'string' && /^[0-9]{1,400}$/.test(value)) return BigInt(value);
  throw new Fault(`expected ${what} to be an integer in digits`);
}

function list(value: unknown, what: string, most: number): number[] {
  if (Array.isArray(value) && value.length <= most && value.every(Number.isSafeInteger)) return value as number[];
  throw new Fault(`expected ${what} to be a list of at most ${most} integers`);
}
