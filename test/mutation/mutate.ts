import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { filesUnder, type Mutant, readSource, sha256 } from './report.ts';

/*
 * Mutates one source file and lets the fast law suite loose on every mutant.
 *
 * Stryker writes its incremental file only when a run ends, so a run is one source file: what is done stays done when a
 * long session is interrupted. A file's result is kept under the hash of the file and of the whole suite. When only
 * the suite has changed, Stryker's own incremental file spares the mutants whose killers are as they were. Neither notices
 * changes in other source files; delete the cache for that.
 */

const CACHE = 'node_modules/.cache/mutation';
const CONFIG = 'vitest.mutation.config.ts';
const SUITE = [
  CONFIG,
  'test/laws.test.ts',
  'test/mutation/few-runs.ts',
  'test/reference',
  'test/exact/rounded-layer.test.ts',
].concat(['problem', 'approx', 'knapsack', 'certify', 'reductions', 'solve'].map((folder) => `test/${folder}`));

/** Every mutant of a source file with its fate. */
export async function mutantsOf(file: string, concurrency: number): Promise<Mutant[]> {
  const place = path.join(CACHE, file.replaceAll('/', '-'));
  const inputs = sha256([file, ...SUITE.flatMap(filesUnder)].map((name) => `${name}\n${readSource(name)}`).join('\n'));
  const known = readCache(`${place}.json`);
  if (known?.inputs === inputs) return known.mutants;
  mkdirSync(CACHE, { recursive: true });
  const results = await new Stryker({
    mutate: [file],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: CONFIG },
    coverageAnalysis: 'perTest',
    incremental: true,
    incrementalFile: `${place}.incremental.json`,
    concurrency,
    // A busy machine must not turn slow survivors into timeouts, which count as killed.
    timeoutFactor: 4,
    timeoutMS: 30_000,
    reporters: ['dots'],
    logLevel: 'error' as NonNullable<ConstructorParameters<typeof Stryker>[0]['logLevel']>,
    warnings: false,
    allowConsoleColors: false,
    ignorePatterns: ['bench', 'dist', 'paper-artifacts', 'proofs'],
  }).runMutationTest();
  const lines = readSource(file).split('\n');
  const mutants = results.map(({ location: { start, end }, mutatorName, replacement, status }) => ({
    file,
    line: start.line,
    column: start.column,
    mutator: mutatorName,
    code: oneLine(excerpt(lines, start, end)),
    replacement: oneLine(replacement ?? ''),
    status,
  }));
  writeFileSync(`${place}.json`, JSON.stringify({ inputs, mutants }));
  return mutants;
}

interface Position {
  readonly line: number; // from 1, as is the column
  readonly column: number;
}

function excerpt(lines: readonly string[], start: Position, end: Position): string {
  const covered = lines.slice(start.line - 1, end.line);
  covered[covered.length - 1] = covered.at(-1)!.slice(0, end.column - 1);
  covered[0] = covered[0]!.slice(start.column - 1);
  return covered.join('\n');
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

function readCache(file: string): { inputs: string; mutants: Mutant[] } | null {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}
