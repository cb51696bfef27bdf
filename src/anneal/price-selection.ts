import { ascending, markLargest } from '../layer/largest.ts';
import { COLUMNS, crossing, SIDES, type Side } from '../layer/side.ts';
import { alternateSides } from '../reselect/alternate.ts';
import type { SelectionProblem } from './selection-state.ts';

/*
 * One layer at a price v per kept unit: the lines that maximise kept importance - v x kept units.
 *
 * With the columns held, a row is worth keeping iff its sum over them exceeds v x their units; likewise columns for rows.
 * Alternating between the two never loses, lets the shape float (alternating re-selection holds it) and ends where no set
 * of lines of one kind gains. The value has many local maxima (a large block, a few rows, nothing), hence several starts:
 * the best line of each residual order at this price, everything kept, and what was found at other prices.
 */

/** Kept lines of one layer and what they keep. */
export interface LayerCandidate {
  readonly kept: Uint8Array; // [lines of the layer]
  readonly units: number;
  readonly weight: number; // on the grid
}

/** Sweeps of one selection at most; a handful is usual. */
const MOST_SWEEPS = 60;

/**
 * Alternates from `kept` until stable. O(kept lines x crossing lines) per sweep.
 *
 * @param problem one layer; @param first the side that is chosen first
 */
export function settleAtPrice(
  problem: SelectionProblem,
  start: Uint8Array,
  price: number,
  first: Side,
): LayerCandidate {
  const kept = start.slice();
  const sides = sidesOf(problem, kept);
  alternateSides(first, MOST_SWEEPS, (side) => {
    const other = sides[crossing(side)]!;
    const sums = crossingSums(problem, side, other);
    return keepWorthy(problem, side, sides[side]!, sums, price * countOf(other));
  });
  return candidateOf(problem, kept);
}

/** The kept lines of either side: parts of one mask. */
function sidesOf({ classStart }: SelectionProblem, kept: Uint8Array): readonly Uint8Array[] {
  return SIDES.map((side) => kept.subarray(classStart[side]!, classStart[side + 1]!));
}

/** Factors of the number of kept lines in {@link resized}. */
const RESIZES = [0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2];

/**
 * The layer at other sizes: its kept rows, its kept columns, or both (by the square root) times each of {@link RESIZES},
 * decoded by alternating re-selection at the new shape from the lines at hand. A collective move: it is no step of a
 * Markov chain and keeps no balance; it proposes candidates. O(entries) each at worst.
 */
export function resized(problem: SelectionProblem, start: Uint8Array): LayerCandidate[] {
  const [rows, columns] = sidesOf(problem, start).map(countOf) as [number, number];
  const found: LayerCandidate[] = [];
  const tried = new Set<number>([rows * problem.lines + columns]);
  for (const factor of RESIZES) {
    const root = Math.sqrt(factor);
    for (const [rowFactor, columnFactor] of [
      [factor, 1],
      [1, factor],
      [root, root],
    ] as const) {
      const a = allowedCount(problem, 0, rows * rowFactor);
      const b = allowedCount(problem, 1, columns * columnFactor);
      if (tried.has(a * problem.lines + b)) continue;
      tried.add(a * problem.lines + b);
      // The kind that grows by the larger factor is chosen first.
      const first = a * Math.max(columns, 1) >= b * Math.max(rows, 1) ? 0 : 1;
      if (a * b > 0) found.push(settleAtShape(problem, start, a, b, first));
    }
  }
  return found;
}

function allowedCount({ leastKept, mostKept }: SelectionProblem, c: number, count: number): number {
  return Math.max(leastKept[c]!, Math.min(mostKept[c]!, Math.round(count)));
}

/** Alternating re-selection at a shape until stable, from the lines of the other side than `first` in `start`. */
export function settleAtShape(
  problem: SelectionProblem,
  start: Uint8Array,
  keptRows: number,
  keptColumns: number,
  first: Side,
): LayerCandidate {
  const kept = start.slice();
  const counts = [keptRows, keptColumns];
  const sides = sidesOf(problem, kept);
  alternateSides(first, MOST_SWEEPS, (side) => {
    const sums = crossingSums(problem, side, sides[crossing(side)]!);
    return keepHeaviest(sides[side]!, sums, counts[side]!);
  });
  return candidateOf(problem, kept);
}

