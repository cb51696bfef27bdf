import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import {
  type Extraction,
  type ExtractOptions,
  instanceOfTensors,
  type Layout,
  reasonToSkip,
  type Skipped,
  type WeightTensor,
} from './tensors.ts';

/** The layout of each kernel that is one dense matrix, by layer class and weight. */
export const LAYOUTS: Record<string, Layout> = {
  'Conv2D/kernel': 'hwio',
  'Conv2DTranspose/kernel': 'hwoi',
  'SeparableConv2D/pointwise_kernel': 'hwio',
  'Dense/kernel': 'io',
};

/** What is used of a layer's inside; models in models are layers with layers. */
export interface LayerLike {
  readonly name: string;
  readonly layers?: LayerLike[];
  readonly weights: LayerVariable[];
  getClassName(): string;
}

/** A weight, the layer that it is of, and what it is: layer class and weight, as in {@link LAYOUTS}. */
interface OwnedWeight {
  readonly layer: LayerLike;
  readonly weight: LayerVariable;
  readonly kind: string;
}

/** All weights of a layer or model, nested ones included, in order. */
export function weightsOf(layer: LayerLike): OwnedWeight[] {
  if (layer.layers !== undefined) return layer.layers.flatMap(weightsOf);
  return layer.weights.map((weight) => {
    const { originalName } = weight;
    return { layer, weight, kind: `${layer.getClassName()}/${originalName.slice(originalName.lastIndexOf('/') + 1)}` };
  });
}

/**
 * A TensorFlow.js layers model in memory as an instance: kernels of Conv2D, Conv2DTranspose and Dense layers and the
 * pointwise kernels of SeparableConv2D, nested models included. Layers are named like their weights.
 *
 * @throws RcpruneError on weights that are not finite, or when no weight qualifies
 */
export function instanceOfLayersModel(model: LayersModel, options: ExtractOptions = {}): Extraction {
  const skipped: Skipped[] = [];
  const tensors: WeightTensor[] = [];
  for (const { weight, kind } of weightsOf(model)) {
    const { originalName: name } = weight;
    const layout = LAYOUTS[kind];
    const reason = layout === undefined ? `${kind} is no dense kernel matrix` : reasonToSkip(layout, options);
    if (layout === undefined || reason !== null) {
      skipped.push({ name, reason: reason! });
      continue;
    }
    tensors.push({ name, shape: weight.shape as number[], values: weight.read().dataSync(), layout });
  }
  return { instance: instanceOfTensors(tensors, options), skipped };
}
