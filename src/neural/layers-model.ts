import type { LayersModel } from '@tensorflow/tfjs-layers';
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

/** What is needed of a layer; a nested model has layers of its own. */
interface LayerLike {
  getClassName(): string;
  readonly layers?: LayerLike[];
  readonly weights: { originalName: string; shape: (number | null)[]; read(): { dataSync(): ArrayLike<number> } }[];
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
  const visit = (layer: LayerLike): void => {
    if (layer.layers !== undefined) {
      for (const inner of layer.layers) visit(inner);
      return;
    }
    for (const weight of layer.weights) {
      const { originalName: name } = weight;
      const kind = `${layer.getClassName()}/${name.slice(name.lastIndexOf('/') + 1)}`;
      const layout = LAYOUTS[kind];
      const reason = layout === undefined ? `${kind} is no dense kernel matrix` : reasonToSkip(layout, options);
      if (layout === undefined || reason !== null) {
        skipped.push({ name, reason: reason! });
        continue;
      }
      tensors.push({ name, shape: weight.shape as number[], values: weight.read().dataSync(), layout });
    }
  };
  visit(model as unknown as LayerLike);
  return { instance: instanceOfTensors(tensors, options), skipped };
}
