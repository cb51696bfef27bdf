import type { Certificate } from './certificate.ts';
import { deadKept } from './closure.ts';
import { exactCost, exactTotal } from './cost.ts';
import { nextAbove, toDown, toNearest } from './exact-sum.ts';
import { type Instance, unitCount } from './instance.ts';
import { type Pruning, removedUnits } from './pruning.ts';

/** What is proved about the answer. `infeasible`: no pruning meets the goal. `unknown`: this method found none. */
export type Status = 'optimal' | 'feasible' | 'infeasible' | 'unknown';

/** Why the method ended. */
export type StopReason = 'complete' | 'workLimit' | 'timeLimit' | 'interrupted';

/**
 * What a dual bound rests on. `exact-arithmetic`: the method computed it in integers, or with every rounding outward, as its
 * file says. `certificate`: the checker verified the certificate in this run.
 */
export type ProvedBy = 'exact-arithmetic' | 'certificate';

/** What every solver returns. Numbers are exact sums rounded once; see each field. */
export interface SolveResult {
  /** Name of the method. */
  readonly method: string;
  /** Whether the instance has links, so that the pruning is closed. */
  readonly linked: boolean;
  /** Importance that the pruning keeps on dead lines: 0, since answers are closed; null when there is no pruning. */
  readonly deadKept: number | null;
  /** What is proved about `pruning`; `optimal` only where the exact dual bound equals the exact cost. */
  readonly status: Status;
  /** Why the method ended. */
  readonly stopReason: StopReason;
  /** The best pruning found; null when there is none (status `infeasible` or `unknown`). */
  readonly pruning: Pruning | null;
  /** Units to remove. */
  readonly target: number;
  /** Units that `pruning` removes. */
  readonly removed: number | null;
  /** Units in all: entries, each times its layer's `unitsPerEntry`. */
  readonly entries: number;
  /** Removed importance, an exact sum rounded once to the nearest double. */
  readonly cost: number | null;
  /** Kept importance, likewise. */
  readonly kept: number | null;
  /** All importance, likewise. */
  readonly total: number;
  /** The incumbent's cost. */
  readonly primalBound: number | null;
  /** Proved: every feasible pruning costs at least this (rounded down; 0 when nothing better is known). See `provedBy`. */
  readonly dualBound: number;
  /** What the dual bound rests on; null where it is 0 for want of any. */
  readonly provedBy: ProvedBy | null;
  /**
   * A greater lower bound that a certificate claims, and that the checker has not verified in this run (a signal or a deadline
   * came first) or has refused. Nothing else in a result rests on it. Absent where there is none.
   */
  readonly claimedBound?: number;
  /** (primalBound - dualBound) / primalBound, 0 when both agree. */
  readonly gap: number | null;
  /** Proved a priori: cost <= guarantee x optimum (rounded up); null when the method proves none. */
  readonly guarantee: number | null;
  /** Evidence for the dual bound, where the method makes any. */
  readonly certificate: Certificate | null;
  /** Everything random in the run came from it. */
  readonly seed: number;
  /** Moves, nodes or iterations done: the method's own unit of work. */
  readonly work: number;
  /** The word of a solver that works within tolerances, not a proof; absent where there is none. */
  readonly claimedOptimal?: boolean;
}

/** What a method found, before it is priced. */
export interface Answer {
  /** The best one found, which meets the requirement; null: none. */
  readonly pruning: Pruning | null;
  /**
   * Proved lower bound on the optimum, exact, in units of 2^-149. Default 0. By exact arithmetic alone: what a certificate
   * proves is for the checker to say.
   */
  readonly dualBound?: bigint;
  /** Divides `dualBound` exactly (2 for the 2-approximations). Default 1. */
  readonly dualDivisor?: bigint;
  /** Proved a priori: cost <= guarantee x optimum. Default null: none. */
  readonly guarantee?: number | null;
  /** Evidence for a lower bound, which the checker looks at before it counts. Default null. */
  readonly certificate?: Certificate | null;
  /** Why the method ended. Default `complete`. */
  readonly stopReason?: StopReason;
  /** Where there is no pruning: `infeasible` if that is proved. Default `unknown`. */
  readonly status?: Status;
  /** Moves, nodes or iterations done. Default 0. */
  readonly work?: number;
  /** The word of a solver that works within tolerances. Default: none. */
  readonly claimedOptimal?: boolean;
}

/**
 * Prices an answer exactly and states what is proved about it.
 *
 * The status is `optimal` only where the exact dual bound equals the exact cost.
 */
