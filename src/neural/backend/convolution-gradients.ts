import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernel, reshaped, sizeOf, transposeInto, valuesOf, wasmKernel, withPart } from './heap.ts';

/*
 * Both gradients of a 2-D convolution, as matrix products. The wasm backend has no filter gradient, and its input
 * gradient is a plain loop; its matrix product and its convolution (XNNPACK's) run at about 15 multiply-adds a nanosecond
 * on one core. With y the output, x the input, w the filter of KH x KW x I x O, stride s and zero padding:
 *
 *   dw[kh,kw,i,o] = sum over images and output places (h,w) of x[s h + kh - top, s w + kw - left, i] dy[h,w,o]
 *   dx[u,v,i]     = sum over kh, kw, o with u = s h + kh - top, v = s w + kw - left of dy[h,w,o] w[kh,kw,i,o]
 *
 * Everything is done for as many images at a time as a cache holds.
 */

type ConvolutionInfo = backend_util.Conv2DInfo;

/** Most numbers of dy in one filter-gradient product: the product reads them once for every four of its rows. */
const MOST_GRADIENT_NUMBERS = 2 ** 18;
/** Most numbers of an unfolded input or of unfolded input gradients at a time. */
const MOST_UNFOLDED_NUMBERS = 2 ** 21;
/** What copying one number of an unfolded input costs, in multiply-adds. */
const UNFOLD_COST = 16;

function infoOf(where: string, inputShape: number[], filterShape: number[], attrs: NamedAttrMap): ConvolutionInfo {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs as unknown as ConvolutionAttributes;
  const info = backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  if (info.dataFormat !== 'channelsLast') throw new Error(`${where}: the wasm backend takes NHWC only`);
  return info;
}

interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * The filter gradient. Rows of the left factor are the input as each filter entry (kh,kw,i) sees it, the right factor is dy:
 *
 * - On a *grid*, for stride 1. Each channel of x lies on a plane with zeros between lines and between images, dy on the
 *   same plane with zeros wherever no output is. What (kh,kw) sees is then the plane from kh * pitch + kw on: KH * KW
 *   products whose left factors are parts of one copy of x. Lines share their zeros (what is right of one is left of the
 *   next), so that a line of W takes W + max(left, right) places.
 * - *Unfolded*, else: one product whose left factor is written out. It copies more and multiplies less, since it has no
 *   zeros between lines; it wins where images are small and channels many.
 */
export const conv2DBackpropFilter: Kernel = ({ inputs, attrs, backend }) => {
  const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
  const info = infoOf('Conv2DBackpropFilter', x.shape, attrs.filterShape as number[], attrs);
  const { filterHeight, filterWidth, inChannels, outChannels, outHeight, outWidth, batchSize } = info;
  const filter = backend.makeOutput([filterHeight, filterWidth, inChannels, outChannels], 'float32');
  valuesOf(backend, filter).fill(0);
  if (sizeOf(dy) === 0 || sizeOf(x) === 0) return filter;
  const grid = gridOf(info);
  const outputs = outHeight * outWidth;
  const isUnitStride = info.strideHeight === 1 && info.strideWidth === 1;
  const usesGrid = isUnitStride && (grid.height * grid.width * outChannels) / outputs < outChannels + UNFOLD_COST;
  const columns = filterHeight * filterWidth * inChannels;
  const imagesAtOnce = usesGrid
    ? MOST_GRADIENT_NUMBERS / (grid.height * grid.width * Math.max(inChannels, outChannels))
    : Math.min(MOST_GRADIENT_NUMBERS / (outputs * outChannels), MOST_UNFOLDED_NUMBERS / (outputs * columns));
  const chunk = Math.max(1, Math.floor(imagesAtOnce));
  const addGradient = usesGrid ? addGradientOnGrid : addGradientUnfolded;
  for (let first = 0; first < batchSize; first += chunk) {
    addGradient(backend, filter, x, dy, info, first, Math.min(chunk, batchSize - first));
  }
  return filter;
};

/** Height and width of an image on a grid: shared zeros between lines, and room for every output. */
function gridOf({ inHeight, inWidth, outHeight, outWidth, padInfo }: ConvolutionInfo) {
  const { top, bottom, left, right } = padInfo;
  return {
    height: Math.max(inHeight + Math.max(top, bottom), outHeight),
    width: Math.max(inWidth + Math.max(left, right), outWidth),
  };
}

