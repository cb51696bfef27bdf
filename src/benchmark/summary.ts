import type { BenchRecord } from './record.ts';
import {
  gapCourse,
  integral,
  type Pair,
  type PairedRatio,
  type Profile,
  pairedRatio,
  performanceProfiles,
  primalIntegral,
  shiftedGeometricMean,
} from './statistics.ts';

/** Seconds: below this, times count nearly alike in their shifted geometric mean. */
const TIME_SHIFT = 0.01;
/** Costs of solvers within tolerances may differ from the optimum by this part. */
const TOLERANCE = 1e-6;
/** Of the bootstrap. */
const SEED = 1;

/** One instance with one target, and all runs on it. */
export interface Problem {
  readonly instanceHash: string;
  readonly target: number;
  readonly records: readonly BenchRecord[];
  /** The least cost that a run has, and the greatest lower bound that one proved; null without. */
  readonly bestCost: number | null;
  readonly bestBound: number | null;
}

/** Groups records by what they solve, in order of appearance. */
export function problemsOf(records: Iterable<BenchRecord>): Problem[] {
  const lists = new Map<string, BenchRecord[]>();
  for (const record of records) {
    const key = `${record.instanceHash} ${record.target}`;
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [record]);
    else list.push(record);
  }
  return [...lists.values()].map((own) => {
    const costs = own.flatMap(({ cost }) => cost ?? []);
    const bounds = own.flatMap(({ dualBound }) => dualBound ?? []);
    return {
      instanceHash: own[0]!.instanceHash,
      target: own[0]!.target,
      records: own,
      bestCost: costs.length === 0 ? null : Math.min(...costs),
      bestBound: bounds.length === 0 ? null : Math.max(...bounds),
    };
  });
}

/** Two runs that cannot both be right: one proves that no pruning costs as little as the other's does. */
export interface Contradiction {
  readonly instanceHash: string;
  readonly target: number;
  /** Method of the bound, and of the cost below it. */
  readonly bound: readonly [method: string, value: number];
  readonly cost: readonly [method: string, value: number];
}

/** Every cost was recomputed by the checker; so the bound is what is wrong. */
export function contradictionsOf(problems: readonly Problem[]): Contradiction[] {
  return problems.flatMap(({ records, bestCost, bestBound, ...problem }) => {
    if (bestCost === null || bestBound === null || bestBound <= bestCost) return [];
    const proof = records.find(({ dualBound }) => dualBound === bestBound)!;
    const answer = records.find(({ cost }) => cost === bestCost)!;
    return [{ ...problem, bound: [proof.method, bestBound] as const, cost: [answer.method, bestCost] as const }];
  });
}

/** What one method did on some problems. Means are null where there is nothing to take them of. */
export interface MethodSummary {
  readonly method: string;
  readonly runs: number;
  readonly answered: number;
  /** Optima proved, claimed by a solver within tolerances, and of the claims those that a cheaper pruning refutes. */
  readonly proved: number;
  readonly claimed: number;
  readonly refuted: number;
  /** Runs that ended at their time limit. */
  readonly timedOut: number;
  /** Shifted geometric means (by 0.01 s). */
  readonly seconds: number | null;
  readonly processorSeconds: number | null;
  /** Cost over the best cost known: the geometric mean over problems with its interval, and the greatest. */
  readonly cost: PairedRatio | null;
  readonly worstCost: number | null;
  /** Mean of (cost - the run's own bound) / cost. */
  readonly gap: number | null;
  /** Mean gap to the best cost known, and to the run's own bound, over the time of its course: see statistics.ts. */
  readonly primalIntegral: number | null;
  readonly gapIntegral: number | null;
  /** Processor seconds, which a busy machine changes least, over those of the reference method on the same problems. */
  readonly time: PairedRatio | null;
  /** Most memory beyond the program and the instance, in bytes. */
  readonly memory: number | null;
}

export interface ClassSummary {
  /** Family, parameters and sparsity. */
  readonly label: string;
  readonly problems: number;
  readonly methods: readonly MethodSummary[];
}

export interface Summary {
  /** Whose processor seconds the others' are divided by. */
  readonly reference: string;
  readonly classes: readonly ClassSummary[];
  readonly all: ClassSummary;
  readonly contradictions: readonly Contradiction[];
  /** Performance profiles by cost, and by seconds to an optimum, over the problems that every method was run on. */
  readonly profiles: {
    readonly problems: number;
    readonly cost: readonly Profile[];
    readonly seconds: readonly Profile[];
  };
}

/** Family, parameters and sparsity of a run: what its seeds are repetitions of. */
export function classOf({ family, parameters, sparsity, target }: BenchRecord): string {
  const { rows, cols, layers, ...rest } = parameters;
  const size = rows === undefined ? '' : ` ${rows}x${cols}${layers === undefined || layers === 1 ? '' : `x${layers}`}`;
  const others = Object.entries(rest).map(([name, value]) => (name === 'file' ? ` ${value}` : ` ${name}=${value}`));
  return `${family}${size}${others.join('')} at ${sparsity ?? target}`;
}

/**
 * Tables of a benchmark, over all problems and class by class.
 *
 * @param reference whose processor seconds the others' are divided by; default: the first method that answered everything
 */
