import { writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLinks, writeInstance } from '../../src/formats/index.ts';
import { startBackend } from '../../src/neural/backend.ts';
import { extract, instanceOfLayersModel, instanceOfTensors, resnet, saveStateDict } from '../../src/neural/index.ts';
import { closure } from '../../src/problem/closure.ts';
import { type Instance, isClosed, type Layer, makeInstance, type Pruning } from '../../src/problem/index.ts';
import { makeRandom, type Random } from '../../src/problem/random.ts';
import { temporaryFolder } from '../temporary.ts';

tf.env().set('PROD', true);
const inFolder = temporaryFolder();
beforeAll(() => startBackend('wasm'));

type Tensor = layers.SymbolicTensor;
const L = layers.layers;
const apply = (layer: { apply(x: Tensor | Tensor[]): unknown }, x: Tensor | Tensor[]) => layer.apply(x) as Tensor;

/** A convolution as residual networks have them, with its batch norm. */
function unit(name: string, x: Tensor, filters: number, kernelSize: number, strides = 1): Tensor {
  const conv = L.conv2d({ name, filters, kernelSize, strides, padding: 'same', useBias: false });
  return apply(L.batchNormalization({}), apply(conv, x));
}

const relu = (x: Tensor) => apply(L.reLU({}), x);

function network(head: string, width: number, body: (x: Tensor) => Tensor): layers.LayersModel {
  const image = layers.input({ shape: [8, 8, 3] });
  const features = apply(L.globalAveragePooling2d({}), body(relu(unit('conv1', image, width, 3))));
  return layers.model({ inputs: image, outputs: apply(L.dense({ name: head, units: 5 }), features) });
}

/** Bottleneck blocks, four times as wide outside as inside: torchvision's resnet50 in small. */
function bottlenecks(blocks: readonly number[], width: number): layers.LayersModel {
  return network('fc', width, (x) => {
    let y = x;
    blocks.forEach((count, s) => {
      for (let b = 0; b < count; b++) {
        const name = `layer${s + 1}.${b}`;
        const [inner, strides] = [width * 2 ** s, s > 0 && b === 0 ? 2 : 1];
        const first = relu(unit(`${name}.conv1`, y, inner, 1));
        const last = unit(`${name}.conv3`, relu(unit(`${name}.conv2`, first, inner, 3, strides)), 4 * inner, 1);
        y = relu(apply(L.add(), [last, b === 0 ? unit(`${name}.downsample.0`, y, 4 * inner, 1, strides) : y]));
      }
    });
    return y;
  });
}

/** Basic blocks with option A: every second pixel, and zeros around the channels. */
function zeroPadded(blocks: readonly number[], width: number): layers.LayersModel {
  const shortcut = (x: Tensor) => {
    const quarter = x.shape[3]! / 2;
    const padding: [[number, number], [number, number]] = [
      [0, 0],
      [quarter, quarter],
    ];
    const picked = apply(L.maxPooling2d({ poolSize: 1, strides: 2 }), x);
    return apply(L.zeroPadding2d({ padding, dataFormat: 'channelsFirst' }), picked); // pads the last two axes
  };
  return network('linear', width, (x) => {
    let y = x;
    blocks.forEach((count, s) => {
      for (let b = 0; b < count; b++) {
        const name = `layer${s + 1}.${b}`;
        const isFirst = s > 0 && b === 0;
        const inner = relu(unit(`${name}.conv1`, y, width * 2 ** s, 3, isFirst ? 2 : 1));
        const last = unit(`${name}.conv2`, inner, width * 2 ** s, 3);
        y = relu(apply(L.add(), [last, isFirst ? shortcut(y) : y]));
      }
    });
    return y;
  });
}

/** Of column j of a kernel of TensorFlow.js, the column that PyTorch has in its place. */
function inPytorch({ cols, columnOrder }: Layer, inputs: number, j: number): number {
  return columnOrder === undefined ? j : (j % inputs) * (cols / inputs) + Math.floor(j / inputs);
}

/** The instance that a state dict of the same network gives: PyTorch's names and order of columns, links by name. */
function asStateDict({ layers: own }: Instance, prefix: string): Instance {
  return instanceOfTensors(
    own.map(({ name, rows, cols, columnOrder }) => ({
      name: `${prefix}${name.replace(/kernel$/, 'weight').replace('/', '.')}`,
      shape: columnOrder === undefined ? [rows, cols] : [rows, cols, 1, 1],
      values: new Float32Array(rows * cols),
      layout: columnOrder === undefined ? ('oi' as const) : ('oihw' as const),
    })),
    { links: 'resnet' },
  );
}

function randomPruning(instance: Instance, random: Random, share: number): Pruning {
  const removed = (count: number) =>
    Uint32Array.from(Array.from({ length: count }, (_, k) => k).filter(() => random.uniform() < share));
  return {
    layers: instance.layers.map(({ rows, cols }) => ({ removedRows: removed(rows), removedColumns: removed(cols) })),
  };
}

/** A pruning of TensorFlow.js' columns as one of PyTorch's. */
function moved(model: layers.LayersModel, instance: Instance, { layers: own }: Pruning): Pruning {
  return {
    layers: own.map(({ removedRows, removedColumns }, l) => {
      const layer = instance.layers[l]!;
      const inputs = model.getLayer(layer.name.replace('/kernel', '')).getWeights()[0]!.shape.at(-2)!;
      return { removedRows, removedColumns: removedColumns.map((j) => inPytorch(layer, inputs, j)).sort() };
    }),
  };
}

