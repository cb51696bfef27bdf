import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../src/families/index.ts';
import { writeInstance } from '../../src/formats/index.ts';
import { expectRefusal, folder, inFolder, run, runJson } from './program.ts';

/*
 * Exact methods on the command line: proofs, deadlines, integer programs.
 */

const solve = (instance: string, method: string, ...rest: string[]) =>
  runJson('solve', instance, '--method', method, '--sparsity', '0.75', ...rest);

beforeAll(async () => {
  await writeInstance(inFolder('small.json'), generate('half-normal', { rows: 10, cols: 12, seed: 1 }));
  await writeInstance(inFolder('layers.json'), generate('scaled', { rows: 5, cols: 6, layers: 2, seed: 1 }));
  await writeInstance(inFolder('hard.json'), generate('half-normal', { rows: 70, cols: 70, seed: 1 }));
});

describe('--proof', { timeout: 60_000 }, () => {
  it.each(['small.json', 'layers.json'])('is written, replays, and proves the gap of %s to be 0', async (instance) => {
    const { code, json } = await solve(instance, 'branch-and-bound', '-o', 'p.json', '--proof', 'p.proof');
    expect(code).toBe(0);
    expect(json).toMatchObject({ status: 'optimal', stopReason: 'complete', gap: 0, proof: 'written' });
    const verified = await runJson('verify', instance, 'p.json', '--sparsity', '0.75', '--proof', 'p.proof');
    expect(verified.code).toBe(0);
    expect(verified.json).toMatchObject({ valid: true, gap: 0, ratio: 1, keptRatio: 1, dualBound: json.cost });
    const spoken = await run('verify', instance, 'p.json', '--proof', 'p.proof');
    expect(spoken.stdout).toMatch('no pruning that meets the goal costs less');
  });

  it('is the same bytes for the same seed', async () => {
    for (const name of ['a', 'b']) await solve('small.json', 'branch-and-bound', '--proof', `${name}.proof`);
    expect(readFileSync(inFolder('a.proof'))).toEqual(readFileSync(inFolder('b.proof')));
  });

  it('is rejected with exit 1 when cut or edited, or for another goal', async () => {
    await solve('small.json', 'branch-and-bound', '-o', 'q.json', '--proof', 'q.proof');
    const text = readFileSync(inFolder('q.proof'), 'latin1');
    const versions = [text.slice(0, text.length >> 1), text.slice(0, -1), text.replace('\n.\n', '\n!\n'), ''];
    for (const [k, version] of versions.entries()) {
      writeFileSync(inFolder('edited.proof'), version);
      const { code, json, stderr } = await runJson('verify', 'small.json', 'q.json', '--proof', 'edited.proof');
      expect(code, `version ${k}`).toBe(1);
      expect(json).toMatchObject({ valid: false, gap: null, dualBound: null });
      expect(json.reason).toMatch(/^proof: /);
      expect(stderr).toMatch(/^verify: proof: [^\n]*\n$/);
    }
    expect((await run('verify', 'small.json', 'q.json', '--sparsity', '0.5', '--proof', 'q.proof')).code).toBe(1);
    expect((await run('verify', 'small.json', 'q.json', '--proof', 'missing.proof')).code).toBe(2);
  });

  it('is not left behind by a search that ended early', async () => {
    const early = await solve('hard.json', 'branch-and-bound', '--work', '20', '--proof', 'early.proof');
    expect(early.json).toMatchObject({ status: 'feasible', stopReason: 'workLimit', proof: 'not closed' });
    expect(existsSync(inFolder('early.proof'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is asked of one method only', async () => {
    const args = ['solve', 'small.json', '--sparsity', '0.75', '--proof', 'x.proof', '--method'];
    await expectRefusal([...args, 'enumerate'], '--proof: expected a method that uses it, got enumerate');
    await expectRefusal([...args, 'branch-and-bound', '-o', 'x.proof'], 'x.proof: expected an output that is no other');
  });
});

describe('branch-and-bound', { timeout: 60_000 }, () => {
  it('keeps its incumbent and its bound at a deadline', async () => {
    const { code, json, seconds } = await solve(
      'hard.json',
      'branch-and-bound',
      '--time',
      '4',
      '--proof',
      'late.proof',
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({ status: 'feasible', stopReason: 'timeLimit', proof: 'not closed' });
    expect(json.dualBound).toBeGreaterThan(0);
    expect(json.gap).toBeLessThan(0.5);
    expect(seconds).toBeLessThan(20);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('the integer programs', { timeout: 60_000 }, () => {
  it.each(['ilp-highs', 'ilp-jslp'])('%s claims an optimum that branch and bound proves', async (method) => {
    const claimed = await solve('layers.json', method);
    const proved = await solve('layers.json', 'branch-and-bound');
    expect(claimed.json).toMatchObject({ status: 'feasible', claimedOptimal: true, guarantee: null });
    expect(proved.json.status).toBe('optimal');
    expect(claimed.json.cost).toBe(proved.json.cost);
  });

  it('a deadline holds for a solver that blocks', async () => {
    const { code, json, seconds } = await solve('hard.json', 'ilp-jslp', '--time', '2');
    expect(code).toBe(0);
    expect(json).toMatchObject({ status: 'feasible', stopReason: 'timeLimit' });
    expect(seconds).toBeLessThan(20);
  });

  it('are exported in both formats', async () => {
    for (const format of ['lp', 'mps']) {
      const { code, json } = await runJson(
        'export',
        'small.json',
        '--format',
        format,
        '--target',
        '60',
        '-o',
        `model.${format}`,
      );
      expect(code).toBe(0);
      expect(json).toMatchObject({ format, target: 60, variables: 10 + 12 + 120, rows: 3 * 120 + 3 });
    }
    expect(readFileSync(inFolder('model.lp'), 'utf8')).toMatch(/Minimize\n cost: \+ [0-9.]+ z0_0_0/);
    expect(readFileSync(inFolder('model.mps'), 'utf8')).toMatch(/^\* .*\n\* .*\nNAME rcprune\nROWS\n/);
    await expectRefusal(['export', 'small.json', '--format', 'xyz', '--target', '1', '-o', 'x'], 'xyz');
    await expectRefusal(['export', 'small.json', '--format', 'lp', '-o', 'x.lp'], 'goal: expected --sparsity');
  });
});
