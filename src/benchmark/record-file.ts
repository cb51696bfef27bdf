import { type BenchRecord, type Cell, MOST_LINE, parseRecord } from './record.ts';
import { readRows } from './row-log.ts';

/** Records of files by key, and what was found besides. */
export interface Records {
  readonly byKey: Map<string, BenchRecord>;
  /** Rows whose key another row has. */
  readonly duplicates: number;
  /** Keys of work-limited runs that two rows answer differently: a run that does not replay. */
  readonly contradictions: string[];
}

/**
 * Reads record files, line by line. Of several rows of one run the first that has an answer counts, else the first. A last
 * line without its end was cut short and does not count.
 *
 * @throws RcpruneError on a line that is no record
 */
export async function readRecords(files: readonly string[]): Promise<Records> {
  const byKey = new Map<string, BenchRecord>();
  const contradictions = new Set<string>();
  let duplicates = 0;
  for (const file of files) {
    for await (const record of readRows(file, parseRecord, MOST_LINE)) {
      const known = byKey.get(record.key);
      if (known === undefined) byKey.set(record.key, record);
      else {
        duplicates++;
        if (!agree(known, record)) contradictions.add(record.key);
        if (known.outcome !== 'answered' && record.outcome === 'answered') byKey.set(record.key, record);
      }
    }
  }
  return { byKey, duplicates, contradictions: [...contradictions] };
}

/** The records of several files as one. */
export interface Merged {
  /** In the order of the runs, then those of other runs as they were found; each run once. */
  readonly records: BenchRecord[];
  /** How many of them are of other runs. */
  readonly others: number;
  readonly missing: Cell[];
  readonly duplicates: number;
  readonly contradictions: string[];
}

/** Merges what {@link readRecords} found, for the given runs. */
export function mergeRecords({ byKey, duplicates, contradictions }: Records, cells: readonly Cell[]): Merged {
  const ours = new Set(cells.map(({ key }) => key));
  const own = cells.flatMap(({ key }) => byKey.get(key) ?? []);
  const others = [...byKey.values()].filter(({ key }) => !ours.has(key));
  const missing = cells.filter(({ key }) => !byKey.has(key));
  return { records: [...own, ...others], others: others.length, missing, duplicates, contradictions };
}

/** Two answers of one run are the same where no clock decides them. */
function agree(one: BenchRecord, other: BenchRecord): boolean {
  if (one.outcome !== 'answered' || other.outcome !== 'answered' || one.timeLimit !== null) return true;
  return one.cost === other.cost && one.removed === other.removed && one.work === other.work;
}
