import {
  add,
  div,
  type GradConfig,
  type GradFunc,
  getBackend,
  mul,
  neg,
  reshape,
  rsqrt,
  sub,
  sum,
  type Tensor,
  tile,
  util,
} from '@tensorflow/tfjs-core';

/*
 * Gradients that TensorFlow.js composes of more operations on whole activations than they need. A gradient is registered
 * for all backends: those here are used on wasm, the others keep theirs.
 */

const onWasm = (original: GradConfig, gradFunc: GradFunc): GradConfig => ({
  ...original,
  gradFunc: (dy, saved, attrs) => (getBackend() === 'wasm' ? gradFunc : original.gradFunc)(dy, saved, attrs),
});

/** Of Mean: the mean's gradient divided by the number of entries and repeated; theirs multiplies it with a tensor of ones. */
export const meanGradient = (original: GradConfig): GradConfig =>
  onWasm(original, (dy, saved, attrs) => {
    const { shape } = saved[0]!;
    const axes = util.parseAxisParam(attrs.axis as number | number[], shape);
    const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const reps = shape.map((extent, axis) => (axes.includes(axis) ? extent : 1));
    return { x: () => tile(div(reshape(dy as Tensor, kept), util.sizeFromShape(reps)), reps) };
  });

/**
 * Of FusedBatchNorm with one mean a channel. With r = 1 / sqrt(variance + epsilon), and sums over all places of a channel:
 *
 *   dx = scale r dy,  doffset = sum dy,  dscale = r sum dy (x - mean),
 *   dmean = -scale r doffset,  dvariance = -scale r^2 dscale / 2
 *
 * (TensorFlow.js has no gradient at all where there is no scale: it fails to save it.)
 * Three operations on whole activations and two sums; theirs takes eleven and four.
 */
export const batchNormGradient = (original: GradConfig): GradConfig =>
  onWasm(original, (dy, saved, attrs) => {
    const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
    if (mean.rank !== 1 || variance.rank !== 1 || scale.rank !== 1) {
      return original.gradFunc(dy, saved, attrs);
    }
    const gradient = dy as Tensor;
    const places = x.shape.slice(0, -1).map((_, axis) => axis);
    const r = rsqrt(add(variance, attrs.varianceEpsilon as number));
    const factor = mul(scale, r);
    const offsetGradient = sum(gradient, places);
    const scaleGradient = mul(r, sum(mul(gradient, sub(x, mean)), places));
    return {
      x: () => mul(gradient, factor),
      mean: () => neg(mul(factor, offsetGradient)),
      variance: () => mul(mul(factor, r), mul(scaleGradient, -0.5)),
      scale: () => scaleGradient,
      offset: () => offsetGradient,
    };
  });
