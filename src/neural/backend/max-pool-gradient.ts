import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernel, valuesOf } from './heap.ts';

/** MaxPoolGrad: the gradient of each window goes to its first greatest number, as in TensorFlow. */
export const maxPoolGrad: Kernel = ({ inputs, attrs, backend }) => {
  const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
    filterSize: [number, number] | number;
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  const shape = input.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const dx = backend.makeOutput(shape, 'float32');
  const dxValues = valuesOf(backend, dx).fill(0);
  const dyValues = valuesOf(backend, dy);
  const values = valuesOf(backend, input);
  const greatest = new Float32Array(inChannels);
  const places = new Int32Array(inChannels); // of the greatest number of each channel, in the input
  for (let image = 0, k = 0; image < batchSize; image++) {
    for (let h = 0; h < outHeight; h++) {
      const top = h * strideHeight - info.padInfo.top;
      for (let w = 0; w < outWidth; w++) {
        const left = w * strideWidth - info.padInfo.left;
        greatest.fill(Number.NEGATIVE_INFINITY);
        places.fill(-1);
        for (let y = Math.max(0, top); y < Math.min(inHeight, top + info.filterHeight); y++) {
          for (let z = Math.max(0, left); z < Math.min(inWidth, left + info.filterWidth); z++) {
            const pixel = ((image * inHeight + y) * inWidth + z) * inChannels;
            for (let c = 0; c < inChannels; c++) {
              if (values[pixel + c]! > greatest[c]!) {
                greatest[c] = values[pixel + c]!;
                places[c] = pixel + c;
              }
            }
          }
        }
        for (let c = 0; c < inChannels; c++, k++) {
          const place = places[c]!;
          if (place >= 0) dxValues[place] = dxValues[place]! + dyValues[k]!;
        }
      }
    }
  }
  return dx;
};
