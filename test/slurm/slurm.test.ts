import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchRecord } from '../../src/benchmark/record.ts';
import { expectRefusal, folder, inFolder, spawnProgram as run, spawnJson as runJson } from '../cli/program.ts';

/*
 * `rcprune bench SUITE --slurm` against a real Slurm, of one node, that ./start runs and ./stop ends.
 */

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const PROGRAMS = ['sbatch', 'squeue', 'scancel', 'slurmctld', 'slurmd', 'munged'];
const places = `${process.env.PATH}:/usr/sbin:/sbin`.split(':');
const isInstalled = PROGRAMS.every((program) => places.some((place) => existsSync(path.join(place, program))));
/** CI sets this, so that a machine without Slurm cannot pass in silence. */
const isRequired = process.env.RCPRUNE_REQUIRE_SLURM === '1';
if (!isInstalled) console.warn('job arrays not tested: Slurm is not installed, run test/slurm/install');

const family = (name: string) => ({ family: name });
const group = (methods: unknown[]) => ({
  families: [family('half-normal'), family('uniform')],
  sizes: [{ rows: 24, cols: 24 }],
  sparsities: ['0.9'],
  methods,
  warmUp: 0,
});
/** Four blocks: two of a short run, a long one and a short one; two of short runs. */
const SUITE = {
  format: 'rcprune-suite',
  version: 1,
  name: 'small',
  description: 'what a cluster runs in a few seconds',
  groups: [group(['residual', { method: 'anneal-selection', workLimit: 6_000_000 }, 'greedy']), group(['alternating'])],
};
/** Slurm, shell and sbatch each have a word of their own for some character in it. */
const OUTPUT = `it's "50%j" $HOME & more.jsonl`;
const arrayFolder = (output: string) => path.join(realpathSync(folder), output.replace(/jsonl$/, 'slurm'));
const bench = (output: string, ...rest: string[]) => runJson('bench', 'small.json', '--slurm', '-o', output, ...rest);

/** Variables by which a user's profile changes what squeue and sbatch do; all of them must be without effect. */
const PROFILE = {
  SQUEUE_PARTITION: 'elsewhere',
  SQUEUE_STATES: 'RUNNING',
  SBATCH_JOB_NAME: 'mine',
  SBATCH_ARRAY_INX: '5',
};
const withoutProfile = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !Object.hasOwn(PROFILE, name)));
/** Asks Slurm, around the program that is tested. */
const ask = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: 'utf8', env: withoutProfile(), timeout: 60_000 }).trim();

const tasksOf = (job: unknown) =>
  ask('squeue', '--noheader', '--array', '--states=all', '--format=%F %K %T')
    .split('\n')
    .flatMap((line) => {
      const [own, task, state] = line.trim().split(' ');
      return own === String(job) ? [{ task: Number(task), state: state! }] : [];
    })
    .sort((a, b) => a.task - b.task);

const linesOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
const recordsOf = (file: string) => linesOf(file).map((line) => JSON.parse(line) as BenchRecord);

