import exp from '@stdlib/math-base-special-exp';
import { chainRandom } from '../selection-chain.ts';
import { absorbSegments, coolingOf, roundsOf, segmentTasks } from './jobs.ts';
import type { Job, RunState, SelectionStage } from './state.ts';

/*
 * Stage `whole`: the whole state annealed at low temperatures, one replica each, which exchange temperatures between rounds; a
 * descent ends it. It takes all moves that are left.
 */

/** The replicas' temperatures in median deltas, from cold to hot. */
const WHOLE_TEMPERATURES = [0.0005, 0.002, 0.008, 0.03];
/** Where adaptive cooling takes the share of accepted moves, for each of them. */
const WHOLE_ACCEPTANCE = [0.002, 0.005, 0.02, 0.05].map((first) => ({ first, last: first / 8 }));

export const wholeStage: SelectionStage = {
  tasks(run) {
    if (run.data.round === 0) planJobs(run);
    return segmentTasks(run);
  },
  absorb(run, outcomes) {
    const { data } = run;
    absorbSegments(run, outcomes, data.round, roundsOf(data));
    data.round++;
    exchange(run);
  },
  next: () => 'over',
};

function planJobs(run: RunState): void {
  const { data, problem, options } = run;
  const moves = Math.floor((options.workLimit - data.work) / WHOLE_TEMPERATURES.length);
  if (moves < 1) return;
  data.jobs = WHOLE_TEMPERATURES.map((share, k) => ({
    layer: -1,
    capacity: problem.capacity,
    label: `whole/${k}`,
    moves,
    kept: data.best,
    cooling: coolingOf(run, { hot: share, cold: share / 8 }, WHOLE_ACCEPTANCE[k]!),
    price: 0,
    weight: data.bestWeight,
  }));
}

/**
 * Replica exchange (Swendsen and Wang 1986; Geyer 1991): neighbours in temperature change places with probability
 * min(1, exp((1/T_k - 1/T_k+1) (E_k - E_k+1))), which keeps the product of their Boltzmann distributions. Here the
 * temperatures fall as well, so that it is a heuristic.
 */
function exchange({ data, options }: RunState): void {
  const { jobs, round } = data;
  const random = chainRandom(options.seed, `exchange/${round}`);
  for (let k = round % 2; k + 1 < jobs.length; k += 2) {
    const [cold, hot] = [jobs[k]!, jobs[k + 1]!];
    const [low, high] = [temperatureOf(cold), temperatureOf(hot)];
    const exponent = low > 0 && high > 0 ? (1 / low - 1 / high) * (hot.weight - cold.weight) : 0;
    if (exponent < 0 && random() >= exp(exponent)) continue;
    [cold.kept, hot.kept] = [hot.kept, cold.kept];
    [cold.weight, hot.weight] = [hot.weight, cold.weight];
  }
}

/** What a replica counts as in an exchange: where its range begins, or the temperature that it has reached. */
function temperatureOf({ cooling }: Job): number {
  return (cooling.kind === 'geometric' ? cooling.range?.hot : cooling.temperature) ?? 0;
}
