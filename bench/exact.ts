/**
 * `tsx bench/exact.ts [--beyond] [--limit SEC] [--seeds N] [--most N] [--methods a,b] [--give-up] [--stored] [--rows FILE] [--csv FILE]`
 *
 * Exact methods on the same instances: half-normal squares n = 8..32 and scaled squares (strength 0.5) n = 16..64, at 50, 75
 * and 93%; with `--beyond`, branch and bound alone where the others are out of the question: half-normal squares of 36 and 40,
 * and the 32 x 288 layers of the face network (`size` is then the layer's index) at 93%. Every solve runs in a process of its
 * own, which is ended a little past the limit; its answer is checked before its time counts, and all methods must agree.
 * Seconds are those of the solve alone, not of starting or loading: every process first solves small instances of other
 * seeds with the same method for two seconds, so that its code is compiled, and a solve that takes less than {@link SHORT} seconds is repeated, the median counts.
 *
 * Resumable: a row is appended to the JSON-lines file as soon as it is known, and rows found there are not run again.
 * `--give-up`: a method that was over the limit on all seeds of a size is not run on larger sizes (`notRun`; the limit
 * counts). `--most` leaves out larger sizes. `--stored` runs nothing and tabulates the rows that are there.
 *
 * Ratios are geometric means of seconds against branch and bound, over what the method solved, and over all instances
 * with the limit counted for what it did not (where a solver gave up a little earlier by itself, that time).
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RowLog, rowsOfEarlier } from '../src/benchmark/row-log.ts';
import { check, generate, type Instance, loadMethods, solveSync, sparsityGoal } from '../src/index.ts';
import { faceNetwork } from './networks.ts';
import { printTable } from './table.ts';

await loadMethods(); // then solveSync takes any of them by name

interface Case {
  readonly family: string;
  readonly size: number;
  readonly sparsity: string;
  readonly seed: number;
  readonly method: string;
  readonly limit: number;
}

/** `solved`: proved, or claimed by a solver within tolerances. `limit`: not within the limit. */
interface Row extends Case {
  readonly outcome: 'solved' | 'limit' | 'notRun' | 'failed';
  readonly proved: boolean;
  readonly cost: number | null;
  readonly work: number | null;
  readonly seconds: number | null;
}

const SPARSITIES = ['0.5', '0.75', '0.93'];
const SIZES: Record<string, number[]> = { 'half-normal': [8, 12, 16, 20, 24, 28, 32], scaled: [16, 24, 32, 48, 64] };
/** Likewise, and the sparsities at which. */
const BEYOND: Record<string, { sizes: number[]; sparsities: string[] }> = {
  'half-normal': { sizes: [36, 40], sparsities: SPARSITIES },
  face: { sizes: [1, 2, 3, 4, 5, 6], sparsities: ['0.93'] },
};
const METHODS = ['branch-and-bound', 'enumerate', 'ilp-highs', 'ilp-jslp'];
const MOST_ENUMERATED = 26;
const SCALED_STRENGTH = 0.5;
/** Costs of solvers within tolerances may differ by this part. */
const TOLERANCE = 1e-6;
/** Seconds past the limit at which a process is ended: enough to start, to load and to warm up. */
const GRACE = 30;

