import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../src/neural/backend.ts';
import { applyMasks, cloneOf } from '../../src/neural/compact/masks.ts';
import { compactModel, instanceOfLayersModel, masksOf, resnet, silence } from '../../src/neural/index.ts';
import { closure } from '../../src/problem/closure.ts';
import type { Instance, Pruning } from '../../src/problem/index.ts';
import { makeRandom, type Random } from '../../src/problem/random.ts';
import { apply, build, L, pick, type SymbolicTensor as Tensor } from './random-layers.ts';

tf.env().set('PROD', true);
beforeAll(() => startBackend('wasm'));

/**
 * A random network of layers that are followed and hide nothing: what is not linear is strictly monotone, or a maximum of what one
 * channel says at several places. `strange`: with others, too.
 */
function randomNetwork(random: Random, strange = false): layers.LayersModel {
  const few = () => 1 + random.integer(4);
  const act = (x: Tensor) => {
    const name = pick(random, ['linear', 'linear', 'tanh', 'elu', 'sigmoid', 'softplus', 'leaky']);
    if (name === 'linear') return x;
    return apply(name === 'leaky' ? L.leakyReLU({}) : L.activation({ activation: name as 'elu' }), x);
  };
  const norm = (x: Tensor) => (random.integer(3) > 0 ? apply(L.batchNormalization({}), x) : x);
  const conv = (x: Tensor, filters = few()) => {
    const shared = { kernelSize: pick(random, [1, 3]), padding: 'same' as const, useBias: random.integer(2) === 0 };
    const kind = random.integer(8);
    if (kind === 0) return apply(L.separableConv2d({ ...shared, filters }), x);
    if (kind === 1) return apply(L.conv2dTranspose({ ...shared, filters }), x);
    if (kind === 2) return apply(L.dense({ units: filters }), x);
    const activation = pick(random, ['linear', 'tanh', 'sigmoid'] as const);
    return apply(L.conv2d({ ...shared, filters, activation, dilationRate: kind === 3 ? 2 : 1 }), x);
  };
  const unit = (x: Tensor, filters?: number) => act(norm(conv(x, filters)));
  const padChannels = (x: Tensor, front: number, behind: number) => {
    const padding: [[number, number], [number, number]] = [
      [0, 0],
      [front, behind],
    ];
    return apply(L.zeroPadding2d({ padding, dataFormat: 'channelsFirst' }), x);
  };
  const blocks: ((x: Tensor) => Tensor)[] = [
    (x) => unit(x),
    (x) => act(apply(L.add(), [unit(x, x.shape[3]!), x])),
    (x) => apply(L.average(), [conv(x, x.shape[3]!), x, unit(x, x.shape[3]!)]),
    (x) => apply(L.multiply(), [norm(conv(x, x.shape[3]!)), conv(x, x.shape[3]!)]),
    (x) => {
      const channels = x.shape[3]!;
      const mean = apply(L.globalAveragePooling2d({}), x);
      const inner = apply(L.dense({ units: few(), activation: 'tanh' }), mean);
      const gate = apply(L.dense({ units: channels, activation: pick(random, ['sigmoid', 'tanh'] as const) }), inner);
      return apply(L.multiply(), [x, apply(L.reshape({ targetShape: [1, 1, channels] }), gate)]);
    },
    (x) => apply(L.multiply(), [x, conv(x, 1)]), // one channel for all
    (x) => norm(apply(L.concatenate({}), [unit(x), x, conv(x)])),
    (x) => {
      const [front, behind] = [random.integer(3), 1 + random.integer(2)];
      const padded = padChannels(x, front, behind);
      const added = random.integer(2) === 0 ? padded : apply(L.add(), [padded, conv(x, padded.shape[3]!)]);
      return norm(added);
    },
    (x) => act(apply(L.depthwiseConv2d({ kernelSize: 3, padding: 'same' }), x)),
    (x) => apply(pick(random, [L.maxPooling2d, L.averagePooling2d])({ poolSize: 2, strides: 1 }), x),
    (x) => {
      const padded = apply(L.dropout({ rate: 0.3 }), apply(L.zeroPadding2d({ padding: 1 }), x));
      return apply(L.averagePooling2d({ poolSize: 2, strides: 1 }), padded); // no place is left that only sees zeros
    },
  ];
  const unfollowed: ((x: Tensor) => Tensor)[] = [
    // Beside a silent channel these two may hide what a living one says, everywhere or at the places that one column reads.
    (x) => apply(pick(random, [L.maximum, L.minimum])(), [conv(x, x.shape[3]!), x, unit(x, x.shape[3]!)]),
    (x) => apply(L.concatenate({ axis: 1 }), [conv(x, 3), conv(x, 3)]),
    (x) => apply(L.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2 }), x),
    (x) => unit(apply(L.layerNormalization({}), x)),
    (x) => apply(L.activation({ activation: 'softmax' }), x),
    (x) => {
      const twice = L.conv2d({ filters: x.shape[3]!, kernelSize: 3, padding: 'same' });
      return apply(L.add(), [apply(twice, x), apply(twice, conv(x, x.shape[3]!))]);
    },
    (x) => apply(L.permute({ dims: [1, 3, 2] }), x),
    (x) => {
      const inner = L.conv2d({ inputShape: x.shape.slice(1) as number[], filters: 3, kernelSize: 1 });
      return apply(layers.sequential({ layers: [inner] }), x);
    },
  ];
  const input = layers.input({ shape: [6, 5, 3] });
  let x = unit(input);
  const pool = strange ? [...blocks, ...unfollowed, ...unfollowed] : blocks;
  for (let k = 0, count = 1 + random.integer(3); k < count; k++) x = pick(random, pool)(x);
  const flat = apply(L.flatten({}), x);
  const mean = apply(L.globalAveragePooling2d({}), x);
  const features = pick(random, [
    () => flat,
    () => norm(flat),
    () => mean,
    () => apply(L.concatenate({}), [flat, mean]),
    () => apply(L.add(), [flat, apply(L.flatten({}), conv(x, x.shape[3]!))]),
  ])();
  const hidden = random.integer(2) === 0 ? act(apply(L.dense({ units: few() }), features)) : features;
  const logits = apply(L.dense({ units: 3, activation: pick(random, ['linear', 'softmax'] as const) }), hidden);
  return layers.model({ inputs: input, outputs: random.integer(3) === 0 ? [logits, mean] : [logits] });
}

