import { crossing, type Side } from '../layer/side.ts';

/*
 * Alternation between the two sides of a layer, for whoever can choose the lines of one side given those of the other.
 */

/** How an alternation ended. */
export interface Alternation {
  /** Sides chosen anew. */
  readonly sweeps: number;
  /** Whether neither side changes any more; else the limit ended it. */
  readonly isStable: boolean;
}

/**
 * Alternating re-selection, without its arithmetic: the lines of one side are chosen anew for the other side as it is, then
 * those of the other, until neither changes. Where no choice is worse than what it replaces the value never falls, and since
 * there are finitely many selections it ends. Alternating minimisation is folklore; we know of no first source.
 *
 * @param first the side that is chosen first
 * @param mostSweeps choices at most
 * @param choose chooses the lines of a side anew, and says whether any changed
 */
export function alternateSides(first: Side, mostSweeps: number, choose: (side: Side) => boolean): Alternation {
  let sweeps = 0;
  let unchanged = 0; // sides in a row that did not change
  for (let side = first; unchanged < 2; side = crossing(side)) {
    if (sweeps >= mostSweeps) return { sweeps, isStable: false };
    sweeps++;
    unchanged = choose(side) ? 0 : unchanged + 1;
  }
  return { sweeps, isStable: true };
}
