import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBackend } from '../../src/neural/backend.ts';
import { CompactConv2D, CompactDense, SelectChannels } from '../../src/neural/compact/index.ts';
import { makeRandom } from '../../src/problem/random.ts';

tf.env().set('PROD', true);

type Padding = 'same' | 'valid' | [[number, number], [number, number]];

interface Case {
  readonly batch: number;
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly filters: number;
  readonly kernelSize: [number, number];
  readonly strides: [number, number];
  readonly padding: Padding;
  readonly activation: 'linear' | 'relu' | 'relu6';
  /** Share of rows and of columns that stay. */
  readonly density: readonly [number, number];
  readonly seed: number;
}

const pair = (least: number, most: number) =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));
const cases: fc.Arbitrary<Case> = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  size: pair(7, 12),
  channels: fc.integer({ min: 1, max: 9 }),
  filters: fc.integer({ min: 1, max: 19 }),
  kernelSize: fc.constantFrom<[number, number][]>([1, 1], [3, 3], [7, 7], [3, 1], [2, 4]),
  strides: pair(1, 3),
  padding: fc.oneof(
    fc.constant<Padding>('same'),
    fc.constant<Padding>('valid'),
    fc.tuple(pair(0, 3), pair(0, 3)) as fc.Arbitrary<Padding>,
  ),
  activation: fc.constantFrom('linear', 'relu', 'relu6'),
  density: fc.tuple(fc.constantFrom(0, 0.2, 0.6, 1), fc.constantFrom(0, 0.1, 0.5, 1)),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

/** Numbers of a case: inputs, kept lines, their matrix, biases; the matrix also as the full masked kernel. */
function numbersOf({ batch, size, channels, filters, kernelSize, density, seed }: Case) {
  const random = makeRandom(seed);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
  const kept = (count: number, share: number) =>
    Array.from({ length: count }, (_, k) => k).filter(() => random.uniform() < share);
  const places = kernelSize[0] * kernelSize[1] * channels;
  const rows = kept(filters, density[0]);
  const columns = kept(places, density[1]);
  const matrix = numbers(rows.length * columns.length);
  const full = new Float32Array(places * filters);
  columns.forEach((column, j) => {
    rows.forEach((row, i) => {
      full[column * filters + row] = matrix[j * rows.length + i]!;
    });
  });
  return { x: numbers(batch * size[0] * size[1] * channels), rows, columns, matrix, full, bias: numbers(filters) };
}

/** Every product of the convolution by its definition: output, kernel and input number, and the output's shape. */
function products(one: Case, use: (output: number, weight: number, input: number) => void): number[] {
  const { batch, size, channels, filters, kernelSize, strides, padding } = one;
  const axis = (k: 0 | 1): { out: number; before: number } => {
    if (padding === 'same') {
      const out = Math.ceil(size[k] / strides[k]);
      return { out, before: Math.floor(Math.max((out - 1) * strides[k] + kernelSize[k] - size[k], 0) / 2) };
    }
    const [before, behind] = padding === 'valid' ? [0, 0] : padding[k];
    return { out: Math.floor((size[k] + before + behind - kernelSize[k]) / strides[k]) + 1, before };
  };
  const [vertical, horizontal] = [axis(0), axis(1)];
  let output = 0;
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y < vertical.out; y++) {
      for (let z = 0; z < horizontal.out; z++) {
        for (let o = 0; o < filters; o++, output++) {
          for (let h = 0; h < kernelSize[0]; h++) {
            for (let w = 0; w < kernelSize[1]; w++) {
              const line = y * strides[0] + h - vertical.before;
              const pixel = z * strides[1] + w - horizontal.before;
              if (line < 0 || line >= size[0] || pixel < 0 || pixel >= size[1]) continue;
              for (let c = 0; c < channels; c++) {
                const weight = ((h * kernelSize[1] + w) * channels + c) * filters + o;
                use(output, weight, ((n * size[0] + line) * size[1] + pixel) * channels + c);
              }
            }
          }
        }
      }
    }
  }
  return [batch, vertical.out, horizontal.out, filters];
}

