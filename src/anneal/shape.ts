import ln from '@stdlib/math-base-special-ln';
import { alternating } from '../baselines/alternating.ts';
import { COLUMNS, crossing, outerFirst, ROWS, type Side } from '../layer/side.ts';
import { type RoundedRun, runInPlace } from '../method/rounds.ts';
import { type Pruning, shapesOf } from '../problem/pruning.ts';
import { floorQuotient } from '../problem/quotient.ts';
import type { AnnealingScheme } from './annealing.ts';
import { descend } from './descent.ts';
import { priceMoves } from './selection/price-stage.ts';
import { performSelection, SelectionRun } from './selection/run.ts';
import type { SelectionTask } from './selection/state.ts';
import { type ChainRandom, chainRandom } from './selection-chain.ts';
import { keptMaskOf, pruningOf, type SelectionProblem, SelectionState } from './selection-state.ts';
import { ShapeDecoder } from './shape-decoder.ts';
import { geometric, type TemperatureRange } from './temperature.ts';

/*
 * Shape annealing (our construction; the thesis names two annealing schemes): the state is one shape per layer, decoded to
 * lines by ShapeDecoder, whose perturbation is part of the state; its energy is the decoded cost. A space of a few numbers
 * per layer instead of its lines, of smarter states.
 *
 * Every move changes the shape of one layer (its rows, its columns, or its variant) and, half the time, of a second one;
 * what was changed last then takes as many lines as the capacity leaves, so that states stay at the target. Moves whose
 * filling is no bijection break detailed balance: this is a heuristic, with Metropolis' rule.
 *
 * The plain decoder has a ceiling: where no shape decodes to an optimum, no chain over shapes finds one. Variants and the
 * descent at the end lift it.
 */

/** Shapes in kept lines, and variants. */
export interface ShapeState {
  readonly rows: Int32Array; // [layers]
  readonly columns: Int32Array; // [layers]
  readonly variants: Int32Array; // [layers]
}

export interface ShapeTask {
  readonly state: ShapeState;
  readonly range: TemperatureRange | null;
  readonly from: number;
  readonly to: number;
  readonly moves: number;
  readonly variants: number;
  readonly seed: number;
  readonly label: string;
}

export interface ShapeOutcome {
  readonly state: ShapeState;
  readonly range: TemperatureRange;
  readonly best: ShapeState;
  readonly bestWeight: number;
}

export interface ShapeOptions {
  readonly seed: number;
  readonly workLimit: number;
  readonly start: Pruning;
  /** Perturbed decoders besides the plain one; 0 for the plain one alone. */
  readonly variants: number;
  /** Whether every decoded improvement is descended to a local optimum under flips, swaps and trades. */
  readonly descent: boolean;
}

const VARIANTS = 15;
const REPLICAS = 4;
/** How often each replica is cooled, and rounds of a cooling. */
const FEW_LINES = 160;
const SEGMENT_MOVES = 4096;
const SEGMENT_MOVES_OF_MANY = 64;
const SAMPLES = 24;
const HOT = 0.5;
const COLD = 0.005;

/** The default limit: a move on a large network is one or two decodings of a layer. */
export function defaultShapeMoves(lines: number): number {
  return lines <= FEW_LINES ? 20 * lines * lines : 1000;
}

const decoders = new WeakMap<SelectionProblem, Map<number, ShapeDecoder>>();

/** One decoder, and so one cache, a problem, seed and thread; it changes no outcome. */
export function decoderOf(problem: SelectionProblem, seed: number): ShapeDecoder {
  const bySeed = decoders.get(problem) ?? new Map<number, ShapeDecoder>();
  decoders.set(problem, bySeed);
  const decoder = bySeed.get(seed) ?? new ShapeDecoder(problem, seed);
  bySeed.set(seed, decoder);
  return decoder;
}

/** A piece of a chain over shapes: a pure function of the task. */
export function performShape(problem: SelectionProblem, task: ShapeTask): ShapeOutcome {
  const { from, to, moves, variants } = task;
  const decoder = decoderOf(problem, task.seed);
  const random = chainRandom(task.seed, task.label);
  const chain = new ShapeChain(problem, decoder, task.state, variants, random);
  const range = task.range ?? chain.sample(Math.min(SAMPLES, moves));
  for (let move = 0; move < moves; move++) chain.step(geometric(range, from + ((to - from) * move) / moves));
  return { state: chain.state, range, best: chain.best, bestWeight: chain.bestWeight };
}

class ShapeChain {
  state: ShapeState;
  best: ShapeState;
  bestWeight: number;
  readonly #problem: SelectionProblem;
  readonly #decoder: ShapeDecoder;
  readonly #variants: number;
  readonly #random: ChainRandom;
  #weight: number;

