import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ArrayJob,
  arrayScript,
  arraySpecification,
  lastTask,
  parseLogName,
  parseQueue,
  parseSubmission,
  type QueuedTask,
  shardStates,
  shellQuote,
} from '../../src/benchmark/slurm.ts';

/*
 * Job arrays as text. What Slurm itself makes of them: test/slurm.
 */

const job: ArrayJob = {
  name: 'rcprune-small-0123abcd',
  shards: 12,
  folder: '/data/my 100% "best" run\'s',
  command: ['/usr/bin/node', '/opt/rcprune/main.js', 'bench', 'my suite.json'],
  resources: { cpus: 2, memory: '4G', time: '1-00:00:00', others: ['--exclusive', '--constraint=a&b'] },
};

/** Nothing but Slurm's directives and what a shell does with the rest, in a folder of its own. */
const directives = (script: string) => script.split('\n').filter((line) => line.startsWith('#SBATCH '));

describe('the script of a job array', () => {
  it('says what Slurm has to know, what is decided here last', () => {
    expect(directives(arrayScript(job, [1, 2, 3, 7]))).toEqual([
      '#SBATCH --exclusive',
      '#SBATCH --constraint="a&b"',
      '#SBATCH --time="1-00:00:00"',
      '#SBATCH --mem="4G"',
      '#SBATCH --cpus-per-task="2"',
      '#SBATCH --job-name="rcprune-small-0123abcd"',
      '#SBATCH --array="1-3,7"',
      `#SBATCH --output="/data/my 100%% \\"best\\" run's/logs/%A_%a.txt"`,
      '#SBATCH --open-mode="append"',
      '#SBATCH --requeue',
    ]);
  });

  it('runs its shard into a file of its own, whatever the paths', () => {
    const show = ['/bin/sh', '-c', 'printf "<%s>" "$@"', 'sh', ...job.command];
    const script = arrayScript({ ...job, command: show }, [7]);
    const env = { PATH: process.env.PATH, SLURM_ARRAY_TASK_ID: '7' };
    const words = execFileSync('/bin/bash', { input: script, env, encoding: 'utf8' });
    const file = '/data/my 100% "best" run\'s/shard-7-of-12.jsonl';
    expect(words).toBe([...job.command, '--shard', '7/12', '-o', file].map((word) => `<${word}>`).join(''));
  });

  it('does nothing outside an array', () => {
    const script = arrayScript({ ...job, command: ['/bin/echo', 'ran'] }, [1]);
    const options = { input: script, env: {}, encoding: 'utf8', stdio: 'pipe' } as const;
    expect(() => execFileSync('/bin/bash', options)).toThrow(/SLURM_ARRAY_TASK_ID/);
  });

  it.each([
    ['a\nb', /--output: expected text without line breaks/],
    ['a\\b', /--output: expected text without line breaks/],
  ])('refuses the folder %j, which Slurm cannot be told', (folder, reason) => {
    expect(() => arrayScript({ ...job, folder }, [1])).toThrow(reason);
  });

  it.each(['--array=1-9', '--arr=1-9', '--job-name=x', '--clusters=all', '--wrap=ls', '-p', 'long', '--A=1', ''])(
    'refuses the further option %j',
    (option) => {
      const resources = { ...job.resources, others: [option] };
      expect(() => arrayScript({ ...job, resources }, [1])).toThrow(/^--sbatch: expected /);
    },
  );

  it('cannot be given commands by an option', () => {
    const resources = { ...job.resources, partition: 'long\nrm -rf /' };
    expect(() => arrayScript({ ...job, resources }, [1])).toThrow(/^--partition: expected /);
  });
});

describe('a quoted word', () => {
  it('is read back by the shell as it was', () => {
    const letters = fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'grapheme' }));
    const texts = fc.array(
      letters.map((text) => text.replaceAll('\0', '')),
      { maxLength: 50 },
    );
    const ends = fc.constantFrom('', "'", '"', '$HOME', '`id`', '\\', '\n', ' ', '*', '~', '-n');
    fc.assert(
      fc.property(texts, ends, (words, end) => {
        const all = [...words, end];
        const script = `printf '%s\\0' ${all.map(shellQuote).join(' ')}`;
        const read = execFileSync('/bin/sh', { input: script, encoding: 'utf8' });
        expect(read).toBe(all.map((word) => `${word}\0`).join(''));
      }),
      { numRuns: 10 },
    );
    expect(() => shellQuote('a\0b')).toThrow(/without NUL/);
  });
});

