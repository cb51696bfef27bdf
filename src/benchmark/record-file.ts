import { type FileHandle, open } from 'node:fs/promises';
import { readLines, writeAll } from '../formats/file.ts';
import { RcpruneError } from '../problem/error.ts';
import { type BenchRecord, type Cell, MOST_LINE, parseRecord } from './record.ts';

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
    let line = 0;
    for await (const text of readLines(file, MOST_LINE)) {
      const record = parseRecord(`${file}: line ${++line}`, text);
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

/**
 * A file of records that grows by whole lines. A process that was killed may have left half a line at its end: opening the
 * file cuts it off, so that the run is done again and no line holds two halves.
 */
export class RecordFile {
  readonly #handle: FileHandle;
  /** Bytes of a half line that were cut off. */
  readonly repaired: number;

  private constructor(handle: FileHandle, repaired: number) {
    this.#handle = handle;
    this.repaired = repaired;
  }

  /** @throws RcpruneError when the file cannot be opened or is no regular file */
  static async open(file: string): Promise<RecordFile> {
    // Appending, so that two processes at one file overwrite nothing; a run that both did counts once.
    const handle = await open(file, 'a+').catch((error: NodeJS.ErrnoException) => {
      throw new RcpruneError(file, 'a file that can be written', error.code ?? error.message);
    });
    const stats = await handle.stat();
    if (!stats.isFile()) {
      await handle.close();
      throw new RcpruneError(file, 'a regular file', 'something else');
    }
    const end = await endOfLastLine(handle, stats.size);
    if (end < stats.size) await handle.truncate(end);
    return new RecordFile(handle, stats.size - end);
  }

  /** Appends a line and waits until the disk has it. */
  async append(record: BenchRecord): Promise<void> {
    await writeAll(this.#handle, new TextEncoder().encode(`${JSON.stringify(record)}\n`));
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

const BLOCK = 2 ** 16;
const NEWLINE = 10;

/** The place behind the last newline, looked for from the end. */
async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const block = new Uint8Array(BLOCK);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    const at = block.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
