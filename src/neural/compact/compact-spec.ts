/*
 * What a compact convolution computes, without its numbers, and the sizes that follow for an input. A compact convolution is
 * the matrix of a convolution (one row an output channel, one column a kernel position and input channel) with only its kept rows and
 * columns. Rows and columns ascend, so that each kernel position's columns lie together. Sizes take constant time.
 */

/** Activations that are clamps, which a product applies to its sums at once. */
export const CLAMPS = { linear: [-Infinity, Infinity], relu: [0, Infinity], relu6: [0, 6] } as const;
export type Clamp = keyof typeof CLAMPS;

/** Zeros before and behind, of the lines and of the pixels of a line. */
export type ZeroPadding = readonly [lines: readonly [number, number], pixels: readonly [number, number]];

/** What a compact convolution computes, without its numbers. */
export interface CompactSpec {
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid' | ZeroPadding;
  /** Channels of the output. */
  readonly filters: number;
  /** Output channel of each row of the matrix, ascending. */
  readonly rows: Int32Array;
  /** Kernel position of each column: (h x kernel width + w) x input channels + channel, ascending. */
  readonly columns: Int32Array;
  readonly activation: Clamp;
}

/** Sizes for one input shape, in numbers, not bytes. */
export interface Geometry {
  readonly before: readonly [number, number];
  readonly padded: readonly [number, number];
  readonly out: readonly [number, number];
}

/** TensorFlow's paddings: `same` gives ceil(size / stride) outputs, its odd zero goes behind. */
export function geometryOf(
  spec: Pick<CompactSpec, 'kernelSize' | 'strides' | 'padding'>,
  size: readonly number[],
): Geometry {
  const axes = [0, 1].map((axis) => {
    const [length, kernel, stride] = [size[axis]!, spec.kernelSize[axis]!, spec.strides[axis]!];
    if (spec.padding === 'same') {
      const out = Math.ceil(length / stride);
      const zeros = Math.max((out - 1) * stride + kernel - length, 0);
      return { before: zeros >> 1, padded: length + zeros, out };
    }
    const [before, behind] = spec.padding === 'valid' ? [0, 0] : spec.padding[axis]!;
    const padded = before + length + behind;
    return { before, padded, out: Math.max(Math.floor((padded - kernel) / stride) + 1, 0) };
  }) as [{ before: number; padded: number; out: number }, { before: number; padded: number; out: number }];
  const pair = (key: 'before' | 'padded' | 'out') => [axes[0][key], axes[1][key]] as const;
  return { before: pair('before'), padded: pair('padded'), out: pair('out') };
}

/** Whether the matrix is the whole kernel: then there is nothing to gather. */
export const isWhole = (spec: CompactSpec, channels: number): boolean =>
  spec.rows.length === spec.filters && spec.columns.length === spec.kernelSize[0] * spec.kernelSize[1] * channels;

export const isEmpty = ({ rows, columns }: CompactSpec): boolean => rows.length === 0 || columns.length === 0;
