import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { BenchRecord, Cell } from '../benchmark/record.ts';
import type { ArrayJob, Task } from '../benchmark/slurm.ts';
import type { Suite } from '../benchmark/suite.ts';
import { RcpruneError } from '../problem/error.ts';
import { requireInteger } from '../problem/instance.ts';
import { integer } from './options.ts';
import { EXIT, note, printJson, printPairs } from './output.ts';

/*
 * `bench SUITE --slurm`: one command, however often. It merges what is recorded so far, and submits the shards that miss
 * runs and have no task in the queue: at first all of them, later those whose tasks were lost.
 */

export interface ClusterOptions {
  readonly slurm?: true;
  readonly shards?: number;
  readonly dryRun?: true;
  readonly collect?: true;
  readonly partition?: string;
  readonly account?: string;
  readonly taskTime?: string;
  readonly memory?: string;
  readonly cpus?: number;
  readonly sbatch?: string[];
}

/** Adds the options of `--slurm`. */
export function withCluster(command: Command): Command {
  return command
    .optionsGroup('On a Slurm cluster:')
    .option('--slurm', 'submit the runs as a job array; the same command again merges records and resubmits lost tasks')
    .option('--shards <N>', `tasks (default: one an instance and sparsity, at most ${USUAL_SHARDS})`, integer)
    .option('--dry-run', 'write the script, submit nothing')
    .option('--collect', 'merge records and say what is missing, submit nothing')
    .option('--partition <NAME>', "the tasks' partition")
    .option('--account <NAME>', 'who pays for the tasks')
    .option('--task-time <TIME>', "a task's time, as Slurm writes it (2:00:00)")
    .option('--memory <SIZE>', "a task's memory, as Slurm writes it (default: the suite's limit, else 3G, and 1G more)")
    .option('--cpus <N>', 'processors of a task (default: --jobs)', integer)
    .option(
      '--sbatch <OPTION>',
      'any other option of sbatch: --sbatch=--constraint=avx2',
      (option, others: string[]) => [...(others ?? []), option],
    );
}

/** Most tasks that are submitted unasked: clusters limit how many jobs a user may have. */
const USUAL_SHARDS = 100;
/** Memory of a run where the suite sets no limit, and of the process that starts the runs, MiB. */
const USUAL_MEMORY = 3072;
const BASE_MEMORY = 1024;
const MOST_CPUS = 4096;

/** @throws RcpruneError when an option of `--slurm` comes without it */
export function checkClusterOptions(options: ClusterOptions): void {
  const { slurm, shards, dryRun, collect, partition, account, taskTime, memory, cpus, sbatch } = options;
  const own = [shards, dryRun, collect, partition, account, taskTime, memory, cpus, sbatch];
  if (!slurm && own.some((value) => value !== undefined)) {
    const names = '--shards, --dry-run, --collect, --partition, --account, --task-time, --memory, --cpus, --sbatch';
    throw new RcpruneError(names, '--slurm', 'none');
  }
  if (dryRun && collect) throw new RcpruneError('--slurm', 'one of --dry-run and --collect', 'both');
}

export interface ClusterRun {
  /** A suite's name or file, as given. */
  readonly argument: string;
  readonly suite: Suite;
  /** Where the merged records go; the job array's folder stands beside it. */
  readonly file: string;
  readonly jobs: number;
  /** Whether runs that found no answer count as missing. */
  readonly retry: boolean;
  readonly asJson: boolean;
}

