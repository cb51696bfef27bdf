import { Command, Option } from 'commander';
import type { BenchRecord, Cell } from '../benchmark/record.ts';
import type { PairedRatio } from '../benchmark/statistics.ts';
import type { Shard } from '../benchmark/suite.ts';
import type { MethodSummary, Summary } from '../benchmark/summary.ts';
import { RcpruneError } from '../problem/error.ts';
import { requireInteger } from '../problem/instance.ts';
import { withExamples } from './help.ts';
import { methodName } from './method-option.ts';
import { checkOutputs, integer } from './options.ts';
import { EXIT, note, print, printJson } from './output.ts';
import { abortOnSignals } from './running.ts';
import { type ClusterOptions, checkClusterOptions, runOnCluster, withCluster } from './slurm.ts';

interface Options extends ClusterOptions {
  readonly library?: string | true;
  readonly output?: string;
  readonly shard?: string;
  readonly jobs: number;
  readonly retry?: true;
  readonly list?: true;
  readonly summary?: true;
  readonly reference?: string;
  readonly merge?: string[];
  readonly json?: true;
}

export function benchCommand(): Command {
  const command = new Command('bench')
    .argument('[suite]', 'a shipped suite (see --list) or a .json file')
    .option(
      '-o, --output <FILE>',
      'records to add to, .jsonl (default SUITE.jsonl); runs found there are not run again',
    )
    .option('--shard <I/N>', 'only the I-th of N parts')
    .option('--jobs <N>', 'runs at a time: more than one disturbs their times', integer, 1)
    .option('--retry', 'run again what found no answer')
    .option('--list', 'print the suites; with a suite, its runs')
    .option('--summary', 'run nothing, print what the records say')
    .option(
      '--merge <FILE...>',
      'run nothing, write the records of these files to -o, each run once, and name what is missing',
    )
    .option('--reference <M>', "the method whose processor seconds the others' are divided by in the summary", (text) =>
      methodName(text, '--reference'),
    )
    .option('--json', 'print one JSON object');
  withCluster(command).addOption(new Option('--library [MANIFEST]').hideHelp()).action(run);
  return withExamples(command, 'bench quick -o quick.jsonl', 'bench quick -o quick.jsonl --summary');
}

/** More processes than any machine this runs on has cores. */
const MOST_JOBS = 256;

async function run(name: string | undefined, options: Options): Promise<void> {
  if (options.library !== undefined) throw new RcpruneError('--library', 'the command `rcprune library`', 'bench');
  const { cellsOf, parseShard, readSuite, shippedSuites } = await import('../benchmark/suite.ts');
  if (name === undefined) {
    if (!options.list) throw new RcpruneError('bench', 'a suite (see --list)', 'none');
    const suites = await Promise.all((await shippedSuites()).map(readSuite));
    if (options.json) printJson({ suites: suites.map(({ name, description }) => ({ name, description })) });
    else for (const { name, description } of suites) print(`${name.padEnd(14)} ${description}`);
    return;
  }
  requireInteger('--jobs', options.jobs, 1, MOST_JOBS);
  const { list: isListing, summary, merge: files, slurm } = options;
  const modes = [isListing, summary, files, slurm].filter((mode) => mode !== undefined);
  if (modes.length > 1) {
    throw new RcpruneError('bench', 'one of --list, --summary, --merge and --slurm', `${modes.length}`);
  }
  checkClusterOptions(options);
  if (slurm && options.shard !== undefined) throw new RcpruneError('--shard', '--shards with --slurm', options.shard);
  const shard = options.shard === undefined ? undefined : parseShard(options.shard);
  const suite = await readSuite(name);
  const file = options.output ?? `${suite.name}.jsonl`;
  await checkOutputs([[file, 'records']], [name, ...(options.merge ?? [])]);
  if (slurm) {
    const { jobs, retry = false, json = false } = options;
    return runOnCluster({ argument: name, suite, file, jobs, retry, asJson: json }, options);
  }
  const cells = await cellsOf(suite, shard);
  if (options.list) return list(suite.name, cells, options.json === true);
  if (options.merge !== undefined) return merge(suite.name, cells, options.merge, file, options.json === true);
  if (options.summary) return summarise(suite.name, cells, file, options);
  await runAll(suite, cells, shard, file, options);
}

