import type { MethodContext } from '../method/context.ts';
import { closure } from '../problem/closure.ts';
import { largestPruning, type Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import { emptyPruning, type Pruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { alternateToGoal } from './alternate.ts';
import { fill, removeExcess } from './descend.ts';
import { type LinkedNetwork, linkedNetwork } from './network.ts';
import { keptLines, LinkedState, transposedLayers } from './state.ts';

/** A linked instance made ready for several searches. */
export interface LinkedProblem {
  readonly network: LinkedNetwork;
  readonly columns: readonly Float32Array[];
  /** Where linked alternating from everything ends, and the price at which it met the goal; computed when first asked for. */
  alternated(): Alternated;
}

/** See {@link LinkedProblem.alternated}. */
export interface Alternated {
  readonly price: number;
  /** null: it did not meet the goal, and neither does the trivial pruning. */
  readonly pruning: Pruning | null;
}

const problems = new WeakMap<Requirement, LinkedProblem>();

/** The problem of an instance; one for all searches with the same requirement, so that a portfolio makes it ready once. */
export function linkedProblem(instance: Instance, requirement: Requirement): LinkedProblem {
  const known = problems.get(requirement);
  if (known?.network.instance === instance) return known;
  const network = linkedNetwork(instance, requirement);
  let alternated: Alternated | null = null;
  const problem: LinkedProblem = {
    network,
    columns: transposedLayers(network),
    alternated: () => {
      alternated ??= alternateFromAll(problem);
      return alternated;
    },
  };
  problems.set(requirement, problem);
  return problem;
}

function alternateFromAll(problem: LinkedProblem): Alternated {
  const state = wholeState(problem);
  const price = alternateToGoal(state);
  return { price, pruning: answered(problem, state) };
}

/** The state that keeps all that lives when nothing is removed. */
export function wholeState(problem: LinkedProblem): LinkedState {
  const { instance } = problem.network;
  return stateOf(problem, closure(instance, emptyPruning(instance)));
}

/** The state of a closed pruning. */
export function stateOf({ network, columns }: LinkedProblem, pruning: Pruning): LinkedState {
  return new LinkedState(network, columns, keptLines(network, pruning));
}

/**
 * The pruning of a state that was led to the goal; where it did not get there, the trivial one, filled.
 *
 * @returns null where neither meets the goal
 */
export function answered(problem: LinkedProblem, state: LinkedState): Pruning | null {
  const { instance, requirement } = problem.network;
  if (state.keptUnits <= state.capacity && state.meetsMinima()) return state.pruning();
  const trivial = stateOf(problem, largestPruning(instance, requirement));
  if (trivial.keptUnits > trivial.capacity || !trivial.meetsMinima()) return null;
  fill(trivial, 0);
  return trivial.pruning();
}

/** Linked alternating re-selection: see alternate.ts. From a start, at the goal's price only from its lines on. */
export function alternateLinked(instance: Instance, requirement: Requirement, context: MethodContext): Answer {
  const problem = linkedProblem(instance, requirement);
  const { pruning } = problem.alternated();
  const { start } = context;
  if (start !== undefined) {
    const own = stateOf(problem, start);
    fill(own, 0);
    if (pruning === null || own.weight > stateOf(problem, pruning).weight) return { pruning: own.pruning(), work: 1 };
  }
  return { pruning, work: 1 };
}

/** Greedy by least mean living importance a unit freed, what dies with a line counted with it; what room is left is filled. */
export function greedyLinked(instance: Instance, requirement: Requirement): Answer {
  const problem = linkedProblem(instance, requirement);
  const state = wholeState(problem);
  let work = 0;
  removeExcess(state, undefined, () => work++);
  state.close();
  fill(state, 0);
  return { pruning: answered(problem, state), work };
}
