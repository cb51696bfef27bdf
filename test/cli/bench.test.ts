import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BenchRecord, Cell } from '../../src/benchmark/record.ts';
import { check, generate, makeRandom, sparsityGoal } from '../../src/index.ts';
import { until, untilWorked } from '../until.ts';
import { expectRefusal, inFolder, run, runJson, startProgram } from './program.ts';

/*
 * The command, with real processes that are really killed. Runs take milliseconds, their processes a few tenths of a second.
 */

function writeSuite(name: string, ...groups: object[]): string {
  const file = `${name}.json`;
  const content = { format: 'rcprune-suite', version: 1, name, description: 'for tests', groups };
  writeFileSync(inFolder(file), JSON.stringify(content));
  return `./${file}`;
}

const SMALL = {
  families: [{ family: 'half-normal' }],
  sizes: [{ rows: 6, cols: 7 }],
  instanceSeeds: [1, 2],
  sparsities: ['0.5', '0.8'],
  methods: [{ method: 'random', seeds: [5] }, 'enumerate'],
  warmUp: 0,
};
/** Branch and bound needs minutes here. */
const LONG = {
  ...SMALL,
  sizes: [{ rows: 60, cols: 60 }],
  instanceSeeds: [1],
  sparsities: ['0.5'],
  methods: ['branch-and-bound'],
};

const linesOf = (file: string) =>
  existsSync(inFolder(file)) ? readFileSync(inFolder(file), 'utf8').split('\n').slice(0, -1) : [];
const recordsOf = (file: string) => linesOf(file).map((line) => JSON.parse(line) as BenchRecord);
/** What a run answers, without what its clock and machine say. */
const answerOf = ({ key, method, outcome, status, cost, kept, removed, work, dualBound, trace }: BenchRecord) => {
  return {
    key,
    method,
    outcome,
    status,
    cost,
    kept,
    removed,
    work,
    dualBound,
    course: [trace.work, trace.cost, trace.bound],
  };
};
const answersOf = (file: string) =>
  recordsOf(file)
    .map(answerOf)
    .sort((x, y) => (x.key < y.key ? -1 : 1));

