import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { RcpruneError } from '../../problem/error.ts';
import { type Kernel, sizeOf, transposeInto, valuesOf, wasmKernel, withPart } from './heap.ts';

/*
 * Both gradients of a 2-D convolution, as matrix products. The wasm backend has no filter gradient, and its input
 * gradient is a plain loop; its matrix product and its convolution (XNNPACK's) run at about 15 multiply-adds a nanosecond
 * on one core. With y the output, x the input, w the filter of KH x KW x I x O, stride s and zero padding:
 *
 *   dw[kh,kw,i,o] = sum over images and output places (h,w) of x[s h + kh - top, s w + kw - left, i] dy[h,w,o]
 *   dx[u,v,i]     = sum over kh, kw, o with u = s h + kh - top, v = s w + kw - left of dy[h,w,o] w[kh,kw,i,o]
 *
 * Both work on as many images at a time as a cache holds.
 */

type ConvolutionInfo = backend_util.Conv2DInfo;

/** Most numbers of dy in one filter-gradient product: the product reads them once for every four of its rows. */
const MOST_GRADIENT_NUMBERS = 2 ** 18;
/** Most numbers of what outputs send to inputs at a time. */
const MOST_SENT_NUMBERS = 2 ** 21;

/** Sizes of a convolution from a kernel's attributes. */
export function infoOf(
  where: string,
  inputShape: number[],
  filterShape: number[],
  attrs: NamedAttrMap,
): ConvolutionInfo {
  const { strides, pad, dataFormat, dimRoundingMode, dilations } = attrs as unknown as ConvolutionAttributes;
  const info = backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  if (info.dataFormat !== 'channelsLast') throw new RcpruneError(where, 'NHWC tensors on wasm', 'NCHW');
  return info;
}

interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * The filter gradient: one matrix product for every place (kh,kw) of the filter, none of whose factors is written out.
 *
 * Padded with zeros, x falls into s x s *phases*: phase (a,b) holds the lines that are a and the columns that are b modulo
 * the stride. Each channel of a phase lies on a plane, dy lies on planes of the same size with zeros wherever no output is.
 * What (kh,kw) meets is then phase (kh mod s, kw mod s) from line floor(kh / s), column floor(kw / s) on: a matrix of
 * channels x places that starts a little further on the same heap, times dy as a matrix of places x output channels.
 * Products that run over the end of a line, image or channel meet the zeros of dy. Lines share their padding (what is
 * right of one is left of the next), images theirs.
 *
 * The usual way, unfolding x into a matrix with a copy of it for each place of the filter, was slower on all six
 * layer shapes of ResNet-20 and ResNet-18 that were tried, from 32 x 32 x 16 to 4 x 4 x 512.
 */
export const conv2DBackpropFilter: Kernel = ({ inputs, attrs, backend }) => {
  const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
  const info = infoOf('Conv2DBackpropFilter', x.shape, attrs.filterShape as number[], attrs);
  const { filterHeight, filterWidth, inChannels, outChannels, batchSize } = info;
  const filter = backend.makeOutput([filterHeight, filterWidth, inChannels, outChannels], 'float32');
  valuesOf(backend, filter).fill(0);
  if (sizeOf(dy) === 0 || sizeOf(x) === 0) return filter;
  const lines = linesOf(info.inHeight, info.outHeight, filterHeight, info.strideHeight, info.padInfo.top);
  const columns = linesOf(info.inWidth, info.outWidth, filterWidth, info.strideWidth, info.padInfo.left);
  const numbers = lines.pitch * columns.pitch * Math.max(inChannels, outChannels);
  const chunks = Math.ceil(batchSize / Math.max(1, Math.floor(MOST_GRADIENT_NUMBERS / numbers)));
  const chunk = Math.ceil(batchSize / chunks);
  for (let first = 0; first < batchSize; first += chunk) {
    const images = Math.min(chunk, batchSize - first);
    addFilterGradient(backend, filter, x, dy, { info, lines, columns, first, images });
  }
  return filter;
};

/** How the lines of an image (or the columns of a line) lie on the planes of their phases. */
interface Lines {
  /** Phases that the filter meets. */
  readonly phases: number;
  /** Lines of a phase that the filter meets. */
  readonly met: number;
  /** Lines from one image of a plane to the next: all that hold anything, those met beyond them being zeros. */
  readonly pitch: number;
}

function linesOf(inputs: number, outputs: number, extent: number, stride: number, before: number): Lines {
  const met = outputs + Math.floor((extent - 1) / stride);
  const leadingZeros = Math.max(0, Math.ceil((before - stride + 1) / stride)); // in every phase
  const filled = Math.min(met, Math.floor((before + inputs - 1) / stride) + 1);
  return { phases: Math.min(stride, extent), met, pitch: Math.max(outputs, filled, met - leadingZeros) };
}

