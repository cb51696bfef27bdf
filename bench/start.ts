/**
 * `npm run bench:start`: how many times the processor time of an empty Node program each command takes on a small instance.
 *
 * Processor time is user and system time of the whole process, all of its threads, from its start to its end: bash's `time`
 * reads what the system counted for it. Node alone and the commands take turns; ratios are of medians, and of least times
 * beside them, which a busy machine disturbs less. Exit 1 when a ratio of medians is above its limit. `-- ROUNDS` makes
 * more than 15 rounds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { printTable } from './table.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const rounds = Number(process.argv[2] ?? 15);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`rounds: expected an integer >= 1, got ${process.argv[2]}`);

/** Seconds that a program takes of the processor. @throws Error when it fails */
function processorSeconds(args: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null';
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...args], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const times = /(\d+\.\d+) (\d+\.\d+)\n$/.exec(stderr);
  if (status !== 0 || times === null) throw new Error(`${args.join(' ')}: exit ${status}: ${stderr}`);
  return Number(times[1]) + Number(times[2]);
}

const least = (values: readonly number[]) => Math.min(...values);
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const folder = mkdtempSync(path.join(tmpdir(), 'rcprune-start-'));
try {
  const inFolder = (name: string) => path.join(folder, name);
  const [empty, instance, pruning] = [inFolder('empty.mjs'), inFolder('small.json'), inFolder('pruning.json')];
  writeFileSync(empty, '');
  processorSeconds([MAIN, 'generate', 'uniform', '--rows', '6', '--cols', '8', '-o', instance]);
  const solve = ['solve', instance, '--method', 'residual', '--sparsity', '0.5', '-o', pruning];
  processorSeconds([MAIN, ...solve]);
  /** Name, arguments, and how many times Node's own time a command may take; null: what the others are compared with. */
  const programs: readonly [string, readonly string[], number | null][] = [
    ['node alone', [empty], null],
    ['--version', [MAIN, '--version'], 2],
    ['--help', [MAIN, '--help'], 2],
    ['info', [MAIN, 'info', instance], 2],
    ['verify', [MAIN, 'verify', instance, pruning], 2],
    ['solve --method residual', [MAIN, ...solve], 4],
  ];
  const times = programs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [k, [, args]] of programs.entries()) times[k]!.push(processorSeconds(args));
  }

  let failures = 0;
  const rows = programs.map(([name, , limit], k) => {
    const ratio = median(times[k]!) / median(times[0]!);
    const isGood = limit === null || ratio <= limit;
    if (!isGood) failures++;
    const leastRatio = least(times[k]!) / least(times[0]!);
    const cells = [name, ...[median(times[k]!), least(times[k]!)].map((time) => (time * 1000).toFixed(0))];
    return [
      ...cells,
      ratio.toFixed(2),
      leastRatio.toFixed(2),
      limit === null ? '' : `<= ${limit}`,
      isGood ? '' : 'too slow',
    ];
  });
  printTable(['command', 'median ms', 'least ms', 'x node', 'x node, least', 'limit', ''], rows);
  console.log(failures === 0 ? 'All within their limits.' : `${failures} above their limits.`);
  process.exitCode = failures === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
