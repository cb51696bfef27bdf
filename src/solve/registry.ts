import type { Method } from '../method/method.ts';
import { RcpruneError } from '../problem/error.ts';

/*
 * Every method by name, loaded when it is asked for: a command that solves nothing loads no solver.
 */

/**
 * Every method by name. A new method is one file and one line here.
 *
 * Proved of each, and in what time for E entries, on layers of m x n; each file opens with the proof, the cost and the source.
 * The thesis states the factor 2 of two algorithms and two annealing schemes; all that is here is our construction.
 *
 * | method | proved | time |
 * |---|---|---|
 * | `independent` | cost <= 2 x optimum: T1, T3, T7 of proofs/README.md, machine-checked | E + lines log lines, and a knapsack |
 * | `residual`, `residual-rows-first`, `residual-columns-first` | cost <= 2 x optimum: T2, T3, T7, machine-checked | E log E, and a knapsack |
 * | `rows-only`, `columns-only` | least cost of their kind | E + lines log lines, and a knapsack |
 * | `uniform`, `greedy`, `random` | nothing | as `residual`; a few passes; O(lines) |
 * | `alternating` | cost <= 2 x optimum, as what it starts from | E per sweep |
 * | `anneal-selection`, `anneal-shape` | cost <= 2 x optimum without `start` | O(1) to price a move, O(line) to make one; a decoding per move |
 * | `enumerate` | optimal | 2^min(m, n) max(m, n) log max(m, n) per layer |
 * | `branch-and-bound` | optimal where it ends in time; a proof log, T10 | exponential in min(m, n) at worst |
 * | `ilp-jslp`, `ilp-highs` | nothing; their word is `claimedOptimal` | exponential at worst |
 * | `best` | cost <= 2 x optimum, and its certificate's gap: T5, T5b | the quick methods, annealing, a search for bounds |
 */
const LOADERS = {
  independent: async () => (await import('../approx/independent-sums.ts')).independent,
  residual: async () => (await import('../approx/residual-sums.ts')).residual,
  'residual-rows-first': async () => (await import('../approx/residual-sums.ts')).residualRowsFirst,
  'residual-columns-first': async () => (await import('../approx/residual-sums.ts')).residualColumnsFirst,
  'rows-only': async () => (await import('../baselines/one-kind.ts')).rowsOnly,
  'columns-only': async () => (await import('../baselines/one-kind.ts')).columnsOnly,
  uniform: async () => (await import('../baselines/uniform.ts')).uniform,
  greedy: async () => (await import('../baselines/greedy.ts')).greedy,
  alternating: async () => (await import('../baselines/alternating.ts')).alternating,
  random: async () => (await import('../baselines/random.ts')).random,
  'anneal-selection': async () => (await import('../anneal/index.ts')).annealSelection,
  'anneal-shape': async () => (await import('../anneal/index.ts')).annealShape,
  enumerate: async () => (await import('../exact/enumeration.ts')).enumerate,
  'branch-and-bound': async () => (await import('../exact/branch-and-bound.ts')).branchAndBound,
  'ilp-jslp': async () => (await import('../exact/ilp-solvers.ts')).ilpJslp,
  'ilp-highs': async () => (await import('../exact/ilp-solvers.ts')).ilpHighs,
  best: async () => (await import('../portfolio/best.ts')).best,
} satisfies Readonly<Record<string, () => Promise<Method>>>;

/** Names of all methods, in the order of lists. */
export const METHOD_NAMES: readonly string[] = Object.keys(LOADERS);

const loaded = new Map<string, Method>();

/** @throws RcpruneError, on behalf of `where`, when there is no method of this name */
export function requireMethodName(name: string, where = 'method'): void {
  if (!METHOD_NAMES.includes(name)) throw new RcpruneError(where, `one of ${METHOD_NAMES.join(' ')}`, name);
}

/**
 * The method of a name, with its back end where it has one (`ilp-highs`, `ilp-jslp`): ready to {@link solveSync} with.
 *
 * @throws RcpruneError when there is no method of this name
 */
export async function loadMethod(name: string): Promise<Method> {
  requireMethodName(name);
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const method: Method = await LOADERS[name as keyof typeof LOADERS]();
  await method.prepare?.();
  loaded.set(name, method);
  return method;
}

/** All methods, in the order of {@link METHOD_NAMES}: see {@link loadMethod}. */
export function loadMethods(): Promise<Method[]> {
  return Promise.all(METHOD_NAMES.map(loadMethod));
}

/**
 * The method of a name that {@link loadMethod} has loaded before.
 *
 * @throws RcpruneError when there is no method of this name, or it has not been loaded
 */
export function loadedMethod(name: string): Method {
  requireMethodName(name);
  const method = loaded.get(name);
  if (method === undefined) throw new RcpruneError('method', `a method that loadMethod has loaded`, name);
  return method;
}
