/**
 * Row-and-column pruning: the problem, its solvers and its checker. Networks are in `rcprune/neural`.
 *
 * An instance comes from {@link generate}, {@link readInstance}, {@link makeInstance} or a network's weights; {@link solve}
 * prunes it by one of {@link METHODS}; {@link bound} proves how little any pruning can cost; {@link check} recomputes all of
 * it, trusting neither. Whatever these functions are given wrongly is a {@link RcpruneError}; what cannot be solved is a result.
 *
 * @module rcprune
 */

export { type CertificateVerdict, type Claims, check, checkCertificate, type Verdict } from './certify/index.ts';
export { FAMILIES, type Family, type FamilyOptions, generate } from './families/index.ts';
export {
  completeSides,
  readCertificate,
  readGraph,
  readInstance,
  readMasks,
  readPruning,
  type StoredGraph,
  type StoredPruning,
  writeCertificate,
  writeInstance,
  writeMasks,
  writePruning,
} from './formats/index.ts';
export {
  type CoolingName,
  METHODS,
  type Method,
  type MethodContext,
  prepare,
  type SolveOptions,
  solve,
} from './methods.ts';
export {
  type Answer,
  type Certificate,
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
  type LinePiece,
  largestPruning,
  makeInstance,
  makeLayer,
  makeLayerPruning,
  makeRandom,
  meets,
  type Piece,
  type ProvedBy,
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
  type SpectralPiece,
  type SplitPiece,
  type Status,
  type StopReason,
  shapesOf,
  sparsityGoal,
  type TangentPiece,
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
export { type BoundOptions, type BoundResult, bound } from './solve/bound.ts';
export {
  type SearchOptions,
  type Size,
  STARTS,
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
