import type { UndirectedGraph } from 'graphology';
import { exactCost } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { meets, requirementOf } from '../problem/goal.ts';
import { requireInteger } from '../problem/instance.ts';
import { type LayerPruning, makeLayerPruning, type Pruning } from '../problem/pruning.ts';
import {
  type BlockQuestion,
  fixedShape,
  type GraphQuestion,
  type PruningQuestion,
  refuseWitness,
  withTarget,
} from './reduction.ts';

/*
 * SMALL SET EXPANSION: of all sets S of k vertices of a d-regular graph, how many edges can have both ends in S? Under the
 * hypothesis of Raghavendra and Steurer (STOC 2010) it is hard to tell "nearly all edges at some S stay inside" from "few do,
 * whatever S": no polynomial algorithm prunes within a factor below 2 then. Our construction; theorem T11, proofs/coq/Expansion.v.
 *
 * The layer is the adjacency matrix. e(R, C) is its sum over the rows R and the columns C; e(S, S) counts every inner edge
 * of S twice. As every line sums to d,
 *
 *     cost(R, C) = d (|R| + |C|) - e(R, C).
 *
 * A set S of k vertices gives the pruning R = C = S. It removes exactly the target n^2 - (n - k)^2 and costs 2 d k - e(S, S).
 *
 * Back: let (R, C) reach the target, and U be R and C together. A larger side than k - 1 is needed, so U has u >= k vertices.
 * Peeling takes the vertex with fewest neighbours in U away until k are left. The vertex taken has at most e(U, U) / u of them,
 * so e(U, U) keeps a share of (u - 2) / u at least, and the set S that is left has
 *
 *     e(S, S) >= e(U, U) k (k - 1) / (u (u - 1)) >= e(R, C) k (k - 1) / (u (u - 1)).
 *
 * Let q be the largest e(S, S). For u <= 4 k this gives e(R, C) <= 32 q, and from |R| + |C| > 4 k on the cost is above 2 d k
 * anyway. The target forces |R| + |C| >= (2 - k/n) k. So no pruning that reaches the target costs less than
 * (2 - k/n) d k - 32 q. By shape |R| = |C| = k and u <= 2 k: none costs less than 2 d k - 6 q.
 */

/** The pruning question of an expansion question: how cheap can a pruning be that meets the goal? */
export interface GapQuestion extends Omit<PruningQuestion, 'budget'> {
  /** d: the sum of every row and of every column. */
  readonly degree: number;
}

/** What a pruning says of the graph. */
export interface InnerSet {
  /** As many vertices as were asked for. */
  readonly nodes: readonly string[];
  /** Proved: at least this many edges have both ends among them. */
  readonly leastInnerEdges: number;
}

/**
 * A polynomial reduction that keeps a gap: a graph in which some k vertices have many inner edges has a cheap pruning, and a
 * graph in which no k vertices have many has none.
 */
export interface GapReduction {
  /** `SOURCE to TARGET`. */
  readonly name: string;
  /** The graph problem. */
  readonly source: 'expansion';
  /** What the pruning question fixes: `fixed shape` or `target`. */
  readonly target: string;
  /**
   * The pruning question of a graph and k. Time linear in the matrix that it makes.
   *
   * @throws RcpruneError on a graph that has loops or is not regular, on k < 2 or k > n/2, and on a matrix too large to hold
   */
  mapInstance(source: GraphQuestion): GapQuestion;
  /**
   * The pruning that removes the rows and the columns of k vertices. It costs exactly 2 (d k - their inner edges).
   *
   * @throws RcpruneError on anything but k distinct vertices
   */
  mapWitness(source: GraphQuestion, nodes: readonly string[]): Pruning;
  /** The k vertices that peeling leaves of a pruning; null when it does not meet the goal. */
  mapWitnessBack(source: GraphQuestion, pruning: Pruning): InnerSet | null;
  /** Proved: if no k vertices have more than `mostInnerEdges` inner edges, no pruning that meets the goal costs less than this. */
  leastCost(source: GraphQuestion, mostInnerEdges: number): number;
  /** The entries of the matrix, n^2. */
  sizeBound(source: GraphQuestion): number;
}

/** d. @throws RcpruneError unless the graph has no loop, one degree, and k vertices for 2 <= k <= n/2 */
function degreeOf({ graph, size }: GraphQuestion): number {
  requireInteger('size: 2 <= k <= n/2', size, 2, Math.floor(graph.order / 2));
  const expected = 'a regular graph without loops';
  let degree: number | null = null;
  graph.forEachNode((node) => {
    if (graph.hasEdge(node, node)) throw new RcpruneError(`node ${node}`, expected, 'a loop');
    degree ??= graph.degree(node);
    if (graph.degree(node) !== degree) {
      throw new RcpruneError(`node ${node}`, expected, `degrees ${degree} and ${graph.degree(node)}`);
    }
  });
  return degree!;
}

