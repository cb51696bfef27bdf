import { withCandidates } from '../../knapsack/candidate-choice.ts';
import { candidateOf } from '../price-selection.ts';
import { annealSegment, type Cooling, type Segment } from '../segment.ts';
import { layerProblem, type SelectionProblem } from '../selection-state.ts';
import type { TemperatureRange } from '../temperature.ts';
import {
  type Job,
  offer,
  type RunState,
  type SelectionData,
  type SelectionOutcome,
  type SelectionTask,
} from './state.ts';

/*
 * Jobs: annealing runs of a stage, cut into rounds, so that a checkpoint is never far and replicas can meet. Each round of each job
 * is one task, a segment of its schedule. A job's moves are shared out evenly between its rounds.
 */

/** Most moves between two rounds: about half a second. */
const SEGMENT_MOVES = 2 ** 20;

/** Anneals a segment: of one layer, whose best lines become a candidate, or of the whole state. */
export function performSegment(
  problem: SelectionProblem,
  l: number,
  capacity: number,
  segment: Segment,
): SelectionOutcome {
  const part = l < 0 ? problem : layerProblem(problem, l, capacity);
  const outcome = annealSegment(part, segment);
  const isCandidate = l >= 0 && outcome.best !== null;
  return { kind: 'segment', outcome, candidate: isCandidate ? candidateOf(part, outcome.best!) : null };
}

/** Rounds of a stage's jobs. */
export function roundsOf({ jobs }: SelectionData): number {
  const longest = jobs.reduce((most, { moves }) => Math.max(most, moves), 0);
  return Math.max(1, Math.ceil(longest / SEGMENT_MOVES));
}

/** The next round of all jobs; none when they are over. */
export function segmentTasks(run: RunState): SelectionTask[] {
  const { jobs, round } = run.data;
  const rounds = roundsOf(run.data);
  return round < rounds ? jobs.map((job) => segmentTask(run, job, round, rounds)) : [];
}

/**
 * Part `part` of `parts` of a job's schedule. Its label, which no other segment has, names the job and the round.
 */
export function segmentTask({ data, options }: RunState, job: Job, part: number, parts: number): SelectionTask {
  const { layer, capacity, kept, cooling, price, label } = job;
  return {
    kind: 'segment',
    layer,
    capacity,
    segment: {
      kept,
      cooling,
      from: part / parts,
      to: (part + 1) / parts,
      moves: movesOf(job, part, parts),
      price,
      seed: options.seed,
      label: `${label}/${data.round}`,
    },
  };
}

/** Takes the segments of a round: layers' best lines into their pools, those of the whole state as the best so far. */
export function absorbSegments(
  run: RunState,
  outcomes: readonly SelectionOutcome[],
  part: number,
  parts: number,
): void {
  const { data } = run;
  eachSegment(data, outcomes, (job, { outcome, candidate }) => {
    data.work += movesOf(job, part, parts);
    const { kept, cooling, price, weight, best, bestWeight } = outcome;
    Object.assign(job, { kept, cooling, price, weight });
    if (candidate !== null) data.pool[job.layer] = withCandidates(data.pool[job.layer]!, [candidate]);
    else if (job.layer < 0 && best !== null) offer(run, best, bestWeight);
  });
}

/** Every job with what came of its segment. */
export function eachSegment(
  { jobs }: SelectionData,
  outcomes: readonly SelectionOutcome[],
  take: (job: Job, outcome: SelectionOutcome & { readonly kind: 'segment' }) => void,
): void {
  outcomes.forEach((outcome, k) => {
    if (outcome.kind === 'segment') take(jobs[k]!, outcome);
  });
}

/** Moves of one of a job's parts. */
function movesOf({ moves }: Job, part: number, parts: number): number {
  return Math.floor((moves * (part + 1)) / parts) - Math.floor((moves * part) / parts);
}

/** The cooling that the options ask for: a range in median deltas, or a course of the share of accepted moves. */
export function coolingOf({ options }: RunState, shares: TemperatureRange, course: AcceptanceCourse): Cooling {
  return options.cooling === 'adaptive'
    ? { kind: 'adaptive', temperature: null, ...course }
    : { kind: 'geometric', range: null, shares };
}

/** The share of accepted moves where adaptive cooling begins, and where it ends. */
export interface AcceptanceCourse {
  readonly first: number;
  readonly last: number;
}
