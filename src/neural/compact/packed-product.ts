import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend,
  engine,
  getBackend,
  type KernelFunc,
  type NamedTensorMap,
  registerKernel,
  type Tensor1D,
  type Tensor4D,
  type TensorInfo,
  tensor1d,
} from '@tensorflow/tfjs-core';
import { CLAMPS, type CompactSpec, type Geometry, geometryOf } from './compact-spec.ts';
import { type GatheredProduct, gatheredProductOn, type Memory, TILE_ROWS } from './gathered-product.ts';

/*
 * A compact product on the WebAssembly backend, as a kernel of TensorFlow.js around the function of gathered-product.ts. The matrix is laid
 * out once for an input's shape ({@link pack}): rows in tiles, columns as offsets into the padded image. The image is padded piece by
 * piece, each piece small enough for a core's cache, and nothing that is gathered is ever stored.
 */

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

/** How the input is taken: several whole images at a time, or bands of lines of one. */
interface Pieces {
  readonly images: number; // of a piece
  readonly band: number; // output lines of a piece, of each image
  readonly bandLines: number; // padded input lines that they need
}

function piecesOf(
  { kernelSize, strides }: CompactSpec,
  { padded, out }: Geometry,
  batch: number,
  channels: number,
): Pieces {
  const lineNumbers = padded[1] * channels;
  const images = Math.min(Math.max(Math.floor(PIECE_NUMBERS / (padded[0] * lineNumbers)), 1), batch);
  if (images > 1) return { images, band: out[0], bandLines: padded[0] };
  const linesThatFit = Math.floor((PIECE_NUMBERS / lineNumbers - kernelSize[0]) / strides[0]) + 1;
  const band = Math.min(Math.max(linesThatFit, 1), out[0]);
  return { images, band, bandLines: (band - 1) * strides[0] + kernelSize[0] };
}

/** Lines of images in a heap: where the first one begins, and how far one is from the next; all in bytes. */
interface Lines {
  readonly start: number;
  readonly imageStep: number;
  readonly lineStep: number;
}

/** Copies `used` lines of `count` images from line `first` on, zeros where there is no such line of the input. */
function copyLines(
  heap: Uint8Array,
  from: Lines,
  to: Lines,
  first: number,
  height: number,
  used: number,
  count: number,
): void {
  const length = from.lineStep;
  for (let image = 0; image < count; image++) {
    for (let line = 0; line < used; line++) {
      const y = first + line;
      const target = to.start + image * to.imageStep + line * to.lineStep;
      const source = from.start + image * from.imageStep + y * from.lineStep;
      if (y >= 0 && y < height) heap.copyWithin(target, source, source + length);
      else heap.fill(0, target, target + length);
    }
  }
}

const bytes = (numbers: number) => numbers * Float32Array.BYTES_PER_ELEMENT;

const KERNEL = 'GatheredProduct';
const kernelFunc: KernelFunc = ({ inputs, backend: own, attrs }) => {
  const wasm = own as unknown as BackendWasm;
  const { x, weights, offsets, places, background } = inputs as Record<keyof Packed | 'x', TensorInfo>;
  const spec = attrs as unknown as CompactSpec;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const geometry = geometryOf(spec, [height, width]);
  const { before, padded, out } = geometry;
  const { strides, filters, rows, columns, kernelSize } = spec;
  const [low, high] = CLAMPS[spec.activation];
  const output = wasm.makeOutput([batch, out[0], out[1], filters], 'float32');
  const pixels = batch * out[0] * out[1];
  if (pixels === 0) return output;
  const { images, band, bandLines } = piecesOf(spec, geometry, batch, channels);
  const lineNumbers = padded[1] * channels;
  const isPadded = padded[0] !== height || padded[1] !== width;
  const scratch = isPadded ? wasm.makeOutput([images * bandLines * lineNumbers], 'float32') : null;

  // Addresses are taken after the last allocation, which may move the views of a memory that grows.
  const product = gatheredProduct()!;
  const heap = new Uint8Array(memoryOf()!.buffer);
  const at = (info: TensorInfo) => wasm.getMemoryOffset(info.dataId);
  if (rows.length < filters) fillPixels(heap, at(output), at(background), bytes(filters), pixels);
  if (scratch !== null) heap.fill(0, at(scratch), at(scratch) + bytes(images * bandLines * lineNumbers));
  const imageStep = bytes((scratch === null ? height : bandLines) * lineNumbers);

  for (let first = 0; first < batch; first += images) {
    const count = Math.min(images, batch - first);
    const image: Lines = {
      start: at(x) + bytes(first * height * width * channels),
      imageStep: bytes(height * width * channels),
      lineStep: bytes(width * channels),
    };
    for (let top = 0; top < out[0]; top += band) {
      const lines = Math.min(band, out[0] - top);
      if (scratch !== null) {
        const used = images > 1 ? padded[0] : (lines - 1) * strides[0] + kernelSize[0];
        const inner = { start: at(scratch) + bytes(before[1] * channels), imageStep, lineStep: bytes(lineNumbers) };
        copyLines(heap, image, inner, top * strides[0] - before[0], height, used, count);
      }
      product(
        scratch === null ? image.start + top * strides[0] * image.lineStep : at(scratch),
        imageStep,
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

/** The product by a matrix that {@link pack} laid out for the shape of `x`. */
export function packedProduct(
  spec: CompactSpec,
  x: Tensor4D,
  { weights, offsets, places, background }: Packed,
): Tensor4D {
  const inputs: NamedTensorMap = { x, weights, offsets, places, background };
  return engine().runKernel(KERNEL, inputs, { ...spec }) as Tensor4D;
}
