import { concat, customGrad, type Tensor, tensor1d, gather as tfGather, tidy, zeros } from '@tensorflow/tfjs-core';

/** What {@link select} puts where no slice of the input belongs. */
export const NOTHING = -1;

/**
 * Slices of `x` along an axis in a new order: slice k of the result is slice `source[k]` of `x`, or zeros where that is
 * {@link NOTHING}. No slice may be selected twice, so the gradient is a selection too, by the inverse order. (Not that of
 * TensorFlow.js's `gather`, a sum over segments, for which the WebAssembly backend has no kernel.)
 *
 * @param source distinct indices from 0 to `x.shape[axis] - 1`, and NOTHING any number of times
 */
export function select(x: Tensor, axis: number, source: Int32Array): Tensor {
  const length = x.shape[axis]!;
  if (source.length === length && source.every((index, k) => index === k)) return x;
  return customGrad((...inputs) => {
    const value = selected(inputs[0] as Tensor, axis, source);
    return { value, gradFunc: (dy: Tensor | Tensor[]) => select(dy as Tensor, axis, inverse(source, length)) };
  })(x);
}

function selected(x: Tensor, axis: number, source: Int32Array): Tensor {
  return tidy(() => {
    const length = x.shape[axis]!;
    const shapeOf = (extent: number) => x.shape.map((own, k) => (k === axis ? extent : own));
    if (source.every((index) => index === NOTHING)) return zeros(shapeOf(source.length));
    const padded = source.includes(NOTHING) ? concat([x, zeros(shapeOf(1))], axis) : x;
    const indices = source.map((index) => (index === NOTHING ? length : index));
    return tfGather(padded, tensor1d(indices, 'int32'), axis);
  });
}

/** Where each of `length` slices went: the k with `source[k]` = slice, or NOTHING. */
export function inverse(source: Int32Array, length: number): Int32Array {
  const places = new Int32Array(length).fill(NOTHING);
  source.forEach((index, k) => {
    if (index !== NOTHING) places[index] = k;
  });
  return places;
}
