import '@tensorflow/tfjs-backend-cpu';
import { readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../src/neural/backend.ts';
import { compactModel, type Masks, maskedModel } from '../../src/neural/compact/index.ts';
import { instanceOfLayersModel, loadModel, resnet, saveModel } from '../../src/neural/index.ts';
import { RcpruneError } from '../../src/problem/error.ts';
import { makeRandom, type Random } from '../../src/problem/random.ts';
import { temporaryFolder } from '../temporary.ts';
import { apply, build, L, pick, type SymbolicTensor as Tensor } from './random-layers.ts';

tf.env().set('PROD', true);
const inFolder = temporaryFolder();
beforeAll(() => startBackend('wasm'));

/**
 * A random residual network of small extents, with the layers that are compacted and some that are not; `linear`: without
 * the latter, without anything that clamps, and without strides, which may leave pixels that nobody reads.
 */
function randomNetwork(random: Random, isLinear = false): layers.LayersModel {
  const activations = isLinear ? ['linear'] : ['relu', 'relu', 'relu6', 'tanh', 'linear', 'elu'];
  const ownActivations = isLinear ? (['linear'] as const) : (['linear', 'linear', 'relu'] as const);
  const conv = (x: Tensor, filters: number) => {
    const stride = isLinear ? 1 : pick(random, [1, 1, 2]);
    const kernelSize = pick(random, [1, 3, 3]);
    const isPadded = random.integer(2) === 0;
    const padded =
      isPadded && kernelSize === 3
        ? apply(L.zeroPadding2d({ padding: pick(random, [[1, 1] as [number, number], 1]) }), x)
        : x;
    const padding = padded === x ? pick(random, ['same', 'valid'] as const) : 'valid';
    const useBias = random.integer(2) === 0;
    const activation = pick(random, ownActivations);
    if (x.shape[1]! < 4 || x.shape[2]! < 4) return apply(L.conv2d({ filters, kernelSize: 1, useBias, activation }), x);
    return apply(L.conv2d({ filters, kernelSize, strides: stride, padding, useBias, activation }), padded);
  };
  const norm = (x: Tensor) => (random.integer(4) > 0 ? apply(L.batchNormalization({}), x) : x);
  const act = (x: Tensor) => {
    const name = pick(random, activations);
    if (name === 'linear') return x;
    if (name === 'relu' && random.integer(2) === 0) return apply(L.reLU({}), x);
    return apply(L.activation({ activation: name as 'relu' }), x);
  };
  const filters = () => 1 + random.integer(6);
  const input = layers.input({ shape: [9, 8, 3] });
  let x = act(norm(conv(input, filters())));
  for (let block = 0, blocks = 1 + random.integer(4); block < blocks; block++) {
    const depth = x.shape[3]!;
    switch (isLinear ? 3 + random.integer(6) : random.integer(9)) {
      case 0: {
        const padded = random.integer(2) === 0 ? x : apply(L.zeroPadding2d({ padding: 1 }), x);
        const padding =
          padded.shape[1]! < 2 || padded.shape[2]! < 2 ? 'same' : pick(random, ['same', 'valid'] as const);
        x = apply(pick(random, [L.maxPooling2d, L.averagePooling2d])({ poolSize: 2, strides: 1, padding }), padded);
        break;
      }
      case 1:
        x = apply(L.depthwiseConv2d({ kernelSize: 2, padding: 'same' }), x);
        break;
      case 2:
        x = apply(L.conv2d({ filters: filters(), kernelSize: 2, dilationRate: 2, padding: 'same' }), x);
        break;
      case 3: {
        const same = (n: number) => apply(L.conv2d({ filters: n, kernelSize: 3, padding: 'same' }), x);
        x = apply(L.concatenate({}), [act(norm(same(filters()))), x, norm(same(filters()))]);
        break;
      }
      default: {
        const same = (from: Tensor, n: number, size: number, useBias = false) =>
          norm(apply(L.conv2d({ filters: n, kernelSize: size, padding: 'same', useBias }), from));
        const inner = act(same(x, filters(), 3));
        const residual = same(inner, depth, pick(random, [1, 3]), random.integer(2) === 0);
        const shortcut = random.integer(2) === 0 ? x : same(x, depth, 1);
        const branches = random.integer(4) === 0 ? [residual, shortcut, same(x, depth, 1)] : [residual, shortcut];
        x = act(apply(L.add({}), branches));
      }
    }
    if (random.integer(3) === 0) x = act(norm(conv(x, filters())));
  }
  x =
    random.integer(3) === 0
      ? apply(L.flatten({}), x)
      : apply(
          pick(random, isLinear ? [L.globalAveragePooling2d] : [L.globalAveragePooling2d, L.globalMaxPooling2d])({}),
          x,
        );
  if (random.integer(2) === 0) x = act(norm(apply(L.dense({ units: filters() }), x)));
  const logits = apply(L.dense({ units: 4, activation: pick(random, ['linear', 'softmax'] as const) }), x);
  return layers.model({ inputs: input, outputs: logits });
}

/** Weights of all kinds, batch-norm statistics too; some scales and shifts are 0. */
function randomise(model: layers.LayersModel, random: Random): void {
  const number = () => 2 * random.uniform() - 1;
  for (const weight of model.weights) {
    const name = weight.originalName;
    const draw = /variance/.test(name)
      ? () => 0.2 + random.uniform()
      : /gamma|beta|bias/.test(name)
        ? () => (random.integer(4) === 0 ? 0 : number())
        : number;
    tf.tidy(() => {
      const size = weight.shape.reduce<number>((product, extent) => product * extent!, 1);
      weight.write(tf.tensor(Float32Array.from({ length: size }, draw), weight.shape as number[]));
    });
  }
}

function randomMasks(model: layers.LayersModel, random: Random, shares: readonly number[]): Masks {
  const bits = (count: number, share: number) =>
    Uint8Array.from({ length: count }, () => (random.uniform() < share ? 1 : 0));
  const masks: [string, { rows: Uint8Array; columns: Uint8Array }][] = [];
  for (const { name, rows, cols } of instanceOfLayersModel(model).instance.layers) {
    if (random.integer(8) === 0) continue; // kernels without a mask stay whole
    masks.push([name, { rows: bits(rows, pick(random, shares)), columns: bits(cols, pick(random, shares)) }]);
  }
  return new Map(masks);
}

function outputOf(model: layers.LayersModel, x: tf.Tensor): Float32Array {
  return tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync()) as Float32Array;
}