/** Weights of all kinds, batch-norm statistics too. */
function randomise(model: layers.LayersModel, random: Random): void {
  for (const weight of model.weights) {
    const isVariance = /variance/.test(weight.originalName);
    tf.tidy(() => {
      const size = weight.shape.reduce<number>((product, extent) => product * extent!, 1);
      const values = Float32Array.from({ length: size }, () => (isVariance ? 0.3 : -1) + 2 * random.uniform());
      weight.write(tf.tensor(isVariance ? values.map(Math.abs) : values, weight.shape as number[]));
    });
  }
}

function randomPruning(instance: Instance, random: Random): Pruning {
  const removed = (count: number) => {
    const share = pick(random, [0, 0.2, 0.6]);
    return Uint32Array.from(Array.from({ length: count }, (_, k) => k).filter(() => random.uniform() < share));
  };
  return {
    layers: instance.layers.map(({ rows, cols }) => ({ removedRows: removed(rows), removedColumns: removed(cols) })),
  };
}

/** What a masked and silenced copy of a model gives out for a batch of images. */
function outputsOf(model: layers.LayersModel, instance: Instance, seed: number) {
  const copy = build(() => cloneOf(model));
  const x = tf.randomNormal([3, ...(model.inputs[0]!.shape.slice(1) as number[])], 0, 1, 'float32', seed);
  return {
    of(pruning: Pruning): number[] {
      copy.setWeights(model.getWeights());
      const masks = masksOf(instance, pruning);
      applyMasks(copy, masks);
      silence(copy, masks);
      return tf.tidy(() => [copy.predict(x)].flat().flatMap((y) => Array.from(y.dataSync())));
    },
    dispose() {
      copy.dispose();
      x.dispose();
    },
  };
}

interface Line {
  readonly l: number;
  readonly side: 'removedRows' | 'removedColumns';
  readonly line: number;
}

/** The lines that a pruning leaves, and whether they are dead. */
function linesOf(instance: Instance, pruning: Pruning): (Line & { readonly isDead: boolean })[] {
  const closed = closure(instance, pruning);
  return instance.layers.flatMap(({ rows, cols }, l) =>
    (['removedRows', 'removedColumns'] as const).flatMap((side) =>
      Array.from({ length: side === 'removedRows' ? rows : cols }, (_, line) => line)
        .filter((line) => !pruning.layers[l]![side].includes(line))
        .map((line) => ({ l, side, line, isDead: closed.layers[l]![side].includes(line) })),
    ),
  );
}

