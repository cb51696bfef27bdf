import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

describe('paper-artifacts/second-opinion.csv', () => {
  const file = fileURLToPath(new URL('../../paper-artifacts/second-opinion.csv', import.meta.url));
  const [head, ...rows] = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const records = rows.map((row) => Object.fromEntries(row.map((cell, k) => [head![k]!, cell])));

  it('holds no contradiction of a record, and a checked refutation wherever the search ended', () => {
    const exact = records.filter(({ solver }) => solver === 'Exact');
    for (const { optimum } of exact) expect(['equal', 'none in time']).toContain(optimum);
    const refuted = exact.filter(({ refutation }) => refutation!.endsWith(' steps'));
    for (const { checker } of refuted) expect(checker).toBe('VeriPB 3.0.2 accepts');
    expect(refuted.length).toBeGreaterThanOrEqual(15);
  });
});
