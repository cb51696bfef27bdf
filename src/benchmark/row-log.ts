import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { readLines, writeAll } from '../formats/file.ts';
import { RcpruneError } from '../problem/error.ts';

/*
 * A log of rows that grows by whole lines of JSON, so that a run which was killed goes on where it ended. Every study and every
 * benchmark keeps its rows in one of these; what a row holds is its owner's business.
 */

/** Longest line that is read. */
const MOST_LINE = 2 ** 28;

/**
 * The rows of a log, in order. A last line without its end was cut short and does not count.
 *
 * @param parse makes a row of a line, or throws; `where` names the line
 * @param most longest line that is read, in characters
 * @throws RcpruneError on a longer line, what is no text, or a file that is not there
 */
export async function* readRows<Row>(
  file: string,
  parse: (where: string, text: string) => Row,
  most = MOST_LINE,
): AsyncGenerator<Row> {
  let line = 0;
  for await (const text of readLines(file, most)) yield parse(`${file}: line ${++line}`, text);
}

/**
 * What an earlier run has left in a log of its own: its rows, which are taken as it wrote them; none where there is no file.
 *
 * @throws RcpruneError on a line that is no JSON
 */
export async function rowsOfEarlier<Row>(file: string): Promise<Row[]> {
  const rows: Row[] = [];
  if (!existsSync(file)) return rows;
  const parse = (where: string, text: string) => {
    try {
      return JSON.parse(text) as Row;
    } catch {
      throw new RcpruneError(where, 'a line of JSON', 'something else');
    }
  };
  for await (const row of readRows(file, parse)) rows.push(row);
  return rows;
}

/**
 * A log that is written. A process that was killed may have left half a line at its end: opening the file cuts it off, so that
 * the run is done again and no line holds two halves.
 */
export class RowLog<Row> {
  readonly #handle: FileHandle;
  /** Bytes of a half line that were cut off. */
  readonly repaired: number;

  private constructor(handle: FileHandle, repaired: number) {
    this.#handle = handle;
    this.repaired = repaired;
  }

  /** @throws RcpruneError when the file cannot be opened or is no regular file */
  static async open<Row>(file: string): Promise<RowLog<Row>> {
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
    return new RowLog(handle, stats.size - end);
  }

  /** Appends a line and waits until the disk has it. */
  async append(row: Row): Promise<void> {
    await writeAll(this.#handle, new TextEncoder().encode(`${JSON.stringify(row)}\n`));
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
