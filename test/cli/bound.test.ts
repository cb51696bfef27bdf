import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../src/families/index.ts';
import { readCertificate, writeCertificate, writeInstance } from '../../src/formats/index.ts';
import { type Instance, makeInstance } from '../../src/problem/index.ts';
import { untilWorked } from '../until.ts';
import { expectRefusal, inFolder, run, runJson, startProgram } from './program.ts';

/*
 * bound, solve --certificate, solve --method best and verify with a certificate, on the compiled program.
 */

let small: Instance;
beforeAll(async () => {
  small = generate('half-normal', { rows: 24, cols: 40, layers: 2, seed: 3 });
  await writeInstance(inFolder('small.json'), small);
  await writeInstance(inFolder('single.json'), generate('half-normal', { rows: 10, cols: 14, seed: 1 }));
  await writeInstance(
    inFolder('large.safetensors'),
    generate('half-normal', { rows: 256, cols: 1024, layers: 6, seed: 1 }),
  );
  await run('solve', 'small.json', '--method', 'alternating', '--sparsity', '0.8', '-o', 'pruning.json');
  await run('bound', 'small.json', '--sparsity', '0.8', '-o', 'good.safetensors');
});

describe('bound', () => {
  it('writes a certificate that verify accepts, with the figures of the contract', async () => {
    const bound = await runJson('bound', 'small.json', '--sparsity', '0.8', '-o', 'again.safetensors');
    expect(bound.code).toBe(0);
    expect(bound.json).toMatchObject({ target: 1536, stopReason: 'complete' });
    const { code, json } = await runJson('verify', 'small.json', 'pruning.json', 'again.safetensors');
    expect(code).toBe(0);
    const { cost, kept, dualBound, keptBound, gap, ratio, keptRatio } = json as Record<string, number>;
    expect(json).toMatchObject({ valid: true, reason: null, target: 1536 });
    expect(dualBound).toBeGreaterThanOrEqual(bound.json.dualBound as number);
    expect(keptBound).toBeLessThanOrEqual(bound.json.keptBound as number);
    expect(gap).toBe((cost! - dualBound!) / cost!);
    expect(ratio).toBe(cost! / dualBound!);
    expect(keptRatio).toBe(keptBound! / kept!);
    expect(ratio).toBeLessThan(1.1); // far below what the approximations prove
    const text = await run('verify', 'small.json', 'pruning.json', 'again.safetensors');
    expect(text.stdout).toMatch(/proved: any pruning costs at least [0-9.]+ and keeps at most [0-9.]+\ngap [0-9.]+%/);
    expect(readFileSync(inFolder('again.safetensors'))).toEqual(readFileSync(inFolder('good.safetensors')));
  });

  it('bounds a fixed shape and a target in the instance', async () => {
    const shape = await runJson('bound', 'single.json', '--shape', '3,5', '-o', 'shape.safetensors');
    expect(shape.code).toBe(0);
    await run('solve', 'single.json', '--shape', '3,5', '--method', 'residual', '-o', 'shape.json');
    const args = ['verify', 'single.json', 'shape.json', 'shape.safetensors'];
    expect((await run(...args, '--shape', '3,5')).code).toBe(0);
    const wrong = await run(...args);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/certificate: expected target [0-9]+, got shape 3,5/);
    await writeInstance(inFolder('aimed.json'), makeInstance(small.layers, 100));
    expect((await runJson('bound', 'aimed.json', '-o', 'aimed.safetensors')).json.target).toBe(100);
  });

  it.each([
    ['--time', 'timeLimit'],
    ['--work', 'workLimit'],
  ])('%s 0 gives a certificate without pieces', async (flag, stopReason) => {
    const { code, json } = await runJson(
      'bound',
      'small.json',
      '--sparsity',
      '0.8',
      flag,
      '0',
      '-o',
      'zero.safetensors',
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({ stopReason, work: 0 });
    expect((await readCertificate(inFolder('zero.safetensors'), small)).layers).toEqual([[], []]);
    const verdict = await runJson('verify', 'small.json', 'pruning.json', 'zero.safetensors');
    expect(verdict.json).toMatchObject({ valid: true });
    expect(verdict.json.dualBound as number).toBeGreaterThan(0);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with its certificate so far', async (signal) => {
    const args = ['bound', 'large.safetensors', '--sparsity', '0.7', '-o', `${signal}.safetensors`, '--json'];
    const { child, outcome } = startProgram(...args);
    await untilWorked(child.pid!, 2);
    child.kill(signal);
    const { code, stdout, stderr } = await outcome;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ stopReason: 'interrupted' });
    expect(JSON.parse(stdout).dualBound).toBeGreaterThan(0);
    expect(existsSync(inFolder(`${signal}.safetensors`))).toBe(true);
  });

  it('says so when minima forbid the target', async () => {
    const layer = { name: 'a', rows: 2, cols: 2, importance: [1, 2, 3, 4], minKeptRows: 2, minKeptColumns: 2 };
    await writeInstance(inFolder('forbidden.json'), makeInstance([layer]));
    const { code, json } = await runJson('bound', 'forbidden.json', '--target', '1', '-o', 'none.safetensors');
    expect(code).toBe(3);
    expect(json).toMatchObject({ dualBound: null, keptBound: null, target: 1 });
    expect(existsSync(inFolder('none.safetensors'))).toBe(false);
  });
});

