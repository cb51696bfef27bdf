import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeNormal } from '../../src/families/normal.ts';
import { resnet18Layers } from '../../src/families/resnet18.ts';
import { instanceOfLayersModel, loadStateDict, type ResNetOptions, resnet } from '../../src/neural/index.ts';
import { makeRandom, RcpruneError } from '../../src/problem/index.ts';
import { float32Tensor, writeRawSafetensors } from '../reference/raw-safetensors.ts';
import {
  activations,
  type Network,
  type Planes,
  randomState,
  type State,
  stateShapes,
} from '../reference/residual-network.ts';
import { temporaryFolder } from '../temporary.ts';

const inFolder = temporaryFolder();
tf.env().set('PROD', true); // no advertisement of other backends in the test's output

const optionsOf = (
  { blocks, width, classes, stem, channels }: Network,
  height: number,
  columns: number,
): ResNetOptions => {
  return { blocks, width, classes, stem, inputShape: [height, columns, channels] };
};

function storeState(file: string, state: State): void {
  writeRawSafetensors(
    file,
    Array.from(state, ([name, { shape, values }]) => float32Tensor(name, shape, values)),
  );
}

/** Runs `use` and requires that it leaves no tensor behind. */
async function leavingNothing<T>(use: () => Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await use();
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

/** Our layer that gives out what torchvision's module gives. */
const layerOf = (module: string) => (module.startsWith('layer') ? `${module}.relu2` : module);

/** Compares every activation of every image with the reference's; float32 against float64. */
async function compareWithReference(network: Network, [height, columns]: [number, number], seed: number) {
  const random = makeRandom(seed, 'network');
  const state = randomState(network, random);
  const file = inFolder(`state-${seed}.safetensors`);
  storeState(file, state);
  const normal = makeNormal(random);
  const images = Array.from({ length: 2 }, (): Planes => {
    const values = Float64Array.from({ length: network.channels * height * columns }, () => Math.fround(normal()));
    return { channels: network.channels, height, width: columns, values };
  });
  const expected = images.map((image) => activations(network, state, image));

  await leavingNothing(async () => {
    const before = tf.memory().numTensors;
    const model = resnet(optionsOf(network, height, columns));
    expect(tf.memory().numTensors - before).toBe(model.weights.length);
    await loadStateDict(model, file);
    const modules = [...expected[0]!.keys()];
    const outputs = modules.map((module) => model.getLayer(layerOf(module)).output as tfl.SymbolicTensor);
    const probe = tfl.model({ inputs: model.inputs, outputs });
    tf.tidy(() => {
      const nchw = tf.tensor4d(
        images.flatMap(({ values }) => [...values]),
        [images.length, network.channels, height, columns],
      );
      const found = [probe.predict(tf.transpose(nchw, [0, 2, 3, 1]))].flat() as tf.Tensor[];
      let scale = 1; // the largest activation until here: what cancels later leaves its rounding behind
      modules.forEach((module, k) => {
        const output = found[k]!;
        const values = (output.rank === 4 ? tf.transpose(output, [0, 3, 1, 2]) : output).dataSync();
        const wanted = expected.flatMap((seen) => [...seen.get(module)!.values]);
        expect(values.length, module).toBe(wanted.length);
        scale = Math.max(scale, ...wanted.map(Math.abs));
        const worst = wanted.reduce((most, value, at) => Math.max(most, Math.abs(value - values[at]!)), 0);
        expect(worst, `${module}, of ${scale}`).toBeLessThanOrEqual(1e-5 * scale);
      });
    });
    model.dispose();
  });
}

describe('residual networks compute what the reference computes', () => {
  it.each<[string, Network, [number, number]]>([
    [
      'ResNet-18 of width 4, odd sizes',
      { blocks: [2, 2, 2, 2], width: 4, classes: 10, stem: 'imagenet', channels: 3 },
      [45, 38],
    ],
    ['ResNet-20 of width 6', { blocks: [3, 3, 3], width: 6, classes: 7, stem: 'small', channels: 1 }, [13, 16]],
  ])('%s', async (_, network, size) => {
    await compareWithReference(network, size, 1);
  });

  it('of any stages, width, stem and size', async () => {
    const network: fc.Arbitrary<Network> = fc.record({
      blocks: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 }),
      width: fc.integer({ min: 1, max: 5 }),
      classes: fc.integer({ min: 1, max: 4 }),
      stem: fc.constantFrom('imagenet' as const, 'small' as const),
      channels: fc.integer({ min: 1, max: 4 }),
    });
    const size = fc.tuple(fc.integer({ min: 1, max: 18 }), fc.integer({ min: 1, max: 18 }));
    await fc.assert(
      fc.asyncProperty(network, size, fc.nat(), async (...example) => compareWithReference(...example)),
      { numRuns: 25 },
    );
  });
});

