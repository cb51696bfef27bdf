/**
 * The thin neural adapter: weights of networks as instances. The only part that imports TensorFlow.js.
 */

export { extract } from './extract.ts';
export { instanceOfLayersModel } from './layers-model.ts';
export {
  type Extraction,
  type ExtractOptions,
  type Importance,
  instanceOfTensors,
  type Layout,
  type Skipped,
  type WeightTensor,
} from './tensors.ts';