/** The masked convolution in double precision. */
function reference(one: Case): { shape: number[]; values: number[] } {
  const { x, full, bias } = numbersOf(one);
  const sums: number[] = [];
  const shape = products(one, (output, weight, input) => {
    sums[output] = (sums[output] ?? 0) + full[weight]! * x[input]!;
  });
  const [low, high] = { linear: [-Infinity, Infinity], relu: [0, Infinity], relu6: [0, 6] }[one.activation] as number[];
  const count = shape.reduce((product, extent) => product * extent, 1);
  const clamp = (value: number) => Math.min(Math.max(value, low!), high!);
  const values = Array.from({ length: count }, (_, k) => clamp((sums[k] ?? 0) + bias[k % one.filters]!));
  return { shape, values };
}

/** Of the sum of share(k) y_k^2 over all outputs y, for a linear or relu activation (where y = 0 the derivative is 0). */
function gradientOf(one: Case, share: (k: number, count: number) => number) {
  const { x, full, bias } = numbersOf(one);
  const { values } = reference(one);
  const slope = values.map((value, k) => 2 * share(k, values.length) * value);
  const gradient = { x: x.map(() => 0), full: full.map(() => 0), bias: bias.map(() => 0) };
  products(one, (output, weight, input) => {
    gradient.x[input]! += full[weight]! * slope[output]!;
    gradient.full[weight]! += x[input]! * slope[output]!;
  });
  slope.forEach((value, k) => {
    gradient.bias[k % one.filters]! += value;
  });
  return gradient;
}

const TOLERANCE = 2e-5; // at most 441 products of numbers up to 1, summed in float32

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = TOLERANCE): void {
  expect(got.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) {
    if (!(Math.abs(got[k]! - expected[k]!) <= tolerance)) expect(got[k], `number ${k}`).toBeCloseTo(expected[k]!, 5);
  }
}

const weightsOf = (rows: number[], columns: number[], matrix: Float32Array, bias: Float32Array): tf.Tensor[] =>
  matrix.length === 0 ? [tf.tensor1d(bias)] : [tf.tensor2d(matrix, [columns.length, rows.length]), tf.tensor1d(bias)];

/** The layer with the numbers of a case in it. */
function layerOf(one: Case): CompactConv2D {
  const { kernelSize, strides, padding, filters, activation, size, channels } = one;
  const { rows, columns, matrix, bias } = numbersOf(one);
  const layer = new CompactConv2D({ kernelSize, strides, padding, filters, rows, columns, activation });
  tf.tidy(() => {
    layer.apply(tf.zeros([1, ...size, channels]));
    layer.setWeights(weightsOf(rows, columns, matrix, bias));
  });
  return layer;
}

