import exp from '@stdlib/math-base-special-exp';
import ln from '@stdlib/math-base-special-ln';
import { crossing } from '../layer/side.ts';
import type { ChainRandom } from './selection-chain.ts';
import type { SelectionState } from './selection-state.ts';

/*
 * Temperatures: where cooling begins and ends, and how it gets there, geometrically or by the share of accepted moves. All of them
 * scale with the importances, so that nobody tunes them to an instance. O(samples) once, O(1) per step afterwards.
 */

/** Where cooling begins and ends, in importance. */
export interface TemperatureRange {
  readonly hot: number;
  readonly cold: number;
}

/**
 * A temperature range from sampled deltas (as Johnson, Aragon, McGeoch and Schevon, *Optimization by simulated annealing*,
 * 1989, set theirs), so that nobody tunes it: what removing, returning or exchanging random lines changes at a state, in
 * importance less the price of the units. Range and deltas scale with the importances.
 *
 * @param price importance that a kept unit is worth
 * @param hotShare hot is this many times the median delta; @param coldShare likewise
 */
export function sampleTemperatures(
  state: SelectionState,
  price: number,
  hotShare: number,
  coldShare: number,
  samples: number,
  random: ChainRandom,
): TemperatureRange {
  const { lines, classOf, unitsPerEntry } = state.problem;
  const deltas = new Float64Array(samples);
  const worth = (line: number) => {
    const c = classOf[line]!;
    return state.sum[line]! - price * state.keptCount[crossing(c)]! * unitsPerEntry[c]!;
  };
  let count = 0;
  for (let k = 0; k < samples; k++) {
    const first = (random() * lines) | 0;
    const second = (random() * lines) | 0;
    const delta = Math.abs(k % 2 === 0 ? worth(first) : worth(first) - worth(second));
    if (delta > 0) deltas[count++] = delta;
  }
  if (count === 0) return { hot: 0, cold: 0 };
  const median = deltas.subarray(0, count).sort()[count >> 1]!;
  return { hot: hotShare * median, cold: coldShare * median };
}

/** The temperature a part `done` (0 to 1) of the way from hot to cold, geometrically. */
export function geometric({ hot, cold }: TemperatureRange, done: number): number {
  return hot > 0 ? hot * exp(done * ln(cold / hot)) : 0;
}

/** Factors of the temperature where acceptance is off by more than 2, and by less. */
const FAR_STEP = 0.6;
const NEAR_STEP = 0.94;

/**
 * Adaptive cooling (Lam and Delosme 1988, in the simpler form of Swartz 1993): the share of accepted moves is held to a
 * course, here geometric from `first` to `last`; the temperature follows by at most a factor per block.
 */
export function towardsAcceptance(temperature: number, accepted: number, wanted: number): number {
  const step = accepted > 2 * wanted || 2 * accepted < wanted ? FAR_STEP : NEAR_STEP;
  return accepted > wanted ? temperature * step : temperature / step;
}

/** The wanted share of accepted moves a part `done` of the way. */
export function acceptanceCourse(first: number, last: number, done: number): number {
  return first * exp(done * ln(last / first));
}