describe('bench', { timeout: 600_000 }, () => {
  it('records every run once, checked, with what the command line solves', async () => {
    const { code, json } = await runJson('bench', writeSuite('whole', SMALL));
    expect(code).toBe(0);
    expect(json).toMatchObject({ suite: 'whole', runs: 8, found: 0, done: 8, failed: 0, stopReason: 'complete' });
    const records = recordsOf('whole.jsonl');
    expect(records.map(({ method }) => method)).toEqual(
      Array.from({ length: 4 }, () => ['random', 'enumerate']).flat(),
    );
    for (const record of records) {
      expect(record).toMatchObject({ valid: true, layers: 1, entries: 42, repeats: 5, stopReason: 'complete' });
      expect(record.seconds).toBeGreaterThan(0);
      expect(record.peakBytes).toBeGreaterThan(2 ** 24); // a process of its own has all of Node.js
      expect(record.peakBytes).toBeLessThan(2 ** 30);
      expect(record.trace.cost.at(-1)).toBe(record.cost);
      if (record.method === 'enumerate')
        expect([record.status, record.gap, record.trace.bound.at(-1)]).toEqual(['optimal', 0, record.dualBound]);
    }
    const one = records[2]!; // seed 1 at 0.8 by random
    const args = ['--method', 'random', '--seed', '5', '--sparsity', '0.8'];
    await run('generate', 'half-normal', '--rows', '6', '--cols', '7', '--seed', '1', '-o', 'one.json');
    const { json: solved } = await runJson('solve', 'one.json', ...args);
    for (const name of ['cost', 'kept', 'total', 'removed', 'target', 'entries', 'work', 'dualBound'] as const) {
      expect(one[name], name).toBe(solved[name]);
    }
    const again = await runJson('bench', './whole.json');
    expect(again.json).toMatchObject({ found: 8, done: 0, contradictions: [] });
    const summary = await runJson('bench', './whole.json', '--summary', '--reference', 'random');
    expect(summary.json).toMatchObject({ found: 8, reference: 'random', all: { problems: 4 } });
  });

  it('goes on after kill -9 at any moment: nothing lost, nothing twice, the same answers', async () => {
    writeSuite('killed', SMALL);
    const random = makeRandom(20261124, 'kill');
    let kills = 0;
    for (let done = false; !done; ) {
      const { child, outcome } = startProgram('bench', './killed.json');
      if (kills < 4) {
        // Once in the start, then after a line or two and a random part of the next run.
        const before = linesOf('killed.jsonl').length;
        if (kills > 0) await until(() => linesOf('killed.jsonl').length > before || child.exitCode !== null, 'a line');
        await sleep(400 * random.uniform());
        child.kill('SIGKILL');
        kills++;
      }
      done = (await outcome).code === 0;
    }
    expect(kills).toBe(4);
    expect(linesOf('killed.jsonl').length).toBe(8);
    expect(answersOf('killed.jsonl')).toEqual(answersOf('whole.jsonl'));
  });

  it('cuts off half a line and runs it again', async () => {
    const whole = readFileSync(inFolder('whole.jsonl'));
    writeFileSync(inFolder('torn.jsonl'), whole.subarray(0, whole.length - 40));
    const { code, stderr } = await run('bench', './whole.json', '-o', 'torn.jsonl');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/half a line of [0-9]+ bytes/)]);
    expect(answersOf('torn.jsonl')).toEqual(answersOf('whole.jsonl'));
  });

  it('splits into shards that are put together without loss', async () => {
    const parts = ['1/3', '2/3', '3/3'];
    for (const [k, part] of parts.entries()) {
      const { json } = await runJson(
        'bench',
        './whole.json',
        '--shard',
        part,
        '-o',
        `part${k}.jsonl`,
        '--jobs',
        k === 0 ? '3' : '1',
      );
      expect(json).toMatchObject({ shard: part, found: 0, failed: 0 });
    }
    expect(parts.map((_, k) => recordsOf(`part${k}.jsonl`).length)).toEqual([4, 2, 2]); // four blocks of two
    const two = await runJson('bench', './whole.json', '-o', 'two.jsonl', '--merge', 'part0.jsonl', 'part2.jsonl');
    const missing = recordsOf('part1.jsonl').map(({ key }) => key);
    expect([two.code, two.json.missing]).toEqual([1, missing]);
    const three = await runJson(
      'bench',
      './whole.json',
      '-o',
      'all.jsonl',
      '--merge',
      'part1.jsonl',
      'two.jsonl',
      'part0.jsonl',
    );
    expect(three.code).toBe(0);
    expect(three.json).toMatchObject({
      runs: 8,
      found: 8,
      missing: [],
      duplicates: 4,
      others: 0,
      contradictions: [],
    });
    expect(recordsOf('all.jsonl').map(answerOf)).toEqual(recordsOf('whole.jsonl').map(answerOf)); // in order too
    const foreign = await runJson('bench', writeSuite('other', LONG), '-o', 'kept.jsonl', '--merge', 'all.jsonl');
    expect([foreign.code, foreign.json.others, recordsOf('kept.jsonl').length]).toEqual([1, 8, 8]);
  });

  it('ends at time limits with the best so far', async () => {
    const { json } = await runJson('bench', writeSuite('late', { ...LONG, timeLimit: 0.5 }, { ...LONG, timeLimit: 0 }));
    expect(json).toMatchObject({ done: 2, failed: 0 });
    const [late, none] = recordsOf('late.jsonl');
    expect(late).toMatchObject({ status: 'feasible', stopReason: 'timeLimit', valid: true, repeats: 1 });
    expect(late!.seconds).toBeGreaterThanOrEqual(0.49); // timers may fire a little early
    const instance = generate('half-normal', { rows: 60, cols: 60, seed: 1 });
    expect(late!.target).toBe((sparsityGoal(instance, '0.5') as { target: number }).target);
    // Removing everything, as solve --time 0 answers.
    const all = {
      layers: [
        {
          removedRows: Uint32Array.from({ length: 60 }, (_, k) => k),
          removedColumns: Uint32Array.from({ length: 60 }, (_, k) => k),
        },
      ],
    };
    expect(none).toMatchObject({ stopReason: 'timeLimit', seconds: 0, cost: check(instance, { target: 0 }, all).cost });
    expect(late!.cost).toBeLessThanOrEqual(none!.cost!);
  });

  it.skipIf(process.platform !== 'linux')(
    'records what was refused, out of memory or killed, with the reason, and tries again when asked',
    async () => {
      const suite = writeSuite(
        'failures',
        { ...LONG, methods: ['enumerate'] },
        { ...LONG, memoryLimit: 64, timeLimit: 20 },
        { ...LONG, timeLimit: 60 },
      );
      const { child, outcome } = startProgram('bench', suite);
      await until(() => linesOf('failures.jsonl').length === 2, 'two lines');
      process.kill(await until(() => childOf(child.pid!), 'the third process'), 'SIGKILL');
      expect((await outcome).code).toBe(0);
      expect(recordsOf('failures.jsonl').map(({ outcome, cost, seconds }) => [outcome, cost, seconds])).toEqual([
        ['refused', null, null],
        ['outOfMemory', null, null],
        ['failed', null, null],
      ]);
      const reasons = recordsOf('failures.jsonl').map(({ reason }) => reason);
      expect(reasons).toEqual([
        expect.stringMatching(/at most 30/),
        expect.stringMatching(/at most 64 MiB/),
        expect.stringMatching(/SIGKILL/),
      ]);
      const { json } = await runJson('bench', suite);
      expect(json).toMatchObject({ found: 3, done: 0 });
      // The third one finds an answer now; its row counts instead of the other.
      const { json: retried } = await runJson(
        'bench',
        writeSuite('failures', { ...LONG, methods: ['enumerate'] }),
        '--retry',
      );
      expect(retried).toMatchObject({ found: 0, done: 1, failed: 1 });
      expect(recordsOf('failures.jsonl').length).toBe(4);
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'ends its processes with itself: at SIGINT in order, at SIGKILL all the same',
    async () => {
      const suite = writeSuite('ended', LONG);
      const first = startProgram('bench', suite, '--json');
      const one = await until(() => childOf(first.child.pid!), 'a process');
      first.child.kill('SIGINT');
      const { code, stdout } = await first.outcome;
      expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ done: 0, stopReason: 'interrupted' })]);
      const second = startProgram('bench', suite);
      const two = await until(() => childOf(second.child.pid!), 'a process');
      await untilWorked(two, 1); // it is solving
      second.child.kill('SIGKILL');
      for (const pid of [one, two]) await until(() => !isAlive(pid), `process ${pid} to end`);
      expect(linesOf('ended.jsonl')).toEqual([]);
    },
  );

  it('lists suites and runs', async () => {
    const { json } = await runJson('bench', '--list');
    expect((json.suites as { name: string }[]).map(({ name }) => name)).toContain('peers');
    const { json: own } = await runJson('bench', './whole.json', '--list', '--shard', '2/4');
    expect((own.cells as Cell[]).map(({ method, sparsity }) => [method, sparsity])).toEqual(
      ['random', 'enumerate'].map((method) => [method, '0.8']),
    );
  });

  it('refuses bad usage', async () => {
    await expectRefusal(['bench'], /expected a suite/);
    await expectRefusal(['bench', 'magic'], /one of anytime/);
    await expectRefusal(['bench', './whole.json', '--shard', '4/3'], /I\/N/);
    await expectRefusal(['bench', './whole.json', '--jobs', '0'], /--jobs/);
    await expectRefusal(['bench', './whole.json', '--list', '--summary'], /one of/);
    await expectRefusal(['bench', './whole.json', '-o', 'whole.json'], /no other file/);
    await expectRefusal(['bench', './whole.json', '--reference', 'magic', '--summary'], /--reference/);
    await expectRefusal(['bench', './whole.json', '-o', 'no/such/folder.jsonl'], /folder/);
    writeFileSync(inFolder('strange.jsonl'), '{"key":1}\n');
    await expectRefusal(['bench', './whole.json', '-o', 'strange.jsonl'], /line 1/);
    await expectRefusal(['bench', './whole.json', '-o', 'x.jsonl', '--merge', 'none.jsonl'], /readable/);
  });
});

/** The first child of a process; null where it has none yet. */
function childOf(pid: number): number | null {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? null : Number(children.split(' ')[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
