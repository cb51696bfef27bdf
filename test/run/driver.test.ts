import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as Library from '../../src/index.ts';
import { METHODS } from '../methods.ts';
import { temporaryFolder } from '../temporary.ts';

/*
 * The driver as a program uses it: compiled (`npm test` builds it first), since threads start from JavaScript. Whatever way a run
 * takes - another thread, workers, a break and a checkpoint - its answer has the bytes of `solveSync`.
 */

const inFolder = temporaryFolder();
let library: typeof Library;
beforeAll(async () => {
  library = (await import(new URL('../../dist/index.js', import.meta.url).href)) as typeof Library;
  await library.loadMethods();
});

const make = () => {
  const instance = library.generate('half-normal', { rows: 5, cols: 7, layers: 2, seed: 5 });
  return { instance, goal: library.sparsityGoal(instance, '0.7') };
};

describe('solve', { timeout: 120_000 }, () => {
  it.each(METHODS.map(({ name }) => name))('gives what solveSync gives: %s', async (method) => {
    const { instance, goal } = make();
    const options = { method, goal, workLimit: method === 'best' || method.startsWith('anneal') ? 2000 : undefined };
    expect(await library.solve(instance, options)).toEqual(library.solveSync(instance, options));
  });

  it('has the same answer with any number of workers, and after a break', async () => {
    const instance = library.generate('half-normal', { rows: 40, cols: 70, layers: 3, seed: 3 });
    const options = { method: 'anneal-selection', goal: library.sparsityGoal(instance, '0.8'), workLimit: 2_000_000 };
    const checkpoints: string[] = [];
    const onCheckpoint = (text: string) => void checkpoints.push(text);
    const whole = await library.solve(instance, { ...options, onCheckpoint, trace: true });
    expect(whole.trace!.length).toBeGreaterThan(1);
    expect(whole.trace!.at(-1)).toEqual([whole.work, whole.cost]);
    expect(await library.solve(instance, { ...options, workers: 2, trace: true })).toEqual(whole);
    expect(checkpoints.length).toBeGreaterThan(0); // the first round is always written down
    const resume = { name: 'a checkpoint', text: checkpoints[0]! };
    expect(await library.solve(instance, { ...options, resume, trace: true })).toEqual(whole);
    for (const [other, reason] of [
      [{ seed: 2 }, 'a checkpoint: expected a checkpoint of seed 2, got 1'],
      [{ resume: { name: 'x', text: '{}' } }, 'x: expected format rcprune-checkpoint'],
      [{ resume: { name: 'x', text: resume.text.slice(0, -9) } }, 'x: expected a whole checkpoint'],
      [{ resume: { name: 'x', text: resume.text.replace('"seed":1', '"seed":2') } }, 'x: expected a digest that fits'],
    ] as const) {
      await expect(library.solve(instance, { ...options, resume, ...other })).rejects.toThrow(reason);
    }
  });

  it('does all that for linked instances too', async () => {
    const layers = library.generate('half-normal', { rows: 12, cols: 12, layers: 3, seed: 4 }).layers;
    const links = {
      tensors: [
        { name: 'a', channels: 12, from: [layers[0]!.name], to: [layers[1]!.name] },
        { name: 'b', channels: 12, from: ['a', layers[1]!.name], to: [layers[2]!.name] },
      ],
    };
    const instance = library.makeInstance(layers, undefined, links);
    for (const method of ['anneal-selection', 'anneal-shape']) {
      const workLimit = method === 'anneal-selection' ? 20_000 : 32;
      const options = { method, goal: library.sparsityGoal(instance, '0.8'), workLimit };
      const checkpoints: string[] = [];
      const onCheckpoint = (text: string) => void checkpoints.push(text);
      const whole = await library.solve(instance, { ...options, onCheckpoint });
      expect(library.isClosed(instance, whole.pruning!)).toBe(true);
      expect(await library.solve(instance, { ...options, workers: 2 })).toEqual(whole);
      const resume = { name: 'a checkpoint', text: checkpoints[0]! };
      expect(await library.solve(instance, { ...options, resume })).toEqual(whole);
      expect(library.solveSync(instance, options)).toEqual(whole);
    }
  });

  it('works in a program that Node takes from its command line, as text of a module', async () => {
    const index = new URL('../../dist/index.js', import.meta.url).href;
    const program = `
      import { generate, solve, sparsityGoal } from '${index}';
      const instance = generate('half-normal', { rows: 5, cols: 7, seed: 1 });
      const { cost } = await solve(instance, { method: 'greedy', goal: sparsityGoal(instance, 0.7) });
      console.log(cost > 0);`;
    const run = promisify(execFile);
    // A heap limit is no option of a thread either.
    const { stdout } = await run(process.execPath, ['--input-type=module', '--max-old-space-size=900', '-e', program]);
    expect(stdout).toBe('true\n');
  });

  it('ends at a signal with the best so far, even where the method never looks up', async () => {
    const instance = library.generate('half-normal', { rows: 60, cols: 60, seed: 1 });
    const controller = new AbortController();
    const told: number[] = [];
    const result = await library.solve(instance, {
      method: 'branch-and-bound',
      goal: library.sparsityGoal(instance, '0.7'),
      signal: controller.signal,
      onIncumbent: (pruning) => {
        told.push(library.toNearest(library.exactCost(instance, pruning).cost));
        if (told.length === 2) controller.abort();
      },
    });
    expect(result.stopReason).toBe('interrupted');
    expect(told.slice(0, 2)).toHaveLength(2);
    expect(result.cost).toBe(told.at(-1));
  });

  it('ends at a deadline, with a certificate where one is asked for', async () => {
    const instance = library.generate('half-normal', { rows: 60, cols: 60, seed: 1 });
    const goal = library.sparsityGoal(instance, '0.7');
    const result = await library.solve(instance, { method: 'ilp-highs', goal, seconds: 0.2, certify: true });
    expect(result.stopReason).toBe('timeLimit');
    const verdict = library.check(instance, goal, result.pruning!, { cost: result.cost! }, result.certificate);
    expect(verdict.reason).toBeNull();
  });

  it('never begins at no work, no time or an aborted signal: the start, else the largest pruning', async () => {
    const { instance, goal } = make();
    const start = library.solveSync(instance, { method: 'random', goal }).pruning!;
    for (const [limit, stopReason] of [
      [{ workLimit: 0 }, 'workLimit'],
      [{ seconds: 0 }, 'timeLimit'],
      [{ signal: AbortSignal.abort() }, 'interrupted'],
    ] as const) {
      for (const method of ['anneal-shape', 'greedy']) {
        const given = await library.solve(instance, { method, goal, start, ...limit });
        expect(given).toMatchObject({ stopReason, work: 0, pruning: start });
      }
      const { pruning } = await library.solve(instance, { method: 'residual', goal, ...limit });
      expect(pruning).toEqual(library.largestPruning(instance, library.requirementOf(instance, goal)));
    }
    expect((await library.solve(instance, { method: 'best', goal, workLimit: 0 })).certificate).not.toBeNull();
  });

  it('writes a proof log where the search has closed, and nothing else', async () => {
    const { instance, goal } = make();
    const proof = inFolder('log');
    const { pruning, proof: state } = await library.solve(instance, { method: 'branch-and-bound', goal, proof });
    expect(state).toBe('written');
    const checker = new library.ProofChecker(instance, goal);
    for (const line of readFileSync(proof, 'utf8').trimEnd().split('\n')) checker.take(line);
    expect(checker.verdict(pruning!)).toBeNull();
    const other = inFolder('other');
    const cut = await library.solve(instance, { method: 'branch-and-bound', goal, proof: other, workLimit: 1 });
    expect([cut.proof, existsSync(other)]).toEqual(['not closed', false]);
  });

  it('takes a start for every method: those that begin at none answer as without', async () => {
    const { instance, goal } = make();
    const start = library.solveSync(instance, { method: 'random', goal }).pruning!;
    const without = await library.solve(instance, { method: 'greedy', goal });
    expect(await library.solve(instance, { method: 'greedy', goal, start })).toEqual(without);
    const none = { layers: [] };
    await expect(library.solve(instance, { method: 'greedy', goal, start: none })).rejects.toThrow(
      'start: expected 2 layers',
    );
  });

  it('takes a method of your own, on this thread', async () => {
    const { instance, goal } = make();
    let isPrepared = false;
    const own: Library.Method = {
      name: 'own',
      summary: 'the largest pruning',
      async prepare() {
        isPrepared = true;
      },
      run: (_, requirement) => ({ pruning: library.largestPruning(instance, requirement) }),
    };
    const { method, status } = await library.solve(instance, { method: own, goal });
    expect([method, status, isPrepared]).toEqual(['own', 'feasible', true]);
    const short: Library.Method = {
      ...own,
      run: () => ({ pruning: library.largestPruning(instance, { ranges: [], target: 0 } as never) }),
    };
    await expect(library.solve(instance, { method: short, goal })).rejects.toThrow();
  });

  it.each<[string, object, string]>([
    ['an unknown method', { method: 'guess' }, 'method: expected one of independent residual'],
    ['a cooling of no use', { cooling: 'adaptive' }, 'cooling: expected a method that uses it, got residual'],
    ['a proof of no use', { proof: 'x' }, 'proof: expected a method that uses it, got residual'],
    ['workers of no use', { workers: 2 }, 'workers: expected a method whose work comes in rounds'],
    ['half a worker', { method: 'anneal-shape', workers: 0.5 }, 'workers: expected an integer from 1 to 256'],
    ['checkpoints of no use', { onCheckpoint: () => undefined }, 'checkpoint: expected a method whose work'],
    ['a signal that is none', { signal: 3 }, 'signal: expected an AbortSignal'],
    ['negative time', { seconds: -1 }, 'seconds: expected a number >= 0'],
  ])('refuses %s', async (_, given, reason) => {
    const { instance, goal } = make();
    const options = { method: 'residual', goal, ...given };
    await expect(library.solve(instance, options)).rejects.toThrow(reason);
    await expect(library.solve(instance, options)).rejects.toBeInstanceOf(library.RcpruneError);
  });

  it('says so where no pruning meets the goal', async () => {
    const instance = library.makeInstance([{ name: 'a', rows: 2, cols: 2, importance: [1, 2, 3, 4], minKeptRows: 2 }]);
    const { status, pruning } = await library.solve(instance, { method: 'residual', goal: { target: 5 } });
    expect([status, pruning]).toEqual(['infeasible', null]);
  });
});

describe('bound', { timeout: 120_000 }, () => {
  it('gives what boundSync gives, and ends at a signal with a certificate', async () => {
    const { instance, goal } = make();
    expect(await library.bound(instance, { goal, workLimit: 2 })).toEqual(
      library.boundSync(instance, { goal, workLimit: 2 }),
    );
    const large = library.generate('half-normal', { rows: 120, cols: 160, layers: 2, seed: 1 });
    const controller = new AbortController();
    const asked = { goal: library.sparsityGoal(large, '0.8'), signal: controller.signal };
    const ended = await library.bound(large, { ...asked, onCertificate: () => controller.abort() });
    expect(ended.stopReason).toBe('interrupted');
    expect(
      library.checkCertificate(large, asked.goal, {
        ...ended.certificate,
        claim: { dualBound: 0, keptBound: Infinity },
      }).valid,
    ).toBe(true);
    for (const limit of [{ workLimit: 0 }, { seconds: 0 }, { signal: AbortSignal.abort() }]) {
      expect((await library.bound(instance, { goal, ...limit })).work).toBe(0);
    }
  });
});