describe.each(['cpu', 'wasm'])('on the %s backend', (backend) => {
  let tensors = 0;
  beforeAll(async () => {
    if (backend === 'wasm') await startBackend('wasm');
    else await tf.setBackend(backend);
  });
  beforeEach(() => {
    tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('a compact convolution equals the masked one', () => {
    fc.assert(
      fc.property(cases, (one) => {
        tf.engine().startScope();
        const layer = layerOf(one);
        const { shape, values } = reference(one);
        const x = tf.tensor4d(numbersOf(one).x, [one.batch, ...one.size, one.channels]);
        expect(layer.computeOutputShape(x.shape)).toEqual(shape);
        const y = layer.apply(x) as tf.Tensor;
        expect(y.shape).toEqual(shape);
        expectClose(y.dataSync(), values);
        layer.dispose();
        tf.engine().endScope();
      }),
      { numRuns: backend === 'cpu' ? 60 : 400 },
    );
  });

  it('inputs larger than what is taken at a time are cut into bands and groups', () => {
    const base = { strides: [1, 1], activation: 'relu', density: [0.2, 0.1], kernelSize: [3, 3], filters: 9 } as const;
    for (const [batch, extent, channels, padding, stride] of [
      [1, 70, 32, 'same', 1],
      [2, 71, 33, 'valid', 2],
      [
        1,
        75,
        24,
        [
          [2, 0],
          [0, 2],
        ],
        3,
      ],
      [13, 16, 32, 'same', 1],
      [5, 33, 40, 'valid', 2],
    ] as [number, number, number, Padding, number][]) {
      const one = {
        ...base,
        batch,
        size: [extent, extent],
        channels,
        padding,
        strides: [stride, stride],
        seed: 7,
      } as unknown as Case;
      tf.tidy(() => {
        const layer = layerOf(one);
        const x = tf.tensor4d(numbersOf(one).x, [batch, extent, extent, channels]);
        expectClose((layer.apply(x) as tf.Tensor).dataSync(), reference(one).values);
        layer.dispose();
      });
    }
  });

  it('a compact dense layer equals the masked one', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const flat: Case = { ...one, size: [1, 1], kernelSize: [1, 1], strides: [1, 1], padding: 'valid' };
        const { x, rows, columns, matrix, bias } = numbersOf(flat);
        tf.engine().startScope();
        const layer = new CompactDense({ filters: one.filters, rows, columns, activation: one.activation });
        const input = tf.tensor2d(x, [one.batch, one.channels]);
        layer.apply(input);
        layer.setWeights(weightsOf(rows, columns, matrix, bias));
        expectClose((layer.apply(input) as tf.Tensor).dataSync(), reference(flat).values);
        layer.dispose();
        tf.engine().endScope();
      }),
      { numRuns: 60 },
    );
  });

  it('selected channels are those of the input, the others constant', () => {
    tf.tidy(() => {
      const layer = new SelectChannels({ source: [2, -1, 0], constants: [0, 5, 1] });
      const y = layer.apply(tf.tensor([1, 2, 3, 4, 5, 6], [2, 1, 1, 3])) as tf.Tensor;
      expect(y.shape).toEqual([2, 1, 1, 3]);
      expect([...y.dataSync()]).toEqual([3, 5, 2, 6, 5, 5]);
      layer.dispose();
    });
  });

  it('weights that change are packed anew, and the packed ones are freed', () => {
    const one: Case = { ...layerCase, seed: 3 };
    tf.tidy(() => {
      const layer = layerOf(one);
      const x = tf.tensor4d(numbersOf(one).x, [one.batch, ...one.size, one.channels]);
      const before = (layer.apply(x) as tf.Tensor).dataSync();
      const held = tf.memory().numTensors;
      for (const scale of [2, 4]) {
        tf.tidy(() => {
          layer.setWeights(layer.getWeights().map((weight) => tf.mul(weight, 2)));
          const after = (layer.apply(x) as tf.Tensor).dataSync();
          expectClose(
            after,
            before.map((value) => value * scale),
            1e-3,
          );
        });
        expect(tf.memory().numTensors).toBeLessThanOrEqual(held);
      }
      layer.dispose();
    });
  });

  it('gradients are those of the masked convolution', () => {
    for (const seed of [1, 2, 3, 4]) {
      const density = seed === 4 ? ([1, 1] as const) : layerCase.density;
      const one: Case = { ...layerCase, density, seed, activation: seed % 2 === 0 ? 'relu' : 'linear' };
      const { x, rows, columns, matrix } = numbersOf(one);
      const loss = (y: tf.Tensor) => {
        const shares = tf.div(tf.reshape(tf.range(0, y.size), y.shape), y.size);
        return tf.sum(tf.mul(tf.square(y), shares)) as tf.Scalar;
      };
      const layer = layerOf(one);
      const compact = tf.tidy(() => {
        const input = tf.tensor4d(x, [one.batch, ...one.size, one.channels]);
        const gradX = tf
          .grad((image: tf.Tensor) => loss(layer.apply(image) as tf.Tensor))(input)
          .dataSync();
        const { grads } = tf.variableGrads(() => loss(layer.apply(input) as tf.Tensor));
        const gradOf = (k: number) => grads[layer.trainableWeights[k]!.name]!.dataSync();
        return { x: gradX, kernel: gradOf(0), bias: gradOf(1) };
      });
      layer.dispose();
      const expected = gradientOf(one, (k, count) => k / count);
      expectClose(compact.x, expected.x, 2e-4);
      expectClose(compact.bias, expected.bias, 2e-4);
      const kept = columns.flatMap((column) => rows.map((row) => expected.full[column * one.filters + row]!));
      expect(kept).toHaveLength(matrix.length);
      expect(matrix.length).toBeGreaterThan(0);
      expectClose(compact.kernel, kept, 2e-4);
    }
  });
});

const layerCase: Case = {
  batch: 2,
  size: [7, 8],
  channels: 3,
  filters: 5,
  kernelSize: [3, 3],
  strides: [2, 1],
  padding: 'same',
  activation: 'linear',
  density: [0.6, 0.5],
  seed: 1,
};
