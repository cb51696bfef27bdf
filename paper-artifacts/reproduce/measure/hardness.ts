import {
  boundSync,
  check,
  expansionToShape,
  expansionToTarget,
  innerEdges,
  loadMethods,
  solveSync,
} from '../../../src/index.ts';
import { isSmoke, measure } from '../measure.ts';
import { plantedRegularGraph, randomRegularGraph } from '../regular-graphs.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * Small sets planted in regular graphs, beside random regular graphs: how the gap of theorem T11 opens as k/n falls.
 *
 * A planted set is a cheap pruning, and `known` is its cost. The random graph has none that is as cheap: the optimum is enumerated where
 * the graph is small enough, and bounded by a certificate everywhere; `known` is what `alternating` finds. What `independent`
 * and `residual` answer is about the same on both. `formula` is what the theorem says of the least cost over d k,
 * 2 - k/n - 32 q / (d k) by target and 2 - 6 q / (d k) by shape, with the q that the certificate proves. Its constants need degrees
 * in the thousands, so it says nothing here; the certificate does.
 */

interface Cell {
  readonly graph: 'planted' | 'random';
  readonly vertices: number;
  readonly degree: number;
  readonly size: number;
  /** Edges from the planted set to the rest. */
  readonly leaving: number;
  readonly goal: 'target' | 'shape';
}

/** Degree, set, edges that leave it, and vertices: small graphs, whose optimum is enumerated, and larger ones. */
const SERIES = [
  { degree: 4, size: 5, leaving: 2, vertices: [10, 14, 18], goals: ['target', 'shape'] },
  { degree: 32, size: 40, leaving: 20, vertices: [80, 160, 320, 640], goals: ['target'] },
] as const;
const MOST_ENUMERATED = 20;

const cells = (isSmoke ? SERIES.slice(0, 1) : SERIES).flatMap(({ vertices, goals, ...rest }) =>
  vertices.flatMap((n) =>
    goals.flatMap((goal) =>
      (['planted', 'random'] as const).map((graph): Cell => ({ graph, vertices: n, ...rest, goal })),
    ),
  ),
);

const SEED = 1;

await measure('hardness', import.meta.url, cells, (cell) => {
  const { vertices, degree, size, leaving } = cell;
  const { graph, planted } =
    cell.graph === 'planted'
      ? plantedRegularGraph(vertices, degree, size, leaving, SEED)
      : { graph: randomRegularGraph(vertices, degree, SEED), planted: null };
  const reduction = cell.goal === 'target' ? expansionToTarget : expansionToShape;
  const source = { graph, size };
  const { instance, goal } = reduction.mapInstance(source);
  const answer = (method: string) => solveSync(instance, { method, goal });
  const optimum = vertices <= MOST_ENUMERATED ? answer('enumerate').cost : null;
  const best = planted === null ? answer('alternating').pruning! : reduction.mapWitness(source, planted);
  const { certificate } = boundSync(instance, { goal });
  const { valid, reason, dualBound, cost } = check(instance, goal, best, {}, certificate);
  if (!valid) throw new Error(`${JSON.stringify(cell)}: ${reason}`);
  // q <= 2 d k - dualBound, since a set of k vertices is a pruning of cost 2 d k - e(S, S).
  const q = (2 * degree * size - dualBound!) / (degree * size);
  const formula = cell.goal === 'target' ? 2 - size / vertices - 32 * q : 2 - 6 * q;
  const back = reduction.mapWitnessBack(source, best)!;
  return {
    rows: [
      {
        ...cell,
        share: size / vertices,
        optimum,
        known: cost,
        dualBound,
        formula,
        ...{ independent: answer('independent').cost, residual: answer('residual').cost },
        innerEdges: innerEdges(graph, back.nodes),
        leastInnerEdges: back.leastInnerEdges,
      },
    ],
  };
});
