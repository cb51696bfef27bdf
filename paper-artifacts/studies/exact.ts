/*
 * Exact methods on the same instances: half-normal squares n = 8..32 and scaled squares (strength 0.5) n = 16..64, at 50, 75
 * and 93%. With `--beyond`, branch and bound alone where the others are out of the question: half-normal squares of 36 and 40,
 * and the 32 x 288 layers of the face network (`size` is then the layer's index) at 93%.
 *
 * Every solve runs in a process of its own, which is ended a little past the limit. Its answer is checked before its time
 * counts, and all methods must agree. Seconds are those of the solve alone, not of starting or loading. Every process first
 * solves small instances of other seeds with the same method for two seconds, so that its code is compiled. A solve that takes
 * less than {@link SHORT} seconds is repeated, and the median counts.
 *
 * Ratios are geometric means of seconds against branch and bound, over what the method solved, and over all instances
 * with the limit counted for what it did not (where a solver gave up a little earlier by itself, that time).
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import { faceNetwork } from '../../bench/networks.ts';
import { printTable } from '../../bench/table.ts';
import { check, generate, type Instance, loadMethods, solveSync, sparsityGoal } from '../../src/index.ts';
import { integerFrom, listOf, oneOf } from '../program.ts';
import { disagreementsOf, type ExactRow as Row, timesAsLong } from './exact-table.ts';
import { runStudy, type StudyOptions, studyProgram, writeStudy } from './study.ts';

await loadMethods(); // then solveSync takes any of them by name

type Case = Pick<Row, 'family' | 'size' | 'sparsity' | 'seed' | 'method' | 'limit'>;

const SPARSITIES = ['0.5', '0.75', '0.93'];
const SIZES: Record<string, number[]> = { 'half-normal': [8, 12, 16, 20, 24, 28, 32], scaled: [16, 24, 32, 48, 64] };
/** Likewise, and the sparsities at which. */
const BEYOND: Record<string, { sizes: number[]; sparsities: string[] }> = {
  'half-normal': { sizes: [36, 40], sparsities: SPARSITIES },
  face: { sizes: [1, 2, 3, 4, 5, 6], sparsities: ['0.93'] },
};
const HEAD = [
  'method',
  'sparsity',
  'seed',
  'family',
  'size',
  'limit',
  'outcome',
  'proved',
  'cost',
  'work',
  'seconds',
] as const;
const METHODS = ['branch-and-bound', 'enumerate', 'ilp-highs', 'ilp-jslp'];
const MOST_ENUMERATED = 26;
const SCALED_STRENGTH = 0.5;
/** Seconds past the limit at which a process is ended: enough to start, to load and to warm up. */
const GRACE = 30;

interface Options extends StudyOptions {
  readonly one?: string;
  readonly beyond?: true;
  readonly limit: number;
  readonly seeds: number;
  readonly most: number;
  readonly methods?: string[];
  readonly giveUp?: true;
}

const options = studyProgram('exact', 'Compares the exact methods on the same instances, each answer checked.', [
  '--most 12 --limit 5 --out .',
])
  .option('--beyond', 'branch and bound alone, on larger instances')
  .option('--limit <SEC>', 'seconds of a solve', integerFrom(1), 60)
  .option('--seeds <N>', 'instances of a size and sparsity', integerFrom(1), 3)
  .option('--most <N>', 'leave out larger sizes', integerFrom(1), 1000)
  .option('--methods <NAME,...>', 'default: all', listOf(oneOf(METHODS)))
  .option(
    '--give-up',
    'a method over the limit on all seeds of a size is not run on larger ones: notRun, the limit counts',
  )
  .addOption(new Option('--one <CASE>', 'what the process of one solve is given').hideHelp())
  .parse()
  .opts<Options>();
const name = options.beyond ? 'exact-beyond' : 'exact';
/** Warm-up instances: half-normal squares of this size, of seeds that no timed instance has. */
const WARM_SIZE = 8;
const WARM_SEED = 1001;
const WARM_SECONDS = 2;
/** Solves of fewer seconds are repeated. */
const SHORT = 0.2;
const REPEATS = 5;

/** In the process of one solve: prints the row. */
async function solveOne(one: Case): Promise<void> {
  const { method, limit } = one;
  const ready = performance.now() + 1000 * WARM_SECONDS;
  for (let seed = WARM_SEED; performance.now() < ready; seed++) {
    const warm = generate('half-normal', { rows: WARM_SIZE, cols: WARM_SIZE, seed });
    timed(warm, { ...one, sparsity: SPARSITIES[seed % SPARSITIES.length]! });
  }
  const instance = await instanceOf(one);
  const { goal, result, seconds: first } = timed(instance, one);
  const times = [first];
  while (first < SHORT && times.length < REPEATS) times.push(timed(instance, one).seconds);
  const seconds = times.sort((x, y) => x - y)[times.length >> 1]!;
  const verdict = check(instance, goal, result.pruning!, { cost: result.cost! });
  if (!verdict.valid) throw new Error(`${method}: ${verdict.reason}`);
  const proved = result.status === 'optimal';
  const isSolved = seconds <= limit && (proved || result.claimedOptimal === true);
  const row: Row = {
    ...one,
    outcome: isSolved ? 'solved' : 'limit',
    proved,
    cost: result.cost,
    work: result.work,
    seconds,
  };
  process.stdout.write(JSON.stringify(row));
}

