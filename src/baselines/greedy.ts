import type { Method } from '../method/method.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import type { Answer } from '../problem/result.ts';
import { addColumn, addRow, type FixedPoint, fixedPointOf, lineSums, toExact } from '../sums/fixed-point.ts';
import { LineRemover } from './line-remover.ts';

/**
 * Greedy: repeatedly removes, in the whole network, the line of least mean importance of the units that it still holds.
 *
 * With one unit an entry this is the mean importance per entry. Ties go to the earlier layer, rows before columns, the
 * lower index. Fast and hard to beat on whole networks, but no constant factor holds: m rows (0.9, 1.2) with target 2 cost
 * it 0.9 m where one row costs 2.1.
 *
 * All rows of a layer hold the same number of units, so the layer's least mean row is its least sum. Removing a line
 * updates the sums of the other kind in the same pass that finds their new least one. Time O(removed lines x line length)
 * plus O(layers) a step, never more than a few passes over the entries; memory O(lines).
 */
export const greedy: Method = {
  name: 'greedy',
  summary: 'repeatedly the line of least mean importance in the whole network',
  run: removeLeastMeans,
};

function removeLeastMeans(instance: Instance, requirement: Requirement): Answer {
  const scale = fixedPointOf(instance);
  const remover = new LineRemover(instance, requirement);
  const layers = instance.layers.map((layer, l) => new LayerLines(layer, scale, remover, l));
  const candidates = layers.flatMap((lines) => [lines.leastRow, lines.leastColumn]); // updated in place
  let work = 0;
  while (!remover.done()) {
    let best: Candidate | null = null;
    for (const candidate of candidates) {
      if (!remover.mayRemove(candidate.layer, candidate.isRow)) continue;
      candidate.units = remover.unitsOfLine(candidate.layer, candidate.isRow);
      if (best === null || hasLessMean(candidate, best)) best = candidate;
    }
    layers[best!.layer]!.remove(best!.isRow, best!.line);
    work++;
  }
  return { pruning: remover.pruning(), work };
}

/** The kept line of least sum of one kind in one layer. */
interface Candidate {
  readonly layer: number;
  readonly isRow: boolean;
  line: number;
  high: number;
  low: number;
  units: number;
}

/** The sums of one layer's kept lines over what is kept, and the least of either kind. */
class LayerLines {
  readonly leastRow: Candidate;
  readonly leastColumn: Candidate;
  readonly #layer: Layer;
  readonly #scale: FixedPoint;
  readonly #remover: LineRemover;
  readonly #rowHigh: Float64Array; // [rows], row sums over kept columns; likewise the others
  readonly #rowLow: Float64Array;
  readonly #columnHigh: Float64Array; // [cols]
  readonly #columnLow: Float64Array;

  constructor(layer: Layer, scale: FixedPoint, remover: LineRemover, l: number) {
    const sums = lineSums(layer, scale);
    this.#layer = layer;
    this.#scale = scale;
    this.#remover = remover;
    this.#rowHigh = sums.rowHigh;
    this.#rowLow = sums.rowLow;
    this.#columnHigh = sums.columnHigh;
    this.#columnLow = sums.columnLow;
    this.leastRow = { layer: l, isRow: true, line: -1, high: 0, low: 0, units: 0 };
    this.leastColumn = { layer: l, isRow: false, line: -1, high: 0, low: 0, units: 0 };
    this.#findLeast();
  }

  remove(isRow: boolean, line: number): void {
    this.#remover.remove(this.leastRow.layer, isRow, line);
    // Sums of removed lines go on being updated: cheaper than asking, and nobody reads them.
    if (isRow) addRow(this.#layer, this.#scale, line, -1, this.#columnHigh, this.#columnLow);
    else addColumn(this.#layer, this.#scale, line, -1, this.#rowHigh, this.#rowLow);
    this.#findLeast();
  }

  #findLeast(): void {
    const l = this.leastRow.layer;
    setLeast(this.leastRow, this.#remover.keptRows[l]!, this.#rowHigh, this.#rowLow);
    setLeast(this.leastColumn, this.#remover.keptColumns[l]!, this.#columnHigh, this.#columnLow);
  }
}

/** The kept line of least (sum, index); line -1 when none is kept. */
function setLeast(least: Candidate, kept: Uint8Array, high: Float64Array, low: Float64Array): void {
  let line = -1;
  let bestHigh = Infinity;
  let bestLow = 0;
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] === 1 && high[i]! - bestHigh + (low[i]! - bestLow) < 0) {
      line = i;
      bestHigh = high[i]!;
      bestLow = low[i]!;
    }
  }
  least.line = line;
  least.high = bestHigh;
  least.low = bestLow;
}

/** A rounded product of a sum and a count is off by less than this share of it. */
const PRODUCT_ERROR = 2 ** -48;

/** Whether a's mean is less than b's, exactly: sum_a x units_b < sum_b x units_a. */
function hasLessMean(a: Candidate, b: Candidate): boolean {
  // Demanded lines that hold no units any more (a fixed shape with all lines of the other kind gone) are free.
  const left = (a.high + a.low) * b.units;
  const right = (b.high + b.low) * a.units;
  if (Math.abs(left - right) > (left + right) * PRODUCT_ERROR) return left < right;
  return toExact(a.high, a.low) * BigInt(b.units) < toExact(b.high, b.low) * BigInt(a.units);
}