async function list(suite: string, cells: readonly Cell[], asJson: boolean): Promise<void> {
  if (asJson) return printJson({ suite, cells });
  const { titleOf } = await import('../benchmark/run.ts');
  for (const cell of cells) print(`${cell.key.slice(0, 12)} ${titleOf(cell)}`);
}

async function runAll(
  suite: { readonly name: string; readonly folder: string },
  cells: readonly Cell[],
  shard: Shard | undefined,
  file: string,
  { jobs, retry, reference, json }: Options,
): Promise<void> {
  const signal = abortOnSignals();
  const { readRecords } = await import('../benchmark/record-file.ts');
  const { RowLog } = await import('../benchmark/row-log.ts');
  const { InvalidAnswer, runCells, titleOf } = await import('../benchmark/run.ts');
  const records = await RowLog.open<BenchRecord>(file);
  const found = await readRecords([file]).catch(async (error: unknown) => {
    await records.close();
    throw error;
  });
  if (records.repaired > 0) note(`${file}: half a line of ${records.repaired} bytes at its end was cut off`);
  const isDone = ({ key }: Cell) => {
    const record = found.byKey.get(key);
    return record !== undefined && !(retry && record.outcome !== 'answered');
  };
  const open = cells.filter((cell) => !isDone(cell));
  const skipped = cells.length - open.length;
  if (skipped > 0) note(`${file}: ${skipped} of ${cells.length} runs found`);
  let done = 0;
  let failed = 0;
  let invalid: string | null = null;
  try {
    await runCells(open, suite.folder, jobs, signal, async (record) => {
      await records.append(record);
      found.byKey.set(record.key, record);
      if (record.outcome !== 'answered') failed++;
      note(`${skipped + ++done}/${cells.length} ${titleOf(record)}: ${outcomeOf(record)}`);
    });
  } catch (error) {
    if (!(error instanceof InvalidAnswer)) throw error;
    invalid = error.message;
  } finally {
    await records.close();
  }
  const stopReason = invalid !== null ? 'invalidAnswer' : done < open.length ? 'interrupted' : 'complete';
  const part = shard === undefined ? null : `${shard.index}/${shard.count}`;
  const report = { suite: suite.name, shard: part, file, runs: cells.length, found: skipped, done, failed, stopReason };
  const { summaryOf } = await import('../benchmark/summary.ts');
  const summary = summaryOf(
    cells.flatMap(({ key }) => found.byKey.get(key) ?? []),
    reference,
  );
  reportContradictions(summary);
  if (json) printJson({ ...report, reason: invalid, contradictions: summary.contradictions });
  else {
    if (stopReason === 'complete') await printSummary(summary);
    print(`${file}: ${skipped + done} of ${cells.length} runs, ${done} now, ${failed} of them without an answer`);
  }
  if (invalid === null) return;
  note(`rcprune: the checker rejected an answer: ${invalid}`);
  process.exitCode = EXIT.rejected;
}

function outcomeOf({ outcome, reason, status, stopReason, seconds, cost }: BenchRecord): string {
  if (outcome !== 'answered') return `${outcome}, ${reason}`;
  return `${status}, ${stopReason}, cost ${cost?.toPrecision(7) ?? '-'}, ${seconds?.toPrecision(3)} s`;
}