function without(pruning: Pruning, { l, side, line }: Line): Pruning {
  const own = pruning.layers.map((layer, k) =>
    k === l ? { ...layer, [side]: Uint32Array.from([...layer[side], line]).sort() } : layer,
  );
  return { layers: own };
}

const MOST_LINES = 40;

/** @param strange whether layers may hide what a living line says */
function lawOfLines(seed: number, strange: boolean, make = (random: Random) => randomNetwork(random, strange)) {
  const random = makeRandom(seed, strange ? 'strange' : 'links');
  const model = build(() => make(random));
  randomise(model, random);
  const { instance } = instanceOfLayersModel(model);
  const pruning = randomPruning(instance, random);
  const outputs = outputsOf(model, instance, seed);
  const plain = outputs.of(pruning);
  expect(plain.every(Number.isFinite)).toBe(true);
  expect(outputs.of(closure(instance, pruning)), `seed ${seed}: closed`).toEqual(plain);
  const lines = linesOf(instance, pruning);
  const counts = { dead: 0, living: 0 };
  for (const k of random.shuffle(lines.length).subarray(0, MOST_LINES)) {
    const line = lines[k]!;
    const what = `seed ${seed}: ${instance.layers[line.l]!.name} ${line.side} ${line.line}`;
    const isSame = outputs.of(without(pruning, line)).every((value, o) => value === plain[o]);
    if (line.isDead) expect(isSame, `${what} is dead`).toBe(true);
    else if (!strange) expect(isSame, `${what} is alive`).toBe(false);
    counts[line.isDead ? 'dead' : 'living']++;
  }
  outputs.dispose();
  const classes = model.layers.map((layer) => layer.getClassName());
  model.dispose();
  return { ...counts, classes };
}

