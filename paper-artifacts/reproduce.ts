/**
 * `npm run reproduce -- [--quick | --full] [--only STEP,...] [--fresh] [--list] [--out FOLDER [--smoke]]`
 *
 * Makes every table and figure of this folder again from raw results, and measures the claims of claims.md. `--quick`, the
 * default, measures every claim about solvers and proofs, evaluates the shipped networks and fine-tunes one cell, in
 * minutes; results that take hours are taken as stored. `--full` does those as well, going on from what is stored: who
 * wants them measured anew deletes their raw files.
 *
 * Steps (`--list`) stand in `reproduce/steps.ts`. A step that has run on this code and these inputs is not run again unless
 * `--fresh`; after an interruption, a kill -9 included, the next run goes on. Deterministic outputs are compared with what
 * was there: on a clean clone, with the results that came with it.
 *
 * `--out FOLDER` writes measured results there instead, and leaves out steps that can only write here; `--smoke` then
 * measures a few cells of each, in seconds.
 *
 * Exit 0 when every step was done and every claim holds, 1 when not, 2 on wrong usage.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { printTable } from '../bench/table.ts';
import { RcpruneError } from '../src/problem/error.ts';
import { programOf } from './program.ts';
import { workFolder } from './reproduce/measure.ts';
import { lock, runStep, type StepReport } from './reproduce/run-steps.ts';
import { STEPS, type Step } from './reproduce/steps.ts';

interface Options {
  readonly quick?: true;
  readonly full?: true;
  readonly only?: string;
  readonly fresh?: true;
  readonly list?: true;
  readonly out?: string;
  readonly smoke?: true;
}

const program = programOf(
  'npm run reproduce --',
  'Makes every table and figure of paper-artifacts again from raw results, and measures the claims of claims.md.',
  ['--list', '--full --only anneal,figures'],
  '0 every step was done and every claim holds, 1 not so',
)
  .option('--quick', 'what takes minutes; longer results are taken as stored (the default)')
  .option('--full', 'what takes hours as well, from what is stored on')
  .option('--only <STEP,...>', 'these steps only')
  .option('--fresh', 'run steps again that have run on this code and these inputs')
  .option('--list', 'print the steps, run nothing')
  .option('--out <FOLDER>', 'write measured results there, and leave out steps that can only write here')
  .option('--smoke', 'with --out: a few cells of each table, in seconds');

function list(): void {
  const rows = STEPS.map(({ name, mode, minutes, what }) => [name, mode, `${minutes}`, what]);
  printTable(['step', 'mode', 'minutes', 'what'], rows);
}

function chosen(only: string | undefined, isFull: boolean, isMoved: boolean): Step[] {
  const allowed = STEPS.filter(
    ({ mode, isMovable }) => (isFull || mode === 'quick') && (!isMoved || isMovable === true),
  );
  if (only === undefined) return allowed;
  const names = only.split(',');
  for (const name of names) {
    if (allowed.some((step) => step.name === name)) continue;
    const step = STEPS.find((one) => one.name === name);
    const expected =
      step === undefined
        ? `one of ${STEPS.map((one) => one.name).join(' ')}`
        : isFull
          ? 'a step that knows --out'
          : '--full';
    throw new RcpruneError('--only', expected, `${name}${step === undefined ? '' : `, ${step.minutes} minutes`}`);
  }
  return allowed.filter(({ name }) => names.includes(name));
}

const STATES = { unchanged: 'unchanged', done: 'done', failed: 'FAILED' } as const;

function report(reports: readonly StepReport[]): void {
  const rows = reports.map(({ step, state, seconds, files }) => {
    const own = files.filter(({ isClocked }) => !isClocked);
    const counts = (['as before', 'new', 'changed'] as const)
      .map((outcome) => [own.filter((file) => file.outcome === outcome).length, outcome] as const)
      .filter(([count]) => count > 0);
    return [step.name, STATES[state], seconds.toFixed(1), counts.map((pair) => pair.join(' ')).join(', ')];
  });
  printTable(['step', 'state', 'seconds', 'files without times'], rows);
  for (const { step, files } of reports) {
    for (const { file, outcome, isClocked } of files) {
      if (outcome === 'changed' && !isClocked) console.log(`changed by ${step.name}: ${file}`);
    }
  }
}

async function main(): Promise<number> {
  const {
    quick,
    full = false,
    only,
    fresh,
    list: isListing,
    out: folder,
    smoke = false,
  } = program.parse().opts<Options>();
  if (quick && full) throw new RcpruneError('reproduce', '--quick or --full', 'both');
  if (smoke && folder === undefined) throw new RcpruneError('--smoke', '--out FOLDER', 'none');
  if (isListing) {
    list();
    return 0;
  }
  const out = folder === undefined ? undefined : path.resolve(folder);
  const steps = chosen(only, full, out !== undefined);
  const unlock = lock(workFolder);
  try {
    if (fresh) {
      for (const { name, outputs } of steps) {
        rmSync(path.join(workFolder, 'steps', `${name}.json`), { force: true });
        for (const file of outputs)
          rmSync(path.join(workFolder, `${path.basename(file, '.csv')}.jsonl`), { force: true });
      }
    }
    const reports: StepReport[] = [];
    for (const [k, step] of steps.entries()) {
      console.error(`== ${k + 1}/${steps.length} ${step.name}: ${step.what}`);
      reports.push(await runStep(step, { out, isSmoke: smoke, workFolder }));
    }
    report(reports);
    return reports.every(({ state }) => state !== 'failed') ? 0 : 1;
  } finally {
    unlock();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof RcpruneError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
