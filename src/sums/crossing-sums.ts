import { COLUMNS, crossing, ROWS, type Side } from '../layer/side.ts';
import type { Layer } from '../problem/instance.ts';
import { addColumn, addRow, type FixedPoint, type LineSums } from './fixed-point.ts';
import { LineSorter } from './sorted-lines.ts';

/*
 * Line sums of one side over those lines of the other that are there: what residual orders, re-selection, the greedy and enumeration
 * keep up to date, one line at a time.
 */

/** Sums of the lines of one side: high[line] + low[line], fixed-point values. */
export interface SideSums {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

/** The sums of one side's lines. */
export function sumsOfSide(side: Side, { rowHigh, rowLow, columnHigh, columnLow }: LineSums): SideSums {
  return side === ROWS ? { high: rowHigh, low: rowLow } : { high: columnHigh, low: columnLow };
}

/**
 * The sums of a layer's inner lines over those outer lines that are there, while outer lines leave and return. They are exact
 * in the scale's grid, so that they depend on which lines are there and not on the way: O(inner lines) per line, and
 * O(inner lines log) to sort.
 */
export class CrossingSums implements SideSums {
  readonly high: Float64Array; // [inner lines]
  readonly low: Float64Array;
  readonly #layer: Layer;
  readonly #scale: FixedPoint;
  readonly #outer: Side;
  #sorter: LineSorter | null = null;

  /** @param whole the layer's line sums: all outer lines are there; without them none is */
  constructor(layer: Layer, scale: FixedPoint, outer: Side, whole?: LineSums) {
    const inner = whole && sumsOfSide(crossing(outer), whole);
    const innerLines = outer === COLUMNS ? layer.rows : layer.cols;
    this.high = inner?.high.slice() ?? new Float64Array(innerLines);
    this.low = inner?.low.slice() ?? new Float64Array(innerLines);
    this.#layer = layer;
    this.#scale = scale;
    this.#outer = outer;
  }

  /** Puts an outer line back that is not there. */
  putBack(line: number): void {
    this.#add(line, 1);
  }

  /** Takes an outer line out that is there. */
  takeOut(line: number): void {
    this.#add(line, -1);
  }

  /** The inner lines by (sum, index), least first; valid until the next call. */
  order(): Uint32Array {
    this.#sorter ??= new LineSorter(this.high.length);
    return this.#sorter.sort(this.high, this.low);
  }

  #add(line: number, sign: 1 | -1): void {
    if (this.#outer === ROWS) addRow(this.#layer, this.#scale, line, sign, this.high, this.low);
    else addColumn(this.#layer, this.#scale, line, sign, this.high, this.low);
  }
}
