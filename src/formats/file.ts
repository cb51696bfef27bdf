import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { RcpruneError } from '../problem/error.ts';

/** Bytes moved at a time; bounds the memory of every reader and writer here. */
export const CHUNK_BYTES = 2 ** 22;

/** Why a system call failed, in one line: `ENOENT: no such file or directory` without the path that follows. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.split(',')[0]!.split('\n')[0]! : String(error);
}

/** In place of a file's name: standard input where JSON or DIMACS is read, standard output where text is written. */
export const STANDARD_STREAM = '-';

/** What errors call a file. */
export const nameOf = (file: string): string => (file === STANDARD_STREAM ? 'standard input' : file);

/** Runs `use` on an open file and closes it. @throws RcpruneError when it cannot be opened or read */
export async function withFile<T>(file: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  const handle = await openForReading(file);
  try {
    return await use(handle, await sizeOf(file, handle));
  } finally {
    await handle.close();
  }
}

/** @throws RcpruneError when there is no such file or it may not be read, and on `-`: what is not text is read out of order */
export async function openForReading(file: string): Promise<FileHandle> {
  if (file === STANDARD_STREAM) {
    throw new RcpruneError(file, 'a file: only JSON and DIMACS come from standard input', 'standard input');
  }
  try {
    return await open(file, 'r');
  } catch (error) {
    throw new RcpruneError(file, 'a readable file', reasonOf(error));
  }
}

/** @throws RcpruneError on anything but a regular file, whose size bounds what is allocated for it */
export async function sizeOf(file: string, handle: FileHandle): Promise<number> {
  const stats = await handle.stat();
  if (!stats.isFile())
    throw new RcpruneError(file, 'a regular file', stats.isDirectory() ? 'a folder' : 'something else');
  return stats.size;
}

/** Fills `bytes` from a place in a file. @throws RcpruneError when the file ends before */
export async function readExactly(
  file: string,
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let filled = 0;
  while (filled < bytes.length) {
    const length = Math.min(CHUNK_BYTES, bytes.length - filled);
    const { bytesRead } = await handle.read(bytes, filled, length, position + filled);
    if (bytesRead === 0) throw new RcpruneError(file, `${bytes.length} bytes at ${position}`, `${filled}`);
    filled += bytesRead;
  }
}

/**
 * The bytes of a file, or of standard input for `-`, in pieces. A piece is overwritten when the next one is asked for.
 *
 * @throws RcpruneError when it cannot be read
 */
export async function* readChunks(file: string): AsyncGenerator<Uint8Array> {
  if (file === STANDARD_STREAM) return yield* process.stdin as AsyncIterable<Buffer>;
  const handle = await openForReading(file);
  try {
    const size = await sizeOf(file, handle);
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, size));
    for (let position = 0; position < size; position += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, size - position));
      await readExactly(file, handle, part, position);
      yield part;
    }
  } finally {
    await handle.close();
  }
}

/** A whole text file, or standard input for `-`. @throws RcpruneError when it is longer than `most` bytes or no UTF-8 */
export async function readText(file: string, most: number): Promise<string> {
  if (file === STANDARD_STREAM) return readStandardInput(most);
  return withFile(file, async (handle, size) => {
    if (size > most) throw new RcpruneError(file, `at most ${most} bytes`, `${size}`);
    const bytes = new Uint8Array(size);
    await readExactly(file, handle, bytes, 0);
    return decodeUtf8(file, bytes);
  });
}

async function readStandardInput(most: number): Promise<string> {
  const name = nameOf(STANDARD_STREAM);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readChunks(STANDARD_STREAM)) {
    chunks.push(chunk); // a stream's pieces are never overwritten
    length += chunk.length;
    if (length > most) throw new RcpruneError(name, `at most ${most} bytes`, 'more');
  }
  return decodeUtf8(name, Buffer.concat(chunks));
}

/**
 * The lines of a text file, without their ends, one at a time. A last line without an end is not given out: such a file was
 * cut short.
 *
 * @throws RcpruneError when it cannot be read, is no UTF-8, or has a line of more than `most` characters
 */
export async function* readLines(file: string, most = 2 ** 28): AsyncGenerator<string> {
  const handle = await openForReading(file);
  try {
    const size = await sizeOf(file, handle);
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, size));
    let parts: string[] = [];
    let length = 0;
    for (let position = 0; position < size; ) {
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      let text: string;
      try {
        text = decoder.decode(bytes.subarray(0, bytesRead), { stream: true });
      } catch {
        throw new RcpruneError(file, 'UTF-8 text', 'other bytes');
      }
      for (let start = 0; ; ) {
        const end = text.indexOf('\n', start);
        const part = text.slice(start, end < 0 ? undefined : end);
        parts.push(part);
        length += part.length;
        if (length > most) throw new RcpruneError(file, `lines of at most ${most} characters`, 'a longer one');
        if (end < 0) break;
        yield parts.join('');
        parts = [];
        length = 0;
        start = end + 1;
      }
    }
  } finally {
    await handle.close();
  }
}

/** @throws RcpruneError on bytes that are no UTF-8 */
export function decodeUtf8(where: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RcpruneError(where, 'UTF-8 text', 'other bytes');
  }
}

/** @throws RcpruneError on text that is no JSON */
export function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RcpruneError(where, 'JSON', reasonOf(error));
  }
}

/**
 * Writes a file whole or not at all: a temporary file in the same folder, flushed to disk, renamed over the old one. On
 * any failure, a full disk included, the temporary file is removed and the old file stays.
 *
 * @throws RcpruneError when the file cannot be written
 */
export async function writeWhole(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  if (file === STANDARD_STREAM)
    throw new RcpruneError(file, 'a file: only text goes to standard output', 'standard output');
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  let created = false;
  try {
    const handle = await open(temporary, 'wx');
    created = true;
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    if (created) await unlink(temporary).catch(() => undefined);
    if (error instanceof RcpruneError) throw error;
    throw new RcpruneError(file, 'a file that can be written', reasonOf(error));
  }
}

/** Appends all of `bytes`, chunk by chunk (one call may write fewer bytes than asked, or at most 2 GiB). */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const length = Math.min(CHUNK_BYTES, bytes.length - written);
    written += (await handle.write(bytes, written, length)).bytesWritten;
  }
}

/**
 * Writes a text file from pieces of any size, whole or not at all; for `-` to standard output.
 *
 * @throws RcpruneError when it cannot be written
 */
export async function writeText(file: string, pieces: Iterable<string>): Promise<void> {
  if (file === STANDARD_STREAM) return writeTo(process.stdout, pieces);
  await writeWhole(file, async (handle) => {
    for (const text of joined(pieces)) await writeAll(handle, new TextEncoder().encode(text));
  });
}

/** Waits for each piece to be taken, so that a slow reader does not fill the memory. */
async function writeTo(stream: NodeJS.WritableStream, pieces: Iterable<string>): Promise<void> {
  for (const text of joined(pieces)) {
    await new Promise<void>((resolve, reject) => {
      stream.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** The same text in pieces that are worth a system call. */
function* joined(pieces: Iterable<string>): Generator<string> {
  let pending = '';
  for (const piece of pieces) {
    pending += piece;
    if (pending.length < CHUNK_BYTES) continue;
    yield pending;
    pending = '';
  }
  yield pending;
}
