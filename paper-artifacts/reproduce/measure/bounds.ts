import { boundSync, check, loadMethods, requirementOf, solveSync, sparsityGoal } from '../../../src/index.ts';
import { isSmoke, measure } from '../measure.ts';
import { FAMILIES, FORMS, optimumOf, ratioOf, smallInstance } from '../solved.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * Certified bounds against the exact optimum on random instances: the dual bound must not be above it, the bound of what can
 * be kept not below. Certificates are verified; the bounds are what the checker recomputes, not what the search claims.
 */

const SPARSITIES = ['0.25', '0.5', '0.8', '0.93'];
const families = isSmoke ? FAMILIES.slice(0, 2) : FAMILIES;
const seeds = isSmoke ? [11] : [11, 12];
const cells = families.flatMap((family) => FORMS.flatMap((form) => seeds.map((seed) => ({ family, form, seed }))));

await measure('bounds', import.meta.url, cells, ({ family, form, seed }) => {
  const instance = smallInstance(family, form, seed);
  const rows = SPARSITIES.flatMap((sparsity) => {
    const goal = sparsityGoal(instance, sparsity);
    const { mostRemovable, target } = requirementOf(instance, goal);
    if (mostRemovable < target) return [];
    const optimum = optimumOf(instance, goal);
    const { pruning, kept } = solveSync(instance, { method: 'enumerate', goal });
    const { certificate } = boundSync(instance, { goal });
    const { valid, reason, dualBound, keptBound, keptRatio } = check(instance, goal, pruning!, {}, certificate);
    if (!valid) throw new Error(`${family} ${sparsity}: ${reason}`);
    const ratio = ratioOf(optimum, dualBound!);
    return [{ sparsity, seed, family, form, optimum, dualBound, ratio, kept, keptBound, keptRatio }];
  });
  return { rows };
});
