import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { CLAIMS, type Claim } from '../../paper-artifacts/reproduce/claims.ts';
import { FIGURES } from '../../paper-artifacts/reproduce/figure-list.ts';
import { DRAW } from '../../paper-artifacts/reproduce/figures.ts';
import { fileOfTable, STEPS } from '../../paper-artifacts/reproduce/steps.ts';
import { parseTable, type Row } from '../../paper-artifacts/reproduce/tables.ts';
import { readSources, statementsOf, theoremsOf } from '../../proofs/coq.ts';

/*
 * The claims table: every name in it exists, the committed one is of these claims, and each claim can fail.
 */

const at = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const sources = readSources();
const proved = new Set(sources.flatMap(({ name, text }) => theoremsOf(text).map((theorem) => `${name}.${theorem}`)));
const printed = new Set(statementsOf(sources).map(({ file, theorem }) => `${file}.${theorem}`));
const rowsOf = (name: string) => parseTable(readFileSync(at(fileOfTable(name)), 'utf8')).rows;

describe('the claims table', () => {
  it('has names of its own, and what the thesis states', () => {
    expect(new Set(CLAIMS.map(({ id }) => id)).size).toBe(CLAIMS.length);
    const scales = CLAIMS.filter(({ whose }) => whose === 'thesis states').map(({ scale }) => scale);
    expect(new Set(scales)).toEqual(new Set(['as stated', 'smaller scale', 'not without Food-101']));
    for (const { whose, scale } of CLAIMS) expect(scale === 'ours').toBe(whose === 'our construction');
  });

  it.each(CLAIMS)('$id: its theorems, tests, step and tables exist', ({ theorems, tests, step, tables }) => {
    for (const theorem of theorems) {
      expect(proved, 'declared in its file').toContain(theorem);
      expect(printed, 'listed in Statements.v').toContain(theorem);
    }
    for (const [title, file] of tests) {
      const text = readFileSync(at(file), 'utf8');
      const isThere = [`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => text.includes(quoted));
      expect(isThere, `${title} in ${file}`).toBe(true);
    }
    if (step !== null) expect(STEPS.map(({ name }) => name)).toContain(step);
    const written = STEPS.flatMap(({ outputs, clocked }) => [...outputs, ...clocked]);
    for (const table of tables) expect(written).toContain(fileOfTable(table));
  });

  it('is committed as the code has it', () => {
    const committed = ['claims', 'speed'].flatMap((name) =>
      JSON.parse(readFileSync(at(`paper-artifacts/${name}.json`), 'utf8')),
    ) as (Claim & { verdict: string })[];
    const text = ({ id, claim, whose, scale, ran, step, expected, theorems, tests }: Claim) =>
      JSON.stringify([id, claim, whose, scale, ran, step, expected, theorems, tests]);
    expect(committed.map(text).sort()).toEqual(CLAIMS.map(text).sort());
    const pages = ['claims', 'speed'].map((name) => readFileSync(at(`paper-artifacts/${name}.md`), 'utf8')).join('');
    for (const { id } of CLAIMS) expect(pages).toContain(`| \`${id}\` |`);
  });
});

/** What breaks a claim: in the first row of its first table that has `of`, a column gets another value. */
const BROKEN: Record<string, { table?: number; of?: Row; column: string; value: (row: Row) => number | boolean }> = {
  'np-complete': { column: 'agree', value: (row) => (row.agree as number) - 1 },
  'best-possible': { of: { graph: 'random', vertices: 320 }, column: 'dualBound', value: () => 1299 },
  'within-2': { of: { method: 'residual' }, column: 'cost', value: (row) => 2.001 * (row.optimum as number) },
  'within-2-smt': { of: { question: 'shapes' }, column: 'refuted', value: (row) => (row.refuted as number) - 1 },
  tight: { of: { algorithm: 'residual' }, column: 'ratio', value: () => 2.0001 },
  'accuracy-glyphs': { of: { method: 'anneal-shape', steps: 258 }, column: 'differenceLow', value: () => -0.001 },
  proofs: { column: 'closed', value: () => false },
  'networks-within-2': {
    of: { method: 'independent', form: 'units and minima' },
    column: 'cost',
    value: (row) => 2.001 * (row.optimum as number),
  },
  suprema: { of: { algorithm: 'alternating' }, column: 'ratio', value: (row) => 1.0001 * (row.limit as number) },
  'greedy-unbounded': { of: { algorithm: 'greedy', rows: 4, cols: 2, layers: 1 }, column: 'ratio', value: () => 1000 },
  bounds: { column: 'dualBound', value: (row) => 1.000001 * (row.optimum as number) },
  'face-gap': { column: 'ratio', value: () => 1.011 },
  gaps: { of: { instance: 'resnet18' }, column: 'ratio', value: () => 1.011 },
  exact: { of: { method: 'enumerate' }, column: 'cost', value: (row) => 1.000001 * (row.cost as number) },
  'anneal-optimum': {
    of: { method: 'anneal-selection' },
    column: 'cost',
    value: (row) => 1.001 * (row.cost as number),
  },
  'anneal-network': { of: { instance: 'face', method: 'greedy' }, column: 'cost', value: () => 1 },
  baselines: { of: { kind: 'dense' }, column: 'alike', value: (row) => (row.alike as number) - 20 },
  prunings: { of: { kind: 'pruned' }, column: 'samePruning', value: () => false },
  'tuned-cell': { of: { kind: 'tuned' }, column: 'accuracy', value: () => 0.5 },
  'cost-accuracy': {
    of: { method: 'greedy', steps: 258, schedule: 'once, 4 rounds', normalize: 'root' },
    column: 'accuracy',
    value: () => 0.79,
  },
  'exact-speed': { of: { method: 'branch-and-bound' }, column: 'seconds', value: () => 1e30 },
  compact: { column: 'error', value: () => 0.01 },
  peers: { of: { method: 'ilp-highs' }, column: 'cost', value: (row) => 0.99 * (row.cost as number) },
};

describe('a claim', () => {
  const judged = CLAIMS.filter(
    ({ tables }) => tables.length > 0 && tables.every((name) => existsSync(at(fileOfTable(name)))),
  );

  it('is judged wherever anything is expected', () => {
    for (const { id, expected } of CLAIMS) {
      const isJudged = !expected.startsWith('reported') && id !== 'food-101';
      expect(BROKEN[id] !== undefined, id).toBe(isJudged);
    }
  });

  it.each(judged.filter(({ id }) => BROKEN[id] !== undefined))('$id fails on a table that breaks it', (claim) => {
    const { of = {}, column, value } = BROKEN[claim.id]!;
    const tables = claim.tables.map(rowsOf);
    const broken = tables.map((rows) => rows.map((row) => ({ ...row })));
    const row = broken[0]!.find((one) => Object.entries(of).every(([name, wanted]) => one[name] === wanted));
    expect(row, JSON.stringify(of)).toBeDefined();
    expect(row).toHaveProperty(column);
    row![column] = value(row!);
    expect(claim.measure(...tables).holds, claim.measure(...tables).measured).toBe(true);
    expect(claim.measure(...broken).holds).toBe(false);
  });
});

describe('what is committed', () => {
  // What a figure says of each point, whatever it looks like.
  const tips = (svg: string) => [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, tip]) => tip).slice(1);

  it.each(FIGURES)('figure $name shows its table', ({ name, table }) => {
    const committed = readFileSync(at(`paper-artifacts/figures/${name}.svg`), 'utf8');
    expect(tips(committed).length).toBeGreaterThan(20);
    expect(tips(DRAW[name]!(rowsOf(table)))).toEqual(tips(committed));
  });

  it('as Parquet is what it is as CSV', async () => {
    const folder = at('paper-artifacts/results');
    const tables = readdirSync(folder).filter((file) => file.endsWith('.csv'));
    expect(tables.length).toBeGreaterThan(8);
    for (const file of tables) {
      const { rows } = parseTable(readFileSync(path.join(folder, file), 'utf8'));
      const bytes = readFileSync(path.join(folder, file.replace(/csv$/, 'parquet')));
      const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
      expect(await parquetReadObjects({ file: buffer }), file).toEqual(rows);
    }
  });
});
