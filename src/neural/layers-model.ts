import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Instance } from '../problem/instance.ts';
import { linksOfModel } from './links.ts';
import {
  type Extraction,
  type ExtractOptions,
  layerOf,
  linkedInstance,
  reasonToSkip,
  type Skipped,
  type WeightTensor,
} from './tensors.ts';
import { LAYOUTS, weightsOf } from './weights.ts';

/**
 * A TensorFlow.js layers model in memory as an instance: kernels of Conv2D, Conv2DTranspose and Dense layers and the
 * pointwise kernels of SeparableConv2D, nested models included. Layers are named like their weights, and
 * linked as the model's graph says; layers that it does not follow (nested models, layers called twice) read the input and are read
 * from outside.
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
  const namesOf = ({ layers }: Instance) => layers.map(({ name }) => name);
  const layers = tensors.map((tensor) => layerOf(tensor, options));
  return { instance: linkedInstance(layers, options, (instance) => linksOfModel(model, namesOf(instance))), skipped };
}