async function instanceOf({ family, size, seed }: Case): Promise<Instance> {
  if (family === 'face') return { layers: [(await faceNetwork()).layers[size]!] };
  const strength = family === 'scaled' ? SCALED_STRENGTH : undefined;
  return generate(family, { rows: size, cols: size, seed, strength });
}

function timed(instance: Instance, { sparsity, method, limit }: Case) {
  const goal = sparsityGoal(instance, sparsity);
  const began = performance.now();
  const result = solveSync(instance, { method, goal, seconds: limit });
  return { goal, result, seconds: (performance.now() - began) / 1000 };
}

async function runAll(): Promise<void> {
  const cases = allCases(options.limit);
  const rows = await runStudy<Case, Row>(name, options, cases, keyOf, (one, known) =>
    options.giveUp && isHopeless(one, known) ? unsolved(one, 'notRun') : spawned(one),
  );
  const order = new Map(cases.map((one, k) => [keyOf(one), k]));
  const done = rows
    .filter((row) => order.has(keyOf(row)))
    .sort((one, other) => order.get(keyOf(one))! - order.get(keyOf(other))!);
  await writeStudy(
    name,
    options,
    done.map((row) => Object.fromEntries(HEAD.map((column) => [column, row[column]]))),
  );
  summarise(done);
}

function allCases(limit: number): Case[] {
  const seedsOf = (family: string) =>
    family === 'face' ? [1] : Array.from({ length: options.seeds }, (_, k) => k + 1);
  const methods = options.methods ?? (options.beyond ? ['branch-and-bound'] : METHODS);
  const plan = options.beyond
    ? BEYOND
    : Object.fromEntries(Object.entries(SIZES).map(([family, sizes]) => [family, { sizes, sparsities: SPARSITIES }]));
  return Object.entries(plan).flatMap(([family, { sizes, sparsities }]) =>
    sizes
      .filter((size) => size <= options.most)
      .flatMap((size) =>
        sparsities.flatMap((sparsity) =>
          seedsOf(family).flatMap((seed) =>
            methods
              .filter((method) => method !== 'enumerate' || size <= MOST_ENUMERATED)
              .map((method) => ({ family, size, sparsity, seed, method, limit })),
          ),
        ),
      ),
  );
}

const keyOf = ({ family, size, sparsity, seed, method, limit }: Case) =>
  [family, size, sparsity, seed, method, limit].join('/');

const unsolved = (one: Case, outcome: 'limit' | 'notRun' | 'failed'): Row => ({
  ...one,
  outcome,
  proved: false,
  cost: null,
  work: null,
  seconds: null,
});

function isHopeless(one: Case, rows: readonly Row[]): boolean {
  const alike = rows.filter(({ family, sparsity, method, limit, size }) => {
    return (
      family === one.family &&
      sparsity === one.sparsity &&
      method === one.method &&
      limit === one.limit &&
      size < one.size
    );
  });
  const largest = Math.max(...alike.map(({ size }) => size));
  const last = alike.filter(({ size }) => size === largest);
  return last.length > 0 && last.every(({ outcome }) => outcome !== 'solved');
}

function spawned(one: Case): Promise<Row> {
  return new Promise((resolve) => {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), '--one', JSON.stringify(one)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let isLate = false;
    const killer = setTimeout(
      () => {
        isLate = true;
        child.kill('SIGKILL');
      },
      (one.limit + GRACE) * 1000,
    );
    child.stdout.on('data', (data) => {
      text += data;
    });
    child.on('close', (code) => {
      clearTimeout(killer);
      resolve(code === 0 ? (JSON.parse(text) as Row) : unsolved(one, isLate ? 'limit' : 'failed'));
    });
  });
}

/** Agreement of all methods, how many each solved, and the ratios. */
function summarise(rows: readonly Row[]): void {
  const table: string[][] = [];
  for (const family of Object.keys(options.beyond ? BEYOND : SIZES)) {
    for (const sparsity of SPARSITIES) {
      for (const method of METHODS) {
        const list = rows.filter((row) => row.family === family && row.sparsity === sparsity && row.method === method);
        if (list.length === 0) continue;
        const solved = list.filter(({ outcome }) => outcome === 'solved');
        table.push([
          `${family} ${sparsity}`,
          method,
          `${solved.length}/${list.length}`,
          `${Math.max(0, ...solved.map(({ size }) => size))}`,
          Math.max(0, ...solved.map(({ seconds }) => seconds!)).toFixed(2),
          ...[solved, list].map((some) => timesAsLong(some, rows)?.toFixed(1) ?? '-'),
        ]);
      }
    }
  }
  printTable(['instances', 'method', 'solved', 'largest', 'slowest s', 'x ours, solved', 'x ours, all'], table);
  const disagreements = disagreementsOf(rows);
  const failed = rows.filter(({ outcome }) => outcome === 'failed').length;
  console.log(`${disagreements} disagreements, ${failed} failures.`);
  process.exitCode = disagreements + failed === 0 ? 0 : 1;
}

if (options.one !== undefined) await solveOne(JSON.parse(options.one) as Case);
else await runAll();
