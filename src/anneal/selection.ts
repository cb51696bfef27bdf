import exp from '@stdlib/math-base-special-exp';
import { alternating } from '../baselines/alternating.ts';
import { chooseCandidates, withCandidates } from '../knapsack/candidate-choice.ts';
import type { CoolingName } from '../methods.ts';
import { largestPruning } from '../problem/goal.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { AnnealingScheme } from './annealing.ts';
import { candidateOf, type LayerCandidate, residualStart, resized, settleAtPrice } from './price-selection.ts';
import type { RoundedRun } from './rounds.ts';
import { annealSegment, type Cooling, type Segment, type SegmentOutcome } from './segment.ts';
import { chainRandom } from './selection-chain.ts';
import { keptLines, layerProblem, type SelectionProblem } from './selection-state.ts';
import type { TemperatureRange } from './temperature.ts';

/*
 * Selection annealing (our construction; the thesis names two annealing schemes): the state is which rows and columns of
 * all layers are kept, see SelectionState and SelectionChain.
 *
 * On a network, single flips cannot cross what lies between a layer's local maxima (a large block, a few rows, nothing),
 * and at a price a unit the layers do not depend on one another. So the run has these stages:
 *
 *   price    at a ladder of prices, then at the price that fills the capacity: every layer's own best lines, decoded
 *            cheaply; one candidate a layer is chosen within the capacity
 *   resize   every layer's best candidates re-selected at other sizes, and chosen again
 *   layers   every layer annealed alone, within the units that it was given and a tenth more and less, and chosen again
 *   whole    the whole state annealed at low temperature, replicas exchanging temperatures, and a descent
 *
 * Choosing and resizing are collective moves: they keep no balance. Instances of few lines need none of it: there the
 * plain chain is cooled again and again from where the last cycle ended (`cycles`), each with a descent.
 *
 * Every stage is rounds of independent tasks (rounds.ts): any number of workers gives the same bytes, and a run goes on
 * from its data alone.
 */

/** The independent pieces of work. Kept lines are those of one layer, or of all when `layer` is -1. */
export type SelectionTask =
  | { readonly kind: 'price'; readonly layer: number; readonly price: number }
  | { readonly kind: 'resize'; readonly layer: number; readonly starts: readonly Uint8Array[] }
  | { readonly kind: 'segment'; readonly layer: number; readonly capacity: number; readonly segment: Segment };

export type SelectionOutcome =
  | { readonly kind: 'candidates'; readonly candidates: readonly LayerCandidate[] }
  | { readonly kind: 'segment'; readonly outcome: SegmentOutcome; readonly candidate: LayerCandidate | null };

type Stage = 'price' | 'resize' | 'layers' | 'whole' | 'cycles' | 'over';

/** One annealing under way: of a layer within a capacity, or of the whole state. */
interface Job {
  readonly layer: number;
  readonly capacity: number;
  readonly label: string;
  readonly moves: number;
  kept: Uint8Array;
  cooling: Cooling;
  price: number;
  weight: number;
}