function adjacencyBlock({ graph, size }: GraphQuestion): BlockQuestion {
  const nodes = graph.nodes();
  return {
    name: 'expansion',
    rows: nodes.length,
    cols: nodes.length,
    keptRows: nodes.length - size,
    keptColumns: nodes.length - size,
    entry: (i, j) => (graph.hasEdge(nodes[i]!, nodes[j]!) ? 1 : 0),
  };
}

/** The edges with both ends among the nodes. */
export function innerEdges(graph: UndirectedGraph, nodes: Iterable<string>): number {
  const members = new Set(nodes);
  return graph.filterEdges((_edge, _attributes, from, to) => members.has(from) && members.has(to)).length;
}

/** Takes the node with fewest neighbours among the rest away, until `size` are left. Time O(nodes^2 + edges). */
export function peel(graph: UndirectedGraph, nodes: readonly string[], size: number): string[] {
  const inner = new Map<string, number>(nodes.map((node) => [node, 0])); // node -> its neighbours that are left
  for (const node of nodes) inner.set(node, graph.filterNeighbors(node, (other) => inner.has(other)).length);
  while (inner.size > size) {
    const fewest = Math.min(...inner.values());
    const [weakest] = [...inner].find(([, neighbours]) => neighbours === fewest)!;
    inner.delete(weakest);
    graph.forEachNeighbor(weakest, (other) => {
      if (inner.has(other)) inner.set(other, inner.get(other)! - 1);
    });
  }
  return [...inner.keys()];
}

/** ceil(e k (k - 1) / (2 u (u - 1))): half of what peeling from u to k vertices leaves of e, in exact integers. */
function leastInnerEdges(e: bigint, u: number, k: number): number {
  const share = BigInt(k) * BigInt(k - 1);
  const whole = 2n * BigInt(u) * BigInt(u - 1);
  return Number((e * share + whole - 1n) / whole);
}

/** e(R, C) = d (|R| + |C|) - cost(R, C). */
function overlapOf({ instance, degree }: GapQuestion, pruning: Pruning): bigint {
  const { removedRows, removedColumns } = pruning.layers[0]!;
  return (
    BigInt(degree * (removedRows.length + removedColumns.length)) - (exactCost(instance, pruning, 0n).cost >> 149n)
  );
}

const linesOf = ({ removedRows, removedColumns }: LayerPruning) => new Set([...removedRows, ...removedColumns]);

function expansionReduction(
  target: string,
  ask: (block: BlockQuestion) => PruningQuestion,
  costBound: (n: number, k: number, d: number, q: number) => number,
): GapReduction {
  const mapInstance = (source: GraphQuestion): GapQuestion => {
    const degree = degreeOf(source);
    const { instance, goal } = ask(adjacencyBlock(source));
    return { instance, goal, degree };
  };
  return {
    name: `expansion to ${target}`,
    source: 'expansion',
    target,
    mapInstance,
    mapWitness(source, nodes) {
      const { graph, size } = source;
      const members = new Set(nodes);
      if (nodes.length !== size || members.size !== size || !nodes.every((node) => graph.hasNode(node))) {
        refuseWitness(`${size} distinct nodes`, nodes);
      }
      const lines = graph.nodes().flatMap((node, line) => (members.has(node) ? [line] : []));
      return { layers: [makeLayerPruning(mapInstance(source).instance.layers[0]!, lines, lines)] };
    },
    mapWitnessBack(source, pruning) {
      const question = mapInstance(source);
      const { instance, goal } = question;
      if (!meets(instance, requirementOf(instance, goal), pruning)) return null;
      const { graph, size } = source;
      const nodes = graph.nodes();
      const union = [...linesOf(pruning.layers[0]!)].map((line) => nodes[line]!);
      return {
        nodes: peel(graph, union, size),
        leastInnerEdges: leastInnerEdges(overlapOf(question, pruning), union.length, size),
      };
    },
    leastCost(source, mostInnerEdges) {
      return costBound(source.graph.order, source.size, degreeOf(source), 2 * mostInnerEdges);
    },
    sizeBound: ({ graph }) => graph.order ** 2,
  };
}

/**
 * SMALL SET EXPANSION to fixed-shape pruning: remove k rows and k columns. No pruning costs less than 2 d k - 6 q. T11,
 * proofs/coq/Expansion.v: `expansion_shape_gap`.
 */
export const expansionToShape = expansionReduction('fixed shape', fixedShape, (_n, k, d, q) =>
  Math.max(0, 2 * d * k - 6 * q),
);

/**
 * SMALL SET EXPANSION to pruning with the target n^2 - (n - k)^2. No pruning costs less than (2 - k/n) d k - 32 q. T11,
 * proofs/coq/Expansion.v: `expansion_target_gap`.
 */
export const expansionToTarget = expansionReduction('target', withTarget, (n, k, d, q) =>
  Math.max(0, 2 * d * k - 32 * q - Math.floor((d * k * k) / n)),
);