/** Waits for something that comes within seconds, however busy the machine is. */
async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 90_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`waited too long: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const hasEnded = (job: unknown) => () =>
  tasksOf(job).every(({ state }) => /^(COMPLETED|FAILED|CANCELLED|TIMEOUT)$/.test(state));

/** The parent of a process; empty where it has ended. */
function parentOf(pid: string): string {
  try {
    return /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

/** The process whose arguments hold these two, one after the other. */
function processOf(...args: [string, string]): number {
  const found = readdirSync('/proc').filter((name) => {
    if (!/^[0-9]+$/.test(name) || !existsSync(`/proc/${name}/cmdline`)) return false;
    return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`\0${args.join('\0')}\0`);
  });
  // A child that has been forked and has not begun its own program yet still has its parent's command line.
  const own = found.filter((name) => !found.includes(parentOf(name)));
  expect(own).toHaveLength(1);
  return Number(own[0]);
}

async function withPath<T>(value: string, use: () => Promise<T>): Promise<T> {
  const { PATH } = process.env;
  process.env.PATH = value;
  try {
    return await use();
  } finally {
    process.env.PATH = PATH;
  }
}

/** What of a record no clock, no memory and no machine decides. */
function timeless(record: BenchRecord) {
  const { seconds, processorSeconds, repeats, baseBytes, peakBytes, date, machine, trace, ...rest } = record;
  const { seconds: _, boundSeconds: __, ...course } = trace;
  return { ...rest, course };
}

it.runIf(isRequired)('Slurm is installed', () => expect(isInstalled, 'run test/slurm/install').toBe(true));

describe.skipIf(!isInstalled)('a job array', () => {
  beforeAll(() => {
    const printed = execFileSync(script('start'), [inFolder('cluster')], { encoding: 'utf8', timeout: 90_000 });
    process.env.SLURM_CONF = printed.trim().replace('SLURM_CONF=', '');
    const configuration = readFileSync(process.env.SLURM_CONF);
    expect(execFileSync(script('start'), [inFolder('cluster')], { encoding: 'utf8', timeout: 90_000 })).toBe(printed);
    expect(readFileSync(process.env.SLURM_CONF)).toEqual(configuration);
    Object.assign(process.env, PROFILE);
    writeFileSync(inFolder('small.json'), JSON.stringify(SUITE));
  });
  afterAll(() => {
    if (existsSync(inFolder('cluster'))) execFileSync(script('stop'), [inFolder('cluster')], { timeout: 90_000 });
  });

  it('loses nothing when tasks are killed, and has nothing twice', async () => {
    const whole = run('bench', 'small.json', '-o', 'whole.jsonl');
    const shard = (index: number) => path.join(arrayFolder(OUTPUT), `shard-${index}-of-4.jsonl`);

    const first = await bench(OUTPUT);
    expect(first.code, first.stderr).toBe(0);
    expect(first.json).toMatchObject({ runs: 8, recorded: 0, missing: 8, shards: 4, done: [], lost: [1, 2, 3, 4] });
    expect(tasksOf(first.json.job).map(({ task }) => task)).toEqual([1, 2, 3, 4]);
    const again = await bench(OUTPUT);
    expect(again.json).toMatchObject({ job: null, lost: [] });

    // Task 1 is cancelled, the program of task 2 shot, both in the middle of their second run.
    await Promise.all([
      until('task 1', () => linesOf(shard(1)).length === 1).then(() => {
        ask('scancel', `${first.json.job}_1`);
      }),
      until('task 2', () => linesOf(shard(2)).length === 1).then(() => {
        process.kill(processOf('--shard', '2/4'), 'SIGKILL');
      }),
    ]);
    await until('the end of the first job', hasEnded(first.json.job));
    expect(tasksOf(first.json.job).map(({ state }) => state)).toEqual([
      'CANCELLED',
      'FAILED',
      'COMPLETED',
      'COMPLETED',
    ]);
    const kept = [1, 2].map((index) => linesOf(shard(index)));
    // What a crash of the node can leave behind.
    appendFileSync(shard(2), kept[0]![0]!.slice(0, 700));

    const collected = await bench(OUTPUT, '--collect');
    expect(collected.json).toMatchObject({
      recorded: 4,
      missing: 4,
      done: [3, 4],
      queued: [],
      lost: [1, 2],
      job: null,
    });
    expect(collected.stderr).toMatch(/task 1 was lost \(CANCELLED\), 2 runs are missing: see .*_1\.txt\n/);
    expect(collected.stderr).toMatch(/task 2 was lost \(FAILED\), 2 runs are missing: see .*_2\.txt\n/);
    expect(existsSync(/see (.*_1\.txt)\n/.exec(collected.stderr)![1]!)).toBe(true);
    expect(linesOf(inFolder(OUTPUT))).toHaveLength(4);

    const second = await bench(OUTPUT);
    expect(second.json).toMatchObject({ done: [3, 4], queued: [], lost: [1, 2] });
    expect(tasksOf(second.json.job).map(({ task }) => task)).toEqual([1, 2]);
    expect((await bench(OUTPUT)).json).toMatchObject({ lost: [], job: null });
    await until('the end of the second job', hasEnded(second.json.job));

    const last = await bench(OUTPUT);
    expect(last.json).toMatchObject({ recorded: 8, missing: 0, done: [1, 2, 3, 4], queued: [], lost: [], job: null });
    expect(last.json).toMatchObject({ contradictions: [] });
    const merged = recordsOf(inFolder(OUTPUT));
    expect((await whole).code).toBe(0);
    expect(merged.map(timeless)).toEqual(recordsOf(inFolder('whole.jsonl')).map(timeless));
    expect(new Set(merged.map(({ key }) => key)).size).toBe(8);
    // The runs that were recorded before the kill were not made again, and no shard has a run twice.
    for (const [k, lines] of kept.entries()) expect(linesOf(shard(k + 1)).slice(0, lines.length)).toEqual(lines);
    expect([1, 2, 3, 4].flatMap((index) => linesOf(shard(index)))).toHaveLength(8);

    const before = readFileSync(inFolder(OUTPUT));
    await bench(OUTPUT);
    expect(readFileSync(inFolder(OUTPUT))).toEqual(before);
    expect(tasksOf(Number(second.json.job) + 1)).toEqual([]);
  });

  it('is submitted once by commands that are at work together', async () => {
    // Slow commands of Slurm: all of ours have looked before the first submits, and are done before it has an answer.
    const slow = inFolder('slow');
    mkdirSync(slow);
    for (const program of ['squeue', 'sbatch']) {
      const real = places.map((place) => path.join(place, program)).find(existsSync);
      writeFileSync(path.join(slow, program), `#!/bin/sh\nsleep 2\nexec ${real} "$@"\n`, { mode: 0o755 });
    }
    const command = ['bench', 'small.json', '--slurm', '-o', 'race.jsonl', '--sbatch=--hold'];
    const outcomes = await withPath(`${slow}:${process.env.PATH}`, () =>
      Promise.all([1, 2, 3].map(() => run(...command))),
    );
    const place = arrayFolder('race.jsonl');
    const { name } = JSON.parse(readFileSync(path.join(place, 'array.json'), 'utf8'));
    const jobs = ask('squeue', '--noheader', '--array', `--name=${name}`, '--format=%F').split('\n');
    ask('scancel', ...new Set(jobs));
    expect(jobs).toEqual(new Array(4).fill(jobs[0]));
    expect(outcomes.filter(({ stdout }) => /^submitted +1-4 as job/m.test(stdout))).toHaveLength(1);
    for (const { code, stderr } of outcomes) {
      if (code !== 0) expect(stderr).toMatch(/expected no other submission/);
    }
    expect(readdirSync(place).filter((file) => /\.(sh|tmp)$/.test(file))).toEqual(['submission-1.sh']);
  });

  it('waits for a submission that is under way, not for one that was killed long ago', async () => {
    const place = arrayFolder('killed.jsonl');
    await bench('killed.jsonl', '--dry-run');
    const script = path.join(place, 'submission-1.sh');
    writeFileSync(script, readFileSync(path.join(place, 'dry-run.sh')));
    await expectRefusal(
      ['bench', 'small.json', '--slurm', '-o', 'killed.jsonl'],
      /expected no other submission, got one/,
    );

    // It had arrived when its process was killed: the queue has its tasks, by their name, though no file says so.
    const job = ask('sbatch', '--parsable', '--hold', script);
    const longAgo = new Date(Date.now() - 600_000);
    utimesSync(script, longAgo, longAgo);
    expect((await bench('killed.jsonl')).json).toMatchObject({ queued: [1, 2, 3, 4], lost: [], job: null });
    ask('scancel', job);
    await until('the end of the held job', hasEnded(job));
    const resubmitted = await bench('killed.jsonl', '--sbatch=--hold');
    expect(resubmitted.json).toMatchObject({ queued: [], lost: [1, 2, 3, 4] });
    ask('scancel', `${resubmitted.json.job}`);
    expect(existsSync(path.join(place, 'submission-2.json'))).toBe(true);
  });

  it('that Slurm refuses can be asked for again', async () => {
    const args = ['bench', 'small.json', '--slurm', '-o', 'refused.jsonl', '--partition', 'nowhere'];
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^rcprune: sbatch: expected a job that is submitted, got .*partition.*\n$/i);
    expect(readdirSync(arrayFolder('refused.jsonl'))).not.toContain('submission-1.sh');
    const { json } = await bench('refused.jsonl', '--partition', 'test', '--task-time', '5', '--sbatch=--hold');
    const job = ask('scontrol', 'show', 'job', `${json.job}`);
    ask('scancel', `${json.job}`);
    expect(job).toMatch(/JobName=rcprune-small-[0-9a-f]{8}\n/);
    expect(job).toMatch(/Partition=test /);
    expect(job).toMatch(/TimeLimit=00:05:00 /);
    expect(job).toMatch(/MinMemoryNode=4G /);
  });

  it('keeps its suite and its number of shards', async () => {
    await bench('fixed.jsonl', '--dry-run', '--shards', '3');
    writeFileSync(inFolder('other.json'), JSON.stringify({ ...SUITE, groups: SUITE.groups.slice(1) }));
    const args = ['--slurm', '-o', 'fixed.jsonl', '--dry-run'];
    await expectRefusal(['bench', 'small.json', ...args, '--shards', '2'], /--shards: expected 3/);
    await expectRefusal(['bench', 'other.json', ...args], /expected the suite that these tasks run/);
    expect((await bench('fixed.jsonl', '--dry-run')).json).toMatchObject({ shards: 3, lost: [1, 2, 3] });
  });
});

