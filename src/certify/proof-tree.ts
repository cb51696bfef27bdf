import { type Gridded, largestSum, MOST_SUM } from './proof-grid.ts';
import { Fault, type WorkMeter } from './proof-records.ts';
import { SplitCheck } from './proof-split.ts';

/** Numbers looked at in the time that the exact sum of one entry takes. */
const EXACT_WORK = 16;

/**
 * The tree of one shape, node by node: keep `a` rows and `b` columns of a layer on a grid, rows decided in the order that
 * the record states.
 *
 * Invariant: the node in turn has decided the rows before `#depth`, keeps those that `#kept` lists, and `#left` rows are still to
 * be kept; second children that wait for their turn are on a stack. So every choice of `a` rows lies below the node in turn,
 * below a waiting one, or below a closed leaf. A leaf closes when what it can keep is at most `floor`. When no node waits,
 * nothing of this shape keeps more than `floor` on the grid, or is too dear by its exact cost.
 *
 * Every number is an integer and every sum of absolute values stays below 2^52 (checked: the layer's and the split's below
 * 2^50 each): nothing is rounded. Time O(columns) a node; memory a few copies of the layer.
 */
export class TreeCheck {
  readonly #a: number;
  readonly #b: number;
  readonly #rows: number;
  readonly #cols: number;
  readonly #values: Float64Array; // in the tree's order
  readonly #order: readonly number[];
  readonly #floor: number; // what a closed leaf may keep at most
  readonly #costsEnough: (kept: Uint32Array) => boolean;
  readonly #meter: WorkMeter;
  readonly #sums: Float64Array; // [a + 1, cols], row k: sums over the first k kept rows
  readonly #kept: Uint32Array; // depths of the kept rows
  readonly #offers: Float64Array; // [cols]
  // The node in turn, and the second children that wait for their turn.
  #depth = 0;
  #left: number; // rows still to be kept
  #split: SplitCheck | null = null;
  readonly #waiting: { readonly depth: number; readonly left: number; readonly split: SplitCheck | null }[] = [];
  /** Whether every leaf has been closed. */
  isComplete = false;

  /**
   * @param a rows to keep, b columns to keep: of the grid's
   * @param order the rows, each once, in the order of decision
   * @param floor a leaf that keeps at most this on the grid costs enough
   * @param costsEnough whether keeping exactly these rows costs enough, by exact sums
   * @param meter counts the work
   * @throws Fault on an order that is none, or sums that might not be exact
   */
  constructor(
    { rows, cols, values, total }: Gridded,
    a: number,
    b: number,
    order: readonly number[],
    floor: number,
    costsEnough: (kept: Uint32Array) => boolean,
    meter: WorkMeter,
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
    this.#costsEnough = costsEnough;
    this.#meter = meter;
    this.#values = new Float64Array(rows * cols);
    for (const [d, row] of order.entries()) this.#values.set(values.subarray(row * cols, (row + 1) * cols), d * cols);
    this.#sums = new Float64Array((a + 1) * cols);
    this.#kept = new Uint32Array(a);
    this.#offers = new Float64Array(cols);
    this.#left = a;
  }

  /** A split for the subtree of the node in turn. @throws Fault on one that fits neither the rows left nor the limits */
  split(next: Record<string, unknown>): void {
    this.#split = new SplitCheck(next, this.#values, this.#rows, this.#cols, this.#depth, this.#b, this.#meter);
  }

  /** The next nodes in preorder. @throws Fault on a leaf that does not close, or a node that cannot be there */
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
    this.#meter.spend(cols);
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
      this.#meter.spend((this.#left > 0 ? this.#rows - this.#depth : 1) * cols);
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
    this.#meter.spend(EXACT_WORK * this.#values.length);
    const k = this.#a - this.#left;
    for (let t = 0; t < this.#left; t++) this.#kept[k + t] = this.#depth + t;
    return this.#costsEnough(this.#kept.map((d) => this.#order[d]!));
  }
}
