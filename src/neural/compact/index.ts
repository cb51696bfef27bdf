export { type BeforeAfter, type CompactedLayer, type Compaction, compactModel } from './compact-model.ts';
export type { ZeroPadding } from './compact-spec.ts';
export {
  CompactConv2D,
  type CompactConv2DConfig,
  CompactDense,
  type CompactDenseConfig,
  SelectChannels,
  type SelectChannelsConfig,
} from './layers.ts';
export { applyMasks, type LayerMask, type Masks, maskedModel, masksOf } from './masks.ts';
