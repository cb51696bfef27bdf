import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BackendName } from '../../src/neural/backend.ts';
import { makeRandom } from '../../src/problem/index.ts';

/*
 * What training asks of a backend, checked against the plain cpu backend, which sums in double precision and shares no
 * code with the others. An error is relative to the greatest number of the tensor it is in.
 */

const TOLERANCE = 1e-5;
/** Of gradients through a whole network: rounding errors pass through every layer. */
const NETWORK_TOLERANCE = 1e-4;

type Shape = readonly number[];
type Compute = (...tensors: tf.Tensor[]) => tf.Tensor[];

/** Drawn anew; larger tensors repeat them. A prime number, so that no line or channel repeats another. */
const FRESH_NUMBERS = 9973;

/** Numbers in [-1, 1); with `steps`, multiples of 1 / steps, so that ties are common. */
function numbers(seed: number, shape: Shape, steps?: number): Float32Array {
  const random = makeRandom(seed, `${shape}`);
  const number = () => (steps === undefined ? 2 * random.uniform() - 1 : random.integer(2 * steps) / steps - 1);
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  for (let k = 0; k < values.length; k++) values[k] = k < FRESH_NUMBERS ? number() : values[k - FRESH_NUMBERS]!;
  return values;
}

/** Shape and values of what `compute` returns on a backend, on which nothing may stay behind. */
async function resultsOn(name: string, compute: Compute, inputs: readonly [Float32Array, Shape][]) {
  await tf.setBackend(name);
  expect(tf.getBackend()).toBe(name);
  const before = [tf.memory().numTensors, tf.backend().numDataIds()];
  const results = tf.tidy(() => {
    const tensors = inputs.map(([values, shape]) => tf.tensor(values, [...shape], 'float32'));
    return compute(...tensors).map((result) => ({ shape: result.shape, values: result.dataSync() }));
  });
  expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before);
  return results;
}

/** `least`: what an error is relative to at least, where results are differences of such numbers. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, least = 1e-30): void {
  expect(actual.length).toBe(expected.length);
  let greatest = least;
  let error = 0;
  for (let k = 0; k < expected.length; k++) {
    greatest = Math.max(greatest, Math.abs(expected[k]!));
    const difference = Math.abs(actual[k]! - expected[k]!);
    error = Math.max(error, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  expect(error / greatest).toBeLessThanOrEqual(tolerance);
}

async function expectSame(
  name: BackendName,
  compute: Compute,
  inputs: readonly [Float32Array, Shape][],
  least?: number,
) {
  const expected = await resultsOn('cpu', compute, inputs);
  const actual = await resultsOn(name, compute, inputs);
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  expected.forEach(({ values }, k) => {
    expectClose(actual[k]!.values, values, TOLERANCE, least);
  });
}

type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

interface Convolution {
  readonly x: Shape; // NHWC
  readonly filter: Shape; // HWIO
  readonly strides: [number, number];
  readonly pad: Pad;
}

const outputsOf = ({ x, filter, strides, pad }: Convolution): Shape =>
  tf.backend_util.computeConv2DInfo(x as never, filter as never, strides, 1, pad).outShape;

const sides = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }));
/** Convolutions; `named` leaves out pads given as numbers, whose gradients tfjs-node does not have. */
const arbitraryConvolution = (pads: 'all' | 'named'): fc.Arbitrary<Convolution> =>
  fc
    .record({
      x: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 11 })),
      channels: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 10 })),
      extent: fc.oneof(
        fc.constantFrom([1, 1] as const, [3, 3] as const, [7, 7] as const),
        fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
      ),
      strides: fc.oneof(
        fc.constantFrom<[number, number]>([1, 1], [2, 2]),
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      ),
      pad: fc.oneof(
        fc.constantFrom<Pad>('same', 'valid'),
        ...(pads === 'all' ? [fc.tuple(sides, sides).map(([h, w]): Pad => [[0, 0], h, w, [0, 0]])] : []),
        ...(pads === 'all' ? [fc.constantFrom<Pad>(0, 1, 3)] : []),
      ),
    })
    .map(({ x, channels: [inputs, outputs], extent, strides, pad }) => {
      const isSquare = extent[0] === extent[1] && strides[0] === strides[1]; // one number as padding is for squares only
      const sidePads: Pad =
        typeof pad === 'number' && !isSquare
          ? [
              [0, 0],
              [pad, pad],
              [pad, pad],
              [0, 0],
            ]
          : pad;
      return { x: [...x, inputs], filter: [...extent, inputs, outputs], strides, pad: sidePads };
    })
    .filter((convolution) => outputsOf(convolution).every((extent) => extent > 0));

