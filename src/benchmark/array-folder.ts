import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, realpath, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { parseJson, readText, writeText } from '../formats/file.ts';
import { integer, matching, parsed, sha256 } from '../formats/schema.ts';
import { RcpruneError } from '../problem/error.ts';
import {
  type ArrayJob,
  arrayScript,
  arraySpecification,
  LOG_FOLDER,
  MOST_SHARDS,
  parseLogName,
  parseQueue,
  parseSubmission,
  type QueuedTask,
  queueArguments,
  type Task,
} from './slurm.ts';

/*
 * The folder of a job array, and Slurm's programs. In the folder:
 *
 *   array.json          the jobs' name, the number of shards and the suite's hash, which never change
 *   shard-I-of-N.jsonl  the records of shard I
 *   submission-K.sh     what was given to sbatch, the K-th time
 *   submission-K.json   which job that became
 *   logs/JOB_TASK.txt   what the tasks printed
 *   dry-run.sh          what would have been given to sbatch
 *
 * Nothing is submitted twice, without any lock that a killed process would leave behind. A submission starts by creating
 * submission-K.sh, which only one process can, and ends with submission-K.json. Whoever looks at the folder
 *   1. finds the last submission ended; one that has begun but not ended is under way, or was killed: wait until sbatch
 *      would have given up, whichever it was
 *   2. asks the queue, which by then holds every task ever submitted that may still write
 *   3. reads the records, so that a task which has ended by 2 has no record that is overlooked
 *   4. submits as number K + 1, or finds that another has done so since 1.
 */

const ARRAY = v.strictObject({
  format: v.literal('rcprune-slurm'),
  version: v.literal(1),
  name: matching(/^rcprune-[A-Za-z0-9._-]{1,80}$/, 'the name of a job'),
  shards: integer(1, MOST_SHARDS),
  /** SHA-256 of what the suite says. */
  suite: sha256,
});

/** Longest of the folder's own files that is read. */
const MOST_TEXT = 2 ** 24;
/** Seconds after which one of Slurm's commands is given up, and after which a submission has ended either way. */
const COMMAND_SECONDS = 60;
const SUBMISSION_SECONDS = 2 * COMMAND_SECONDS;

export interface ArrayFolder {
  /** Absolute, without symbolic links: two names of one folder are one job array. */
  readonly path: string;
  /** Of its jobs. */
  readonly name: string;
  readonly shards: number;
}

/**
 * Opens the folder of a job array, or makes it.
 *
 * @param shards as asked for, else null; @param fallback if nothing is asked for and there is no folder yet
 * @throws RcpruneError when the folder belongs to another suite, or to another number of shards than asked for
 */
export async function openArrayFolder(
  folder: string,
  suite: { readonly name: string; readonly hash: string },
  shards: number | null,
  fallback: number,
): Promise<ArrayFolder> {
  await mkdir(path.join(folder, LOG_FOLDER), { recursive: true });
  const place = await realpath(folder);
  const file = path.join(place, 'array.json');
  const hash = createHash('sha256').update(place).digest('hex').slice(0, 8);
  const fresh: v.InferOutput<typeof ARRAY> = {
    format: 'rcprune-slurm',
    version: 1,
    name: `rcprune-${suite.name}-${hash}`,
    shards: shards ?? fallback,
    suite: suite.hash,
  };
  await writeOnce(file, `${JSON.stringify(fresh)}\n`);
  const stored = parsed(file, ARRAY, parseJson(file, await readText(file, MOST_TEXT)));
  if (stored.suite !== suite.hash) {
    throw new RcpruneError(file, 'the suite that these tasks run', `another ${suite.name}: choose another -o`);
  }
  if (shards !== null && stored.shards !== shards) {
    throw new RcpruneError('--shards', `${stored.shards}, as ${file} says`, `${shards}`);
  }
  return { path: place, name: stored.name, shards: stored.shards };
}

/** Creates a file whole, unless there is one: of several processes, one creates it. @returns whether this one did */
async function writeOnce(file: string, text: string): Promise<boolean> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  await writeText(temporary, [text]);
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await unlink(temporary);
  }
}

const scriptName = (submission: number) => `submission-${submission}.sh`;
const answerName = (submission: number) => `submission-${submission}.json`;