function makeModel(make: () => layers.LayersModel): layers.LayersModel {
  let model!: layers.LayersModel;
  tf.tidy(() => {
    model = make();
  });
  return model;
}

const basic = () => resnet({ classes: 5, width: 4, blocks: [2, 2, 1], inputShape: [8, 8, 3] });

describe('links of a resnet by name', () => {
  it.each<[string, () => layers.LayersModel, string]>([
    ['basic blocks (resnet18, resnet34)', basic, ''],
    ['bottlenecks (resnet50 and more)', () => bottlenecks([2, 2], 2), ''],
    ['zero-padded shortcuts (CIFAR)', () => zeroPadded([2, 2, 1], 4), 'module.'],
  ])('%s: the same dead lines as from the graph', (_, make, prefix) => {
    const model = makeModel(make);
    const { instance } = instanceOfLayersModel(model);
    const named = asStateDict(instance, prefix);
    expect(named.layers.map(({ columnOrder }) => columnOrder)).toContain('ihw');
    let dead = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const random = makeRandom(seed);
      const pruning = randomPruning(instance, random, [0.1, 0.4, 0.8][seed % 3]!);
      const closed = closure(instance, pruning);
      expect(closure(named, moved(model, instance, pruning)), `seed ${seed}`).toEqual(moved(model, instance, closed));
      if (!isClosed(instance, pruning)) dead++;
    }
    expect(dead).toBeGreaterThan(50);
    model.dispose();
  });

  it('come with a state dict that is extracted, by name or from a file', async () => {
    const model = makeModel(basic);
    const file = inFolder('resnet.safetensors');
    await saveStateDict(model, file);
    const { instance } = await extract(file, { links: 'resnet' });
    expect(instance.links!.tensors.map(({ name, channels }) => [name, channels])).toEqual([
      ['stem', 4],
      ['layer1.0.inner1', 4],
      ['layer1.0', 4],
      ['layer1.1.inner1', 4],
      ['layer1.1', 4],
      ['layer2.0.inner1', 8],
      ['layer2.0', 8],
      ['layer2.1.inner1', 8],
      ['layer2.1', 8],
      ['layer3.0.inner1', 16],
      ['layer3.0', 16],
      ['logits', 5],
    ]);
    expect((await extract(file)).instance).toEqual(makeInstance(instance.layers));
    writeFileSync(inFolder('links.json'), JSON.stringify(instance.links));
    await writeInstance(inFolder('linked.json'), instance);
    await writeInstance(inFolder('linked.safetensors'), instance);
    for (const name of ['links.json', 'linked.json', 'linked.safetensors']) {
      const links = await readLinks(inFolder(name));
      expect((await extract(file, { links })).instance, name).toEqual(instance);
    }
    // Without the dense layer the last stream is given out.
    const { links } = (await extract(file, { links: 'resnet', only: 'conv' })).instance;
    expect(links!.tensors.at(-1)).toMatchObject({ name: 'layer3.0', output: true });
    model.dispose();
  });

  const layer = (name: string, rows = 4, cols = 36) => ({
    name,
    rows,
    cols,
    importance: new Float32Array(rows * cols),
    columnOrder: 'ihw' as const,
  });
  const refusals: [string, ReturnType<typeof layer>[], RegExp][] = [
    ['other names', [layer('conv1'), layer('encoder.0')], /layers named like those of a resnet, got "encoder.0"/],
    ['no stem', [layer('layer1.0.conv1'), layer('layer1.0.conv2')], /expected a layer conv1, got none/],
    ['a stage that is left out', [layer('conv1'), layer('layer2.0.conv1')], /layer layer1\.0\.conv1, got none/],
    ['half a block', [layer('conv1'), layer('layer1.0.conv1')], /layer layer1\.0\.conv2, got none/],
    ['a name twice', [layer('conv1'), layer('module.conv1')], /one layer conv1, got "module.conv1" too/],
    [
      'a stream that gets narrower',
      [layer('conv1'), layer('layer1.0.conv1'), layer('layer1.0.conv2', 2)],
      /layer1\.0: expected a shortcut from 4 to 2 channels/,
    ],
    [
      'a shortcut of another width',
      [layer('conv1'), layer('layer1.0.conv1'), layer('layer1.0.conv2', 8), layer('layer1.0.downsample.0', 4, 4)],
      /downsample.0": expected 8 rows, got 4/,
    ],
    [
      'columns that do not fit',
      [layer('conv1'), layer('layer1.0.conv1', 4, 27), layer('layer1.0.conv2')],
      /multiple of 4/,
    ],
  ];
  it.each(refusals)('refuse %s', (_, own, message) => {
    const tensors = own.map(({ name, rows, cols }) => {
      return { name, shape: [rows, cols, 1, 1], values: new Float32Array(rows * cols), layout: 'oihw' as const };
    });
    expect(() => instanceOfTensors(tensors, { links: 'resnet' })).toThrow(message);
  });

  it('are refused in a file that has none', async () => {
    writeFileSync(inFolder('list.json'), '[]');
    writeFileSync(inFolder('other.json'), '{"tensors":[{"name":"a","channels":0}]}');
    await writeInstance(inFolder('plain.json'), makeInstance([layer('a')]));
    await expect(readLinks(inFolder('list.json'))).rejects.toThrow(/list\.json: expected object, got/);
    await expect(readLinks(inFolder('other.json'))).rejects.toThrow(/tensors\.0\.channels: expected an integer >= 1/);
    await expect(readLinks(inFolder('plain.json'))).rejects.toThrow(/expected an instance with links, got one without/);
  });
});
