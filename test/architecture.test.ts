import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/*
 * Who may import whom, read from the import lines of src.
 */

const SRC = fileURLToPath(new URL('../src', import.meta.url));

interface Import {
  readonly from: string; // file, relative to src
  readonly to: string; // file relative to src, or a package
  readonly isTypeOnly: boolean;
  readonly isLazy: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(SRC, file), 'utf8');
  const found: Import[] = [];
  const statement = /^(?:import|export)\s+(type\s)?[^;]*?from '([^']+)'|^import '([^']+)'|import\('([^']+)'\)/gms;
  for (const [, type, source, bare, lazy] of text.matchAll(statement)) {
    const target = (source ?? bare ?? lazy)!;
    const to = target.startsWith('.') ? path.join(path.dirname(file), target) : target;
    found.push({
      from: file,
      to: to.split(path.sep).join('/'),
      isTypeOnly: type !== undefined,
      isLazy: lazy !== undefined,
    });
  }
  return found;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(path.sep).join('/'));
const imports = files.flatMap(importsOf);
const folderOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file);
const isOurs = ({ to }: Import) => to.endsWith('.ts');
const folders = [...new Set(files.map(folderOf))];

/** What each folder may import of ours, besides itself; types count. */
const ALLOWED: Record<string, string[]> = {
  problem: [],
  method: ['problem'],
  layer: ['problem'],
  sums: ['problem', 'layer'],
  reselect: ['problem', 'layer', 'sums'],
  knapsack: ['problem', 'layer', 'sums'],
  certify: ['problem'],
  families: ['problem'],
  formats: ['problem'],
  approx: ['problem', 'method', 'layer', 'sums', 'reselect', 'knapsack'],
  linked: ['problem', 'method', 'layer'],
  baselines: ['problem', 'method', 'layer', 'sums', 'reselect', 'knapsack', 'approx', 'linked'],
  anneal: ['problem', 'method', 'layer', 'sums', 'reselect', 'knapsack', 'baselines', 'linked'],
  bounds: ['problem', 'layer', 'knapsack'],
  exact: ['problem', 'method', 'layer', 'sums', 'reselect', 'knapsack'],
  portfolio: ['problem', 'method', 'layer', 'linked', 'approx', 'baselines', 'anneal', 'exact', 'bounds'],
  // The registry loads every method when it is asked for.
  solve: ['problem', 'method', 'linked', 'certify', 'bounds', 'approx', 'baselines', 'anneal', 'exact', 'portfolio'],
  run: ['problem', 'method', 'formats', 'solve'],
  reductions: ['problem'],
  'worst-case': ['problem', 'method', 'exact'],
  statistics: ['problem'],
  neural: ['problem', 'formats', 'statistics'],
  benchmark: [
    'problem',
    'method',
    'formats',
    'families',
    'certify',
    'statistics',
    'solve',
    'run',
    'reductions',
    'worst-case',
  ],
  report: ['problem', 'layer', 'formats', 'certify', 'benchmark'],
  cli: [
    'problem',
    'method',
    'layer',
    'solve',
    'run',
    'formats',
    'families',
    'certify',
    'neural',
    'reductions',
    'exact',
    'worst-case',
    'benchmark',
    'report',
  ],
  'check.ts': ['problem', 'certify'],
  'files.ts': ['formats'],
  'index.ts': [
    'check.ts',
    'files.ts',
    'problem',
    'method',
    'solve',
    'run',
    'exact',
    'formats',
    'families',
    'certify',
    'reductions',
    'worst-case',
  ],
};

/** Some way from a node back to itself, or null. */
function circleOf(edges: readonly (readonly [string, string])[]): string[] | null {
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (node: string, way: readonly string[]): string[] | null => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const to of next.get(node) ?? []) {
      const found = visit(to, [...way, node]);
      if (found !== null) return found;
    }
    done.add(node);
    return null;
  };
  for (const node of next.keys()) {
    const found = visit(node, []);
    if (found !== null) return found;
  }
  return null;
}

