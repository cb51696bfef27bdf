import type { CoolingName } from '../../method/context.ts';
import type { Pruning } from '../../problem/pruning.ts';
import type { LayerCandidate } from '../price-selection.ts';
import type { Cooling, Segment, SegmentOutcome } from '../segment.ts';
import type { SelectionProblem } from '../selection-state.ts';

/*
 * What the stages of selection annealing share: the independent pieces of work that they hand out, and the state of a run. The
 * state is plain data (a run goes on from it alone, on any number of workers), and only the stages change it: between two rounds
 * it says all that the next round needs.
 */

/** The independent pieces of work. Kept lines are those of one layer, or of all when `layer` is -1. */
export type SelectionTask =
  | { readonly kind: 'price'; readonly layer: number; readonly price: number }
  | { readonly kind: 'resize'; readonly layer: number; readonly starts: readonly Uint8Array[] }
  | { readonly kind: 'segment'; readonly layer: number; readonly capacity: number; readonly segment: Segment };

/** What came of a task. */
export type SelectionOutcome =
  | { readonly kind: 'candidates'; readonly candidates: readonly LayerCandidate[] }
  | { readonly kind: 'segment'; readonly outcome: SegmentOutcome; readonly candidate: LayerCandidate | null };

/** Names of the stages, and the end. */
export type StageName = 'price' | 'resize' | 'layers' | 'whole' | 'cycles' | 'over';

/** One annealing under way: of a layer within a capacity, or of the whole state. */
export interface Job {
  /** -1: all layers. */
  readonly layer: number;
  readonly capacity: number;
  readonly label: string;
  /** Of all its rounds. */
  readonly moves: number;
  kept: Uint8Array;
  cooling: Cooling;
  price: number;
  weight: number;
}

/** All that a run needs to go on: plain data. */
export interface SelectionData {
  stage: StageName;
  /** Rounds done in the stage, and times that the layers were annealed. */
  round: number;
  generation: number;
  work: number;
  price: number;
  pool: LayerCandidate[][];
  chosen: LayerCandidate[];
  jobs: Job[];
  /** The best lines found and their importance on the grid. */
  best: Uint8Array;
  bestWeight: number;
}

/** How a run is to go. */
export interface SelectionOptions {
  readonly seed: number;
  readonly workLimit: number;
  /** Prunings that meet the goal: starting points. */
  readonly starts: readonly Pruning[];
  readonly cooling: CoolingName;
  /** Ends after the stage `price`. */
  readonly onlyPrices?: true;
}

/** A run: what it solves, how, and how far it is. */
export interface RunState {
  readonly problem: SelectionProblem;
  readonly options: SelectionOptions;
  readonly data: SelectionData;
}

/** One stage of a run: rounds of tasks, until there are none. */
export interface SelectionStage {
  /** The tasks of the next round; none when the stage is over. Asked again before they are done, it answers the same. */
  tasks(run: RunState): SelectionTask[];
  /** Takes the outcomes of these tasks, in their order. */
  absorb(run: RunState, outcomes: readonly SelectionOutcome[]): void;
  /** Ends the stage. @returns the one that follows */
  next(run: RunState): StageName;
}

/** Times that the layers are resized and annealed. */
export const GENERATIONS = 2;
/** Lines up to which the plain chain is enough. */
export const FEW_LINES = 160;

/** Whether so many moves are left. */
export function affords({ data, options }: RunState, moves: number): boolean {
  return data.work + moves <= options.workLimit;
}

/** Takes lines of the whole state when they are the best so far. */
export function offer({ data }: RunState, kept: Uint8Array, weight: number): void {
  if (weight <= data.bestWeight) return;
  data.best = kept;
  data.bestWeight = weight;
}
