import type { LinkedState } from './state.ts';

/*
 * From a closed state to one that keeps as much as the goal allows: what is too much goes at the least loss a unit, what is free is
 * filled at the greatest gain a unit.
 */

/** A candidate move, named by the line that it starts from. */
interface Candidate {
  readonly line: number;
  readonly rate: number;
}

/** Share of the lines that is looked at again after a round of moves: rounds are few, and every move is priced anew when it is made. */
const ROUND_SHARE = 1 / 64;
/** With fewer lines every round makes one move. */
const FEW_LINES = 400;

/**
 * Removes lines, each with all that dies with it, at the least importance a unit, until the state keeps no more than it may.
 *
 * Greedy by rounds: all lines are priced, the cheapest {@link ROUND_SHARE} of what is too much is removed in their order, each priced
 * again first; small states make one move a round.
 *
 * @param share of what is too much that goes in a round
 * @param onMove told of every move made
 * @returns whether it got there; minima may forbid it
 */
export function removeExcess(state: LinkedState, share = ROUND_SHARE, onMove?: () => void): boolean {
  const { lines } = state.network;
  while (state.keptUnits > state.capacity) {
    const candidates: Candidate[] = [];
    for (let line = 0; line < lines; line++) {
      if (state.kept[line] === 0 || !state.proposeFlip(line, 0) || !state.isAllowed()) continue;
      const rate = state.moveUnits === 0 ? (state.moveWeight === 0 ? 0 : Infinity) : state.moveWeight / state.moveUnits;
      if (state.moveUnits < 0) candidates.push({ line, rate });
    }
    if (candidates.length === 0) return false;
    candidates.sort((a, b) => a.rate - b.rate || a.line - b.line);
    const excess = state.keptUnits - state.capacity;
    const until = state.keptUnits - (lines < FEW_LINES ? 0 : excess * share);
    let moved = false;
    for (const { line, rate } of candidates) {
      if (moved && state.keptUnits <= until) break;
      if (state.keptUnits <= state.capacity) break;
      if (state.kept[line] === 0 || !state.proposeFlip(line, 0) || !state.isAllowed() || state.moveUnits >= 0) continue;
      if (moved && state.moveWeight / state.moveUnits > rate * 1.05) continue;
      state.apply();
      if (state.isHollow()) state.close();
      moved = true;
      onMove?.();
    }
  }
  return true;
}

/**
 * Returns lines, each with what it needs, at the greatest importance a unit, while there is room. @param price that supports are chosen by
 *
 * @returns number of moves
 */
export function fill(state: LinkedState, price: number): number {
  const { lines } = state.network;
  let moves = 0;
  for (let round = 0; round < 1000; round++) {
    const candidates: Candidate[] = [];
    for (let line = 0; line < lines; line++) {
      if (state.kept[line] === 1 || !state.proposeFlip(line, price)) continue;
      if (state.keptUnits + state.moveUnits > state.capacity || !(state.moveWeight > 0)) continue;
      candidates.push({ line, rate: state.moveUnits > 0 ? state.moveWeight / state.moveUnits : Infinity });
    }
    candidates.sort((a, b) => b.rate - a.rate || a.line - b.line);
    let moved = 0;
    const room = state.capacity - state.keptUnits;
    for (const { line, rate } of candidates) {
      if (state.kept[line] === 1 || !state.proposeFlip(line, price)) continue;
      if (state.keptUnits + state.moveUnits > state.capacity || !(state.moveWeight > 0)) continue;
      if (moved > 0 && state.moveUnits > 0 && state.moveWeight / state.moveUnits < rate * 0.95) continue;
      state.apply();
      moved++;
      if (lines < FEW_LINES || state.capacity - state.keptUnits < room / 2) break;
    }
    if (moved === 0) break;
    moves += moved;
  }
  return moves;
}
