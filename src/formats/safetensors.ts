import type { FileHandle } from 'node:fs/promises';
import * as v from 'valibot';
import { describe, RcpruneError } from '../problem/error.ts';
import { littleEndianBytes } from '../problem/hash.ts';
import { allocateImportance, MAX_LAYER_ENTRIES } from '../problem/instance.ts';
import {
  CHUNK_BYTES,
  decodeUtf8,
  openForReading,
  parseJson,
  readExactly,
  sizeOf,
  writeAll,
  writeWhole,
} from './file.ts';
import { count, dictionary, list, parsed } from './schema.ts';

/*
 * The safetensors format: 8 bytes of little-endian header length, a JSON header `{ NAME: { dtype, shape, data_offsets } }`
 * with an optional `__metadata__` of strings, then the tensors' bytes, little-endian, row-major, without gaps.
 */

const BYTES_OF = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

export type Dtype = keyof typeof BYTES_OF;

/** What the header says of one tensor; `begin` and `end` are bytes after the header. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** An open file. Tensors are in the order of their bytes. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorInfo[];
  /** A tensor of F32, F16 or BF16 as float32 (exactly), on shared memory. Memory: the result and one chunk. */
  readTensor(name: string): Promise<Float32Array>;
  /** A tensor's bytes as they are. */
  readBytes(name: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The official readers refuse longer headers. */
const MOST_HEADER_BYTES = 100_000_000;

/**
 * Opens a file and checks its header: sizes against the file, dtypes, and that tensors cover the data without overlap or
 * gap. Nothing is allocated by what the header claims before that.
 *
 * @throws RcpruneError on anything that the official library refuses
 */
export async function openSafetensors(file: string): Promise<Safetensors> {
  const handle = await openForReading(file);
  try {
    const size = await sizeOf(file, handle);
    const { metadata, tensors, dataStart } = await readHeader(file, handle, size);
    const infoOf = (name: string): TensorInfo => {
      const info = tensors.find((tensor) => tensor.name === name);
      if (info === undefined) throw new RcpruneError(file, `a tensor ${describe(name)}`, 'none');
      return info;
    };
    return {
      metadata,
      tensors,
      readTensor: (name) => readFloats(file, handle, infoOf(name), dataStart),
      readBytes: async (name) => {
        const { begin, end } = infoOf(name);
        const bytes = new Uint8Array(end - begin);
        await readExactly(file, handle, bytes, dataStart + begin);
        return bytes;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const entrySchema = v.strictObject({
  dtype: v.string(),
  shape: list(count, 16),
  data_offsets: v.strictTuple([count, count]),
});
const metadataSchema = dictionary(v.string(), 'an object of strings');

async function readHeader(file: string, handle: FileHandle, size: number) {
  if (size < 8) throw new RcpruneError(file, 'a safetensors file of at least 8 bytes', `${size}`);
  const prefix = new Uint8Array(8);
  await readExactly(file, handle, prefix, 0);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  const most = Math.min(MOST_HEADER_BYTES, size - 8);
  if (length > BigInt(most)) throw new RcpruneError(`${file}: header`, `at most ${most} bytes`, `a claim of ${length}`);
  const bytes = new Uint8Array(Number(length));
  await readExactly(file, handle, bytes, 8);
  const header = parseJson(`${file}: header`, decodeUtf8(`${file}: header`, bytes));
  if (header === null || typeof header !== 'object' || Array.isArray(header)) {
    throw new RcpruneError(`${file}: header`, 'a JSON object', describe(header));
  }
  const dataStart = 8 + bytes.length;
  const tensors: TensorInfo[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = parsed(`${file}: __metadata__`, metadataSchema, value);
    else tensors.push(tensorInfo(`${file}: tensor ${describe(name)}`, name, value));
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(file, tensors, size - dataStart);
  return { metadata, tensors, dataStart };
}

function tensorInfo(where: string, name: string, value: unknown): TensorInfo {
  const { dtype, shape, data_offsets } = parsed(where, entrySchema, value);
  const width = Object.hasOwn(BYTES_OF, dtype) ? BYTES_OF[dtype as Dtype] : undefined;
  if (width === undefined)
    throw new RcpruneError(where, `a dtype of ${Object.keys(BYTES_OF).join(' ')}`, describe(dtype));
  const [begin, end] = data_offsets;
  const bytes = shape.reduce((product, extent) => product * extent, width);
  if (!Number.isSafeInteger(bytes) || end - begin !== bytes) {
    throw new RcpruneError(where, `${bytes} bytes for ${dtype} [${shape}]`, `offsets ${begin} to ${end}`);
  }
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

function checkCover(file: string, tensors: readonly TensorInfo[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of tensors) {
    if (begin !== covered) {
      throw new RcpruneError(`${file}: tensor ${describe(name)}`, `data from byte ${covered}`, `from byte ${begin}`);
    }
    covered = end;
  }
  if (covered !== dataBytes)
    throw new RcpruneError(file, `${covered} bytes of tensors after the header`, `${dataBytes}`);
}

async function readFloats(
  file: string,
  handle: FileHandle,
  info: TensorInfo,
  dataStart: number,
): Promise<Float32Array> {
  const { name, dtype, shape, begin } = info;
  const where = `${file}: tensor ${describe(name)}`;
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') throw new RcpruneError(where, 'F32, F16 or BF16', dtype);
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (count > MAX_LAYER_ENTRIES) throw new RcpruneError(where, `at most ${MAX_LAYER_ENTRIES} entries`, `${count}`);
  const values = allocateImportance(count);
  const words = new Uint32Array(values.buffer);
  const width = BYTES_OF[dtype];
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, count * width));
  const view = new DataView(chunk.buffer);
  for (let done = 0; done < count; ) {
    const length = Math.min(chunk.length / width, count - done);
    await readExactly(file, handle, chunk.subarray(0, length * width), dataStart + begin + done * width);
    // Bits are moved, not numbers: a NaN keeps its payload.
    if (dtype === 'F32') for (let k = 0; k < length; k++) words[done + k] = view.getUint32(4 * k, true);
    else if (dtype === 'BF16') for (let k = 0; k < length; k++) words[done + k] = view.getUint16(2 * k, true) << 16;
    else for (let k = 0; k < length; k++) values[done + k] = halfToNumber(view.getUint16(2 * k, true));
    done += length;
  }
  return values;
}

/** IEEE 754 binary16, exactly. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** A tensor to write. */
export type TensorData = { readonly name: string; readonly shape: readonly number[] } & (
  | { readonly dtype: 'F32'; readonly data: Float32Array }
  | { readonly dtype: 'U8'; readonly data: Uint8Array }
);

/**
 * Writes a file that the Python library opens, whole or not at all. Tensors lie in the given order, which should put wider
 * dtypes first so that each is aligned.
 *
 * @throws RcpruneError on names that occur twice or are reserved, and when the file cannot be written
 */
export async function writeSafetensors(
  file: string,
  content: { readonly metadata?: Readonly<Record<string, string>>; readonly tensors: readonly TensorData[] },
): Promise<void> {
  // A Map, because a plain object would reorder names that look like integers and lose `__proto__`.
  const header = new Map<string, string>();
  if (content.metadata !== undefined) header.set('__metadata__', JSON.stringify(content.metadata));
  let offset = 0;
  for (const { name, dtype, shape, data } of content.tensors) {
    if (header.has(name) || name === '__metadata__') {
      throw new RcpruneError(file, 'distinct tensor names other than __metadata__', describe(name));
    }
    const data_offsets = [offset, offset + data.byteLength];
    header.set(name, JSON.stringify({ dtype, shape, data_offsets }));
    offset += data.byteLength;
  }
  const json = `{${[...header].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const padded = Math.ceil(text.length / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(text, 8);
  await writeWhole(file, async (handle) => {
    await writeAll(handle, head);
    for (const { data } of content.tensors) {
      await writeAll(handle, data instanceof Float32Array ? littleEndianBytes(data) : data);
    }
  });
}
