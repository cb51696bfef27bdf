import { check, checkCertificate, ProofChecker } from '../../src/certify/index.ts';
import type { Certificate } from '../../src/problem/certificate.ts';
import { entryCount, type Instance, type SolveResult } from '../../src/problem/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import { METHODS } from '../methods.ts';
import { costOf, exact } from './brute-force.ts';
import type { CrossCase } from './cross-case.ts';
import { leastCost } from './shape-enumeration.ts';

/*
 * One case, every method, each against the true optimum of a reference that shares no code with them:
 *
 * - `enumerate`, `branch-and-bound` and `best`, the last two without and with a start, say `optimal` and cost exactly that;
 * - every proof log of branch and bound is accepted, and every certificate of `best`;
 * - of every method: the pruning meets the goal at the cost stated, dual bound <= optimum <= cost <= guarantee x optimum;
 * - out of reach means `infeasible` to every method, and to none otherwise;
 * - asked of some, the integer programs, solved within tolerances, claim an optimum that is one. Where tolerances of 10^-6 can hide a
 *   difference ({@link isWithinTolerances}) a wrong claim is counted, elsewhere it is a fault.
 */

/** Counts by name, see {@link COUNTS}. */
export type Tally = Record<string, number>;

export interface Examination {
  readonly tally: Tally;
  /** One line each; none is what is expected. */
  readonly faults: readonly string[];
}

/** Methods that prove optima at these sizes, with and without a start. */
const EXACT: readonly { method: string; hasStart: boolean; count: string }[] = [
  { method: 'enumerate', hasStart: false, count: 'enumerate' },
  { method: 'branch-and-bound', hasStart: false, count: 'branchAndBound' },
  { method: 'branch-and-bound', hasStart: true, count: 'branchAndBoundStarted' },
  { method: 'best', hasStart: false, count: 'best' },
  { method: 'best', hasStart: true, count: 'bestStarted' },
];
const PROGRAMS = ['ilp-highs', 'ilp-jslp'];
const EXACT_NAMES = new Set(EXACT.map(({ method }) => method));
const OTHERS = METHODS.map(({ name }) => name).filter((name) => !EXACT_NAMES.has(name) && !PROGRAMS.includes(name));
/** Asked by thorough examinations only, with so little work: the laws hold at any. */
const WORK: Record<string, number> = { 'anneal-selection': 100, 'anneal-shape': 10 };
/** The integer programs are asked where they answer within a tenth of a second. */
const MOST_ENTRIES: Record<string, number> = { 'ilp-highs': 60, 'ilp-jslp': 40 };
/** javascript-lp-solver may go round in circles. */
const PROGRAM_SECONDS = 2;

/** Columns of the count, in order. */
export const COUNTS = [
  'instances',
  'feasible',
  'infeasible',
  ...EXACT.map(({ count }) => count), // agreements with the reference
  'proofs', // accepted
  'certificates', // accepted
  'brackets', // runs of any method whose bounds hold
  ...PROGRAMS.flatMap((name) => ['Runs', 'Claims', 'Equal', 'WrongWithin', 'WrongBeyond'].map((what) => name + what)),
  'faults',
] as const;

/** @param isThorough whether annealing and the integer programs are asked as well; call `prepare` for these first */
export function examine(one: CrossCase, seed: number, isThorough: boolean): Examination {
  const examiner = new Examiner(one, seed);
  examiner.run(isThorough);
  const { tally, faults } = examiner;
  tally.faults = faults.length;
  return { tally, faults };
}

class Examiner {
  readonly tally: Tally = Object.fromEntries(COUNTS.map((name) => [name, 0]));
  readonly faults: string[] = [];
  readonly #case: CrossCase;
  readonly #seed: number;
  readonly #optimum: bigint | null;

  constructor(one: CrossCase, seed: number) {
    this.#case = one;
    this.#seed = seed;
    this.#optimum = leastCost(one.instance, one.goal);
  }

