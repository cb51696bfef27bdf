import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  openSafetensors,
  readInstance,
  readMasks,
  readPruning,
  writeInstance,
  writeMasks,
  writePruning,
  writeWhole,
} from '../../src/formats/index.ts';
import { makeInstance, RcpruneError } from '../../src/problem/index.ts';
import { temporaryFolder } from '../temporary.ts';

const inFolder = temporaryFolder();
const instance = makeInstance([
  { name: 'a', rows: 2, cols: 3, importance: [1, 2, 3, 4, 5, 6] },
  { name: 'b', rows: 1, cols: 2, importance: [1, 0.5], unitsPerEntry: 3, minKeptRows: 1 },
]);
const pruning = { layers: [layerOf([1], [0, 2]), layerOf([], [1])] };

function layerOf(rows: number[], columns: number[]) {
  return { removedRows: Uint32Array.from(rows), removedColumns: Uint32Array.from(columns) };
}

/** The error of a reader; it must be the project's own, name the file and be one line. */
async function refusal(file: string, read: () => Promise<unknown>): Promise<string> {
  const error = await read().then(
    () => new Error('accepted'),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RcpruneError);
  const { message } = error as RcpruneError;
  expect(message).toContain(path.basename(file));
  expect(message).not.toContain('\n');
  return message;
}

const layerText = (fields: string) => `{"format":"rcprune-instance","version":1,"layers":[${fields}]}`;
const good = '{"name":"a","rows":1,"cols":2,"importance":[[1,2]]}';