/** A convolution and both its gradients. */
const convolve =
  ({ strides, pad }: Convolution): Compute =>
  (x, filter, dy) => {
    const run = (image: tf.Tensor, kernel: tf.Tensor) =>
      tf.conv2d(image as tf.Tensor4D, kernel as tf.Tensor4D, strides, pad);
    return [run(x!, filter!), ...tf.grads(run)([x!, filter!], dy as tf.Tensor4D)];
  };

function convolutionInputs(convolution: Convolution, seed: number): [Float32Array, Shape][] {
  const shapes = [convolution.x, convolution.filter, outputsOf(convolution)];
  return shapes.map((shape, k) => [numbers(seed + k, shape), shape]);
}

/** All activation shapes of rank 4 whose channels may be 1. */
const arbitraryShape = fc.tuple(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 33 }),
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 20 }),
);

/** A small residual network on 9 x 9 images: an odd size, both strides, max pooling, a shortcut with a convolution. */
function residualNetwork(): layers.LayersModel {
  let seed = 0;
  const { layers: make } = layers;
  const convolve = (x: layers.SymbolicTensor, filters: number, kernelSize: number, strides: number) => {
    const kernelInitializer = layers.initializers.heNormal({ seed: ++seed });
    const layer = make.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false, kernelInitializer });
    return make.batchNormalization({ epsilon: 1e-5 }).apply(layer.apply(x)) as layers.SymbolicTensor;
  };
  const relu = (x: layers.SymbolicTensor) => make.activation({ activation: 'relu' }).apply(x) as layers.SymbolicTensor;
  const input = layers.input({ shape: [9, 9, 2] });
  const stem = relu(convolve(input, 8, 7, 1));
  const pooled = make.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(stem) as layers.SymbolicTensor;
  const branch = convolve(relu(convolve(pooled, 12, 3, 2)), 12, 3, 1);
  const joined = relu(make.add().apply([branch, convolve(pooled, 12, 1, 2)]) as layers.SymbolicTensor);
  const features = make.globalAveragePooling2d({}).apply(joined) as layers.SymbolicTensor;
  const kernelInitializer = layers.initializers.glorotNormal({ seed: ++seed });
  return layers.model({ inputs: input, outputs: make.dense({ units: 5, kernelInitializer }).apply(features) as never });
}

