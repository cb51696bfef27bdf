import { RcpruneError } from '../problem/error.ts';
import { relativeGap } from '../problem/result.ts';
import { bootstrapMean, type Interval } from '../statistics/intervals.ts';
import type { Trace } from './record.ts';

/**
 * Shifted geometric mean, exp(mean of log(value + shift)) - shift: of values that span orders of magnitude, with the ones
 * far below the shift counting alike (T. Achterberg, Constraint Integer Programming, 2007, A.3).
 *
 * @throws RcpruneError on no values, a negative one, or a sum of value and shift that is not positive
 */
export function shiftedGeometricMean(values: readonly number[], shift: number): number {
  if (values.length === 0) throw new RcpruneError('shiftedGeometricMean', 'at least one value', 'none');
  let sum = 0;
  for (const value of values) {
    if (!(value >= 0 && value + shift > 0)) {
      throw new RcpruneError('shiftedGeometricMean', 'values >= 0, positive with their shift', `${value} and ${shift}`);
    }
    sum += Math.log(value + shift);
  }
  return Math.exp(sum / values.length) - shift;
}

/** One method's profile. */
export interface Profile {
  readonly method: string;
  /** In ascending order of ratio: the share of problems on which the method is within `ratio` of the best. */
  readonly steps: readonly (readonly [ratio: number, share: number])[];
}

/**
 * Performance profiles (E. D. Dolan and J. J. Moré, Benchmarking optimization software with performance profiles,
 * Mathematical Programming 91, 2002): for each method the cumulative distribution of its measure over the least of all methods.
 * A problem that nobody solves counts for all of them. Where the least measure is 0, only those that reach it are within any ratio.
 *
 * @param measures by method, of the same problems in the same order; nonnegative, Infinity where not solved
 * @throws RcpruneError on lists of several lengths and on negative measures
 */
export function performanceProfiles(measures: ReadonlyMap<string, readonly number[]>): Profile[] {
  const lists = [...measures.values()];
  const problems = lists[0]?.length ?? 0;
  for (const list of lists) {
    if (list.length !== problems)
      throw new RcpruneError('performanceProfiles', `${problems} measures`, `${list.length}`);
    const strange = list.find((value) => !(value >= 0));
    if (strange !== undefined) throw new RcpruneError('performanceProfiles', 'measures >= 0', `${strange}`);
  }
  const least = Array.from({ length: problems }, (_, p) => Math.min(...lists.map((list) => list[p]!)));
  return [...measures].map(([method, list]) => {
    const ratios = list
      .map((value, p) => (value === least[p] && value < Infinity ? 1 : value / least[p]!))
      .filter((ratio) => ratio < Infinity) // Infinity / Infinity is NaN, which goes too
      .sort((x, y) => x - y);
    const steps: [number, number][] = [];
    for (const [k, ratio] of ratios.entries()) {
      if (ratios[k + 1] !== ratio) steps.push([ratio, (k + 1) / problems]);
    }
    return { method, steps };
  });
}

/** Two measures of one problem. Problems of one group (an instance at several sparsities) are not independent. */
export interface Pair {
  readonly value: number;
  readonly reference: number;
  readonly group: string;
}

export interface PairedRatio {
  /** Geometric mean of value / reference. */
  readonly ratio: number;
  /** Its 95% percentile bootstrap interval, groups drawn with replacement. */
  readonly interval: Interval;
  readonly pairs: number;
}

/**
 * How many times the reference a measure is, over the same problems, with an interval. Two zeros are equal; a pair with one zero
 * has no ratio and is an error, as is anything not finite.
 *
 * @param seed of the bootstrap
 * @returns null without pairs
 */
export function pairedRatio(pairs: readonly Pair[], seed: number): PairedRatio | null {
  if (pairs.length === 0) return null;
  const groups = new Map<string, number>();
  for (const { group } of pairs) if (!groups.has(group)) groups.set(group, groups.size);
  const values = Float64Array.from(pairs, ({ value, reference }) => {
    const log = value === reference ? 0 : Math.log(value / reference);
    if (!Number.isFinite(log)) throw new RcpruneError('pairedRatio', 'a positive ratio', `${value} / ${reference}`);
    return log;
  });
  const groupOf = Int32Array.from(pairs, ({ group }) => groups.get(group)!);
  const { mean, interval } = bootstrapMean([{ values }], groupOf, { seed });
  return { ratio: Math.exp(mean), interval: [Math.exp(interval[0]), Math.exp(interval[1])], pairs: pairs.length };
}

/** |cost - reference| over the greater of them: from 0 (equal) to 1, which is also the gap without any cost. */
export function primalGap(cost: number | null, reference: number): number {
  if (cost === null) return 1;
  if (cost === reference) return 0;
  return Math.abs(cost - reference) / Math.max(Math.abs(cost), Math.abs(reference));
}

/** A step function of time: `value[k]` from `at[k]` until `at[k + 1]`. Before `at[0]` it is 1, the whole gap. */
export interface Steps {
  readonly at: readonly number[];
  readonly value: readonly number[];
}

/** The integral of a gap from 0 to `end`. */
export function integral({ at, value }: Steps, end: number): number {
  let sum = 0;
  let from = 0;
  let height = 1;
  for (let k = 0; k < at.length && at[k]! < end; k++) {
    sum += (at[k]! - from) * height;
    from = at[k]!;
    height = value[k]!;
  }
  return sum + (end - from) * height;
}

/** What a trace is measured by. */
export type Axis = 'seconds' | 'work';

/**
 * Primal integral (T. Berthold, Measuring the impact of primal heuristics, Operations Research Letters 41, 2013): the integral of the
 * {@link primalGap} of the incumbent to a reference cost. Small when good prunings are found early; divided by `end` it is a mean gap.
 *
 * @param reference the optimum, or the best cost known
 * @param end where the integral ends, in units of the axis
 */
export function primalIntegral(trace: Trace, reference: number, end: number, axis: Axis = 'seconds'): number {
  return integral({ at: trace[axis], value: trace.cost.map((cost) => primalGap(cost, reference)) }, end);
}

/**
 * (incumbent - proved bound) / incumbent, step by step, over the course of a run: 1 while there is no incumbent, 0 once both
 * agree, also at 0. Its {@link integral} is the primal-dual integral.
 */
export function gapCourse(trace: Trace, axis: Axis = 'seconds'): Steps {
  const boundAxis = axis === 'seconds' ? trace.boundSeconds : trace.boundWork;
  const at: number[] = [];
  const value: number[] = [];
  let cost: number | null = null;
  let bound = 0;
  for (let p = 0, d = 0; p < trace.cost.length || d < boundAxis.length; ) {
    const time = Math.min(trace[axis][p] ?? Infinity, boundAxis[d] ?? Infinity);
    for (; p < trace.cost.length && trace[axis][p]! <= time; p++) cost = trace.cost[p]!;
    for (; d < boundAxis.length && boundAxis[d]! <= time; d++) bound = trace.bound[d]!;
    const gap = cost === null ? 1 : Math.max(0, relativeGap(cost, bound) ?? 1);
    if (gap === (value.at(-1) ?? 1)) continue;
    at.push(time);
    value.push(gap);
  }
  return { at, value };
}
