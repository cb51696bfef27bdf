import { describe, RcpruneError } from '../problem/error.ts';

/*
 * A suite as a Slurm job array: what is submitted, what the queue says, what is submitted again. Text in, text out; nothing
 * here starts a program or touches a file.
 *
 * Task I of N runs shard I/N into a file of its own, so that no two tasks ever write to one file. A shard is lost when some
 * of its runs have no record and the queue no longer holds its task: these two facts decide, whatever became of the task
 * (killed, out of time or memory, node gone, never started). Accounting (`sacct`), which many clusters do not keep, is not
 * asked. The queue is asked by the jobs' name, not by a job id: a name is known before anything is submitted, so that a
 * submission whose answer was lost is found all the same, and nothing is submitted twice.
 */

/** Most shards: Slurm numbers the tasks of an array below MaxArraySize, by default 1001. */
export const MOST_SHARDS = 1000;

/** What the cluster is asked for, per task; what is left out is the cluster's own default. */
export interface ArrayResources {
  readonly cpus: number;
  /** As Slurm writes it: `4G`. */
  readonly memory: string;
  /** As Slurm writes it: minutes, `HH:MM:SS`, `D-HH:MM:SS`. */
  readonly time?: string | undefined;
  readonly partition?: string | undefined;
  readonly account?: string | undefined;
  /** Further options of sbatch, each `--name` or `--name=value`. */
  readonly others: readonly string[];
}

export interface ArrayJob {
  readonly name: string;
  readonly shards: number;
  /** Absolute: where the tasks' records and logs stand. */
  readonly folder: string;
  /** Program and arguments, with absolute paths, to which every task adds `--shard I/N -o FILE`. */
  readonly command: readonly string[];
  readonly resources: ArrayResources;
}

/** File, in the job's folder, of the records of shard `shard`. */
export function shardFile(shard: number | string, shards: number): string {
  return `shard-${shard}-of-${shards}.jsonl`;
}

/** Folder, in the job's folder, of what the tasks print. */
export const LOG_FOLDER = 'logs';
/** File, in the job's folder, of what a task prints. */
export const logFile = (job: number | string, shard: number | string) => `${LOG_FOLDER}/${job}_${shard}.txt`;

/** Reads the name of a {@link logFile}, without its folder; null when it is none. */
export function parseLogName(name: string): Task | null {
  const [, job, shard] = /^([0-9]{1,15})_([0-9]{1,15})\.txt$/.exec(name) ?? [];
  return shard === undefined ? null : { job: Number(job), shard: Number(shard), state: null };
}

/** Options that are decided here, or that would hide the tasks from the queue that is asked. */
const RESERVED = [
  ...['array', 'chdir', 'clusters', 'cpus-per-task', 'error', 'job-name', 'mem', 'mem-per-cpu', 'mem-per-gpu'],
  ...['no-requeue', 'open-mode', 'output', 'parsable', 'test-only', 'wait', 'wrap'],
];

/**
 * The sbatch script of the given shards.
 *
 * @throws RcpruneError when a value cannot stand in a directive (a line break or a backslash), or when an option of sbatch
 *   is malformed or decided here
 */
export function arrayScript(job: ArrayJob, shards: readonly number[]): string {
  const { cpus, memory, time, partition, account, others } = job.resources;
  const optional = (name: string, value: string | undefined) => (value === undefined ? [] : [directive(name, value)]);
  return [
    '#!/bin/bash',
    // sbatch heeds the last of several: what the user adds cannot undo what the bookkeeping rests on.
    ...others.map(furtherDirective),
    ...optional('account', account),
    ...optional('partition', partition),
    ...optional('time', time),
    directive('mem', memory),
    directive('cpus-per-task', `${cpus}`),
    directive('job-name', job.name),
    directive('array', arraySpecification(shards)),
    directive('output', `${escapePattern(job.folder)}/${logFile('%A', '%a')}`),
    directive('open-mode', 'append'),
    // A shard goes on where it stopped, so a task whose node failed may simply start again.
    '#SBATCH --requeue',
    'set -eu',
    'shard=$SLURM_ARRAY_TASK_ID',
    // The program takes the shell's place: Slurm's signals reach it, and its exit code is the task's.
    `exec ${job.command.map(shellQuote).join(' ')} \\`,
    `  --shard "$shard"/${job.shards} -o ${shellQuote(`${job.folder}/`)}${shardFile('"$shard"', job.shards)}`,
    '',
  ].join('\n');
}

