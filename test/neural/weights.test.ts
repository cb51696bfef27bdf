import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  extract,
  instanceOfLayersModel,
  loadModel,
  loadStateDict,
  type ResNetOptions,
  resnet,
  saveModel,
  saveStateDict,
} from '../../src/neural/index.ts';
import { makeRandom, RcpruneError } from '../../src/problem/index.ts';
import {
  float32Tensor,
  type RawTensor,
  readRawSafetensors,
  writeRawSafetensors,
} from '../reference/raw-safetensors.ts';
import { type Network, randomState, stateShapes } from '../reference/residual-network.ts';
import { temporaryFolder } from '../temporary.ts';

const inFolder = temporaryFolder();
tf.env().set('PROD', true); // no advertisement of other backends in the test's output

/** A custom layer, as a user or another part of the project may register. */
class Shift extends tfl.layers.Layer {
  static readonly className = 'TestShift';
  private readonly by: number;
  private offset!: tfl.LayerVariable;
  constructor(config: { by: number; name?: string }) {
    super(config as object);
    this.by = config.by;
  }
  override build() {
    this.offset = this.addWeight('offset', [1], 'float32', tfl.initializers.constant({ value: this.by }));
    this.built = true;
  }
  override call(x: tf.Tensor | tf.Tensor[]) {
    return tf.tidy(() => tf.add([x].flat()[0]!, this.offset.read()));
  }
  override getConfig() {
    return { ...super.getConfig(), by: this.by };
  }
}
tf.serialization.registerClass(Shift as unknown as tf.serialization.SerializableConstructor<Shift>);

/** Every kind of layer that a state dict can hold, with kernels that are not square; and one that is registered. */
function mixedModel(): tfl.LayersModel {
  const random = (seed: number) => tfl.initializers.randomNormal({ seed });
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [6, 7, 2],
        filters: 3,
        kernelSize: [3, 2],
        name: 'conv',
        kernelInitializer: random(1),
        biasInitializer: random(2),
      }),
      tfl.layers.batchNormalization({ name: 'norm', betaInitializer: random(3), movingMeanInitializer: random(4) }),
      tfl.layers.globalAveragePooling2d({}),
      new Shift({ by: 0.25, name: 'shift' }),
      tfl.layers.dense({ units: 5, name: 'dense', kernelInitializer: random(5), biasInitializer: random(6) }),
    ],
  });
}

const small: Network = { blocks: [1, 1], width: 4, classes: 3, stem: 'small', channels: 1 };
const smallModel = (options: Partial<ResNetOptions> = {}) => {
  const { channels, ...rest } = small;
  return resnet({ ...rest, inputShape: [8, 8, channels], ...options });
};

/** The model's output of fixed random inputs. */
function outputOf(model: tfl.LayersModel): number[] {
  return tf.tidy(() => {
    const shape = model.inputs[0]!.shape.slice(1) as number[];
    const x = tf.randomNormal([2, ...shape], 0, 1, 'float32', 5);
    return [...(model.predict(x) as tf.Tensor).dataSync()];
  });
}

const tensorCount = () => tf.memory().numTensors;

/** The project's own error, on one line; nothing may stay behind. */
async function refusal(use: () => Promise<unknown>): Promise<string> {
  const before = tensorCount();
  const error = await use().then(
    () => new Error('accepted'),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RcpruneError);
  expect((error as RcpruneError).message).not.toContain('\n');
  expect(tensorCount()).toBe(before);
  return (error as RcpruneError).message;
}

const filesOf = (folder: string) => readdirSync(folder).sort();
const contentOf = (folder: string) =>
  filesOf(folder).map((name) => [name, readFileSync(path.join(folder, name), 'hex')]);

