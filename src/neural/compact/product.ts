import {
  add,
  customGrad,
  fused,
  type GradSaveFunc,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { type CompactSpec, geometryOf, isWhole } from './compact-spec.ts';
import { clamped, composedProduct, gradientsOf } from './composed-product.ts';
import { type Packed, packedProduct } from './packed-product.ts';

/*
 * The product of a compact convolution, by whichever of three ways is fastest where it runs: a whole kernel is an ordinary fused
 * convolution, a packed matrix goes to the WebAssembly kernel (packed-product.ts), all else to operations of TensorFlow.js
 * (composed-product.ts). All three compute the same sums in float32, in other orders, and have the same gradients.
 */

/**
 * act(bias + the gathered columns times the matrix) in each row's channel, act(bias) in the others: a masked convolution, from
 * its kept rows and columns alone. Float32; time proportional to output pixels x rows x columns.
 * Has gradients on every backend.
 *
 * @param packed the matrix as {@link pack} lays it out for this input's shape, where {@link wantsPacked}
 */
export function compactProduct(
  spec: CompactSpec,
  x: Tensor4D,
  kernel: Tensor2D | null,
  bias: Tensor1D,
  packed: Packed | null,
): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (kernel === null) {
    const { out } = geometryOf(spec, [height, width]);
    return clamped(add(zeros([batch, ...out, spec.filters]), bias), spec.activation) as Tensor4D;
  }
  return customGrad((...parameters) => {
    const [image, matrix, constants, save] = parameters as unknown as [Tensor4D, Tensor2D, Tensor1D, GradSaveFunc];
    const value = isWhole(spec, channels)
      ? wholeProduct(spec, image, matrix, constants)
      : packed === null
        ? composedProduct(spec, image, matrix, constants)
        : packedProduct(spec, image, packed);
    save([image, matrix, value]);
    const gradFunc = (dy: Tensor | Tensor[], saved: Tensor[]) => {
      const [of, by, y] = saved as [Tensor4D, Tensor2D, Tensor4D];
      return gradientsOf(spec, of, by, y, dy as Tensor4D).map((gradient) => tidy(gradient));
    };
    return { value, gradFunc };
  })(x, kernel, bias) as Tensor4D;
}

/** A fused convolution. Its zeros are counted here: `same` of the WebAssembly backend is wrong where a stride exceeds the kernel. */
function wholeProduct(spec: CompactSpec, x: Tensor4D, kernel: Tensor2D, bias: Tensor1D): Tensor4D {
  const { kernelSize, strides, filters, activation } = spec;
  const [, height, width, channels] = x.shape;
  const { before, padded } = geometryOf(spec, [height, width]);
  const filter = reshape(kernel, [kernelSize[0], kernelSize[1], channels, filters]) as Tensor4D;
  const zerosOf = (axis: 0 | 1, length: number): [number, number] => [
    before[axis],
    padded[axis] - length - before[axis],
  ];
  const pad: [number, number][] = [[0, 0], zerosOf(0, height), zerosOf(1, width), [0, 0]];
  return fused.conv2d({ x, filter, strides: [...strides], pad: pad as ExplicitPadding, bias, activation });
}
type ExplicitPadding = Exclude<Parameters<typeof fused.conv2d>[0]['pad'], string | number>;
