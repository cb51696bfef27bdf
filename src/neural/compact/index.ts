export {
  CompactConv2D,
  type CompactConv2DConfig,
  CompactDense,
  type CompactDenseConfig,
  SelectChannels,
  type SelectChannelsConfig,
} from './layers.ts';
