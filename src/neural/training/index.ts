export type { RunIdentity } from '../../formats/checkpoint.ts';
export {
  type BootstrapOptions,
  bootstrapMean,
  type Interval,
  type Run,
  wilsonInterval,
} from '../../statistics/intervals.ts';
export {
  type CheckpointContent,
  hashOfWeights,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  type RecalibrateOptions,
  recalibrate,
  requireFit,
} from './evaluate.ts';
export { type MaskModelOptions, type MaskTensors, maskModel } from './masks.ts';
export { rateAt, type Schedule } from './schedule.ts';
export { type SensitivityOptions, sensitivity } from './sensitivity.ts';
export { type Teacher, type TrainingState, type TrainOptions, type TrainResult, train } from './train.ts';
