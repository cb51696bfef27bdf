import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { computedFigures, DOCUMENTS } from '../../paper-artifacts/reproduce/computed-figures.ts';
import { figuresIn, withFigures } from '../../paper-artifacts/reproduce/prose.ts';
import { PROSE_FIGURES } from '../../paper-artifacts/reproduce/prose-list.ts';
import { number, only } from '../../paper-artifacts/reproduce/rows.ts';
import { readTable } from '../../paper-artifacts/reproduce/tables.ts';
import { RcpruneError } from '../../src/problem/index.ts';

/*
 * Documents state the figures of the committed tables, and no others (`npm run figures` writes them).
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readDocument = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');
const figures = await computedFigures();

describe.each(DOCUMENTS)('%s', (name) => {
  it('states the figures of the committed tables (npm run figures)', () => {
    const text = readDocument(name);
    expect(figuresIn(text).length).toBeGreaterThan(0);
    expect(withFigures(name, text, (figure) => figures.get(figure))).toBe(text);
  });

  it('would be found to state another figure, whichever it is', () => {
    const text = readDocument(name);
    for (const changed of new Set(figuresIn(text))) {
      const other = withFigures(name, text, (figure) => `${figures.get(figure)}${figure === changed ? '0' : ''}`);
      expect(other, changed).not.toBe(text);
    }
  });
});

describe('figures of documents', () => {
  it('all stand somewhere, and markers only in the documents that are looked at', () => {
    const used = new Set(DOCUMENTS.flatMap((name) => figuresIn(readDocument(name))));
    expect([...used].sort()).toEqual(Object.keys(PROSE_FIGURES).sort());
    const folders = ['.', 'paper-artifacts', 'paper-artifacts/accuracy', 'bench', 'proofs', 'instances'];
    const pages = folders.flatMap((folder) =>
      readdirSync(path.join(ROOT, folder))
        .filter((name) => name.endsWith('.md'))
        .map((name) => path.join(folder, name)),
    );
    expect(pages.filter((name) => readDocument(name).includes('<!-- figure: ')).sort()).toEqual([...DOCUMENTS].sort());
  });

  it('are the same in every table that has the quantity: cost and proved ratio of `best`', async () => {
    const at = (name: string) => readTable(path.join(ROOT, 'paper-artifacts', name));
    const [gaps, all, quality] = await Promise.all(
      ['results/gaps.csv', 'results/gaps-all.csv', 'anneal-quality.csv'].map(async (name) => (await at(name)).rows),
    );
    const sparsities = [0.5, 0.8, 0.93];
    const shared = [
      { rows: gaps!, cases: [{ instance: 'face', sparsity: 0.93 }] },
      {
        rows: quality!,
        cases: ['face', 'resnet18'].flatMap((instance) => sparsities.map((sparsity) => ({ instance, sparsity }))),
      },
    ];
    for (const { rows, cases } of shared) {
      for (const one of cases) {
        const [there, here] = [only(rows, { ...one, method: 'best' }), only(all!, one)];
        for (const column of ['cost', 'ratio']) expect(number(there, column)).toBe(number(here, column));
      }
    }
  });
});

describe('a marker', () => {
  const insert = (text: string) => withFigures('page.md', text, (name) => (name === 'known' ? '7' : undefined));

  it('takes its figure within a line and as a block', () => {
    expect(insert('a <!-- figure: known -->6<!-- /figure -->, <!-- figure: known --><!-- /figure -->.')).toBe(
      'a <!-- figure: known -->7<!-- /figure -->, <!-- figure: known -->7<!-- /figure -->.',
    );
    const block = 'a\n\n<!-- figure: known -->\n\n7\n\n<!-- /figure -->\n\nb';
    expect(insert('a\n\n<!-- figure: known -->\n<!-- /figure -->\n\nb')).toBe(block);
    expect(insert(block)).toBe(block);
  });

  it.each([
    ['an unknown figure', 'a <!-- figure: unknown -->6<!-- /figure -->'],
    ['no end', 'a <!-- figure: known -->6'],
    ['no beginning', 'a 6<!-- /figure -->'],
    ['an end only behind the next', 'a <!-- figure: known -->6, b <!-- figure: known -->6<!-- /figure -->'],
    ['a figure of a paragraph at the start of a line', 'a\n<!-- figure: known -->6<!-- /figure --> b'],
    ['a block within a line', 'a <!-- figure: known -->\n\n6\n\n<!-- /figure -->'],
  ])('is refused: %s', (_, text) => {
    expect(() => insert(text)).toThrow(RcpruneError);
  });
});
