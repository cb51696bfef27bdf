/**
 * `npm run second-opinion -- [--only NAME,...] [--seconds N] [--entries N] [--tools FOLDER]`
 *
 * Asks solvers that share nothing with this project about the closed entries of the instance library, and the instances kept as
 * regressions, of at most so many matrix entries; see README.md. Rows of paper-artifacts/second-opinion.csv that are there are
 * kept, so a run that was stopped goes on; delete a row to have it measured anew.
 *
 * Exit 1 when a solver contradicts a record. Without the tools (`install`) it says so and does nothing.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { goalOfEntry, madeOf, readLibrary, storedInstance } from '../../src/benchmark/library.ts';
import { withStored } from '../../src/benchmark/library-files.ts';
import { check } from '../../src/certify/index.ts';
import { integerProgram, pruningOfSolution } from '../../src/exact/ilp.ts';
import { lpText, readInstance, readPruning } from '../../src/formats/index.ts';
import {
  entryCount,
  exactCost,
  type Goal,
  type Instance,
  type Pruning,
  requirementOf,
} from '../../src/problem/index.ts';
import { below, opbText, pseudoBoolean } from './opb.ts';
import { translate } from './translate.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = path.join(here, '../..');
const csvFile = path.join(root, 'paper-artifacts/second-opinion.csv');
const HEAD = [
  'entry',
  'entries',
  'cost',
  'solver',
  'version',
  'optimum',
  'refutation',
  'checker',
  'seconds',
  'checkSeconds',
];
/** VeriPB may take longer than the search whose steps it repeats. */
const CHECK_SECONDS = 600;
const VERIPB = '3.0.2';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    entries: { type: 'string', default: '400' },
    tools: { type: 'string', default: path.join(root, 'node_modules/.cache/second-opinion') },
  },
});
const bin = path.join(values.tools, 'bin');

interface Question {
  readonly name: string;
  readonly instance: Instance;
  readonly goal: Goal;
  /** The record: proved optimal here, which is what is put to the question. */
  readonly pruning: Pruning;
}

type Cells = Record<string, string | number>;

async function questions(): Promise<Question[]> {
  const library = await readLibrary(path.join(root, 'instances/library.json'));
  const found: Question[] = [];
  for (const entry of library.entries) {
    if (entry.record?.status !== 'closed' || entry.record.entries > Number(values.entries)) continue;
    const readNetwork = () => Promise.reject(new Error('no entry this small is a network'));
    const instance = (await storedInstance(library, entry)) ?? (await madeOf(library, entry, readNetwork))!.instance;
    const { pruning } = await withStored(library.folder, entry.record.pruning, (file) => readPruning(file, instance));
    found.push({ name: entry.name, instance, goal: goalOfEntry(entry, instance), pruning });
  }
  const folder = path.join(root, 'instances/regression');
  for (const file of readdirSync(folder).filter((one) => one.endsWith('.pruning.json'))) {
    const name = file.replace('.pruning.json', '');
    const instance = await readInstance(path.join(folder, `${name}.json`));
    if (entryCount(instance) > Number(values.entries)) continue;
    const { pruning } = await readPruning(path.join(folder, file), instance);
    found.push({ name: `regression/${name}`, instance, goal: { target: instance.target! }, pruning });
  }
  const only = values.only?.split(',');
  found.sort((x, y) => entryCount(x.instance) - entryCount(y.instance));
  return found.filter(({ name }) => only === undefined || only.includes(name));
}

/** What solve.py prints; null when it was ended, long after its own limit, or failed. */
function python(...args: string[]): Record<string, unknown> | null {
  try {
    const options = { encoding: 'utf8', timeout: (2 * Number(values.seconds) + 60) * 1000 } as const;
    const stdio = ['ignore', 'pipe', 'inherit'] satisfies ('ignore' | 'pipe' | 'inherit')[];
    return JSON.parse(
      execFileSync(path.join(bin, 'python'), [path.join(here, 'solve.py'), ...args], { ...options, stdio }),
    );
  } catch (error) {
    console.error(`${args[0]}: ${(error as Error).message.slice(0, 200)}`);
    return null;
  }
}

