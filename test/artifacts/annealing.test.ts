import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTable } from '../../paper-artifacts/reproduce/tables.ts';
import { OTHERS, type QualityRow } from '../../paper-artifacts/studies/anneal-table.ts';

/*
 * What was measured of annealing is as good as the README says. (Its figures are held by figures-in-prose.test.ts.)
 */

const at = (name: string) => new URL(`../../${name}`, import.meta.url);
const { rows: parsed } = parseTable(readFileSync(at('paper-artifacts/anneal-quality.csv'), 'utf8'));
const rows = parsed as unknown as QualityRow[];
const annealed = rows.filter(({ method }) => method.startsWith('anneal-'));

describe('annealing as measured', () => {
  /** Runs of a method that cost no less than some other method at the same instance and sparsity. */
  const lossesOf = (method: string, start: string) =>
    annealed
      .filter((run) => run.method === method && run.start === start)
      .flatMap((run) => {
        const alike = rows.filter(({ instance, sparsity }) => instance === run.instance && sparsity === run.sparsity);
        const better = alike.filter((other) => OTHERS.includes(other.method) && other.cost <= run.cost);
        return better.map((other) => `${run.instance} ${run.sparsity} ${run.seed}: ${other.method}`);
      });

  it('over lines from a cold start costs less than every other method, in every run', () => {
    expect(annealed.filter(({ method, start }) => method === 'anneal-selection' && start === 'cold').length).toBe(27);
    expect(lossesOf('anneal-selection', 'cold')).toEqual([]);
  });

  it('elsewhere does so too but where the README says otherwise', () => {
    expect(lossesOf('anneal-selection', 'greedy')).toEqual(['single 0.5 2: alternating', 'single 0.5 3: alternating']);
    expect(lossesOf('anneal-shape', 'cold')).toEqual(['resnet18 0.8 1: alternating']);
    expect(lossesOf('anneal-shape', 'greedy')).toEqual(['resnet18 0.5 1: alternating', 'resnet18 0.8 1: alternating']);
  });

  it('is never below a certified bound', () => {
    const certified = annealed.filter(({ ratio }) => ratio !== null);
    expect(certified.length).toBe(annealed.length);
    expect(certified.every(({ ratio }) => ratio! >= 1 && ratio! < 1.01)).toBe(true);
  });
});
