import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../src/formats/index.ts';
import { extract, instanceOfLayersModel, instanceOfTensors } from '../../src/neural/index.ts';
import { entryCount, RcpruneError } from '../../src/problem/index.ts';
import { temporaryFolder } from '../temporary.ts';

const inFolder = temporaryFolder();
tf.env().set('PROD', true); // no advertisement of other backends in the test's output

function smallModel(): layers.LayersModel {
  const init = (seed: number) => layers.initializers.randomNormal({ seed });
  return layers.sequential({
    layers: [
      layers.layers.conv2d({
        inputShape: [8, 8, 2],
        filters: 3,
        kernelSize: [3, 2],
        name: 'conv',
        kernelInitializer: init(1),
      }),
      layers.layers.batchNormalization({ name: 'norm' }),
      layers.layers.depthwiseConv2d({ kernelSize: 2, name: 'depth', depthwiseInitializer: init(2) }),
      layers.layers.conv2dTranspose({ filters: 4, kernelSize: 2, name: 'up', kernelInitializer: init(3) }),
      layers.layers.globalAveragePooling2d({}),
      layers.layers.dense({ units: 5, name: 'dense', kernelInitializer: init(4) }),
    ],
  });
}

/** Stores a model as model.json and two weight files beside it, as the converter does. */
async function store(model: layers.LayersModel, folder: string): Promise<string> {
  mkdirSync(inFolder(folder));
  const artifacts = await new Promise<tf.io.ModelArtifacts>((resolve) => {
    void model.save({
      save: async (saved) => {
        resolve(saved);
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      },
    });
  });
  const bytes = Buffer.from(tf.io.CompositeArrayBuffer.join(artifacts.weightData));
  const shards = { 'shard1.bin': bytes.subarray(0, 100), 'shard2.bin': bytes.subarray(100) };
  for (const [name, part] of Object.entries(shards)) writeFileSync(inFolder(`${folder}/${name}`), part);
  const weightsManifest = [{ paths: Object.keys(shards), weights: artifacts.weightSpecs }];
  const file = inFolder(`${folder}/model.json`);
  writeFileSync(
    file,
    JSON.stringify({ format: 'layers-model', modelTopology: artifacts.modelTopology, weightsManifest }),
  );
  return file;
}

/** Kernel values by index, straight from the model. */
const kernel = (model: layers.LayersModel, layer: string) => model.getLayer(layer).getWeights()[0]!;

describe('layers models', () => {
  let model: layers.LayersModel;
  let file: string;
  beforeAll(async () => {
    model = smallModel();
    file = await store(model, 'stored');
  });

  it('give rows = filters and columns = kernel positions in hwi order, entry by entry', async () => {
    const { instance, skipped } = await extract(file);
    expect(instance.layers.map(({ name, rows, cols }) => [name, rows, cols])).toEqual([
      ['conv/kernel', 3, 3 * 2 * 2],
      ['up/kernel', 4, 2 * 2 * 3],
      ['dense/kernel', 5, 4],
    ]);
    const [conv, up, dense] = instance.layers;
    expect([conv!.columnOrder, up!.columnOrder, dense!.columnOrder]).toEqual(['hwi', 'hwi', undefined]);
    expect(instance.layers.every((layer) => layer.minKeptRows === 1 && layer.minKeptColumns === 1)).toBe(true);
    const convKernel = kernel(model, 'conv').arraySync() as number[][][][]; // [kh][kw][in][out]
    const upKernel = kernel(model, 'up').arraySync() as number[][][][]; // [kh][kw][out][in]
    const denseKernel = kernel(model, 'dense').arraySync() as number[][]; // [in][out]
    for (let h = 0; h < 3; h++) {
      for (let w = 0; w < 2; w++) {
        for (let i = 0; i < 2; i++) {
          for (let o = 0; o < 3; o++) {
            expect(conv!.importance[o * 12 + (h * 2 + w) * 2 + i]).toBe(Math.abs(convKernel[h]![w]![i]![o]!));
          }
        }
      }
    }
    for (let h = 0; h < 2; h++) {
      for (let w = 0; w < 2; w++) {
        for (let i = 0; i < 3; i++) {
          for (let o = 0; o < 4; o++) {
            expect(up!.importance[o * 12 + (h * 2 + w) * 3 + i]).toBe(Math.abs(upKernel[h]![w]![o]![i]!));
          }
        }
      }
    }
    for (let i = 0; i < 4; i++) {
      for (let o = 0; o < 5; o++) expect(dense!.importance[o * 4 + i]).toBe(Math.abs(denseKernel[i]![o]!));
    }
    expect(skipped.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['conv/bias', 'norm/gamma', 'depth/depthwise_kernel', 'dense/bias']),
    );
  });

  it('are the same in memory and from the file', async () => {
    expect(instanceOfLayersModel(model).instance).toEqual((await extract(file)).instance);
  });

  it('leave dense layers out when asked', async () => {
    const { instance, skipped } = await extract(file, { only: 'conv' });
    expect(instance.layers.map(({ name }) => name)).toEqual(['conv/kernel', 'up/kernel']);
    expect(skipped.find(({ name }) => name === 'dense/kernel')!.reason).toContain('dense');
  });
});

