import { markLargest, sumOfLargest } from '../layer/largest.ts';
import { COLUMNS, outerFirst, prunedLayer, type Side, shorterSide, viewFrom } from '../layer/side.ts';
import { transposeInto } from '../layer/transpose.ts';
import type { Layer } from '../problem/instance.ts';
import { indicesOf, type LayerPruning, type Shape } from '../problem/pruning.ts';
import { makeRandom } from '../problem/random.ts';

/**
 * A good pruning of a given shape, as an incumbent for the search: iterated local search over the kept rows of the shorter
 * side, the columns always the best ones for them.
 *
 * From the rows of largest sums: alternate (best columns for the rows, best rows for the columns) until stable, then swap
 * one kept row for one removed row while that helps; then swap a few at random and repeat, from the best rows so far. Sums
 * are rounded: what is returned is a pruning, never a bound. Time O(rounds x rows^2 x columns) or so.
 *
 * @param removed rows and columns to remove
 * @param rounds random restarts
 */
export function goodPruning(layer: Layer, removed: Shape, rounds: number, seed: number): LayerPruning {
  const outer = shorterSide(layer);
  const { outerLines, innerLines } = viewFrom(outer, layer);
  const [removedOuter, removedInner] = outerFirst(outer, removed.rows, removed.columns);
  const search = new RowSwaps(layer, outer, outerLines - removedOuter, innerLines - removedInner);
  const { keptRows, keptColumns } = search.run(rounds, seed);
  return prunedLayer(layer, outer, indicesOf(keptRows, 0), indicesOf(keptColumns, 0));
}

/** Above this, a sweep of swaps would take longer than it is worth. */
const MOST_SWAP_WORK = 2 ** 22;
const KICKED_ROWS = 3;

class RowSwaps {
  readonly #m: number;
  readonly #n: number;
  readonly #a: number;
  readonly #b: number;
  readonly #values: Float64Array; // row-major [m, n]
  readonly #kept: Uint8Array; // kept[i] = 1 while row i stays
  readonly #sums: Float64Array; // [n], sums of the kept rows
  readonly #rowSums: Float64Array; // [m], sums over the columns in question
  readonly #columns: Uint8Array; // columns[j] = 1 while column j stays
  readonly #before: Uint8Array; // the rows kept before an attempt
  readonly #offer: Float64Array; // [n], sums after a swap
  readonly #scratch: Float64Array;

  constructor(layer: Layer, outer: Side, a: number, b: number) {
    const { rows, cols, importance } = layer;
    const { outerLines, innerLines } = viewFrom(outer, layer);
    [this.#m, this.#n] = [outerLines, innerLines];
    this.#a = a;
    this.#b = b;
    this.#values = new Float64Array(importance);
    if (outer === COLUMNS) transposeInto(this.#values, importance, rows, cols);
    this.#kept = new Uint8Array(this.#m);
    this.#sums = new Float64Array(this.#n);
    this.#rowSums = new Float64Array(this.#m);
    this.#columns = new Uint8Array(this.#n);
    this.#before = new Uint8Array(this.#m);
    this.#offer = new Float64Array(this.#n);
    this.#scratch = new Float64Array(Math.max(this.#m, this.#n));
  }

  run(rounds: number, seed: number): { keptRows: Uint8Array; keptColumns: Uint8Array } {
    const random = makeRandom(seed, `local-search/${this.#a}/${this.#b}`);
    this.#keepLargest(this.#columns.fill(1));
    let best = this.#improve();
    const bestKept = this.#kept.slice();
    for (let round = 0; round < rounds; round++) {
      const inside = indicesOf(this.#kept, 1);
      const outside = indicesOf(this.#kept, 0);
      const kicks = Math.min(KICKED_ROWS, inside.length, outside.length);
      if (kicks === 0) break;
      for (const t of random.sample(inside.length, kicks)) this.#kept[inside[t]!] = 0;
      for (const t of random.sample(outside.length, kicks)) this.#kept[outside[t]!] = 1;
      const value = this.#improve();
      if (value > best) {
        best = value;
        bestKept.set(this.#kept);
      } else this.#kept.set(bestKept);
    }
    this.#kept.set(bestKept);
    this.#sumUp();
    markLargest(this.#sums, this.#b, this.#columns, this.#scratch);
    return { keptRows: bestKept, keptColumns: this.#columns };
  }

  /** Alternates, then swaps, until neither helps; the kept value reached. */
  #improve(): number {
    let value = -1;
    for (;;) {
      this.#sumUp();
      const next = this.#value(this.#sums);
      if (!(next > value)) return value;
      value = next;
      markLargest(this.#sums, this.#b, this.#columns, this.#scratch);
      this.#before.set(this.#kept);
      this.#keepLargest(this.#columns);
      this.#sumUp();
      const alternated = this.#value(this.#sums);
      if (alternated > value) continue;
      this.#kept.set(this.#before);
      this.#sumUp();
      if (this.#a * (this.#m - this.#a) * this.#n <= MOST_SWAP_WORK) this.#swap(value);
    }
  }

  /** The first swap found that helps, of all pairs. */
  #swap(value: number): void {
    const n = this.#n;
    const values = this.#values;
    const offer = this.#offer;
    for (let out = 0; out < this.#m; out++) {
      if (this.#kept[out] === 0) continue;
      for (let into = 0; into < this.#m; into++) {
        if (this.#kept[into] === 1) continue;
        for (let j = 0; j < n; j++) offer[j] = this.#sums[j]! - values[out * n + j]! + values[into * n + j]!;
        if (this.#value(offer) > value * (1 + 1e-12)) {
          this.#kept[out] = 0;
          this.#kept[into] = 1;
          return;
        }
      }
    }
  }

  /** Keeps the rows of largest sum over the columns given. */
  #keepLargest(columns: Uint8Array): void {
    const n = this.#n;
    const sums = this.#rowSums.fill(0);
    for (let i = 0, k = 0; i < this.#m; i++)
      for (let j = 0; j < n; j++, k++) sums[i]! += columns[j]! * this.#values[k]!;
    markLargest(sums, this.#a, this.#kept, this.#scratch);
  }

  #sumUp(): void {
    const n = this.#n;
    this.#sums.fill(0);
    for (let i = 0; i < this.#m; i++) {
      if (this.#kept[i] === 1) for (let j = 0, k = i * n; j < n; j++, k++) this.#sums[j]! += this.#values[k]!;
    }
  }

  #value(sums: Float64Array): number {
    this.#scratch.set(sums);
    return sumOfLargest(this.#scratch, this.#n, this.#b);
  }
}
