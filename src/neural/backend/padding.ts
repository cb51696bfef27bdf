import { RcpruneError } from '../../problem/error.ts';
import { infoOf } from './convolution-gradients.ts';
import type { Kernel } from './heap.ts';

/**
 * Conv2D and FusedConv2D, kept from two faults of TensorFlow.js 4.22 on wasm:
 *
 * - `same` where a filter is smaller than its stride in one direction gives zeros without a word: pads go as numbers.
 * - One number as padding makes TensorFlow.js size the output by the height alone, while the kernel writes all there is,
 *   beyond its memory: an error where height and width differ. (Layers never ask for it; explicit pads do the same.)
 */
export const safelyPadded =
  (original: Kernel): Kernel =>
  (call) => {
    const { x, filter } = call.inputs;
    const { pad } = call.attrs;
    const info = infoOf('Conv2D', x!.shape, filter!.shape, call.attrs);
    const isSquare = info.filterHeight === info.filterWidth && info.strideHeight === info.strideWidth;
    if (typeof pad === 'number' && !isSquare) {
      throw new RcpruneError('Conv2D', 'a pad for each side, since filter or strides are not square', `${pad} for all`);
    }
    if (pad !== 'same') return original(call);
    const { top, bottom, left, right } = info.padInfo;
    const pads = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    return original({ ...call, attrs: { ...call.attrs, pad: pads } });
  };
