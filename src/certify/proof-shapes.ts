import { type Goal, requirementOf } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import { MOST_PROOF_SHAPES } from '../problem/proof-format.ts';
import { exactSum, nextCost } from './exact-integers.ts';
import { type Gridded, ungridded } from './proof-grid.ts';
import { Fault, type WorkMeter } from './proof-records.ts';

/**
 * What a proof log has proved of every shape of every layer: no pruning of the shape costs less than its bound.
 *
 * A shape that removes as many rows and columns as another, or more, costs no less (importances are >= 0): so a bound holds
 * for all larger shapes as well. A pruning that meets the goal takes one allowed shape in every layer, and these reach the
 * target together: so it costs at least the least sum of bounds over all such choices ({@link leastSum}).
 *
 * Costs are in units of 2^-149, shapes count removed lines. Memory: one integer for every shape.
 */
export class ShapeBounds {
  readonly #instance: Instance;
  readonly #bounds: readonly bigint[][]; // [layer][removedRows x (cols + 1) + removedColumns]

  /** @throws Fault when the layers have more shapes together than a proof log may speak of */
  constructor(instance: Instance) {
    const shapes = instance.layers.reduce((sum, { rows, cols }) => sum + (rows + 1) * (cols + 1), 0);
    if (shapes > MOST_PROOF_SHAPES) throw new Fault(`expected at most ${MOST_PROOF_SHAPES} shapes, got ${shapes}`);
    this.#instance = instance;
    this.#bounds = instance.layers.map(({ rows, cols, importance }) => {
      const bounds = new Array<bigint>((rows + 1) * (cols + 1)).fill(0n);
      const total = exactSum(importance); // what a shape costs that keeps nothing
      for (let c = 0; c <= cols; c++) bounds[rows * (cols + 1) + c] = total;
      for (let r = 0; r <= rows; r++) bounds[r * (cols + 1) + cols] = total;
      return bounds;
    });
  }

  /** No pruning of layer l that removes so many lines costs less than `bound`. */
  raise(l: number, removedRows: number, removedColumns: number, bound: bigint): void {
    const shape = removedRows * (this.#instance.layers[l]!.cols + 1) + removedColumns;
    if (this.#bounds[l]![shape]! < bound) this.#bounds[l]![shape] = bound;
  }

  /**
   * Row and column bounds of every shape of a layer: a rows and b columns keep at most the a greatest of the rows' sums of
   * their b greatest entries (and the transpose), so the shape costs at least the rest.
   *
   * Time O(rows x columns x log).
   *
   * @param grid the layer on a grid, not transposed
   */
  raiseByLines(l: number, grid: Gridded, step: bigint): void {
    const layer = this.#instance.layers[l]!;
    for (const byRow of [true, false]) {
      const [lines, length] = byRow ? [layer.rows, layer.cols] : [layer.cols, layer.rows];
      // best[line] = sum of the `inner` largest entries of a line, for inner = 0, 1, ...
      const best = new Float64Array(lines);
      const sorted = Array.from({ length: lines }, (_, line) => {
        return Float64Array.from(
          { length },
          (_, t) => grid.values[byRow ? line * length + t : t * lines + line]!,
        ).sort();
      });
      for (let inner = 0; inner <= length; inner++) {
        if (inner > 0) for (let line = 0; line < lines; line++) best[line]! += sorted[line]![length - inner]!;
        const order = best.slice().sort();
        for (let outer = 0, kept = 0; outer <= lines; outer++) {
          if (outer > 0) kept += order[lines - outer]!;
          const [keptRows, keptColumns] = byRow ? [outer, inner] : [inner, outer];
          const bound = nextCost(step, ungridded(grid, grid.total - kept));
          this.raise(l, layer.rows - keptRows, layer.cols - keptColumns, bound);
        }
      }
    }
  }

  /**
   * The least sum of bounds over all choices of one allowed shape for every layer that reach the target; null when there
   * is no such choice. Bounds of smaller shapes are passed on to larger ones first.
   *
   * @param meter counts the work
   * @throws Fault when the sums to compare are too many
   */
  leastSum(goal: Goal, meter: WorkMeter): bigint | null {
    const { target, ranges } = requirementOf(this.#instance, goal);
    let sums = new Map<number, bigint>([[0, 0n]]); // least sum by units removed, counted up to the target
    for (const [l, { rows, cols, unitsPerEntry }] of this.#instance.layers.entries()) {
      this.#passOn(l);
      const bounds = this.#bounds[l]!;
      const { minRows, maxRows, minColumns, maxColumns } = ranges[l]!;
      const own = new Map<number, bigint>();
      for (let r = minRows; r <= maxRows; r++) {
        for (let c = minColumns; c <= maxColumns; c++) {
          const units = (r * cols + c * rows - r * c) * unitsPerEntry;
          keepLeast(own, Math.min(target, units), bounds[r * (cols + 1) + c]!);
        }
      }
      const options = undominated(own);
      meter.spend(SUM_WORK * options.size * sums.size);
      const next = new Map<number, bigint>();
      for (const [units, sum] of options) {
        for (const [before, least] of sums) keepLeast(next, Math.min(target, before + units), least + sum);
      }
      sums = undominated(next);
    }
    return sums.get(target) ?? null;
  }

  /** Every shape's bound becomes the greatest of all shapes that remove no more rows and no more columns. */
  #passOn(l: number): void {
    const { rows, cols } = this.#instance.layers[l]!;
    const bounds = this.#bounds[l]!;
    const width = cols + 1;
    for (let r = 0; r <= rows; r++) {
      for (let c = 0; c <= cols; c++) {
        if (r > 0) this.raise(l, r, c, bounds[(r - 1) * width + c]!);
        if (c > 0) this.raise(l, r, c, bounds[r * width + c - 1]!);
      }
    }
  }
}

/** Numbers looked at in the time that a sum of big integers takes to be compared with others. */
const SUM_WORK = 64;

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