/** Largest difference, relative to the largest number. */
function distance(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  const size = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return a.reduce((most, value, k) => Math.max(most, Math.abs(value - b[k]!)), 0) / size;
}

const TOLERANCE = 3e-5;
const images = (model: layers.LayersModel, seed: number, batch = 3): tf.Tensor =>
  tf.randomNormal([batch, ...(model.inputs[0]!.shape.slice(1) as number[])], 0, 1, 'float32', seed);

describe('a compact model', () => {
  it('equals the masked one, whatever the network, the statistics and the masks', () => {
    const seen = new Set<string>();
    let removed = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (seed) => {
        const random = makeRandom(seed);
        const before = tf.memory().numTensors;
        const model = build(() => randomNetwork(random));
        randomise(model, random);
        const masks = randomMasks(model, random, pick(random, [[0, 0.3, 1], [0.5], [0.9, 1], [0.1, 0.4], [0, 1]]));
        const masked = maskedModel(model, masks);
        const { model: compact, layers: report } = compactModel(model, masks);
        const x = images(model, seed);
        const expected = outputOf(masked, x);
        expect(expected.every(Number.isFinite)).toBe(true);
        expect(distance(outputOf(compact, x), expected)).toBeLessThan(TOLERANCE);
        for (const layer of compact.layers) seen.add(layer.getClassName());
        for (const one of report) {
          expect(one.form === 'masked' || one.compactRows <= one.keptRows).toBe(true);
          expect(one.form === 'masked' || one.compactColumns <= one.keptColumns).toBe(true);
          if (one.form === 'compact') removed += one.keptRows - one.compactRows + one.keptColumns - one.compactColumns;
        }
        for (const one of [model, masked, compact]) one.dispose();
        x.dispose();
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 120 },
    );
    for (const name of [
      'CompactConv2D',
      'CompactDense',
      'SelectChannels',
      'DepthwiseConv2D',
      'Conv2D',
      'Add',
      'Concatenate',
      'Flatten',
      'ZeroPadding2D',
      'BatchNormalization',
    ]) {
      expect(seen, name).toContain(name);
    }
    expect(removed).toBeGreaterThan(100);
  });

  it('keeps nothing useless: where nothing is clamped, every row and column left has a say', () => {
    let lines = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = makeRandom(seed, 'linear');
      const model = build(() => randomNetwork(random, true));
      randomise(model, random);
      const { model: compact } = compactModel(model, randomMasks(model, random, [0.4, 0.7]));
      const x = images(model, seed);
      // Before a softmax: it may hide a change.
      const logits = compact.layers.filter((layer) => layer.getClassName() === 'CompactDense').at(-1)!;
      const inner = layers.model({ inputs: compact.inputs, outputs: logits.output as Tensor });
      const plain = outputOf(inner, x);
      for (const layer of compact.layers) {
        const [kernel] = layer.weights;
        if (!/^Compact/.test(layer.getClassName()) || layer.weights.length < 2) continue;
        const [columns, rows] = kernel!.shape as [number, number];
        const values = kernel!.read().dataSync().slice();
        const write = (numbers: ArrayLike<number>) => {
          const matrix = tf.tensor2d(Float32Array.from(numbers), [columns, rows]);
          kernel!.write(matrix);
          matrix.dispose();
        };
        const changed = (isIn: (j: number, i: number) => boolean) => {
          write(Array.from(values, (w, k) => (isIn(Math.floor(k / rows), k % rows) ? w + 1 : w)));
          const difference = distance(outputOf(inner, x), plain);
          write(values as Float32Array);
          lines++;
          return difference;
        };
        for (let i = 0; i < rows; i++)
          expect(
            changed((_, row) => row === i),
            `${seed} row ${i}`,
          ).toBeGreaterThan(0);
        for (let j = 0; j < columns; j++)
          expect(
            changed((column) => column === j),
            `${seed} col ${j}`,
          ).toBeGreaterThan(0);
      }
      for (const one of [model, compact]) one.dispose();
      x.dispose();
    }
    expect(lines).toBeGreaterThan(500);
  });

  /** conv1 -> batch norm -> relu -> conv2, conv1's row 0 removed: what that row leaves is relu(shift) of its norm. */
  function chain(shift: number, padding: 'same' | 'valid') {
    const model = build(() => {
      const input = layers.input({ shape: [6, 6, 2] });
      let x = apply(L.conv2d({ filters: 3, kernelSize: 3, padding: 'same', useBias: false, name: 'conv1' }), input);
      x = apply(L.activation({ activation: 'relu' }), apply(L.batchNormalization({ name: 'bn' }), x));
      return layers.model({
        inputs: input,
        outputs: apply(L.conv2d({ filters: 2, kernelSize: 3, padding, name: 'conv2' }), x),
      });
    });
    randomise(model, makeRandom(1));
    tf.tidy(() =>
      model.getLayer('bn').setWeights(
        [
          [1, 1, 1],
          [shift, 0.1, 0.2],
          [0, 0, 0],
          [1, 1, 1],
        ].map((list) => tf.tensor1d(list)),
      ),
    );
    const masks: Masks = new Map([
      ['conv1/kernel', { rows: Uint8Array.of(0, 1, 1), columns: new Uint8Array(18).fill(1) }],
      ['conv2/kernel', { rows: Uint8Array.of(1, 1), columns: new Uint8Array(27).fill(1) }],
    ]);
    return { model, masks };
  }

  it.each<[string, number, 'same' | 'valid', number]>([
    ['0 are dropped, also where zeros surround the image', -1, 'same', 18],
    ['another number go into the bias where nothing interrupts them', 1, 'valid', 18],
    ['another number stay where zeros do', 1, 'same', 27],
  ])('columns of channels that are constantly %s', (_, shift, padding, columns) => {
    const { model, masks } = chain(shift, padding);
    const { model: compact, layers: report } = compactModel(model, masks);
    expect(report.map(({ compactRows, compactColumns }) => [compactRows, compactColumns])).toEqual([
      [2, 18],
      [2, columns],
    ]);
    const masked = maskedModel(model, masks);
    const x = images(model, 1);
    expect(distance(outputOf(compact, x), outputOf(masked, x))).toBeLessThan(TOLERANCE);
  });

  it('drops the rows that nobody reads, back to the first layer', () => {
    const { model, masks } = chain(0.5, 'same');
    const readsNone = new Map([
      ...masks,
      [
        'conv2/kernel',
        { rows: Uint8Array.of(1, 0), columns: Uint8Array.from({ length: 27 }, (_, j) => (j % 3 === 2 ? 1 : 0)) },
      ],
    ]);
    const { layers: report, multiplyAdds, parameters } = compactModel(model, readsNone);
    expect(report.map(({ compactRows, compactColumns }) => [compactRows, compactColumns])).toEqual([
      [1, 18],
      [1, 9],
    ]);
    expect(multiplyAdds).toEqual({ before: 36 * (3 * 18 + 2 * 27), after: 36 * (18 + 9) });
    expect(parameters).toEqual({ before: 3 * 18 + 4 * 3 + 2 * 27 + 2, after: 18 + 1 + 9 + 2 });
  });

  it('drops a residual branch that is constant, and the sum with it', () => {
    const model = build(() => resnet({ classes: 3, width: 4, blocks: [2], stem: 'small', inputShape: [8, 8, 3] }));
    randomise(model, makeRandom(2));
    const { instance } = instanceOfLayersModel(model);
    const masks: Masks = new Map(
      instance.layers.map(({ name, rows, cols }) => {
        const isRemoved = name === 'layer1.0.conv2/kernel';
        return [name, { rows: new Uint8Array(rows).fill(isRemoved ? 0 : 1), columns: new Uint8Array(cols).fill(1) }];
      }),
    );
    const { model: compact, layers: report } = compactModel(model, masks);
    const names = compact.layers.map(({ name }) => name);
    expect(names).not.toContain('layer1.0.conv1');
    expect(names).not.toContain('layer1.0.conv2');
    expect(compact.getLayer('layer1.0.add.select0').getClassName()).toBe('SelectChannels');
    expect(report.find(({ name }) => name === 'layer1.0.conv1/kernel')).toMatchObject({
      compactRows: 0,
      compactColumns: 0,
    });
    const masked = maskedModel(model, masks);
    const x = images(model, 1);
    expect(distance(outputOf(compact, x), outputOf(masked, x))).toBeLessThan(TOLERANCE);
  });

  it('without masks is the same network with folded batch norms', () => {
    const model = build(() => resnet({ classes: 3, width: 4, blocks: [1, 1], inputShape: [30, 31, 3] }));
    randomise(model, makeRandom(3));
    const { model: compact, layers: report } = compactModel(model, new Map());
    // Batch norms with a scale of 0 leave constants: those rows go.
    for (const { compactRows, rows, compactColumns, columns } of report) {
      expect(compactRows).toBeLessThanOrEqual(rows);
      expect(compactColumns).toBeLessThanOrEqual(columns);
    }
    const classes = compact.layers.map((layer) => layer.getClassName());
    expect(classes).not.toContain('BatchNormalization');
    expect(classes.filter((name) => name === 'CompactConv2D')).toHaveLength(6);
    const x = images(model, 1);
    expect(distance(outputOf(compact, x), outputOf(model, x))).toBeLessThan(TOLERANCE);
  });

  it('comes back from its file, and a damaged file is refused', async () => {
    const model = build(() => randomNetwork(makeRandom(12)));
    randomise(model, makeRandom(12));
    const { model: compact } = compactModel(model, randomMasks(model, makeRandom(13), [0.3, 0.6]));
    const file = await saveModel(compact, inFolder('compact'));
    const loaded = await loadModel(file);
    const x = images(model, 1);
    expect([...outputOf(loaded, x)]).toEqual([...outputOf(compact, x)]);
    const text = readFileSync(file, 'utf8');
    const damages: [RegExp, string, RegExp][] = [
      [/"columns":\[[0-9]+,/, '"columns":[1000000,', /ascending indices|indices below/],
      [/"columns":\[[0-9]+,/, '"columns":[-1,', /columns.*expected an integer/],
      [/"rows":\[[0-9]+/, '"rows":[0.5', /rows.*expected an integer/],
      [/"filters":[0-9]+/, '"filters":1e9', /filters.*expected an integer/],
      [/"kernel_size":\[[0-9]+,/, '"kernel_size":[0,', /kernelSize.*expected an integer/],
      [/"activation":"relu"/, '"activation":"__proto__"', /activation/],
    ];
    for (const [what, by, reason] of damages) {
      expect(text, String(what)).toMatch(what);
      writeFileSync(inFolder('compact/damaged.json'), text.replace(what, by));
      const error = await loadModel(inFolder('compact/damaged.json')).catch((caught: unknown) => caught);
      expect(error, by).toBeInstanceOf(RcpruneError);
      expect((error as RcpruneError).message).toMatch(reason);
    }
  });

  it('keeps transposed, separable, nested, shared and other layers, their kernels masked', () => {
    const model = build(() => {
      const input = layers.input({ shape: [6, 6, 2] });
      const other = layers.input({ shape: [6, 6, 2] });
      const inner = layers.sequential({
        layers: [L.conv2d({ inputShape: [6, 6, 4], filters: 4, kernelSize: 3, padding: 'same' })],
      });
      const shared = L.conv2d({ filters: 4, kernelSize: 1 });
      const both = apply(L.multiply(), [apply(shared, input), apply(shared, other)]);
      let x = apply(L.add({}), [apply(inner, both), apply(L.conv2d({ filters: 4, kernelSize: 1 }), input)]);
      x = apply(L.separableConv2d({ filters: 3, kernelSize: 3 }), x);
      x = apply(
        L.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 }),
        apply(L.conv2d({ filters: 3, kernelSize: 1 }), x),
      );
      x = apply(L.reshape({ targetShape: [8, 24] }), x);
      x = apply(L.dense({ units: 3 }), apply(L.layerNormalization({}), x));
      const outputs = [
        apply(L.dense({ units: 2 }), apply(L.flatten({}), x)),
        apply(L.globalAveragePooling2d({}), both),
      ];
      return layers.model({ inputs: [input, other], outputs });
    });
    for (let seed = 1; seed <= 12; seed++) {
      randomise(model, makeRandom(seed));
      const masks = randomMasks(model, makeRandom(seed), [0, 0.5, 0.8]);
      const masked = maskedModel(model, masks);
      const { model: compact, layers: report } = compactModel(model, masks);
      expect(new Set(report.map(({ form }) => form))).toEqual(new Set(['compact', 'masked']));
      const x = [1, 2].map((which) => tf.randomNormal([2, 6, 6, 2], 0, 1, 'float32', which));
      const both = [masked, compact].map((one) =>
        (one.predict(x) as tf.Tensor[]).map((y) => y.dataSync() as Float32Array),
      );
      for (const k of [0, 1]) expect(distance(both[1]![k]!, both[0]![k]!)).toBeLessThan(TOLERANCE);
    }
  });

  it('refuses masks that do not fit', () => {
    const { model, masks } = chain(1, 'same');
    const mask = masks.get('conv1/kernel')!;
    const tries: [Masks, RegExp][] = [
      [new Map([['conv3/kernel', mask]]), /mask "conv3\/kernel": expected the name of a kernel/],
      [new Map([['conv2/kernel', mask]]), /mask "conv2\/kernel": expected 2 rows and 27 columns, got 3 and 18/],
      [new Map([['conv1/kernel', { ...mask, rows: Uint8Array.of(1, 2, 1) }]]), /expected 0 or 1, got 2/],
    ];
    for (const [wrong, reason] of tries) {
      const before = tf.memory().numTensors;
      expect(() => compactModel(model, wrong)).toThrow(reason);
      expect(() => maskedModel(model, wrong)).toThrow(reason);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('can be trained further: the loss falls, on the weights that are left', async () => {
    const model = build(() => resnet({ classes: 2, width: 4, blocks: [1], stem: 'small', inputShape: [6, 6, 1] }));
    const { model: compact } = compactModel(model, randomMasks(model, makeRandom(1), [0.6]));
    const shapes = compact.getWeights().map(({ shape }) => shape);
    compact.compile({ optimizer: tf.train.adam(0.02), loss: (a, b) => tf.losses.softmaxCrossEntropy(a, b) });
    const sides = tf.tensor4d(
      Array.from({ length: 16 }, (_, k) => (k % 2 === 0 ? 1 : -1)),
      [16, 1, 1, 1],
    );
    const x = tf.add(images(model, 1, 16), sides);
    const y = tf.oneHot(
      tf.tensor1d(
        Array.from({ length: 16 }, (_, k) => k % 2),
        'int32',
      ),
      2,
    );
    const { history } = await compact.fit(x, y, { epochs: 40, batchSize: 16, shuffle: false, verbose: 0 });
    const losses = history.loss as number[];
    expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
    expect(compact.getWeights().map(({ shape }) => shape)).toEqual(shapes);
  });
});