/** Images of a batch that are taken at a time, and how they lie on the planes. */
interface Chunk {
  readonly info: ConvolutionInfo;
  readonly lines: Lines;
  readonly columns: Lines;
  readonly first: number; // image
  readonly images: number;
}

const placesOf = ({ images, lines, columns }: Chunk): number => images * lines.pitch * columns.pitch;

function addFilterGradient(
  backend: BackendWasm,
  filter: TensorInfo,
  x: TensorInfo,
  dy: TensorInfo,
  chunk: Chunk,
): void {
  const { lines, columns } = chunk;
  const { filterHeight, filterWidth, inChannels, outChannels, strideHeight, strideWidth } = chunk.info;
  const places = placesOf(chunk);
  const phase = inChannels * places;
  const lastLine = Math.floor((filterHeight - 1) / strideHeight);
  const slack = lastLine * columns.pitch + Math.floor((filterWidth - 1) / strideWidth); // read past the last plane
  const planes = backend.makeOutput([lines.phases * columns.phases * phase + slack], 'float32');
  const gradients = backend.makeOutput([1, places, outChannels], 'float32');
  fillPlanes(valuesOf(backend, planes), valuesOf(backend, x), chunk);
  fillGradients(valuesOf(backend, gradients), valuesOf(backend, dy), chunk);
  for (let kh = 0, start = 0; kh < filterHeight; kh++) {
    for (let kw = 0; kw < filterWidth; kw++, start += inChannels * outChannels) {
      const phases = (kh % strideHeight) * columns.phases + (kw % strideWidth);
      const offset = Math.floor(kh / strideHeight) * columns.pitch + Math.floor(kw / strideWidth);
      withPart(backend, planes, phases * phase + offset, [1, inChannels, places], (met) => {
        const product = multiply(backend, met, gradients);
        addInto(valuesOf(backend, filter), start, valuesOf(backend, product));
        backend.disposeData(product.dataId);
      });
    }
  }
  backend.disposeData(planes.dataId);
  backend.disposeData(gradients.dataId);
}

/** Phase, channel, image, line, column: the padded input's numbers. */
function fillPlanes(planes: Float32Array, x: Float32Array, chunk: Chunk): void {
  const { info, lines, columns, first: firstImage, images } = chunk;
  const { inHeight, inWidth, inChannels, strideHeight, strideWidth } = info;
  const { top, left } = info.padInfo;
  const places = placesOf(chunk);
  planes.fill(0);
  for (let image = 0; image < images; image++) {
    for (let h = 0; h < inHeight; h++) {
      const a = (top + h) % strideHeight;
      const line = (top + h - a) / strideHeight;
      if (a >= lines.phases || line >= lines.met) continue;
      const from = ((firstImage + image) * inHeight + h) * inWidth * inChannels;
      for (let b = 0; b < columns.phases; b++) {
        const first = Math.max(0, Math.ceil((left - b) / strideWidth)); // the phase's first column inside the image
        const w = first * strideWidth + b - left;
        const count = Math.min(Math.ceil((inWidth - w) / strideWidth), columns.met - first);
        if (count <= 0) continue;
        const plane = (a * columns.phases + b) * inChannels * places;
        const to = plane + (image * lines.pitch + line) * columns.pitch + first;
        transposeInto(planes, to, places, x, from + w * inChannels, strideWidth * inChannels, count, inChannels);
      }
    }
  }
}

/** Image, line, column, output channel: dy where there is an output, else 0. */
function fillGradients(gradients: Float32Array, dy: Float32Array, chunk: Chunk): void {
  const { info, lines, columns, first: firstImage, images } = chunk;
  const { outHeight, outWidth, outChannels } = info;
  gradients.fill(0);
  for (let image = 0; image < images; image++) {
    for (let h = 0; h < outHeight; h++) {
      const from = ((firstImage + image) * outHeight + h) * outWidth * outChannels;
      const to = (image * lines.pitch + h) * columns.pitch * outChannels;
      gradients.set(dy.subarray(from, from + outWidth * outChannels), to);
    }
  }
}

function addInto(sums: Float32Array, start: number, values: Float32Array): void {
  for (let k = 0; k < values.length; k++) sums[start + k] = sums[start + k]! + values[k]!;
}

const multiply = (backend: BackendWasm, a: TensorInfo, b: TensorInfo): TensorInfo =>
  wasmKernel('BatchMatMul')({ inputs: { a, b }, attrs: { transposeA: false, transposeB: false }, backend });

