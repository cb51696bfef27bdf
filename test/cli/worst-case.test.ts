import { describe, expect, it } from 'vitest';
import { expectRefusal, run, runJson } from './program.ts';

describe('worst-case', () => {
  it('writes an instance on which the algorithm costs what it says', async () => {
    const { json, code } = await runJson('worst-case', 'residual', '--epsilon', '0.0078125', '-o', 'tight.json');
    expect(code).toBe(0);
    expect(json).toEqual({
      target: 5,
      shape: null,
      optimum: 1,
      algorithmCost: 2 - 2 ** -6,
      ratio: 2 - 2 ** -6,
      limit: 2,
    });
    expect((await runJson('solve', 'tight.json', '--method', 'residual')).json.cost).toBe(json.algorithmCost);
    expect((await runJson('solve', 'tight.json', '--method', 'enumerate')).json.cost).toBe(json.optimum);
  });

  it('asks for a shape, several layers, a start', async () => {
    const shaped = ['--fixed-shape', '--rows', '4', '--cols', '5', '--removed-rows', '3', '--removed-columns', '2'];
    const one = await runJson('worst-case', 'residual', ...shaped, '-o', 'shaped.json');
    expect(one.json).toMatchObject({ target: null, shape: [3, 2] });
    expect(one.json.limit).toBeCloseTo(9 / 7, 12);
    const solved = await runJson('solve', 'shaped.json', '--method', 'residual', '--shape', '3,2');
    expect(solved.json.cost).toBe(one.json.algorithmCost);
    const three = await runJson('worst-case', 'residual', ...shaped, '--layers', '3', '-o', 'layers.json');
    expect(three.json).toMatchObject({ target: 3 * 17, shape: null, ratio: one.json.ratio });
    expect((await runJson('solve', 'layers.json', '--method', 'enumerate')).json.cost).toBe(three.json.optimum);
    const started = await runJson('worst-case', 'alternating', '--start', 'residual-rows-first');
    expect(started.json.ratio).toBeGreaterThan(1.9);
  });

  it('hunts, in words and in JSON, and writes what it found', async () => {
    const args = ['worst-case', 'search', '--method', 'residual', '--work', '3000', '--seed', '2'];
    const { json, code, stderr } = await runJson(...args, '-o', 'found.json');
    expect(code, stderr).toBe(0);
    expect(json).toMatchObject({ target: null, shape: [1, 1], limit: null });
    expect(json.ratio).toBe((json.algorithmCost as number) / (json.optimum as number));
    const solved = await runJson('solve', 'found.json', '--method', 'residual', '--shape', '1,1');
    expect(solved.json.cost).toBe(json.algorithmCost);
    const words = await run(...args, '--target', '5', '--rows', '3', '--cols', '4');
    expect(words.stdout).toMatch(/3 x 4\n.*target 5\n/s);
  });

  it('refuses parameters outside the domain', async () => {
    await expectRefusal(['worst-case', 'residual', '--rows', '2', '--cols', '2', '--fixed-shape'], /2 x 2/);
    await expectRefusal(['worst-case', 'residual', '--rows', '2'], /supremum 1\.25/);
    await expectRefusal(['worst-case', 'independent', '--epsilon', '0.5'], /2\^-16 to 1\/4/);
    await expectRefusal(['worst-case', 'independent', '--removed-rows', '3'], /not all rows/);
    await expectRefusal(['worst-case', 'independent', '--start', 'residual'], /alternating/);
    await expectRefusal(['worst-case', 'uniform'], /independent, residual/);
    await expectRefusal(['worst-case', 'search'], /--method/);
    await expectRefusal(['worst-case', 'search', '--method', 'none'], /independent residual/);
    await expectRefusal(['worst-case', 'search', '--method', 'residual', '--target', '10'], /at most 9/);
  });
});