describe('model.json', () => {
  it.each<[string, () => tfl.LayersModel]>([
    ['a residual network', () => smallModel({ seed: 3 })],
    ['layers with biases and a registered layer', mixedModel],
  ])('gives back %s', async (name, build) => {
    const model = build();
    model.setUserDefinedMetadata({ classes: ['a', 'b'] });
    const before = tensorCount();
    const file = await saveModel(model, inFolder(`deep/${name}`));
    expect(tensorCount()).toBe(before);
    const loaded = await loadModel(file);
    expect(tensorCount() - before).toBe(loaded.weights.length);
    expect(loaded.layers.map((layer) => [layer.name, layer.getClassName()])).toEqual(
      model.layers.map((layer) => [layer.name, layer.getClassName()]),
    );
    expect(outputOf(loaded)).toEqual(outputOf(model));
    expect(loaded.getUserDefinedMetadata()).toEqual({ classes: ['a', 'b'] });
    const { instance, skipped } = instanceOfLayersModel(model);
    expect(await extract(file)).toEqual({ instance, skipped });
    expect(tensorCount() - before).toBe(loaded.weights.length);
    // Saved again, the loaded model gives the same bytes.
    await saveModel(loaded, inFolder(`again/${name}`));
    expect(contentOf(inFolder(`again/${name}`))).toEqual(contentOf(inFolder(`deep/${name}`)));
    loaded.dispose();
    model.dispose();
  });

  it('gives back recurrent layers, whose orthogonal initial values are not computed', async () => {
    const gru = tfl.layers.gru({ units: 4, inputShape: [3, 2], recurrentInitializer: 'glorotNormal' });
    const model = tfl.sequential({ layers: [gru] });
    const file = await saveModel(model, inFolder('recurrent'));
    const text = readFileSync(file, 'utf8');
    const recurrent = /"recurrent_initializer":\{"class_name":"VarianceScaling","config":\{[^}]*\}\}/;
    expect(text).toMatch(recurrent);
    writeFileSync(file, text.replace(recurrent, '"recurrent_initializer":{"class_name":"Orthogonal","config":{}}'));
    const loaded = await loadModel(file);
    expect(outputOf(loaded)).toEqual(outputOf(model));
    const again = readFileSync(await saveModel(loaded, inFolder('recurrent-again')), 'utf8');
    expect(again).toContain('"recurrent_initializer":{"class_name":"Zeros"');
    loaded.dispose();
    model.dispose();
  });

  it('is stored in files of at most 4 MiB that the next save replaces, and nothing else', async () => {
    const folder = inFolder('sharded');
    const options: ResNetOptions = { width: 16, blocks: [1, 1, 1, 1], classes: 2, inputShape: [8, 8, 1] };
    const large = resnet({ ...options, width: 32 });
    const file = await saveModel(large, folder);
    const weightFiles = filesOf(folder).filter((name) => name !== 'model.json');
    const sizes = weightFiles.map((name) => statSync(path.join(folder, name)).size);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.slice(0, -1)).toEqual(sizes.slice(1).map(() => 2 ** 22));
    expect(sizes.reduce((sum, size) => sum + size)).toBe(4 * large.countParams());
    expect(outputOf(await loadModel(file))).toEqual(outputOf(large));

    // Of the files that the replaced model.json names, only those of our names are removed.
    writeFileSync(path.join(folder, 'notes.txt'), 'mine');
    writeFileSync(inFolder('outside.bin'), 'mine too');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"paths":[', '"paths":["notes.txt","../outside.bin",'));
    const next = resnet(options);
    await saveModel(next, folder);
    expect(filesOf(folder).filter((name) => weightFiles.includes(name))).toEqual([]);
    expect(filesOf(folder)).toEqual(['model.json', 'notes.txt', expect.stringMatching(/^weights-/)]);
    expect(existsSync(inFolder('outside.bin'))).toBe(true);
    const stored = contentOf(folder);
    await saveModel(next, folder); // the same weights over themselves
    expect(contentOf(folder)).toEqual(stored);
    const loaded = await loadModel(file);
    expect(outputOf(loaded)).toEqual(outputOf(next));
  });

  it('stays as it was when a save over it fails', async () => {
    const folder = inFolder('kept');
    const model = smallModel({ seed: 1 });
    const file = await saveModel(model, folder);
    const stored = contentOf(folder);
    const other = smallModel({ seed: 2 });
    // The temporary file of model.json is in the way: by then the new weight files are there.
    const obstacle = path.join(folder, `.model.json.${process.pid}.tmp`);
    writeFileSync(obstacle, '');
    for (const each of [other, model]) {
      expect(await refusal(() => saveModel(each, folder))).toMatch(/model\.json: expected a file that can be written/);
      expect(contentOf(folder).filter(([name]) => name !== path.basename(obstacle))).toEqual(stored);
    }
    rmSync(obstacle);
    await saveModel(other, folder);
    const loaded = await loadModel(file);
    expect(outputOf(loaded)).toEqual(outputOf(other));
    writeFileSync(inFolder('a file'), '');
    expect(await refusal(() => saveModel(model, inFolder('a file')))).toMatch(/expected a file that can be written/);
    for (const each of [loaded, other, model]) each.dispose();
  });

  describe('is refused with', () => {
    type Stored = {
      modelTopology: { config: { layers: { class_name: string; config: Record<string, unknown> }[] } };
      weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
    };
    const folder = inFolder('refused');
    let good: string;
    beforeAll(async () => {
      good = readFileSync(await saveModel(mixedModel(), folder), 'utf8');
    });

    it.each<[string, (stored: Stored) => unknown, RegExp]>([
      ['no object', () => null, /expected a layers model, got no topology of layers/],
      ['a graph', (stored) => ({ ...stored, modelTopology: { node: [] } }), /expected a layers model/],
      ['no manifest', (stored) => ({ ...stored, weightsManifest: undefined }), /weightsManifest: expected array/],
      ['an empty topology', (stored) => ({ ...stored, modelTopology: {} }), /a layers model that TensorFlow\.js loads/],
      [
        'an unknown layer after known ones',
        (stored) => {
          stored.modelTopology.config.layers[3]!.class_name = 'Elsewhere';
          return stored;
        },
        /TensorFlow\.js loads, got Unknown layer: Elsewhere/,
      ],
      [
        'groups, which TensorFlow.js leaves out',
        (stored) => {
          stored.modelTopology.config.layers[0]!.config.groups = 2;
          return stored;
        },
        /layer "conv": expected a convolution of one group, got groups 2/,
      ],
      [
        'output padding, which it leaves out too',
        (stored) => {
          Object.assign(stored.modelTopology.config.layers[0]!.config, { groups: 1, output_padding: [1, 1] });
          return stored;
        },
        /layer "conv": expected no output padding, got 1,1/,
      ],
      [
        'a weight twice and another not at all',
        (stored) => {
          const { weights } = stored.weightsManifest[0]!;
          weights.find(({ name }) => name === 'norm/moving_variance')!.name = 'norm/moving_mean';
          return stored;
        },
        /1 of 9 weights are not set: norm\/moving_variance/,
      ],
      [
        'an unknown weight',
        (stored) => {
          stored.weightsManifest[0]!.weights.push({ name: 'other/kernel', shape: [0], dtype: 'float32' });
          return stored;
        },
        /no target variable: other\/kernel/,
      ],
      [
        'another shape of the same size',
        (stored) => {
          stored.weightsManifest[0]!.weights[0]!.shape = [2, 3, 2, 3];
          return stored;
        },
        /weight "conv\/kernel": expected \[3,2,2,3\], got \[2,3,2,3\]/,
      ],
      [
        'a quantisation that its dtype has not',
        (stored) => {
          const { weights } = stored.weightsManifest[0]!;
          const at = weights.findIndex(({ name }) => name === 'dense/bias');
          const half = { ...weights[at]!, dtype: 'int32', quantization: { dtype: 'float16' } };
          weights.splice(at, 1, half, { name: 'rest', shape: [10], dtype: 'bool' });
          return stored;
        },
        /quantized with float16/,
      ],
    ])('%s', async (_, change, message) => {
      const file = path.join(folder, 'changed.json');
      writeFileSync(file, JSON.stringify(change(JSON.parse(good) as Stored)));
      expect(await refusal(() => loadModel(file))).toMatch(message);
    });

    it('other bytes', async () => {
      const file = path.join(folder, 'model.json');
      const [shard] = filesOf(folder).filter((name) => name.endsWith('.bin'));
      const bytes = readFileSync(path.join(folder, shard!));
      writeFileSync(path.join(folder, shard!), bytes.subarray(4));
      expect(await refusal(() => loadModel(file))).toMatch(/expected \d+ bytes in weights-.*, got \d+/);
      renameSync(path.join(folder, shard!), path.join(folder, 'elsewhere.bin'));
      expect(await refusal(() => loadModel(file))).toMatch(/expected a readable file/);
      writeFileSync(file, '{');
      expect(await refusal(() => loadModel(file))).toMatch(/model\.json: expected JSON/);
      expect(await refusal(() => loadModel(path.join(folder, 'none.json')))).toMatch(/expected a readable file/);
    });
  });
});

