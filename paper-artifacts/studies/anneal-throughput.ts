/*
 * How many proposals a second the chain of `anneal-selection` makes, at 80% and at temperatures at which different shares are
 * accepted, beside two straightforward implementations of the same chain. The seconds are those of the processor.
 */

import os from 'node:os';
import { faceNetwork } from '../../bench/networks.ts';
import { printTable } from '../../bench/table.ts';
import { chainRandom, SelectionChain } from '../../src/anneal/selection-chain.ts';
import {
  keptMaskOf,
  type SelectionProblem,
  SelectionState,
  selectionProblem,
} from '../../src/anneal/selection-state.ts';
import { generate, type Instance, loadMethods, requirementOf, solveSync, sparsityGoal } from '../../src/index.ts';
import { runStudy, type StudyOptions, studyProgram, writeStudy } from './study.ts';

await loadMethods(); // then solveSync takes any of them by name

const INSTANCES: Record<string, () => Promise<Instance>> = {
  single: async () => generate('half-normal', { rows: 512, cols: 4608, seed: 1 }),
  face: faceNetwork,
};
const SPARSITY = '0.8';
const ACCEPTED = [0.002, 0.05, 0.4];
const MIXED = { flips: 0.5, swaps: 0.3 };
const MOVES = 1_000_000;
/** Moves of the two slow implementations, so that each takes seconds. */
const SLOW_MOVES = { cost: { single: 150, face: 60 } as Record<string, number>, sums: 100_000 };

interface Case {
  readonly instance: string;
  /** Share of the proposals that are to be accepted. */
  readonly wanted: number;
}

interface Row extends Case {
  readonly accepted: number;
  /** Proposals a second. */
  readonly rate: number;
  /** Where a proposal is priced by the cost of the whole pruning, from scratch. */
  readonly costRate: number;
  /** Where it is priced by the sums of its lines, from scratch. */
  readonly sumsRate: number;
  readonly processor: string;
}

/** Baseline 1: a proposal is priced by the cost of the whole pruning, from scratch. O(entries). */
function costFromScratch({ weights, classStart, classes }: SelectionProblem, kept: Uint8Array): number {
  let weight = 0;
  for (let c = 0; c < classes; c += 2) {
    const columns = classStart[c + 2]! - classStart[c + 1]!;
    for (let row = classStart[c]!, k = 0; row < classStart[c + 1]!; row++, k += columns) {
      if (kept[row] === 0) continue;
      for (let j = 0; j < columns; j++) if (kept[classStart[c + 1]! + j] === 1) weight += weights[c]![k + j]!;
    }
  }
  return weight;
}

/** Baseline 2: the sum of a line, from scratch. O(crossing lines). */
function sumFromScratch({ weights, classOf, classStart }: SelectionProblem, kept: Uint8Array, line: number): number {
  const c = classOf[line]!;
  const from = classStart[c ^ 1]!;
  const crossing = classStart[(c ^ 1) + 1]! - from;
  const start = (line - classStart[c]!) * crossing;
  let sum = 0;
  for (let j = 0; j < crossing; j++) if (kept[from + j] === 1) sum += weights[c]![start + j]!;
  return sum;
}

/** Flips and swaps priced the slow way, accepted by the same rule: proposals a second. */
function slowRate(state: SelectionState, temperature: number, price: number, moves: number, whole: boolean): number {
  const { problem } = state;
  const { lines, classOf, classStart, unitsPerEntry } = problem;
  const kept = state.kept.slice();
  const counts = state.keptCount.slice();
  const random = chainRandom(1, 'slow');
  let weight = costFromScratch(problem, kept);
  const began = process.cpuUsage();
  for (let move = 0; move < moves; move++) {
    const first = (random() * lines) | 0;
    const c = classOf[first]!;
    const start = classStart[c]!;
    const isSwap = random() < 0.4;
    const second = isSwap ? start + ((random() * (classStart[c + 1]! - start)) | 0) : -1;
    if (isSwap && kept[first] === kept[second]) continue;
    const flip = (line: number) => {
      counts[c]! += kept[line] === 1 ? -1 : 1;
      kept[line] = kept[line]! ^ 1;
    };
    const sign = (line: number) => (kept[line] === 1 ? -1 : 1);
    let delta: number;
    if (whole) {
      flip(first);
      if (isSwap) flip(second);
      delta = costFromScratch(problem, kept) - weight;
      flip(first);
      if (isSwap) flip(second);
    } else {
      delta = sign(first) * sumFromScratch(problem, kept, first);
      if (isSwap) delta += sign(second) * sumFromScratch(problem, kept, second);
    }
    const units = isSwap ? 0 : sign(first) * counts[c ^ 1]! * unitsPerEntry[c]!;
    const loss = price * units - delta;
    if (loss > 0 && random() >= Math.exp(-loss / temperature)) continue;
    flip(first);
    if (isSwap) flip(second);
    weight += delta;
  }
  return moves / processorSeconds(began);
}

