import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LibraryEntry } from '../../src/benchmark/library.ts';
import { until, untilWorked } from '../until.ts';
import { expectRefusal, folder, inFolder, run, runJson, startProgram } from './program.ts';

/*
 * `rcprune library` as a program, on the shipped library and on a copy of a part of it.
 */

const INSTANCES = fileURLToPath(new URL('../../instances', import.meta.url));
const shipped: LibraryEntry[] = JSON.parse(readFileSync(path.join(INSTANCES, 'library.json'), 'utf8')).entries;
const ONE_OF_EACH = ['uniform-12x16-50', 'tight-residual', 'clique-petersen-3', 'units-three-layers'];
const named = (name: string) => shipped.find((entry) => entry.name === name)!;

/** Writes a library of its own, with the files of the shipped one. */
function copyOf(entries: unknown[], name: string): string {
  const own = inFolder(name);
  mkdirSync(own, { recursive: true });
  for (const part of ['records', 'library', 'graphs', 'tight-residual.json', 'wide-range.json']) {
    cpSync(path.join(INSTANCES, part), path.join(own, part), { recursive: true });
  }
  const file = path.join(own, 'library.json');
  writeFileSync(file, JSON.stringify({ format: 'rcprune-library', version: 1, entries }));
  return file;
}

beforeAll(() => symlinkSync(INSTANCES, inFolder('instances')));

describe('library', { timeout: 120_000 }, () => {
  it('verifies entries of the shipped library, one object with --json', async () => {
    for (const name of ONE_OF_EACH) {
      const { code, json, stderr } = await runJson('library', '--only', name);
      expect(code, stderr).toBe(0);
      expect(json).toMatchObject({ valid: 1, invalid: 0, unavailable: 0 });
      const { record } = named(name);
      const [entry] = json.entries as Record<string, unknown>[];
      expect(entry).toMatchObject({ name, outcome: 'valid', reason: null, cost: record!.cost, status: record!.status });
    }
  });

  it('lists commands that check an entry by hand', async () => {
    for (const name of ONE_OF_EACH) {
      for (const command of named(name).record!.check) {
        const [program, ...args] = command.split(' ');
        if (program === 'brotli') {
          // The tool may not be there; what it would write is what Node.js decompresses.
          const [, , from, , to] = args;
          const script =
            'fs.writeFileSync(process.argv[2], zlib.brotliDecompressSync(fs.readFileSync(process.argv[1])))';
          expect(spawnSync(process.execPath, ['-e', script, from!, to!], { cwd: folder }).status).toBe(0);
          continue;
        }
        expect(program).toBe('rcprune');
        const { code, stderr } = await run(...args);
        expect(code, `${command}: ${stderr}`).toBe(0);
      }
    }
  });

  it('exits 1 and names the entry when a record is not true', async () => {
    const tampered = structuredClone(named('tight-residual'));
    const { cost } = tampered.record!;
    const entries = [{ ...tampered, record: { ...tampered.record!, cost: cost / 2 } }, named('uniform-12x16-50')];
    const { code, stdout, stderr } = await run('library', copyOf(entries, 'tampered'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^library: tight-residual: /);
    expect(stdout).toContain('1 valid, 1 invalid, 0 unavailable');
  });

  it('finds a record for an entry without one, then nothing better; the table and the file are whole', async () => {
    const { record: _, ...draft } = named('uniform-12x16-50');
    const file = copyOf([draft, named('tight-residual')], 'drafts');
    const readme = path.join(path.dirname(file), 'README.md');
    writeFileSync(readme, '# Mine\n\n<!-- library: begin -->\n<!-- library: end -->\n');
    const only = [file, '--improve', '--only', 'uniform-12x16-50'];
    const first = await runJson('library', ...only, '--method', 'residual');
    expect(first.code, first.stderr).toBe(0);
    expect(first.json).toMatchObject({ improved: [{ name: 'uniform-12x16-50', status: 'open' }], invalid: 0 });
    expect(readFileSync(readme, 'utf8')).toContain('| `uniform-12x16-50` | 12 x 16 | 50% |');

    const second = await runJson('library', ...only);
    expect(second.json).toMatchObject({
      improved: [{ status: 'closed', cost: named('uniform-12x16-50').record!.cost }],
    });
    const text = readFileSync(file, 'utf8');
    const third = await runJson('library', ...only);
    expect(third.json).toMatchObject({ improved: [], invalid: 0 });
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect((await run('library', file)).code).toBe(0);
  });

  it('takes a claim of less cost, and refuses one that proves nothing', async () => {
    const { record: _, ...draft } = named('uniform-12x16-50');
    const file = copyOf([draft], 'claims');
    const only = ['library', file, '--only', draft.name];
    await run(...only, '--improve', '--method', 'random');
    const own = named(draft.name).record!;
    const claim = path.join(INSTANCES, own.pruning.file);
    const log = path.join(INSTANCES, (own.evidence as { file: string }).file);
    const foreign = path.join(INSTANCES, (named('tight-residual').record!.evidence as { file: string }).file);
    const refused = await run(...only, '--claim', claim, '--proof', foreign, '--by', 'nobody');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/hash of this instance/);
    const taken = await runJson(...only, '--claim', claim, '--proof', log, '--by', 'A. Author');
    expect(taken.json).toMatchObject({ improved: [{ cost: own.cost, status: 'closed' }] });
    expect(JSON.parse(readFileSync(file, 'utf8')).entries[0].record.foundBy).toMatchObject({ method: 'A. Author' });
    await expectRefusal([...only, '--claim', claim], /--by WHO/);
  });

  it('ends at a signal with the manifest whole', async () => {
    const { record: _, ...draft } = shipped.find(({ name }) => name === 'half-normal-64-75')!;
    const file = copyOf([draft], 'interrupted');
    const { child, outcome } = startProgram('library', file, '--improve');
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    await until(() => said.includes('branch-and-bound') || child.exitCode !== null, 'the search');
    await untilWorked(child.pid!, 0.5);
    child.kill('SIGINT');
    const { code, stderr, seconds } = await outcome;
    expect(code, stderr).toBe(0);
    expect(seconds).toBeLessThan(60);
    expect((await run('library', file)).code).toBeLessThan(2);
  });

  it('refuses what is no library, no entry, no method', async () => {
    await expectRefusal(['library', 'none.json'], /none\.json/);
    await expectRefusal(['library', path.join(INSTANCES, 'wide-range.json')], /rcprune-library/);
    await expectRefusal(['library', '--only', 'nobody'], /--only/);
    await expectRefusal(['library', '--improve', '--method', 'magic'], /magic/);
  });
});