/**
 * How often something was submitted from a folder.
 *
 * @throws RcpruneError while a submission is under way, or may be
 */
export async function countSubmissions(folder: string): Promise<number> {
  const names = new Set(await readdir(folder));
  let count = 0;
  while (names.has(scriptName(count + 1))) count++;
  if (count > 0 && !names.has(answerName(count))) {
    const { mtimeMs } = await stat(path.join(folder, scriptName(count)));
    const left = Math.ceil(SUBMISSION_SECONDS - (Date.now() - mtimeMs) / 1000);
    if (left > 0) {
      const got = `one under way, or killed: in ${left} s that will be known`;
      throw new RcpruneError(path.join(folder, scriptName(count)), 'no other submission', got);
    }
  }
  return count;
}

/** The tasks of a job name that the queue knows. @throws RcpruneError when it does not answer, or when there is no Slurm */
export async function askQueue(name: string): Promise<QueuedTask[]> {
  const ended = await execute('squeue', queueArguments(name));
  if (ended.kind !== 'done') throw new RcpruneError('squeue', 'an answer', ended.reason);
  return parseQueue(ended.text);
}

/** The tasks that have ever started, by what they printed. */
export async function loggedTasks(folder: string): Promise<Task[]> {
  const names = await readdir(path.join(folder, LOG_FOLDER));
  return names.flatMap((name) => parseLogName(name) ?? []);
}

/** Writes what {@link submitArray} would submit. @returns the file, which sbatch takes as it is */
export async function writeDryRun(job: ArrayJob, shards: readonly number[]): Promise<string> {
  const script = path.join(job.folder, 'dry-run.sh');
  await writeText(script, [arrayScript(job, shards)]);
  return script;
}

/**
 * Submits the given shards as submission number `submission`.
 *
 * @returns the job's number
 * @throws RcpruneError when another process has submitted under this number, or when Slurm refuses; nothing is submitted
 */
export async function submitArray(job: ArrayJob, shards: readonly number[], submission: number): Promise<number> {
  const script = path.join(job.folder, scriptName(submission));
  if (!(await writeOnce(script, arrayScript(job, shards)))) {
    throw new RcpruneError(script, 'no other submission', 'one by another process');
  }
  const specification = arraySpecification(shards);
  // On the command line these two outrank the environment (SBATCH_JOB_NAME), which outranks the script.
  const options = ['--parsable', `--job-name=${job.name}`, `--array=${specification}`];
  const ended = await execute('sbatch', [...options, script]);
  // Refused is refused. What was cut off may have arrived: its script stays, as that of a submission under way.
  if (ended.kind === 'refused') await unlink(script);
  if (ended.kind !== 'done') throw new RcpruneError('sbatch', 'a job that is submitted', ended.reason);
  const number = parseSubmission(ended.text);
  const record = { job: number, shards: specification, date: new Date().toISOString() };
  await writeText(path.join(job.folder, answerName(submission)), [`${JSON.stringify(record)}\n`]);
  return number;
}

type Ended =
  | { readonly kind: 'done'; readonly text: string }
  /** It ended by itself and said no, or is not there. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It was cut off: what it has done is not known. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** Variables that would have sbatch and squeue do something else than their arguments say. */
const VARIABLES =
  /^(SQUEUE_.*|SBATCH_(ARRAY_INX|CLUSTERS|ERROR|JOB_NAME|MEM_PER_.*|NO_REQUEUE|OPEN_MODE|OUTPUT|TEST_ONLY|WAIT))$/;

function execute(program: string, args: readonly string[]): Promise<Ended> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !VARIABLES.test(name)));
  const options = { env, timeout: COMMAND_SECONDS * 1000, maxBuffer: MOST_TEXT };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: 'done', text: stdout });
      else if (error.code === 'ENOENT') resolve({ kind: 'refused', reason: 'none: it is not on the PATH' });
      else if (typeof error.code === 'number') {
        resolve({ kind: 'refused', reason: stderr.trim().split('\n').at(-1) || `exit ${error.code}` });
      } else resolve({ kind: 'unknown', reason: `none within ${COMMAND_SECONDS} s` });
    });
  });
}