/** Whether VeriPB accepts that the rows of a file contradict each other. */
function isVerified(formula: string, proof: string): boolean {
  try {
    const text = execFileSync(path.join(bin, 'veripb'), ['--opb', formula, proof], {
      encoding: 'utf8',
      timeout: CHECK_SECONDS * 1000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return text.includes('s VERIFIED UNSATISFIABLE');
  } catch (error) {
    console.error(`veripb: ${(error as Error).message.slice(0, 300)}`);
    return false;
  }
}

const rounded = (seconds: number) => Number(seconds.toFixed(2));

/** Exact, twice: for the optimum from nothing, and for a proof that nothing is cheaper than the record. */
async function askExact({ name, instance, goal, pruning }: Question, version: string, folder: string): Promise<Cells> {
  const program = pseudoBoolean(instance, requirementOf(instance, goal));
  const cost = exactCost(instance, pruning).cost / program.unit;
  const inFolder = (file: string) => path.join(folder, file);
  writeFileSync(inFolder('optimum.opb'), opbText(program, program.rows, true));
  const refuted = [...program.rows, below(program, cost)];
  writeFileSync(inFolder('refuted.opb'), opbText(program, refuted, false));
  const optimum = python('exact', inFolder('optimum.opb'), values.seconds);
  const value = optimum?.optimum ?? null;
  const refutation = python('exact', inFolder('refuted.opb'), values.seconds, inFolder('refuted'));
  const cells = {
    version,
    optimum: value === null ? 'none in time' : BigInt(value as string) === cost ? 'equal' : 'DIFFERENT',
    seconds: rounded(Number(optimum?.seconds ?? 0) + Number(refutation?.seconds ?? 0)),
  };
  if (refutation?.isRefuted !== true) return { ...cells, refutation: 'none in time', checker: '', checkSeconds: '' };
  const began = performance.now();
  const steps = await translate(inFolder('refuted.proof'), inFolder('refuted.pbp'), refuted.length);
  const verified = isVerified(inFolder('refuted.opb'), inFolder('refuted.pbp'));
  const checkSeconds = rounded((performance.now() - began) / 1000);
  if (!verified) console.error(`${name}: VeriPB did not accept the refutation`);
  const checker = `VeriPB ${VERIPB} ${verified ? 'accepts' : 'DOES NOT ACCEPT'}`;
  return { ...cells, refutation: `${steps} steps`, checker, checkSeconds };
}

/** SCIP, in floating point: its wheel is built without exact solving. A claim, its solution priced exactly. */
function askScip({ instance, goal, pruning }: Question, version: string, folder: string): Cells {
  const requirement = requirementOf(instance, goal);
  const file = path.join(folder, 'program.lp');
  writeFileSync(file, [...lpText(integerProgram(instance, requirement), [])].join(''));
  const answer = python('scip', file, values.seconds);
  const ones = new Set((answer?.ones ?? []) as string[]);
  const found = pruningOfSolution(instance, requirement, (name) => (ones.has(name) ? 1 : 0));
  const isEqual = found !== null && exactCost(instance, found).cost === exactCost(instance, pruning).cost;
  const optimum = answer?.isClaimed !== true ? 'none in time' : isEqual ? 'equal' : 'claim differs';
  const seconds = rounded(Number(answer?.seconds ?? 0));
  return { version, optimum, seconds, refutation: '', checker: 'none: tolerances', checkSeconds: '' };
}

async function main(): Promise<number> {
  if (!existsSync(path.join(bin, 'python')) || !existsSync(path.join(bin, 'veripb'))) {
    console.log(
      'second-opinion: skipped, Exact, SCIP and VeriPB are not installed; proofs/second-opinion/install installs them',
    );
    return 0;
  }
  const versions = python('versions')!;
  const known = existsSync(csvFile) ? readFileSync(csvFile, 'utf8').trimEnd().split('\n').slice(1) : [];
  const rows = new Map(
    known.map((line) => [
      line
        .split(',')
        .filter((_, k) => k === 0 || k === 3)
        .join(),
      line,
    ]),
  );
  for (const question of await questions()) {
    const { name, instance, goal, pruning } = question;
    const cost = exactCost(instance, pruning).cost;
    const verdict = check(instance, goal, pruning);
    if (verdict.reason !== null) throw new Error(`${name}: ${verdict.reason}`);
    for (const solver of ['Exact', 'SCIP']) {
      if (rows.has(`${name},${solver}`)) continue;
      const folder = mkdtempSync(path.join(tmpdir(), 'rcprune-second-'));
      try {
        const cells: Cells = {
          entry: name,
          entries: entryCount(instance),
          cost: Number(cost) * 2 ** -149,
          solver,
          ...(solver === 'Exact'
            ? await askExact(question, String(versions.exact), folder)
            : askScip(question, String(versions.scip), folder)),
        };
        const line = HEAD.map((column) => cells[column] ?? '').join(',');
        console.log(line);
        rows.set(`${name},${solver}`, line);
        writeFileSync(csvFile, [HEAD.join(','), ...rows.values(), ''].join('\n'));
      } finally {
        rmSync(folder, { recursive: true });
      }
    }
  }
  const bad = [...rows.values()].filter((line) => line.includes('DIFFERENT') || line.includes('DOES NOT ACCEPT'));
  const count = (text: string) => [...rows.values()].filter((line) => line.includes(text)).length;
  console.log(`${rows.size} answers; optimum equal: ${count(',equal,')}, none in time: ${count('none in time,')}`);
  console.log(`refutations accepted by VeriPB: ${count('accepts')}; contradictions: ${bad.length}`);
  return bad.length === 0 ? 0 : 1;
}

process.exitCode = await main();