describe('ResNet-18', () => {
  const network: Network = { blocks: [2, 2, 2, 2], width: 64, classes: 1000, stem: 'imagenet', channels: 3 };
  const model = resnet({ classes: 1000, inputShape: [224, 224, 3] });

  it('has the parameters of torchvision, by number and by shape', () => {
    const shapes = [...stateShapes(network)];
    const counted = shapes.filter(([name]) => !name.includes('running'));
    const count = counted.reduce((sum, [, shape]) => sum + shape.reduce((product, extent) => product * extent), 0);
    expect([shapes.length, counted.length, count]).toEqual([102, 62, 11_689_512]);
    expect(model.weights).toHaveLength(102);
    const trainable = model.trainableWeights.reduce(
      (sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]),
      0,
    );
    expect(trainable).toBe(11_689_512);
  });

  it('is an instance of the 20 convolutions by name, and the dense layer', () => {
    const { instance } = instanceOfLayersModel(model);
    expect(instance.layers.map(({ name, rows, cols }) => ({ name, rows, cols }))).toEqual([
      ...resnet18Layers.map((layer) => ({ ...layer, name: `${layer.name}/kernel` })),
      { name: 'fc/kernel', rows: 1000, cols: 512 },
    ]);
    expect(instance.layers.slice(0, 20).every(({ columnOrder }) => columnOrder === 'hwi')).toBe(true);
  });

  it('starts from normal kernels of variance 2 / fan-out, identity norms and a uniform dense layer', () => {
    for (const layer of model.layers) {
      const [first, second, ...averages] = layer.getWeights().map((weight) => [...weight.dataSync()]);
      if (layer.getClassName() === 'Conv2D') {
        const [size, , , filters] = layer.getWeights()[0]!.shape as [number, number, number, number];
        const count = first!.length;
        const mean = first!.reduce((sum, value) => sum + value, 0) / count;
        const square = first!.reduce((sum, value) => sum + value * value, 0) / count;
        const beyond = first!.filter((value) => value * value > (4 * 2) / (size * size * filters)).length / count;
        const variance = 2 / (size * size * filters);
        // Five standard deviations of each estimate; 4.55% of a normal law lie beyond two of its own.
        expect(Math.abs(mean), layer.name).toBeLessThan(5 * Math.sqrt(variance / count));
        expect(Math.abs(square / variance - 1), layer.name).toBeLessThan(5 * Math.sqrt(2 / count));
        expect(Math.abs(beyond - 0.0455), layer.name).toBeLessThan(5 * Math.sqrt(0.0434 / count));
      } else if (layer.getClassName() === 'BatchNormalization') {
        expect(first!.every((value) => value === 1) && second!.every((value) => value === 0)).toBe(true);
        expect(averages[0]!.every((value) => value === 0) && averages[1]!.every((value) => value === 1)).toBe(true);
      } else if (layer.getClassName() === 'Dense') {
        const most = 1 / Math.sqrt(512);
        for (const values of [first!, second!]) {
          const sorted = values.sort((a, b) => a - b);
          const [least, largest] = [sorted[0]!, sorted.at(-1)!];
          expect(Math.max(-least, largest)).toBeLessThanOrEqual(most);
          expect(Math.min(-least, largest)).toBeGreaterThan(0.95 * most);
        }
      }
    }
  });
});