  constructor(
    problem: SelectionProblem,
    decoder: ShapeDecoder,
    state: ShapeState,
    variants: number,
    random: ChainRandom,
  ) {
    this.#problem = problem;
    this.#decoder = decoder;
    this.#variants = variants;
    this.#random = random;
    this.state = state;
    this.best = state;
    this.#weight = state.rows.reduce((sum, _, l) => sum + this.#weightOf(state, l), 0);
    this.bestWeight = this.#weight;
  }

  /** Temperatures from the deltas of proposals, none of them accepted. */
  sample(count: number): TemperatureRange {
    const deltas: number[] = [];
    for (let k = 0; k < count; k++) {
      const delta = Math.abs(this.#propose()?.delta ?? 0);
      if (delta > 0) deltas.push(delta);
    }
    const median = deltas.sort((a, b) => a - b)[deltas.length >> 1] ?? 0;
    return { hot: HOT * median, cold: COLD * median };
  }

  step(temperature: number): void {
    const proposal = this.#propose();
    if (proposal === null) return;
    const { state, delta } = proposal;
    if (delta < 0 && !(temperature > 0 && delta > temperature * ln(1 - this.#random()))) return;
    this.state = state;
    this.#weight += delta;
    if (this.#weight <= this.bestWeight) return;
    this.best = state;
    this.bestWeight = this.#weight;
  }

  #weightOf({ rows, columns, variants }: ShapeState, l: number): number {
    return this.#decoder.weight(l, rows[l]!, columns[l]!, variants[l]!);
  }

  #propose(): { state: ShapeState; delta: number } | null {
    const random = this.#random;
    const layers = this.state.rows.length;
    const state: ShapeState = {
      rows: this.state.rows.slice(),
      columns: this.state.columns.slice(),
      variants: this.state.variants.slice(),
    };
    const first = (random() * layers) | 0;
    const changed = [first];
    const kind = random();
    if (this.#variants > 0 && kind < 0.3) state.variants[first] = (random() * (this.#variants + 1)) | 0;
    else {
      const side = this.#drawSide();
      this.#shift(state, first, side);
      let filled = first;
      if (layers > 1 && random() < 0.7) {
        filled = (random() * layers) | 0;
        if (filled !== first) changed.push(filled);
      }
      if (!this.#fill(state, filled, filled === first ? crossing(side) : this.#drawSide())) return null;
    }
    let delta = 0;
    for (const l of changed) delta += this.#weightOf(state, l) - this.#weightOf(this.state, l);
    return { state, delta };
  }

  #drawSide(): Side {
    return this.#random() < 0.5 ? ROWS : COLUMNS;
  }

  /** A random number of lines more or less: one, or up to any power of two below the lines. */
  #shift(state: ShapeState, l: number, side: Side): void {
    const { leastKept, mostKept } = this.#problem;
    const counts = side === ROWS ? state.rows : state.columns;
    const c = 2 * l + side;
    const sizes = Math.max(1, 32 - Math.clz32(mostKept[c]!));
    const size = 1 + ((this.#random() * 2 ** ((this.#random() * sizes) | 0)) | 0);
    const count = counts[l]! + (this.#random() < 0.5 ? size : -size);
    counts[l] = Math.max(leastKept[c]!, Math.min(mostKept[c]!, count));
  }

  /** Gives one side of a layer the most lines that the capacity leaves. @returns false when even the fewest exceed it */
  #fill(state: ShapeState, l: number, side: Side): boolean {
    const { capacity, unitsPerEntry, leastKept, mostKept } = this.#problem;
    let room = capacity;
    state.rows.forEach((rows, k) => {
      if (k !== l) room -= rows * state.columns[k]! * unitsPerEntry[2 * k]!;
    });
    const [counts, other] = outerFirst(side, state.rows, state.columns);
    const c = 2 * l + side;
    const perLine = other[l]! * unitsPerEntry[2 * l]!;
    const most = mostKept[c]!;
    counts[l] = perLine === 0 ? most : Math.min(most, floorQuotient(room, perLine));
    return counts[l]! >= leastKept[c]! && counts[l]! * perLine <= room;
  }
}

/** All that a run needs to go on: plain data. */
export interface ShapeData {
  round: number;
  work: number;
  replicas: { state: ShapeState; range: TemperatureRange | null }[];
  best: Uint8Array;
  bestWeight: number;
  /** Best decoded value, before any descent. */
  bestDecoded: number;
}

export class ShapeRun implements RoundedRun<ShapeTask, ShapeOutcome> {
  readonly data: ShapeData;
  readonly #problem: SelectionProblem;
  readonly #options: ShapeOptions;

  /** @param data of an earlier run with the same problem and options, to go on from */
  constructor(problem: SelectionProblem, options: ShapeOptions, data?: ShapeData) {
    this.#problem = problem;
    this.#options = options;
    if (data !== undefined) {
      this.data = data;
      return;
    }
    const { layers } = problem.instance;
    const shapes = shapesOf(options.start);
    const state: ShapeState = {
      rows: Int32Array.from(shapes, ({ rows }, l) => layers[l]!.rows - rows),
      columns: Int32Array.from(shapes, ({ columns }, l) => layers[l]!.cols - columns),
      variants: new Int32Array(layers.length),
    };
    this.data = {
      round: 0,
      work: 0,
      replicas: Array.from({ length: REPLICAS }, () => ({ state, range: null })),
      best: new Uint8Array(problem.lines),
      bestWeight: -1,
      bestDecoded: -1,
    };
    this.#take(new SelectionState(problem, keptMaskOf(problem, options.start)));
    this.#offer(state, -1);
  }

  tasks(): ShapeTask[] {
    const { round, replicas } = this.data;
    const { seed, variants } = this.#options;
    const rounds = this.#rounds();
    if (round >= rounds) return [];
    return replicas.map(({ state, range }, k) => ({
      state,
      range,
      from: round / rounds,
      to: (round + 1) / rounds,
      moves: this.#movesOf(round, k),
      variants,
      seed,
      label: `shape/${k}/${round}`,
    }));
  }

  absorb(outcomes: readonly ShapeOutcome[]): void {
    const { data } = this;
    outcomes.forEach(({ state, range, best, bestWeight }, k) => {
      data.replicas[k] = { state, range };
      data.work += this.#movesOf(data.round, k);
      this.#offer(best, bestWeight);
    });
    data.round++;
  }

  /** Moves of replica k in a round; all of them together are the limit. */
  #movesOf(round: number, k: number): number {
    const all = Math.floor((this.#options.workLimit * (k + 1)) / REPLICAS);
    const before = Math.floor((this.#options.workLimit * k) / REPLICAS);
    const own = all - before;
    const rounds = this.#rounds();
    return Math.floor((own * (round + 1)) / rounds) - Math.floor((own * round) / rounds);
  }

  #rounds(): number {
    const size = this.#problem.lines <= FEW_LINES ? SEGMENT_MOVES : SEGMENT_MOVES_OF_MANY;
    return Math.ceil(this.#options.workLimit / REPLICAS / size);
  }

  #offer(state: ShapeState, weight: number): void {
    const { data } = this;
    if (weight >= 0 && weight <= data.bestDecoded) return;
    const { classStart, lines, capacity } = this.#problem;
    const decoder = decoderOf(this.#problem, this.#options.seed);
    const kept = new Uint8Array(lines);
    state.rows.forEach((rows, l) => {
      if (rows === 0 || state.columns[l] === 0) keepCounts(kept, classStart, l, rows, state.columns[l]!);
      else kept.set(decoder.decode(l, rows, state.columns[l]!, state.variants[l]!).kept, classStart[2 * l]!);
    });
    const decoded = new SelectionState(this.#problem, kept);
    if (decoded.keptUnits > capacity) return;
    data.bestDecoded = Math.max(data.bestDecoded, decoded.keptWeight);
    this.#take(decoded);
  }

  #take(state: SelectionState): void {
    if (this.#options.descent) descend(state);
    if (state.keptWeight <= this.data.bestWeight) return;
    this.data.best = state.kept;
    this.data.bestWeight = state.keptWeight;
  }
}

/** A layer without kept rows or without kept columns keeps no entry: any lines of the right numbers serve. */
function keepCounts(kept: Uint8Array, classStart: Int32Array, l: number, rows: number, columns: number): void {
  kept.fill(1, classStart[2 * l]!, classStart[2 * l]! + rows);
  kept.fill(1, classStart[2 * l + 1]!, classStart[2 * l + 1]! + columns);
}

/** The better of the start and of what the price stage of selection annealing makes of it: where shapes begin. */
function priced(problem: SelectionProblem, start: Pruning, seed: number): Pruning {
  const options = {
    seed,
    workLimit: priceMoves(problem.lines),
    starts: [start],
    cooling: 'geometric',
    onlyPrices: true,
  } as const;
  const run = new SelectionRun(problem, options);
  runInPlace(run, (task: SelectionTask) => performSelection(problem, task));
  return pruningOf(problem, run.data.best);
}

/** Without a start it begins at alternating re-selection's answer, whose guarantee and dual bound then hold here too. */
export const shapeScheme: AnnealingScheme<ShapeData, ShapeTask, ShapeOutcome> = {
  name: 'anneal-shape',
  defaultWork: defaultShapeMoves,
  ownStart: (instance, requirement, seed) => alternating.run(instance, requirement, { seed }),
  open(problem, { seed, workLimit, start }, data) {
    const from = data === undefined ? priced(problem, start, seed) : start;
    return new ShapeRun(problem, { seed, workLimit, start: from, variants: VARIANTS, descent: true }, data);
  },
  perform: performShape,
};
