import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeInstance } from '../../src/formats/index.ts';
import { makeInstance } from '../../src/problem/index.ts';
import { BAD_LINKS } from '../reference/bad-links.ts';
import { expectRefusal, inFolder, run, runJson } from './program.ts';

/*
 * Linked instances on the command line, on the compiled program.
 */

describe('links that make no sense', () => {
  const layers = [
    { name: 'a', rows: 2, cols: 2, importance: [1, 2].map(() => [1, 2]) },
    { name: 'b', rows: 2, cols: 4, importance: [1, 2].map(() => [1, 2, 3, 4]) },
  ];

  it.each(BAD_LINKS)('%s: exit 2, one line', async (_, links) => {
    writeFileSync(inFolder('bad.json'), JSON.stringify({ format: 'rcprune-instance', version: 1, layers, links }));
    await expectRefusal(['info', 'bad.json'], /^rcprune: bad\.json: /);
  });
});

describe('a chain', () => {
  it('is generated, shown, solved and verified with its links and without', async () => {
    await run('generate', 'chain', '--rows', '2', '--cols', '4', '--layers', '2', '-o', 'chain.json');
    const goal = ['--target', '4'];
    const solved = await runJson('solve', 'chain.json', ...goal, '--method', 'enumerate', '-o', 'linked.json');
    expect(solved).toMatchObject({ code: 0, json: { linked: true, deadKept: 0, status: 'optimal' } });
    expect(await runJson('verify', 'chain.json', 'linked.json')).toMatchObject({
      code: 0,
      json: { valid: true, linked: true, deadKept: 0, cost: solved.json.cost },
    });
    const alone = await runJson('verify', 'chain.json', 'linked.json', '--unlinked');
    expect(alone).toMatchObject({ code: 0, json: { linked: false, cost: solved.json.cost } });
    const shown = await run('info', 'chain.json');
    expect(shown.stdout).toMatch(/^links +1 tensors$/m);
  });

  it('is an integer program, with its links and without', async () => {
    await run('generate', 'chain', '--rows', '2', '--cols', '4', '--layers', '2', '-o', 'program.json');
    const linked = await runJson('export', 'program.json', '--target', '4', '--format', 'lp', '-o', 'linked.lp');
    const alone = await runJson(
      ...['export', 'program.json', '--target', '4', '--format', 'lp', '-o', 'alone.lp', '--unlinked'],
    );
    // Two signals with two variables each; the layers are the same.
    expect((linked.json.variables as number) - (alone.json.variables as number)).toBe(4);
    const [text, plain] = ['linked.lp', 'alone.lp'].map((file) => readFileSync(inFolder(file), 'utf8'));
    expect(text).toMatch(/^\\ a channel alive, r channel read/m);
    expect(plain).not.toMatch(/ r0_0/);
    for (const row of ['feeds0_0', 'reads1_3', 'made0_0_0', 'wanted0_1']) expect(text).toContain(` ${row}:`);
  });

  it('whose pruning keeps a dead line is refused: exit 1, naming the first', async () => {
    const importance = [1, 2, 3, 4];
    const layers = ['a', 'b'].map((name) => ({ name, rows: 2, cols: 2, importance }));
    const links = { tensors: [{ name: 't', channels: 2, from: ['a'], to: ['b'] }] };
    await writeInstance(inFolder('open.json'), makeInstance(layers, undefined, links));
    const removed = [[1], []].map((removedRows, l) => ({ name: 'ab'[l], removedRows, removedColumns: [] }));
    writeFileSync(inFolder('kept.json'), JSON.stringify({ layers: removed }));
    const verdict = await runJson('verify', 'open.json', 'kept.json', '--target', '2');
    expect(verdict).toMatchObject({ code: 1, json: { valid: false, linked: true, deadKept: 6 } });
    expect(verdict.json.reason).toBe('layer b: expected a closed pruning, got column 1 kept, which is dead');
    expect(await runJson('info', 'open.json', '--pruning', 'kept.json')).toMatchObject({
      code: 0,
      json: { deadLines: 1, deadKept: 6 },
    });
    expect((await run('verify', 'open.json', 'kept.json', '--target', '2', '--unlinked')).code).toBe(0);
  });
});
