import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { writeAll, writeWhole } from '../formats/file.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import type { Stored } from './library.ts';

/*
 * The library's own files: prunings, certificates and proof logs, each pinned by its SHA-256. Its first digits are part of
 * the name of every file written here, so that a better record never overwrites the one that the manifest still names: the
 * manifest, written whole, is the one place where a record changes.
 */

/** Above every file of the library, compressed or not; bounds what is read and what a compressed file may become. */
const MOST_BYTES = 2 ** 27;
/** Files shorter than this are stored as they are. */
const LEAST_COMPRESSED = 16_384;

/**
 * Lets `use` read a stored file, decompressed where its name ends in `.br`.
 *
 * @throws RcpruneError on a file that is missing, too long, damaged, or another than the one pinned
 */
export async function withStored<T>(
  folder: string,
  { file, sha256 }: Stored,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const own = path.join(folder, file);
  const bytes = await bytesOf(own);
  const found = sha256Of(bytes);
  if (found !== sha256) throw new RcpruneError(file, `SHA-256 ${sha256}`, found);
  if (!file.endsWith('.br')) return use(own);
  return withScratch(async (inScratch) => {
    const plain = inScratch(path.basename(file, '.br'));
    const content = await promisify(brotliDecompress)(bytes, { maxOutputLength: MOST_BYTES }).catch(() => {
      throw new RcpruneError(file, `at most ${MOST_BYTES} bytes, compressed by Brotli`, 'something else');
    });
    await writeFile(plain, content);
    return use(plain);
  });
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new RcpruneError(file, `at most ${MOST_BYTES} bytes`, `${size}`);
    return await readFile(file);
  } catch (error) {
    if (error instanceof RcpruneError) throw error;
    throw new RcpruneError(file, 'a readable file', describe((error as NodeJS.ErrnoException).code));
  }
}

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Runs `use` with a folder of its own, removed afterwards. */
export async function withScratch<T>(use: (inScratch: (name: string) => string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'rcprune-'));
  try {
    return await use((name) => path.join(scratch, name));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Takes a file into the library: `records/NAME.DIGEST.KIND`, compressed where that is worth it, written whole.
 *
 * @param from the file to take
 * @returns how the manifest names it
 * @throws RcpruneError when it cannot be written
 */
export async function store(folder: string, name: string, kind: string, from: string): Promise<Stored> {
  const plain = await bytesOf(from);
  const isCompressed = plain.length >= LEAST_COMPRESSED;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  const bytes = isCompressed ? await promisify(brotliCompress)(plain, { params }) : plain;
  const sha256 = sha256Of(bytes);
  const file = `records/${name}.${sha256.slice(0, 8)}.${kind}${isCompressed ? '.br' : ''}`;
  await writeWhole(path.join(folder, file), (handle) => writeAll(handle, bytes));
  return { file, sha256 };
}

/** Removes files that a manifest named before and does not any more. Only what {@link store} wrote is its own to remove. */
export async function discard(folder: string, before: readonly Stored[], after: readonly Stored[]): Promise<void> {
  const named = new Set(after.map(({ file }) => file));
  for (const { file } of before) {
    if (file.startsWith('records/') && !named.has(file)) await unlink(path.join(folder, file)).catch(() => undefined);
  }
}
