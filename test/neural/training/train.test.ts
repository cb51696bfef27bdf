import { readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { solveSync } from '../../../src/solve/solve.ts';
import '../../methods.ts';
import {
  compactModel,
  evaluate,
  instanceOfLayersModel,
  type Masks,
  maskModel,
  masksOf,
  readCheckpoint,
  recalibrate,
  resnet,
  sensitivity,
  startBackend,
  type TrainOptions,
  train,
  writeCheckpoint,
} from '../../../src/neural/index.ts';
import { isClosed, makeRandom, RcpruneError, sparsityGoal, withoutLinks } from '../../../src/problem/index.ts';
import { temporaryFolder } from '../../temporary.ts';
import { stripesData } from './stripes.ts';

const inFolder = temporaryFolder();
const data = stripesData();
const { train: images } = data;
const network = (seed = 1) =>
  resnet({ blocks: [1, 1], width: 4, stem: 'small', classes: 3, inputShape: images.shape, seed });
const valuesOf = (model: tfl.LayersModel) => model.weights.map((weight) => [...weight.read().dataSync()]);

beforeAll(async () => {
  await startBackend('wasm');
});

/** Every test leaves as many tensors as there were. */
let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(before);
});

async function trained(options: Partial<TrainOptions> = {}, seed = 1) {
  const model = network(seed);
  const result = await train(model, data, { steps: 12, batchSize: 8, ...options });
  const values = valuesOf(model);
  model.dispose();
  return { result, values };
}

/** One layer, so that loops can do the same in double precision. */
function linear(): tfl.LayersModel {
  let model!: tfl.LayersModel;
  tf.tidy(() => {
    const kernelInitializer = tfl.initializers.randomNormal({ seed: 5, stddev: 0.3 });
    const flatten = tfl.layers.flatten({ inputShape: [...images.shape] });
    model = tfl.sequential({ layers: [flatten, tfl.layers.dense({ units: 3, kernelInitializer })] });
  });
  return model;
}

const softmax = (logits: number[]) => {
  const most = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
};

