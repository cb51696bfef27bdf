import {
  add,
  addN,
  cast,
  concat,
  greater,
  less,
  logicalAnd,
  matMul,
  mul,
  relu,
  relu6,
  reshape,
  slice,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { type Clamp, type CompactSpec, geometryOf } from './compact-spec.ts';
import { inverse, NOTHING, select } from './select.ts';

/*
 * A compact product and its gradients by operations of TensorFlow.js alone, on any backend. The input's numbers that the columns
 * meet are gathered into one matrix, which is multiplied by the kernel; gradients go the same way back. Scattering is exactly the
 * adjoint of gathering. The gathered matrix is stored: memory for output pixels x columns, beside the product's time.
 */

/** The lines and pixels of the input that each kernel position with columns meets, and its columns' channels. */
function* positionsOf(spec: CompactSpec, [, height, width, channels]: readonly number[]) {
  const { columns, kernelSize, strides } = spec;
  const { before, out } = geometryOf(spec, [height!, width!]);
  const places = (axis: 0 | 1, start: number, length: number) =>
    Int32Array.from({ length: out[axis] }, (_, k) => {
      const place = start + k * strides[axis] - before[axis];
      return place >= 0 && place < length ? place : NOTHING;
    });
  for (let first = 0; first < columns.length; ) {
    const position = Math.floor(columns[first]! / channels!);
    let behind = first;
    while (behind < columns.length && columns[behind]! < (position + 1) * channels!) behind++;
    yield {
      lines: places(0, Math.floor(position / kernelSize[1]), height!),
      pixels: places(1, position % kernelSize[1], width!),
      channels: columns.subarray(first, behind).map((column) => column - position * channels!),
    };
    first = behind;
  }
}

/** The input's number for each output pixel and column: [batch, out height, out width, columns]. */
function gather(spec: CompactSpec, x: Tensor4D): Tensor {
  const parts = Array.from(positionsOf(spec, x.shape), ({ lines, pixels, channels }) =>
    select(select(select(x, 3, channels), 1, lines), 2, pixels),
  );
  return concat(parts, 3);
}

/** The adjoint of {@link gather}: adds each number to the input that it came from. */
function scatter(spec: CompactSpec, numbers: Tensor4D, shape: readonly number[]): Tensor {
  const parts: Tensor[] = [];
  let first = 0;
  for (const { lines, pixels, channels } of positionsOf(spec, shape)) {
    const part = slice(numbers, [0, 0, 0, first], [-1, -1, -1, channels.length]);
    const [, height, width, depth] = shape as [number, number, number, number];
    const spread = select(select(part, 1, inverse(lines, height)), 2, inverse(pixels, width));
    parts.push(select(spread, 3, inverse(channels, depth)));
    first += channels.length;
  }
  return addN(parts);
}

/** The place of each row among the output channels, NOTHING where there is none. */
const placesOf = ({ rows, filters }: CompactSpec): Int32Array => inverse(rows, filters);

const pixelMatrix = (x: Tensor): Tensor2D => reshape(x, [-1, x.shape[3]!]);

/** The product by operations of TensorFlow.js alone, on any backend: gather, one matrix product, rows to their channels. */
export function composedProduct(spec: CompactSpec, x: Tensor4D, kernel: Tensor2D, bias: Tensor1D): Tensor4D {
  return tidy(() => {
    const gathered = gather(spec, x);
    const product = matMul(pixelMatrix(gathered), kernel);
    const rows = reshape(product, [...gathered.shape.slice(0, 3), spec.rows.length]);
    return clamped(add(select(rows, 3, placesOf(spec)), bias), spec.activation) as Tensor4D;
  });
}

/** Gradients of a product y, whichever way it was computed, by the slope dy: of x, kernel and bias. */
export function gradientsOf(spec: CompactSpec, x: Tensor4D, kernel: Tensor2D, y: Tensor4D, dy: Tensor4D) {
  const slope = () => {
    if (spec.activation === 'linear') return dy;
    const rises = greater(y, 0);
    return mul(dy, cast(spec.activation === 'relu' ? rises : logicalAnd(rises, less(y, 6)), 'float32')) as Tensor4D;
  };
  const rowSlope = () => pixelMatrix(select(slope(), 3, spec.rows));
  return [
    () => {
      const columns = matMul(rowSlope(), transpose(kernel));
      return scatter(
        spec,
        reshape(columns, [y.shape[0], y.shape[1], y.shape[2], spec.columns.length]) as Tensor4D,
        x.shape,
      );
    },
    () => matMul(transpose(pixelMatrix(gather(spec, x))), rowSlope()),
    () => sum(slope(), [0, 1, 2]),
  ] as const;
}

export const clamped = (x: Tensor, activation: Clamp): Tensor =>
  activation === 'relu' ? relu(x) : activation === 'relu6' ? relu6(x) : x;
