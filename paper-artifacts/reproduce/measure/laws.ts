import { requirementOf, sparsityGoal } from '../../../src/index.ts';
import { isSmoke, measure } from '../measure.ts';
import { FAMILIES, FORMS, optimumOf, ratioOf, smallInstance, solved } from '../solved.ts';

/*
 * Methods against the exact optimum on random instances of every family: one layer, three, three with units and minima. Each answer
 * goes through the checker, each optimum is proved by enumeration.
 */

const METHODS = [
  ...['independent', 'residual', 'residual-rows-first', 'residual-columns-first', 'alternating'],
  ...['rows-only', 'columns-only', 'uniform', 'greedy'],
];
const SPARSITIES = ['0.05', '0.1', '0.25', '0.5', '0.8', '0.93'];

const families = isSmoke ? FAMILIES.slice(0, 3) : FAMILIES;
const seeds = isSmoke ? [1] : [1, 2, 3];
const cells = families.flatMap((family) => FORMS.flatMap((form) => seeds.map((seed) => ({ family, form, seed }))));

await measure('laws', import.meta.url, cells, ({ family, form, seed }) => {
  const instance = smallInstance(family, form, seed);
  const rows = SPARSITIES.flatMap((sparsity) => {
    const goal = sparsityGoal(instance, sparsity);
    const { mostRemovable, target } = requirementOf(instance, goal);
    if (mostRemovable < target) return []; // the minima forbid it
    const optimum = optimumOf(instance, goal);
    return METHODS.flatMap((method) => {
      const { result } = solved(instance, { method, goal });
      if (result.cost === null) return [];
      const { cost, total, guarantee, dualBound } = result;
      const ratio = ratioOf(cost, optimum);
      return [{ method, sparsity, seed, family, form, cost, optimum, ratio, guarantee, dualBound, total }];
    });
  });
  return { rows };
});