/** Which a busy machine changes less than those of the clock. */
function processorSeconds(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

interface Rate {
  readonly rate: number;
  readonly acceptance: number;
}

const settingsAt = (temperature: number, price: number) => ({
  ...{ temperature, price: 0.9 * price, excessPrice: 1.1 * price, window: Infinity, scorePrice: 0 },
  ...MIXED,
});

/** The chain at one temperature, all target bookkeeping on: the median of five runs, each from the same lines. */
function chainRate(problem: SelectionProblem, kept: Uint8Array, temperature: number, price: number): Rate {
  const rates: number[] = [];
  let accepted = 0;
  for (let round = 0; round < 5; round++) {
    const state = new SelectionState(problem, kept);
    const chain = new SelectionChain(state, settingsAt(temperature, price), chainRandom(round, 'rate'));
    const began = process.cpuUsage();
    accepted += chain.run(MOVES).accepted;
    rates.push(MOVES / processorSeconds(began));
  }
  return { rate: rates.sort((a, b) => a - b)[2]!, acceptance: accepted / MOVES / 5 };
}

/** A temperature at which about the wanted share is accepted, by bisection of its logarithm. */
function temperatureOf(problem: SelectionProblem, kept: Uint8Array, price: number, wanted: number): number {
  const mean = new SelectionState(problem, kept).keptWeight / problem.lines;
  let [cold, hot] = [mean * 1e-6, mean * 100];
  for (let step = 0; step < 16; step++) {
    const middle = Math.sqrt(cold * hot);
    const state = new SelectionState(problem, kept);
    const chain = new SelectionChain(state, settingsAt(middle, price), chainRandom(step, 'find'));
    chain.run(300_000); // past what the start's own distance from balance makes it accept
    const { accepted } = chain.run(40_000);
    if (accepted / 40_000 > wanted) hot = middle;
    else cold = middle;
  }
  return hot;
}

async function run({ instance: name, wanted }: Case): Promise<Row> {
  const instance = await INSTANCES[name]!();
  const goal = sparsityGoal(instance, SPARSITY);
  const problem = selectionProblem(instance, requirementOf(instance, goal));
  const kept = keptMaskOf(problem, solveSync(instance, { method: 'alternating', goal }).pruning!);
  const state = new SelectionState(problem, kept);
  const price = (0.9 * state.keptWeight) / state.keptUnits;
  const temperature = temperatureOf(problem, kept, price, wanted);
  const { rate, acceptance } = chainRate(problem, kept, temperature, price);
  const costRate = slowRate(state, temperature, price, SLOW_MOVES.cost[name]!, true);
  const sumsRate = slowRate(state, temperature, price, SLOW_MOVES.sums, false);
  const processor = os.cpus()[0]!.model.trim();
  return { instance: name, wanted, accepted: acceptance, rate, costRate, sumsRate, processor };
}

const options = studyProgram('anneal-throughput', 'Proposals a second of annealing, beside straightforward code.', [''])
  .parse()
  .opts<StudyOptions>();
const cases = Object.keys(INSTANCES).flatMap((instance) => ACCEPTED.map((wanted) => ({ instance, wanted })));
const keyOf = ({ instance, wanted }: Case) => [instance, wanted].join('/');
const rows = await runStudy<Case, Row>('anneal-throughput', options, cases, keyOf, run);
await writeStudy(
  'anneal-throughput',
  options,
  rows.map((row) => ({ ...row })),
);
printTable(
  ['instance', 'accepted', 'M proposals/s', 'x cost anew', 'x sums anew'],
  rows.map(({ instance, accepted, rate, costRate, sumsRate }) => [
    instance,
    `${(100 * accepted).toFixed(1)}%`,
    (rate / 1e6).toFixed(2),
    (rate / costRate).toFixed(0),
    (rate / sumsRate).toFixed(1),
  ]),
);