function addGradientOnGrid(
  backend: BackendWasm,
  filter: TensorInfo,
  x: TensorInfo,
  dy: TensorInfo,
  info: ConvolutionInfo,
  firstImage: number,
  images: number,
): void {
  const { filterHeight, filterWidth, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { top, left } = info.padInfo;
  const grid = gridOf(info);
  const places = images * grid.height * grid.width;
  const slack = (filterHeight - 1) * grid.width + filterWidth - 1; // the last channel is read that far past its end
  const planes = backend.makeOutput([inChannels * places + slack], 'float32'); // channel, image, line, place
  const gradients = backend.makeOutput([places, outChannels], 'float32'); // the same places, each with its channels
  const planesValues = valuesOf(backend, planes).fill(0);
  const gradientValues = valuesOf(backend, gradients).fill(0);
  const xValues = valuesOf(backend, x);
  const dyValues = valuesOf(backend, dy);
  for (let image = 0; image < images; image++) {
    const corner = image * grid.height * grid.width;
    for (let h = 0; h < inHeight; h++) {
      const to = corner + (top + h) * grid.width + left;
      const from = ((firstImage + image) * inHeight + h) * inWidth * inChannels;
      transposeInto(planesValues, to, places, xValues, from, inWidth, inChannels);
    }
    for (let h = 0; h < outHeight; h++) {
      const from = ((firstImage + image) * outHeight + h) * outWidth * outChannels;
      const line = dyValues.subarray(from, from + outWidth * outChannels);
      gradientValues.set(line, (corner + h * grid.width) * outChannels);
    }
  }
  for (let kh = 0, start = 0; kh < filterHeight; kh++) {
    for (let kw = 0; kw < filterWidth; kw++, start += inChannels * outChannels) {
      withPart(backend, planes, kh * grid.width + kw, [1, inChannels, places], (seen) => {
        addProduct(backend, filter, start, seen, reshaped(gradients, [1, places, outChannels]));
      });
    }
  }
  backend.disposeData(planes.dataId);
  backend.disposeData(gradients.dataId);
}

function addGradientUnfolded(
  backend: BackendWasm,
  filter: TensorInfo,
  x: TensorInfo,
  dy: TensorInfo,
  info: ConvolutionInfo,
  firstImage: number,
  images: number,
): void {
  const { filterHeight, filterWidth, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const pixels = inHeight * inWidth;
  const places = images * outHeight * outWidth;
  const columns = filterHeight * filterWidth * inChannels;
  const planes = backend.makeOutput([inChannels, images * pixels], 'float32');
  const unfolded = backend.makeOutput([1, columns, places], 'float32');
  const planesValues = valuesOf(backend, planes);
  const from = firstImage * pixels * inChannels;
  transposeInto(planesValues, 0, images * pixels, valuesOf(backend, x), from, images * pixels, inChannels);
  unfold(valuesOf(backend, unfolded), planesValues, info, images);
  backend.disposeData(planes.dataId);
  withPart(backend, dy, firstImage * outHeight * outWidth * outChannels, [1, places, outChannels], (gradients) => {
    addProduct(backend, filter, 0, unfolded, gradients);
  });
  backend.disposeData(unfolded.dataId);
}

/** Row (kh,kw,i), column (image, h, w): the number of channel i that entry (kh,kw) meets at output (h,w), 0 outside. */
function unfold(unfolded: Float32Array, planes: Float32Array, info: ConvolutionInfo, images: number): void {
  const { filterHeight, filterWidth, inHeight, inWidth, inChannels, outHeight, outWidth } = info;
  const { strideHeight, strideWidth } = info;
  const { top, left } = info.padInfo;
  let to = 0;
  for (let kh = 0; kh < filterHeight; kh++) {
    for (let kw = 0; kw < filterWidth; kw++) {
      const shift = kw - left;
      const firstInside = Math.min(outWidth, Math.max(0, Math.ceil(-shift / strideWidth)));
      const endInside = Math.max(firstInside, Math.min(outWidth, Math.ceil((inWidth - shift) / strideWidth)));
      for (let plane = 0; plane < inChannels * images; plane++) {
        for (let h = 0; h < outHeight; h++, to += outWidth) {
          const line = h * strideHeight + kh - top;
          if (line < 0 || line >= inHeight) {
            unfolded.fill(0, to, to + outWidth);
            continue;
          }
          const origin = (plane * inHeight + line) * inWidth + shift;
          for (let w = 0; w < firstInside; w++) unfolded[to + w] = 0;
          for (let w = firstInside; w < endInside; w++) unfolded[to + w] = planes[origin + w * strideWidth]!;
          for (let w = endInside; w < outWidth; w++) unfolded[to + w] = 0;
        }
      }
    }
  }
}

/** Adds a matrix product to the numbers of `sum` from `start` on. */
function addProduct(backend: BackendWasm, sum: TensorInfo, start: number, a: TensorInfo, b: TensorInfo): void {
  const product = multiply(backend, a, b);
  const values = valuesOf(backend, product);
  const sums = valuesOf(backend, sum);
  for (let k = 0; k < values.length; k++) sums[start + k] = sums[start + k]! + values[k]!;
  backend.disposeData(product.dataId);
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
    transposeInto(target, (last - k) * size, inChannels, source, k * size, inChannels, outChannels);
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
  const columns = filterHeight * filterWidth * inChannels;
  const transposed = backend.makeOutput([1, outChannels, columns], 'float32');
  transposeInto(valuesOf(backend, transposed), 0, columns, valuesOf(backend, filter), 0, columns, outChannels);
  const outputs = outHeight * outWidth;
  const chunk = Math.max(1, Math.floor(MOST_UNFOLDED_NUMBERS / (outputs * columns)));
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
