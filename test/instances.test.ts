import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { check, ProofChecker } from '../src/certify/index.ts';
import { readInstance, readPruning } from '../src/formats/index.ts';
import { solveSync } from '../src/solve/solve.ts';
import { METHODS } from './methods.ts';

const FOLDER = fileURLToPath(new URL('../instances/', import.meta.url));
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.pruning.json'))
  .map((file) => file.replace('.pruning.json', ''));

const load = async (name: string) => {
  const instance = await readInstance(`${FOLDER}${name}.json`);
  return {
    instance,
    goal: { target: instance.target! },
    stored: await readPruning(`${FOLDER}${name}.pruning.json`, instance),
  };
};

describe('instances/', { timeout: 60_000 }, () => {
  it('were found', () => {
    expect(names.length).toBeGreaterThanOrEqual(4);
  });

  it.each(names)('%s: the stored pruning is valid and optimal, and no method beats it', async (name) => {
    const { instance, goal, stored } = await load(name);
    const { cost, instanceHash } = stored;
    expect(check(instance, goal, stored.pruning, { cost, instanceHash }).reason).toBeNull();
    for (const method of ['enumerate', 'branch-and-bound']) {
      expect(solveSync(instance, { method, goal })).toMatchObject({ status: 'optimal', cost });
    }
    for (const { name: method } of METHODS) {
      const result = solveSync(instance, { method, goal });
      if (result.pruning === null) continue;
      expect(check(instance, goal, result.pruning, { cost: result.cost! }).reason, method).toBeNull();
      expect(result.cost!).toBeGreaterThanOrEqual(cost!);
      expect(result.dualBound).toBeLessThanOrEqual(cost!);
    }
  });

  it('tight-residual: ratio 2 - 2e', async () => {
    const { instance, goal, stored } = await load('tight-residual');
    for (const method of ['residual', 'residual-rows-first', 'residual-columns-first', 'alternating']) {
      expect(solveSync(instance, { method, goal }).cost! / stored.cost!).toBe(2 - 2 * 2 ** -10);
    }
  });

  it('unbounded-greedy: ratio 17.5', async () => {
    const { instance, goal, stored } = await load('unbounded-greedy');
    expect(solveSync(instance, { method: 'greedy', goal }).cost! / stored.cost!).toBe(17.5);
  });
});

/*
 * Faults that were found, each with the input that showed it. NAME.pruning.json is an optimum; NAME.start.json, where there
 * is one, a start from which the fault showed; NAME.claim.json with NAME.proof.log a false claim and its forged proof.
 */
describe('instances/regression/', { timeout: 60_000 }, () => {
  const folder = `${FOLDER}regression/`;
  const has = (file: string) => readdirSync(folder).includes(file);
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.pruning.json'))
    .map((file) => file.replace('.pruning.json', ''));

  it('were found', () => {
    expect(names).toContain('half-step');
    expect(names).toContain('forged-bound');
  });

  it.each(names)('%s: the stored optimum is found and proved, with and without the start', async (name) => {
    const instance = await readInstance(`${folder}${name}.json`);
    const goal = { target: instance.target! };
    const { pruning, cost } = await readPruning(`${folder}${name}.pruning.json`, instance);
    expect(check(instance, goal, pruning, { cost }).reason).toBeNull();
    const start = has(`${name}.start.json`)
      ? (await readPruning(`${folder}${name}.start.json`, instance)).pruning
      : pruning;
    for (const method of ['branch-and-bound', 'best']) {
      for (const from of [undefined, start]) {
        const lines: string[] = [];
        const onProof = (text: string | null) => lines.push(...text!.trimEnd().split('\n'));
        const told = method === 'best' ? {} : { onProof };
        const result = solveSync(instance, { method, goal, start: from, ...told });
        expect(result, method).toMatchObject({ status: 'optimal', cost, dualBound: cost });
        if (method === 'best') continue;
        const checker = new ProofChecker(instance, goal);
        for (const line of lines) checker.take(line);
        expect(checker.verdict(result.pruning!)).toBeNull();
      }
    }
  });

  it.each(names.filter((name) => has(`${name}.proof.log`)))('%s: the forged proof is refused', async (name) => {
    const instance = await readInstance(`${folder}${name}.json`);
    const goal = { target: instance.target! };
    const { pruning, cost } = await readPruning(`${folder}${name}.claim.json`, instance);
    expect(check(instance, goal, pruning, { cost }).reason).toBeNull();
    const checker = new ProofChecker(instance, goal);
    for (const line of readFileSync(`${folder}${name}.proof.log`, 'utf8').trimEnd().split('\n')) checker.take(line);
    expect(checker.verdict(pruning)).toMatch('to be closed');
  });
});