/** The laws. Each runs on the backend that the caller has started. */
export function backendLaws(name: BackendName, pads: 'all' | 'named'): void {
  it('convolves, with both gradients', async () => {
    const law = fc.asyncProperty(arbitraryConvolution(pads), fc.nat(), (convolution, seed) =>
      expectSame(name, convolve(convolution), convolutionInputs(convolution, seed)),
    );
    // TensorFlow 2.9 writes beyond its memory in the filter gradient of this one.
    const shortcut: Convolution = { x: [3, 8, 10, 8], filter: [1, 1, 8, 7], strides: [2, 2], pad: 'valid' };
    await fc.assert(law, { numRuns: 150, examples: [1, 2, 3].map((seed) => [shortcut, seed]) });
  });

  it('convolves more images than one product takes like each of them', async () => {
    const pad = 'same';
    const large: Convolution[] = [
      { x: [5, 88, 88, 1], filter: [3, 3, 1, 16], strides: [1, 1], pad }, // two images a filter gradient, then one
      { x: [3, 90, 91, 2], filter: [1, 1, 2, 40], strides: [1, 1], pad }, // one each
      { x: [9, 88, 88, 16], filter: [3, 3, 16, 3], strides: [2, 2], pad }, // five images an input gradient, then four
    ];
    for (const [seed, convolution] of large.entries()) {
      const images = convolution.x[0]!;
      const inputs = convolutionInputs(convolution, seed);
      const together = await resultsOn(name, convolve(convolution), inputs);
      const oneByOne: Compute = (x, filter, dy) => {
        const image = (tensor: tf.Tensor, k: number) => tf.slice(tensor, [k, 0, 0, 0], [1, -1, -1, -1]);
        const each = Array.from({ length: images }, (_, k) =>
          convolve(convolution)(image(x!, k), filter!, image(dy!, k)),
        );
        const of = (result: number) => each.map((results) => results[result]!);
        return [tf.concat(of(0)), tf.concat(of(1)), tf.addN(of(2))];
      };
      const expected = await resultsOn(name, oneByOne, inputs);
      expected.forEach(({ values }, k) => {
        expectClose(together[k]!.values, values, TOLERANCE);
      });
    }
  });

  it('takes the gradient of max pooling to the first of equal numbers', async () => {
    const shape = fc.tuple(...[3, 9, 9, 6].map((max) => fc.integer({ min: 1, max })));
    const extent = fc.integer({ min: 1, max: 3 });
    const pad = fc.constantFrom('same' as const, 'valid' as const);
    const law = fc.asyncProperty(shape, extent, extent, pad, fc.nat(), async (x, size, stride, pad, seed) => {
      fc.pre(pad === 'same' || Math.min(x[1]!, x[2]!) >= size);
      const run = (image: tf.Tensor) => tf.maxPool(image as tf.Tensor4D, size, stride, pad);
      const y = tf.backend_util.computePool2DInfo(x as never, size, stride, 1, pad).outShape;
      const compute: Compute = (image, dy) => [run(image!), tf.grad(run)(image!, dy as tf.Tensor4D)];
      await expectSame(name, compute, [
        [numbers(seed, x, 3), x],
        [numbers(seed + 1, y), y],
      ]);
    });
    await fc.assert(law, { numRuns: 80 });
  });

  it('normalises batches, with the gradients through their statistics', async () => {
    const law = fc.asyncProperty(arbitraryShape, fc.boolean(), fc.nat(), async (shape, hasScale, seed) => {
      const channels = [shape[3]];
      const run = (x: tf.Tensor, offset: tf.Tensor, scale: tf.Tensor) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        const factor = hasScale ? (scale as tf.Tensor1D) : undefined;
        return tf.batchNorm4d(x as tf.Tensor4D, mean as never, variance as never, offset as never, factor, 0.1);
      };
      const compute: Compute = (x, offset, scale, dy) => [
        run(x!, offset!, scale!),
        ...(hasScale ? tf.grads(run)([x!, offset!, scale!], dy as tf.Tensor4D) : []), // without scale it has none
      ];
      const shapes: Shape[] = [shape, channels, channels, shape];
      await expectSame(
        name,
        compute,
        shapes.map((each, k) => [numbers(seed + k, each), each]),
        1,
      );
    });
    await fc.assert(law, { numRuns: 60 });
  });

  it('sums, averages, tiles and combines along any axes', async () => {
    const axes = fc.subarray([0, 1, 2, 3], { minLength: 1 });
    const law = fc.asyncProperty(arbitraryShape, axes, fc.boolean(), fc.nat(), async (shape, axes, keepDims, seed) => {
      const part = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
      const reps = shape.map((extent, axis) => (axes.includes(axis) ? Math.min(extent, 3) : 1));
      const compute: Compute = (x, y) => {
        const mean = (tensor: tf.Tensor) => tf.mean(tensor, axes, keepDims);
        return [
          tf.sum(x!, axes, keepDims),
          mean(x!),
          tf.grad(mean)(x!),
          tf.tile(y!, reps),
          ...[tf.add(x!, y!), tf.add(y!, x!), tf.sub(x!, y!), tf.sub(y!, x!), tf.mul(x!, y!), tf.mul(y!, x!)],
          tf.add(x!, tf.reshape(tf.slice(y!, [0, 0, 0, 0], [1, 1, 1, part[3]!]), [part[3]!])),
          tf.cast(x!, 'float32'),
          tf.clone(x!),
        ];
      };
      // Positive numbers: the error of a sum is relative to what is summed, which may cancel.
      const positive = (k: number, each: Shape) => numbers(seed + k, each).map((value) => value + 1.5);
      await expectSame(name, compute, [
        [positive(0, shape), shape],
        [positive(1, part), part],
      ]);
    });
    await fc.assert(law, { numRuns: 50 });
  });

  it('multiplies matrices, transposed or not', async () => {
    const extent = fc.integer({ min: 1, max: 40 });
    const law = fc.asyncProperty(fc.tuple(extent, extent, extent), fc.nat(), async ([m, k, n], seed) => {
      const shapes: Shape[] = [
        [m, k],
        [k, n],
      ];
      const compute: Compute = (a, b) => {
        const product = tf.matMul(a!, b!);
        return [
          product,
          ...tf.grads((left, right) => tf.matMul(left!, right!))([a!, b!], product),
          tf.matMul(tf.transpose(a!), tf.transpose(b!), true, true),
        ];
      };
      await expectSame(
        name,
        compute,
        shapes.map((shape, k) => [numbers(seed + k, shape), shape]),
      );
    });
    await fc.assert(law, { numRuns: 40 });
  });

  it('has the activations and gradients of a residual network, and trains it without leaving a tensor', async () => {
    const batch = 6;
    const images = numbers(1, [batch, 9, 9, 2]);
    const labels = Int32Array.from({ length: batch }, (_, k) => k % 5);
    const runOn = async (backend: string, steps: number) => {
      await tf.setBackend(backend);
      expect(tf.getBackend()).toBe(backend);
      const before = tf.memory().numTensors;
      const model = residualNetwork();
      const x = tf.tensor4d(images, [batch, 9, 9, 2]);
      const targets = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 5), 'float32'));
      const optimizer = tf.train.momentum(0.05, 0.9);
      const loss = (): tf.Scalar =>
        tf.tidy(() => {
          const logits = model.apply(x, { training: true }) as tf.Tensor2D;
          return tf.losses.softmaxCrossEntropy(targets, logits) as tf.Scalar;
        });
      const logits = (model.predict(x) as tf.Tensor).dataSync();
      const { value, grads } = tf.variableGrads(loss);
      const gradients = Object.values(grads).map((gradient) => gradient.dataSync());
      tf.dispose([value, grads]);
      const losses: number[] = [];
      const during: number[] = [];
      for (let step = 0; step < steps; step++) {
        const cost = optimizer.minimize(loss, true)!;
        losses.push(cost.dataSync()[0]!);
        cost.dispose();
        during.push(tf.memory().numTensors);
      }
      expect(new Set(during.slice(1)).size).toBeLessThanOrEqual(1); // the first step makes the optimizer's own
      const left = tf.memory().numTensors;
      model.dispose();
      optimizer.dispose();
      tf.dispose([x, targets]);
      return { logits, gradients, losses, before, left };
    };
    const expected = await runOn('cpu', 1);
    const actual = await runOn(name, 12);
    expectClose(actual.logits, expected.logits, NETWORK_TOLERANCE);
    expect(actual.gradients).toHaveLength(expected.gradients.length);
    expected.gradients.forEach((gradient, k) => {
      expectClose(actual.gradients[k]!, gradient, NETWORK_TOLERANCE);
    });
    expect(actual.losses[0]).toBeCloseTo(expected.losses[0]!, 4);
    expect(actual.losses.at(-1)).toBeLessThan(0.5 * actual.losses[0]!);
  });
}