export function makeResult(
  instance: Instance,
  target: number,
  method: string,
  seed: number,
  answer: Answer,
): SolveResult {
  const entries = unitCount(instance);
  const dualExact = answer.dualBound ?? 0n;
  const divisor = answer.dualDivisor ?? 1n;
  const base = {
    method,
    linked: instance.links !== undefined,
    stopReason: answer.stopReason ?? 'complete',
    target,
    entries,
    seed,
    work: answer.work ?? 0,
    ...(answer.claimedOptimal === undefined ? {} : { claimedOptimal: answer.claimedOptimal }),
    certificate: answer.certificate ?? null,
  } as const;
  if (answer.pruning === null) {
    return {
      ...base,
      status: answer.status ?? 'unknown',
      deadKept: null,
      pruning: null,
      removed: null,
      cost: null,
      kept: null,
      total: toNearest(exactTotal(instance)),
      primalBound: null,
      dualBound: toDown(dualExact, divisor),
      provedBy: dualExact > 0n ? 'exact-arithmetic' : null,
      gap: null,
      guarantee: null,
    };
  }
  const exact = exactCost(instance, answer.pruning);
  requireConsistent(method, dualExact, exact.cost * divisor);
  const closed = dualExact === exact.cost * divisor;
  const cost = toNearest(exact.cost);
  const dualBound = closed ? toDown(exact.cost) : toDown(dualExact, divisor);
  return {
    ...base,
    status: closed ? 'optimal' : 'feasible',
    deadKept: toNearest(deadKept(instance, answer.pruning)),
    pruning: answer.pruning,
    removed: removedUnits(instance, answer.pruning),
    cost,
    kept: toNearest(exact.kept),
    total: toNearest(exact.total),
    primalBound: cost,
    dualBound,
    provedBy: closed || dualExact > 0n ? 'exact-arithmetic' : null,
    gap: closed ? 0 : relativeGap(cost, dualBound),
    guarantee: closed ? 1 : (answer.guarantee ?? null),
  };
}

/** What the checker found of a certificate, as far as a result needs it. */
export interface Verification {
  readonly valid: boolean;
  /** What it proves, in units of 2^-149; null when it is not valid. */
  readonly exactDualBound: bigint | null;
}

/**
 * A result with a certificate: its dual bound is the greater of its own and what the checker verified. A claim beyond that
 * becomes `claimedBound`.
 *
 * @param verification what the checker said; null: it was not asked
 */
export function withCertificate(
  instance: Instance,
  result: SolveResult,
  certificate: Certificate,
  verification: Verification | null,
): SolveResult {
  const { claimedBound: _, ...before } = result;
  const exact = verification?.valid === true ? verification.exactDualBound! : 0n;
  const cost = result.pruning === null ? null : exactCost(instance, result.pruning, 0n).cost;
  if (cost !== null) requireConsistent('certificate', exact, cost);
  const proved = stated(before, certificate, cost, exact);
  const claim = certificate.claim.dualBound;
  const isMore = claim > proved.dualBound && (proved.primalBound === null || proved.dualBound < proved.primalBound);
  return verification?.valid !== true && isMore ? { ...proved, claimedBound: claim } : proved;
}

/**
 * An answer that breaks what its method promises: a fault of the program, which no result may hide. The command line and the
 * benchmark end with it.
 */
export class BrokenPromise extends Error {
  /** Name of the method. */
  readonly method: string;
  /** What was expected of the answer, and what it was. */
  readonly reason: string;

  constructor(method: string, reason: string) {
    super(`${method}: ${reason}`);
    this.method = method;
    this.reason = reason;
  }
}

/** A lower bound above the cost of a pruning that meets the goal is false: nothing may leave that rests on it. */
function requireConsistent(method: string, bound: bigint, cost: bigint): void {
  if (bound > cost) throw new BrokenPromise(method, 'expected a lower bound of at most the cost, got a greater one');
}

/** The result with a verified lower bound on the optimum, in units of 2^-149. */
function stated(result: SolveResult, certificate: Certificate, cost: bigint | null, exact: bigint): SolveResult {
  const isClosed = exact === cost;
  const dualBound = isClosed ? toDown(cost) : toDown(exact);
  if (!isClosed && dualBound <= result.dualBound) return { ...result, certificate };
  if (result.status === 'optimal') return { ...result, certificate };
  const provedBy = 'certificate';
  if (isClosed) return { ...result, certificate, status: 'optimal', dualBound, provedBy, gap: 0, guarantee: 1 };
  const { primalBound } = result;
  return {
    ...result,
    certificate,
    dualBound,
    provedBy,
    gap: primalBound === null ? null : relativeGap(primalBound, dualBound),
  };
}

/** (primal - dual) / primal; 0 when they agree, also at 0; null when only the denominator is 0. */
export function relativeGap(primal: number, dual: number): number | null {
  if (primal === dual) return 0;
  return primal === 0 ? null : (primal - dual) / primal;
}

/** 2(1 + delta) rounded up, exactly 2 at delta = 0: a guarantee is never overstated. null when it is not finite. */
export function twoTimes(delta: number): number | null {
  if (delta === 0) return 2;
  const guarantee = nextAbove(nextAbove(2 * (1 + delta)));
  return Number.isFinite(guarantee) ? guarantee : null;
}