describe('JSON instances are refused:', () => {
  it.each([
    ['NaN', layerText('{"name":"a","rows":1,"cols":1,"importance":[[NaN]]}'), 'JSON'],
    [
      'infinite',
      layerText('{"name":"a","rows":1,"cols":1,"importance":[[1e39]]}'),
      'expected a finite float32 importance >= 0, got 1e+39',
    ],
    ['infinite double', layerText('{"name":"a","rows":1,"cols":1,"importance":[[1e999]]}'), 'got Infinity'],
    [
      'negative',
      layerText('{"name":"a","rows":1,"cols":2,"importance":[[1,-2]]}'),
      'row 0, column 1: expected a finite float32 importance >= 0, got -2',
    ],
    [
      'a missing row',
      layerText('{"name":"a","rows":2,"cols":2,"importance":[[1,2]]}'),
      'expected 2 x 2 importances, got 1 x 2',
    ],
    [
      'ragged rows',
      layerText('{"name":"a","rows":2,"cols":2,"importance":[[1,2],[3]]}'),
      'row 1: expected 2 numbers, got 1',
    ],
    [
      'flat importances',
      layerText('{"name":"a","rows":1,"cols":2,"importance":[1,2]}'),
      'expected an array of rows of numbers',
    ],
    ['no importances', layerText('{"name":"a","rows":1,"cols":2,"importance":"x"}'), 'an array of rows of numbers'],
    [
      'text for a number',
      layerText('{"name":"a","rows":1,"cols":2,"importance":[[1,"2"]]}'),
      'an array of rows of numbers',
    ],
    ['duplicate names', layerText(`${good},${good}`), 'expected distinct layer names, got "a" twice'],
    ['no layers', layerText(''), 'expected at least one layer, got none'],
    ['no rows', layerText('{"name":"a","rows":0,"cols":2,"importance":[]}'), 'rows'],
    ['huge counts', layerText('{"name":"a","rows":1000000000000,"cols":1000000000000,"importance":[[1]]}'), '1 x 1'],
    [
      'an unknown field',
      layerText('{"name":"a","rows":1,"cols":2,"importance":[[1,2]],"weight":3}'),
      'expected known fields only, got "weight"',
    ],
    [
      '__proto__',
      layerText('{"name":"a","rows":1,"cols":2,"importance":[[1,2]],"__proto__":{"x":1}}'),
      'known fields only',
    ],
    [
      'a key twice',
      layerText('{"name":"a","name":"b","rows":1,"cols":2,"importance":[[1,2]]}'),
      'expected distinct keys, got "name" twice',
    ],
    ['a wrong format', '{"format":"other","version":1,"layers":[]}', 'rcprune-instance'],
    ['a wrong version', '{"format":"rcprune-instance","version":2,"layers":[]}', 'version'],
    ['a fractional target', `{"format":"rcprune-instance","version":1,"target":1.5,"layers":[${good}]}`, 'target'],
    [
      'minima above the size',
      layerText('{"name":"a","rows":1,"cols":2,"importance":[[1,2]],"minKeptRows":2}'),
      'minKeptRows: expected an integer from 0 to 1, got 2',
    ],
    ['a truncated file', layerText(good).slice(0, -3), 'JSON'],
    ['text behind the value', `${layerText(good)} 1`, 'JSON'],
    ['an empty file', '', 'JSON'],
    ['deep nesting', '['.repeat(100_000), 'expected nesting up to 8'],
    ['a trailing comma', layerText(`${good},`), 'JSON'],
  ])('%s', async (_, text, complaint) => {
    const file = inFolder('bad.json');
    writeFileSync(file, text);
    expect(await refusal(file, () => readInstance(file))).toContain(complaint);
  });

  it('no UTF-8', async () => {
    const file = inFolder('bytes.json');
    writeFileSync(file, Buffer.concat([Buffer.from('{"format":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]));
    await refusal(file, () => readInstance(file));
  });

  it('missing files, folders and other names', async () => {
    expect(await refusal('none.json', () => readInstance(inFolder('none.json')))).toContain('ENOENT');
    mkdirSync(inFolder('folder.json'));
    expect(await refusal('folder.json', () => readInstance(inFolder('folder.json')))).toMatch(/folder/);
    expect(await refusal('x.txt', () => readInstance(inFolder('x.txt')))).toContain('.json or .safetensors');
  });
});

/** A safetensors file from a header and data; `claim` replaces the header's length. */
function tensorFile(name: string, header: unknown, data: number, claim?: bigint): string {
  const text = Buffer.isBuffer(header)
    ? header
    : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claim ?? BigInt(text.length));
  const file = inFolder(name);
  writeFileSync(file, Buffer.concat([length, text, Buffer.alloc(data)]));
  return file;
}
const f32 = (shape: number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('safetensors are refused:', () => {
  it.each<[string, unknown, number, bigint | undefined, string]>([
    ['a header of 2^60 bytes', {}, 0, 2n ** 60n, 'a claim of 1152921504606846976'],
    ['a header longer than the file', { a: f32([1, 1], 0, 4) }, 4, 999n, 'a claim of 999'],
    [
      'overlapping tensors',
      { a: f32([1, 2], 0, 8), b: f32([1, 1], 4, 8) },
      8,
      undefined,
      'expected data from byte 8, got from byte 4',
    ],
    ['a gap', { a: f32([1, 1], 0, 4), b: f32([1, 1], 8, 12) }, 12, undefined, 'expected data from byte 4'],
    [
      'offsets past the end',
      { a: f32([1, 2], 0, 8) },
      4,
      undefined,
      'expected 8 bytes of tensors after the header, got 4',
    ],
    [
      'bytes behind the tensors',
      { a: f32([1, 1], 0, 4) },
      8,
      undefined,
      'expected 4 bytes of tensors after the header, got 8',
    ],
    [
      'a shape that is not the size',
      { a: f32([2, 2], 0, 4) },
      4,
      undefined,
      'expected 16 bytes for F32 [2,2], got offsets 0 to 4',
    ],
    ['a shape of 2^53 entries', { a: f32([2 ** 31, 2 ** 31], 0, 4) }, 4, undefined, 'bytes for F32'],
    ['reversed offsets', { a: f32([1, 1], 4, 0) }, 4, undefined, 'offsets 4 to 0'],
    ['negative offsets', { a: f32([1, 1], -4, 0) }, 4, undefined, 'data_offsets'],
    ['an unknown dtype', { a: { ...f32([1, 1], 0, 4), dtype: 'F99' } }, 4, undefined, 'got "F99"'],
    ['another dtype', { a: { ...f32([2, 2], 0, 4), dtype: 'U8' } }, 4, undefined, 'expected a 2-D F32 tensor, got U8'],
    ['another rank', { a: f32([4], 0, 16) }, 16, undefined, 'expected a 2-D F32 tensor, got F32 [4]'],
    ['an unknown field', { a: { ...f32([1, 1], 0, 4), more: 1 } }, 4, undefined, 'known fields only'],
    ['metadata of numbers', { __metadata__: { a: 1 }, a: f32([1, 1], 0, 4) }, 4, undefined, '__metadata__'],
    ['no object', '[]', 0, undefined, 'a JSON object'],
    ['no JSON', '{"a":', 0, undefined, 'JSON'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 0, undefined, 'UTF-8'],
    ['no tensors', {}, 0, undefined, 'at least one layer'],
    ['metadata that is no JSON', { __metadata__: { rcprune: '{' }, a: f32([1, 1], 0, 4) }, 4, undefined, 'rcprune'],
    [
      'metadata of other layers',
      { __metadata__: { rcprune: '{"version":1,"layers":[{"name":"b"}]}' }, a: f32([1, 1], 0, 4) },
      4,
      undefined,
      'got "b"',
    ],
  ])('%s', async (_, header, data, claim, complaint) => {
    const file = tensorFile('bad.safetensors', header, data, claim);
    expect(await refusal(file, () => readInstance(file))).toContain(complaint);
  });

  it('NaN, infinite and negative importances', async () => {
    for (const [value, got] of [
      [Number.NaN, 'NaN'],
      [Infinity, 'Infinity'],
      [-1, '-1'],
    ] as const) {
      const file = tensorFile('value.safetensors', { a: f32([1, 2], 0, 8) }, 8);
      const bytes = readFileSync(file);
      bytes.writeFloatLE(value, bytes.length - 4);
      writeFileSync(file, bytes);
      expect(await refusal(file, () => readInstance(file))).toContain(
        `entry (0, 1): expected a finite float32 importance >= 0, got ${got}`,
      );
    }
  });

  it('files of fewer than 8 bytes', async () => {
    writeFileSync(inFolder('tiny.safetensors'), 'abc');
    await refusal('tiny.safetensors', () => readInstance(inFolder('tiny.safetensors')));
  });
});

describe('prunings are refused:', () => {
  const b = '{"name":"b","removedRows":[],"removedColumns":[]}';
  const wrap = (layers: string) => `{"layers":[${layers}]}`;
  it.each([
    ['an unknown field', `{"layers":[],"mask":1}`, 'expected known fields only, got "mask"'],
    [
      'an unknown field of a layer',
      wrap(`{"name":"a","removedRows":[],"removedColumns":[],"x":1},${b}`),
      'known fields only',
    ],
    [
      'a repeated index',
      wrap(`{"name":"a","removedRows":[1,1],"removedColumns":[]},${b}`),
      'expected distinct indices, got 1 twice',
    ],
    [
      'an index out of range',
      wrap(`{"name":"a","removedRows":[2],"removedColumns":[]},${b}`),
      'expected indices from 0 to 1, got 2',
    ],
    ['a negative index', wrap(`{"name":"a","removedRows":[-1],"removedColumns":[]},${b}`), 'got -1'],
    ['a fractional index', wrap(`{"name":"a","removedRows":[0.5],"removedColumns":[]},${b}`), 'got 0.5'],
    ['a missing layer', wrap(b), 'expected layer "a", got none of that name'],
    [
      'an unknown layer',
      wrap(`{"name":"a","removedRows":[],"removedColumns":[]},${b},{"name":"c","removedRows":[],"removedColumns":[]}`),
      'got "c"',
    ],
    ['a layer twice', wrap(`${b},${b}`), 'got "b" twice'],
    ['no layers', '{}', 'layers'],
    ['no JSON', 'layers', 'JSON'],
    ['a negative cost', '{"cost":-1,"layers":[]}', 'cost'],
  ])('%s', async (_, text, complaint) => {
    const file = inFolder('bad-pruning.json');
    writeFileSync(file, text);
    expect(await refusal(file, () => readPruning(file, instance))).toContain(complaint);
  });
});

describe('a write that fails', () => {
  it('leaves the old file and no other', async () => {
    const file = inFolder('kept.json');
    writeFileSync(file, 'old');
    const before = readdirSync(path.dirname(file));
    const fail = writeWhole(file, async (handle) => {
      await handle.write('half of it');
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    await expect(fail).rejects.toThrow(RcpruneError);
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(path.dirname(file))).toEqual(before);
  });

  it('says so when the folder does not exist', async () => {
    const file = inFolder('nowhere/instance.json');
    expect(await refusal(file, () => writeInstance(file, instance))).toContain('ENOENT');
    expect(existsSync(file)).toBe(false);
  });
});

/** Flips, cuts, inserts: what may happen to bytes. */
const mutation = fc.array(
  fc.tuple(fc.constantFrom('flip', 'cut', 'insert', 'repeat'), fc.nat(), fc.integer({ min: 0, max: 255 })),
  { minLength: 1, maxLength: 4 },
);
function mutate(bytes: Buffer, steps: [string, number, number][]): Buffer {
  let result = bytes;
  for (const [kind, place, value] of steps) {
    const at = result.length === 0 ? 0 : place % result.length;
    if (kind === 'flip') {
      result = Buffer.from(result);
      if (result.length > 0) result[at] = value;
    } else if (kind === 'cut') result = Buffer.concat([result.subarray(0, at), result.subarray(at + (value % 16))]);
    else if (kind === 'insert')
      result = Buffer.concat([result.subarray(0, at), Buffer.from([value]), result.subarray(at)]);
    else result = Buffer.concat([result.subarray(0, at), result.subarray(at, at + value), result.subarray(at)]);
  }
  return result;
}

describe('fuzzed readers succeed or throw the project error, nothing else:', () => {
  const readers: [string, (file: string) => Promise<unknown>, (file: string) => Promise<void>][] = [
    ['instance.json', readInstance, (file) => writeInstance(file, instance)],
    ['instance.safetensors', readInstance, (file) => writeInstance(file, instance)],
    [
      'pruning.json',
      (file) => readPruning(file, instance),
      (file) => writePruning(file, instance, pruning, { target: 3, cost: 2 }),
    ],
    ['masks.safetensors', (file) => readMasks(file, instance), (file) => writeMasks(file, instance, pruning)],
    [
      'any.safetensors',
      (file) => openSafetensors(file).then((source) => source.close()),
      (file) => writeInstance(file, instance),
    ],
  ];
  it.each(readers)('%s', async (name, read, write) => {
    const file = inFolder(name);
    await write(file);
    const valid = readFileSync(file);
    let refused = 0;
    const attempt = async (bytes: Uint8Array) => {
      writeFileSync(file, bytes);
      try {
        await read(file);
      } catch (error) {
        if (!(error instanceof RcpruneError)) throw error;
        refused++;
      }
    };
    await fc.assert(
      fc.asyncProperty(mutation, (steps) => attempt(mutate(valid, steps))),
      { numRuns: 1500 },
    );
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 300 });
    expect(refused).toBeGreaterThan(300);
  });
});