/** All that a run needs to go on: plain data. */
export interface SelectionData {
  stage: Stage;
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

export interface SelectionOptions {
  readonly seed: number;
  readonly workLimit: number;
  /** Prunings that meet the goal: starting points. */
  readonly starts: readonly Pruning[];
  readonly cooling: CoolingName;
  /** Ends after the stage `price`. */
  readonly onlyPrices?: true;
}

/** What a decoding of a layer counts, in moves a line. */
const PRICE_MOVES = 30;
const RESIZE_MOVES = 300;
/** Candidates of a layer that are resized: the chosen one and the best others at the price. */
const RESIZED = 3;
const PRICE_ROUNDS = 8;
/** Lines up to which the plain chain is enough. */
const FEW_LINES = 160;
const GENERATIONS = 2;
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
const CYCLE_COLD = 0.03;
/** The whole state's replicas, from cold to hot. */
const WHOLE_TEMPERATURES = [0.0005, 0.002, 0.008, 0.03];
/** Where adaptive cooling takes the share of accepted moves, for each of the ranges above and below. */
const LAYER_ACCEPTANCE = { first: 0.15, last: 0.002 };
const WHOLE_ACCEPTANCE = [0.002, 0.005, 0.02, 0.05].map((first) => ({ first, last: first / 8 }));
const CYCLE_ACCEPTANCE = { first: 0.4, last: 0.005 };
/** The replicas of few lines by their heat in median deltas, and how often each is cooled. */
const CYCLE_HEATS = [1, 1, 2, 2];
const CYCLES = 12;
/** Most moves between two rounds: about half a second. */
const SEGMENT_MOVES = 2 ** 20;

/** The default limit: moves grow with the square of few lines, and linearly with many. */
export function defaultMoves(lines: number): number {
  return Math.min(300 * lines * lines, 3e7 + 1000 * lines);
}

/** The moves that the stage `price` counts. */
export function priceMoves(lines: number): number {
  return PRICE_ROUNDS * PRICE_MOVES * lines;
}

/** What each task computes; a pure function. */
export function performSelection(problem: SelectionProblem, task: SelectionTask): SelectionOutcome {
  if (task.kind === 'price') {
    const layer = layerProblem(problem, task.layer, Infinity);
    const candidates = ([0, 1] as const).map((outer) =>
      settleAtPrice(layer, residualStart(layer, task.price, outer), task.price, outer === 0 ? 1 : 0),
    );
    return { kind: 'candidates', candidates };
  }
  if (task.kind === 'resize') {
    const layer = layerProblem(problem, task.layer, Infinity);
    return { kind: 'candidates', candidates: task.starts.flatMap((kept) => resized(layer, kept)) };
  }
  const part = task.layer < 0 ? problem : layerProblem(problem, task.layer, task.capacity);
  const outcome = annealSegment(part, task.segment);
  const isCandidate = task.layer >= 0 && outcome.best !== null;
  return { kind: 'segment', outcome, candidate: isCandidate ? candidateOf(part, outcome.best!) : null };
}

export class SelectionRun implements RoundedRun<SelectionTask, SelectionOutcome> {
  readonly data: SelectionData;
  readonly #problem: SelectionProblem;
  readonly #options: SelectionOptions;