/** Merges the records of all shards, and submits those that are lost. */
export async function runOnCluster(run: ClusterRun, options: ClusterOptions): Promise<void> {
  const { suite, file, jobs, retry } = run;
  const slurm = await import('../benchmark/slurm.ts');
  const arrays = await import('../benchmark/array-folder.ts');
  if (options.shards !== undefined) requireInteger('--shards', options.shards, 1, slurm.MOST_SHARDS);
  if (options.cpus !== undefined) requireInteger('--cpus', options.cpus, 1, MOST_CPUS);

  const blocks = await blocksOfSuite(suite);
  const usual = Math.max(1, Math.min(USUAL_SHARDS, blocks.filter((block) => block.length > 0).length));
  const identity = { name: suite.name, hash: hashOf(suite) };
  const place = file.replace(/(\.jsonl)?$/, '.slurm');
  const { path: folder, name, shards } = await arrays.openArrayFolder(place, identity, options.shards ?? null, usual);

  // This order is what array-folder.ts rests on: submissions, queue, records.
  const isSubmitting = !options.dryRun && !options.collect;
  const submissions = isSubmitting ? await arrays.countSubmissions(folder) : 0;
  const queue = await arrays.askQueue(name).catch((error: unknown) => {
    if (isSubmitting || !(error instanceof RcpruneError)) throw error;
    note(`${error.message}; the queue is taken to be empty`);
    return [];
  });
  const parts = Array.from({ length: shards }, (_, k) => path.join(folder, slurm.shardFile(k + 1, shards)));
  const { records, contradictions } = await mergeFiles([file, ...parts], blocks.flat());
  if (records.length > 0) await writeRecords(file, records);
  const recorded = new Set(records.filter(({ outcome }) => !retry || outcome === 'answered').map(({ key }) => key));
  const missing = new Array<number>(shards).fill(0);
  for (const [block, cells] of blocks.entries()) {
    for (const { key } of cells) if (!recorded.has(key)) missing[block % shards]!++;
  }
  const { done, queued, lost } = slurm.shardStates(missing, queue);

  const known = [...(await arrays.loggedTasks(folder)), ...queue];
  for (const shard of lost) {
    const task = slurm.lastTask(known, shard);
    if (task !== null) note(lossOf(task, missing[shard - 1]!, path.join(folder, slurm.logFile(task.job, shard))));
  }
  const command = taskCommand(run);
  const job: ArrayJob = { name, shards, folder, command, resources: resourcesOf(suite, jobs, options) };
  const isNeeded = lost.length > 0;
  const script = isNeeded && options.dryRun ? await arrays.writeDryRun(job, lost) : null;
  const number = isNeeded && isSubmitting ? await arrays.submitArray(job, lost, submissions + 1) : null;

  for (const key of contradictions) note(`does not replay: run ${key}`);
  if (contradictions.length > 0) process.exitCode = EXIT.rejected;
  const runs = blocks.flat().length;
  const left = missing.reduce((sum, count) => sum + count, 0);
  if (run.asJson) {
    const counts = { suite: suite.name, file, folder, runs, recorded: runs - left, missing: left, shards };
    printJson({ ...counts, done, queued, lost, job: number, script, contradictions });
    return;
  }
  const list = (some: readonly number[]) => (some.length === 0 ? 'none' : slurm.arraySpecification(some));
  printPairs([
    ['records', `${file}: ${runs - left} of ${runs} runs`],
    ['tasks', `${folder}: ${shards}`],
    ['done', list(done)],
    ['queued', list(queued)],
    [number === null ? 'lost' : 'submitted', number === null ? list(lost) : `${list(lost)} as job ${number}`],
    ...(script === null ? [] : [['script', `${script}: sbatch takes it as it is`] as const]),
  ]);
}

async function blocksOfSuite(suite: Suite): Promise<Cell[][]> {
  const { blocksOf } = await import('../benchmark/suite.ts');
  const blocks: Cell[][] = [];
  for await (const block of blocksOf(suite)) blocks.push(block);
  return blocks;
}

/** What decides the runs of a suite, as SHA-256 in hex. */
function hashOf({ name, groups }: Suite): string {
  return createHash('sha256')
    .update(JSON.stringify([name, groups]))
    .digest('hex');
}

async function mergeFiles(files: readonly string[], cells: readonly Cell[]) {
  const { mergeRecords, readRecords } = await import('../benchmark/record-file.ts');
  return mergeRecords(await readRecords(files.filter((file) => existsSync(file))), cells);
}

async function writeRecords(file: string, records: readonly BenchRecord[]): Promise<void> {
  const { writeText } = await import('../formats/file.ts');
  const lines = records.map((record) => `${JSON.stringify(record)}\n`);
  await writeText(file, lines);
}

function lossOf({ shard, state }: Task, missing: number, log: string): string {
  return `task ${shard} was lost (${state ?? 'the queue has forgotten why'}), ${missing} runs are missing: see ${log}`;
}

/** This program, started as it was started. */
function taskCommand({ argument, suite, jobs, retry }: ClusterRun): string[] {
  const suiteName = argument === suite.name ? argument : path.resolve(argument);
  const flags = [...(jobs === 1 ? [] : ['--jobs', `${jobs}`]), ...(retry ? ['--retry'] : [])];
  return [process.execPath, ...process.execArgv, path.resolve(process.argv[1]!), 'bench', suiteName, ...flags];
}

function resourcesOf({ groups }: Suite, jobs: number, options: ClusterOptions): ArrayJob['resources'] {
  const { partition, account, taskTime: time, memory, cpus = jobs, sbatch: others = [] } = options;
  const most = Math.max(...groups.map(({ memoryLimit }) => memoryLimit ?? USUAL_MEMORY));
  return { cpus, memory: memory ?? `${BASE_MEMORY + jobs * most}M`, time, partition, account, others };
}