  run(isThorough: boolean): void {
    const { instance, goal } = this.#case;
    this.#count('instances');
    this.#count(this.#optimum === null ? 'infeasible' : 'feasible');
    const others = OTHERS.filter((method) => isThorough || WORK[method] === undefined);
    const results = new Map(
      others.map((method) => [method, this.#bracketed(method, solveSync(instance, this.#options(method)))]),
    );
    const start = this.#case.start ?? results.get(this.#seed % 2 === 0 ? 'random' : 'greedy')!.pruning ?? undefined;
    for (const { method, hasStart, count } of EXACT) {
      const proof: (string | null)[] = [];
      const certificates: Certificate[] = [];
      const result = solveSync(instance, {
        ...this.#options(method),
        start: hasStart ? start : undefined,
        onProof: method === 'branch-and-bound' ? (text) => proof.push(text) : undefined,
        onCertificate: (certificate) => certificates.push(certificate),
      });
      this.#bracketed(count, result);
      if (this.#optimum === null) {
        if (result.status === 'infeasible') this.#count(count);
        continue;
      }
      const isOptimal = result.status === 'optimal' && costOf(instance, result.pruning!) === this.#optimum;
      if (isOptimal) this.#count(count);
      else this.#fault(count, `status ${result.status}, cost ${result.cost}, expected the optimum`);
      if (proof.length > 0) this.#checkProof(count, proof, result);
      // Those reported on the way as well, where there is time.
      const last = result.certificate === null ? [] : [result.certificate];
      for (const certificate of isThorough ? new Set([...certificates, ...last]) : last) {
        const { valid, reason, dualBound } = checkCertificate(instance, goal, certificate);
        if (valid && exact(dualBound!) <= this.#optimum) this.#count('certificates');
        else this.#fault(count, reason ?? `a certificate of ${dualBound}, above the optimum`);
      }
    }
    if (!isThorough || this.#optimum === null) return;
    for (const method of PROGRAMS) if (entryCount(instance) <= MOST_ENTRIES[method]!) this.#askProgram(method);
  }

  #options(method: string) {
    return { method, goal: this.#case.goal, seed: this.#seed, workLimit: WORK[method] };
  }

  #askProgram(method: string): void {
    const { instance } = this.#case;
    const result = solveSync(instance, { ...this.#options(method), workLimit: undefined, seconds: PROGRAM_SECONDS });
    this.#bracketed(method, result);
    this.#count(`${method}Runs`);
    if (result.claimedOptimal !== true) return;
    this.#count(`${method}Claims`);
    if (costOf(instance, result.pruning!) === this.#optimum) this.#count(`${method}Equal`);
    else if (isWithinTolerances(instance)) {
      this.#count(`${method}WrongWithin`);
      this.#fault(method, `claims that ${result.cost} is the optimum, it is not`);
    } else this.#count(`${method}WrongBeyond`);
  }

  #checkProof(who: string, proof: readonly (string | null)[], result: SolveResult): void {
    const { instance, goal } = this.#case;
    const checker = new ProofChecker(instance, goal);
    for (const line of proof.join('').trimEnd().split('\n')) checker.take(line);
    const fault = checker.verdict(result.pruning!);
    if (fault === null) this.#count('proofs');
    else this.#fault(who, `proof log: ${fault}`);
  }

  /** What every result must hold; the result itself, for use. */
  #bracketed(who: string, result: SolveResult): SolveResult {
    const { instance, goal } = this.#case;
    const optimum = this.#optimum;
    const before = this.faults.length;
    if ((result.status === 'infeasible') !== (optimum === null)) this.#fault(who, `says ${result.status}, wrongly`);
    if (optimum !== null && exact(result.dualBound) > optimum) {
      this.#fault(who, `proves at least ${result.dualBound}, above the optimum`);
    }
    if (optimum !== null && result.pruning !== null) {
      const { reason } = check(instance, goal, result.pruning, { cost: result.cost! });
      if (reason !== null) this.#fault(who, reason);
      const cost = costOf(instance, result.pruning);
      if (cost < optimum) this.#fault(who, `costs ${result.cost}, below the optimum`);
      if (result.status === 'optimal' && cost !== optimum) this.#fault(who, `calls ${result.cost} optimal, it is not`);
      // guarantee x 2^52 is an integer of the same value: guarantees are doubles from 1 on.
      const { guarantee } = result;
      if (guarantee !== null && cost * 2n ** 52n > BigInt(guarantee * 2 ** 52) * optimum) {
        this.#fault(who, `costs ${result.cost}, more than ${guarantee} times the optimum`);
      }
    } else if (optimum === null && result.pruning !== null) this.#fault(who, 'a pruning where there is none');
    if (this.faults.length === before) this.#count('brackets');
    return result;
  }

  #count(name: string): void {
    this.tally[name]!++;
  }

  #fault(who: string, what: string): void {
    const { family } = this.#case;
    this.faults.push(
      `${family}: ${who}: ${what} (${this.#optimum === null ? 'none' : Number(this.#optimum) * 2 ** -149})`,
    );
  }
}

/**
 * Whether no two costs differ by so little, nor units by so much, that a violation of 10^-6 in some variable could matter: all
 * importances are multiples of 2^-13 of the largest one, and the target's row has no coefficient above 16.
 */
export function isWithinTolerances({ layers }: Instance): boolean {
  const all = layers.flatMap(({ importance }) => [...importance]);
  const step = Math.max(...all) * 2 ** -13;
  const grain = 2 ** Math.ceil(Math.log2(step));
  return (
    layers.every(({ unitsPerEntry }) => unitsPerEntry <= 16) && all.every((entry) => Number.isInteger(entry / grain))
  );
}
