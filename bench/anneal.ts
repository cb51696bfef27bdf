/**
 * Annealing: throughput of the selection chain against straightforward implementations, and quality of every method.
 *
 *   tsx bench/anneal.ts throughput
 *   tsx bench/anneal.ts quality [INSTANCE,...] [SEED,...] [SPARSITY,...]   (face resnet18 single; default all, 1, 50 80 93%)
 *
 * Quality writes one row a run to paper-artifacts/anneal-quality.csv, replacing rows of the same run. Every answer is
 * checked before its row is written.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chainRandom, SelectionChain } from '../src/anneal/selection-chain.ts';
import { keptLines, type SelectionProblem, SelectionState, selectionProblem } from '../src/anneal/selection-state.ts';
import { check, generate, type Instance, largestPruning, requirementOf, solve, sparsityGoal } from '../src/index.ts';
import { faceNetwork } from './networks.ts';
import { printTable } from './table.ts';

const INSTANCES: Record<string, () => Promise<Instance>> = {
  face: faceNetwork,
  resnet18: async () => generate('resnet18', { seed: 1 }),
  single: async () => generate('half-normal', { rows: 512, cols: 4608, seed: 1 }),
};
const CSV = fileURLToPath(new URL('../paper-artifacts/anneal-quality.csv', import.meta.url));

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
  const began = performance.now();
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
  return moves / ((performance.now() - began) / 1000);
}

interface Rate {
  readonly rate: number;
  readonly acceptance: number;
}

/** The chain at one temperature, all target bookkeeping on: the median of five runs, each from the same lines. */
function chainRate(
  problem: SelectionProblem,
  kept: Uint8Array,
  temperature: number,
  price: number,
  moves: number,
  more: { flips: number; swaps: number; drawn?: { from: number; to: number } },
): Rate {
  const rates: number[] = [];
  let accepted = 0;
  for (let round = 0; round < 5; round++) {
    const state = new SelectionState(problem, kept);
    const settings = {
      temperature,
      price: 0.9 * price,
      excessPrice: 1.1 * price,
      window: Infinity,
      scorePrice: 0,
      ...more,
    };
    const chain = new SelectionChain(state, settings, chainRandom(round, 'rate'));
    const began = performance.now();
    accepted += chain.run(moves).accepted;
    rates.push(moves / ((performance.now() - began) / 1000));
  }
  return { rate: rates.sort((a, b) => a - b)[2]!, acceptance: accepted / moves / 5 };
}

async function throughput(): Promise<void> {
  const rows: string[][] = [];
  for (const name of ['single', 'face']) {
    const instance = await INSTANCES[name]!();
    const goal = sparsityGoal(instance, '0.8');
    const problem = selectionProblem(instance, requirementOf(instance, goal));
    const kept = keptLines(problem, solve(instance, { method: 'alternating', goal }).pruning!);
    const state = new SelectionState(problem, kept);
    const price = (0.9 * state.keptWeight) / state.keptUnits;
    const mean = state.keptWeight / problem.lines;
    const mixed = { flips: 0.5, swaps: 0.3 };
    for (const wanted of [0.002, 0.05, 0.4]) {
      let cold = mean * 1e-6;
      let hot = mean * 100;
      for (let step = 0; step < 16; step++) {
        const middle = Math.sqrt(cold * hot);
        const chain = new SelectionChain(
          new SelectionState(problem, kept),
          {
            temperature: middle,
            price: 0.9 * price,
            excessPrice: 1.1 * price,
            window: Infinity,
            scorePrice: 0,
            ...mixed,
          },
          chainRandom(step, 'find'),
        );
        chain.run(300_000); // past what the start's own distance from balance makes it accept
        const { accepted } = chain.run(40_000);
        if (accepted / 40_000 > wanted) hot = middle;
        else cold = middle;
      }
      const own = chainRate(problem, kept, hot, price, 1_000_000, mixed);
      const scratch = slowRate(state, hot, price, name === 'face' ? 60 : 150, true);
      const sums = slowRate(state, hot, price, 100_000, false);
      rows.push([
        name,
        'all lines',
        `${(100 * own.acceptance).toFixed(1)}%`,
        (own.rate / 1e6).toFixed(2),
        (own.rate / scratch).toFixed(0),
        (own.rate / sums).toFixed(1),
      ]);
      if (name !== 'single') continue;
      for (const [label, from, to] of [
        ['rows', 0, problem.classStart[1]!],
        ['columns', problem.classStart[1]!, problem.lines],
      ] as const) {
        const part = chainRate(problem, kept, hot, price, 500_000, { flips: 0.6, swaps: 0.4, drawn: { from, to } });
        rows.push([name, label, `${(100 * part.acceptance).toFixed(1)}%`, (part.rate / 1e6).toFixed(2), '', '']);
      }
    }
  }
  printTable(['instance', 'moves', 'accepted', 'M proposals/s', 'x cost anew', 'x sums anew'], rows);
}

const HEAD = 'instance,method,start,sparsity,seed,cost,kept,removed,target,dual_bound,work,seconds';
const OTHERS = ['independent', 'residual', 'uniform', 'greedy', 'alternating'];

/** Rows by what identifies them: instance, method, start, sparsity, seed. */
function readRows(): Map<string, string> {
  if (!existsSync(CSV)) return new Map();
  const lines = readFileSync(CSV, 'utf8').trimEnd().split('\n').slice(1);
  return new Map(lines.map((line) => [line.split(',').slice(0, 5).join(','), line]));
}

async function quality(names: string[], seeds: number[], sparsities: string[]): Promise<void> {
  for (const name of names) {
    const instance = await INSTANCES[name]!();
    for (const sparsity of sparsities) {
      const goal = sparsityGoal(instance, sparsity);
      const runOne = (method: string, start: string, seed: number) => {
        const began = performance.now();
        const from =
          start === 'cold'
            ? largestPruning(instance, requirementOf(instance, goal))
            : start === 'greedy'
              ? solve(instance, { method: 'greedy', goal }).pruning!
              : undefined;
        const result = solve(instance, { method, goal, seed, start: from });
        const seconds = (performance.now() - began) / 1000;
        const verdict = check(instance, goal, result.pruning!, { cost: result.cost! });
        if (!verdict.valid) throw new Error(`${name} ${method} ${sparsity}: ${verdict.reason}`);
        const key = [name, method, start, sparsity, seed].join(',');
        const { cost, kept, removed, target, dualBound, work } = result;
        const rows = readRows();
        rows.set(key, [key, cost, kept, removed, target, dualBound, work, seconds.toFixed(2)].join(','));
        writeFileSync(CSV, `${HEAD}\n${[...rows.values()].sort().join('\n')}\n`);
        console.log(rows.get(key));
      };
      for (const method of OTHERS) runOne(method, 'own', 1);
      for (const seed of seeds) {
        runOne('anneal-selection', 'cold', seed);
        runOne('anneal-selection', 'greedy', seed);
      }
      runOne('anneal-shape', 'own', seeds[0]!);
    }
  }
}

const [what, names, seeds, sparsities] = process.argv.slice(2);
if (what === 'throughput') await throughput();
else if (what === 'quality') {
  await quality(
    names?.split(',') ?? Object.keys(INSTANCES),
    seeds?.split(',').map(Number) ?? [1],
    sparsities?.split(',') ?? ['0.5', '0.8', '0.93'],
  );
} else {
  console.error('usage: bench/anneal.ts throughput | quality [INSTANCE,...] [SEED,...] [SPARSITY,...]');
  process.exitCode = 2;
}
