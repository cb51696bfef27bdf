import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { RcpruneError } from '../problem/error.ts';

/** Bytes moved at a time; bounds the memory of every reader and writer here. */
export const CHUNK_BYTES = 2 ** 22;

/** Why a system call failed, in one line: `ENOENT: no such file or directory` without the path that follows. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.split(',')[0]!.split('\n')[0]! : String(error);
}

/** Runs `use` on an open file and closes it. @throws RcpruneError when it cannot be opened or read */
export async function withFile<T>(file: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  const handle = await openForReading(file);
  try {
    return await use(handle, await sizeOf(file, handle));
  } finally {
    await handle.close();
  }
}

/** @throws RcpruneError when there is no such file or it may not be read */
export async function openForReading(file: string): Promise<FileHandle> {
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

/** A whole text file. @throws RcpruneError when it is longer than `most` bytes or no UTF-8 */
export async function readText(file: string, most: number): Promise<string> {
  return withFile(file, async (handle, size) => {
    if (size > most) throw new RcpruneError(file, `at most ${most} bytes`, `${size}`);
    const bytes = new Uint8Array(size);
    await readExactly(file, handle, bytes, 0);
    return decodeUtf8(file, bytes);
  });
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

/** Writes a text file whole; see {@link writeWhole}. */
export async function writeText(file: string, text: string): Promise<void> {
  await writeWhole(file, (handle) => writeAll(handle, Buffer.from(text)));
}

/** Appends all of `bytes`, chunk by chunk (one call may write fewer bytes than asked, or at most 2 GiB). */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const length = Math.min(CHUNK_BYTES, bytes.length - written);
    written += (await handle.write(bytes, written, length)).bytesWritten;
  }
}