/** The records of several files as one, in the order of the suite; what is not of the suite comes last. */
async function merge(
  suite: string,
  cells: readonly Cell[],
  files: readonly string[],
  output: string,
  asJson: boolean,
): Promise<void> {
  const { mergeRecords, readRecords } = await import('../benchmark/record-file.ts');
  const { titleOf } = await import('../benchmark/run.ts');
  const { writeText } = await import('../formats/file.ts');
  const found = await readRecords(files);
  const { records, others, missing, duplicates, contradictions } = mergeRecords(found, cells);
  await writeText(
    output,
    records.map((record) => `${JSON.stringify(record)}\n`),
  );
  const own = records.length - others;
  const counts = { suite, file: output, runs: cells.length, found: own, others, duplicates };
  if (asJson) printJson({ ...counts, missing: missing.map(({ key }) => key), contradictions });
  else {
    print(`${output}: ${own} of ${cells.length} runs of ${suite}, ${others} of other suites`);
    print(`${duplicates} rows of runs that other rows have`);
  }
  for (const cell of missing) note(`missing: ${cell.key.slice(0, 12)} ${titleOf(cell)}`);
  for (const key of contradictions) note(`does not replay: ${titleOf(found.byKey.get(key)!)} (${key.slice(0, 12)})`);
  if (missing.length + contradictions.length > 0) process.exitCode = EXIT.rejected;
}

async function summarise(suite: string, cells: readonly Cell[], file: string, options: Options): Promise<void> {
  const { readRecords } = await import('../benchmark/record-file.ts');
  const { summaryOf } = await import('../benchmark/summary.ts');
  const { byKey } = await readRecords([file]);
  const records = cells.flatMap(({ key }) => byKey.get(key) ?? []);
  const summary = summaryOf(records, options.reference);
  const counts = { suite, file, runs: cells.length, found: records.length };
  if (options.json) printJson({ ...counts, ...summary });
  else {
    await printSummary(summary);
    print(`${file}: ${records.length} of ${cells.length} runs`);
  }
  reportContradictions(summary);
}

/** A bound above a cost that the checker recomputed cannot be right. */
function reportContradictions({ contradictions }: Summary): void {
  for (const { bound, cost, target } of contradictions) {
    note(`rcprune: ${bound[0]} proves a cost of at least ${bound[1]}, ${cost[0]} has ${cost[1]} (target ${target})`);
  }
  if (contradictions.length > 0) process.exitCode = EXIT.rejected;
}

/** One table for all problems, and one with a line for each class and method. */
async function printSummary({ classes, all, reference }: Summary): Promise<void> {
  const { printTable } = await import('./table.ts');
  const figure = (value: number | null | undefined, digits = 4) => (value == null ? '-' : value.toPrecision(digits));
  const ratio = (value: PairedRatio | null, digits: number) =>
    value === null
      ? '-'
      : `${figure(value.ratio, digits)} [${value.interval.map((end) => figure(end, digits)).join(', ')}]`;
  const solved = ({ runs, answered, proved, claimed, refuted }: MethodSummary) => [
    `${answered}/${runs}`,
    `${proved}`,
    claimed === 0 ? '-' : `${claimed}${refuted === 0 ? '' : `, ${refuted} wrong`}`,
  ];
  printTable(
    ['instances', 'method', 'answered', 'proved', 'claimed', 's', 'cost / best', 'worst'],
    classes.flatMap(({ label, methods }) =>
      methods.map((own) => [
        label,
        own.method,
        ...solved(own),
        figure(own.seconds, 3),
        figure(own.cost?.ratio, 5),
        figure(own.worstCost, 5),
      ]),
    ),
  );
  print(
    `All ${all.problems} problems. s: seconds, shifted geometric mean; [ ]: 95% intervals over instances; integrals: mean`,
  );
  print('gaps over time, of the incumbent to the best cost known and to the proved bound.');
  printTable(
    [
      'method',
      'answered',
      'proved',
      'claimed',
      's',
      'cpu s',
      `cpu s / ${reference}`,
      'cost / best',
      'primal',
      'primal-dual',
      'MiB',
    ],
    all.methods.map((own) => [
      own.method,
      ...solved(own),
      figure(own.seconds, 3),
      figure(own.processorSeconds, 3),
      ratio(own.time, 3),
      ratio(own.cost, 5),
      figure(own.primalIntegral, 3),
      figure(own.gapIntegral, 3),
      own.memory === null ? '-' : (own.memory / 2 ** 20).toFixed(0),
    ]),
  );
}
