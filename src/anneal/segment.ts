import { descend } from './descent.ts';
import { removeExcess } from './repair.ts';
import { chainRandom, SelectionChain } from './selection-chain.ts';
import { type SelectionProblem, SelectionState } from './selection-state.ts';
import {
  acceptanceCourse,
  geometric,
  sampleTemperatures,
  type TemperatureRange,
  towardsAcceptance,
} from './temperature.ts';

/**
 * How the temperature falls. A geometric range is sampled where the schedule starts, `shares` of the median delta (see
 * {@link sampleTemperatures}); later segments are given it.
 */
export type Cooling =
  | { readonly kind: 'geometric'; readonly range: TemperatureRange | null; readonly shares: TemperatureRange }
  | {
      readonly kind: 'adaptive';
      /** null: sampled, the median delta. */
      readonly temperature: number | null;
      readonly first: number;
      readonly last: number;
    }
  | { readonly kind: 'constant'; readonly temperature: number };

/** A piece of an annealing schedule, from one set of kept lines to another: a pure function of these fields. */
export interface Segment {
  readonly kept: Uint8Array; // [lines]
  readonly cooling: Cooling;
  /** The part of the whole schedule that this is: 0 <= from < to <= 1. */
  readonly from: number;
  readonly to: number;
  readonly moves: number;
  /**
   * 0: the plain chain on states within the capacity. Else the price that guides single flips across the capacity, which
   * follows the units kept; the last {@link HARD_SHARE} of the schedule is plain again.
   */
  readonly price: number;
  readonly seed: number;
  readonly label: string;
}

export interface SegmentOutcome {
  readonly kept: Uint8Array;
  /** The best lines within the capacity, after a descent where the schedule ends; null: there were none. */
  readonly best: Uint8Array | null;
  readonly bestWeight: number;
  readonly weight: number; // of `kept`
  /** Where the next segment goes on from. */
  readonly price: number;
  readonly cooling: Cooling;
  readonly accepted: number;
}

/** The last part of a guided schedule, within the capacity. */
const HARD_SHARE = 0.2;
/** Shares of flips and swaps; the rest are trades, which only the plain chain needs to change shapes. */
const GUIDED_MOVES = { flips: 0.5, swaps: 0.3 };
const PLAIN_MOVES = { flips: 0.3, swaps: 0.2 };
/** What a unit costs within and beyond the capacity, in prices: flips towards the capacity are favoured either way. */
const CHEAPER = 0.9;
const DEARER = 1.1;
/** Most change of the price in a block. */
const PRICE_STEP = 0.01;
/** Steps of temperature and price in a whole schedule. */
const BLOCKS = 400;
const LEAST_BLOCK = 50;
/** Deltas sampled for a range: enough for a median, little beside the moves. */
const LEAST_SAMPLES = 32;
const MOST_SAMPLES = 1000;

const MEDIAN: TemperatureRange = { hot: 1, cold: 1 };

/** Runs a segment. Time O(moves + accepted moves x crossing lines + entries of the kept lines). */
export function annealSegment(problem: SelectionProblem, segment: Segment): SegmentOutcome {
  const { cooling, from, to, moves } = segment;
  const { capacity } = problem;
  const random = chainRandom(segment.seed, segment.label);
  const state = new SelectionState(problem, segment.kept);
  const settings = { temperature: 0, price: 0, excessPrice: 0, window: 0, scorePrice: 0, ...PLAIN_MOVES };
  const chain = new SelectionChain(state, settings, random);
  let { price } = segment;
  const range =
    cooling.kind === 'geometric' ? (cooling.range ?? sampled(state, segment, cooling.shares, random)) : null;
  let temperature =
    cooling.kind === 'geometric' ? 0 : (cooling.temperature ?? sampled(state, segment, MEDIAN, random).hot);
  const blocks = Math.max(1, Math.min(Math.ceil(BLOCKS * (to - from)), Math.floor(moves / LEAST_BLOCK)));
  let accepted = 0;
  let hard = false;
  for (let block = 0, made = 0; block < blocks; block++) {
    const done = from + ((to - from) * block) / blocks;
    if (range !== null) temperature = geometric(range, done);
    const isGuided = price > 0 && done < 1 - HARD_SHARE;
    if (isGuided) {
      Object.assign(settings, GUIDED_MOVES);
      settings.price = CHEAPER * price;
      settings.excessPrice = DEARER * price;
      settings.window = Infinity;
    } else if (!hard) {
      hard = true;
      removeExcess(state);
      Object.assign(settings, PLAIN_MOVES, { price: 0, excessPrice: 0, window: 0 });
      chain.restart();
    }
    settings.temperature = temperature;
    const size = Math.floor((moves * (block + 1)) / blocks) - made;
    const counts = chain.run(size);
    made += size;
    accepted += counts.accepted;
    if (isGuided) {
      const excess = (state.keptUnits - capacity) / Math.max(capacity, 1);
      price *= 1 + Math.max(-PRICE_STEP, Math.min(PRICE_STEP, excess / 2));
    }
    if (cooling.kind === 'adaptive') {
      const wanted = acceptanceCourse(cooling.first, cooling.last, done);
      temperature = towardsAcceptance(temperature, counts.accepted / Math.max(size, 1), wanted);
    }
  }
  const next = cooling.kind === 'geometric' ? { ...cooling, range } : { ...cooling, temperature };
  const end = { kept: state.kept.slice(), weight: state.keptWeight, price, cooling: next, accepted };
  if (chain.bestScore === -Infinity) return { ...end, best: null, bestWeight: -1 };
  if (to < 1) return { ...end, best: chain.best().slice(), bestWeight: chain.bestScore };
  state.assign(chain.best());
  descend(state);
  return { ...end, best: state.kept, bestWeight: state.keptWeight };
}

/** The range of a schedule that starts here. The plain chain has no price: the mean importance per kept unit stands in for it. */
function sampled(
  state: SelectionState,
  { price, moves }: Segment,
  shares: TemperatureRange,
  random: () => number,
): TemperatureRange {
  const mean = state.keptUnits > 0 ? state.keptWeight / state.keptUnits : 0;
  const samples = Math.max(LEAST_SAMPLES, Math.min(MOST_SAMPLES, moves >> 3));
  return sampleTemperatures(state, price > 0 ? price : mean, shares.hot, shares.cold, samples, random);
}
