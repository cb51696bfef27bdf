import type { Method } from '../methods.ts';
import { Annealing, type AnnealingScheme, type RunData } from './annealing.ts';
import { runInPlace } from './rounds.ts';
import { selectionScheme } from './selection.ts';
import { selectionProblem } from './selection-state.ts';
import { shapeScheme } from './shape.ts';

/** Both schemes by name; what tasks and data look like is their own business. */
// biome-ignore lint/suspicious/noExplicitAny: schemes differ in tasks and data, drivers pass them through
export const SCHEMES: readonly AnnealingScheme<any, any, any>[] = [selectionScheme, shapeScheme];

function method<Data extends RunData, Task, Outcome>(
  scheme: AnnealingScheme<Data, Task, Outcome>,
  summary: string,
): Method {
  return {
    name: scheme.name,
    summary,
    run(instance, requirement, { seed, workLimit, start, cooling, onIncumbent }) {
      const problem = selectionProblem(instance, requirement);
      const annealing = new Annealing(scheme, problem, requirement, { seed, workLimit, start, cooling, onIncumbent });
      runInPlace(annealing, (task) => annealing.perform(task));
      return annealing.answer();
    },
  };
}

/** Never worse than alternating re-selection from its start; without a start, within twice the optimum, as that is. */
export const annealSelection = method(selectionScheme, 'simulated annealing over the rows and columns kept');

/** Never worse than alternating re-selection from its start; without a start, within twice the optimum, as that is. */
export const annealShape = method(
  shapeScheme,
  'simulated annealing over the shapes of the layers, decoded by re-selection',
);
