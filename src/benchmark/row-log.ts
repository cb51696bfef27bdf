import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
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

/** Milliseconds in which a half line that somebody is still writing grows. */
const PATIENCE = 250;

/**
 * A log that is written, by one process or by several.
 *
 * A process that was killed may have left half a line at the file's end. Opening the log cuts it off, so that its run is done
 * again and no line holds two halves. A half line that grows meanwhile is one that another process is still writing: it stays.
 * A run opens its log once, at its start. Appending cuts nothing, since others may be in the middle of a line.
 */
export class RowLog<Row> {
  readonly #handle: FileHandle;
  /** Bytes of a half line that were cut off. */
  readonly repaired: number;

  private constructor(handle: FileHandle, repaired: number) {
    this.#handle = handle;
    this.repaired = repaired;
  }

  /**
   * @param patience milliseconds; a half line that does not grow for so long was left by a process that is dead
   * @throws RcpruneError when the file cannot be opened or is no regular file
   */
  static async open<Row>(file: string, { patience = PATIENCE } = {}): Promise<RowLog<Row>> {
    // Appending, so that two processes at one file overwrite nothing; a run that both did counts once.
    const handle = await open(file, 'a+').catch((error: NodeJS.ErrnoException) => {
      throw new RcpruneError(file, 'a file that can be written', error.code ?? error.message);
    });
    if (!(await handle.stat()).isFile()) {
      await handle.close();
      throw new RcpruneError(file, 'a regular file', 'something else');
    }
    return new RowLog(handle, await cutHalfLine(handle, patience));
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

/** Cuts off a half line at the end once it has stopped growing. @returns its bytes, 0 where the last line is whole */
async function cutHalfLine(handle: FileHandle, patience: number): Promise<number> {
  for (let before = -1; ; ) {
    const { size } = await handle.stat();
    const end = await endOfLastLine(handle, size);
    if (end === size) return 0;
    if (size === before) {
      await handle.truncate(end);
      return size - end;
    }
    before = size;
    await setTimeout(patience);
  }
}

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
