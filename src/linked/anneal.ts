import seedrandom from 'seedrandom';
import { settleAt } from './alternate.ts';
import { fill, removeExcess } from './descend.ts';
import type { LinkedProblem } from './solvers.ts';
import { LinkedState } from './state.ts';

/*
 * Annealing of linked instances, in segments that are pure functions of their task.
 *
 * Selection: the state is which lines are kept; it is closed and never keeps more than it may. A move flips a line with what dies with
 * it or must come with it, or gives a bundle of channels its best lines at a price that is off by a random factor. Its energy is the
 * importance kept less a price for every unit: the price at which alternating meets the goal, so that a unit that is given up here is
 * worth about as much as one that is gained there.
 *
 * Shapes: the state is a factor on the price of every layer, which says how much of the layer is kept; re-selection at those prices
 * decodes it to lines.
 */

/** A piece of an annealing schedule. */
export interface LinkedTask {
  readonly kind: 'selection' | 'shape';
  readonly kept: Uint8Array;
  /** Factors on the layers' prices. */
  readonly scale: Float64Array;
  readonly price: number;
  /** The part of the schedule that this is: 0 <= from < to <= 1. */
  readonly from: number;
  readonly to: number;
  readonly moves: number;
  readonly seed: number;
  readonly label: string;
}

export interface LinkedOutcome {
  readonly kept: Uint8Array;
  readonly scale: Float64Array;
  /** The best lines seen, filled; at least as good as those that it began with. */
  readonly best: Uint8Array;
}

/** Runs a segment. O(moves x lines of a bundle + accepted moves x crossing lines + entries). */
export function annealLinked(problem: LinkedProblem, task: LinkedTask): LinkedOutcome {
  return task.kind === 'selection' ? annealSelection(problem, task) : annealShapes(problem, task);
}

/** Share of the moves that give a whole bundle its best lines. */
const BUNDLE_SHARE = 0.1;
/** How far the price of such a move is off, at most, as a factor. */
const PRICE_SPREAD = 1.5;

function annealSelection({ network, columns }: LinkedProblem, task: LinkedTask): LinkedOutcome {
  const random = seedrandom.alea(`${task.seed}/${task.label}`);
  const state = new LinkedState(network, columns, task.kept);
  const range = rangeOf(task, state);
  const bundles = network.patterns.length;
  const { price, moves } = task;
  let best: Uint8Array = state.kept.slice();
  let bestWeight = state.weight;
  for (let move = 0; move < moves; move++) {
    const temperature = temperatureAt(range, task.from + ((task.to - task.from) * move) / moves);
    let isMove: boolean;
    if (random() < BUNDLE_SHARE) {
      const factor = 1 + (PRICE_SPREAD - 1) * random();
      const own = random() < 0.5 ? price / factor : price * factor;
      isMove = state.proposeBest(Math.floor(random() * bundles), own, random() < 0.5);
    } else isMove = state.proposeFlip(Math.floor(random() * network.lines), price);
    if (!isMove) continue;
    if (state.moveUnits > 0 && state.keptUnits + state.moveUnits > state.capacity) continue;
    const gain = state.moveWeight - price * state.moveUnits;
    if (gain < 0 && !(random() < likelihood(gain / temperature))) continue;
    if (!state.isAllowed(false)) continue;
    state.apply();
    if (state.weight > bestWeight) {
      bestWeight = state.weight;
      best.set(state.kept);
    }
  }
  const kept = state.kept.slice();
  best = filled(state, best, price);
  return { kept, scale: task.scale, best };
}

/** exp(x) of a negative number by a rational approximation that every platform computes alike. */
function likelihood(x: number): number {
  // (1 + x/1024)^1024 with ten squarings: within 1 part in 1000 where it matters.
  if (x < -30) return 0;
  let y = 1 + x / 1024;
  for (let k = 0; k < 10; k++) y *= y;
  return y;
}

/** Temperatures at both ends of a schedule, in shares of the mean importance of a line that the segment begins with. */
const HOT = { selection: 0.05, shape: 0.02 };
const COLD = { selection: 0.0005, shape: 0.0002 };

interface Range {
  readonly hot: number;
  readonly cold: number;
}

function rangeOf({ kind }: LinkedTask, { keptUnits, weight, count }: LinkedState): Range {
  const lines = count.reduce((sum, one) => sum + one, 0);
  const mean = keptUnits > 0 ? weight / Math.max(1, lines) : 0;
  return { hot: HOT[kind] * mean, cold: COLD[kind] * mean };
}

/** Geometric between both ends, by repeated square roots: the same on every platform. */
function temperatureAt({ hot, cold }: Range, at: number): number {
  if (!(hot > 0)) return 0;
  let temperature = hot;
  let ratio = cold / hot;
  let rest = at;
  for (let k = 0; k < 12 && rest > 0; k++) {
    ratio = Math.sqrt(ratio);
    rest *= 2;
    if (rest >= 1) {
      temperature *= ratio;
      rest -= 1;
    }
  }
  return temperature;
}

/** The lines with what room they leave filled; the state is theirs afterwards, with sums computed anew. */
function filled(state: LinkedState, kept: Uint8Array, price: number): Uint8Array {
  state.kept.set(kept);
  state.recompute();
  state.close();
  fill(state, price);
  return state.kept.slice();
}

/** How far a layer's factor moves. */
const STEP = 0.15;
/** Share of what is too much that a decoding removes in a round. */
const COARSE = 1 / 4;

function annealShapes({ network, columns }: LinkedProblem, task: LinkedTask): LinkedOutcome {
  const random = seedrandom.alea(`${task.seed}/${task.label}`);
  const state = new LinkedState(network, columns, task.kept);
  const range = rangeOf(task, state);
  const layers = state.scale.length;
  state.scale.set(task.scale);
  let best: Uint8Array = state.kept.slice();
  let bestWeight = state.weight;
  let kept: Uint8Array = state.kept.slice();
  let weight = state.weight;
  for (let move = 0; move < task.moves; move++) {
    const temperature = temperatureAt(range, task.from + ((task.to - task.from) * move) / task.moves);
    const l = Math.floor(random() * layers);
    const before = state.scale[l]!;
    state.scale[l] = before * (random() < 0.5 ? 1 / (1 + STEP * random()) : 1 + STEP * random());
    settleAt(state, task.price);
    const isThere = removeExcess(state, COARSE);
    if (isThere) {
      state.close();
      fill(state, task.price);
    }
    const gain = state.weight - weight;
    if (!isThere || (gain < 0 && !(random() < likelihood(gain / temperature)))) {
      state.scale[l] = before;
      state.assign(kept);
      continue;
    }
    kept = state.kept.slice();
    weight = state.weight;
    if (weight > bestWeight) {
      bestWeight = weight;
      best = kept;
    }
  }
  const scale = state.scale.slice();
  best = filled(state, best, task.price);
  return { kept, scale, best };
}
