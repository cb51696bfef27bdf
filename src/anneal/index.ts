import type { LinkedTask } from '../linked/anneal.ts';
import {
  defaultLinkedMoves,
  isLinkedShared,
  LinkedAnnealing,
  type LinkedScheme,
  performLinked,
} from '../linked/annealing.ts';
import type { Method, MethodOption } from '../method/method.ts';
import { type RoundedMethod, runInPlace } from '../method/rounds.ts';
import { lineCount } from '../problem/instance.ts';
import { Annealing, type AnnealingScheme, type RunData } from './annealing.ts';
import { requireSaved } from './saved.ts';
import { selectionScheme } from './selection.ts';
import { type SelectionProblem, selectionProblem } from './selection-state.ts';
import { shapeScheme } from './shape.ts';

/*
 * Both annealing schemes as methods: at once on this thread, or round by round wherever the driver has its tasks performed.
 */

function method<Data extends RunData, Task, Outcome>(
  scheme: AnnealingScheme<Data, Task, Outcome>,
  summary: string,
  uses: readonly MethodOption[],
  linkedScheme: LinkedScheme,
): Method {
  const rounds: RoundedMethod = {
    defaultWork(instance) {
      if (instance.links !== undefined) return defaultLinkedMoves(linkedScheme, instance);
      return scheme.defaultWork(lineCount(instance));
    },
    open(instance, requirement, context, state) {
      if (instance.links !== undefined) return new LinkedAnnealing(linkedScheme, instance, requirement, context, state);
      const problem = selectionProblem(instance, requirement);
      const saved = state === undefined ? undefined : requireSaved(state, problem.lines);
      // What tasks and data look like is the scheme's own business: drivers pass them through.
      return new Annealing(scheme as AnnealingScheme<RunData, unknown, unknown>, problem, requirement, context, saved);
    },
    perform(shared, task) {
      if (isLinkedShared(shared)) return performLinked(shared, task as LinkedTask);
      return scheme.perform(shared as SelectionProblem, task as Task);
    },
  };
  const inPlace: Method['run'] = (instance, requirement, context) => {
    const run = rounds.open(instance, requirement, context);
    runInPlace(run, (task) => run.perform(task));
    return run.answer();
  };
  return {
    name: scheme.name,
    summary,
    proves: 'cost <= 2 x optimum',
    uses: ['seed', 'work', 'start', ...uses],
    rounds,
    run: inPlace,
    runLinked: inPlace,
  };
}

/** Never worse than alternating re-selection from its start; without a start, within twice the optimum, as that is. */
export const annealSelection = method(
  selectionScheme,
  'simulated annealing over the rows and columns kept',
  ['cooling'],
  'selection',
);

/** Never worse than alternating re-selection from its start; without a start, within twice the optimum, as that is. */
export const annealShape = method(
  shapeScheme,
  'simulated annealing over the shapes of the layers, decoded by re-selection',
  [],
  'shape',
);