describe('descent', () => {
  it('takes the steps that double precision loops take', async () => {
    const [steps, batch, rate, momentum, decay, smoothing, temperature, share] = [7, 48, 0.2, 0.8, 0.01, 0.1, 3, 0.4];
    const model = linear();
    const teacher = linear();
    const [kernel, bias] = model.getWeights().map((weight) => Array.from(weight.dataSync()));
    const turned = tf.mul(teacher.getWeights()[0]!, -2);
    teacher.setWeights([turned, teacher.getWeights()[1]!]);
    turned.dispose();
    const taught = Array.from(teacher.getWeights()[0]!.dataSync());
    const name = model.weights[0]!.originalName;
    // Row (class) 1 and every fifth column (pixel) are removed.
    const rows = Uint8Array.from([1, 0, 1]);
    const columns = Uint8Array.from({ length: 36 }, (_, j) => (j % 5 === 0 ? 0 : 1));
    const keeps = (place: number) => rows[place % 3]! === 1 && columns[Math.floor(place / 3)]! === 1;

    const all = Int32Array.from(images.labels.keys());
    let weights = kernel!.map((value, place) => (keeps(place) ? value : 0));
    let biases = bias!;
    let speeds = [weights.map(() => 0), biases.map(() => 0)];
    for (let step = 0; step < steps; step++) {
      // Brightness of each image is what the augmentation adds; the whole set is one batch, in the shuffled order.
      const order = makeRandom(9, `order ${step}`).shuffle(48);
      const pixels = await images.load(Int32Array.from(order), makeRandom(9, `augmentation ${step}`));
      const gradient = [weights.map(() => 0), biases.map(() => 0)];
      for (const [n, index] of Array.from(order).entries()) {
        const x = Array.from(pixels.subarray(36 * n, 36 * (n + 1)));
        const logitsOf = (w: number[], b: number[]) =>
          b.map((value, c) => x.reduce((sum, pixel, j) => sum + pixel * w[3 * j + c]!, value));
        const logits = logitsOf(weights, biases);
        const hard = softmax(logits).map((p, c) => {
          return p - ((1 - smoothing) * (images.labels[index] === c ? 1 : 0) + smoothing / 3);
        });
        const wanted = softmax(logitsOf(taught, [0, 0, 0]).map((value) => value / temperature));
        const soft = softmax(logits.map((value) => value / temperature)).map((p, c) => (p - wanted[c]!) * temperature);
        for (let c = 0; c < 3; c++) {
          const slope = ((1 - share) * hard[c]! + share * soft[c]!) / 48;
          gradient[1]![c]! += slope;
          for (let j = 0; j < 36; j++) gradient[0]![3 * j + c]! += slope * x[j]!;
        }
      }
      const now =
        step < 2 ? (rate * (step + 1)) / 2 : (rate * (1 + Math.cos((Math.PI * (step - 2)) / (steps - 2)))) / 2;
      const moved = [weights, biases].map((old, part) =>
        old.map((value, place) => {
          const g = gradient[part]![place]! + (part === 0 ? decay * value : 0);
          if (part === 0 && !keeps(place)) return 0;
          const v = momentum * speeds[part]![place]! + g;
          speeds[part]![place] = v;
          return value - now * (g + momentum * v);
        }),
      );
      [weights, biases] = moved as [number[], number[]];
      speeds = [...speeds];
    }
    expect(all.length).toBe(batch);

    const masks = maskModel(model, new Map([[name, { rows, columns }]]));
    const options = {
      steps,
      batchSize: batch,
      rate,
      momentum,
      warmUp: 2,
      weightDecay: decay,
      labelSmoothing: smoothing,
    };
    const learnsFrom = { model: teacher, temperature, weight: share };
    await train(model, data, { ...options, seed: 9, masks, teacher: learnsFrom });
    const found = valuesOf(model);
    for (const [k, value] of weights.entries()) expect(Math.abs(found[0]![k]! - value)).toBeLessThan(2e-5);
    for (const [k, value] of biases.entries()) expect(Math.abs(found[1]![k]! - value)).toBeLessThan(2e-5);
    expect(Math.max(...weights.map((value, k) => Math.abs(value - kernel![k]!)))).toBeGreaterThan(0.1);
    masks.dispose();
    model.dispose();
    teacher.dispose();
  });

  it('learns stripes', async () => {
    const model = network();
    const { accuracy: chance } = await evaluate(model, data.test);
    const result = await train(model, data, { steps: 60, batchSize: 16, rate: 0.1, validateEvery: 30 });
    const { accuracy, loss, correct, count } = await evaluate(model, data.test, { batchSize: 7 });
    expect(accuracy).toBeGreaterThan(0.95);
    expect(chance).toBeLessThan(0.8);
    expect(result).toMatchObject({ stopReason: 'complete', step: 60 });
    expect(result.validations.map(({ step }) => step)).toEqual([30, 60]);
    expect(loss).toBeLessThan(0.3);
    expect(count).toBe(30);
    expect(accuracy).toBe(correct.reduce((sum, one) => sum + one, 0) / 30);
    model.dispose();
  });

  it('gives the same weights for the same seeds, and others for other ones', async () => {
    const { values } = await trained();
    expect((await trained()).values).toEqual(values);
    expect((await trained({ seed: 2 })).values).not.toEqual(values);
    expect((await trained({}, 2)).values).not.toEqual(values);
  });

  it('goes on from a checkpoint to the identical end, also after a signal', async () => {
    const { values } = await trained();
    const file = inFolder('run.safetensors');
    const identity = { data: 'stripes', steps: 12, teacher: null };
    const masks: Masks = new Map([['a/kernel', { rows: Uint8Array.of(1, 0), columns: Uint8Array.of(0, 1, 1) }]]);
    const write = (state: Parameters<typeof writeCheckpoint>[2]['state']) =>
      writeCheckpoint(file, identity, { state, stage: 3, masks });
    const stop = new AbortController();
    const { result } = await trained({
      signal: stop.signal,
      onStep: (step) => step === 7 && stop.abort(),
      checkpoint: { every: 5, write },
    });
    expect(result).toMatchObject({ stopReason: 'interrupted', step: 7 });
    const content = await readCheckpoint(file, identity);
    expect(content.stage).toBe(3);
    expect(content.masks).toEqual(masks);
    expect(content.state.step).toBe(7);
    const again = await trained({ resume: content.state, checkpoint: { every: 5, write } }, 77);
    expect(again.values).toEqual(values);
    expect((await readCheckpoint(file, identity)).state.step).toBe(10);

    await expect(readCheckpoint(file, { ...identity, steps: 13 })).rejects.toThrow(/a checkpoint of steps 13, got 12/);
    await expect(readCheckpoint(file, { ...identity, rate: 1 })).rejects.toThrow(/a checkpoint of rate 1, got null/);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1; // a mask's last bit
    writeFileSync(inFolder('changed.safetensors'), bytes);
    await expect(readCheckpoint(inFolder('changed.safetensors'), identity)).rejects.toThrow(/a digest that fits/);
    bytes[bytes.length - 9]! ^= 1;
    writeFileSync(inFolder('short.safetensors'), bytes.subarray(0, -1));
    await expect(readCheckpoint(inFolder('short.safetensors'), identity)).rejects.toThrow(RcpruneError);
    const other = resnet({ blocks: [1], width: 4, stem: 'small', classes: 3, inputShape: images.shape });
    const unlike = train(other, data, { steps: 12, resume: content.state });
    await expect(unlike).rejects.toThrow(/(weight|velocity) of ".*": expected \d+ numbers/);
    other.dispose();
  });

  it('refuses what does not fit', async () => {
    const model = network();
    const wide = resnet({ blocks: [1], width: 2, stem: 'small', classes: 4, inputShape: images.shape });
    await expect(train(wide, data, { steps: 1 })).rejects.toThrow(/\[4\] classes, as the model gives out, got 3/);
    await expect(train(model, data, { steps: 1, teacher: { model: wide } })).rejects.toThrow(RcpruneError);
    const large = resnet({ blocks: [1], width: 2, stem: 'small', classes: 3, inputShape: [8, 6, 1] });
    await expect(evaluate(large, data.test)).rejects.toThrow(/images of \[8,6,1\].*got \[6,6,1\]/s);
    await expect(train(model, data, { steps: -1 })).rejects.toThrow(RcpruneError);
    await expect(train(model, data, { steps: 9, rate: 1e30 })).rejects.toThrow(/loss at step \d+: expected a finite/);
    for (const one of [model, wide, large]) one.dispose();
  });
});

