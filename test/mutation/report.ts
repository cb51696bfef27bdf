import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/*
 * What mutation testing found, as committed: one row a source file in paper-artifacts/mutation.csv, one row a surviving mutant in
 * paper-artifacts/mutation-survivors.tsv, each with the reason why it may live. The hash in a file's row says which
 * version of its code the row is about; comments do not count.
 */

/** What is mutated, folders and single files, each with the least score in percent that it must have. */
export const PLACES: Readonly<Record<string, number>> = {
  'src/problem': 85,
  'src/approx': 85,
  'src/knapsack': 85,
  'src/certify': 93, // the aim is 95
  'src/reductions': 85,
  'src/exact/rounded-layer.ts': 95,
};

/**
 * Files of these places that await a run: new, or changed since their last one. `npm run mutation` names them, so that nobody takes
 * silence for a result; take a file out of this list when its row is made.
 */
export const NOT_YET = [
  'src/problem/closure.ts',
  'src/problem/links.ts',
  'src/problem/error.ts',
  'src/problem/exact-sum.ts',
  'src/problem/goal.ts',
  'src/problem/hash.ts',
  'src/problem/instance.ts',
  'src/problem/proof-format.ts',
  'src/problem/pruning.ts',
  'src/problem/quotient.ts',
  'src/problem/random.ts',
  'src/problem/result.ts',
  'src/approx/menu.ts',
  'src/approx/two-approximation.ts',
  'src/knapsack/candidate-choice.ts',
  'src/knapsack/merge.ts',
  'src/knapsack/most-kept.ts',
  'src/knapsack/priced.ts',
  'src/knapsack/relaxation.ts',
  'src/knapsack/shape-choice.ts',
  'src/certify/certificate.ts',
  'src/certify/check.ts',
  'src/certify/closed.ts',
  'src/certify/kept-bounds.ts',
  'src/certify/norm.ts',
  'src/reductions/expansion.ts',
  'src/reductions/reduction.ts',
  'src/solve/bound.ts',
  'src/solve/gate.ts',
];

const SUMMARY = 'paper-artifacts/mutation.csv';
const SURVIVORS = 'paper-artifacts/mutation-survivors.tsv';
const SUMMARY_HEADER = 'file,sha256,mutants,killed,timeout,survived,uncovered,error';
const SURVIVORS_HEADER = ['file', 'line', 'column', 'mutator', 'code', 'replacement', 'fate', 'why'].join('\t');

export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly mutator: string;
  /** What the mutant replaces, on one line. */
  readonly code: string;
  readonly replacement: string;
  /** Stryker's word for its fate. */
  readonly status: string;
}

/** One source file's counts. */
export interface FileSummary {
  readonly file: string;
  /** See {@link codeHash}. */
  readonly sha256: string;
  readonly killed: number;
  /** Ran far longer than the tests do, as endless loops do: counts as killed. */
  readonly timeout: number;
  readonly survived: number;
  /** No test reaches it: counts as survived. */
  readonly uncovered: number;
  /** Could not run at all: counts for nothing. */
  readonly error: number;
}

export interface Survivor extends Mutant {
  readonly why: string;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const readSource = (file: string): string => readFileSync(file, 'utf8');

/** A file itself, or the files of a folder. */
export function filesUnder(place: string): string[] {
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join(place, name.split(path.sep).join('/')))
    .filter((file) => statSync(file).isFile())
    .sort();
}

/** What of a file runs, and so has mutants: neither comments nor types, printed anew. */
function codeOf(file: string): string {
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
    removeComments: true,
  };
  return ts.transpileModule(readSource(file), { compilerOptions }).outputText.trim();
}

/** Names a version of a file's code: an edited comment leaves it as it was. */
export const codeHash = (file: string): string => sha256(codeOf(file));

/** Whether a file holds anything but types. */
const hasCode = (file: string): boolean => codeOf(file) !== 'export {};';

/** What is mutated: all source files of the places but those that only re-export, hold types alone, or wait. */
export function mutatedFiles(): string[] {
  const isMutated = (file: string) => path.basename(file) !== 'index.ts' && !NOT_YET.includes(file) && hasCode(file);
  return Object.keys(PLACES).flatMap(filesUnder).filter(isMutated);
}

