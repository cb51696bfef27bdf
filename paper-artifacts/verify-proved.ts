/*
 * `npx tsx paper-artifacts/verify-proved.ts`: every optimum that a stored table calls proved, proved again.
 *
 * Each instance is made anew and searched by branch and bound; the checker replays the log as it comes, and what it accepts must be
 * the stored cost. Prints one line for every instance with a difference, and the counts of every table. Exit 1 on any
 * difference. (The instance library has its own command: `rcprune library`.) About ten minutes.
 */
import { readFileSync } from 'node:fs';
import { csvParse } from 'd3-dsv';
import { faceNetwork } from '../bench/networks.ts';
import { LiveReplay } from '../src/benchmark/proof-replay.ts';
import { generate, type Instance, instanceHash, loadMethods, solveSync, sparsityGoal } from '../src/index.ts';

await loadMethods(); // then solveSync takes any of them by name

/** The scale of `scaled` instances in studies/exact.ts and in the suites of peers. */
const SCALED_STRENGTH = 0.5;

interface Row {
  readonly family: string;
  readonly rows: number;
  readonly cols: number;
  readonly seed: number;
  readonly sparsity: string;
  readonly cost: number;
  readonly hash: string | null;
}

const TABLES: readonly { readonly file: string; readonly isProved: (row: Record<string, string>) => boolean }[] = [
  { file: 'exact.csv', isProved: ({ proved }) => proved === 'true' },
  { file: 'exact-beyond.csv', isProved: ({ proved }) => proved === 'true' },
  { file: 'results/exact-methods.csv', isProved: ({ proved }) => proved === 'true' },
  { file: 'results/peers.csv', isProved: ({ status }) => status === 'optimal' },
];

const rowOf = (row: Record<string, string>): Row => ({
  family: row.family!,
  rows: Number(row.size ?? row.rows),
  cols: Number(row.size ?? row.cols),
  seed: Number(row.instanceSeed ?? row.seed),
  sparsity: row.sparsity!,
  cost: Number(row.cost),
  hash: row.instanceHash ?? null,
});

async function instanceOf({ family, rows, cols, seed }: Row): Promise<Instance> {
  if (family === 'face') return { layers: [(await faceNetwork()).layers[rows]!] };
  return generate(family, { rows, cols, seed, strength: family === 'scaled' ? SCALED_STRENGTH : undefined });
}

/** The optimum that the checker accepts a log of, or what went wrong. */
function provedOptimum(instance: Instance, sparsity: string): number | string {
  const goal = sparsityGoal(instance, sparsity);
  const replay = new LiveReplay(instance, goal);
  const { pruning, cost } = solveSync(instance, { method: 'branch-and-bound', goal, onProof: replay.onProof });
  return replay.fault(pruning!) ?? cost!;
}

const known = new Map<string, number | string>();
let differences = 0;
for (const { file, isProved } of TABLES) {
  const rows = csvParse(readFileSync(new URL(file, import.meta.url), 'utf8'))
    .filter(isProved)
    .map(rowOf);
  let same = 0;
  for (const row of rows) {
    const key = [row.family, row.rows, row.cols, row.seed, row.sparsity].join(' ');
    const instance = await instanceOf(row);
    if (row.hash !== null && row.hash !== instanceHash(instance)) {
      console.log(`${file}: ${key}: expected the stored hash, got another instance`);
      differences++;
      continue;
    }
    if (!known.has(key)) known.set(key, provedOptimum(instance, row.sparsity));
    const found = known.get(key)!;
    if (found === row.cost) same++;
    else {
      console.log(`${file}: ${key}: expected ${row.cost} as stored, got ${found}`);
      differences++;
    }
  }
  console.log(`${file}: ${same} of ${rows.length} rows that say proved are proved again, at the same cost`);
}
console.log(`${known.size} instances, ${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;
