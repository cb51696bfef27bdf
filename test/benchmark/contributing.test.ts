import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { BenchRecord } from '../../src/benchmark/record.ts';
import { temporaryFolder } from '../temporary.ts';

/*
 * The worked example of CONTRIBUTING.md, done as it says, in a copy of the sources.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const inCopy = temporaryFolder();
const copy = path.dirname(inCopy('x'));

/** Blocks of code that name a file: ```language file. */
function blocksOf(text: string): { language: string; file: string; code: string }[] {
  const fences = text.matchAll(/^```([a-z]+) (\S+)\n(.*?)^```$/gms);
  return [...fences].map(([, language, file, code]) => ({ language: language!, file: file!, code: code! }));
}

/** Adds the lines with + behind the line that stands before them in the diff, the first ones on top of the file. */
function patched(text: string, diff: string): string {
  const lines = text.split('\n');
  let place = 0;
  for (const line of diff.trimEnd().split('\n')) {
    if (line.startsWith('+')) lines.splice(place++, 0, line.slice(1));
    else {
      const found = lines.indexOf(line.slice(1));
      expect(found, `${line} in the file`).toBeGreaterThanOrEqual(0);
      place = found + 1;
    }
  }
  return lines.join('\n');
}

/** A program of this project's own dependencies, or the compiled command, in the copy. @returns exit code and output */
async function runInCopy(file: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const command = [path.join(copy, file), ...args];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: copy });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

it('the worked example compiles, keeps the laws and runs in the harness', { timeout: 900_000 }, async () => {
  for (const entry of ['src', 'test', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'vitest.config.ts']) {
    cpSync(path.join(ROOT, entry), inCopy(entry), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), inCopy('node_modules'));
  mkdirSync(inCopy('bench/suites'), { recursive: true });
  const blocks = blocksOf(readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8'));
  expect(blocks.map(({ language, file }) => `${language} ${file}`)).toEqual([
    'ts src/baselines/least-sums.ts',
    'diff src/solve/registry.ts',
    'ts src/families/zipf.ts',
    'diff src/families/families.ts',
    'json zipf.json',
  ]);
  for (const { language, file, code } of blocks) {
    writeFileSync(inCopy(file), language === 'diff' ? patched(readFileSync(inCopy(file), 'utf8'), code) : code);
  }
  // Beside it, a method that falls short of its target: the harness must stop at it.
  const nothing = '{ removedRows: new Uint32Array(0), removedColumns: new Uint32Array(0) }';
  const broken = `broken: async () => ({ name: 'broken', summary: '', run: () => ({ pruning: { layers: [${nothing}] } }) }),`;
  const registry = readFileSync(inCopy('src/solve/registry.ts'), 'utf8');
  writeFileSync(inCopy('src/solve/registry.ts'), patched(registry, ` const LOADERS = {\n+  ${broken}`));

  const built = await runInCopy('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  expect(built.code, built.output).toBe(0);
  const laws = await runInCopy('node_modules/vitest/vitest.mjs', 'run', 'test/laws.test.ts', '-t', 'least-sums');
  expect(laws.code, laws.output).toBe(0);
  expect(laws.output).toMatch(/Tests .*5 passed/); // four laws of every method, and the symmetries

  const bench = await runInCopy('dist/cli/main.js', 'bench', './zipf.json');
  expect(bench.code, bench.output).toBe(0);
  const records = readFileSync(inCopy('zipf.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as BenchRecord);
  expect(records.map(({ family, sparsity, method, valid }) => [family, sparsity, method, valid])).toEqual(
    ['0.5', '0.8'].flatMap((sparsity) =>
      ['least-sums', 'greedy', 'enumerate'].map((method) => ['zipf', sparsity, method, true]),
    ),
  );
  for (const k of [0, 3]) expect(records[k]!.cost).toBeGreaterThanOrEqual(records[k + 2]!.cost!);

  const suite = blocks.find(({ language }) => language === 'json')!.code;
  writeFileSync(
    inCopy('broken.json'),
    suite.replace('"name": "zipf"', '"name": "broken"').replace('"greedy"', '"broken"'),
  );
  const stopped = await runInCopy('dist/cli/main.js', 'bench', './broken.json');
  expect(stopped.code).toBe(1);
  expect(stopped.output).toMatch(
    /rejected an answer: zipf 10x14 #1 at 0.5: broken #1: expected at least 70 units removed, got 0/,
  );
  expect(readFileSync(inCopy('broken.jsonl'), 'utf8')).toMatch(/^[^\n]*"method":"least-sums"[^\n]*\n$/);
});
