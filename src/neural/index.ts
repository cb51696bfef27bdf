/**
 * Networks: their weights as instances, models to prune, and their files. The only part that imports TensorFlow.js.
 *
 * {@link extract} reads a stored model's weights as an instance; {@link masksOf} and {@link compactModel} turn a pruning of it
 * into a smaller network, {@link maskModel} and {@link train} into one that is trained on; {@link startBackend} comes before
 * anything that computes. Tensors that a function makes are freed by it unless it says otherwise.
 *
 * @module rcprune/neural
 */

export { type Backend, type BackendName, startBackend } from './backend.ts';
export {
  applyMasks,
  type BeforeAfter,
  CompactConv2D,
  type CompactConv2DConfig,
  CompactDense,
  type CompactDenseConfig,
  type CompactedLayer,
  type Compaction,
  compactModel,
  type LayerMask,
  type Masks,
  maskedModel,
  masksOf,
  SelectChannels,
  type SelectChannelsConfig,
  type ZeroPadding,
} from './compact/index.ts';
export { type Food101Options, loadFood101 } from './data/food101.ts';
export { loadGlyphs } from './data/glyphs.ts';
export type { DataSet, ImageSet } from './data/image-set.ts';
export { extract } from './extract.ts';
export { instanceOfLayersModel } from './layers-model.ts';
export { loadModel, saveModel } from './model-file.ts';
export { type ResNetOptions, resnet } from './models/resnet.ts';
export { silence } from './silence.ts';
export { loadStateDict, type StateDictOptions, saveStateDict } from './state-dict.ts';
export {
  type Extraction,
  type ExtractOptions,
  type Importance,
  instanceOfTensors,
  type Layout,
  type Normalization,
  type Skipped,
  type WeightTensor,
} from './tensors.ts';
export * from './training/index.ts';
