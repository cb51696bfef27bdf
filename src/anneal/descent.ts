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
  const { problem, kept, sum, keptCount } = state;
  const { classes, classStart, leastKept, mostKept, unitsPerEntry, capacity } = problem;
  const lightest = new Int32Array(classes).fill(-1); // kept line of least sum that may go; -1: none
  const heaviest = new Int32Array(classes).fill(-1); // removed line of largest sum that may return

  const search = (c: number) => {
    let light = -1;
    let heavy = -1;
    for (let line = classStart[c]!; line < classStart[c + 1]!; line++) {
      if (kept[line] === 1) {
        if (light < 0 || sum[line]! < sum[light]!) light = line;
      } else if (heavy < 0 || sum[line]! > sum[heavy]!) heavy = line;
    }
    lightest[c] = light;
    heaviest[c] = heavy;
  };
  for (let c = 0; c < classes; c++) search(c);
  const lineUnits = (c: number) => keptCount[crossing(c)]! * unitsPerEntry[c]!;

  for (let steps = 0; ; steps++) {
    // The most gainful step; `out` leaves and `into` returns, -1 for neither.
    let gain = 0;
    let out = -1;
    let into = -1;
    const consider = (by: number, leaving: number, returning: number) => {
      if (by <= gain) return;
      gain = by;
      out = leaving;
      into = returning;
    };
    for (let d = 0; d < classes; d++) {
      const heavy = heaviest[d]!;
      if (heavy < 0) continue;
      const room = capacity - state.keptUnits - lineUnits(d);
      const mayGrow = keptCount[d]! < mostKept[d]!;
      if (mayGrow && room >= 0) consider(sum[heavy]!, -1, heavy);
      for (let c = 0; c < classes; c++) {
        const light = lightest[c]!;
        if (light < 0 || sum[heavy]! - sum[light]! <= gain) continue;
        if (c === d) consider(sum[heavy]! - sum[light]!, light, heavy);
        else if (mayGrow && keptCount[c]! > leastKept[c]!) {
          if (crossing(c) !== d) {
            if (room + lineUnits(c) >= 0) consider(sum[heavy]! - sum[light]!, light, heavy);
          } else if (
            state.keptUnits +
              ((keptCount[c]! - 1) * (keptCount[d]! + 1) - keptCount[c]! * keptCount[d]!) * unitsPerEntry[c]! <=
            capacity
          ) {
            crossingPairs(state, c, sum[heavy]!, gain, consider);
          }
        }
      }
    }
    if (gain <= 0) return steps;
    for (const line of [out, into]) if (line >= 0) state.flip(line);
    for (const line of [out, into]) {
      if (line < 0) continue;
      search(problem.classOf[line]!);
      search(crossing(problem.classOf[line]!));
    }
  }
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
