import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../src/families/index.ts';
import { writeInstance } from '../../src/formats/index.ts';
import { expectRefusal, inFolder, run, runJson, startProgram } from '../cli/program.ts';
import { until, untilWorked } from '../until.ts';

/*
 * Annealing through the compiled program: checkpoints that survive kill -9, workers, traces.
 */

beforeAll(async () => {
  await writeInstance(inFolder('large.safetensors'), generate('scaled', { rows: 60, cols: 150, layers: 3, seed: 1 }));
  await writeInstance(inFolder('other.safetensors'), generate('scaled', { rows: 60, cols: 150, layers: 3, seed: 2 }));
  await writeInstance(inFolder('small.json'), generate('half-normal', { rows: 9, cols: 12, layers: 2, seed: 4 }));
});

const bytes = (name: string) => readFileSync(inFolder(name), 'utf8');
const solve = (method: string, work: string, ...more: string[]) => [
  'solve',
  'large.safetensors',
  '--sparsity',
  '0.8',
  '--method',
  method,
  '--work',
  work,
  ...more,
];

describe.each([
  ['anneal-selection', '12000000'],
  ['anneal-shape', '3000'],
])('%s', (method, work) => {
  it('killed outright, goes on from its checkpoint to the same bytes, here or on workers', async () => {
    const trace = `${method}-trace.csv`;
    const whole = await runJson(...solve(method, work, '-o', `${method}-whole.json`, '--trace', trace));
    expect(whole.code, whole.stderr).toBe(0);
    const checkpoint = `${method}.checkpoint`;
    const { child, outcome } = startProgram(
      ...solve(method, work, '-o', `${method}-killed.json`, '--checkpoint', checkpoint),
    );
    await until(() => existsSync(inFolder(checkpoint)) || child.exitCode !== null, 'a checkpoint');
    child.kill('SIGKILL');
    await outcome;
    expect(existsSync(inFolder(checkpoint)), 'too fast to write a checkpoint').toBe(true);
    expect(existsSync(inFolder(`${method}-killed.json`))).toBe(false);
    for (const workers of ['1', '2']) {
      const name = `${method}-resumed-${workers}`;
      const outputs = ['-o', `${name}.json`, '--trace', `${name}.csv`];
      const resumed = await runJson(...solve(method, work, ...outputs, '--resume', checkpoint, '--workers', workers));
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(bytes(`${name}.json`)).toBe(bytes(`${method}-whole.json`));
      expect(bytes(`${name}.csv`)).toBe(bytes(trace)); // incumbents before the checkpoint included
      expect(resumed.json.work).toBe(whole.json.work);
    }
  }, 120_000);

  it('gives the same bytes with any number of workers, more than there are cores included', async () => {
    const few = method === 'anneal-selection' ? '1500000' : '1500';
    for (const workers of ['1', '2', `${availableParallelism() + 2}`]) {
      const { code, stderr } = await run(
        ...solve(method, few, '-o', `${method}-w${workers}.json`, '--workers', workers),
      );
      expect(code, stderr).toBe(0);
      expect(bytes(`${method}-w${workers}.json`)).toBe(bytes(`${method}-w1.json`));
    }
  }, 60_000);

  it('writes a falling trace, and the best so far when it is stopped', async () => {
    const few = method === 'anneal-selection' ? '1500000' : '1500';
    const { json } = await runJson(...solve(method, few, '--trace', `${method}.csv`));
    const [head, ...rows] = bytes(`${method}.csv`).trimEnd().split('\n');
    expect(head).toBe('work,cost');
    const costs = rows.map((row) => Number(row.split(',')[1]));
    expect(costs.length).toBeGreaterThan(1);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
    expect(costs.at(-1)).toBe(json.cost);
    const { child, outcome } = startProgram(...solve(method, '900000000'), '--json', '--workers', '2');
    await untilWorked(child.pid!, 2);
    child.kill('SIGINT');
    const asked = performance.now();
    const stopped = await outcome;
    expect(performance.now() - asked).toBeLessThan(8000);
    expect(stopped.code).toBe(0);
    expect(JSON.parse(stopped.stdout)).toMatchObject({ method, stopReason: 'interrupted' });
  }, 60_000);
});

describe('a checkpoint', () => {
  it('of another instance, seed, goal or version, or cut off, is refused', async () => {
    const good = 'anneal-selection.checkpoint';
    const work = '12000000';
    const resume = (instance: string, file: string, ...more: string[]) =>
      expectRefusal(
        [
          'solve',
          instance,
          '--sparsity',
          '0.8',
          '--method',
          'anneal-selection',
          '--work',
          work,
          '--resume',
          file,
          ...more,
        ],
        /checkpoint/,
      );
    await resume('other.safetensors', good);
    await resume('large.safetensors', good, '--seed', '2');
    await resume('large.safetensors', good, '--cooling', 'adaptive');
    const other = solve('anneal-selection', work, '--resume', good).map((word) => (word === '0.8' ? '0.7' : word));
    await expectRefusal(other, /checkpoint of goal/);
    await expectRefusal(solve('anneal-shape', work, '--resume', good), /checkpoint of method/);
    await expectRefusal(solve('anneal-selection', '5', '--resume', good), /checkpoint of work/);
    const text = bytes(good);
    writeFileSync(inFolder('cut.checkpoint'), text.slice(0, text.length >> 1));
    await resume('large.safetensors', 'cut.checkpoint');
    writeFileSync(inFolder('version.checkpoint'), text.replace('"version":2', '"version":1'));
    await expectRefusal(solve('anneal-selection', work, '--resume', 'version.checkpoint'), /expected version 2, got 1/);
    writeFileSync(inFolder('bent.checkpoint'), text.replace(/u8\\":\\"../, 'u8\\":\\"//'));
    await expectRefusal(solve('anneal-selection', work, '--resume', 'bent.checkpoint'), /digest/);
    await expectRefusal(solve('anneal-selection', work, '--resume', 'none.checkpoint'), /readable file/);
  }, 60_000);

  it('and workers are for annealing methods alone, at least one', async () => {
    await expectRefusal(
      ['solve', 'small.json', '--target', '9', '--method', 'greedy', '--workers', '2'],
      /--workers: expected a method whose work comes in rounds/,
    );
    await expectRefusal(
      ['solve', 'small.json', '--target', '9', '--method', 'anneal-shape', '--workers', '0'],
      /an integer from 1 to/,
    );
  });

  it('and cooling is chosen for annealing over lines alone', async () => {
    await expectRefusal(
      ['solve', 'small.json', '--target', '9', '--method', 'anneal-shape', '--cooling', 'adaptive'],
      /--cooling: expected a method that uses it, got anneal-shape/,
    );
    await expectRefusal(
      ['solve', 'small.json', '--target', '9', '--method', 'anneal-selection', '--cooling', 'slow'],
      /geometric, adaptive/,
    );
  });

  it('is not needed at zero work', async () => {
    const { json, code } = await runJson(
      ...['solve', 'small.json', '--target', '90', '--method', 'anneal-selection', '--work', '0', '--checkpoint', 'no'],
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({ work: 0, stopReason: 'workLimit' });
    expect(existsSync(inFolder('no'))).toBe(false);
  });
});
