import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type Kernel, reshaped, shared, sizeOf, valuesOf, wasmKernel, withPart } from './heap.ts';

/*
 * Sums over everything but channels, and operations with one number a channel: batch normalisation is made of them. The
 * wasm backend transposes before it sums, and calls its elementwise loop once for every pixel when the operand is a
 * vector. Each kernel here replaces one of the backend's and leaves to it the cases that it does not speed up.
 */

/** Below this many numbers a plain loop beats another call. */
const FEW_NUMBERS = 4096;

/** Whether two tensors of floats are a matrix (all axes but the last are rows) and a vector along its last axis. */
function isAlongChannels(matrix: TensorInfo, vector: TensorInfo): boolean {
  const channels = matrix.shape.at(-1);
  const size = sizeOf(vector);
  const areFloats = matrix.dtype === 'float32' && vector.dtype === 'float32';
  const isVector = vector.shape.length <= matrix.shape.length && vector.shape.at(-1) === size;
  return areFloats && isVector && size === channels && size > 1 && size < sizeOf(matrix);
}

/**
 * `name` (an elementwise kernel) of a matrix and a vector along its channels. The matrix counts as one of fewer, longer
 * rows, and the vector is repeated to that length, so that the elementwise loop is called for thousands of numbers.
 */
function alongChannels(
  elementwise: Kernel,
  backend: BackendWasm,
  matrix: TensorInfo,
  vector: TensorInfo,
  isVectorFirst = false,
): TensorInfo {
  const channels = sizeOf(vector);
  const rows = sizeOf(matrix) / channels;
  let repetitions = Math.max(1, Math.floor(FEW_NUMBERS / channels));
  while (rows % repetitions !== 0) repetitions--;
  const length = repetitions * channels;
  const repeated = backend.makeOutput([length], 'float32');
  repeatInto(valuesOf(backend, repeated), valuesOf(backend, vector));
  const wide = reshaped(matrix, [rows / repetitions, length]);
  const inputs = isVectorFirst ? { a: repeated, b: wide } : { a: wide, b: repeated };
  const out = elementwise({ inputs, attrs: {}, backend });
  backend.disposeData(repeated.dataId);
  return { ...out, shape: matrix.shape };
}

/** Fills `target` with `source`, over and over. */
function repeatInto(target: Float32Array, source: Float32Array): void {
  target.set(source.subarray(0, target.length));
  for (let done = source.length; done < target.length; done *= 2) target.copyWithin(done, 0, done);
}

/** Add, Sub and Multiply. */
export const elementwiseAlongChannels =
  (original: Kernel): Kernel =>
  (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    if (isAlongChannels(a, b)) return alongChannels(original, call.backend, a, b);
    if (isAlongChannels(b, a)) return alongChannels(original, call.backend, b, a, true);
    return original(call);
  };

/** Tile, by copies of whole blocks: the last repeated axis first, since a longer block is copied faster. */
export const tile: Kernel = ({ inputs, attrs, backend }) => {
  const { x } = inputs as { x: TensorInfo };
  const reps = attrs.reps as number[];
  let tiled = shared(backend, x);
  for (let axis = x.shape.length - 1; axis >= 0; axis--) {
    const rep = reps[axis]!;
    if (rep === 1) continue;
    const { shape } = tiled;
    const block = util.sizeFromShape(shape.slice(axis));
    const out = backend.makeOutput(shape.with(axis, shape[axis]! * rep), x.dtype);
    const source = valuesOf(backend, tiled);
    const target = valuesOf(backend, out);
    for (let from = 0, to = 0; to < target.length; from += block, to += block * rep) {
      repeatInto(target.subarray(to, to + block * rep), source.subarray(from, from + block));
    }
    backend.disposeData(tiled.dataId);
    tiled = out;
  }
  return tiled;
};

/** Sum and Mean over all axes but the last. */
export const sumOverRows =
  (original: Kernel, isMean: boolean): Kernel =>
  (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { axis, keepDims } = call.attrs as unknown as { axis: number | number[]; keepDims: boolean };
    const axes = util.parseAxisParam(axis, x.shape);
    const isOverRows = axes.length === x.shape.length - 1 && !axes.includes(x.shape.length - 1);
    if (x.dtype !== 'float32' || !isOverRows || sizeOf(x) === 0) return original(call);
    const cols = x.shape.at(-1)!;
    const rows = sizeOf(x) / cols;
    const sums = columnSums(call.backend, x, rows, cols, isMean ? rows : 1);
    const shape = backend_util.computeOutAndReduceShapes(x.shape, axes)[0];
    return { ...sums, shape: keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape };
  };

/**
 * The sums of a matrix's columns, divided by `divisor`. The lower half of the rows is added to the upper one until few are
 * left: pairwise summation, whose rounding errors grow with the logarithm of the number of rows only.
 */
function columnSums(backend: BackendWasm, matrix: TensorInfo, rows: number, cols: number, divisor: number): TensorInfo {
  let rest = matrix;
  let restRows = rows;
  while (restRows > 1 && restRows * cols > FEW_NUMBERS) {
    const half = restRows >> 1;
    const shape = [half, cols];
    const halves = withPart(backend, rest, 0, shape, (a) =>
      withPart(backend, rest, half * cols, shape, (b) => wasmKernel('Add')({ inputs: { a, b }, attrs: {}, backend })),
    );
    if (restRows % 2 === 1) {
      const odd = valuesOf(backend, rest).subarray(2 * half * cols, restRows * cols);
      const sums = valuesOf(backend, halves);
      for (let column = 0; column < cols; column++) sums[column] = sums[column]! + odd[column]!;
    }
    if (rest !== matrix) backend.disposeData(rest.dataId);
    rest = halves;
    restRows = half;
  }
  const out = backend.makeOutput([cols], 'float32');
  const values = valuesOf(backend, rest);
  const sums = new Float64Array(cols);
  for (let row = 0, k = 0; row < restRows; row++) {
    for (let column = 0; column < cols; column++, k++) sums[column] = sums[column]! + values[k]!;
  }
  const outValues = valuesOf(backend, out);
  for (let column = 0; column < cols; column++) outValues[column] = sums[column]! / divisor;
  if (rest !== matrix) backend.disposeData(rest.dataId);
  return out;
}

/** FusedBatchNorm: (x - mean) * (scale / sqrt(variance + epsilon)) + offset, three operations along channels. */
export const batchNorm =
  (original: Kernel): Kernel =>
  (call) => {
    const { backend } = call;
    const { x, mean, variance, offset, scale } = call.inputs as Record<string, TensorInfo | undefined>;
    const epsilon = call.attrs.varianceEpsilon as number;
    const vectors = [mean!, variance!, offset, scale].filter((vector) => vector != null);
    if (!vectors.every((vector) => isAlongChannels(x!, vector))) return original(call);
    const channels = sizeOf(mean!);
    const factor = backend.makeOutput([channels], 'float32');
    const factors = valuesOf(backend, factor);
    const variances = valuesOf(backend, variance!);
    const scales = scale == null ? undefined : valuesOf(backend, scale);
    for (let c = 0; c < channels; c++) factors[c] = (scales?.[c] ?? 1) / Math.sqrt(variances[c]! + epsilon);
    const centred = alongChannels(wasmKernel('Sub'), backend, x!, mean!);
    const scaled = alongChannels(wasmKernel('Multiply'), backend, centred, factor);
    backend.disposeData(centred.dataId);
    backend.disposeData(factor.dataId);
    if (offset == null) return scaled;
    const out = alongChannels(wasmKernel('Add'), backend, scaled, offset);
    backend.disposeData(scaled.dataId);
    return out;
  };
