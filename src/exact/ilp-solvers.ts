import type { Highs } from 'highs';
import type { MethodContext } from '../method/context.ts';
import type { Method } from '../method/method.ts';
import { closeLiving, livingOf } from '../problem/closure.ts';
import { exactCost } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { largestPruning, meets, type Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { IntegerProgram } from '../problem/integer-program.ts';
import { linkGraph } from '../problem/links.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { firstBound } from './branch-and-bound.ts';
import { integerProgram, pruningOfSolution } from './ilp.ts';

/*
 * Two general solvers of integer programs, as baselines. Both work in rounded arithmetic within tolerances, so what they say
 * is a claim: the pruning is read from the binary variables and priced exactly, `claimedOptimal` repeats the claim, and the
 * dual bound is our own (of {@link firstBound}, which looks at no links: it holds for closed prunings too). The status is therefore `feasible`, unless that bound meets the cost.
 */

/** Part of a time limit that a solver is given, so that its answer comes before the limit. */
const SHARE_OF_TIME = 0.9;

/** What a solver came back with. */
interface Found {
  readonly pruning: Pruning | null;
  readonly claimedOptimal: boolean;
  readonly stopReason: 'complete' | 'workLimit' | 'timeLimit';
  readonly work: number;
}

function answer(instance: Instance, requirement: Requirement, context: MethodContext, found: Found): Answer {
  const { stopReason, work, claimedOptimal } = found;
  const candidates = [context.start ?? largestPruning(instance, requirement), found.pruning];
  let best: { pruning: Pruning; cost: bigint } | null = null;
  for (const pruning of candidates) {
    // With links and minima, the largest pruning that is found at once need not meet the goal.
    if (pruning === null || !meets(instance, requirement, pruning)) continue;
    const { cost } = exactCost(instance, pruning, 0n);
    const isFirstFound = pruning === found.pruning && context.start === undefined;
    if (best === null || isFirstFound || cost < best.cost) best = { pruning, cost };
  }
  // That a solver found none within its tolerances proves nothing.
  if (best === null) return { pruning: null, stopReason, work };
  const { pruning, cost } = best;
  return { pruning, stopReason, work, claimedOptimal, dualBound: firstBound(instance, requirement, cost) };
}

let highs: Highs | null = null;

/** HiGHS, compiled to WebAssembly: branch and cut. Work counts its nodes; `start` is handed to it. */
export const ilpHighs: Method = {
  name: 'ilp-highs',
  summary: 'integer program, solved by HiGHS within its tolerances',
  uses: ['seed', 'work', 'start'],
  async prepare() {
    // The package declares its CommonJS face; what `import` gets is the function itself.
    const load = (await import('highs')).default as unknown as () => Promise<Highs>;
    highs ??= await load();
  },
  run: answerOfHighs,
  runLinked: answerOfHighs,
};

function answerOfHighs(instance: Instance, requirement: Requirement, context: MethodContext): Answer {
  return answer(instance, requirement, context, runHighs(instance, requirement, context));
}

function runHighs(instance: Instance, requirement: Requirement, context: MethodContext): Found {
  if (highs === null) throw new RcpruneError('ilp-highs', 'a call of prepare first', 'none');
  const { constants, infinity } = highs;
  const program = integerProgram(instance, requirement);
  const count = program.names.length;
  const bounded = (values: Float64Array) =>
    values.map((value) => (Number.isFinite(value) ? value : Math.sign(value) * infinity));
  const model = highs.createModel({
    numCols: count,
    numRows: program.rowNames.length,
    colCost: program.cost,
    colLower: new Float64Array(count),
    colUpper: new Float64Array(count).fill(1),
    rowLower: bounded(program.lower),
    rowUpper: bounded(program.upper),
    integrality: Int32Array.from(program.isBinary),
    matrix: {
      format: 'csr',
      numRows: program.rowNames.length,
      numCols: count,
      starts: program.starts,
      indices: program.variables,
      values: program.coefficients,
    },
  });
  try {
    model.options.set({ output_flag: false, random_seed: context.seed % 2 ** 31, mip_rel_gap: 0, mip_abs_gap: 0 });
    if (context.seconds !== undefined) model.options.set({ time_limit: SHARE_OF_TIME * context.seconds });
    if (context.workLimit !== undefined) model.options.set({ mip_max_nodes: Math.min(context.workLimit, 2 ** 31 - 1) });
    if (context.start !== undefined) model.setSolution({ colValue: valuesOf(instance, program, context.start) });
    model.run();
    const status = model.getModelStatus();
    const values = model.getSolution().colValue;
    const index = new Map(program.names.map((name, k) => [name, k]));
    const isSolution = values !== undefined && values.length === count;
    return {
      pruning: isSolution ? pruningOfSolution(instance, requirement, (name) => values[index.get(name)!]!) : null,
      claimedOptimal: status === constants.modelStatus.optimal,
      stopReason:
        status === constants.modelStatus.timeLimit
          ? 'timeLimit'
          : status === constants.modelStatus.solutionLimit || status === constants.modelStatus.iterationLimit
            ? 'workLimit'
            : 'complete',
      work: Math.max(0, Number(model.info.get('mip_node_count'))),
    };
  } finally {
    model.dispose();
  }
}

/** A pruning that meets the requirement as values of the program's variables. */
function valuesOf(instance: Instance, program: IntegerProgram, pruning: Pruning): Float64Array {
  const gone = pruning.layers.map(({ removedRows, removedColumns }) => {
    return { rows: new Set(removedRows), columns: new Set(removedColumns) };
  });
  const graph = linkGraph(instance);
  const signals = graph === null ? null : closeLiving(graph, instance.layers, livingOf(instance, pruning));
  return Float64Array.from(program.names, (name) => {
    const [first, second, third] = name.slice(1).split('_').map(Number);
    if (name.startsWith('a')) return signals!.alive[graph!.tensors[first!]!.firstSignal + second!]!;
    if (name.startsWith('r')) return signals!.read[graph!.tensors[first!]!.firstSignal + second!]!;
    const { rows, columns } = gone[first!]!;
    if (name.startsWith('x')) return rows.has(second!) ? 1 : 0;
    if (name.startsWith('y')) return columns.has(second!) ? 1 : 0;
    return rows.has(second!) || columns.has(third!) ? 1 : 0;
  });
}

let jslp: { Solve(model: object): object } | null = null;

/** javascript-lp-solver: branch and cut over a dense tableau, in plain JavaScript. It counts no nodes and takes no start. */
export const ilpJslp: Method = {
  name: 'ilp-jslp',
  summary: 'integer program, solved by javascript-lp-solver within its tolerances',
  uses: ['start'],
  async prepare() {
    jslp ??= (await import('javascript-lp-solver')).default as unknown as typeof jslp;
  },
  run: answerOfJslp,
  runLinked: answerOfJslp,
};

function answerOfJslp(instance: Instance, requirement: Requirement, context: MethodContext): Answer {
  return answer(instance, requirement, context, runJslp(instance, requirement, context));
}

function runJslp(instance: Instance, requirement: Requirement, context: MethodContext): Found {
  if (jslp === null) throw new RcpruneError('ilp-jslp', 'a call of prepare first', 'none');
  const program = integerProgram(instance, requirement);
  const variables: Record<string, Record<string, number>> = {};
  const constraints: Record<string, { min?: number; max?: number; equal?: number }> = {};
  const binaries: Record<string, 1> = {};
  for (const [k, name] of program.names.entries()) {
    variables[name] = { cost: program.cost[k]! };
    if (program.isBinary[k] === 1) binaries[name] = 1;
    else {
      variables[name][`most_${name}`] = 1;
      constraints[`most_${name}`] = { max: 1 };
    }
  }
  for (const [r, name] of program.rowNames.entries()) {
    const [min, max] = [program.lower[r]!, program.upper[r]!];
    if (min === max) constraints[name] = { equal: min };
    else constraints[name] = { ...(min > -Infinity ? { min } : {}), ...(max < Infinity ? { max } : {}) };
    for (let t = program.starts[r]!; t < program.starts[r + 1]!; t++) {
      variables[program.names[program.variables[t]!]!]![name] = program.coefficients[t]!;
    }
  }
  const began = performance.now();
  const milliseconds = context.seconds === undefined ? Infinity : SHARE_OF_TIME * 1000 * context.seconds;
  const options = Number.isFinite(milliseconds) ? { options: { timeout: milliseconds } } : {};
  const result = jslp.Solve({ optimize: 'cost', opType: 'min', constraints, variables, binaries, ...options }) as {
    readonly feasible: boolean;
    readonly [name: string]: unknown;
  };
  const timedOut = performance.now() - began >= milliseconds;
  const pruning = result.feasible
    ? pruningOfSolution(instance, requirement, (name) => Number(result[name] ?? 0))
    : null;
  const claimedOptimal = result.feasible && !timedOut;
  return { pruning, claimedOptimal, stopReason: timedOut ? 'timeLimit' : 'complete', work: 0 };
}
