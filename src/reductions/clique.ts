import {
  type BlockQuestion,
  fixedShape,
  type GraphQuestion,
  isWitness,
  keeping,
  keptLines,
  NO,
  nextPrime,
  type PruningQuestion,
  type Reduction,
  refuseWitness,
  requireSize,
  withTarget,
  YES,
} from './reduction.ts';

/*
 * CLIQUE: does G have k vertices, every two of them adjacent? (Karp 1972; NP-complete.)
 *
 * Rows are vertices, columns edges, entry (v, e) is 1 unless v is an endpoint of e. A block of ones of |V| - k rows and
 * C(k, 2) columns is a set of C(k, 2) edges that avoid |V| - k vertices; they live on at most k vertices, and C(k, 2)
 * distinct edges on k vertices are all the pairs of a clique. Conversely a k-clique's edges avoid the other |V| - k.
 *
 * The target version fixes only the area K = p C(k, 2) that may be kept. With t rows of ones added, p = |V| - k + t prime,
 * p > |E| and p > |V|: kept weight >= K >= kept area leaves a block of ones of area K exactly; p divides |I||J| but not
 * |J| <= |E| < p, so it divides |I| <= p + k < 2p; hence |I| = p and |J| = C(k, 2), and as at most t of the rows are
 * padding, the fixed-shape argument applies. Our construction; theorem T6.
 */

const pairs = (k: number) => (k * (k - 1)) / 2;

/** k < 2 is answered at sight, as are graphs of too few vertices or edges; null for all others. */
function atSight({ graph, size }: GraphQuestion): BlockQuestion | null {
  requireSize(size);
  if (size > graph.order) return NO;
  if (size < 2) return YES;
  return graph.size < pairs(size) ? NO : null;
}

function blockOf(source: GraphQuestion, padding: number): BlockQuestion {
  const { graph, size } = source;
  const index = new Map(graph.nodes().map((key, v) => [key, v]));
  const ends = graph.mapEdges((_edge, _attributes, from, to) => [index.get(from)!, index.get(to)!] as const);
  return {
    name: 'clique',
    rows: graph.order + padding,
    cols: graph.size,
    keptRows: graph.order - size + padding,
    keptColumns: pairs(size),
    entry: (v, e) => (ends[e]![0] === v || ends[e]![1] === v ? 0 : 1),
  };
}

/** The padding t that makes |V| - k + t a prime above |E| and |V|. */
function paddingOf({ graph, size }: GraphQuestion): number {
  return nextPrime(Math.max(graph.order, graph.size)) - (graph.order - size);
}

function isClique({ graph, size }: GraphQuestion, nodes: readonly string[]): boolean {
  const distinct = new Set(nodes);
  if (nodes.length !== size || distinct.size !== size) return false;
  if (!nodes.every((node) => graph.hasNode(node))) return false;
  return nodes.every((u, i) => nodes.slice(0, i).every((v) => graph.hasEdge(u, v)));
}

function cliqueReduction(
  target: string,
  ask: (block: BlockQuestion) => PruningQuestion,
  padding: (source: GraphQuestion) => number,
  rowBound: (source: GraphQuestion) => number,
): Reduction {
  const mapInstance = (source: GraphQuestion) => ask(atSight(source) ?? blockOf(source, padding(source)));
  return {
    name: `clique to ${target}`,
    source: 'clique',
    target,
    mapInstance,
    mapWitness(source, nodes) {
      if (!isClique(source, nodes)) refuseWitness(`${source.size} distinct nodes, every two adjacent`, nodes);
      const question = mapInstance(source);
      if (atSight(source) !== null) return keeping(question, new Set([0]), new Set([0]));
      const { graph } = source;
      const members = new Set(nodes);
      const edges = graph.mapEdges((_edge, _attributes, from, to) => members.has(from) && members.has(to));
      const rows = graph.nodes().map((key) => !members.has(key));
      const { rows: all } = question.instance.layers[0]!;
      for (let row = rows.length; row < all; row++) rows.push(true);
      return keeping(question, marked(rows), marked(edges));
    },
    mapWitnessBack(source, pruning) {
      const question = mapInstance(source);
      if (!isWitness(question, pruning)) return null;
      const { graph, size } = source;
      if (atSight(source) !== null) return graph.nodes().slice(0, size);
      const edges = graph.edges();
      const nodes = new Set(
        keptLines(question, pruning).columns.flatMap((column) => graph.extremities(edges[column]!)),
      );
      return [...nodes];
    },
    checkWitness: isClique,
    sizeBound: (source) => Math.max(1, rowBound(source) * source.graph.size),
  };
}

const marked = (mask: readonly boolean[]) => new Set(mask.flatMap((one, index) => (one ? [index] : [])));

/** CLIQUE to fixed-shape pruning: |V| rows, |E| columns. T6, proofs/coq/Clique.v: `clique_to_shape_yes`. */
export const cliqueToShape = cliqueReduction(
  'fixed shape',
  fixedShape,
  () => 0,
  ({ graph }) => graph.order,
);

/**
 * CLIQUE to pruning with a target: at most 2 max(|V|, |E|) + k rows, |E| columns. T6, proofs/coq/Clique.v:
 * `clique_to_target_yes`.
 */
export const cliqueToTarget = cliqueReduction(
  'target',
  withTarget,
  paddingOf,
  ({ graph, size }) => 2 * Math.max(graph.order, graph.size) + Math.min(size, graph.order),
);
