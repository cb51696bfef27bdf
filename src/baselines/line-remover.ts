import type { Requirement, ShapeRange } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import { indicesOf, type Pruning } from '../problem/pruning.ts';

/**
 * The bookkeeping of methods that remove one line at a time: what is kept, which kinds may still lose a line, and when
 * the goal is met. All steps O(1) but {@link pruning}.
 *
 * Following it to the end always meets a feasible goal, since it refuses only lines that bring nothing or are forbidden.
 */
export class LineRemover {
  /** keptRows[l][i] = 1 while row i of layer l stays; likewise columns. */
  readonly keptRows: readonly Uint8Array[];
  readonly keptColumns: readonly Uint8Array[];
  /** Numbers of kept lines, by layer. */
  readonly rowCount: Int32Array;
  readonly columnCount: Int32Array;
  readonly #instance: Instance;
  readonly #ranges: readonly ShapeRange[];
  #missingUnits: number;
  #missingLines: number; // lines that a fixed shape still demands

  constructor(instance: Instance, requirement: Requirement) {
    const { layers } = instance;
    this.#instance = instance;
    this.#ranges = requirement.ranges;
    this.keptRows = layers.map(({ rows }) => new Uint8Array(rows).fill(1));
    this.keptColumns = layers.map(({ cols }) => new Uint8Array(cols).fill(1));
    this.rowCount = Int32Array.from(layers, ({ rows }) => rows);
    this.columnCount = Int32Array.from(layers, ({ cols }) => cols);
    this.#missingUnits = requirement.target;
    this.#missingLines = requirement.ranges.reduce((sum, range) => sum + range.minRows + range.minColumns, 0);
  }

  /** Whether the target is reached and no demanded line is missing. */
  done(): boolean {
    return this.#missingUnits <= 0 && this.#missingLines === 0;
  }

  /** Units that one more line of this kind removes. */
  unitsOfLine(l: number, isRow: boolean): number {
    return (isRow ? this.columnCount[l]! : this.rowCount[l]!) * this.#instance.layers[l]!.unitsPerEntry;
  }

  /** Whether a line of this kind is allowed and either brings units that are missing or is demanded. */
  mayRemove(l: number, isRow: boolean): boolean {
    const { rows, cols } = this.#instance.layers[l]!;
    const range = this.#ranges[l]!;
    const removed = isRow ? rows - this.rowCount[l]! : cols - this.columnCount[l]!;
    if (removed >= (isRow ? range.maxRows : range.maxColumns)) return false;
    if (removed < (isRow ? range.minRows : range.minColumns)) return true;
    return this.#missingUnits > 0 && this.unitsOfLine(l, isRow) > 0;
  }

  remove(l: number, isRow: boolean, line: number): void {
    const { rows, cols } = this.#instance.layers[l]!;
    const range = this.#ranges[l]!;
    const removed = isRow ? rows - this.rowCount[l]! : cols - this.columnCount[l]!;
    if (removed < (isRow ? range.minRows : range.minColumns)) this.#missingLines--;
    this.#missingUnits -= this.unitsOfLine(l, isRow);
    if (isRow) {
      this.keptRows[l]![line] = 0;
      this.rowCount[l]!--;
    } else {
      this.keptColumns[l]![line] = 0;
      this.columnCount[l]!--;
    }
  }

  pruning(): Pruning {
    return {
      layers: this.keptRows.map((rows, l) => ({
        removedRows: indicesOf(rows, 0),
        removedColumns: indicesOf(this.keptColumns[l]!, 0),
      })),
    };
  }
}
