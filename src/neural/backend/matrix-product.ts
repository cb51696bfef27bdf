import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernel, reshaped, sizeOf, transposeInto, valuesOf } from './heap.ts';

/**
 * BatchMatMul of two matrices, the gradients of dense layers among them. The backend's fast product takes factors as they
 * are and leaves transposed ones to a plain loop: here they are transposed first.
 */
export const transposedProduct =
  (original: Kernel): Kernel =>
  (call) => {
    const { backend } = call;
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = call.attrs as unknown as { transposeA: boolean; transposeB: boolean };
    const areMatrices = [a, b].every((factor) => {
      return sizeOf(factor) > 0 && sizeOf(factor) === factor.shape.at(-1)! * factor.shape.at(-2)!;
    });
    if (!(transposeA || transposeB) || !areMatrices || a.dtype !== 'float32' || b.dtype !== 'float32') {
      return original(call);
    }
    const left = transposeA ? transpose(backend, a) : a;
    const right = transposeB ? transpose(backend, b) : b;
    const product = original({
      inputs: { a: left, b: right },
      attrs: { transposeA: false, transposeB: false },
      backend,
    });
    if (transposeA) backend.disposeData(left.dataId);
    if (transposeB) backend.disposeData(right.dataId);
    return product;
  };

function transpose(backend: BackendWasm, matrix: TensorInfo): TensorInfo {
  const [rows, cols] = matrix.shape.slice(-2) as [number, number];
  const out = backend.makeOutput([rows * cols], 'float32');
  transposeInto(valuesOf(backend, out), 0, rows, valuesOf(backend, matrix), 0, cols, rows, cols);
  return reshaped(out, [...matrix.shape.slice(0, -2), cols, rows]);
}
