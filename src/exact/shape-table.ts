import { nondominated } from '../knapsack/nondominated.ts';
import type { ShapeRange } from '../problem/goal.ts';
import type { Layer } from '../problem/instance.ts';
import { type LayerPruning, removedEntries, type Shape } from '../problem/pruning.ts';
import type { Multipliers } from './shape-search.ts';

/*
 * What branch and bound knows of one layer: for every shape that an optimum may have, a proved lower bound and the best pruning.
 * Bounds only rise, and they never fall from a shape to one that removes more lines of both kinds. O(shapes) for a rise.
 */

/** One shape of a layer and what is known about its least cost; costs in units of 2^-149. */
export interface ShapeEntry {
  /** Numbers of removed lines. */
  readonly removed: Shape;
  readonly units: number;
  /** Proved: every pruning of this shape costs at least this. */
  lower: bigint;
  /** The best pruning of this shape that is known; null before one was looked for. */
  best: { readonly cost: bigint; readonly lines: LayerPruning } | null;
  /** How hard the next search is to try; Infinity when nothing more can be found out, the layer being too large. */
  effort: number;
  /** Where the last search of this shape got to, and its unit, 2^exponent; null before one. */
  reached: { readonly multipliers: Multipliers; readonly exponent: number } | null;
}

/** The shapes of one layer that an optimum may have. */
export class ShapeTable {
  readonly entries: readonly ShapeEntry[];
  #byUnits: ShapeEntry[];
  #front: { units: number; cost: bigint; entry: ShapeEntry }[] | null = null;

  /**
   * @param target with one layer, what it has to reach: then only the least column count for every row count matters, and
   * only where it is less than with fewer rows
   */
  constructor(layer: Layer, range: ShapeRange, target: number | null) {
    const { minRows, maxRows, minColumns, maxColumns } = range;
    const entries: ShapeEntry[] = [];
    let fewest = Infinity;
    for (let rows = minRows; rows <= maxRows; rows++) {
      for (let columns = minColumns; columns <= maxColumns; columns++) {
        const removed = { rows, columns };
        const units = removedEntries(layer, removed) * layer.unitsPerEntry;
        if (target !== null && (units < target || columns >= fewest)) continue;
        entries.push({ removed, units, lower: 0n, best: null, effort: 0, reached: null });
        if (target === null) continue;
        fewest = columns;
        break;
      }
    }
    this.entries = entries;
    this.#byUnits = [...entries].sort((x, y) => y.units - x.units);
  }

  /** Raises a lower bound, and with it those of all shapes that remove as many rows and columns or more. */
  raise(entry: ShapeEntry, lower: bigint): void {
    const { rows, columns } = entry.removed;
    for (const other of this.entries) {
      const isLarger = other.removed.rows >= rows && other.removed.columns >= columns;
      if (isLarger && other.lower < lower) other.lower = lower;
    }
    this.#front = null;
  }

  /** Raises the lower bounds of all entries, in their order. */
  raiseAll(lowers: readonly bigint[]): void {
    for (const [e, lower] of lowers.entries()) if (this.entries[e]!.lower < lower) this.entries[e]!.lower = lower;
    this.#front = null;
  }

  /** The shapes whose lower bound is below that of all shapes that remove more units. */
  front(): readonly { readonly units: number; readonly cost: bigint; readonly entry: ShapeEntry }[] {
    if (this.#front !== null) return this.#front;
    const cheaper = nondominated(this.#byUnits, (one, than) => one.lower < than.lower);
    this.#front = cheaper.map((entry) => ({ units: entry.units, cost: entry.lower, entry }));
    return this.#front;
  }
}
