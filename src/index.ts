/**
 * Row-and-column pruning: the problem, its solvers and its checker. Networks are in `rcprune/neural`.
 *
 * An instance comes from {@link generate}, {@link readInstance}, {@link makeInstance} or a network's weights; {@link solve}
 * prunes it by one of {@link METHOD_NAMES}; {@link bound} proves how little any pruning can cost; {@link check} recomputes all of
 * it, trusting neither. Whatever these functions are given wrongly is a {@link RcpruneError}; what cannot be solved is a result.
 *
 * @module rcprune
 */

export * from './check.ts';
export { integerProgram } from './exact/ilp.ts';
export { FAMILIES, type Family, type FamilyNetwork, type FamilyOptions, generate } from './families/index.ts';
export * from './files.ts';
export type { CoolingName, MethodContext } from './method/context.ts';
export type { Method, MethodOption } from './method/method.ts';
export type { MethodRun, RoundedMethod, RoundedRun } from './method/rounds.ts';
export type { TracePoint } from './method/trace.ts';
export {
  type Answer,
  closure,
  deadKept,
  type ExactCost,
  entryCount,
  exactCost,
  type IntegerProgram,
  isClosed,
  largestPruning,
  makeLayer,
  makeRandom,
  meets,
  type ProvedBy,
  type Random,
  type Requirement,
  removedEntries,
  removedUnits,
  requirementOf,
  type ShapeRange,
  type SolveResult,
  type Status,
  type StopReason,
  shapesOf,
  targetOfSparsity,
  toNearest,
  unitCount,
  withoutLinks,
} from './problem/index.ts';
export * from './reductions/index.ts';
export { type BoundRunOptions, type BoundRunResult, bound } from './run/bound.ts';
export type { Checkpoint } from './run/checkpoint.ts';
export type { ProofState } from './run/proof-file.ts';
export { type Course, type Progress, type RunOptions, type RunResult, solve } from './run/solve.ts';
export { type BoundOptions, type BoundResult, boundSync } from './solve/bound.ts';
export type { SolveOptions } from './solve/options.ts';
export { loadMethod, loadMethods, METHOD_NAMES } from './solve/registry.ts';
export { solveSync } from './solve/solve.ts';
export * from './worst-case/index.ts';
