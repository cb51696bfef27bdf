import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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
} from '../../src/formats/index.ts';
import { type Instance, instanceHash, makeInstance, makeLayerPruning } from '../../src/problem/index.ts';
import { temporaryFolder } from '../temporary.ts';

const inFolder = temporaryFolder();
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

const anyName = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  fc.constantFrom('__proto__', 'constructor', '7', '0', 'a.rows', 'x'.repeat(3000), '"\\\n', 'läyer/λ:0'),
);
const anyImportance = fc.oneof(
  fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 2 ** -149, 3.4028234663852886e38, 0.1, 1),
);
const anyLayer = fc
  .record({ rows: fc.integer({ min: 1, max: 5 }), cols: fc.integer({ min: 1, max: 5 }) })
  .chain(({ rows, cols }) =>
    fc.record({
      rows: fc.constant(rows),
      cols: fc.constant(cols),
      importance: fc
        .array(anyImportance, { minLength: rows * cols, maxLength: rows * cols })
        .map((values) => Float32Array.from(values)),
      unitsPerEntry: fc.constantFrom(1, 2, 12544),
      minKeptRows: fc.integer({ min: 0, max: rows }),
      minKeptColumns: fc.integer({ min: 0, max: cols }),
      columnOrder: fc.constantFrom(undefined, 'hwi' as const, 'ihw' as const),
    }),
  );
const anyInstance: fc.Arbitrary<Instance> = fc
  .tuple(
    fc
      .uniqueArray(anyName, { minLength: 1, maxLength: 4 })
      .chain((names) => fc.tuple(...names.map((name) => anyLayer.map((layer) => ({ ...layer, name }))))),
    fc.option(fc.nat(), { nil: undefined }),
  )
  .map(([layers, target]) => makeInstance(layers, target));

describe.each(['json', 'safetensors'])('instances as .%s', (extension) => {
  it('come back with the same fields and the same bits', async () => {
    const file = inFolder(`instance.${extension}`);
    await fc.assert(
      fc.asyncProperty(anyInstance, async (instance) => {
        await writeInstance(file, instance);
        const back = await readInstance(file);
        expect(instanceHash(back)).toBe(instanceHash(instance));
        expect(back).toEqual(instance);
      }),
      { numRuns: 200 },
    );
  });

  it('are written as the same bytes every time', async () => {
    const instance = fc.sample(anyInstance, 1)[0]!;
    await writeInstance(inFolder(`a.${extension}`), instance);
    await writeInstance(inFolder(`b.${extension}`), instance);
    expect(readFileSync(inFolder(`a.${extension}`))).toEqual(readFileSync(inFolder(`b.${extension}`)));
  });
});

describe('JSON instances', () => {
  it('may give their fields in any order', async () => {
    const file = inFolder('order.json');
    writeFileSync(
      file,
      '{"layers":[{"importance":[[1,2.5e0],[0,4]],"cols":2,"name":"a","rows":2}],"version":1,"format":"rcprune-instance"}',
    );
    const { layers } = await readInstance(file);
    expect([...layers[0]!.importance]).toEqual([1, 2.5, 0, 4]);
  });
});

describe('prunings and masks', () => {
  it('come back as they were', async () => {
    await fc.assert(
      fc.asyncProperty(anyInstance, fc.nat(), async (instance, salt) => {
        const some = (length: number) => Array.from({ length }, (_, k) => k).filter((k) => (salt >> (k % 20)) & 1);
        const pruning = {
          layers: instance.layers.map((layer) => makeLayerPruning(layer, some(layer.rows), some(layer.cols))),
        };
        await writePruning(inFolder('pruning.json'), instance, pruning, { target: 3, cost: 0.1 });
        const stored = await readPruning(inFolder('pruning.json'), instance);
        expect(stored).toEqual({ pruning, target: 3, cost: 0.1, instanceHash: instanceHash(instance) });
        await writeMasks(inFolder('masks.safetensors'), instance, pruning);
        expect(await readMasks(inFolder('masks.safetensors'), instance)).toEqual(pruning);
      }),
      { numRuns: 150 },
    );
  });

  it('need nothing but the layers, in any order', async () => {
    const instance = makeInstance(['a', 'b'].map((name) => ({ name, rows: 2, cols: 2, importance: [1, 2, 3, 4] })));
    writeFileSync(
      inFolder('loose.json'),
      '{"layers":[{"name":"b","removedRows":[1,0],"removedColumns":[]},{"name":"a","removedColumns":[1],"removedRows":[]}]}',
    );
    const { pruning } = await readPruning(inFolder('loose.json'), instance);
    expect(pruning.layers.map(({ removedRows }) => [...removedRows])).toEqual([[], [0, 1]]);
  });
});

// Made by the ordinary Python library: fixtures/make.py.
describe('files of the Python library', () => {
  it('open as instances, with and without our metadata', async () => {
    const plain = await readInstance(fixture('plain.safetensors'));
    const found = Object.fromEntries(
      plain.layers.map((layer) => [layer.name, [layer.rows, layer.cols, ...layer.importance]]),
    );
    expect(found).toEqual({ a: [3, 2, 0, 1, 2, 3, 4, 5], b: [1, 3, 0.5, 1.25, 3] });
    const described = await readInstance(fixture('described.safetensors'));
    expect(described).toEqual(
      makeInstance(
        [
          {
            name: 'conv',
            rows: 2,
            cols: 2,
            importance: [1, 2, 3, 4],
            unitsPerEntry: 2,
            minKeptRows: 1,
            columnOrder: 'ihw',
          },
          { name: 'dense', rows: 1, cols: 2, importance: [0.25, 0.25] },
        ],
        4,
      ),
    );
  });

  it('give F16 and BF16 tensors exactly', async () => {
    const half = await openSafetensors(fixture('half.safetensors'));
    expect([...(await half.readTensor('half'))]).toEqual([1, -2.5, 65504, 2 ** -24, 2 ** -14, 0]);
    await expect(half.readTensor('whole')).rejects.toThrow('expected F32, F16 or BF16, got I64');
    await half.close();
    const brain = await openSafetensors(fixture('bfloat.safetensors'));
    const upper = (x: number) => {
      const words = new Uint32Array(Float32Array.of(x).buffer);
      words[0]! &= 0xffff0000;
      return new Float32Array(words.buffer)[0]!;
    };
    expect([...(await brain.readTensor('brain'))]).toEqual([1, -0.15625, 3e38, 1e-40].map(upper));
    await brain.close();
  });
});