describe('masks', () => {
  it('stay exactly 0 through training, where batch norms of removed filters agree in both modes', async () => {
    const model = network();
    await train(model, data, { steps: 20, batchSize: 16 });
    const instance = withoutLinks(instanceOfLayersModel(model, { only: 'conv' }).instance);
    const { pruning } = solveSync(instance, { method: 'residual', goal: sparsityGoal(instance, '0.8') });
    const masks = masksOf(instance, pruning!);
    expect([...masks.values()].some(({ rows }) => rows.includes(0))).toBe(true);
    const kept = maskModel(model, masks);
    const zeros = () => {
      for (const { name, rows, cols } of instance.layers) {
        const values = model.weights
          .find((weight) => weight.originalName === name)!
          .read()
          .dataSync();
        const mask = masks.get(name)!;
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < cols; j++)
            if (!mask.rows[i] || !mask.columns[j]) expect(values[j * rows + i]! + 0).toBe(0);
        }
      }
    };
    /** What batch norms of removed filters give out must not depend on the mode. */
    const agree = () => {
      for (const [conv, norm] of [
        ['conv1', 'bn1'],
        ['layer1.0.conv1', 'layer1.0.bn1'],
        ['layer2.0.conv2', 'layer2.0.bn2'],
        ['layer2.0.downsample.0', 'layer2.0.downsample.1'],
      ] as const) {
        const removed = [...masks.get(`${conv}/kernel`)!.rows.entries()].filter(([, bit]) => bit === 0);
        const probe = tfl.model({ inputs: model.inputs, outputs: model.getLayer(norm).output as tfl.SymbolicTensor });
        const x = tf.randomUniform([4, ...images.shape], -1, 1, 'float32', 3);
        const weights = model.getWeights().map((weight) => weight.clone());
        const [still, moving] = [false, true].map((training) => {
          return tf.tidy(() => (probe.apply(x, { training }) as tf.Tensor4D).arraySync());
        });
        model.setWeights(weights); // the second pass moved averages
        for (const weight of [...weights, x]) weight.dispose();
        const beta = model.getLayer(norm).getWeights()[1]!.dataSync();
        for (const [channel] of removed) {
          for (const values of [still!, moving!]) {
            for (const pixel of values.flat(2)) expect(Math.abs(pixel[channel]! - beta[channel]!)).toBeLessThan(1e-6);
          }
        }
      }
    };
    zeros();
    agree();
    const states: ReadonlyMap<string, Float32Array>[] = [];
    const checkpoint = {
      every: 5,
      write: async (state: { velocities: (typeof states)[0] }) => void states.push(state.velocities),
    };
    await train(model, data, { steps: 15, batchSize: 16, masks: kept, checkpoint });
    zeros();
    agree();
    for (const velocities of states) {
      const { name, rows } = instance.layers[2]!;
      const mask = masks.get(name)!;
      velocities.get(name)!.forEach((value, place) => {
        if (!mask.rows[place % rows] || !mask.columns[Math.floor(place / rows)]) expect(value + 0).toBe(0);
      });
    }
    expect(states.length).toBe(2);
    kept.dispose();

    const { model: compact } = compactModel(model, masks);
    const pixels = tf.tensor4d(await data.test.load(Int32Array.from({ length: 30 }, (_, i) => i)), [
      30,
      ...images.shape,
    ]);
    const [whole, small] = [model, compact].map((one) => one.predict(pixels) as tf.Tensor2D);
    const [wanted, found] = [whole!.dataSync(), small!.dataSync()];
    const scale = Math.max(...wanted.map(Math.abs));
    for (const [k, value] of wanted.entries()) expect(Math.abs(found[k]! - value)).toBeLessThan(1e-5 * scale);
    tf.dispose([pixels, whole!, small!]);
    model.dispose();
    compact.dispose();
  });

  it('of linked layers keep silent channels exactly 0 through training, and nothing that a compact model does not have', async () => {
    const model = network();
    await train(model, data, { steps: 20, batchSize: 16 });
    const { instance } = instanceOfLayersModel(model, { only: 'conv' });
    const { pruning } = solveSync(instance, { method: 'residual', goal: sparsityGoal(instance, '0.8') });
    expect(isClosed(instance, pruning!)).toBe(true);
    const masks = masksOf(instance, pruning!);
    const kept = maskModel(model, masks, { silence: true });
    await train(model, data, { steps: 15, batchSize: 16, masks: kept });
    kept.dispose();
    let silent = 0;
    for (const [conv, norm] of [
      ['conv1', 'bn1'],
      ['layer1.0.conv1', 'layer1.0.bn1'],
      ['layer2.0.conv2', 'layer2.0.bn2'],
      ['layer2.0.downsample.0', 'layer2.0.downsample.1'],
    ] as const) {
      const [, beta, mean] = model.getLayer(norm).getWeights();
      const [offsets, means] = [beta!.dataSync(), mean!.dataSync()];
      for (const [channel, bit] of masks.get(`${conv}/kernel`)!.rows.entries()) {
        if (bit === 1)
          expect(offsets[channel], `${norm} ${channel}`).not.toBe(0); // it has learnt
        else expect([offsets[channel]! + 0, means[channel]! + 0], `${norm} ${channel}`).toEqual([0, 0]);
        silent += 1 - bit;
      }
    }
    expect(silent).toBeGreaterThan(5);
    const { model: compact, layers } = compactModel(model, masks);
    for (const { name, keptRows, keptColumns, compactRows, compactColumns } of layers) {
      expect([compactRows, compactColumns], name).toEqual([keptRows, keptColumns]);
    }
    const x = tf.randomUniform([9, ...images.shape], -1, 1, 'float32', 3);
    const [wanted, found] = [model, compact].map((one) => tf.tidy(() => (one.predict(x) as tf.Tensor).dataSync()));
    const scale = Math.max(...wanted!.map(Math.abs));
    for (const [k, value] of wanted!.entries()) expect(Math.abs(found![k]! - value)).toBeLessThan(1e-5 * scale);
    for (const one of [model, compact, x]) one.dispose();
  });
});

