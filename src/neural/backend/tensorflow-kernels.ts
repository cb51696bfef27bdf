import {
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  registerKernel,
  StridedSlice,
  type Tensor,
  type TensorInfo,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/*
 * TensorFlow's filter gradient of a 1x1 convolution with strides, computed by oneDNN, writes beyond its memory for some
 * numbers of channels (8 to 7 at stride 2 is one, 16 to 32 is none; seen in 2.9.3 on AVX-512): the process dies, at once or
 * later. Shortcuts of residual networks are such convolutions. What the stride skips has no part in the gradient, so it is
 * that of the convolution without strides, on the places that are read.
 */

const NAME = 'tensorflow';
let isRegistered = false;

/** Replaces the kernel of tfjs-node, once it is loaded. */
export function registerTensorflowKernels(): void {
  if (isRegistered) return;
  const original = getKernel(Conv2DBackpropFilter, NAME).kernelFunc;
  const slice = getKernel(StridedSlice, NAME).kernelFunc;
  const kernelFunc: KernelFunc = (call) => {
    const { inputs, backend, attrs } = call;
    const { strides, filterShape, dataFormat } = attrs as unknown as Conv2DBackpropFilterAttrs;
    const [down, across] = [strides].flat() as [number, number?];
    const [lines, pixels] = [down, across ?? down];
    const isFaulty = filterShape[0] === 1 && filterShape[1] === 1 && lines * pixels > 1 && dataFormat !== 'NCHW';
    if (!isFaulty) return original(call);
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
    const whole = { begin: [0, 0, 0, 0], end: x.shape, strides: [1, lines, pixels, 1], ...masks };
    return tidy(() => {
      const read = slice({ inputs: { x }, backend, attrs: whole as unknown as NamedAttrMap }) as Tensor; // as all of its kernels
      return original({ inputs: { x: read, dy }, backend, attrs: { ...attrs, strides: [1, 1] } }) as Tensor;
    });
  };
  unregisterKernel(Conv2DBackpropFilter, NAME);
  registerKernel({ kernelName: Conv2DBackpropFilter, backendName: NAME, kernelFunc });
  isRegistered = true;
}
