import type { LayerVariable } from '@tensorflow/tfjs-layers';
import type { Layout } from './tensors.ts';

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
