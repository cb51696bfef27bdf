/**
 * Row-and-column pruning: the problem, its solvers and its checker. The neural adapter is `rcprune/neural`.
 */

export { type Claims, check, type Verdict } from './certify/index.ts';
export { FAMILIES, type Family, type FamilyOptions, generate } from './families/index.ts';
export {
  completeSides,
  readGraph,
  readInstance,
  readMasks,
  readPruning,
  type StoredGraph,
  type StoredPruning,
  writeInstance,
  writeMasks,
  writePruning,
} from './formats/index.ts';
export { METHODS, type Method, type MethodContext, prepare, type SolveOptions, solve } from './methods.ts';
export {
  type Answer,
  type ColumnOrder,
  type ExactCost,
  entryCount,
  exactCost,
  type Goal,
  type Instance,
  instanceHash,
  type Layer,
  type LayerInput,
  type LayerPruning,
  largestPruning,
  makeInstance,
  makeLayer,
  makeLayerPruning,
  makeRandom,
  meets,
  type Pruning,
  type Random,
  RcpruneError,
  type Requirement,
  removedEntries,
  removedUnits,
  requirementOf,
  type Shape,
  type ShapeRange,
  type SolveResult,
  type Status,
  type StopReason,
  shapesOf,
  sparsityGoal,
  targetOfSparsity,
  toNearest,
  unitCount,
} from './problem/index.ts';
export {
  bicliqueToShape,
  bicliqueToTarget,
  cliqueToShape,
  cliqueToTarget,
  type GraphQuestion,
  isWitness,
  type PruningQuestion,
  type Reduction,
} from './reductions/index.ts';
export {
  type SearchOptions,
  type Size,
  type Start,
  searchWorstCase,
  supremum,
  TIGHT_ALGORITHMS,
  type TightAlgorithm,
  type Worst,
  type WorstCase,
  type WorstCaseOptions,
  worstCase,
} from './worst-case/index.ts';