export function summaryOf(records: readonly BenchRecord[], reference?: string): Summary {
  const problems = problemsOf(records);
  const methods = [...new Set(records.map(({ method }) => method))];
  const isWhole = (method: string) =>
    records.every((record) => record.method !== method || record.outcome === 'answered');
  const chosen = reference ?? methods.find(isWhole) ?? methods[0] ?? '';
  const labels = [...new Set(records.map(classOf))];
  const shared = problems.filter((problem) =>
    methods.every((method) => problem.records.some((record) => record.method === method)),
  );
  const summarise = (label: string, own: readonly Problem[]): ClassSummary => ({
    label,
    problems: own.length,
    methods: methods.flatMap((method) => methodSummary(method, own, chosen) ?? []),
  });
  return {
    reference: chosen,
    classes: labels.map((label) =>
      summarise(
        label,
        problems.filter(({ records: [first] }) => classOf(first!) === label),
      ),
    ),
    all: summarise('all', problems),
    contradictions: contradictionsOf(problems),
    profiles: {
      problems: shared.length,
      cost: performanceProfiles(measuresOf(shared, 'cost')),
      seconds: performanceProfiles(measuresOf(shared, 'seconds')),
    },
  };
}

function methodSummary(method: string, problems: readonly Problem[], reference: string): MethodSummary | null {
  const runs = problems.flatMap((problem) =>
    problem.records.filter((record) => record.method === method).map((record) => ({ problem, record })),
  );
  if (runs.length === 0) return null;
  const answered = runs.filter(({ record }) => record.outcome === 'answered');
  const priced = answered.filter(({ record }) => record.cost !== null);
  const count = (is: (record: BenchRecord) => boolean) => answered.filter(({ record }) => is(record)).length;
  const isRefuted = ({ problem, record }: (typeof runs)[number]) =>
    record.claimedOptimal === true && record.cost! > problem.bestCost! * (1 + TOLERANCE);
  const mean = (values: number[]) =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const times = (of: (record: BenchRecord) => number | null) => {
    const values = answered.flatMap(({ record }) => of(record) ?? []);
    return values.length === 0 ? null : shiftedGeometricMean(values, TIME_SHIFT);
  };
  // A cost that is positive where 0 is possible has no ratio.
  const costs = priced
    .filter(({ problem, record }) => problem.bestCost! > 0 || record.cost === 0)
    .map(({ problem, record }) => ({ value: record.cost!, reference: problem.bestCost!, group: problem.instanceHash }));
  const courses = priced.filter(({ record }) => (record.trace.seconds.at(-1) ?? 0) > 0);
  const memory = answered.flatMap(({ record }) =>
    record.peakBytes === null || record.baseBytes === null ? [] : record.peakBytes - record.baseBytes,
  );
  return {
    method,
    runs: runs.length,
    answered: answered.length,
    proved: count(({ status }) => status === 'optimal'),
    claimed: count(({ claimedOptimal }) => claimedOptimal === true),
    refuted: answered.filter(isRefuted).length,
    timedOut: count(({ stopReason }) => stopReason === 'timeLimit'),
    seconds: times(({ seconds }) => seconds),
    processorSeconds: times(({ processorSeconds }) => processorSeconds),
    cost: pairedRatio(costs, SEED),
    worstCost: costs.length === 0 ? null : Math.max(...costs.map(({ value, reference }) => value / reference || 1)),
    gap: mean(answered.flatMap(({ record }) => record.gap ?? [])),
    primalIntegral: mean(
      courses.map(({ problem, record }) => {
        const end = endOf(record);
        return primalIntegral(record.trace, problem.bestCost!, end) / end;
      }),
    ),
    gapIntegral: mean(courses.map(({ record }) => integral(gapCourse(record.trace), endOf(record)) / endOf(record))),
    time: pairedRatio(timePairs(method, problems, reference), SEED),
    memory: memory.length === 0 ? null : Math.max(...memory),
  };
}

/** Where a run's course ends: at its time limit, so that those who are done early are not measured over less. */
function endOf({ timeLimit, seconds, trace }: BenchRecord): number {
  return timeLimit ?? Math.max(seconds!, trace.seconds.at(-1) ?? 0, trace.boundSeconds.at(-1) ?? 0);
}

/** Processor seconds of both methods on every problem that both answered: the geometric mean over seeds, where there are several. */
function timePairs(method: string, problems: readonly Problem[], reference: string): Pair[] {
  return problems.flatMap(({ records, instanceHash: group }) => {
    const secondsOf = (name: string) => {
      const own = records
        .filter((record) => record.method === name)
        .flatMap(({ processorSeconds }) => processorSeconds || []);
      return own.length === 0 ? null : shiftedGeometricMean(own, 0);
    };
    const [value, other] = [secondsOf(method), secondsOf(reference)];
    return value === null || other === null ? [] : [{ value, reference: other, group }];
  });
}

/** How a method did on every problem by cost, or by seconds to an optimum proved or claimed: for performance profiles. */
export function measuresOf(problems: readonly Problem[], measure: 'cost' | 'seconds'): Map<string, number[]> {
  const methods = [...new Set(problems.flatMap(({ records }) => records.map(({ method }) => method)))];
  const scoreOf = (record: BenchRecord): number => {
    if (measure === 'cost') return record.cost ?? Infinity;
    const isSolved = record.status === 'optimal' || record.claimedOptimal === true;
    return isSolved ? (record.seconds ?? Infinity) : Infinity;
  };
  // Of several seeds the (upper) median: Infinity where half of them failed.
  const median = (values: number[]) => values.sort((x, y) => x - y)[values.length >> 1] ?? Infinity;
  return new Map(
    methods.map((method) => [
      method,
      problems.map(({ records }) => median(records.filter((record) => record.method === method).map(scoreOf))),
    ]),
  );
}
