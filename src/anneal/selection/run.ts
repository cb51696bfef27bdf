import { withCandidates } from '../../knapsack/candidate-choice.ts';
import type { RoundedRun } from '../../method/rounds.ts';
import { candidateOf, type LayerCandidate } from '../price-selection.ts';
import { keptMaskOf, layerProblem, type SelectionProblem } from '../selection-state.ts';
import { cyclesStage } from './cycles-stage.ts';
import { performSegment } from './jobs.ts';
import { layersStage } from './layers-stage.ts';
import { performPrice, priceStage } from './price-stage.ts';
import { performResize, resizeStage } from './resize-stage.ts';
import type {
  RunState,
  SelectionData,
  SelectionOptions,
  SelectionOutcome,
  SelectionStage,
  SelectionTask,
  StageName,
} from './state.ts';
import { wholeStage } from './whole-stage.ts';

/*
 * A run of selection annealing: one stage after the other, each as rounds of independent tasks (rounds.ts), so that any number of
 * workers gives the same bytes, and a run goes on from its data alone. Stages change the data between two rounds and never while
 * tasks run.
 */

const STAGES: Readonly<Record<Exclude<StageName, 'over'>, SelectionStage>> = {
  price: priceStage,
  resize: resizeStage,
  layers: layersStage,
  whole: wholeStage,
  cycles: cyclesStage,
};

/** What each task computes; a pure function. */
export function performSelection(problem: SelectionProblem, task: SelectionTask): SelectionOutcome {
  if (task.kind === 'price') return performPrice(problem, task.layer, task.price);
  if (task.kind === 'resize') return performResize(problem, task.layer, task.starts);
  return performSegment(problem, task.layer, task.capacity, task.segment);
}

export class SelectionRun implements RoundedRun<SelectionTask, SelectionOutcome> {
  readonly data: SelectionData;
  readonly #state: RunState;

  /** @param data of an earlier run with the same problem and options, to go on from */
  constructor(problem: SelectionProblem, options: SelectionOptions, data?: SelectionData) {
    this.data = data ?? firstData(problem, options);
    this.#state = { problem, options, data: this.data };
  }

  tasks(): SelectionTask[] {
    const { data } = this;
    while (data.stage !== 'over') {
      const stage = STAGES[data.stage];
      const tasks = stage.tasks(this.#state);
      if (tasks.length > 0) return tasks;
      data.stage = stage.next(this.#state);
      data.round = 0;
      data.jobs = [];
    }
    return [];
  }

  absorb(outcomes: readonly SelectionOutcome[]): void {
    const { stage } = this.data;
    if (stage !== 'over') STAGES[stage].absorb(this.#state, outcomes);
  }
}

/** Where a run begins: the candidates are those of the starts, and the best lines those of the best one. */
function firstData(problem: SelectionProblem, { starts }: SelectionOptions): SelectionData {
  const { classStart } = problem;
  const layers = problem.instance.layers.map((_, l) => l);
  const parts = layers.map((l) => layerProblem(problem, l, Infinity));
  const pool: LayerCandidate[][] = layers.map(() => []);
  let best: { kept: Uint8Array; weight: number; chosen: LayerCandidate[] } | null = null;
  for (const start of starts) {
    const kept = keptMaskOf(problem, start);
    const chosen = layers.map((l) => candidateOf(parts[l]!, kept.slice(classStart[2 * l]!, classStart[2 * l + 2]!)));
    const weight = chosen.reduce((sum, one) => sum + one.weight, 0);
    for (const l of layers) pool[l] = withCandidates(pool[l]!, [chosen[l]!]);
    if (best === null || weight > best.weight) best = { kept, weight, chosen };
  }
  return {
    stage: 'price',
    round: 0,
    generation: 0,
    work: 0,
    price: meanImportance(parts),
    pool,
    chosen: best!.chosen,
    jobs: [],
    best: best!.kept,
    bestWeight: best!.weight,
  };
}

/** Mean importance per unit of all layers: where the ladder of prices begins. */
function meanImportance(parts: readonly SelectionProblem[]): number {
  let weight = 0;
  let units = 0;
  for (const part of parts) {
    const all = candidateOf(part, new Uint8Array(part.lines).fill(1));
    weight += all.weight;
    units += all.units;
  }
  return weight / units;
}