describe('solve with a certificate', () => {
  it.each(['residual', 'best'])('%s reports the dual bound that its certificate proves', async (method) => {
    const files = ['-o', `${method}.json`, '--certificate', `${method}.safetensors`];
    const solved = await runJson('solve', 'small.json', '--method', method, '--sparsity', '0.8', ...files);
    expect(solved.code).toBe(0);
    expect(solved.json).not.toHaveProperty('certificate');
    const verdict = await runJson('verify', 'small.json', `${method}.json`, `${method}.safetensors`);
    expect(verdict.json).toMatchObject({ valid: true, cost: solved.json.cost });
    expect(verdict.json.dualBound as number).toBeGreaterThanOrEqual(solved.json.dualBound as number);
    expect(solved.json.gap as number).toBeLessThan(0.1);
  });

  it('of zero work has the trivial one', async () => {
    const files = ['-o', 'lazy.json', '--certificate', 'lazy.safetensors', '--work', '0'];
    const { code, json } = await runJson('solve', 'small.json', '--method', 'best', '--sparsity', '0.8', ...files);
    expect(code).toBe(0);
    expect(json).toMatchObject({ stopReason: 'workLimit', status: 'feasible' });
    expect((await run('verify', 'small.json', 'lazy.json', 'lazy.safetensors')).code).toBe(0);
  });
});

describe('verify', () => {
  it('rejects a false claim with exit 1 and its reason', async () => {
    const certificate = await readCertificate(inFolder('good.safetensors'), small);
    const { claim } = certificate;
    const boast = { ...certificate, claim: { ...claim, dualBound: claim.dualBound * 1.001 } };
    await writeCertificate(inFolder('boast.safetensors'), small, boast);
    const { code, json, stderr } = await runJson('verify', 'small.json', 'pruning.json', 'boast.safetensors');
    expect(code).toBe(1);
    expect(json).toMatchObject({ valid: false, dualBound: null, gap: null });
    expect(json.reason).toMatch(/^certificate: expected a dual bound of at least/);
    expect(stderr).toMatch(/^verify: certificate: expected/);
  });

  it('refuses what is no certificate of this instance with exit 2', async () => {
    const bytes = readFileSync(inFolder('good.safetensors'));
    const refuse = async (name: string, content: Uint8Array | string, reason: RegExp) => {
      writeFileSync(inFolder(name), content);
      await expectRefusal(['verify', 'small.json', 'pruning.json', name], reason);
    };
    await refuse('cut.safetensors', bytes.subarray(0, -4), /bytes of tensors after the header/);
    await refuse('long.safetensors', Buffer.concat([bytes, Buffer.alloc(4)]), /bytes of tensors after the header/);
    await refuse('text.safetensors', '{"format":"rcprune-certificate"}', /header/);
    // Same length, so that the header still fits: one field of the head changed at a time.
    const edited = (from: string, to: string) => Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
    await refuse('version.safetensors', edited('\\"version\\":1', '\\"version\\":2'), /version/);
    await refuse('format.safetensors', edited('rcprune-certificate', 'rcprune-certificatf'), /format/);
    await refuse('layer.safetensors', edited('\\"name\\":\\"layer1', '\\"name\\":\\"layer7'), /layers in its order/);
    await refuse('kind.safetensors', edited('\\"kind\\":\\"rows', '\\"kind\\":\\"rowz'), /kind|layers/);
    await refuse('tensor.safetensors', edited('"0.2.rowPart"', '"0.2.rowPark"'), /no such tensor/);
    await refuse('field.safetensors', edited('\\"price\\"', '\\"prize\\"'), /price|prize/);
    await expectRefusal(['verify', 'small.json', 'pruning.json', 'pruning.json'], /header|safetensors/);
    await expectRefusal(['verify', 'small.json', 'pruning.json', 'absent.safetensors'], /readable file/);
    await expectRefusal(['bound', 'small.json', '--sparsity', '0.8', '-o', 'small.json'], /no other file/);
    await expectRefusal(['bound', 'small.json', '-o', 'x.safetensors'], /--sparsity, --target/);
  });
});
