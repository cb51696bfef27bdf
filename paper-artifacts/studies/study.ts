import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { RowLog, rowsOfEarlier } from '../../src/benchmark/row-log.ts';
import { writeText } from '../../src/formats/file.ts';
import { programOf } from '../program.ts';
import { csvOf, type Row as TableRow } from '../reproduce/tables.ts';

/*
 * What the stored studies share. A study is a list of cases. A case is run once, and its row appended to `NAME.jsonl` as soon
 * as it is known, so that a run that was killed goes on where it ended. `NAME.csv` is the table of these rows.
 *
 * A study is stored because it takes from minutes to hours. A row is named by its case alone: a changed method does not make
 * it run again. Who wants that deletes the row, or the file.
 */

export interface StudyOptions {
  readonly stored?: true | undefined;
  readonly out: string;
}

const HOME = fileURLToPath(new URL('../', import.meta.url));

/** The program of a study, with the options that all have. */
export function studyProgram(name: string, description: string, examples: readonly string[]): Command {
  return programOf(
    `npx tsx paper-artifacts/studies/${name}.ts`,
    description,
    ['--stored', ...examples],
    '0 every row is as it should be, 1 not so',
  )
    .option('--stored', 'run nothing, write and print the table of the rows that are there')
    .option('--out <FOLDER>', 'where rows and table are', HOME);
}

/**
 * Runs the cases that the log of a study lacks, in their order; none with `--stored`.
 *
 * @param run gives the row of a case; it also gets the rows that are known so far
 * @returns all rows of the log; of two of one case the first counts
 */
export async function runStudy<Case, Row extends Case>(
  name: string,
  { stored, out }: StudyOptions,
  cases: readonly Case[],
  keyOf: (one: Case) => string,
  run: (one: Case, known: readonly Row[]) => Row | Promise<Row>,
): Promise<Row[]> {
  const file = path.join(out, `${name}.jsonl`);
  const known = new Map<string, Row>();
  for (const row of await rowsOfEarlier<Row>(file)) if (!known.has(keyOf(row))) known.set(keyOf(row), row);
  const missing = stored ? [] : cases.filter((one) => !known.has(keyOf(one)));
  if (missing.length === 0) return [...known.values()];
  const log = await RowLog.open<Row>(file);
  try {
    for (const [k, one] of missing.entries()) {
      const row = await run(one, [...known.values()]);
      await log.append(row);
      known.set(keyOf(row), row);
      console.error(`${k + 1}/${missing.length} ${keyOf(one)}`);
    }
  } finally {
    await log.close();
  }
  return [...known.values()];
}

/** Writes the table of a study. */
export async function writeStudy(name: string, { out }: StudyOptions, rows: readonly TableRow[]): Promise<void> {
  await writeText(path.join(out, `${name}.csv`), [csvOf(rows)]);
}
