import { crossing } from '../layer/side.ts';
import type { SelectionState } from './selection-state.ts';

/**
 * Removes the kept line of least importance per unit until the capacity holds: the rule of `baselines/greedy.ts` from any state, on
 * the rounded sums at hand, where a mean need not be compared exactly. O(lines + crossing lines) per removed line.
 *
 * @returns false when the minima forbid it
 */
export function removeExcess(state: SelectionState): boolean {
  const { problem, kept, sum, keptCount } = state;
  const { lines, classOf, leastKept, unitsPerEntry, capacity } = problem;
  while (state.keptUnits > capacity) {
    let least = -1;
    let leastMean = Infinity;
    for (let line = 0; line < lines; line++) {
      if (kept[line] === 0) continue;
      const c = classOf[line]!;
      const units = keptCount[crossing(c)]! * unitsPerEntry[c]!;
      if (keptCount[c]! <= leastKept[c]! || units === 0) continue;
      const mean = sum[line]! / units;
      if (mean >= leastMean) continue;
      least = line;
      leastMean = mean;
    }
    if (least < 0) return false;
    state.flip(least);
  }
  return true;
}