describe('state dicts', () => {
  const state = randomState(small, makeRandom(4));
  const tensors = Array.from(state, ([name, { shape, values }]) => float32Tensor(name, shape, values));
  const counters = tensors
    .filter(({ name }) => name.endsWith('.running_var'))
    .map(({ name }): RawTensor => {
      const bytes = new Uint8Array(BigInt64Array.of(12345n).buffer);
      return { name: name.replace('running_var', 'num_batches_tracked'), dtype: 'I64', shape: [], bytes };
    });

  it('have the names and shapes of torchvision, and keep every bit', async () => {
    const file = inFolder('torchvision.safetensors');
    const model = smallModel();
    const before = tensorCount();
    expect(counters).toHaveLength(6);
    writeRawSafetensors(file, [...tensors, ...counters]);
    await loadStateDict(model, file);
    await saveStateDict(model, inFolder('back.safetensors'));
    expect(tensorCount()).toBe(before);
    const back = readRawSafetensors(inFolder('back.safetensors'));
    expect(new Set(back.keys())).toEqual(new Set(stateShapes(small).keys()));
    for (const tensor of tensors) expect(back.get(tensor.name)).toEqual(tensor);
    // The same network by way of either file is the same instance, up to the order of columns.
    const [ours, theirs] = [instanceOfLayersModel(model).instance, (await extract(file)).instance];
    for (const layer of ours.layers) {
      const name = layer.name.replace('/kernel', '.weight');
      const other = theirs.layers.find((one) => one.name === name)!;
      expect([other.rows, other.cols]).toEqual([layer.rows, layer.cols]);
      const inputs = state.get(name)!.shape[1]!;
      const positions = layer.cols / inputs;
      for (let o = 0; o < layer.rows; o++) {
        for (let position = 0; position < positions; position++) {
          for (let i = 0; i < inputs; i++) {
            const entry = layer.importance[o * layer.cols + position * inputs + i];
            expect(entry).toBe(other.importance[o * layer.cols + i * positions + position]);
          }
        }
      }
    }
    model.dispose();
  });

  it('of convolutions with biases and oblong kernels are in the order of PyTorch', async () => {
    const model = mixedModel();
    expect(await refusal(() => saveStateDict(model, inFolder('mixed.safetensors')))).toMatch(
      /layer "shift": expected weights of Conv2D, Dense or BatchNormalization layers, got TestShift/,
    );
    expect(existsSync(inFolder('mixed.safetensors'))).toBe(false);
    const plain = tfl.sequential({ layers: model.layers.filter(({ name }) => name !== 'shift') });
    await saveStateDict(plain, inFolder('plain.safetensors'));
    const stored = readRawSafetensors(inFolder('plain.safetensors'));
    const numbers = (name: string) => [...new Float32Array(stored.get(name)!.bytes.buffer)];
    const shapes = Array.from(stored, ([name, { shape }]) => [name, shape]);
    expect(Object.fromEntries(shapes)).toEqual({
      'conv.weight': [3, 2, 3, 2],
      'conv.bias': [3],
      'norm.weight': [3],
      'norm.bias': [3],
      'norm.running_mean': [3],
      'norm.running_var': [3],
      'dense.weight': [5, 3],
      'dense.bias': [5],
    });
    const kernel = plain.getLayer('conv').getWeights()[0]!.arraySync() as number[][][][]; // [kh][kw][in][out]
    const oihw = [0, 1, 2].flatMap((o) =>
      [0, 1].flatMap((i) => [0, 1, 2].flatMap((h) => [0, 1].map((w) => kernel[h]![w]![i]![o]!))),
    );
    expect(numbers('conv.weight')).toEqual(oihw);
    const dense = plain.getLayer('dense').getWeights()[0]!.arraySync() as number[][]; // [in][out]
    expect(numbers('dense.weight')).toEqual([0, 1, 2, 3, 4].flatMap((o) => [0, 1, 2].map((i) => dense[i]![o]!)));
    const names = ['weight', 'bias', 'running_mean', 'running_var'];
    plain
      .getLayer('norm')
      .getWeights()
      .forEach((weight, k) => {
        expect(numbers(`norm.${names[k]}`)).toEqual([...weight.dataSync()]);
      });
  });

  it('begin a network of other classes, whose last layer stays as it was', async () => {
    const file = inFolder('transfer.safetensors');
    const other = tensors.map((tensor) =>
      tensor.name === 'fc.weight' ? float32Tensor('fc.weight', [10, 8], Array(80).fill(0.5)) : tensor,
    );
    writeRawSafetensors(file, [...other, ...counters]);
    const model = smallModel();
    const classifier = () =>
      model
        .getLayer('fc')
        .getWeights()
        .map((weight) => [...weight.dataSync()]);
    const initial = classifier();
    expect(await refusal(() => loadStateDict(model, file))).toMatch(/tensor "fc\.weight": expected \[3,8\]/);
    expect(await refusal(() => loadStateDict(model, file, { skip: ['fc', 'head'] }))).toMatch(
      /skip: expected a layer with weights, got "head"/,
    );
    await loadStateDict(model, file, { skip: ['fc'] });
    expect(classifier()).toEqual(initial);
    await saveStateDict(model, inFolder('begun.safetensors'));
    const begun = readRawSafetensors(inFolder('begun.safetensors'));
    for (const tensor of tensors.filter(({ name }) => !name.startsWith('fc.'))) {
      expect(begun.get(tensor.name)).toEqual(tensor);
    }
    writeRawSafetensors(
      file,
      tensors.filter(({ name }) => !name.startsWith('fc.')),
    );
    await loadStateDict(model, file, { skip: ['fc'] });
    model.dispose();
  });

  it('may be of half precision', async () => {
    const model = smallModel();
    const file = inFolder('half.safetensors');
    // 1.5 in bfloat16 and -0.25 in float16, everywhere.
    const half = tensors.map(({ name, shape, bytes }, k): RawTensor => {
      const words = new Uint16Array(bytes.length / 4).fill(k % 2 === 0 ? 0x3fc0 : 0xb400);
      return { name, shape, dtype: k % 2 === 0 ? 'BF16' : 'F16', bytes: new Uint8Array(words.buffer) };
    });
    writeRawSafetensors(file, half);
    await loadStateDict(model, file);
    await saveStateDict(model, inFolder('full.safetensors'));
    const full = readRawSafetensors(inFolder('full.safetensors'));
    half.forEach(({ name }, k) => {
      const values = new Float32Array(full.get(name)!.bytes.buffer);
      expect(
        values.every((value) => value === (k % 2 === 0 ? 1.5 : -0.25)),
        name,
      ).toBe(true);
    });
    model.dispose();
  });

  it.each<[string, (all: RawTensor[]) => RawTensor[], RegExp]>([
    [
      'a missing tensor',
      (all) => all.filter(({ name }) => name !== 'fc.bias'),
      /tensor "fc\.bias": expected \[3\], got no such tensor/,
    ],
    [
      'an unknown tensor',
      (all) => [...all, float32Tensor('layer3.0.conv1.weight', [1], [1])],
      /tensor "layer3\.0\.conv1\.weight": expected the name of a weight of the model \(all of them are there\), got another/,
    ],
    [
      'tensors of other names',
      (all) => all.map((tensor) => ({ ...tensor, name: `module.${tensor.name}` })),
      /tensor "module\..*": expected the name of a weight of the model \(missing: conv1\.weight, .* and [0-9]+ more\), got another/,
    ],
    [
      'another layout',
      (all) => all.map((tensor) => (tensor.name === 'fc.weight' ? { ...tensor, shape: [8, 3] } : tensor)),
      /tensor "fc\.weight": expected \[3,8\], got \[8,3\]/,
    ],
    [
      'integers',
      (all) => all.map((tensor) => (tensor.name === 'bn1.bias' ? { ...tensor, dtype: 'I32' } : tensor)),
      /tensor "bn1\.bias": expected F32 or F16 or BF16, got I32/,
    ],
    [
      'a counter of a convolution',
      (all) => [...all, { ...counters[0]!, name: 'conv1.num_batches_tracked' }],
      /tensor "conv1\.num_batches_tracked": expected the name of a weight/,
    ],
    [
      'a counter that is no integer',
      (all) => [...all, { ...counters[0]!, dtype: 'F64' }],
      /tensor "bn1\.num_batches_tracked": expected I64, got F64/,
    ],
    [
      'many counters',
      (all) => [...all, { ...counters[0]!, shape: [1] }],
      /tensor "bn1\.num_batches_tracked": expected \[\], got \[1\]/,
    ],
  ])('with %s are refused, and change nothing', async (_, change, message) => {
    const model = smallModel();
    const before = outputOf(model);
    const file = inFolder('bad.safetensors');
    writeRawSafetensors(file, change(tensors));
    expect(await refusal(() => loadStateDict(model, file))).toMatch(message);
    expect(outputOf(model)).toEqual(before);
    model.dispose();
  });

  it('need names of their own', async () => {
    const dense = () => tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [2], name: 'fc' })] });
    const model = tfl.sequential({ layers: [dense(), dense()] });
    expect(await refusal(() => saveStateDict(model, inFolder('twice.safetensors')))).toMatch(
      /layer "fc": expected a name of its own, got one of two layers/,
    );
  });
});
