import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { annealingTable, OTHERS, readQuality } from '../../bench/anneal-table.ts';

/*
 * What the README says of annealing is what was measured, and what was measured is as good as the README says.
 */

const at = (name: string) => new URL(`../../${name}`, import.meta.url);
const rows = readQuality(readFileSync(at('paper-artifacts/anneal-quality.csv'), 'utf8'));
const annealed = rows.filter(({ method }) => method.startsWith('anneal-'));

describe('annealing as measured', () => {
  it('is the table of the README (bench/anneal.ts table)', () => {
    expect(readFileSync(at('README.md'), 'utf8')).toContain(annealingTable(rows));
  });

  it('costs less than every other method, from a cold start and from greedy', () => {
    const losses: string[] = [];
    for (const run of annealed.filter(({ method }) => method === 'anneal-selection')) {
      for (const other of rows) {
        if (!OTHERS.includes(other.method) || other.instance !== run.instance || other.sparsity !== run.sparsity)
          continue;
        if (!(run.cost < other.cost)) losses.push(`${Object.values(run).slice(0, 5)}: ${other.method}`);
      }
    }
    expect(annealed.length).toBeGreaterThan(50);
    expect(losses).toEqual([]);
  });

  it('is never below a certified bound', () => {
    const certified = annealed.filter(({ ratio }) => !Number.isNaN(ratio));
    expect(certified.length).toBe(annealed.length);
    expect(certified.every(({ ratio }) => ratio >= 1 && ratio < 1.01)).toBe(true);
  });
});
