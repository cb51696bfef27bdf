import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RcpruneError } from '../src/problem/error.ts';
import { CERTIFICATE_DATA, certificatesSource } from './certificates.ts';
import { MATRICES, matricesSource } from './evaluation.ts';
import { LOG_DATA, logsSource } from './logs.ts';

/*
 * The machine-checked proofs as a build: the sources in the order of their imports, compiled outside the tree, and what
 * Coq says of them. Shared by `npm run proofs` and the tests.
 *
 * A file is compiled again when its text, Coq, or anything it imports has changed: the cache key is a hash of these.
 * What a build must pass: no axiom, no admitted proof and no switched-off check in any source, every source reached from
 * the roots, every theorem listed in Statements.v, 'Closed under the global context' for all of them.
 */

/** The one command that installs Coq and MathComp. */
export const INSTALL = 'proofs/install';

const SOURCES = fileURLToPath(new URL('./coq', import.meta.url));
const CACHE = fileURLToPath(new URL('../node_modules/.cache/rcprune-proofs', import.meta.url));
const FLAGS = ['-q', '-w', '-notation-overridden,-ambiguous-paths', '-R', '.', 'RCPrune'];
/** For one file, on a busy machine. The slowest take ten seconds of processor time. */
const MOST_MILLISECONDS = 600_000;

/** Everything else is reached from these: the list of final statements, and the programs run inside Coq. */
const ROOTS = ['Statements', 'Evaluate', 'EvaluateCertificates', 'EvaluateLogs'];

export interface Source {
  readonly name: string;
  readonly text: string;
  readonly requires: readonly string[];
}

export interface Compiled {
  readonly name: string;
  /** What Coq printed: the answers to Check, Print Assumptions and Eval. */
  readonly output: string;
  readonly seconds: number;
  readonly isCached: boolean;
}

/** Coq's version line; null where Coq is not installed. */
export function coqVersion(): string | null {
  try {
    const text = execFileSync('coqc', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text.slice(0, text.indexOf('\n'));
  } catch {
    return null;
  }
}

/** All .v files, and the three that are made from JSON files, each after those that it imports. */
export function readSources(): Source[] {
  const sources = readdirSync(SOURCES)
    .filter((file) => file.endsWith('.v'))
    .sort()
    .map((file) => sourceOf(file.replace(/\.v$/, ''), readFileSync(path.join(SOURCES, file), 'utf8')));
  const made = [
    sourceOf(MATRICES, matricesSource()),
    sourceOf(CERTIFICATE_DATA, certificatesSource()),
    sourceOf(LOG_DATA, logsSource()),
  ];
  return inOrder([...sources, ...made]);
}

/** @param text a .v file */
export function sourceOf(name: string, text: string): Source {
  const imports = withoutComments(text).matchAll(/From\s+RCPrune\s+Require\s+(?:Import\s+|Export\s+)?([^.]+)\./g);
  return { name, text, requires: [...imports].flatMap(([, names]) => names!.trim().split(/\s+/)) };
}

function inOrder(sources: readonly Source[]): Source[] {
  const ordered: Source[] = [];
  const visit = (source: Source, above: readonly string[]): void => {
    if (ordered.includes(source)) return;
    if (above.includes(source.name)) throw new RcpruneError(`${source.name}.v`, 'no cycle of imports', above.join(' '));
    for (const name of source.requires) {
      const required = sources.find((one) => one.name === name);
      if (required === undefined) throw new RcpruneError(`${source.name}.v`, 'imports that exist', name);
      visit(required, [...above, source.name]);
    }
    ordered.push(source);
  };
  for (const source of sources) visit(source, []);
  return ordered;
}

/** Coq's comments nest; strings do not occur in our sources. */
export function withoutComments(text: string): string {
  let depth = 0;
  let code = '';
  for (const piece of text.split(/(\(\*|\*\))/)) {
    if (piece === '(*') depth++;
    else if (piece === '*)') depth--;
    else if (depth === 0) code += piece;
  }
  return code;
}

/** What would let Coq accept something unproved. `Print Assumptions` shows most of it; this names the line's word. */
const FORBIDDEN = new RegExp(
  [
    'Admitted|admit|give_up|Axioms?|Parameters?|Conjectures?',
    'bypass_check|type-in-type|Unset\\s+(?:Guard|Positivity|Universe)\\s+Checking',
  ]
    .map((words) => `\\b(?:${words})\\b`)
    .join('|'),
  'g',
);

/** Why the sources, before anything is compiled, are no proof; empty when nothing is wrong. */
export function objections(sources: readonly Source[]): string[] {
  const unproved = sources.flatMap(({ name, text }) =>
    [...withoutComments(text).matchAll(FORBIDDEN)].map(([word]) => `${name}.v: ${word}`),
  );
  const reached = new Set<string>();
  const visit = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const required of sources.find((one) => one.name === name)?.requires ?? []) visit(required);
  };
  ROOTS.forEach(visit);
  const missing = sources.filter(({ name }) => !reached.has(name)).map(({ name }) => `${name}.v: not reached`);
  const listed = new Set(statementsOf(sources).map(({ file, theorem }) => `${file}.${theorem}`));
  const { text: statements } = sources.find(({ name }) => name === 'Statements')!;
  const stated = new Set([...statements.matchAll(/^Check @(\w+\.\w+)\.$/gm)].map(([, theorem]) => theorem!));
  const unlisted = sources.flatMap(({ name, text }) =>
    theoremsOf(text)
      .map((theorem) => `${name}.${theorem}`)
      .filter((theorem) => !listed.has(theorem) || !stated.has(theorem))
      .map((theorem) => `Statements.v: ${theorem} is missing`),
  );
  const isAsked = /^Print Assumptions statements\.$/m.test(withoutComments(statements));
  return [...unproved, ...missing, ...unlisted, ...(isAsked ? [] : ['Statements.v: Print Assumptions is missing'])];
}

