import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, type NamedAttrMap, type NamedTensorInfoMap, type TensorInfo, util } from '@tensorflow/tfjs-core';

/*
 * Tensors of the wasm backend, as its kernels see them: rows of bytes on one heap.
 */

export interface Call {
  readonly inputs: NamedTensorInfoMap;
  readonly attrs: NamedAttrMap;
  readonly backend: BackendWasm;
}

/** What a kernel of one output does. Kernels own their outputs only: what else they allocate they dispose of. */
export type Kernel = (call: Call) => TensorInfo;

/** The kernel of that name that is registered for the wasm backend. */
export const wasmKernel = (name: string): Kernel => getKernel(name, 'wasm').kernelFunc as unknown as Kernel;

/** A tensor's values. Invalid after the next allocation, which may move the heap: allocate first, then take values. */
export const valuesOf = (backend: BackendWasm, tensor: TensorInfo): Float32Array =>
  backend.typedArrayFromHeap(tensor) as Float32Array;

export const sizeOf = ({ shape }: TensorInfo): number => util.sizeFromShape(shape);

/** The same values under another shape, without a reference of its own: never disposed of. */
export const reshaped = ({ dataId, dtype }: TensorInfo, shape: number[]): TensorInfo => ({ dataId, dtype, shape });

/** One more reference to the same values: disposed of like any tensor. */
export function shared(backend: BackendWasm, { dataId, dtype, shape }: TensorInfo): TensorInfo {
  backend.incRef(dataId);
  return { dataId, dtype, shape };
}

/**
 * Runs `use` on a part of a tensor, `offset` numbers from its start, as if it were a tensor: no values are copied. It owns
 * no memory, so the backend forgets it afterwards instead of freeing what it points to.
 */
export function withPart<T>(
  backend: BackendWasm,
  tensor: TensorInfo,
  offset: number,
  shape: number[],
  use: (part: TensorInfo) => T,
): T {
  const address = backend.getMemoryOffset(tensor.dataId) + Float32Array.BYTES_PER_ELEMENT * offset;
  const part = backend.makeOutput(shape, 'float32', address);
  try {
    return use(part);
  } finally {
    backend.wasm.tfjs.disposeData(backend.dataIdMap.get(part.dataId).id);
    backend.dataIdMap.delete(part.dataId);
  }
}

/** Columns read together: their cache lines stay in the first-level cache while every row of the block is written. */
const TRANSPOSE_BLOCK = 16;

/** Writes the transpose of a rows x cols matrix. A pitch is the distance from one row to the next. */
export function transposeInto(
  target: Float32Array,
  targetStart: number,
  targetPitch: number,
  source: Float32Array,
  sourceStart: number,
  sourcePitch: number,
  rows: number,
  cols: number,
): void {
  for (let first = 0; first < rows; first += TRANSPOSE_BLOCK) {
    const end = Math.min(first + TRANSPOSE_BLOCK, rows);
    for (let column = 0; column < cols; column++) {
      let to = targetStart + column * targetPitch + first;
      let from = sourceStart + first * sourcePitch + column;
      for (let row = first; row < end; row++, from += sourcePitch) target[to++] = source[from]!;
    }
  }
}