export function summarize(file: string, mutants: readonly Mutant[]): FileSummary {
  const count = (...fates: string[]) => mutants.filter(({ status }) => fates.includes(status)).length;
  return {
    file,
    sha256: codeHash(file),
    killed: count('Killed'),
    timeout: count('Timeout'),
    survived: count('Survived'),
    uncovered: count('NoCoverage'),
    error: count('RuntimeError', 'CompileError'),
  };
}

/** Detected mutants of all that ran, in percent. */
export function scoreOf(summaries: readonly FileSummary[]): number {
  const detected = summaries.reduce((sum, { killed, timeout }) => sum + killed + timeout, 0);
  const alive = summaries.reduce((sum, { survived, uncovered }) => sum + survived + uncovered, 0);
  return (100 * detected) / (detected + alive);
}

export const inPlace = (place: string, summaries: readonly FileSummary[]): FileSummary[] =>
  summaries.filter(({ file }) => file === place || file.startsWith(`${place}/`));

export function readSummaries(): FileSummary[] {
  return rowsOf(SUMMARY, SUMMARY_HEADER, ',').map(([file, hash, , killed, timeout, survived, uncovered, error]) => ({
    file: file!,
    sha256: hash!,
    killed: Number(killed),
    timeout: Number(timeout),
    survived: Number(survived),
    uncovered: Number(uncovered),
    error: Number(error),
  }));
}

export function readSurvivors(): Survivor[] {
  return rowsOf(SURVIVORS, SURVIVORS_HEADER, '\t').map(
    ([file, line, column, mutator, code, replacement, status, why]) => ({
      file: file!,
      line: Number(line),
      column: Number(column),
      mutator: mutator!,
      code: code!,
      replacement: replacement!,
      status: status!,
      why: why!,
    }),
  );
}

export function writeReport(summaries: readonly FileSummary[], survivors: readonly Survivor[]): void {
  const files = [...summaries].sort((a, b) => (a.file < b.file ? -1 : 1));
  const rows = files.map((one) => {
    const { file, killed, timeout, survived, uncovered, error } = one;
    const mutants = killed + timeout + survived + uncovered + error;
    return [file, one.sha256, mutants, killed, timeout, survived, uncovered, error].join(',');
  });
  writeFileSync(SUMMARY, `${[SUMMARY_HEADER, ...rows].join('\n')}\n`);
  const alive = [...survivors].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
  const lines = alive.map(({ file, line, column, mutator, code, replacement, status, why }) =>
    [file, line, column, mutator, code, replacement, status, why].join('\t'),
  );
  writeFileSync(SURVIVORS, `${[SURVIVORS_HEADER, ...lines].join('\n')}\n`);
}

/**
 * The surviving mutants of freshly mutated files, each with the reason that an older list has for it. A mutant is known by
 * what it replaces and by what, and by its rank among equals, so that lines may move.
 */
export function carryReasons(mutants: readonly Mutant[], older: readonly Survivor[]): Survivor[] {
  const reasons = new Map(keyed(older).map(([key, { why }]) => [key, why]));
  const alive = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  return keyed(alive).map(([key, mutant]) => ({ ...mutant, why: reasons.get(key) ?? '' }));
}

function keyed<M extends Mutant>(mutants: readonly M[]): [string, M][] {
  const seen = new Map<string, number>();
  return [...mutants]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map((mutant) => {
      const { file, mutator, code, replacement } = mutant;
      const key = [file, mutator, code, replacement].join('\t');
      const rank = seen.get(key) ?? 0;
      seen.set(key, rank + 1);
      return [`${key}\t${rank}`, mutant];
    });
}

function rowsOf(file: string, header: string, separator: string): string[][] {
  if (!existsSync(file)) return [];
  const [first, ...rows] = readSource(file).trimEnd().split('\n');
  if (first !== header) throw new Error(`${file}: expected the header ${header}`);
  return rows.map((row) => row.split(separator));
}
