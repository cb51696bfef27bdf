import {
  getGradient,
  getKernel,
  type KernelFunc,
  registerGradient,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { batchNorm, elementwiseAlongChannels, sumOverRows, tile } from './channels.ts';
import { conv2DBackpropFilter, conv2DBackpropInput } from './convolution-gradients.ts';
import { batchNormGradient, meanGradient } from './gradients.ts';
import type { Kernel } from './heap.ts';
import { transposedProduct } from './matrix-product.ts';
import { maxPoolGrad } from './max-pool-gradient.ts';
import { safelyPadded } from './padding.ts';
import { castToOther, identity } from './references.ts';

/** By the name of the backend's kernel that it replaces: the kernel, made from the one that it replaces. */
const REPLACEMENTS: Record<string, (original: Kernel) => Kernel> = {
  Conv2D: safelyPadded,
  FusedConv2D: safelyPadded,
  Conv2DBackpropInput: () => conv2DBackpropInput,
  MaxPoolGrad: () => maxPoolGrad,
  FusedBatchNorm: batchNorm,
  BatchMatMul: transposedProduct,
  Add: elementwiseAlongChannels,
  Sub: elementwiseAlongChannels,
  Multiply: elementwiseAlongChannels,
  Tile: () => tile,
  Identity: () => identity,
  Cast: castToOther,
  Sum: (original) => sumOverRows(original, false),
  Mean: (original) => sumOverRows(original, true),
};

/**
 * Makes networks trainable on the wasm backend, and their training several times faster: registers the filter gradient of
 * convolutions that it lacks, and replaces those of its kernels on which training spends its time. Only kernels of the
 * backend `wasm` change, and the gradient of Mean on it: other backends stay as they are. Once a process; later calls do nothing.
 */
export function registerWasmKernels(): void {
  if (getKernel('Conv2DBackpropFilter', 'wasm') !== undefined) return;
  for (const [kernelName, replace] of Object.entries(REPLACEMENTS)) {
    const config = getKernel(kernelName, 'wasm');
    unregisterKernel(kernelName, 'wasm');
    const kernelFunc = replace(config.kernelFunc as unknown as Kernel) as unknown as KernelFunc;
    registerKernel({ ...config, kernelFunc });
  }
  registerGradient(meanGradient(getGradient('Mean')));
  registerGradient(batchNormGradient(getGradient('FusedBatchNorm')));
  const kernelFunc = conv2DBackpropFilter as unknown as KernelFunc;
  registerKernel({ kernelName: 'Conv2DBackpropFilter', backendName: 'wasm', kernelFunc });
}
