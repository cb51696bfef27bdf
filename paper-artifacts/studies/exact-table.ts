/* What is said of the rows of exact.csv; see exact.ts. */

/** `solved`: proved, or claimed by a solver within tolerances. `limit`: not within the limit. */
export interface ExactRow {
  readonly family: string;
  readonly size: number;
  readonly sparsity: string;
  readonly seed: number;
  readonly method: string;
  /** Seconds. */
  readonly limit: number;
  readonly outcome: 'solved' | 'limit' | 'notRun' | 'failed';
  readonly proved: boolean;
  readonly cost: number | null;
  readonly work: number | null;
  readonly seconds: number | null;
}

/** What the others are compared with. */
const REFERENCE = 'branch-and-bound';
/** Costs of solvers within tolerances may differ by this part. */
const TOLERANCE = 1e-6;

const instanceOf = ({ family, size, sparsity, seed }: ExactRow) => [family, size, sparsity, seed].join('/');

/** The solves of branch and bound, by instance. */
function references(rows: readonly ExactRow[]): Map<string, ExactRow> {
  const own = rows.filter(({ method, outcome }) => method === REFERENCE && outcome === 'solved');
  return new Map(own.map((row) => [instanceOf(row), row]));
}

/** How many solves came to another optimum than branch and bound. */
export function disagreementsOf(rows: readonly ExactRow[]): number {
  const own = references(rows);
  return rows.filter((row) => {
    const cost = own.get(instanceOf(row))?.cost;
    if (row.outcome !== 'solved' || cost === undefined) return false;
    return row.proved ? row.cost !== cost : Math.abs(row.cost! - cost!) > TOLERANCE * row.cost!;
  }).length;
}

/**
 * How many times as long as branch and bound some solves took: the geometric mean, the limit counted where there was no time.
 *
 * @param all rows with those of branch and bound among them
 * @returns null where branch and bound solved none of the instances
 */
export function timesAsLong(some: readonly ExactRow[], all: readonly ExactRow[]): number | null {
  const own = references(all);
  const logs = some.flatMap((row) => {
    const reference = own.get(instanceOf(row));
    return reference === undefined ? [] : [Math.log((row.seconds ?? row.limit) / reference.seconds!)];
  });
  return logs.length === 0 ? null : Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
