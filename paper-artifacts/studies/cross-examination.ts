/*
 * Asks every method about random instances whose optimum a slow reference knows, and counts who agrees; see
 * `test/reference/cross-examine.ts` for what is asked and `test/reference/cross-case.ts` for the instances. A row counts a block of
 * instances. Annealing and the integer programs, which are slower than the rest together, are asked about few of them.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { printTable } from '../../bench/table.ts';
import { crossCase } from '../../test/reference/cross-case.ts';
import { COUNTS, examine, type Tally } from '../../test/reference/cross-examine.ts';
import { integerFrom, programOf } from '../program.ts';
import { runStudy, writeStudy } from './study.ts';

/** Instances of a row. */
const BLOCK = 500;
/** Of so many instances one is asked of annealing and the integer programs. */
const THOROUGH = 20;

interface Case {
  readonly seed: number;
  readonly block: number;
}
type Row = Case & Tally;

const program = programOf(
  'npm run cross-examine --',
  'Asks every method about random instances whose optimum a slow reference knows.',
  ['5000 --seed 7', '100000 --out paper-artifacts', '--seed 7 --replay 412'],
  '0 all agree, 1 a fault, printed with what replays it',
)
  .argument('[count]', `instances, in blocks of ${BLOCK}`, integerFrom(1), 1000)
  .option('--seed <N>', 'of the instances', integerFrom(0), 1)
  .option('--out <FOLDER>', 'keep the rows in cross-examination.jsonl there and go on from them, and write the .csv')
  .option('--replay <INDEX>', 'ask about one instance, and print it', integerFrom(0))
  .parse();
const options = program.opts<{ seed: number; out?: string; replay?: number }>();
const { seed } = options;

function replay(index: number): void {
  const one = crossCase(seed, index);
  const layers = one.instance.layers.map((layer) => ({ ...layer, importance: [...layer.importance] }));
  const { faults, tally } = examine(one, index, true);
  console.log(JSON.stringify({ ...one, instance: { layers } }));
  console.log(faults.join('\n') || 'no faults', tally);
}

function run({ seed, block }: Case): Row {
  const began = performance.now();
  const row: Tally = { seed, block, ...Object.fromEntries(COUNTS.map((name) => [name, 0])) };
  for (let index = block * BLOCK; index < (block + 1) * BLOCK; index++) {
    const { tally, faults } = examine(crossCase(seed, index), index, index % THOROUGH === 0);
    for (const name of COUNTS) row[name]! += tally[name]!;
    for (const fault of faults) console.error(`--seed ${seed} --replay ${index}: ${fault}`);
  }
  return { ...row, seconds: Math.round((performance.now() - began) / 100) / 10 } as unknown as Row;
}

async function runAll(): Promise<void> {
  const out = options.out ?? mkdtempSync(path.join(tmpdir(), 'rcprune-'));
  const blocks = Math.ceil((program.processedArgs as [number])[0] / BLOCK);
  const cases = Array.from({ length: blocks }, (_, block) => ({ seed, block }));
  const rows = await runStudy<Case, Row>('cross-examination', { out }, cases, (one) => `${one.seed}/${one.block}`, run);
  await writeStudy('cross-examination', { out }, rows);
  const sum = (name: string) => rows.reduce((total, row) => total + row[name]!, 0);
  printTable(
    ['count', 'sum'],
    [...COUNTS, 'seconds'].map((name) => [name, `${Math.round(sum(name))}`]),
  );
  process.exitCode = sum('faults') === 0 ? 0 : 1;
}

if (options.replay === undefined) await runAll();
else replay(options.replay);
