import { type Goal, requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import { type Instance, requireInstance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { check } from './check.ts';
import { exactSum, layerSums, mostInColumns, nextCost, stepOf } from './exact-integers.ts';
import { costLimit, gridded } from './proof-grid.ts';
import { Fault, list, openingHash, recordOf, truth, WorkMeter, whole, wholeBig } from './proof-records.ts';
import { ShapeBounds } from './proof-shapes.ts';
import { TreeCheck } from './proof-tree.ts';

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
 * and a line { blocks, grain, share, copies } gives the subtree that follows, with rows U left, a split: see proof-split.ts.
 *
 * Which theorem proves which step stands in proofs/README.md (T10). Time: that of the trees, O(columns) a node, and of the final
 * choice of shapes.
 */

const MOST_WORK = 2 ** 42;
/** Numbers looked at in the time that a shape's row and column bounds take. */
const LINES_WORK = 64;

/** A tree that is not complete yet, and what it will prove: no pruning of the shape costs less than `bound`. */
interface OpenTree {
  readonly check: TreeCheck;
  readonly layer: number;
  readonly removedRows: number;
  readonly removedColumns: number;
  readonly bound: bigint; // a multiple of the layer's step
}

/** Takes a log line by line and says at the end whether it proves a pruning optimal. */
export class ProofChecker {
  readonly #instance: Instance;
  readonly #goal: Goal;
  readonly #steps: readonly bigint[]; // of the layers: see stepOf
  readonly #meter: WorkMeter;
  #bounds: ShapeBounds | null = null; // made when the first line has been found in order
  #tree: OpenTree | null = null;
  #optimum: bigint | null = null;
  #fault: string | null = null;
  #line = 0;

  /**
   * @param mostWork numbers that checking may look at; the default is an hour or two of them. A log that needs more proves nothing.
   *
   * @throws RcpruneError on an instance that is none, or a goal that does not fit it
   */
  constructor(instance: Instance, goal: Goal, mostWork = MOST_WORK) {
    requireInstance(instance);
    requirementOf(instance, goal);
    this.#instance = instance;
    this.#goal = goal;
    this.#meter = new WorkMeter(mostWork);
    this.#steps = instance.layers.map(({ importance }) => stepOf(importance));
  }

  /** The next line, without its line break. After a fault, further lines change nothing. */
  take(line: string): void {
    this.#line++;
    if (this.#fault !== null) return;
    this.#guarded(() => this.#read(line), `line ${this.#line}: `);
  }

  /**
   * null when the whole log proves that the pruning is optimal: that it meets the goal, and that none that does costs less.
   * Else why not, in one sentence.
   */
  verdict(pruning: Pruning): string | null {
    if (this.#fault !== null) return this.#fault;
    if (this.#optimum === null) return `expected a last line that states the optimum, got ${this.#line} lines without`;
    const { reason } = check(this.#instance, this.#goal, pruning);
    if (reason !== null) return reason;
    const cost = this.#instance.layers.reduce((sum, layer, l) => sum + layerSums(layer, pruning.layers[l]!).cost, 0n);
    if (cost !== this.#optimum) return 'expected the proved optimum to be the cost of the pruning, got another';
    let least: bigint | null = null;
    this.#guarded(() => {
      least = this.#bounds!.leastSum(this.#goal, this.#meter);
    }, '');
    if (this.#fault !== null) return this.#fault;
    return least !== null && least >= cost ? null : 'expected bounds for all shapes that reach the target, got too few';
  }

  /** Runs a step; a {@link Fault} in it becomes the log's. */
  #guarded(step: () => void, where: string): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#fault = `${where}${error.message}`;
    }
  }

  #read(line: string): void {
    if (this.#optimum !== null) throw new Fault('expected nothing after the optimum, got another line');
    if (this.#bounds === null) {
      if (openingHash(line) !== instanceHash(this.#instance)) {
        throw new Fault('expected the hash of this instance, got another');
      }
      this.#bounds = new ShapeBounds(this.#instance);
    } else if (this.#tree !== null) this.#continueTree(this.#tree, line);
    else {
      const record = recordOf(line);
      if ('lines' in record) this.#boundLines(record);
      else if ('layer' in record) this.#tree = this.#openTree(record);
      else this.#optimum = wholeBig(record.optimum, 'optimum');
    }
  }

  #boundLines(record: Record<string, unknown>): void {
    const l = whole(record.lines, 'lines', 0, this.#instance.layers.length - 1);
    const { rows, cols } = this.#instance.layers[l]!;
    this.#meter.spend(LINES_WORK * (rows + 1) * (cols + 1)); // a sum of big integers a shape
    this.#bounds!.raiseByLines(l, gridded(this.#instance.layers[l]!, record, false), this.#steps[l]!);
  }

  #openTree(record: Record<string, unknown>): OpenTree {
    const l = whole(record.layer, 'layer', 0, this.#instance.layers.length - 1);
    const layer = this.#instance.layers[l]!;
    const step = this.#steps[l]!;
    const removedRows = whole(record.rows, 'rows', 0, layer.rows - 1);
    const removedColumns = whole(record.columns, 'columns', 0, layer.cols - 1);
    const bound = nextCost(step, wholeBig(record.bound, 'bound'));
    this.#meter.spend(layer.rows * layer.cols);
    const transposed = truth(record.transposed, 'transposed');
    const grid = gridded(layer, record, transposed);
    const [keptRows, keptColumns] = [layer.rows - removedRows, layer.cols - removedColumns];
    const [a, b] = transposed ? [keptColumns, keptRows] : [keptRows, keptColumns];
    // What keeps at most so much on the grid costs at least `bound`. (A limit beyond 2^53 is rounded, far below any sum.)
    const floor = Number(BigInt(grid.total) - costLimit(grid, step, bound));
    const total = exactSum(layer.importance);
    const costsEnough = (kept: Uint32Array) => {
      const isKept = new Uint8Array(grid.rows);
      for (const row of kept) isKept[row] = 1;
      return total - mostInColumns(layer, transposed, isKept, b) >= bound;
    };
    const order = list(record.order, 'order', grid.rows);
    const tree = new TreeCheck(grid, a, b, order, floor, costsEnough, this.#meter);
    return { check: tree, layer: l, removedRows, removedColumns, bound };
  }

  #continueTree({ check: tree, layer, removedRows, removedColumns, bound }: OpenTree, line: string): void {
    if (line.startsWith('{')) tree.split(recordOf(line));
    else tree.nodes(line);
    if (!tree.isComplete) return;
    this.#bounds!.raise(layer, removedRows, removedColumns, bound);
    this.#tree = null;
  }
}
