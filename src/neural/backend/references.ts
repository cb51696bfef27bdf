import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernel, shared } from './heap.ts';

/*
 * Tensors never change, so a copy is one more reference. The wasm backend copies the values, for each tensor that a
 * gradient saves and each cast to the type that is already there.
 */

export const identity: Kernel = ({ inputs, backend }) => shared(backend, inputs.x!);

export const castToOther =
  (original: Kernel): Kernel =>
  (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    return x.dtype === call.attrs.dtype ? shared(call.backend, x) : original(call);
  };
