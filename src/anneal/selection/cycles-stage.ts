import { absorbSegments, coolingOf, eachSegment, segmentTask } from './jobs.ts';
import type { Job, RunState, SelectionStage } from './state.ts';

/*
 * Stage `cycles`, for instances of few lines, which need no stages but this one: replicas of the whole state are cooled again and
 * again from where they are, the first time from the best, each time to a descent. A cycle is one round whole.
 */

/** The replicas by their heat in median deltas, and how often each is cooled. */
const CYCLE_HEATS = [1, 1, 2, 2];
const CYCLE_COLD = 0.03;
const CYCLES = 12;
/** Where adaptive cooling takes the share of accepted moves. */
const CYCLE_ACCEPTANCE = { first: 0.4, last: 0.005 };

export const cyclesStage: SelectionStage = {
  tasks(run) {
    const { data } = run;
    if (data.round === 0) planJobs(run);
    else if (data.round >= CYCLES) data.jobs = [];
    for (const job of data.jobs) reheat(job);
    return data.jobs.map((job) => segmentTask(run, job, 0, 1));
  },
  absorb(run, outcomes) {
    const { data } = run;
    absorbSegments(run, outcomes, 0, 1);
    eachSegment(data, outcomes, (job, { outcome }) => {
      if (outcome.best !== null) job.kept = outcome.best;
    });
    data.round++;
  },
  next: () => 'over',
};

function planJobs(run: RunState): void {
  const { data, problem, options } = run;
  const moves = Math.floor((options.workLimit - data.work) / (CYCLE_HEATS.length * CYCLES));
  data.jobs = (moves > 0 ? CYCLE_HEATS : []).map((hot, k) => ({
    layer: -1,
    capacity: problem.capacity,
    label: `cycles/${k}`,
    moves,
    kept: data.best,
    cooling: coolingOf(run, { hot, cold: CYCLE_COLD }, CYCLE_ACCEPTANCE),
    price: k % 2 === 1 ? data.price : 0, // every other one crosses the capacity
    weight: data.bestWeight,
  }));
}

/** Has the temperature sampled anew. */
function reheat(job: Job): void {
  const { cooling } = job;
  if (cooling.kind === 'geometric') job.cooling = { ...cooling, range: null };
  if (cooling.kind === 'adaptive') job.cooling = { ...cooling, temperature: null };
}