describe('importance', () => {
  const tensor = { name: 'a', shape: [2, 2], values: [1, -2, 3, -4], layout: 'oi' as const };
  const entries = (options: object) => [...instanceOfTensors([tensor], options).layers[0]!.importance];

  it('is |w|, w^2 or what the user says, divided by its mean or the root of it when asked', () => {
    expect(entries({})).toEqual([1, 2, 3, 4]);
    expect(entries({ importance: 'l2' })).toEqual([1, 4, 9, 16]);
    expect(entries({ normalize: 'mean' })).toEqual([1, 2, 3, 4].map((x) => Math.fround(x / 2.5)));
    expect(entries({ normalize: 'root' })).toEqual([1, 2, 3, 4].map((x) => Math.fround(x / Math.sqrt(2.5))));
    expect(entries({ importance: ({ values }: { values: number[] }) => values.map((x) => x + 4) })).toEqual([
      5, 2, 7, 0,
    ]);
    const dense = instanceOfTensors([{ ...tensor, layout: 'io' }], { importance: () => [1, 2, 3, 4] });
    expect([...dense.layers[0]!.importance]).toEqual([1, 3, 2, 4]);
  });

  it('leaves a layer of zeros alone when normalising', () => {
    const zero = instanceOfTensors([{ ...tensor, values: [0, 0, 0, 0] }], { normalize: 'mean' });
    expect([...zero.layers[0]!.importance]).toEqual([0, 0, 0, 0]);
  });

  it.each<[string, object, object, RegExp]>([
    ['NaN weights', { values: [1, Number.NaN, 3, 4] }, {}, /tensor "a": weight 1: expected a finite number, got NaN/],
    ['infinite weights', { values: [1, 2, -Infinity, 4] }, {}, /weight 2/],
    ['a wrong count', { values: [1] }, {}, /expected 4 weights, got 1/],
    ['a wrong rank', { shape: [4] }, {}, /expected 2 axes \(oi\), got \[4\]/],
    [
      'negative importances',
      {},
      { importance: () => [1, 2, -3, 4] },
      /expected a finite float32 importance >= 0, got -3/,
    ],
    ['too few importances', {}, { importance: () => [1] }, /expected 4 importances, got 1/],
  ])('refuses %s', (_, change, options, message) => {
    expect(() => instanceOfTensors([{ ...tensor, ...change }], options)).toThrow(message);
  });
});

describe('safetensors state dicts', () => {
  it('give OIHW convolutions in ihw order and linear layers; the rest is named', async () => {
    const file = inFolder('state.safetensors');
    const weights = Float32Array.from({ length: 2 * 3 * 2 * 2 }, (_, k) => (k % 2 === 0 ? k : -k));
    await writeSafetensors(file, {
      tensors: [
        { name: 'conv1.weight', dtype: 'F32', shape: [2, 3, 2, 2], data: weights },
        { name: 'fc.weight', dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
        { name: 'bn1.weight', dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) },
        { name: 'mask', dtype: 'U8', shape: [2, 2], data: Uint8Array.of(1, 1, 0, 1) },
      ],
    });
    const { instance, skipped } = await extract(file);
    const [conv, fc] = instance.layers;
    expect([conv!.name, conv!.rows, conv!.cols, conv!.columnOrder]).toEqual(['conv1.weight', 2, 12, 'ihw']);
    // Row o, column (i * 2 + h) * 2 + w is weight [o][i][h][w]: the tensor's own order.
    expect([...conv!.importance]).toEqual([...weights].map(Math.abs));
    expect([fc!.rows, fc!.cols, ...fc!.importance]).toEqual([2, 3, 1, 2, 3, 4, 5, 6]);
    expect(skipped).toEqual([
      { name: 'bn1.weight', reason: 'F32 [2] is no kernel matrix' },
      { name: 'mask', reason: 'U8 [2,2] is no kernel matrix' },
    ]);
  });
});