describe('without Slurm', () => {
  it('the script is written, nothing is submitted', async () => {
    writeFileSync(inFolder('small.json'), JSON.stringify(SUITE));
    const dry = await withPath('', () => bench('dry.jsonl', '--dry-run'));
    const script = path.join(arrayFolder('dry.jsonl'), 'dry-run.sh');
    expect(dry.json).toMatchObject({ lost: [1, 2, 3, 4], job: null, script });
    expect(dry.stderr).toMatch(/^squeue: .*; the queue is taken to be empty\n$/);
    expect(readFileSync(script, 'utf8')).toMatch('#SBATCH --array="1-4"\n');
    const args = ['bench', 'small.json', '--slurm', '-o', 'dry.jsonl'];
    await withPath('', () => expectRefusal(args, /squeue: expected an answer, got none: it is not on the PATH/));
  });

  it('its options are refused where they mean nothing', async () => {
    await expectRefusal(['bench', 'small.json', '--dry-run'], /expected --slurm, got none/);
    await expectRefusal(['bench', 'small.json', '--memory', '4G'], /expected --slurm, got none/);
    await expectRefusal(['bench', 'small.json', '--slurm', '--shard', '1/2'], /--shard: expected --shards/);
    await expectRefusal(['bench', 'small.json', '--slurm', '--list'], /expected one of/);
    await expectRefusal(['bench', 'small.json', '--slurm', '--dry-run', '--collect'], /expected one of/);
    await expectRefusal(['bench', 'small.json', '--slurm', '--dry-run', '--shards', '0'], /--shards: expected/);
    await expectRefusal(['bench', 'small.json', '--slurm', '--dry-run', '--cpus', '0'], /--cpus: expected/);
  });
});
