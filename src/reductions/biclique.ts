import { RcpruneError } from '../problem/error.ts';
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
 * BALANCED BICLIQUE: does a bipartite graph have k nodes on either side, all pairs across adjacent? (Garey and Johnson
 * 1979, GT24; NP-complete.)
 *
 * Rows are the nodes of side 0 (A), columns those of side 1 (B), entry (a, b) is 1 iff a and b are adjacent: a block of
 * ones of k rows and k columns is a balanced biclique. The target version adds t rows of ones with p = k + t prime, p > |A|
 * and p > |B|, and keeps area K = p k: as in clique.ts, p divides |I| <= |A| + t < 2p, so |I| = p and |J| = k, and at least
 * k of the rows are nodes. Our construction.
 */

interface Sides {
  readonly left: string[];
  readonly right: string[];
}

/** @throws RcpruneError unless every node has a side and every edge joins the two */
function sidesOf({ graph }: GraphQuestion): Sides {
  const expected = 'node attribute side 0 or 1, and edges only between sides';
  graph.forEachNode((key, { side }) => {
    if (side !== 0 && side !== 1) throw new RcpruneError(`node ${key}`, expected, `side ${String(side)}`);
  });
  graph.forEachEdge((_edge, _attributes, from, to, a, b) => {
    if (a.side === b.side) throw new RcpruneError(`edge ${from} ${to}`, expected, `two nodes of side ${a.side}`);
  });
  return {
    left: graph.filterNodes((_key, { side }) => side === 0),
    right: graph.filterNodes((_key, { side }) => side === 1),
  };
}

/** No nodes are asked for, or one edge, or more than there are. */
function atSight({ graph, size }: GraphQuestion, { left, right }: Sides): BlockQuestion | null {
  requireSize(size);
  if (size > left.length || size > right.length || graph.size < size * size) return NO;
  return size < 2 ? YES : null;
}

function blockOf({ graph, size }: GraphQuestion, { left, right }: Sides, padding: number): BlockQuestion {
  return {
    name: 'biclique',
    rows: left.length + padding,
    cols: right.length,
    keptRows: size + padding,
    keptColumns: size,
    entry: (a, b) => (a >= left.length || graph.hasEdge(left[a]!, right[b]!) ? 1 : 0),
  };
}

function isBiclique(source: GraphQuestion, nodes: readonly string[]): boolean {
  const { graph, size } = source;
  if (nodes.length !== 2 * size || new Set(nodes).size !== nodes.length) return false;
  if (!nodes.every((node) => graph.hasNode(node))) return false;
  const of = (side: number) => nodes.filter((node) => graph.getNodeAttribute(node, 'side') === side);
  const [left, right] = [of(0), of(1)];
  return left.length === size && left.every((a) => right.every((b) => graph.hasEdge(a, b)));
}

function bicliqueReduction(
  target: string,
  ask: (block: BlockQuestion) => PruningQuestion,
  padding: (source: GraphQuestion, sides: Sides) => number,
  rowBound: (source: GraphQuestion, sides: Sides) => number,
): Reduction {
  const questionOf = (source: GraphQuestion, sides: Sides) =>
    ask(atSight(source, sides) ?? blockOf(source, sides, padding(source, sides)));
  return {
    name: `biclique to ${target}`,
    source: 'biclique',
    target,
    mapInstance: (source) => questionOf(source, sidesOf(source)),
    mapWitness(source, nodes) {
      const sides = sidesOf(source);
      const expected = `${source.size} nodes of either side, all pairs across adjacent`;
      if (!isBiclique(source, nodes)) refuseWitness(expected, nodes);
      const question = questionOf(source, sides);
      if (atSight(source, sides) !== null) return keeping(question, new Set([0]), new Set([0]));
      const members = new Set(nodes);
      const { left, right } = sides;
      const rows = new Set<number>();
      for (let row = 0; row < question.instance.layers[0]!.rows; row++) {
        if (row >= left.length || members.has(left[row]!)) rows.add(row);
      }
      const columns = new Set(right.flatMap((node, column) => (members.has(node) ? [column] : [])));
      return keeping(question, rows, columns);
    },
    mapWitnessBack(source, pruning) {
      const sides = sidesOf(source);
      const question = questionOf(source, sides);
      if (!isWitness(question, pruning)) return null;
      const { left, right } = sides;
      if (atSight(source, sides) !== null)
        return source.size === 0 ? [] : source.graph.extremities(source.graph.edges()[0]!);
      const { rows, columns } = keptLines(question, pruning);
      const nodes = rows.filter((row) => row < left.length).slice(0, source.size);
      return [...nodes.map((row) => left[row]!), ...columns.map((column) => right[column]!)];
    },
    checkWitness: isBiclique,
    sizeBound(source) {
      const sides = sidesOf(source);
      return Math.max(1, rowBound(source, sides) * sides.right.length);
    },
  };
}

/**
 * BALANCED BICLIQUE to fixed-shape pruning: |A| rows, |B| columns. T6, proofs/coq/Biclique.v: `biclique_to_shape_yes`.
 */
export const bicliqueToShape = bicliqueReduction(
  'fixed shape',
  fixedShape,
  () => 0,
  (_source, { left }) => left.length,
);

/**
 * BALANCED BICLIQUE to pruning with a target: at most 2 max(|A|, |B|) + |A| rows, |B| columns. T6,
 * proofs/coq/Biclique.v: `biclique_to_target_yes`.
 */
export const bicliqueToTarget = bicliqueReduction(
  'target',
  withTarget,
  ({ size }, { left, right }) => nextPrime(Math.max(left.length, right.length)) - size,
  (_source, { left, right }) => 2 * Math.max(left.length, right.length) + left.length,
);
