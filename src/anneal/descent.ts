import { crossing } from '../layer/side.ts';
import type { SelectionState } from './selection-state.ts';

/**
 * Descends to a local optimum: no allowed flip, swap (a kept for a removed line of one class) or trade (a kept for a
 * removed line of different classes, also a row for a column of one layer) keeps more importance within the capacity.
 *
 * The best kept-to-go and removed-to-return of every class are held; only the classes of a changed layer are searched
 * again. A row and a column of one layer cross, so that pairs of them are searched one by one, where the sums leave room.
 * Time O(classes^2) per step and O(lines + changed lines) of the layer, O(entries) for its crossing pairs at worst.
 *
 * @returns steps taken
 */
export function descend(state: SelectionState): number {
  const { classes, classOf } = state.problem;
  const extremes: Extremes = {
    lightest: new Int32Array(classes).fill(-1),
    heaviest: new Int32Array(classes).fill(-1),
  };
  for (let c = 0; c < classes; c++) findExtremes(state, extremes, c);
  for (let steps = 0; ; steps++) {
    const { gain, out, into } = bestStep(state, extremes);
    if (gain <= 0) return steps;
    for (const line of [out, into]) if (line >= 0) state.flip(line);
    for (const line of [out, into]) {
      if (line < 0) continue;
      findExtremes(state, extremes, classOf[line]!);
      findExtremes(state, extremes, crossing(classOf[line]!));
    }
  }
}

/** Of every class the lines that a step would take first; -1: there is none. */
interface Extremes {
  readonly lightest: Int32Array; // [classes], kept line of least sum
  readonly heaviest: Int32Array; // [classes], removed line of largest sum
}

/** A step: `out` leaves and `into` returns, -1 for neither. */
interface Step {
  gain: number;
  out: number;
  into: number;
}

function findExtremes({ problem, kept, sum }: SelectionState, { lightest, heaviest }: Extremes, c: number): void {
  const { classStart } = problem;
  let light = -1;
  let heavy = -1;
  for (let line = classStart[c]!; line < classStart[c + 1]!; line++) {
    if (kept[line] === 1) {
      if (light < 0 || sum[line]! < sum[light]!) light = line;
    } else if (heavy < 0 || sum[line]! > sum[heavy]!) heavy = line;
  }
  lightest[c] = light;
  heaviest[c] = heavy;
}

/** The allowed step of most gain, the first of equal ones; gain 0 when none gains. */
function bestStep(state: SelectionState, { lightest, heaviest }: Extremes): Step {
  const { problem, sum, keptCount, keptUnits } = state;
  const { classes, leastKept, mostKept, unitsPerEntry, capacity } = problem;
  const best: Step = { gain: 0, out: -1, into: -1 };
  const consider = (gain: number, out: number, into: number) => {
    if (gain > best.gain) Object.assign(best, { gain, out, into });
  };
  const lineUnits = (c: number) => keptCount[crossing(c)]! * unitsPerEntry[c]!;
  for (let d = 0; d < classes; d++) {
    const heavy = heaviest[d]!;
    if (heavy < 0) continue;
    const room = capacity - keptUnits - lineUnits(d);
    const mayGrow = keptCount[d]! < mostKept[d]!;
    if (mayGrow && room >= 0) consider(sum[heavy]!, -1, heavy); // flip
    for (let c = 0; c < classes; c++) {
      const light = lightest[c]!;
      if (light < 0 || sum[heavy]! - sum[light]! <= best.gain) continue;
      if (c === d) {
        consider(sum[heavy]! - sum[light]!, light, heavy); // swap
        continue;
      }
      if (!mayGrow || keptCount[c]! <= leastKept[c]!) continue;
      if (crossing(c) !== d) {
        if (room + lineUnits(c) >= 0) consider(sum[heavy]! - sum[light]!, light, heavy); // trade between layers
        continue;
      }
      // Trade within a layer: its kept units become (kept of c - 1) x (kept of d + 1).
      const change = (keptCount[c]! - 1) * (keptCount[d]! + 1) - keptCount[c]! * keptCount[d]!;
      if (keptUnits + change * unitsPerEntry[c]! <= capacity) {
        crossingPairs(state, c, sum[heavy]!, best.gain, consider);
      }
    }
  }
  return best;
}

/** All pairs of a kept line of class c and a removed line of the other kind of its layer that may gain more than `gain`. */
function crossingPairs(
  state: SelectionState,
  c: number,
  heaviest: number,
  gain: number,
  consider: (by: number, out: number, into: number) => void,
): void {
  const { kept, sum, problem } = state;
  const { classStart } = problem;
  const d = crossing(c);
  for (let out = classStart[c]!; out < classStart[c + 1]!; out++) {
    if (kept[out] === 0 || heaviest - sum[out]! <= gain) continue;
    for (let into = classStart[d]!; into < classStart[d + 1]!; into++) {
      if (kept[into] === 1 || sum[into]! - sum[out]! <= gain) continue;
      consider(sum[into]! - sum[out]! - (c < d ? state.entryAt(out, into) : state.entryAt(into, out)), out, into);
    }
  }
}
