import { describe, expect, it } from 'vitest';
import {
  codeHash,
  inPlace,
  mutatedFiles,
  NOT_YET,
  PLACES,
  readSource,
  readSummaries,
  readSurvivors,
  scoreOf,
} from '../mutation/report.ts';

/*
 * The committed report of mutation testing, held in step with itself and with the sources: a changed file with a stale row
 * fails until `npm run mutation -- --changed` has mutated it.
 */

const summaries = readSummaries();
const survivors = readSurvivors();

describe('the mutation report', () => {
  it.each(Object.entries(PLACES))('has a high enough score for %s', (place, least) => {
    const files = inPlace(place, summaries);
    expect(files.length).toBeGreaterThan(0);
    expect(scoreOf(files)).toBeGreaterThanOrEqual(least);
  });

  it('is about the files that there are', () => {
    expect(summaries.map(({ file }) => file)).toEqual(mutatedFiles().sort());
  });

  it('names no file as waiting that has a row, or is not there', () => {
    for (const file of NOT_YET) {
      expect(readSource(file).length).toBeGreaterThan(0);
      expect(summaries.map((summary) => summary.file)).not.toContain(file);
    }
  });

  it.each(mutatedFiles())('is about %s as it is now', (file) => {
    const hash = summaries.find((summary) => summary.file === file)?.sha256;
    expect(hash, `run npm run mutation -- ${file}`).toBe(codeHash(file));
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
      // A comment that has grown since moves lines, but changes no code.
      if (source[line - 1]?.includes(first!)) continue;
      expect(source.join('\n'), `${file}:${line} ${code}`).toContain(first);
    }
  });
});