describe('batch norms and importances from data', () => {
  it('recalibrates to what flows now, and changes no other weight', async () => {
    const model = network();
    const before = valuesOf(model);
    await recalibrate(model, images, { steps: 80, batchSize: 48 });
    const after = valuesOf(model);
    const x = tf.tensor4d(await images.load(Int32Array.from(images.labels.keys())), [48, ...images.shape]);
    const probe = tfl.model({ inputs: model.inputs, outputs: model.getLayer('conv1').output as tfl.SymbolicTensor });
    const flow = probe.predict(x) as tf.Tensor4D;
    const channels = flow.shape[3];
    const values = flow.dataSync();
    const count = values.length / channels;
    const mean = new Float64Array(channels);
    for (const [k, value] of values.entries()) mean[k % channels]! += value / count;
    model.weights.forEach(({ originalName }, k) => {
      if (originalName === 'bn1/moving_mean') {
        for (const [channel, value] of after[k]!.entries()) {
          expect(Math.abs(value - mean[channel]!)).toBeLessThan(1e-3);
        }
      }
      if (!originalName.includes('moving_')) expect(after[k]).toEqual(before[k]);
      else expect(after[k]).not.toEqual(before[k]);
    });
    tf.dispose([x, flow]);
    model.dispose();
  });

  it('finds the sensitivity that differences of the loss show', async () => {
    const model = linear();
    const importance = await sensitivity(model, images, { steps: 1, batchSize: 48 });
    const [weight] = model.weights;
    const found = importance({ name: weight!.originalName, shape: [36, 3], values: [], layout: 'io' });
    const values = Array.from(weight!.read().dataSync());
    const lossWith = async (place: number, by: number) => {
      const moved = tf.tensor2d(
        values.map((value, k) => value + (k === place ? by : 0)),
        [36, 3],
      );
      weight!.write(moved);
      moved.dispose();
      return (await evaluate(model, images)).loss;
    };
    for (const place of [0, 1, 17, 52, 107]) {
      const slope = ((await lossWith(place, 0.05)) - (await lossWith(place, -0.05))) / 0.1;
      const expected = (values[place]! * slope) ** 2;
      expect(Math.abs(Math.sqrt(found[place]!) - Math.sqrt(expected))).toBeLessThan(2e-4);
    }
    expect(Math.max(...found)).toBeGreaterThan(1e-4);
    expect(() => importance({ name: 'other', shape: [1, 1], values: [], layout: 'io' })).toThrow(RcpruneError);
    model.dispose();
  });
});
