import { descending, sumOfLast, tiesOfSorted } from '../layer/largest.ts';
import { COLUMNS, type LayerView, ROWS, viewFrom } from '../layer/side.ts';
import type { Layer } from '../problem/instance.ts';
import { type KeptTable, lower } from './kept-table.ts';
import { lineTable } from './rows-columns.ts';

/**
 * The split bound: for any matrix T, a block of a rows and b columns keeps at most
 *
 *   f(T) = top_a over the rows of top_b(row of W - T)  +  top_b over the columns of top_a(column of T).
 *
 * Theorem (our construction; T5: Bounds.split_bound_sound). The least f(T) is the value of the linear program max sum w k, sum_j k_ij = b u_i,
 * sum_i k_ij = a v_j, 0 <= k_ij <= min(u_i, v_j), sum u = a, sum v = b (u, v <= 1): T is the multiplier that makes a row-wise and
 * a column-wise solution agree.
 *
 * `exact/block-split.ts` has the same bound on exact integers inside a search, with more multipliers: rows in blocks, and copies.
 *
 * f is convex and piecewise linear with subgradient K2 - K1, the 0/1 choices of the two nested maxima. Minimised by the volume
 * algorithm (Barahona and Anbil 2000): steps along an average of subgradients, whose weights estimate the primal k, from
 * the best T so far, Polyak's length towards a level below the best value that tightens when nothing improves. O(m n log(m n)) per step,
 * three matrices of memory; within 1% of the linear program in a few hundred steps on the instances of the tests.
 */
export interface SplitBound {
  /** T, row-major. */
  readonly columnShare: Float32Array;
  /** f(T) for the shape it was made for. */
  readonly bound: number;
}

const AVERAGING = 0.1;
const FIRST_LEVEL = 0.05;
const PATIENCE = 12;
const LEAST_LEVEL = 1e-5;

/** A good T for blocks of a rows and b columns, from T = W / 2. */
export function splitAt(layer: Layer, a: number, b: number, steps: number): SplitBound {
  const { rows, cols, importance } = layer;
  const size = rows * cols;
  let best = Float64Array.from(importance.map((w) => w / 2));
  const choice = new SplitChoice(layer, a, b);
  let bound = choice.evaluate(best);
  const direction = choice.difference.slice(); // average of K1 - K2
  let level = FIRST_LEVEL;
  let failures = 0;
  const trial = new Float64Array(size);
  for (let step = 0; step < steps && level > LEAST_LEVEL && bound > 0; step++) {
    let square = 0;
    for (let k = 0; k < size; k++) square += direction[k]! * direction[k]!;
    if (square === 0) break;
    const length = (level * bound) / square;
    for (let k = 0; k < size; k++) trial[k] = best[k]! + length * direction[k]!;
    const value = choice.evaluate(trial);
    const { difference } = choice;
    for (let k = 0; k < size; k++) direction[k] = (1 - AVERAGING) * direction[k]! + AVERAGING * difference[k]!;
    if (value < bound) {
      failures = value < bound - 0.1 * level * bound ? 0 : failures;
      bound = value;
      best = trial.slice();
    } else if (++failures >= PATIENCE) {
      failures = 0;
      level /= 2;
    }
  }
  return { columnShare: Float32Array.from(best), bound };
}

/** Lowers a table by the split bound of a matrix T, for all shapes. O(m n log(m n)). */
export function lowerBySplit(table: KeptTable, layer: Layer, columnShare: Float32Array): void {
  const rowShare = Float64Array.from(layer.importance, (w, k) => w - columnShare[k]!);
  const byRows = lineTable(ROWS, layer, rowShare, table.range);
  const byColumns = lineTable(COLUMNS, layer, columnShare, table.range);
  for (let k = 0; k < byRows.values.length; k++) byRows.values[k]! += byColumns.values[k]!;
  lower(table, byRows);
}

/** Evaluates f and its choices. */
class SplitChoice {
  /** K1 - K2 of the last evaluation. */
  readonly difference: Float64Array;
  readonly #layer: Layer;
  readonly #a: number;
  readonly #b: number;

  constructor(layer: Layer, a: number, b: number) {
    this.#layer = layer;
    this.#a = a;
    this.#b = b;
    this.difference = new Float64Array(layer.rows * layer.cols);
  }

  evaluate(share: Float64Array): number {
    const rowShare = Float64Array.from(this.#layer.importance, (w, k) => w - share[k]!);
    this.difference.fill(0);
    const byRows = this.#nested(rowShare, viewFrom(ROWS, this.#layer), this.#a, this.#b, 1);
    return byRows + this.#nested(share, viewFrom(COLUMNS, this.#layer), this.#b, this.#a, -1);
  }

  /** top_outer over the lines of top_inner(line); adds `mark` to the difference where an entry is chosen. */
  #nested(matrix: Float64Array, view: LayerView, outer: number, inner: number, mark: number): number {
    const { outerLines, innerLines, outerStep, innerStep } = view;
    const values = new Float64Array(innerLines);
    const tops = new Float64Array(outerLines);
    const thresholds = new Float64Array(outerLines); // the least entry that a line's top counts
    const ties = new Int32Array(outerLines); // entries that equal it and count
    for (let line = 0; line < outerLines; line++) {
      for (let k = 0, at = line * outerStep; k < innerLines; k++, at += innerStep) values[k] = matrix[at]!;
      values.sort();
      tops[line] = sumOfLast(values, inner);
      thresholds[line] = values[innerLines - inner]!;
      ties[line] = tiesOfSorted(values, inner);
    }
    let total = 0;
    for (const line of descending(tops).subarray(0, outer)) {
      total += tops[line]!;
      const threshold = thresholds[line]!;
      let left = ties[line]!;
      for (let k = 0, at = line * outerStep; k < innerLines; k++, at += innerStep) {
        const entry = matrix[at]!;
        if (entry > threshold || (entry === threshold && left-- > 0)) this.difference[at]! += mark;
      }
    }
    return total;
  }
}
