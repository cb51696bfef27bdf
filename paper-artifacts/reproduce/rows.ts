import type { Row, Value } from './tables.ts';

/* Questions to the rows of a table, which claims and figures are computed by. */

export const number = (row: Row, name: string): number => {
  const value = row[name];
  if (typeof value !== 'number') throw new Error(`${name}: expected a number, got ${value}`);
  return value;
};
export const largest = (rows: readonly Row[], name: string) => Math.max(...rows.map((row) => number(row, name)));
export const least = (rows: readonly Row[], name: string) => Math.min(...rows.map((row) => number(row, name)));
export const sum = (rows: readonly Row[], name: string) => rows.reduce((total, row) => total + number(row, name), 0);
export const where = (rows: readonly Row[], wanted: Readonly<Record<string, Value | readonly Value[]>>) =>
  rows.filter((row) =>
    Object.entries(wanted).every(([name, value]) =>
      Array.isArray(value) ? value.includes(row[name]) : row[name] === value,
    ),
  );
export const only = (rows: readonly Row[], wanted: Readonly<Record<string, Value>>): Row => {
  const found = where(rows, wanted);
  if (found.length !== 1) throw new Error(`${JSON.stringify(wanted)}: expected one row, got ${found.length}`);
  return found[0]!;
};
export const geometricMean = (values: readonly number[]) =>
  Math.exp(values.reduce((total, value) => total + Math.log(value), 0) / values.length);
/** Rows of differences.csv: way of pruning against `uniform`, whole experiment. */
export const PLAIN = {
  ...{ sparsity: 0.93, units: 'entries', importance: 'l1', normalize: 'none', schedule: 'once', steps: 258 },
  ...{ perturbed: 0, methodSeed: 1 },
};
