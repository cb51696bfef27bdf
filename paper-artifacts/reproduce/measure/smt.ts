import {
  ALGORITHMS,
  type Algorithm,
  type Goal,
  queriesOf,
  type Size,
  shapesOfSize,
  targetsOfSize,
} from '../../../proofs/smt/queries.ts';
import { openZ3 } from '../../../proofs/smt/z3.ts';
import { supremum } from '../../../src/worst-case/suprema.ts';
import { isSmoke, measure } from '../measure.ts';

/*
 * Z3 on the factor 2 for all real nonnegative weights at small sizes: at 2 every query must be refuted, at 1.99 weights must be found
 * at exactly the shapes whose supremum is 2.
 */

interface Cell {
  readonly algorithm: Algorithm;
  readonly rows: number;
  readonly cols: number;
  /** Every shape, every target, or, at factor 1.99, every shape. */
  readonly question: 'shapes' | 'targets' | 'shapes below 2';
}

const cells = ALGORITHMS.flatMap((algorithm) =>
  (isSmoke ? [2] : [3, 4]).flatMap((n) =>
    (['shapes', 'targets', 'shapes below 2'] as const)
      .filter((question) => n < 4 || question !== 'targets')
      .map((question): Cell => ({ algorithm, rows: n, cols: n, question })),
  ),
);

const ALMOST_TWO = { factor: { numerator: 199n, denominator: 100n }, strict: true };
const z3 = await openZ3();

async function refuted(algorithm: Algorithm, size: Size, goal: Goal, options = {}) {
  const queries = queriesOf(algorithm, size, goal, options);
  let count = 0;
  for (const { text } of queries) if ((await z3.decide(text, [])).status === 'unsat') count++;
  return { queries: queries.length, refuted: count };
}

try {
  await measure('smt', import.meta.url, cells, async ({ algorithm, rows, cols, question }) => {
    const size = { rows, cols };
    const goals: Goal[] =
      question === 'targets'
        ? targetsOfSize(size).map((target) => ({ target }))
        : shapesOfSize(size).map((shape) => ({ shape }));
    const total = { goals: goals.length, queries: 0, refuted: 0, reached: 0, asPredicted: 0 };
    for (const goal of goals) {
      const own = await refuted(algorithm, size, goal, question === 'shapes below 2' ? ALMOST_TWO : {});
      total.queries += own.queries;
      total.refuted += own.refuted;
      const isReached = own.refuted < own.queries;
      if (isReached) total.reached++;
      const isPredicted =
        question === 'shapes below 2' && 'shape' in goal
          ? supremum(algorithm, { ...size, removedRows: goal.shape.rows, removedColumns: goal.shape.columns }) === 2
          : false;
      if (isReached === isPredicted) total.asPredicted++;
    }
    return { rows: [{ algorithm, rows, cols, question, ...total }] };
  });
} finally {
  await z3.close();
}
