/**
 * Annealing: throughput of the selection chain against straightforward implementations, and quality of every method.
 *
 *   tsx bench/anneal.ts throughput
 *   tsx bench/anneal.ts workers [ROUNDS]          (wall time on one and on two worker threads; wants two quiet cores)
 *   tsx bench/anneal.ts table                     (of the README)
 *   tsx bench/anneal.ts quality [INSTANCE,...] [SEED,...] [SPARSITY,...]   (face resnet18 single; default all, 1, 50 80 93%)
 *
 * Quality writes one row a run to paper-artifacts/anneal-quality.csv; runs found there are not run again. Every answer and
 * certificate is checked before its row is written.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chainRandom, SelectionChain } from '../src/anneal/selection-chain.ts';
import { keptMaskOf, type SelectionProblem, SelectionState, selectionProblem } from '../src/anneal/selection-state.ts';
import {
  check,
  generate,
  type Instance,
  largestPruning,
  loadMethod,
  loadMethods,
  requirementOf,
  solveSync,
  sparsityGoal,
} from '../src/index.ts';
import { annealingTable, OTHERS, readQuality } from './anneal-table.ts';
import { faceNetwork } from './networks.ts';
import { printTable } from './table.ts';

await loadMethods(); // then solveSync takes any of them by name

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

/** The chain at one temperature, all target bookkeeping on: the median of five runs, each from the same lines. */
function chainRate(
  problem: SelectionProblem,
  kept: Uint8Array,
  temperature: number,
  price: number,
  moves: number,
  more: { flips: number; swaps: number },
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
    const began = process.cpuUsage();
    accepted += chain.run(moves).accepted;
    rates.push(moves / processorSeconds(began));
  }
  return { rate: rates.sort((a, b) => a - b)[2]!, acceptance: accepted / moves / 5 };
}

async function throughput(): Promise<void> {
  const rows: string[][] = [];
  for (const name of ['single', 'face']) {
    const instance = await INSTANCES[name]!();
    const goal = sparsityGoal(instance, '0.8');
    const problem = selectionProblem(instance, requirementOf(instance, goal));
    const kept = keptMaskOf(problem, solveSync(instance, { method: 'alternating', goal }).pruning!);
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
        `${(100 * own.acceptance).toFixed(1)}%`,
        (own.rate / 1e6).toFixed(2),
        (own.rate / scratch).toFixed(0),
        (own.rate / sums).toFixed(1),
      ]);
    }
  }
  printTable(['instance', 'accepted', 'M proposals/s', 'x cost anew', 'x sums anew'], rows);
}

/** Compiled (`npm run build`), since a pool starts its workers from JavaScript. */
const WORKERS = new URL('../dist/run/rounds.js', import.meta.url).href;

/** Wall seconds of one whole annealing on a pool of so many threads, and its answer. */
async function wallTime(instance: Instance, method: string, workLimit: number, workers: number) {
  const { rounds } = await loadMethod(method);
  const requirement = requirementOf(instance, sparsityGoal(instance, '0.8'));
  const start = largestPruning(instance, requirement);
  const run = rounds!.open(instance, requirement, { seed: 1, workLimit, start });
  const { performOnWorkers } = (await import(WORKERS)) as typeof import('../src/run/rounds.ts');
  const began = performance.now();
  await performOnWorkers(method, run, workers, () => {});
  return { seconds: (performance.now() - began) / 1000, answer: JSON.stringify(run.answer()) };
}

/**
 * Speed-up on two workers: both pools in turn, so that a slow minute slows both; the least time of each over all rounds and
 * the median of the ratios of neighbours. The bytes must be the same.
 */
async function workers(rounds: number): Promise<void> {
  const rows: string[][] = [];
  for (const [name, method, workLimit] of [
    ['face', 'anneal-selection', 30_000_000],
    ['single', 'anneal-selection', 15_000_000],
    ['face', 'anneal-shape', 1000],
  ] as const) {
    const instance = await INSTANCES[name]!();
    const times: [number[], number[]] = [[], []];
    let bytes = '';
    for (let round = 0; round < rounds; round++) {
      for (const threads of [1, 2] as const) {
        const { seconds, answer } = await wallTime(instance, method, workLimit, threads);
        times[threads - 1]!.push(seconds);
        if (bytes === '') bytes = answer;
        if (answer !== bytes) throw new Error(`${name} ${method}: ${threads} workers give other bytes`);
      }
    }
    const [one, two] = times;
    const ratios = one.map((seconds, k) => seconds / two[k]!).sort((a, b) => a - b);
    const [least, leastOfTwo] = [Math.min(...one), Math.min(...two)];
    rows.push([
      `${name} ${method}`,
      least.toFixed(2),
      leastOfTwo.toFixed(2),
      (least / leastOfTwo).toFixed(2),
      ratios[rounds >> 1]!.toFixed(2),
    ]);
  }
  printTable(['run', '1 worker, s', '2 workers, s', 'speed-up of least', 'median'], rows);
}

/** One run of one method; seconds are those of the processor, which a busy machine does not change. */
interface Run {
  readonly instance: string;
  readonly method: string;
  /** `own`: the method's own start; `cold`: the largest shapes, first lines; `greedy`. */
  readonly start: string;
  readonly sparsity: string;
  readonly seed: number;
  readonly cost: number;
  readonly kept: number;
  readonly removed: number;
  readonly target: number;
  readonly dual_bound: number;
  readonly work: number;
  readonly seconds: number;
}
const RUN_COLUMNS = [
  ...['instance', 'method', 'start', 'sparsity', 'seed', 'cost', 'kept', 'removed', 'target'],
  ...['dual_bound', 'work', 'seconds'],
] as const;
const HEAD = [...RUN_COLUMNS, 'ratio', 'gap_share'].join(',');
const CERTIFIED = 'best';