/** The names that a source declares as theorems. */
export function theoremsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(/^\s*(?:Theorem|Corollary)\s+(\w+)/gm)].map(([, name]) => name!);
}

export interface Statement {
  readonly file: string;
  readonly theorem: string;
}

/** The theorems whose assumptions Statements.v prints, in order: the parts of its tuple. */
export function statementsOf(sources: readonly Source[]): Statement[] {
  const { text } = sources.find(({ name }) => name === 'Statements')!;
  const [, tuple] = /^Definition statements := \(([^()]*)\)\.$/m.exec(withoutComments(text)) ?? [];
  const names = tuple?.matchAll(/@(\w+)\.(\w+)/g) ?? [];
  return [...names].map(([, file, theorem]) => ({ file: file!, theorem: theorem! }));
}

export const CLOSED = 'Closed under the global context';

/**
 * What each statement rests on, as Coq prints it for all of them together: {@link CLOSED}, or a list of axioms, each behind one
 * of them at least.
 */
export function assumptionsOf(sources: readonly Source[], output: string): (Statement & { assumptions: string })[] {
  const verdicts = output.match(/^(?:Closed under the global context|Axioms:\n(?:.+\n?)+)/gm) ?? [];
  if (verdicts.length !== 1) throw new RcpruneError('Statements.v', 'one list of assumptions', `${verdicts.length}`);
  return statementsOf(sources).map((statement) => ({ ...statement, assumptions: verdicts[0]!.trim() }));
}

/**
 * Compiles what has changed, two files at a time.
 *
 * @returns every source in order, with what Coq printed
 * @throws RcpruneError with Coq's message where a file does not compile
 */
export async function compile(
  sources: readonly Source[],
  onCompiled: (file: Compiled) => void = () => {},
  jobs = 2,
): Promise<Compiled[]> {
  const version = coqVersion();
  if (version === null) throw new RcpruneError('proofs', `Coq, installed by ${INSTALL}`, 'no coqc');
  mkdirSync(CACHE, { recursive: true });
  const keys = new Map<string, string>();
  const done = new Map<string, Promise<Compiled>>();
  let free = jobs;
  const waiting: (() => void)[] = [];
  const acquire = async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const release = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  for (const source of sources) {
    const { name, text, requires } = source;
    const key = hash([version, FLAGS.join(' '), text, ...requires.map((required) => keys.get(required)!)]);
    keys.set(name, key);
    const run = async (): Promise<Compiled> => {
      await Promise.all(requires.map((required) => done.get(required)!));
      await acquire();
      try {
        const file = fromCache(name, key) ?? (await compileOne(source, key));
        onCompiled(file);
        return file;
      } finally {
        release();
      }
    };
    done.set(name, run());
  }
  return Promise.all(sources.map(({ name }) => done.get(name)!));
}

const hash = (parts: readonly string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

const cached = (name: string, extension: string) => path.join(CACHE, `${name}.${extension}`);

function fromCache(name: string, key: string): Compiled | null {
  if (!existsSync(cached(name, 'json')) || !existsSync(cached(name, 'vo'))) return null;
  const { key: known, output, seconds } = JSON.parse(readFileSync(cached(name, 'json'), 'utf8'));
  return known === key ? { name, output, seconds, isCached: true } : null;
}

async function compileOne({ name, text }: Source, key: string): Promise<Compiled> {
  writeFileSync(cached(name, 'v'), text);
  const start = performance.now();
  const [output] = await coq('coqc', [...FLAGS, `${name}.v`], `${name}.v`);
  const seconds = (performance.now() - start) / 1000;
  writeFileSync(cached(name, 'json'), JSON.stringify({ key, output, seconds }));
  return { name, output, seconds, isCached: false };
}

/** @returns what the program printed on its two streams: coqc answers on the first, coqchk reports on the second */
function coq(program: string, parameters: readonly string[], where: string): Promise<[string, string]> {
  const options = { cwd: CACHE, encoding: 'utf8', timeout: MOST_MILLISECONDS, maxBuffer: 2 ** 26 } as const;
  return new Promise((resolve, reject) => {
    execFile(program, parameters, options, (error, stdout, stderr) => {
      if (error === null) resolve([stdout, stderr]);
      else
        reject(new RcpruneError(where, `a file that ${program} accepts`, (stderr || stdout || error.message).trim()));
    });
  });
}

/**
 * Checks the compiled files once more with Coq's small independent checker.
 *
 * @param isDeep whether to go through MathComp and Coq's library as well, otherwise taken as they are installed
 * @returns its report
 * @throws RcpruneError where it rejects a file
 */
export async function recheck(sources: readonly Source[], isDeep = false): Promise<string> {
  const modules = sources.map(({ name }) => `RCPrune.${name}`);
  const asked = isDeep ? modules : modules.flatMap((module) => ['-norec', module]);
  return (await coq('coqchk', ['-o', '-R', '.', 'RCPrune', ...asked], 'coqchk')).join('');
}

/**
 * The axioms in the checker's report. It counts the definitions that MathComp seals behind module types among them,
 * though they are proved there (`Print Assumptions` looks behind the seal): only names of ours would be axioms.
 */
export function axiomsOf(report: string): string[] {
  const block = /^\* Axioms:(.*?)^\* /ms.exec(report);
  if (block === null) throw new RcpruneError('coqchk', 'a report that lists axioms', report);
  return block[1]!.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}