describe('initial weights', () => {
  const weightsOf = (options: Partial<ResNetOptions>): Map<string, number[]> => {
    const model = resnet({ blocks: [2, 1], width: 4, classes: 3, stem: 'small', inputShape: [8, 8, 1], ...options });
    const values = new Map(model.weights.map((weight) => [weight.originalName, [...weight.read().dataSync()]]));
    model.dispose();
    return values;
  };

  it('follow the seed, layer by layer', () => {
    const weights = weightsOf({ seed: 7 });
    expect(weightsOf({ seed: 7 })).toEqual(weights);
    const kernels = [...weights.keys()].filter((name) => name.endsWith('kernel'));
    expect(kernels).toHaveLength(9);
    const other = weightsOf({ seed: 8 });
    for (const name of kernels) expect(other.get(name), name).not.toEqual(weights.get(name));
    expect(weightsOf({})).toEqual(weightsOf({ seed: 1 }));
    // Each layer has a stream of its own: equal shapes get other weights, and a further stage changes none before it.
    expect(weights.get('layer1.0.conv1/kernel')).not.toEqual(weights.get('layer1.0.conv2/kernel'));
    const deeper = weightsOf({ seed: 7, blocks: [2, 1, 1] });
    for (const name of kernels.slice(0, -1)) expect(deeper.get(name), name).toEqual(weights.get(name));
  });
});

describe('in training', () => {
  it('a batch moves the averages by a tenth, as in torch', () => {
    const model = resnet({ blocks: [1], width: 2, classes: 2, stem: 'small', inputShape: [3, 3, 1] });
    const probe = tfl.model({ inputs: model.inputs, outputs: model.getLayer('conv1').output as tfl.SymbolicTensor });
    tf.tidy(() => {
      const x = tf.randomNormal([4, 3, 3, 1], 1, 2, 'float32', 3);
      const mean = tf.mean(probe.predict(x) as tf.Tensor, [0, 1, 2]).dataSync();
      model.apply(x, { training: true });
      const moved = model.getLayer('bn1').getWeights()[2]!.dataSync();
      for (let c = 0; c < 2; c++) expect(moved[c]).toBeCloseTo(0.1 * mean[c]!, 6);
      expect(Math.max(...mean.map(Math.abs))).toBeGreaterThan(0.01);
    });
    model.dispose();
  });
});

describe('options are refused:', () => {
  it.each<[string, object, RegExp]>([
    ['no stage', { blocks: [] }, /blocks: expected at least one stage/],
    ['an empty stage', { blocks: [2, 0] }, /blocks\[1\]: expected a positive integer, got 0/],
    ['half a filter', { width: 0.5 }, /width: expected a positive integer, got 0.5/],
    ['no class', { classes: 0 }, /classes: expected a positive integer, got 0/],
    ['a negative height', { inputShape: [-1, 8, 3] }, /inputShape\[0\]: expected a positive integer, got -1/],
    ['two extents', { inputShape: [8, 8] }, /inputShape: expected three extents, got \[8,8\]/],
    ['an unknown stem', { stem: 'large' }, /stem: expected imagenet or small, got "large"/],
    ['a broken seed', { seed: Number.NaN }, /seed: expected an integer, got NaN/],
  ])('%s', (_, change, message) => {
    const build = () => resnet({ classes: 2, inputShape: [8, 8, 3], width: 2, ...change } as ResNetOptions);
    expect(build).toThrow(RcpruneError);
    expect(build).toThrow(message);
  });
});
