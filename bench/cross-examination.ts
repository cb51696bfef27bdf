/**
 * `npm run cross-examine -- [COUNT] [--seed N] [--block N] [--thorough N] [--out FILE]`
 *
 * Asks every method about COUNT random instances (default 1000) whose optimum a slow reference knows, and counts who agrees;
 * see `test/reference/cross-examine.ts` for what is asked and `test/reference/cross-case.ts` for the instances. One row of FILE
 * for every block of instances; whole blocks of it are not run again, so a run may be stopped at any time. Annealing and the
 * integer programs, which are slower than the rest together, are asked about every twentieth instance (`--thorough 20`).
 *
 * Exit 1 when anything disagrees: each fault is printed, with the seed and index that replay it (`--replay INDEX`).
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { crossCase } from '../test/reference/cross-case.ts';
import { COUNTS, examine } from '../test/reference/cross-examine.ts';
import { printTable } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    block: { type: 'string', default: '500' },
    thorough: { type: 'string', default: '20' },
    out: { type: 'string' },
    replay: { type: 'string' },
  },
});
const seed = Number(values.seed);
const blockSize = Number(values.block);
const everyThorough = Number(values.thorough);
const HEAD = ['seed', 'block', ...COUNTS, 'seconds'];

type Row = Record<string, number>;

function runBlock(block: number): Row {
  const began = performance.now();
  const row: Row = { seed, block, ...Object.fromEntries(COUNTS.map((name) => [name, 0])) };
  for (let index = block * blockSize; index < (block + 1) * blockSize; index++) {
    const { tally, faults } = examine(crossCase(seed, index), index, index % everyThorough === 0);
    for (const name of COUNTS) row[name]! += tally[name]!;
    for (const fault of faults) console.error(`--seed ${seed} --replay ${index}: ${fault}`);
  }
  return { ...row, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

function readRows(file: string | undefined): Row[] {
  if (file === undefined || !existsSync(file)) return [];
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, k) => [HEAD[k]!, Number(cell)])));
}

if (values.replay !== undefined) {
  const one = crossCase(seed, Number(values.replay));
  const layers = one.instance.layers.map((layer) => ({ ...layer, importance: [...layer.importance] }));
  const { faults, tally } = examine(one, Number(values.replay), true);
  console.log(JSON.stringify({ ...one, instance: { layers } }));
  console.log(faults.join('\n') || 'no faults', tally);
} else {
  const rows = readRows(values.out);
  if (values.out !== undefined && rows.length === 0) writeFileSync(values.out, `${HEAD.join(',')}\n`);
  const known = new Set(rows.map(({ block }) => block));
  for (let block = 0; block * blockSize < Number(positionals[0] ?? 1000); block++) {
    if (known.has(block)) continue;
    const row = runBlock(block);
    rows.push(row);
    if (values.out !== undefined) appendFileSync(values.out, `${HEAD.map((name) => row[name]).join(',')}\n`);
  }
  const sum = (name: string) => rows.reduce((total, row) => total + row[name]!, 0);
  printTable(
    ['count', 'sum'],
    [...COUNTS, 'seconds'].map((name) => [name, `${Math.round(sum(name))}`]),
  );
  process.exitCode = sum('faults') === 0 ? 0 : 1;
}
