import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { check } from '../src/certify/index.ts';
import { readInstance, readPruning } from '../src/formats/index.ts';
import { METHODS, prepare, solve } from '../src/methods.ts';

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
      expect(solve(instance, { method, goal })).toMatchObject({ status: 'optimal', cost });
    }
    for (const { name: method } of METHODS) {
      await prepare(method);
      const result = solve(instance, { method, goal });
      if (result.pruning === null) continue;
      expect(check(instance, goal, result.pruning, { cost: result.cost! }).reason, method).toBeNull();
      expect(result.cost!).toBeGreaterThanOrEqual(cost!);
      expect(result.dualBound).toBeLessThanOrEqual(cost!);
    }
  });

  it('tight-residual: ratio 2 - 2e', async () => {
    const { instance, goal, stored } = await load('tight-residual');
    for (const method of ['residual', 'residual-rows-first', 'residual-columns-first', 'alternating']) {
      expect(solve(instance, { method, goal }).cost! / stored.cost!).toBe(2 - 2 * 2 ** -10);
    }
  });

  it('unbounded-greedy: ratio 17.5', async () => {
    const { instance, goal, stored } = await load('unbounded-greedy');
    expect(solve(instance, { method: 'greedy', goal }).cost! / stored.cost!).toBe(17.5);
  });
});
