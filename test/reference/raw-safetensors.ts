import { readFileSync, writeFileSync } from 'node:fs';

/*
 * Safetensors files byte by byte, sharing no code with src/formats: any dtype, also what our writer does not write.
 */

export interface RawTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A tensor of float32 numbers. */
export function float32Tensor(name: string, shape: readonly number[], values: ArrayLike<number>): RawTensor {
  return { name, dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

export function writeRawSafetensors(file: string, tensors: readonly RawTensor[]): void {
  const header: Record<string, object> = {};
  let end = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([length, text, ...tensors.map(({ bytes }) => bytes)]));
}

/** All tensors by name. */
export function readRawSafetensors(file: string): Map<string, RawTensor> {
  const content = readFileSync(file);
  const start = 8 + Number(content.readBigUInt64LE(0));
  type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };
  const header = JSON.parse(content.toString('utf8', 8, start)) as Record<string, Entry>;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [name, { name, dtype, shape, bytes: Uint8Array.from(content.subarray(start + from, start + to)) }],
    ),
  );
}