describe('links of a model', () => {
  it('make exactly the lines dead whose zeroing changes nothing, and a closed pruning computes the same', () => {
    const runs = Array.from({ length: 80 }, (_, k) => lawOfLines(k + 1, false));
    const total = (of: (run: (typeof runs)[number]) => number) => runs.reduce((sum, run) => sum + of(run), 0);
    expect(total(({ dead }) => dead)).toBeGreaterThan(200);
    expect(total(({ living }) => living)).toBeGreaterThan(500);
    const seen = new Set(runs.flatMap(({ classes }) => classes));
    for (const name of ['SeparableConv2D', 'Conv2DTranspose', 'DepthwiseConv2D', 'Multiply', 'Average']) {
      expect(seen, name).toContain(name);
    }
    for (const name of ['ZeroPadding2D', 'Concatenate', 'Flatten', 'Reshape', 'BatchNormalization', 'Dropout']) {
      expect(seen, name).toContain(name);
    }
  });

  it('call nothing dead wrongly where layers hide something or are not followed', () => {
    const runs = Array.from({ length: 60 }, (_, k) => lawOfLines(k + 1, true));
    expect(runs.reduce((sum, { dead }) => sum + dead, 0)).toBeGreaterThan(100);
    const seen = new Set(runs.flatMap(({ classes }) => classes));
    for (const name of ['LayerNormalization', 'Permute', 'Sequential', 'Maximum', 'Minimum'])
      expect(seen, name).toContain(name);
  });

  it('do not follow several outputs of one channel', () => {
    const make = () => {
      const input = layers.input({ shape: [5, 5, 2] });
      const twice = L.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2 });
      const middle = apply(twice, apply(L.conv2d({ filters: 3, kernelSize: 2 }), input));
      return layers.model({ inputs: input, outputs: apply(L.conv2d({ filters: 2, kernelSize: 2 }), middle) });
    };
    for (let seed = 1; seed <= 10; seed++) lawOfLines(seed, true, make);
  });

  it('of a residual network are one tensor per stream and branch', () => {
    const model = build(() => resnet({ classes: 3, width: 4, blocks: [1, 1], stem: 'small', inputShape: [8, 8, 3] }));
    const { instance } = instanceOfLayersModel(model);
    expect(instance.links).toEqual({
      tensors: [
        { name: 'image', channels: 3, to: ['conv1/kernel'] },
        { name: 'conv1', channels: 4, from: ['conv1/kernel'], to: ['layer1.0.conv1/kernel'] },
        { name: 'layer1.0.conv1', channels: 4, from: ['layer1.0.conv1/kernel'], to: ['layer1.0.conv2/kernel'] },
        {
          name: 'layer1.0.add',
          channels: 4,
          from: ['layer1.0.conv2/kernel', { tensor: 'conv1' }],
          to: ['layer2.0.conv1/kernel', 'layer2.0.downsample.0/kernel'],
        },
        { name: 'layer2.0.conv1', channels: 8, from: ['layer2.0.conv1/kernel'], to: ['layer2.0.conv2/kernel'] },
        {
          name: 'layer2.0.add',
          channels: 8,
          from: ['layer2.0.conv2/kernel', 'layer2.0.downsample.0/kernel'],
          to: ['fc/kernel'],
        },
        { name: 'fc', channels: 3, from: ['fc/kernel'], output: true },
      ],
    });
    // Kernels that are no layers of the instance stay whole, and read all of their input.
    const { links } = instanceOfLayersModel(model, { only: 'conv' }).instance;
    expect(links!.tensors.slice(-2)).toEqual([
      { name: 'layer2.0.conv1', channels: 8, from: ['layer2.0.conv1/kernel'], to: ['layer2.0.conv2/kernel'] },
      {
        name: 'layer2.0.add',
        channels: 8,
        from: ['layer2.0.conv2/kernel', 'layer2.0.downsample.0/kernel'],
        output: true,
      },
    ]);
  });

  it('leave a closed pruning nothing that its compact model can do without', () => {
    const model = build(() => resnet({ classes: 5, width: 6, blocks: [2, 1], stem: 'small', inputShape: [8, 8, 3] }));
    let closedAway = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const random = makeRandom(seed, 'compact');
      randomise(model, random);
      const { instance } = instanceOfLayersModel(model);
      const pruning = randomPruning(instance, random);
      const closed = closure(instance, pruning);
      const masks = masksOf(instance, closed);
      const outputs = outputsOf(model, instance, seed);
      const expected = outputs.of(closed);
      outputs.dispose();
      const silent = build(() => cloneOf(model));
      silent.setWeights(model.getWeights());
      silence(silent, masks);
      const { model: compact, layers: report } = compactModel(silent, masks);
      for (const { name, keptRows, keptColumns, compactRows, compactColumns } of report) {
        const isEmpty = keptRows * keptColumns === 0;
        const kept = isEmpty ? [0, 0] : [keptRows, keptColumns];
        expect([compactRows, compactColumns], `seed ${seed}: ${name}`).toEqual(kept);
      }
      const x = tf.randomNormal([3, 8, 8, 3], 0, 1, 'float32', seed);
      const got = tf.tidy(() => (compact.predict(x) as tf.Tensor).dataSync());
      expected.forEach((value, k) => {
        expect(got[k]).toBeCloseTo(value, 3);
      });
      closedAway += closed.layers.reduce((sum, { removedRows }, l) => {
        return sum + removedRows.length - pruning.layers[l]!.removedRows.length;
      }, 0);
      for (const one of [silent, compact, x]) one.dispose();
    }
    expect(closedAway).toBeGreaterThan(20);
  });

  it('take what has several outputs, or no known width, for the outside', () => {
    const recurrent = (hasStart: boolean) =>
      build(() => {
        const input = layers.input({ shape: [4, 3] });
        const own = { units: 3, recurrentInitializer: 'glorotNormal' as const }; // the default's needs more of the core
        const first = L.lstm({ ...own, returnState: true, returnSequences: true });
        const [all, , cell] = first.apply(apply(L.dense({ units: 3, name: 'first' }), input)) as Tensor[];
        const again = L.lstm(own).apply(hasStart ? [all!, cell!, cell!] : all!) as Tensor;
        return layers.model({ inputs: input, outputs: apply(L.dense({ units: 2, name: 'last' }), again) });
      });
    const [model, started] = [recurrent(false), recurrent(true)];
    expect(instanceOfLayersModel(started).instance.links).toBeUndefined(); // a state is an argument of the call
    const links = instanceOfLayersModel(model).instance.links!;
    expect(links.tensors.map(({ name, output = false }) => [name, output]).filter(([, output]) => output)).toEqual([
      ['first', true],
      ['last', true],
    ]);
    expect(links.tensors.find(({ to }) => to?.includes('last/kernel'))!.from).toBeUndefined();
    const unknown = build(() => {
      const image = layers.input({ shape: [null, null, 3] });
      const x = apply(L.conv2d({ filters: 4, kernelSize: 3, name: 'conv' }), image);
      return layers.model({ inputs: image, outputs: apply(L.dense({ units: 2, name: 'dense' }), x) });
    });
    expect(instanceOfLayersModel(unknown).instance.links!.tensors.map(({ to }) => to)).toEqual([
      ['conv/kernel'],
      ['dense/kernel'],
      undefined,
    ]);
    for (const one of [model, started, unknown]) one.dispose();
  });
});
