import { COLUMNS, crossing, ROWS, SIDES, type Side } from '../layer/side.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import { indicesOf, type Pruning } from '../problem/pruning.ts';

/**
 * The bookkeeping of methods that remove one line at a time: what is kept, which kinds may still lose a line, and when
 * the goal is met. All steps O(1) but {@link pruning}.
 *
 * Following it to the end always meets a feasible goal, since it refuses only lines that bring nothing or are forbidden.
 */
export class LineRemover {
  /** kept[side][l][line] = 1 while the line stays in layer l. */
  readonly kept: readonly (readonly Uint8Array[])[];
  readonly #keptCount: readonly Int32Array[]; // [side][layer], numbers of kept lines
  readonly #removedCount: readonly Int32Array[]; // likewise
  readonly #leastRemoved: readonly Int32Array[]; // likewise, what the goal allows
  readonly #mostRemoved: readonly Int32Array[];
  readonly #unitsPerEntry: readonly number[]; // [layer]
  #missingUnits: number;
  #missingLines: number; // lines that a fixed shape still demands

  constructor({ layers }: Instance, { ranges, target }: Requirement) {
    const lines = SIDES.map((side) => Int32Array.from(layers, ({ rows, cols }) => (side === ROWS ? rows : cols)));
    this.kept = lines.map((counts) => Array.from(counts, (count) => new Uint8Array(count).fill(1)));
    this.#keptCount = lines;
    this.#removedCount = SIDES.map(() => new Int32Array(layers.length));
    this.#leastRemoved = [
      Int32Array.from(ranges, ({ minRows }) => minRows),
      Int32Array.from(ranges, ({ minColumns }) => minColumns),
    ];
    this.#mostRemoved = [
      Int32Array.from(ranges, ({ maxRows }) => maxRows),
      Int32Array.from(ranges, ({ maxColumns }) => maxColumns),
    ];
    this.#unitsPerEntry = layers.map(({ unitsPerEntry }) => unitsPerEntry);
    this.#missingUnits = target;
    this.#missingLines = ranges.reduce((sum, range) => sum + range.minRows + range.minColumns, 0);
  }

  /** Whether the target is reached and no demanded line is missing. */
  done(): boolean {
    return this.#missingUnits <= 0 && this.#missingLines === 0;
  }

  /** Units that one more line of this side removes. */
  unitsOfLine(l: number, side: Side): number {
    return this.#keptCount[crossing(side)]![l]! * this.#unitsPerEntry[l]!;
  }

  /** Whether a line of this side is allowed and either brings units that are missing or is demanded. */
  mayRemove(l: number, side: Side): boolean {
    const removed = this.#removedCount[side]![l]!;
    if (removed >= this.#mostRemoved[side]![l]!) return false;
    if (removed < this.#leastRemoved[side]![l]!) return true;
    return this.#missingUnits > 0 && this.unitsOfLine(l, side) > 0;
  }

  remove(l: number, side: Side, line: number): void {
    if (this.#removedCount[side]![l]! < this.#leastRemoved[side]![l]!) this.#missingLines--;
    this.#missingUnits -= this.unitsOfLine(l, side);
    this.kept[side]![l]![line] = 0;
    this.#keptCount[side]![l]!--;
    this.#removedCount[side]![l]!++;
  }

  pruning(): Pruning {
    return {
      layers: this.kept[ROWS]!.map((rows, l) => ({
        removedRows: indicesOf(rows, 0),
        removedColumns: indicesOf(this.kept[COLUMNS]![l]!, 0),
      })),
    };
  }
}