describe('weights manifests', () => {
  /** One group of one uint8-quantised convolution [1, 1, 2, 2] and one plain bias. */
  function manifest(
    name: string,
    change: (groups: { paths: string[]; weights: object[] }[]) => void = () => undefined,
  ) {
    const weights = [
      {
        name: 'c/filters',
        shape: [1, 1, 2, 2],
        dtype: 'float32',
        quantization: { dtype: 'uint8', scale: 0.5, min: -1 },
      },
      { name: 'c/bias', shape: [1], dtype: 'float32' },
    ];
    const groups = [{ paths: [`${name}.bin`], weights }];
    change(groups);
    writeFileSync(inFolder(`${name}.bin`), Buffer.from([0, 1, 2, 10, 0, 0, 128, 63]));
    writeFileSync(inFolder(`${name}.json`), JSON.stringify(groups));
    return inFolder(`${name}.json`);
  }

  it('undo quantisation: scale x byte + min', async () => {
    const { instance, skipped } = await extract(manifest('good'));
    // Weights [in][out] are -1, -0.5; 0, 4: rows are outputs.
    expect([...instance.layers[0]!.importance]).toEqual([1, 0, 0.5, 4]);
    expect(skipped).toEqual([{ name: 'c/bias', reason: 'float32 [1] is no kernel matrix' }]);
  });

  it.each<[string, (groups: { paths: string[]; weights: object[] }[]) => void, RegExp]>([
    [
      'a path that leaves the folder',
      (groups) => groups[0]!.paths.splice(0, 1, '../x.bin'),
      /below the folder of the manifest, got "\.\.\/x\.bin"/,
    ],
    ['an absolute path', (groups) => groups[0]!.paths.splice(0, 1, '/etc/passwd'), /below the folder/],
    ['a missing shard', (groups) => groups[0]!.paths.splice(0, 1, 'none.bin'), /none\.bin: expected a readable file/],
    ['a lying size', (groups) => groups[0]!.weights.splice(1, 1), /expected 4 bytes in .*\.bin, got 8/],
    [
      'an unknown dtype',
      (groups) => groups[0]!.weights.splice(1, 1, { name: 'x', shape: [1], dtype: 'string' }),
      /dtype/,
    ],
    [
      'a negative shape',
      (groups) => groups[0]!.weights.splice(1, 1, { name: 'x', shape: [-1], dtype: 'float32' }),
      /shape/,
    ],
    [
      'no kernels',
      (groups) => groups[0]!.weights.splice(0, 2, { name: 'x', shape: [2], dtype: 'float32' }),
      /expected at least one kernel/,
    ],
  ])('refuse %s', async (_, change, message) => {
    const file = manifest('bad', change);
    const error = await extract(file).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RcpruneError);
    expect((error as RcpruneError).message).toMatch(message);
  });

  it('of the face-recognition network give 29 convolutions of 5.6 million weights', async () => {
    const folder = path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
    const file = path.join(folder, 'model', 'face_recognition_model-weights_manifest.json');
    const { instance } = await extract(file, { only: 'conv' });
    expect(instance.layers).toHaveLength(29);
    expect(entryCount(instance)).toBe(5_571_168);
    const [first] = instance.layers;
    expect([first!.rows, first!.cols]).toEqual([32, 147]);
    expect(Math.max(...instance.layers.map(({ cols }) => cols))).toBe(2304);
    expect((await extract(file)).instance.layers).toHaveLength(30); // and the dense layer
  });
});