describe('--array', () => {
  it('names exactly the numbers it is made from', () => {
    const expand = (text: string) =>
      text.split(',').flatMap((range) => {
        const [first, last = first] = range.split('-').map(Number);
        return Array.from({ length: last! - first! + 1 }, (_, k) => first! + k);
      });
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (numbers) => {
        const ascending = numbers.sort((a, b) => a - b);
        expect(expand(arraySpecification(ascending))).toEqual(ascending);
      }),
    );
    expect(arraySpecification([1, 2, 3, 7, 9, 10])).toBe('1-3,7,9-10');
  });
});

describe('what Slurm answers', () => {
  it('is read line by line', () => {
    expect(parseQueue('')).toEqual([]);
    expect(parseQueue('CLUSTER: one\n17|2|PENDING\n17|1|OUT_OF_MEMORY\n')).toEqual([
      { job: 17, shard: 2, state: 'PENDING' },
      { job: 17, shard: 1, state: 'OUT_OF_MEMORY' },
    ]);
  });

  it.each(['17|N/A|RUNNING', '17|[1-3]|PENDING', '17|1|', 'slurm_load_jobs error', '1|2|A|B'])(
    '%j is refused',
    (line) => {
      expect(() => parseQueue(`17|1|RUNNING\n${line}\n`)).toThrow(/^squeue: expected lines/);
    },
  );

  it('to a submission is the number of a job, perhaps with its cluster', () => {
    expect(parseSubmission('123\n')).toBe(123);
    expect(parseSubmission('123;one\n')).toBe(123);
    for (const text of ['', 'Submitted batch job 123\n', '123\n124\n', '12x\n']) {
      expect(() => parseSubmission(text)).toThrow(/^sbatch: expected the number/);
    }
  });
});

describe('a shard', () => {
  const at = (shard: number, state: string, number = 1): QueuedTask => ({ job: number, shard, state });

  it('is lost when runs are missing and the queue does not hold its task', () => {
    const queue = [at(2, 'RUNNING'), at(3, 'TIMEOUT'), at(4, 'PENDING'), at(6, 'COMPLETED')];
    expect(shardStates([0, 3, 1, 0, 5, 2], queue)).toEqual({ done: [1, 4], queued: [2], lost: [3, 5, 6] });
  });

  it('is not lost while any of its tasks may still write, also in a state of some other version', () => {
    for (const state of ['PENDING', 'CONFIGURING', 'COMPLETING', 'SUSPENDED', 'REQUEUED', 'SPECIAL_EXIT', 'NEW_WORD']) {
      expect(shardStates([1], [at(1, 'CANCELLED', 7), at(1, state, 3)])).toEqual({ done: [], queued: [1], lost: [] });
    }
  });

  it('partitions the shards', () => {
    const states = fc.constantFrom('PENDING', 'RUNNING', 'FAILED', 'COMPLETED', 'CANCELLED');
    const tasks = fc.record({ job: fc.nat(5), shard: fc.integer({ min: 1, max: 9 }), state: states });
    fc.assert(
      fc.property(fc.array(fc.nat(2), { maxLength: 8 }), fc.array(tasks), (missing, queue) => {
        const { done, queued, lost } = shardStates(missing, queue);
        const all = [...done, ...queued, ...lost].sort((a, b) => a - b);
        expect(all).toEqual(missing.map((_, index) => index + 1));
        for (const shard of lost) {
          for (const task of queue) if (task.shard === shard) expect(task.state).toMatch(/FAILED|COMPLETED|CANCELLED/);
        }
      }),
    );
  });

  it('is told by its latest task', () => {
    expect(lastTask([at(1, 'FAILED', 3), at(1, 'TIMEOUT', 9), at(2, 'RUNNING', 11)], 1)).toMatchObject({
      state: 'TIMEOUT',
      job: 9,
    });
    expect(lastTask([], 1)).toBe(null);
    const logged = ['9_1.txt', '9_2.txt', '10_2.txt', '.nfs0', '9_1.txt~'].flatMap((name) => parseLogName(name) ?? []);
    expect(lastTask([...logged, at(1, 'TIMEOUT', 9)], 1)?.state).toBe('TIMEOUT');
    expect(lastTask([...logged, at(2, 'FAILED', 9)], 2)).toEqual({ job: 10, shard: 2, state: null });
  });
});
