import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RowLog, rowsOfEarlier } from '../../src/benchmark/row-log.ts';
import { writeText } from '../../src/formats/file.ts';
import { codeVersion } from './code-version.ts';
import { type Row, writeTable } from './tables.ts';

/*
 * One measurement: a list of cells, each run once, its result appended to a log as soon as it is known.
 *
 * A line of the log is named by a hash of the cell and of the code that measures it, so after an interruption, a kill -9
 * included, the rest is run, and after a change of the code everything. A line that was cut short is no line; of two with
 * one name (the process that was thought dead went on) the first counts. When all cells are there the tables are written
 * in the order of the cells, whatever order and however many runs they took: the same bytes every time. What a clock says
 * goes into a table of its own, `NAME.seconds.csv`.
 */

const HERE = fileURLToPath(new URL('../', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/rcprune-reproduce', import.meta.url));

const { values } = parseArgs({
  options: { smoke: { type: 'boolean', default: false }, out: { type: 'string' } },
  strict: false,
});
const out = values.out as string | undefined;

/** A few cells only: what the tests run. */
export const isSmoke = values.smoke === true;
/** `paper-artifacts`, unless `--out` names another folder. */
export const home = path.resolve(out ?? HERE);
const resultsFolder = path.join(home, 'results');
/** Where what is already measured is kept; it may be deleted at any time. */
export const workFolder = out === undefined ? CACHE : path.join(out, '.work');

export interface Measured {
  readonly rows: readonly Row[];
  /** Rows with times in them. */
  readonly clock?: readonly Row[];
}

interface Line extends Measured {
  readonly key: string;
}

/**
 * Runs the cells that the log lacks and writes `results/NAME.csv`, `.parquet` and, where there are times,
 * `NAME.seconds.csv`.
 *
 * @param url `import.meta.url` of the script whose code decides the results
 */
export async function measure<C>(
  name: string,
  url: string,
  cells: readonly C[],
  run: (cell: C) => Measured | Promise<Measured>,
): Promise<void> {
  // Whoever started this has died: end between two cells.
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();
  const version = codeVersion(fileURLToPath(url));
  const keyOf = (cell: C) =>
    createHash('sha256')
      .update(JSON.stringify([version, cell]))
      .digest('hex')
      .slice(0, 24);
  const log = path.join(workFolder, `${name}.jsonl`);
  mkdirSync(workFolder, { recursive: true });
  mkdirSync(resultsFolder, { recursive: true });
  const known = await readLog(log);
  const written = await RowLog.open<Line>(log);
  const keys = cells.map(keyOf);
  for (const [k, cell] of cells.entries()) {
    if (known.has(keys[k]!)) continue;
    const { rows, clock = [] } = await run(cell);
    const line: Line = { key: keys[k]!, rows, clock };
    await written.append(line);
    // What was read back is what an interrupted run would read: no value survives that JSON would change.
    known.set(line.key, JSON.parse(JSON.stringify(line)));
    if (k % Math.ceil(cells.length / 10) === 0) console.error(`${name}: ${k + 1} of ${cells.length}`);
    await setImmediate();
  }
  await written.close();
  const lines = keys.map((key) => known.get(key)!);
  const file = path.join(resultsFolder, name);
  await writeTable(
    file,
    lines.flatMap(({ rows }) => rows),
  );
  const clock = lines.flatMap((line) => line.clock ?? []);
  if (clock.length > 0) await writeTable(`${file}.seconds`, clock);
  await writeText(
    log,
    lines.map((line) => `${JSON.stringify(line)}\n`),
  ); // without what other code measured
  console.log(`${name}: ${lines.length} cells, ${lines.reduce((sum, { rows }) => sum + rows.length, 0)} rows`);
}

/** The first line of every key. */
async function readLog(file: string): Promise<Map<string, Line>> {
  const known = new Map<string, Line>();
  for (const line of await rowsOfEarlier<Line>(file)) if (!known.has(line.key)) known.set(line.key, line);
  return known;
}
