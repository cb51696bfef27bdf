import { chooseAndPrice, worthiest } from './candidates.ts';
import { absorbSegments, coolingOf, roundsOf, segmentTasks } from './jobs.ts';
import { GENERATIONS, type RunState, type SelectionStage } from './state.ts';

/*
 * Stage `layers`: every layer annealed alone, within the units that it was given and a tenth more and less, and one candidate per
 * layer chosen again; a single layer within the capacity. Moves are shared between layers by their lines.
 */

/** Units that a layer is annealed within, as parts of those it was given. */
const BUDGETS = [1, 0.9, 1.1];
/** Parts of the moves left that go to the first and second generation of layers; the rest goes to the whole state. */
const LAYER_SHARE = [0.45, 0.6];
const SINGLE_SHARE = [0.3, 0.85];
/**
 * A single layer is annealed first from the lines chosen and from the worthiest others at the price: what keeps most within
 * the capacity, a given start say, may lie in a poorer valley than lines that do not fill it yet.
 */
const SINGLE_STARTS = 2;
/** What multiplies the heat of a single layer, which has all the moves for itself, in either generation. */
const SINGLE_HEATS = [1.2, 0.8];
/** Temperatures in median deltas; see sampleTemperatures. */
const LAYER_RANGE = { hot: 0.6, cold: 0.02 };
/** Where adaptive cooling takes the share of accepted moves over the same course. */
const LAYER_ACCEPTANCE = { first: 0.15, last: 0.002 };

/** One annealing that is to be. */
interface Plan {
  readonly layer: number;
  readonly capacity: number;
  readonly heat: number;
  readonly kept: Uint8Array;
}

export const layersStage: SelectionStage = {
  tasks(run) {
    if (run.data.round === 0) planJobs(run);
    return segmentTasks(run);
  },
  absorb(run, outcomes) {
    const { data } = run;
    const rounds = roundsOf(data);
    absorbSegments(run, outcomes, data.round, rounds);
    data.round++;
    if (data.round === rounds) chooseAndPrice(run);
  },
  next({ data }) {
    data.generation++;
    return data.generation < GENERATIONS ? 'resize' : 'whole';
  },
};

function planJobs(run: RunState): void {
  const { data, problem, options } = run;
  const { layers } = problem.instance;
  const isSingle = layers.length === 1;
  const share = (isSingle ? SINGLE_SHARE : LAYER_SHARE)[data.generation]!;
  const left = (options.workLimit - data.work) * share;
  const plans = isSingle ? plansOfSingle(run) : plansOfMany(run);
  const linesOf = (layer: number) => layers[layer]!.rows + layers[layer]!.cols;
  const all = plans.reduce((sum, { layer }) => sum + linesOf(layer), 0);
  data.jobs = plans.map(({ layer, capacity, heat, kept }, k) => ({
    layer,
    capacity,
    label: `layers/${data.generation}/${k}`,
    moves: Math.floor((left * linesOf(layer)) / all),
    kept,
    cooling: coolingOf(run, { hot: LAYER_RANGE.hot * heat, cold: LAYER_RANGE.cold }, LAYER_ACCEPTANCE),
    price: data.price,
    weight: 0,
  }));
  if (data.jobs.some(({ moves }) => moves === 0)) data.jobs = [];
}

function plansOfSingle(run: RunState): Plan[] {
  const { generation, chosen } = run.data;
  const { capacity } = run.problem;
  const starts = generation === 0 ? worthiest(run, 0, SINGLE_STARTS) : [chosen[0]!.kept];
  return starts.map((kept) => ({ layer: 0, capacity, heat: SINGLE_HEATS[generation]!, kept }));
}

function plansOfMany({ data }: RunState): Plan[] {
  return data.chosen.flatMap(({ units, kept }, layer) =>
    units > 0 ? BUDGETS.map((part) => ({ layer, capacity: Math.floor(units * part), heat: 1, kept })) : [],
  );
}
