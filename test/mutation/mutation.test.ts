import { describe, expect, it } from 'vitest';
import {
  carryReasons,
  FOLDERS,
  inFolder,
  LEAST_SCORE,
  mutatedFiles,
  readSource,
  readSummaries,
  readSurvivors,
  scoreOf,
} from './report.ts';

/*
 * The committed report of mutation testing, held in step with itself. Whether it is in step with the sources is for
 * `npm run mutation -- --changed` to say, which mutates what has changed.
 */

const summaries = readSummaries();
const survivors = readSurvivors();

describe('the mutation report', () => {
  it.each(FOLDERS)('has a high enough score for %s', (folder) => {
    const files = inFolder(folder, summaries);
    expect(files.length).toBeGreaterThan(0);
    expect(scoreOf(files)).toBeGreaterThanOrEqual(LEAST_SCORE);
  });

  it('is about files that exist', () => {
    const present = mutatedFiles();
    for (const { file } of summaries) expect(present).toContain(file);
  });

  it('lists every survivor of every file', () => {
    for (const { file, survived, uncovered } of summaries) {
      const own = survivors.filter((survivor) => survivor.file === file);
      expect(own.filter(({ status }) => status === 'Survived').length, file).toBe(survived);
      expect(own.filter(({ status }) => status === 'NoCoverage').length, file).toBe(uncovered);
    }
    const reported = new Set(summaries.map(({ file }) => file));
    expect(survivors.filter(({ file }) => !reported.has(file))).toEqual([]);
  });

  it('gives a reason for each', () => {
    for (const { file, line, mutator, why } of survivors) expect(why, `${file}:${line} ${mutator}`).toMatch(/\w{3}/);
  });

  it('names what is in the file, where it says, while the file is the one reported', () => {
    for (const { file, line, code } of survivors) {
      const [first] = code.split(' ');
      const source = readSource(file).split('\n');
      // A file that has changed since is mutated anew by CI; until then its lines may have moved.
      if (source[line - 1]?.includes(first!)) continue;
      expect(source.join('\n'), `${file}:${line} ${code}`).toContain(first);
    }
  });

  it('keeps its reasons when lines move, and loses them when the code changes', () => {
    const mutant = { file: 'a.ts', line: 3, column: 5, mutator: 'M', code: 'x > 0', replacement: 'x >= 0' };
    const alive = { ...mutant, status: 'Survived' };
    const twin = { ...alive, line: 9 };
    const older = [
      { ...twin, why: 'second' },
      { ...alive, why: 'first' },
    ];
    const moved = [alive, twin].map((one) => ({ ...one, line: one.line + 7 }));
    expect(carryReasons(moved, older).map(({ why }) => why)).toEqual(['first', 'second']);
    expect(carryReasons([{ ...alive, code: 'x > 1' }], older)[0]!.why).toBe('');
    expect(carryReasons([{ ...mutant, status: 'Killed' }], older)).toEqual([]);
  });
});
