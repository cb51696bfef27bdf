import { UndirectedGraph } from 'graphology';
import {
  bicliqueToShape,
  bicliqueToTarget,
  cliqueToShape,
  cliqueToTarget,
  type GraphQuestion,
  isWitness,
  loadMethods,
  type Reduction,
  solveSync,
} from '../../../src/index.ts';
import { isSmoke, measure } from '../measure.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * The reductions on all small graphs: the pruning question, decided by enumeration, and the graph question, decided by trying
 * all sets of nodes, must have the same answer; a pruning that says yes is mapped back to nodes that are checked on the graph.
 */

interface Cell {
  readonly source: 'clique' | 'biclique';
  /** Vertices, or of each side. */
  readonly nodes: number;
  readonly size: number;
}

const CLIQUES = (isSmoke ? [4] : [3, 4, 5]).flatMap((nodes) =>
  Array.from({ length: nodes - 1 }, (_, k): Cell => ({ source: 'clique', nodes, size: k + 2 })),
);
const BICLIQUES = (isSmoke ? [2] : [2, 3]).flatMap((nodes) =>
  Array.from({ length: nodes }, (_, k): Cell => ({ source: 'biclique', nodes, size: k + 1 })),
);

/** Edges that may be there: pairs of vertices, of different sides for bicliques. */
function pairsOf({ source, nodes }: Cell): [number, number][] {
  const pairs: [number, number][] = [];
  for (let u = 0; u < nodes; u++) {
    if (source === 'clique') for (let v = u + 1; v < nodes; v++) pairs.push([u, v]);
    else for (let v = 0; v < nodes; v++) pairs.push([u, nodes + v]);
  }
  return pairs;
}

function graphOf(cell: Cell, pairs: readonly [number, number][], edges: number): UndirectedGraph {
  const graph = new UndirectedGraph();
  const count = cell.source === 'clique' ? cell.nodes : 2 * cell.nodes;
  for (let v = 0; v < count; v++) {
    graph.addNode(`${v}`, cell.source === 'clique' ? {} : { side: v < cell.nodes ? 0 : 1 });
  }
  for (const [k, [u, v]] of pairs.entries()) if ((edges >> k) & 1) graph.addEdge(`${u}`, `${v}`);
  return graph;
}

/** By trying every set of nodes; `checkWitness` looks at the graph alone. */
function hasStructure(reduction: Reduction, question: GraphQuestion): boolean {
  const nodes = question.graph.nodes();
  for (let set = 0; set < 2 ** nodes.length; set++) {
    const chosen = nodes.filter((_, k) => (set >> k) & 1);
    if (reduction.checkWitness(question, chosen)) return true;
  }
  return false;
}

await measure('reductions', import.meta.url, [...CLIQUES, ...BICLIQUES], (cell) => {
  const pairs = pairsOf(cell);
  const reductions =
    cell.source === 'clique'
      ? { shape: cliqueToShape, target: cliqueToTarget }
      : { shape: bicliqueToShape, target: bicliqueToTarget };
  const rows = Object.entries(reductions).map(([version, reduction]) => {
    const counts = { graphs: 0, yes: 0, agree: 0, mappedBack: 0 };
    for (let edges = 0; edges < 2 ** pairs.length; edges++) {
      const source = { graph: graphOf(cell, pairs, edges), size: cell.size };
      const question = reduction.mapInstance(source);
      const { pruning } = solveSync(question.instance, { method: 'enumerate', goal: question.goal });
      const says = pruning !== null && isWitness(question, pruning);
      const is = hasStructure(reduction, source);
      counts.graphs++;
      if (is) counts.yes++;
      if (says === is) counts.agree++;
      const nodes = says ? reduction.mapWitnessBack(source, pruning) : null;
      if (nodes !== null && reduction.checkWitness(source, nodes)) counts.mappedBack++;
    }
    return { ...cell, version, ...counts };
  });
  return { rows };
});