function directive(name: string, value: string): string {
  if (/[\n\r\\\0]/.test(value)) {
    throw new RcpruneError(`--${name}`, 'text without line breaks and backslashes, for Slurm', describe(value));
  }
  return `#SBATCH --${name}="${value.replaceAll('"', '\\"')}"`;
}

function furtherDirective(option: string): string {
  const [, name, , value] = /^--([a-z][a-z0-9-]*)(=(.*))?$/s.exec(option) ?? [];
  if (name === undefined) throw new RcpruneError('--sbatch', '--name or --name=value', describe(option));
  // sbatch takes any unambiguous beginning of a name.
  for (const reserved of RESERVED) {
    if (reserved.startsWith(name)) throw new RcpruneError('--sbatch', 'an option that is left to you', `--${name}`);
  }
  return value === undefined ? `#SBATCH --${name}` : directive(name, value);
}

/** A path in one of Slurm's file name patterns, where % starts a replacement. */
function escapePattern(path: string): string {
  return path.replaceAll('%', '%%');
}

/** A word that any POSIX shell reads back as `text`. @throws RcpruneError on a NUL, which no argument can hold */
export function shellQuote(text: string): string {
  if (text.includes('\0')) throw new RcpruneError('command', 'text without NUL', describe(text));
  return /^[A-Za-z0-9_.,:/=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Ascending numbers as Slurm's --array reads them: 1, 2, 3, 7 is `1-3,7`. */
export function arraySpecification(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

export interface Task {
  readonly job: number;
  readonly shard: number;
  /** Slurm's word: PENDING, RUNNING, COMPLETED, TIMEOUT...; null once the queue has forgotten the task. */
  readonly state: string | null;
}

/** A task as the queue last saw it. */
export interface QueuedTask extends Task {
  readonly state: string;
}

/**
 * Arguments of squeue whose answer {@link parseQueue} reads: the jobs of a name, of all users as far as they may be seen
 * (a folder may be shared), ended ones too if still known.
 */
export function queueArguments(name: string): string[] {
  return ['--noheader', '--array', '--states=all', `--name=${name}`, '--format=%F|%K|%T'];
}

/** Reads what squeue answers. @throws RcpruneError on a line that it cannot have written */
export function parseQueue(text: string): QueuedTask[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('CLUSTER: ')) // where SLURM_CLUSTERS names one
    .map((line) => {
      const [, job, shard, state] = /^([0-9]{1,15})\|([0-9]{1,15})\|([A-Z_]+)$/.exec(line.trim()) ?? [];
      if (state === undefined) throw new RcpruneError('squeue', 'lines JOB|TASK|STATE', describe(line));
      return { job: Number(job), shard: Number(shard), state };
    });
}

/** States that a task does not leave by itself. In any other, also one that is not known here, it may still write. */
const ENDED = new Set(
  'BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED TIMEOUT'.split(' '),
);

/** Number of the job that an `sbatch --parsable` submitted. @throws RcpruneError when it says anything else */
export function parseSubmission(text: string): number {
  const [, job] = /^([0-9]{1,15})(;[^\n]*)?\n?$/.exec(text) ?? [];
  if (job === undefined) throw new RcpruneError('sbatch', 'the number of a job', describe(text));
  return Number(job);
}

export interface ShardStates {
  /** All runs recorded. */
  readonly done: number[];
  /** Runs missing, the queue holds the task: it will write them, or be lost. */
  readonly queued: number[];
  /** Runs missing, nobody is going to make them. */
  readonly lost: number[];
}

/** Sorts the shards 1 to N, `missing[I - 1]` being how many runs of shard I have no record. */
export function shardStates(missing: readonly number[], queue: readonly QueuedTask[]): ShardStates {
  const live = new Set(queue.filter(({ state }) => !ENDED.has(state)).map(({ shard }) => shard));
  const states: ShardStates = { done: [], queued: [], lost: [] };
  missing.forEach((count, index) => {
    const shard = index + 1;
    states[count === 0 ? 'done' : live.has(shard) ? 'queued' : 'lost'].push(shard);
  });
  return states;
}

/** The last task of a shard; of several entries of one task, the last. */
export function lastTask(tasks: readonly Task[], shard: number): Task | null {
  let last: Task | null = null;
  for (const task of tasks) if (task.shard === shard && (last === null || task.job >= last.job)) last = task;
  return last;
}
