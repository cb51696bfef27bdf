import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  add,
  addN,
  backend,
  cast,
  concat,
  customGrad,
  engine,
  fused,
  type GradSaveFunc,
  getBackend,
  greater,
  type KernelFunc,
  less,
  logicalAnd,
  matMul,
  mul,
  type NamedTensorMap,
  registerKernel,
  relu,
  relu6,
  reshape,
  slice,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  type TensorInfo,
  tensor1d,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { type GatheredProduct, gatheredProductOn, type Memory, TILE_ROWS } from './gathered-product.ts';
import { inverse, NOTHING, select } from './select.ts';

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
interface Geometry {
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

/** The lines and pixels of the input that each kernel position with columns meets, and its columns' channels. */
function* positionsOf(spec: CompactSpec, [, height, width, channels]: readonly number[]) {
  const { columns, kernelSize, strides } = spec;
  const { before, out } = geometryOf(spec, [height!, width!]);
  const places = (axis: 0 | 1, start: number, length: number) =>
    Int32Array.from({ length: out[axis] }, (_, k) => {
      const place = start + k * strides[axis] - before[axis];
      return place >= 0 && place < length ? place : NOTHING;
    });
  for (let first = 0; first < columns.length; ) {
    const position = Math.floor(columns[first]! / channels!);
    let behind = first;
    while (behind < columns.length && columns[behind]! < (position + 1) * channels!) behind++;
    yield {
      lines: places(0, Math.floor(position / kernelSize[1]), height!),
      pixels: places(1, position % kernelSize[1], width!),
      channels: columns.subarray(first, behind).map((column) => column - position * channels!),
    };
    first = behind;
  }
}

/** The input's number for each output pixel and column: [batch, out height, out width, columns]. */
function gather(spec: CompactSpec, x: Tensor4D): Tensor {
  const parts = Array.from(positionsOf(spec, x.shape), ({ lines, pixels, channels }) =>
    select(select(select(x, 3, channels), 1, lines), 2, pixels),
  );
  return concat(parts, 3);
}

/** The adjoint of {@link gather}: adds each number to the input that it came from. */
function scatter(spec: CompactSpec, numbers: Tensor4D, shape: readonly number[]): Tensor {
  const parts: Tensor[] = [];
  let first = 0;
  for (const { lines, pixels, channels } of positionsOf(spec, shape)) {
    const part = slice(numbers, [0, 0, 0, first], [-1, -1, -1, channels.length]);
    const [, height, width, depth] = shape as [number, number, number, number];
    const spread = select(select(part, 1, inverse(lines, height)), 2, inverse(pixels, width));
    parts.push(select(spread, 3, inverse(channels, depth)));
    first += channels.length;
  }
  return addN(parts);
}

/** The place of each row among the output channels, NOTHING where there is none. */
const placesOf = ({ rows, filters }: CompactSpec): Int32Array => inverse(rows, filters);

const pixelMatrix = (x: Tensor): Tensor2D => reshape(x, [-1, x.shape[3]!]);

/** The product by operations of TensorFlow.js alone, on any backend: gather, one matrix product, rows to their channels. */
function composed(spec: CompactSpec, x: Tensor4D, kernel: Tensor2D, bias: Tensor1D): Tensor4D {
  return tidy(() => {
    const gathered = gather(spec, x);
    const product = matMul(pixelMatrix(gathered), kernel);
    const rows = reshape(product, [...gathered.shape.slice(0, 3), spec.rows.length]);
    return clamped(add(select(rows, 3, placesOf(spec)), bias), spec.activation) as Tensor4D;
  });
}

/** Gradients of a product y, whichever way it was computed, by the slope dy: of x, kernel and bias. */
function gradientsOf(spec: CompactSpec, x: Tensor4D, kernel: Tensor2D, y: Tensor4D, dy: Tensor4D) {
  const slope = () => {
    if (spec.activation === 'linear') return dy;
    const rises = greater(y, 0);
    return mul(dy, cast(spec.activation === 'relu' ? rises : logicalAnd(rises, less(y, 6)), 'float32')) as Tensor4D;
  };
  const rowSlope = () => pixelMatrix(select(slope(), 3, spec.rows));
  return [
    () => {
      const columns = matMul(rowSlope(), transpose(kernel));
      return scatter(
        spec,
        reshape(columns, [y.shape[0], y.shape[1], y.shape[2], spec.columns.length]) as Tensor4D,
        x.shape,
      );
    },
    () => matMul(transpose(pixelMatrix(gather(spec, x))), rowSlope()),
    () => sum(slope(), [0, 1, 2]),
  ] as const;
}

const clamped = (x: Tensor, activation: Clamp): Tensor =>
  activation === 'relu' ? relu(x) : activation === 'relu6' ? relu6(x) : x;

/** The kernel and biases as the WebAssembly function takes them, as tensors of the backend. */
export interface Packed {
  readonly weights: Tensor1D;
  readonly offsets: Tensor1D;
  readonly places: Tensor1D;
  /** [filters]: what a channel without a row is. */
  readonly background: Tensor1D;
}

/** Lays a matrix out for inputs of a shape. The tensors are the caller's. */
export function pack(spec: CompactSpec, shape: readonly number[], kernel: Float32Array, bias: Float32Array): Packed {
  const [, height, width, channels] = shape as [number, number, number, number];
  const { rows, columns, kernelSize, filters, activation } = spec;
  const lineLength = geometryOf(spec, [height, width]).padded[1];
  const tiles = Math.ceil(rows.length / TILE_ROWS);
  // The last tile is filled up with copies of the last row, which write the same number to the same place.
  const weights = new Float32Array(tiles * (columns.length + 1) * TILE_ROWS);
  const places = new Int32Array(tiles * TILE_ROWS);
  for (let place = 0; place < places.length; place++) {
    const row = Math.min(place, rows.length - 1);
    const at = Math.floor(place / TILE_ROWS) * (columns.length + 1) * TILE_ROWS + (place % TILE_ROWS);
    places[place] = rows[row]! * Float32Array.BYTES_PER_ELEMENT;
    weights[at] = bias[rows[row]!]!;
    for (let k = 0; k < columns.length; k++) weights[at + (k + 1) * TILE_ROWS] = kernel[k * rows.length + row]!;
  }
  const offsets = columns.map((column) => {
    const position = Math.floor(column / channels);
    const line = Math.floor(position / kernelSize[1]);
    const pixel = position % kernelSize[1];
    return ((line * lineLength + pixel) * channels + (column % channels)) * Float32Array.BYTES_PER_ELEMENT;
  });
  const [low, high] = CLAMPS[activation];
  const background = Float32Array.from({ length: filters }, (_, o) => Math.min(Math.max(bias[o]!, low), high));
  return {
    weights: tensor1d(weights),
    offsets: tensor1d(offsets, 'int32'),
    places: tensor1d(places, 'int32'),
    background: tensor1d(background),
  };
}

const compiled = new WeakMap<Memory, GatheredProduct | null>();

/** The memory of the current backend, if that is the WebAssembly one. */
function memoryOf(): Memory | null {
  if (getBackend() !== 'wasm') return null;
  const { wasm } = backend() as unknown as { wasm: { readonly asm?: { readonly memory?: Memory } } };
  return wasm.asm?.memory ?? null;
}

/** The function on the current backend's memory; null where there is none (another backend, no SIMD). */
function gatheredProduct(): GatheredProduct | null {
  const memory = memoryOf();
  if (memory === null) return null;
  let product = compiled.get(memory);
  if (product === undefined) {
    product = gatheredProductOn(memory);
    compiled.set(memory, product);
  }
  return product;
}

/** Whether products on the current backend want a {@link pack}ed matrix. */
export const wantsPacked = (): boolean => gatheredProduct() !== null;

/** Padded input taken at a time: it is read once a tile of rows and should stay in a core's second-level cache. */
const PIECE_NUMBERS = 2 ** 16;

const KERNEL = 'GatheredProduct';
const kernelFunc: KernelFunc = ({ inputs, backend: own, attrs }) => {
  const wasm = own as unknown as BackendWasm;
  const { x, weights, offsets, places, background } = inputs as Record<keyof Packed | 'x', TensorInfo>;
  const spec = attrs as unknown as CompactSpec;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const { before, padded, out } = geometryOf(spec, [height, width]);
  const { strides, filters, rows, columns, kernelSize } = spec;
  const [low, high] = CLAMPS[spec.activation];
  const output = wasm.makeOutput([batch, out[0], out[1], filters], 'float32');
  const pixels = batch * out[0] * out[1];
  if (pixels === 0) return output;

  // Pieces: several whole images, or bands of lines of one.
  const lineNumbers = padded[1] * channels;
  const imageNumbers = padded[0] * lineNumbers;
  const isPadded = padded[0] !== height || padded[1] !== width;
  const images = Math.min(Math.max(Math.floor(PIECE_NUMBERS / imageNumbers), 1), batch);
  const linesThatFit = Math.floor((PIECE_NUMBERS / lineNumbers - kernelSize[0]) / strides[0]) + 1;
  const band = images > 1 ? out[0] : Math.min(Math.max(linesThatFit, 1), out[0]);
  const bandLines = images > 1 ? padded[0] : (band - 1) * strides[0] + kernelSize[0];
  const scratch = isPadded ? wasm.makeOutput([images * bandLines * lineNumbers], 'float32') : null;

  // Addresses are taken after the last allocation, which may move the views of a memory that grows.
  const product = gatheredProduct()!;
  const heap = new Uint8Array(memoryOf()!.buffer);
  const at = (info: TensorInfo) => wasm.getMemoryOffset(info.dataId);
  const bytes = (numbers: number) => numbers * Float32Array.BYTES_PER_ELEMENT;
  const input = at(x);
  if (rows.length < filters) fillPixels(heap, at(output), at(background), bytes(filters), pixels);
  if (scratch !== null) heap.fill(0, at(scratch), at(scratch) + bytes(images * bandLines * lineNumbers));

  for (let first = 0; first < batch; first += images) {
    const count = Math.min(images, batch - first);
    for (let top = 0; top < out[0]; top += band) {
      const lines = Math.min(band, out[0] - top);
      let piece = input + bytes((first * height + top * strides[0]) * width * channels);
      if (scratch !== null) {
        piece = at(scratch);
        const used = images > 1 ? padded[0] : (lines - 1) * strides[0] + kernelSize[0];
        for (let image = 0; image < count; image++) {
          for (let line = 0; line < used; line++) {
            const y = top * strides[0] + line - before[0];
            const to = piece + bytes(((image * bandLines + line) * padded[1] + before[1]) * channels);
            const from = input + bytes(((first + image) * height + y) * width * channels);
            const length = bytes(width * channels);
            if (y >= 0 && y < height) heap.copyWithin(to, from, from + length);
            else heap.fill(0, to, to + length);
          }
        }
      }
      product(
        piece,
        bytes((scratch === null ? height : bandLines) * lineNumbers),
        bytes(strides[0] * lineNumbers),
        bytes(strides[1] * channels),
        lines,
        out[1],
        count * lines * out[1],
        at(offsets),
        columns.length,
        at(weights),
        Math.ceil(rows.length / TILE_ROWS),
        at(places),
        at(output) + bytes((first * out[0] + top) * out[1] * filters),
        bytes(filters),
        low,
        high,
      );
    }
  }
  if (scratch !== null) wasm.disposeData(scratch.dataId);
  return output;
};
registerKernel({ kernelName: KERNEL, backendName: 'wasm', kernelFunc });

/** Writes one pixel's numbers `count` times, each copy as long as all that is there. */
function fillPixels(heap: Uint8Array, to: number, pixel: number, length: number, count: number): void {
  heap.copyWithin(to, pixel, pixel + length);
  for (let done = 1; done < count; ) {
    const next = Math.min(done, count - done);
    heap.copyWithin(to + done * length, to, to + next * length);
    done += next;
  }
}

/**
 * act(bias + the gathered columns times the matrix) in each row's channel, act(bias) in the others: a masked convolution, from
 * its kept rows and columns alone. Float32; time proportional to output pixels x rows x columns.
 *
 * On the WebAssembly backend by one function that gathers as it multiplies; a kernel that is whole is an ordinary fused
 * convolution; elsewhere by operations of TensorFlow.js. Has gradients on every backend.
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
        ? composed(spec, image, matrix, constants)
        : packedProduct(spec, image, packed);
    save([image, matrix, value]);
    const gradFunc = (dy: Tensor | Tensor[], saved: Tensor[]) => {
      const [of, by, y] = saved as [Tensor4D, Tensor2D, Tensor4D];
      return gradientsOf(spec, of, by, y, dy as Tensor4D).map((gradient) => tidy(gradient));
    };
    return { value, gradFunc };
  })(x, kernel, bias) as Tensor4D;
}

function packedProduct(spec: CompactSpec, x: Tensor4D, { weights, offsets, places, background }: Packed): Tensor4D {
  const inputs: NamedTensorMap = { x, weights, offsets, places, background };
  return engine().runKernel(KERNEL, inputs, { ...spec }) as Tensor4D;
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
