import { readFile } from 'node:fs/promises';
import { csvFormat, csvParse } from 'd3-dsv';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { writeAll, writeText, writeWhole } from '../../src/formats/file.ts';
import { RcpruneError } from '../../src/problem/error.ts';

/*
 * Result tables: long form, one row a run, as CSV and with the same content as Parquet, which pandas, Polars and DuckDB read
 * without being told types. Files are written whole and hold no times of day, so that equal rows are equal bytes.
 */

export type Value = string | number | boolean | null;
export type Row = Readonly<Record<string, Value>>;

type ColumnType = 'BOOLEAN' | 'INT32' | 'DOUBLE' | 'STRING';

/** CSV with a head, in the columns of the first row; an empty cell is null. */
export const csvOf = (rows: readonly Row[]) => `${csvFormat([...rows], Object.keys(rows[0] ?? {}))}\n`;

/** Writes `FILE.csv` and `FILE.parquet`. @param file without an extension */
export async function writeTable(file: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) throw new RcpruneError(file, 'at least one row', 'none');
  const text = csvOf(rows);
  await writeText(`${file}.csv`, [text]);
  // From the text and not the rows: of a table that is only stored as CSV, Parquet is the same.
  await writeParquet(`${file}.parquet`, parseTable(text));
}

export async function writeParquet(file: string, { columns, rows }: Table): Promise<void> {
  const columnData = columns.map(({ name, type }) => ({
    name,
    type,
    data: rows.map((row) => row[name] ?? null),
    nullable: true,
  }));
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData }));
  await writeWhole(file, (handle) => writeAll(handle, bytes));
}

export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly rows: readonly Row[];
}

/** A table with the narrowest type that fits all cells of a column. */
export function parseTable(text: string): Table {
  const raw = csvParse(text);
  const columns = raw.columns.map((name) => ({ name, type: typeOf(raw.map((row) => row[name]!)) }));
  const rows = raw.map((row) => Object.fromEntries(columns.map(({ name, type }) => [name, typed(row[name]!, type)])));
  return { columns, rows };
}

export const readTable = async (file: string) => parseTable(await readFile(file, 'utf8'));

const NUMBER = /^[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/;

function typeOf(cells: readonly string[]): ColumnType {
  const full = cells.filter((cell) => cell !== '');
  if (full.length === 0) return 'STRING';
  if (full.every((cell) => cell === 'true' || cell === 'false')) return 'BOOLEAN';
  if (!full.every((cell) => NUMBER.test(cell))) return 'STRING';
  return full.every((cell) => /^-?\d+$/.test(cell) && Math.abs(Number(cell)) < 2 ** 31) ? 'INT32' : 'DOUBLE';
}

function typed(cell: string, type: ColumnType): Value {
  if (cell === '') return null;
  if (type === 'STRING') return cell;
  return type === 'BOOLEAN' ? cell === 'true' : Number(cell);
}
