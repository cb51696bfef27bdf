import { fill, removeExcess } from './descend.ts';
import type { LinkedState } from './state.ts';

/*
 * Linked alternating re-selection at a price a unit: every bundle of channels in turn keeps its best lines, rows of writers and columns
 * of readers chosen together, given what all others keep. The importance kept less the price of the units kept never falls.
 *
 * The price rises from where nothing is worth removing until the goal is met, each state beginning at the last; then it is bisected,
 * and what room is left is filled. Our construction; without links it is alternating re-selection as of `reselect/`.
 */

/** Most passes over all bundles at one price; nearly always a few are enough. */
const MOST_PASSES = 40;

/** Chooses anew at a price until nothing changes. @returns passes made */
export function settleAt(state: LinkedState, price: number, mostPasses = MOST_PASSES): number {
  const bundles = state.network.patterns.length;
  let passes = 0;
  for (let changed = true; changed && passes < mostPasses; passes++) {
    changed = false;
    for (let b = 0; b < bundles; b++) {
      if (!state.proposeBest(b, price) || !state.isAllowed()) continue;
      if (!(state.moveGain > 0)) continue;
      state.apply();
      changed = true;
    }
  }
  if (state.close()) passes += settleAt(state, price, mostPasses - passes);
  return passes;
}

/** How prices rise, and how often the last step is halved. */
const FACTOR = 1.12;
const HALVINGS = 12;

/**
 * Follows rising prices from the state's lines to a state that meets the goal, as full as may be.
 *
 * @returns the price at which it was met
 */
export function alternateToGoal(state: LinkedState): number {
  const start = state.keptUnits > 0 ? state.weight / state.keptUnits : 0;
  let low = 0;
  let high = start / 16;
  let before = state.kept.slice(); // at `low`
  const isMet = () => state.keptUnits <= state.capacity;
  if (!isMet()) {
    for (let step = 0; step < 200 && high > 0; step++) {
      settleAt(state, high);
      if (isMet()) break;
      before = state.kept.slice();
      low = high;
      high *= FACTOR;
    }
    let met = state.kept.slice();
    for (let k = 0; k < HALVINGS && isMet(); k++) {
      const middle = (low + high) / 2;
      state.assign(before);
      settleAt(state, middle);
      if (isMet()) {
        met = state.kept.slice();
        high = middle;
      } else {
        before = state.kept.slice();
        low = middle;
        state.assign(met);
      }
    }
    // From either side of the price: what is just too much, trimmed, and what is just enough, filled.
    state.assign(before);
    if (removeExcess(state)) {
      fill(state, high);
      const trimmed = { weight: state.weight, kept: state.kept.slice() };
      state.assign(met);
      fill(state, high);
      if (!isMet() || trimmed.weight > state.weight) state.assign(trimmed.kept);
    } else {
      state.assign(met);
    }
  }
  fill(state, high);
  return high;
}
