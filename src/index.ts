/**
 * Row-and-column pruning: the problem, its solvers and its checker. Networks are in `rcprune/neural`.
 *
 * An instance comes from {@link generate}, {@link readInstance}, {@link makeInstance} or a network's weights; {@link solve}
 * prunes it by one of {@link METHOD_NAMES}; {@link bound} proves how little any pruning can cost; {@link check} recomputes all of
 * it, trusting neither. Whatever these functions are given wrongly is a {@link RcpruneError}; what cannot be solved is a result.
 *
 * @module rcprune
 */

export {
  type CertificateVerdict,
  type Claims,
  check,
  checkCertificate,
  ProofChecker,
  type Verdict,
} from './certify/index.ts';
export { integerProgram } from './exact/ilp.ts';
export { FAMILIES, type Family, type FamilyOptions, generate } from './families/index.ts';
export {
  completeSides,
  lpText,
  mpsText,
  readCertificate,
  readGraph,
  readInstance,
  readLines,
  readMasks,
  readPruning,
  type StoredGraph,
  type StoredPruning,
  writeCertificate,
  writeInstance,
  writeLp,
  writeMasks,
  writeMps,
  writePruning,
} from './formats/index.ts';
export type { CoolingName, MethodContext } from './method/context.ts';
export type { Method, MethodOption } from './method/method.ts';
export type { MethodRun, RoundedMethod, RoundedRun } from './method/rounds.ts';
export type { TracePoint } from './method/trace.ts';
export {
  type Answer,
  type Certificate,
  type ColumnOrder,
  type ExactCost,
  entryCount,
  exactCost,
  type Goal,
  type Instance,
  type IntegerProgram,
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
export { type BoundRunOptions, type BoundRunResult, bound } from './run/bound.ts';
export type { Checkpoint } from './run/checkpoint.ts';
export type { ProofState } from './run/proof-file.ts';
export { type Course, type Progress, type RunOptions, type RunResult, solve } from './run/solve.ts';
export { type BoundOptions, type BoundResult, boundSync } from './solve/bound.ts';
export { loadMethod, loadMethods, METHOD_NAMES } from './solve/registry.ts';
export { type SolveOptions, solveSync } from './solve/solve.ts';
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