/**
 * The input gradient. At stride 1 it is itself a convolution, of dy with the filter turned by 180 degrees and its channels
 * exchanged, padded by what the filter's extent leaves of the padding. Else (and where there is more padding than that)
 * dy times the filter gives what every output place sends to the places it saw, and these are added up: a convolution
 * would multiply the zeros that a stride leaves between the places of dy.
 */
export const conv2DBackpropInput: Kernel = ({ inputs, attrs, backend }) => {
  const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
  const info = infoOf('Conv2DBackpropInput', attrs.inputShape as number[], filter.shape, attrs);
  const { top, bottom, left, right } = info.padInfo;
  const pads = [info.filterHeight - 1 - top, info.filterHeight - 1 - bottom] as const;
  const sidePads = [info.filterWidth - 1 - left, info.filterWidth - 1 - right] as const;
  const isConvolution = info.strideHeight === 1 && info.strideWidth === 1 && Math.min(...pads, ...sidePads) >= 0;
  if (!isConvolution || sizeOf(dy) === 0) return foldedInputGradient(backend, dy, filter, info);
  const turned = turn(backend, filter, info);
  const dx = wasmKernel('Conv2D')({
    inputs: { x: dy, filter: turned },
    attrs: {
      strides: 1,
      pad: [[0, 0], [...pads], [...sidePads], [0, 0]],
      dataFormat: 'NHWC',
      dilations: 1,
      dimRoundingMode: undefined as never,
    },
    backend,
  });
  backend.disposeData(turned.dataId);
  return dx;
};

function turn(backend: BackendWasm, filter: TensorInfo, info: ConvolutionInfo): TensorInfo {
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const turned = backend.makeOutput([filterHeight, filterWidth, outChannels, inChannels], 'float32');
  const source = valuesOf(backend, filter);
  const target = valuesOf(backend, turned);
  const size = inChannels * outChannels;
  for (let k = 0, last = filterHeight * filterWidth - 1; k <= last; k++) {
    transposeInto(target, (last - k) * size, inChannels, source, k * size, outChannels, inChannels, outChannels);
  }
  return turned;
}

function foldedInputGradient(
  backend: BackendWasm,
  dy: TensorInfo,
  filter: TensorInfo,
  info: ConvolutionInfo,
): TensorInfo {
  const { batchSize, filterHeight, filterWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const dx = backend.makeOutput(info.inShape, 'float32');
  valuesOf(backend, dx).fill(0);
  if (sizeOf(dy) === 0 || sizeOf(dx) === 0) return dx;
  const cols = filterHeight * filterWidth * inChannels;
  const transposed = backend.makeOutput([1, outChannels, cols], 'float32');
  transposeInto(valuesOf(backend, transposed), 0, cols, valuesOf(backend, filter), 0, outChannels, cols, outChannels);
  const outputs = outHeight * outWidth;
  const chunk = Math.max(1, Math.floor(MOST_SENT_NUMBERS / (outputs * cols)));
  for (let first = 0; first < batchSize; first += chunk) {
    const images = Math.min(chunk, batchSize - first);
    withPart(backend, dy, first * outputs * outChannels, [1, images * outputs, outChannels], (gradients) => {
      const sent = multiply(backend, gradients, transposed);
      fold(valuesOf(backend, dx), valuesOf(backend, sent), info, first, images);
      backend.disposeData(sent.dataId);
    });
  }
  backend.disposeData(transposed.dataId);
  return dx;
}

/** Adds what output places (row) send through filter entries and to channels (column kh,kw,i) to the input places seen. */
function fold(dx: Float32Array, sent: Float32Array, info: ConvolutionInfo, first: number, images: number): void {
  const { filterHeight, filterWidth, inHeight, inWidth, inChannels, outHeight, outWidth } = info;
  const { strideHeight, strideWidth } = info;
  const { top, left } = info.padInfo;
  let from = 0;
  for (let image = first; image < first + images; image++) {
    for (let h = 0; h < outHeight; h++) {
      for (let w = 0; w < outWidth; w++) {
        for (let kh = 0; kh < filterHeight; kh++) {
          const line = h * strideHeight + kh - top;
          for (let kw = 0; kw < filterWidth; kw++, from += inChannels) {
            const place = w * strideWidth + kw - left;
            if (line < 0 || line >= inHeight || place < 0 || place >= inWidth) continue;
            const to = ((image * inHeight + line) * inWidth + place) * inChannels;
            for (let i = 0; i < inChannels; i++) dx[to + i] = dx[to + i]! + sent[from + i]!;
          }
        }
      }
    }
  }
}
