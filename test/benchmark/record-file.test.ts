import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BenchRecord, parseRecord } from '../../src/benchmark/record.ts';
import { readRecords } from '../../src/benchmark/record-file.ts';
import { RowLog } from '../../src/benchmark/row-log.ts';
import { RcpruneError } from '../../src/problem/index.ts';
import { temporaryFolder } from '../temporary.ts';
import { record } from './records.ts';

const inFolder = temporaryFolder();
const FILE = inFolder('records.jsonl');

const answered = {
  outcome: 'answered',
  reason: null,
  status: 'feasible',
  stopReason: 'complete',
  valid: true,
} as const;
const lines = (records: BenchRecord[]) => records.map((own) => `${JSON.stringify(own)}\n`).join('');

async function append(records: BenchRecord[]): Promise<number> {
  const file = await RowLog.open(FILE, { patience: 1 });
  for (const own of records) await file.append(own);
  await file.close();
  return file.repaired;
}

describe('a record file', () => {
  it('cut at any byte and gone on with has every run once', async () => {
    const all = Array.from({ length: 4 }, (_, k) => record(k));
    const whole = Buffer.from(lines(all));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (cut) => {
        writeFileSync(FILE, whole.subarray(0, cut));
        const found = await readRecords([FILE]);
        expect(found.byKey.size).toBe(whole.subarray(0, cut).filter((byte) => byte === 10).length);
        const repaired = await append(all.filter(({ key }) => !found.byKey.has(key)));
        expect(readFileSync(FILE, 'utf8')).toBe(whole.toString());
        expect(repaired).toBe(cut - 1 - whole.subarray(0, cut).lastIndexOf(10));
      }),
      { numRuns: 150 },
    );
  });

  it('finds the end of its last line behind a long half line', async () => {
    writeFileSync(FILE, `${lines([record(1)])}${'x'.repeat(200_000)}`);
    expect(await append([record(2)])).toBe(200_000);
    expect(readFileSync(FILE, 'utf8')).toBe(lines([record(1), record(2)]));
  });

  it('loses no line that another process was in the middle of', async () => {
    const [known, other, own] = [1, 2, 3].map((k) => record(k)) as [BenchRecord, BenchRecord, BenchRecord];
    const text = lines([other]);
    for (const cuts of [[10], [10, 20, 30, 40]]) {
      // The other writer stops within its line, each time for less than our patience.
      writeFileSync(FILE, `${lines([known])}${text.slice(0, cuts[0])}`);
      const opening = RowLog.open(FILE, { patience: 400 });
      for (const [k, cut] of cuts.entries()) {
        await setTimeout(150);
        appendFileSync(FILE, text.slice(cut, cuts[k + 1]));
      }
      const log = await opening;
      await log.append(own);
      await log.close();
      expect(readFileSync(FILE, 'utf8')).toBe(lines([known, other, own]));
      expect(log.repaired).toBe(0);
    }
  });

  it('counts a run once, the row with an answer, and names runs that do not replay', async () => {
    const failure = record(1);
    const answer = record(1, { ...answered, cost: 3, removed: 2, work: 5 });
    writeFileSync(FILE, lines([failure, answer, { ...failure, date: '2027-01-01T00:00:00.000Z' }, record(2)]));
    const { byKey, duplicates, contradictions } = await readRecords([FILE]);
    expect([...byKey.values()]).toEqual([answer, record(2)]);
    expect([duplicates, contradictions]).toEqual([2, []]);
    const other = inFolder('other.jsonl');
    writeFileSync(
      other,
      lines([
        { ...answer, cost: 4 },
        { ...answer, seconds: 9 },
      ]),
    );
    expect(await readRecords([FILE, other])).toMatchObject({ duplicates: 4, contradictions: [answer.key] });
    writeFileSync(
      other,
      lines([
        { ...answer, timeLimit: 1 },
        { ...answer, timeLimit: 1, cost: 4 },
      ]),
    );
    expect((await readRecords([other])).contradictions).toEqual([]); // a clock decided
  });

  const text = JSON.stringify(record(1));
  it.each([
    ['no JSON', '{'],
    ['no object', '7'],
    ['a field less', text.replace('"family":"uniform",', '')],
    ['a field more', text.replace('{', '{"extra":1,')],
    ['a key that is no hash', text.replace('0001"', '0001g"')],
    ['an infinite number', text.replace('"total":null', '"total":1e999')],
    ['an answer that was not checked', text.replace('"valid":null', '"valid":false')],
    ['a trace of two lengths', text.replace('"cost":[]', '"cost":[1]')],
    ['a trace without end', text.replace('"cost":[]', `"cost":[${'1,'.repeat(5000)}1]`)],
    ['nesting', '['.repeat(100_000)],
  ])('is refused: %s', async (_, line) => {
    expect(line).not.toBe(text);
    expect(() => parseRecord('here', line)).toThrow(RcpruneError);
    writeFileSync(FILE, `${text}\n${line}\n`);
    await expect(readRecords([FILE])).rejects.toThrow(/line 2/);
  });

  it('is refused: a folder, a line of many megabytes', async () => {
    await expect(RowLog.open(inFolder('.'))).rejects.toThrow(RcpruneError);
    await expect(RowLog.open(inFolder('no/such/folder'))).rejects.toThrow(RcpruneError);
    writeFileSync(FILE, `${' '.repeat(2 ** 24 + 1)}\n`);
    await expect(readRecords([FILE])).rejects.toThrow(/characters/);
  });
});