const keyOf = ({
  instance,
  method,
  start,
  sparsity,
  seed,
}: Pick<Run, 'instance' | 'method' | 'start' | 'sparsity' | 'seed'>) =>
  [instance, method, start, sparsity, seed].join(',');

function readRuns(): Map<string, Run> {
  if (!existsSync(CSV)) return new Map();
  const [head, ...lines] = readFileSync(CSV, 'utf8').trimEnd().split('\n');
  const columns = head!.split(',');
  return new Map(
    lines.map((line) => {
      const run = Object.fromEntries(
        line.split(',').map((cell, k) => [columns[k], Number.isNaN(Number(cell)) || k === 3 ? cell : Number(cell)]),
      ) as unknown as Run;
      return [keyOf(run), run];
    }),
  );
}

/**
 * The runs with what they are measured by: `ratio` = cost / the best bound that a certificate proves for the instance and
 * sparsity, and `gap_share` = what the run saves of the gap between the best pruning of all other methods and that bound.
 */
function writeRuns(runs: ReadonlyMap<string, Run>): void {
  const all = [...runs.values()];
  const lines = all.map((run) => {
    const alike = all.filter(({ instance, sparsity }) => instance === run.instance && sparsity === run.sparsity);
    const bound = Math.max(...alike.map(({ dual_bound }) => dual_bound));
    const isProved = alike.some(({ method }) => method === CERTIFIED);
    const before = Math.min(...alike.filter(({ method }) => OTHERS.includes(method)).map(({ cost }) => cost));
    const measured = isProved ? [run.cost / bound, (before - run.cost) / (before - bound)] : ['', ''];
    return [...RUN_COLUMNS.map((name) => run[name]), ...measured].join(',');
  });
  writeFileSync(CSV, `${HEAD}\n${lines.sort().join('\n')}\n`);
}

/** Resumable: runs found in the file are not run again. */
async function quality(names: string[], seeds: number[], sparsities: string[]): Promise<void> {
  for (const name of names) {
    const instance = await INSTANCES[name]!();
    for (const sparsity of sparsities) {
      const goal = sparsityGoal(instance, sparsity);
      const runOne = (method: string, start: string, seed: number) => {
        const identity = { instance: name, method, start, sparsity, seed };
        if (readRuns().has(keyOf(identity))) return;
        const began = process.cpuUsage();
        const from =
          start === 'cold'
            ? largestPruning(instance, requirementOf(instance, goal))
            : start === 'greedy'
              ? solveSync(instance, { method: 'greedy', goal }).pruning!
              : undefined;
        const result = solveSync(instance, { method, goal, seed, start: from });
        const processed = processorSeconds(began);
        const verdict = check(instance, goal, result.pruning!, { cost: result.cost! }, result.certificate ?? undefined);
        if (!verdict.valid) throw new Error(`${name} ${method} ${sparsity}: ${verdict.reason}`);
        const { cost, kept, removed, target, work } = result;
        const dual_bound = verdict.dualBound ?? result.dualBound;
        const seconds = Math.round(100 * processed) / 100;
        const runs = readRuns();
        const run = { ...identity, cost: cost!, kept: kept!, removed: removed!, target, dual_bound, work, seconds };
        runs.set(keyOf(run), run);
        writeRuns(runs);
        console.log(RUN_COLUMNS.map((column) => run[column]).join(','));
      };
      for (const method of [...OTHERS, CERTIFIED]) runOne(method, 'own', 1);
      for (const seed of seeds) {
        runOne('anneal-selection', 'cold', seed);
        runOne('anneal-selection', 'greedy', seed);
      }
      runOne('anneal-shape', 'cold', seeds[0]!);
      runOne('anneal-shape', 'greedy', seeds[0]!);
    }
  }
  summarise([...readRuns().values()]);
}

/** Least and greatest over the seeds. */
function summarise(runs: readonly Run[]): void {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = [run.instance, run.sparsity, run.method, run.start].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const span = (values: number[], digits: number) =>
    [...new Set([Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits)))].join(' to ');
  const rows = [...groups.values()].map((group) => {
    const { instance, sparsity, method, start } = group[0]!;
    const bound = Math.max(
      ...runs.filter((one) => one.instance === instance && one.sparsity === sparsity).map((one) => one.dual_bound),
    );
    return [
      `${instance} ${sparsity}`,
      `${method} (${start})`,
      span(
        group.map(({ cost }) => cost),
        2,
      ),
      span(
        group.map(({ kept }) => kept),
        2,
      ),
      span(
        group.map(({ cost }) => cost / bound),
        5,
      ),
      span(
        group.map(({ seconds }) => seconds),
        1,
      ),
    ];
  });
  printTable(['instance', 'method (start)', 'cost', 'kept', 'ratio <=', 'seconds'], rows);
}

const [what, names, seeds, sparsities] = process.argv.slice(2);
if (what === 'throughput') await throughput();
else if (what === 'workers') await workers(Number(names ?? 3));
else if (what === 'table') console.log(annealingTable(readQuality(readFileSync(CSV, 'utf8'))));
else if (what === 'quality') {
  await quality(
    names?.split(',') ?? Object.keys(INSTANCES),
    seeds?.split(',').map(Number) ?? [1],
    sparsities?.split(',') ?? ['0.5', '0.8', '0.93'],
  );
} else {
  console.error(
    'usage: bench/anneal.ts throughput | workers [ROUNDS] | table | quality [INSTANCE,...] [SEED,...] [SPARSITY,...]',
  );
  process.exitCode = 2;
}