const { values } = parseArgs({
  options: {
    one: { type: 'string' },
    beyond: { type: 'boolean', default: false },
    limit: { type: 'string', default: '60' },
    seeds: { type: 'string', default: '3' },
    most: { type: 'string', default: '1000' },
    methods: { type: 'string' },
    'give-up': { type: 'boolean', default: false },
    stored: { type: 'boolean', default: false },
    rows: { type: 'string' },
    csv: { type: 'string' },
  },
});
const stem = values.beyond ? 'exact-beyond' : 'exact';
const rowsFile = values.rows ?? `paper-artifacts/${stem}.jsonl`;
const csvFile = values.csv ?? `paper-artifacts/${stem}.csv`;
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
  const limit = Number(values.limit);
  const rows = new Map<string, Row>();
  for (const row of await rowsOfEarlier<Row>(rowsFile)) rows.set(keyOf(row), row);
  const cases = allCases(limit);
  let log: RowLog<Row> | null = null; // opened when there is a row to write
  for (const [k, one] of cases.entries()) {
    if (rows.has(keyOf(one)) || values.stored) continue;
    const row = values['give-up'] && isHopeless(one, [...rows.values()]) ? unsolved(one, 'notRun') : await spawned(one);
    rows.set(keyOf(one), row);
    log ??= await RowLog.open<Row>(rowsFile);
    await log.append(row);
    const { family, size, sparsity, seed, method, outcome, seconds } = row;
    console.error(
      `${k + 1}/${cases.length} ${family} ${size} ${sparsity} seed ${seed} ${method}: ${outcome} ${seconds ?? ''}`,
    );
  }
  await log?.close();
  const done = cases.flatMap((one) => rows.get(keyOf(one)) ?? []);
  const head = [
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
  writeFileSync(
    csvFile,
    [head.join(','), ...done.map((row) => head.map((name) => row[name] ?? '').join(',')), ''].join('\n'),
  );
  summarise(done);
}

function allCases(limit: number): Case[] {
  const seedsOf = (family: string) =>
    family === 'face' ? [1] : Array.from({ length: Number(values.seeds) }, (_, k) => k + 1);
  const methods = values.methods?.split(',') ?? (values.beyond ? ['branch-and-bound'] : METHODS);
  const plan = values.beyond
    ? BEYOND
    : Object.fromEntries(Object.entries(SIZES).map(([family, sizes]) => [family, { sizes, sparsities: SPARSITIES }]));
  return Object.entries(plan).flatMap(([family, { sizes, sparsities }]) =>
    sizes
      .filter((size) => size <= Number(values.most))
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

function isHopeless(one: Case, rows: Row[]): boolean {
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
  const instanceOf = ({ family, size, sparsity, seed }: Row) => [family, size, sparsity, seed].join('/');
  const own = new Map(rows.filter(({ method }) => method === METHODS[0]).map((row) => [instanceOf(row), row]));
  let disagreements = 0;
  for (const row of rows) {
    const reference = own.get(instanceOf(row));
    if (row.outcome !== 'solved' || reference?.outcome !== 'solved') continue;
    const isEqual = row.proved
      ? row.cost === reference.cost
      : Math.abs(row.cost! - reference.cost!) <= TOLERANCE * row.cost!;
    if (!isEqual) disagreements++;
  }
  const table: string[][] = [];
  for (const family of values.beyond ? Object.keys(BEYOND) : Object.keys(SIZES)) {
    for (const sparsity of SPARSITIES) {
      for (const method of METHODS) {
        const list = rows.filter((row) => row.family === family && row.sparsity === sparsity && row.method === method);
        if (list.length === 0) continue;
        const solved = list.filter(({ outcome }) => outcome === 'solved');
        const ratio = (some: Row[]) => {
          const logs = some.flatMap((row) => {
            const reference = own.get(instanceOf(row));
            if (reference?.outcome !== 'solved') return [];
            return [Math.log((row.seconds ?? row.limit) / reference.seconds!)];
          });
          return logs.length === 0 ? '-' : Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length).toFixed(1);
        };
        const largest = Math.max(0, ...solved.map(({ size }) => size));
        const slowest = Math.max(0, ...solved.map(({ seconds }) => seconds!)).toFixed(2);
        table.push([
          `${family} ${sparsity}`,
          method,
          `${solved.length}/${list.length}`,
          `${largest}`,
          slowest,
          ratio(solved),
          ratio(list),
        ]);
      }
    }
  }
  printTable(['instances', 'method', 'solved', 'largest', 'slowest s', 'x ours, solved', 'x ours, all'], table);
  const failed = rows.filter(({ outcome }) => outcome === 'failed').length;
  console.log(`${disagreements} disagreements, ${failed} failures.`);
  process.exitCode = disagreements + failed === 0 ? 0 : 1;
}

if (values.one !== undefined) await solveOne(JSON.parse(values.one) as Case);
else await runAll();
