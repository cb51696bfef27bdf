import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchRecord } from '../../../src/benchmark/record.ts';
import { readRecords } from '../../../src/benchmark/record-file.ts';
import { cellsOf, readSuite } from '../../../src/benchmark/suite.ts';
import { type MethodSummary, summaryOf } from '../../../src/benchmark/summary.ts';
import { writeText } from '../../../src/formats/index.ts';
import { codeVersion } from '../code-version.ts';
import { home, workFolder } from '../measure.ts';
import { type Row, writeTable } from '../tables.ts';

/*
 * The peers in one table: HiGHS, javascript-lp-solver, our exact methods, bounds, approximations and annealing on the same
 * instances within the same limits, by `rcprune bench`, which runs each in a process of its own and checks its answer. A cut-down
 * suite; with `--all` the shipped one, whose records are stored in peers.jsonl. Every row has times, or was ended by one.
 */

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } }, strict: false });
const source = values.all === true ? 'peers' : path.join(root, 'paper-artifacts/reproduce/peers-quick.json');
const name = values.all === true ? 'peers-all' : 'peers';
// Records are named by what is run, not by the code that runs it.
const version = codeVersion(path.join(root, 'src/cli/bench.ts'));
const file = values.all === true ? path.join(home, 'peers.jsonl') : path.join(workFolder, `peers-${version}.jsonl`);
mkdirSync(workFolder, { recursive: true });
mkdirSync(path.join(home, 'results'), { recursive: true });

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' }); // its processes are started from dist
const program = path.join(root, 'dist/cli/main.js');
execFileSync(process.execPath, [program, 'bench', source, '-o', file], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});

const { byKey } = await readRecords([file]);
const records = (await cellsOf(await readSuite(source))).map(({ key }) => byKey.get(key)!);
const { all, contradictions } = summaryOf(records, 'branch-and-bound');
if (contradictions.length > 0) throw new Error(`peers: ${JSON.stringify(contradictions[0])}`);

const rowOf = (record: BenchRecord): Row => {
  const { method, sparsity, seed, family, parameters, instanceSeed, instanceHash, target, workLimit, timeLimit } =
    record;
  const { outcome, status, stopReason, claimedOptimal, cost, kept, dualBound, gap, guarantee, work } = record;
  const { seconds, processorSeconds, peakBytes, commit, date } = record;
  return {
    ...{ method, sparsity, seed, family, rows: parameters.rows!, cols: parameters.cols!, instanceSeed },
    ...{ instanceHash, target, workLimit, timeLimit, outcome, status, stopReason, claimedOptimal },
    ...{ cost, kept, dualBound, gap, guarantee, work, seconds, processorSeconds, peakBytes, commit, date },
  };
};
await writeTable(path.join(home, 'results', name), records.map(rowOf));

const HEAD = [
  ...['method', 'runs', 'answered', 'proved optimal', 'claimed optimal', 'of these refuted', 'time limit reached'],
  ...['cost / best known', 'at most', 'own gap', 'seconds', 'times branch and bound', 'MiB'],
];
const show = (value: number | null | undefined, digits: number) =>
  value === null || value === undefined ? '-' : value.toFixed(digits);
const lineOf = (one: MethodSummary) => [
  ...[one.method, one.runs, one.answered, one.proved, one.claimed, one.refuted, one.timedOut],
  ...[show(one.cost?.ratio, 5), show(one.worstCost, 5), one.gap === null ? '-' : `${(100 * one.gap).toFixed(2)}%`],
  ...[show(one.seconds, 4), show(one.time?.ratio, 1), one.memory === null ? '-' : (one.memory / 2 ** 20).toFixed(0)],
];
const text = [
  `# The peers in one table${values.all === true ? '' : ', cut down'}`,
  `${all.problems} instances, the same limits for all (${records[0]!.timeLimit} s a run), each run in a process of its own, each answer checked before its time counts. Means are geometric, of seconds shifted by 0.01 s; *own gap* is the mean gap that a run proves itself. Made by \`npm run reproduce\` from ${name === 'peers' ? 'this run' : 'peers.jsonl'}, on ${records[0]!.machine.processor}.`,
  [HEAD, HEAD.map(() => '---'), ...all.methods.map(lineOf)].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
].join('\n\n');
await writeText(path.join(home, 'results', `${name}.md`), [`${text}\n`]);
console.log(`${name}: ${records.length} runs`);
