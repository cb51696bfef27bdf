import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runStudy } from '../../paper-artifacts/studies/study.ts';
import { temporaryFolder } from '../temporary.ts';

/*
 * What all stored studies rest on: a case is run once, whatever happens between.
 */

interface Case {
  readonly x: number;
}
interface Row extends Case {
  readonly square: number;
}

const inFolder = temporaryFolder();
const out = inFolder('.');
const cases = [1, 2, 3].map((x) => ({ x }));
const keyOf = ({ x }: Case) => `${x}`;
const rowOf = ({ x }: Case): Row => ({ x, square: x * x });
const lines = (rows: readonly Row[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Runs a study and says which cases it ran. */
async function ran(name: string, own: readonly Case[], stored?: true) {
  const seen: number[] = [];
  const rows = await runStudy<Case, Row>(name, { out, stored }, own, keyOf, (one, known) => {
    seen.push(one.x);
    expect(known.some(({ x }) => x === one.x)).toBe(false);
    return rowOf(one);
  });
  return { seen, rows };
}

describe('a study', () => {
  it('runs what its log lacks, and nothing twice', async () => {
    expect(await ran('whole', cases.slice(0, 2))).toEqual({ seen: [1, 2], rows: [1, 2].map((x) => rowOf({ x })) });
    expect(await ran('whole', cases)).toEqual({ seen: [3], rows: cases.map(rowOf) });
    expect(await ran('whole', cases)).toEqual({ seen: [], rows: cases.map(rowOf) });
    expect(readFileSync(inFolder('whole.jsonl'), 'utf8')).toBe(lines(cases.map(rowOf)));
  });

  it('killed within a line, runs that case again', async () => {
    writeFileSync(inFolder('cut.jsonl'), lines([rowOf({ x: 1 })]));
    appendFileSync(inFolder('cut.jsonl'), lines([rowOf({ x: 2 })]).slice(0, -5));
    expect((await ran('cut', cases)).seen).toEqual([2, 3]);
    expect(readFileSync(inFolder('cut.jsonl'), 'utf8')).toBe(lines(cases.map(rowOf)));
  });

  it('runs nothing where only stored rows are asked for; of two rows of a case the first counts', async () => {
    writeFileSync(inFolder('twice.jsonl'), lines([rowOf({ x: 1 }), { x: 1, square: 7 }]));
    expect(await ran('twice', cases, true)).toEqual({ seen: [], rows: [rowOf({ x: 1 })] });
  });
});
