import { div, type GradConfig, getBackend, reshape, type Tensor, tile, util } from '@tensorflow/tfjs-core';

/**
 * The gradient of Mean on wasm: the mean's gradient by the number of entries, repeated. TensorFlow.js multiplies it with a
 * tensor of ones that it fills in JavaScript. Gradients belong to all backends: the others keep theirs.
 */
export const meanGradient = (original: GradConfig): GradConfig => ({
  ...original,
  gradFunc: (dy, saved, attrs) => {
    if (getBackend() !== 'wasm') return original.gradFunc(dy, saved, attrs);
    const { shape } = saved[0]!;
    const axes = util.parseAxisParam(attrs.axis as number | number[], shape);
    const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const reps = shape.map((extent, axis) => (axes.includes(axis) ? extent : 1));
    return { x: () => tile(div(reshape(dy as Tensor, kept), util.sizeFromShape(reps)), reps) };
  },
});