  /** @param data of an earlier run with the same problem and options, to go on from */
  constructor(problem: SelectionProblem, options: SelectionOptions, data?: SelectionData) {
    this.#problem = problem;
    this.#options = options;
    if (data !== undefined) {
      this.data = data;
      return;
    }
    const layers = problem.instance.layers.map((_, l) => l);
    const parts = layers.map((l) => layerProblem(problem, l, Infinity));
    const pool: LayerCandidate[][] = layers.map(() => []);
    let best: { kept: Uint8Array; weight: number; chosen: LayerCandidate[] } | null = null;
    for (const start of options.starts) {
      const kept = keptLines(problem, start);
      const chosen = layers.map((l) => candidateOf(parts[l]!, this.#linesOf(kept, l)));
      const weight = chosen.reduce((sum, one) => sum + one.weight, 0);
      for (const l of layers) pool[l] = withCandidates(pool[l]!, [chosen[l]!]);
      if (best === null || weight > best.weight) best = { kept, weight, chosen };
    }
    this.data = {
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

  tasks(): SelectionTask[] {
    const { data } = this;
    for (;;) {
      const tasks = this.#tasksOfStage();
      if (tasks.length > 0) return tasks;
      if (data.stage === 'over') return [];
    }
  }

  /** The tasks of the stage's next round; none when the next stage was entered instead. */
  #tasksOfStage(): SelectionTask[] {
    const { data } = this;
    const { lines, instance } = this.#problem;
    const isSmall = lines <= FEW_LINES;
    const layers = instance.layers.map((_, l) => l);
    switch (data.stage) {
      case 'price':
        if (data.round < PRICE_ROUNDS && this.#affords(PRICE_MOVES * lines)) {
          return layers.map((layer) => ({ kind: 'price', layer, price: data.price }));
        }
        this.#enter(this.#options.onlyPrices ? 'over' : isSmall ? 'cycles' : 'resize');
        return [];
      case 'resize':
        if (data.round === 0 && this.#affords(RESIZE_MOVES * lines)) {
          return layers.map((layer) => ({ kind: 'resize', layer, starts: this.#worthiest(layer) }));
        }
        this.#enter(data.generation < GENERATIONS ? 'layers' : 'whole');
        return [];
      case 'layers':
        if (data.round === 0) this.#planLayers();
        if (data.jobs.length > 0 && data.round < this.#rounds()) return data.jobs.map((job) => this.#segment(job));
        data.generation++;
        this.#enter(data.generation < GENERATIONS ? 'resize' : 'whole');
        return [];
      case 'whole':
        if (data.round === 0) this.#planWhole();
        if (data.jobs.length > 0 && data.round < this.#rounds()) return data.jobs.map((job) => this.#segment(job));
        this.#enter('over');
        return [];
      case 'cycles':
        this.#planCycle();
        if (data.jobs.length > 0) return data.jobs.map((job) => this.#segment(job));
        this.#enter('over');
        return [];
      default:
        return [];
    }
  }

  absorb(outcomes: readonly SelectionOutcome[]): void {
    const { data } = this;
    const { stage } = data;
    if (stage === 'price' || stage === 'resize') {
      outcomes.forEach((outcome, l) => {
        if (outcome.kind === 'candidates') data.pool[l] = withCandidates(data.pool[l]!, outcome.candidates);
      });
      data.work += (stage === 'price' ? PRICE_MOVES : RESIZE_MOVES) * this.#problem.lines;
      this.#choose();
      data.round++;
      return;
    }
    const rounds = stage === 'cycles' ? 1 : this.#rounds();
    outcomes.forEach((outcome, k) => {
      if (outcome.kind !== 'segment') return;
      const job = data.jobs[k]!;
      data.work += partOf(job.moves, data.round, rounds, stage === 'cycles');
      const { kept, cooling, price, weight, best, bestWeight } = outcome.outcome;
      Object.assign(job, { kept, cooling, price, weight });
      if (outcome.candidate !== null) {
        data.pool[job.layer] = withCandidates(data.pool[job.layer]!, [outcome.candidate]);
      } else if (job.layer < 0 && best !== null) this.#offer(best, bestWeight);
      if (stage === 'cycles' && best !== null) job.kept = best;
    });
    data.round++;
    if (stage === 'layers' && data.round === rounds) this.#choose();
    if (stage === 'whole') this.#exchange();
  }

  #enter(stage: Stage): void {
    this.data.stage = stage;
    this.data.round = 0;
    this.data.jobs = [];
  }

  #affords(moves: number): boolean {
    return this.data.work + moves <= this.#options.workLimit;
  }

  #linesOf(kept: Uint8Array, l: number): Uint8Array {
    const { classStart } = this.#problem;
    return kept.slice(classStart[2 * l]!, classStart[2 * l + 2]!);
  }

  /** What is resized of a layer: many a good block is not chosen only because it does not fill the capacity. */
  #worthiest(l: number): Uint8Array[] {
    const { price, chosen, pool } = this.data;
    const value = ({ weight, units }: LayerCandidate) => weight - price * units;
    const others = pool[l]!.filter(
      ({ units, weight }) => units > 0 && (units !== chosen[l]!.units || weight !== chosen[l]!.weight),
    );
    others.sort((a, b) => value(b) - value(a) || a.units - b.units);
    return [chosen[l]!, ...others.slice(0, RESIZED - 1)].map(({ kept }) => kept);
  }

  #offer(kept: Uint8Array, weight: number): void {
    if (weight <= this.data.bestWeight) return;
    this.data.best = kept;
    this.data.bestWeight = weight;
  }

  /** One candidate a layer; and, while prices are looked for, the next one to try. */
  #choose(): void {
    const { data } = this;
    const { capacity, classStart, lines } = this.#problem;
    const choice = chooseCandidates(data.pool, capacity, data.chosen);
    if (choice === null) return;
    data.chosen = [...choice.chosen];
    const kept = new Uint8Array(lines);
    for (const [l, { kept: own }] of data.chosen.entries()) kept.set(own, classStart[2 * l]!);
    this.#offer(kept, choice.weight);
    if (data.stage !== 'price' || data.round > 3) {
      data.price = choice.price;
      return;
    }
    // The ladder: twice, or half, as dear as the layers' best lines ask for; then half as far.
    let units = 0;
    for (const list of data.pool) {
      units += list.reduce((best, one) =>
        one.weight - data.price * one.units > best.weight - data.price * best.units ? one : best,
      ).units;
    }
    const step = data.round < 3 ? 2 : Math.SQRT2;
    data.price = units > capacity ? data.price * step : data.price / step;
    if (data.round === 3) data.price = choice.price;
  }

  #rounds(): number {
    const longest = this.data.jobs.reduce((most, { moves }) => Math.max(most, moves), 0);
    return Math.max(1, Math.ceil(longest / SEGMENT_MOVES));
  }

  #segment(job: Job): SelectionTask {
    const { stage, round } = this.data;
    const rounds = stage === 'cycles' ? 1 : this.#rounds();
    const isCycle = stage === 'cycles';
    return {
      kind: 'segment',
      layer: job.layer,
      capacity: job.capacity,
      segment: {
        kept: job.kept,
        cooling: job.cooling,
        from: isCycle ? 0 : round / rounds,
        to: isCycle ? 1 : (round + 1) / rounds,
        moves: partOf(job.moves, round, rounds, isCycle),
        price: job.price,
        seed: this.#options.seed,
        label: `${job.label}/${round}`,
      },
    };
  }

  /** Every layer within its units and a tenth more and less; a single layer within the capacity. */
  #planLayers(): void {
    const { data } = this;
    const { instance, capacity } = this.#problem;
    const isSingle = instance.layers.length === 1;
    const share = (isSingle ? SINGLE_SHARE : LAYER_SHARE)[data.generation]!;
    const left = (this.#options.workLimit - data.work) * share;
    const plans: { layer: number; capacity: number; heat: number; kept: Uint8Array }[] = [];
    data.chosen.forEach(({ units, kept }, layer) => {
      if (isSingle) {
        const heat = SINGLE_HEATS[data.generation]!;
        const starts = data.generation === 0 ? this.#worthiest(layer).slice(0, SINGLE_STARTS) : [kept];
        for (const start of starts) plans.push({ layer, capacity, heat, kept: start });
      } else if (units > 0) {
        for (const share of BUDGETS) plans.push({ layer, capacity: Math.floor(units * share), heat: 1, kept });
      }
    });
    const linesOf = (layer: number) => instance.layers[layer]!.rows + instance.layers[layer]!.cols;
    const all = plans.reduce((sum, { layer }) => sum + linesOf(layer), 0);
    data.jobs = plans.map(({ layer, capacity: own, heat, kept }, k) => ({
      layer,
      capacity: own,
      label: `layers/${data.generation}/${k}`,
      moves: Math.floor((left * linesOf(layer)) / all),
      kept,
      cooling: this.#cooling({ hot: LAYER_RANGE.hot * heat, cold: LAYER_RANGE.cold }, LAYER_ACCEPTANCE),
      price: data.price,
      weight: 0,
    }));
    if (data.jobs.some(({ moves }) => moves === 0)) data.jobs = [];
  }

  #cooling(shares: TemperatureRange, { first, last }: { first: number; last: number }): Cooling {
    return this.#options.cooling === 'adaptive'
      ? { kind: 'adaptive', temperature: null, first, last }
      : { kind: 'geometric', range: null, shares };
  }