/**
 * For either order of the residual algorithm, the outer lines of its best shape at this price, all inner lines kept.
 *
 * Outer lines leave in ascending order of their sums, inner sums follow; with o of them gone the best inner lines are those
 * above their price. O(entries) for all shapes.
 */
export function residualStart(problem: SelectionProblem, price: number, outer: Side): Uint8Array {
  const { classStart, weights, leastKept, mostKept, unitsPerEntry, magic } = problem;
  const inner = crossing(outer);
  const outerLines = classStart[outer + 1]! - classStart[outer]!;
  const innerLines = classStart[inner + 1]! - classStart[inner]!;
  const outerSums = wholeSums(problem, outer);
  const innerSums = wholeSums(problem, inner);
  const order = ascending(outerSums);
  const weight = weights[outer]!;
  let best = -Infinity;
  let bestGone = 0;
  for (let gone = 0; gone <= outerLines - leastKept[outer]!; gone++) {
    if (gone > 0) {
      let k = order[gone - 1]! * innerLines;
      for (let line = 0; line < innerLines; line++, k++) innerSums[line]! -= weight[k]! + magic - magic;
    }
    if (outerLines - gone > mostKept[outer]!) continue;
    const worth = price * unitsPerEntry[outer]! * (outerLines - gone);
    let value = 0;
    for (let line = 0; line < innerLines; line++) if (innerSums[line]! > worth) value += innerSums[line]! - worth;
    if (value <= best) continue;
    best = value;
    bestGone = gone;
  }
  const kept = new Uint8Array(outerLines + innerLines).fill(1);
  for (let k = 0; k < bestGone; k++) kept[classStart[outer]! + order[k]!] = 0;
  return kept;
}

/** Sums of one side's lines over all lines of the other, on the grid. */
export function wholeSums(problem: SelectionProblem, side: Side): Float64Array {
  const other = crossing(side);
  const all = problem.classStart[other + 1]! - problem.classStart[other]!;
  return crossingSums(problem, side, new Uint8Array(all).fill(1));
}

/** Sums of class c's lines over kept lines of the other class, on the grid. */
function crossingSums({ classStart, weights, magic }: SelectionProblem, c: number, other: Uint8Array): Float64Array {
  const length = classStart[c + 1]! - classStart[c]!;
  const sums = new Float64Array(length);
  const weight = weights[crossing(c)]!;
  for (let line = 0; line < other.length; line++) {
    if (other[line] === 0) continue;
    for (let at = 0, k = line * length; at < length; at++, k++) sums[at]! += weight[k]! + magic - magic;
  }
  return sums;
}

/** Keeps the lines whose sums exceed `worth` per unit, as many as are allowed. @returns whether any line changed */
function keepWorthy(
  { leastKept, mostKept, unitsPerEntry }: SelectionProblem,
  c: number,
  side: Uint8Array,
  sums: Float64Array,
  worth: number,
): boolean {
  const before = side.slice();
  const threshold = worth * unitsPerEntry[c]!;
  let count = 0;
  for (let line = 0; line < side.length; line++) {
    side[line] = sums[line]! > threshold ? 1 : 0;
    count += side[line]!;
  }
  if (count < leastKept[c]! || count > mostKept[c]!) {
    const wanted = count < leastKept[c]! ? leastKept[c]! : mostKept[c]!;
    keepHeaviest(side, sums, wanted);
  }
  return side.some((value, line) => value !== before[line]);
}

/** Keeps the `count` lines of largest sum, ties by index. @returns whether any line changed */
function keepHeaviest(side: Uint8Array, sums: Float64Array, count: number): boolean {
  const before = side.slice();
  markLargest(sums, count, side);
  return side.some((value, line) => value !== before[line]);
}

/** Prices lines of one layer. O(kept rows x columns). */
export function candidateOf(problem: SelectionProblem, kept: Uint8Array): LayerCandidate {
  const { unitsPerEntry } = problem;
  const [rows, columns] = sidesOf(problem, kept) as [Uint8Array, Uint8Array];
  const sums = crossingSums(problem, COLUMNS, rows);
  let weight = 0;
  for (let column = 0; column < columns.length; column++) if (columns[column] === 1) weight += sums[column]!;
  return { kept, units: countOf(rows) * countOf(columns) * unitsPerEntry[0]!, weight };
}

function countOf(mask: Uint8Array): number {
  let count = 0;
  for (const value of mask) count += value;
  return count;
}