describe('CONTRIBUTING', () => {
  it('names files that exist', () => {
    const text = readFileSync(path.join(SRC, '..', 'CONTRIBUTING.md'), 'utf8');
    const added = new Set(Array.from(text.matchAll(/^```(?:ts|json) (\S+)$/gm), ([, file]) => file!)); // those of its examples
    const named = Array.from(text.matchAll(/`((?:src|test|proofs|bench)\/[\w./-]+\.\w+)`/g), ([, file]) => file!);
    expect(named.length).toBeGreaterThan(15);
    for (const file of named) expect(added.has(file) || existsSync(path.join(SRC, '..', file)), file).toBe(true);
  });
});

describe('imports', () => {
  it('were found at all', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(folders.sort()).toEqual(Object.keys(ALLOWED).sort());
  });

  it.each(folders)('of %s keep to its layer', (folder) => {
    for (const entry of imports.filter((one) => folderOf(one.from) === folder && isOurs(one))) {
      const target = folderOf(entry.to);
      const allowed = target === folder || ALLOWED[folder]!.includes(target);
      expect(allowed, `${entry.from} imports ${entry.to}`).toBe(true);
    }
  });

  it('go round in no circle, between folders or between files', () => {
    const edges = imports.filter(isOurs).map(({ from, to }) => [from, to] as const);
    expect(circleOf(edges)).toBeNull();
    expect(
      circleOf(edges.map(([from, to]) => [folderOf(from), folderOf(to)] as const).filter(([a, b]) => a !== b)),
    ).toBeNull();
    expect(
      circleOf([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ]),
    ).not.toBeNull();
  });

  it('of solvers are lazy in the registry, so that a command loads those that it uses', () => {
    const solvers = ['approx', 'baselines', 'anneal', 'exact', 'portfolio'];
    const direct = imports.filter(
      (one) => folderOf(one.from) === 'solve' && solvers.includes(folderOf(one.to)) && !one.isLazy,
    );
    expect(direct.map(({ from, to }) => `${from} imports ${to}`)).toEqual([
      'solve/bound.ts imports portfolio/incumbents.ts',
    ]);
  });

  it('point to files that exist', () => {
    for (const entry of imports.filter(isOurs)) expect(files, `${entry.from} imports ${entry.to}`).toContain(entry.to);
  });

  it('of TensorFlow.js stand in src/neural alone, which the command line loads only when asked', () => {
    for (const { from, to } of imports.filter((one) => one.to.startsWith('@tensorflow/'))) {
      expect(folderOf(from), `${from} imports ${to}`).toBe('neural');
    }
    for (const entry of imports.filter((one) => folderOf(one.to) === 'neural' && folderOf(one.from) === 'cli')) {
      expect(entry.isLazy, entry.from).toBe(true);
    }
  });

  it('of plots and documents stand in src/report alone, which the command line loads only when asked', () => {
    for (const { from, to } of imports.filter((one) => /^(@observablehq\/plot|linkedom|fast-png)$/.test(one.to))) {
      expect(folderOf(from), `${from} imports ${to}`).toBe('report');
    }
    for (const entry of imports.filter((one) => folderOf(one.to) === 'report' && folderOf(one.from) !== 'report')) {
      expect([folderOf(entry.from), entry.isLazy], entry.from).toEqual(['cli', true]);
    }
  });

  it('of the checker do not reach the arithmetic of the solvers', () => {
    const used = imports.filter(
      (one) => folderOf(one.from) === 'certify' && one.to.startsWith('problem/') && !one.isTypeOnly,
    );
    expect([...new Set(used.map(({ to }) => to))].sort()).toEqual([
      'problem/error.ts', // for the words of a complaint
      'problem/goal.ts',
      'problem/hash.ts',
      'problem/instance.ts',
      'problem/proof-format.ts',
    ]);
  });
});
