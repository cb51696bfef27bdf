import { infoOf } from './convolution-gradients.ts';
import type { Kernel } from './heap.ts';

/**
 * Conv2D and FusedConv2D with `same` padding as numbers. Where a filter is smaller than its stride in one direction only,
 * the wasm backend of TensorFlow.js 4.22 fails on `same` without a word: its output is all zeros.
 */
export const convolutionPaddedByNumbers =
  (original: Kernel): Kernel =>
  (call) => {
    const { x, filter } = call.inputs;
    if (call.attrs.pad !== 'same') return original(call);
    const { padInfo } = infoOf('Conv2D', x!.shape, filter!.shape, call.attrs);
    const { top, bottom, left, right } = padInfo;
    const pad = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    return original({ ...call, attrs: { ...call.attrs, pad } });
  };
