import { crossing, SIDES, type Side } from '../layer/side.ts';
import { greedyLinked } from '../linked/solvers.ts';
import type { Method } from '../method/method.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import type { Answer } from '../problem/result.ts';
import { CrossingSums, type SideSums } from '../sums/crossing-sums.ts';
import { type FixedPoint, fixedPointOf, lineSums, toExact } from '../sums/fixed-point.ts';
import { LineRemover } from './line-remover.ts';

/**
 * Greedy: repeatedly removes, in the whole network, the line of least mean importance of the units that it still holds.
 *
 * With one unit per entry this is the mean importance per entry. Ties go to the earlier layer, rows before columns, the
 * lower index. Fast and hard to beat on whole networks, but no constant factor holds: m rows (0.9, 1.2) with target 2 cost
 * it 0.9 m where one row costs 2.1.
 *
 * All rows of a layer hold the same number of units, so the layer's least mean row is its least sum. Removing a line
 * updates the sums of the other kind in the same pass that finds their new least one. Time O(removed lines x line length)
 * plus O(layers) per step, never more than a few passes over the entries; memory O(lines).
 */
export const greedy: Method = {
  name: 'greedy',
  summary: 'repeatedly the line of least mean importance in the whole network',
  run: removeLeastMeans,
  runLinked: greedyLinked,
};

function removeLeastMeans(instance: Instance, requirement: Requirement): Answer {
  const scale = fixedPointOf(instance);
  const remover = new LineRemover(instance, requirement);
  const layers = instance.layers.map((layer, l) => new LayerLines(layer, scale, remover, l));
  const candidates = layers.flatMap(({ least }) => least); // updated in place
  let work = 0;
  while (!remover.done()) {
    let best: Candidate | null = null;
    for (const candidate of candidates) {
      if (!remover.mayRemove(candidate.layer, candidate.side)) continue;
      candidate.units = remover.unitsOfLine(candidate.layer, candidate.side);
      if (best === null || hasLessMean(candidate, best)) best = candidate;
    }
    layers[best!.layer]!.remove(best!);
    work++;
  }
  return { pruning: remover.pruning(), work };
}

/** The kept line of least sum of one side in one layer. */
interface Candidate {
  readonly layer: number;
  readonly side: Side;
  line: number;
  high: number;
  low: number;
  units: number;
}

/** The sums of one layer's kept lines over what is kept, and the least of either side. */
class LayerLines {
  readonly least: readonly Candidate[]; // [side]
  readonly #sums: readonly CrossingSums[]; // [side], of the lines of that side
  readonly #remover: LineRemover;

  constructor(layer: Layer, scale: FixedPoint, remover: LineRemover, l: number) {
    const whole = lineSums(layer, scale);
    this.#remover = remover;
    this.#sums = SIDES.map((side) => new CrossingSums(layer, scale, crossing(side), whole));
    this.least = SIDES.map((side) => ({ layer: l, side, line: -1, high: 0, low: 0, units: 0 }));
    this.#findLeast();
  }

  remove({ layer, side, line }: Candidate): void {
    this.#remover.remove(layer, side, line);
    // Sums of removed lines go on being updated: cheaper than asking, and nobody reads them.
    this.#sums[crossing(side)]!.takeOut(line);
    this.#findLeast();
  }

  #findLeast(): void {
    for (const candidate of this.least) {
      const { layer, side } = candidate;
      setLeast(candidate, this.#remover.kept[side]![layer]!, this.#sums[side]!);
    }
  }
}

/** The kept line of least (sum, index); line -1 when none is kept. */
function setLeast(least: Candidate, kept: Uint8Array, { high, low }: SideSums): void {
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