  /** The whole state at low temperatures, one replica each. */
  #planWhole(): void {
    const { data } = this;
    const moves = Math.floor((this.#options.workLimit - data.work) / WHOLE_TEMPERATURES.length);
    if (moves < 1) return;
    data.jobs = WHOLE_TEMPERATURES.map((share, k) => ({
      layer: -1,
      capacity: this.#problem.capacity,
      label: `whole/${k}`,
      moves,
      kept: data.best,
      cooling: this.#cooling({ hot: share, cold: share / 8 }, WHOLE_ACCEPTANCE[k]!),
      price: 0,
      weight: data.bestWeight,
    }));
  }

  /**
   * Replica exchange (Swendsen and Wang 1986; Geyer 1991): neighbours in temperature change places with probability
   * min(1, exp((1/T_k - 1/T_k+1) (E_k - E_k+1))), which keeps the product of their Boltzmann distributions. Here the
   * temperatures fall as well, so that it is a heuristic.
   */
  #exchange(): void {
    const { jobs, round } = this.data;
    const random = chainRandom(this.#options.seed, `exchange/${round}`);
    for (let k = round % 2; k + 1 < jobs.length; k += 2) {
      const [cold, hot] = [jobs[k]!, jobs[k + 1]!];
      const [low, high] = [temperatureOf(cold), temperatureOf(hot)];
      const exponent = low > 0 && high > 0 ? (1 / low - 1 / high) * (hot.weight - cold.weight) : 0;
      if (exponent < 0 && random() >= exp(exponent)) continue;
      [cold.kept, hot.kept] = [hot.kept, cold.kept];
      [cold.weight, hot.weight] = [hot.weight, cold.weight];
    }
  }

  /** Replicas cooled again from where they are, the first time from the best; each in one task. */
  #planCycle(): void {
    const { data } = this;
    const total = this.#options.workLimit - (data.round === 0 ? data.work : 0);
    if (data.round === 0) {
      const moves = Math.floor(total / (CYCLE_HEATS.length * CYCLES));
      data.jobs = (moves > 0 ? CYCLE_HEATS : []).map((hot, k) => ({
        layer: -1,
        capacity: this.#problem.capacity,
        label: `cycles/${k}`,
        moves,
        kept: data.best,
        cooling: this.#cooling({ hot, cold: CYCLE_COLD }, CYCLE_ACCEPTANCE),
        price: k % 2 === 1 ? data.price : 0, // every other one crosses the capacity
        weight: data.bestWeight,
      }));
    } else if (data.round >= CYCLES) data.jobs = [];
    // Reheated: the temperature is sampled anew.
    for (const job of data.jobs) {
      const { cooling } = job;
      if (cooling.kind === 'geometric') job.cooling = { ...cooling, range: null };
      if (cooling.kind === 'adaptive') job.cooling = { ...cooling, temperature: null };
    }
  }
}

/** What a replica counts as in an exchange: where its range begins, or the temperature that it has reached. */
function temperatureOf({ cooling }: Job): number {
  return (cooling.kind === 'geometric' ? cooling.range?.hot : cooling.temperature) ?? 0;
}

/** Moves of a round of a job; a cycle is one round whole. */
function partOf(moves: number, round: number, rounds: number, isWhole: boolean): number {
  if (isWhole) return moves;
  return Math.floor((moves * (round + 1)) / rounds) - Math.floor((moves * round) / rounds);
}

/** Mean importance a unit of all layers: where the ladder of prices begins. */
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

export const selectionScheme: AnnealingScheme<SelectionData, SelectionTask, SelectionOutcome> = {
  name: 'anneal-selection',
  defaultWork: ({ lines }) => defaultMoves(lines),
  ownStart: (instance, requirement, seed) => alternating.run(instance, requirement, { seed }),
  open(problem, { seed, workLimit, start, cooling, requirement }, data) {
    const starts = [largestPruning(problem.instance, requirement), start];
    return new SelectionRun(problem, { seed, workLimit, starts, cooling }, data);
  },
  perform: performSelection,
};
