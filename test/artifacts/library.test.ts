import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readLibrary } from '../../src/benchmark/library.ts';
import { libraryTable, withTable } from '../../src/benchmark/library-table.ts';

const SHIPPED = fileURLToPath(new URL('../../instances/library.json', import.meta.url));

describe('the shipped library', () => {
  it('has a table in its README that is up to date', async () => {
    const readme = readFileSync(path.join(path.dirname(SHIPPED), 'README.md'), 'utf8');
    const shipped = await readLibrary(SHIPPED);
    expect(readme).toContain(`\`${shipped.entries[0]!.name}\``);
    expect(withTable(readme, shipped)).toBe(readme);
    const rows = libraryTable(shipped).split('\n').slice(2);
    expect(new Set(rows.map((row) => row.split(/(?<!\\)\|/).length))).toEqual(new Set([12]));
  });

  it('names every file under records, and no other', async () => {
    const { folder, entries } = await readLibrary(SHIPPED);
    const named = entries.flatMap(({ record }) => {
      if (record === undefined) return [];
      return record.evidence.kind === 'search' ? [record.pruning.file] : [record.pruning.file, record.evidence.file];
    });
    const own = named.filter((file) => file.startsWith('records/')).sort();
    expect(
      readdirSync(path.join(folder, 'records'))
        .map((file) => `records/${file}`)
        .sort(),
    ).toEqual(own);
  });

  it('covers all categories with forty entries or more, most of them closed', async () => {
    const { entries } = await readLibrary(SHIPPED);
    expect(entries.length).toBeGreaterThanOrEqual(40);
    expect(new Set(entries.map(({ category }) => category)).size).toBe(9);
    const closed = entries.filter(({ record }) => record?.status === 'closed').length;
    expect(closed).toBeGreaterThan(entries.length / 2);
  });
});
