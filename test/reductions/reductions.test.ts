import fc from 'fast-check';
import { UndirectedGraph } from 'graphology';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/certify/index.ts';
import { solve } from '../../src/methods.ts';
import { exactCost, RcpruneError, requirementOf } from '../../src/problem/index.ts';
import {
  bicliqueToShape,
  bicliqueToTarget,
  cliqueToShape,
  cliqueToTarget,
  type GraphQuestion,
  isWitness,
  type PruningQuestion,
  type Reduction,
} from '../../src/reductions/index.ts';

/*
 * Theorem T6 on real graphs: the pruning question is decided by enumeration, which knows no graphs; the graph question by
 * trying all sets of nodes.
 */

/** All subsets of `count` of a list. */
function* subsets<T>(list: readonly T[], count: number): Generator<T[]> {
  if (count === 0) yield [];
  else if (count <= list.length) {
    for (const rest of subsets(list.slice(1), count - 1)) yield [list[0]!, ...rest];
    yield* subsets(list.slice(1), count);
  }
}

function findClique({ graph, size }: GraphQuestion): string[] | null {
  for (const nodes of subsets(graph.nodes(), size)) {
    if (nodes.every((u) => nodes.every((v) => u === v || graph.areNeighbors(u, v)))) return nodes;
  }
  return null;
}

function findBiclique({ graph, size }: GraphQuestion): string[] | null {
  const side = (wanted: number) => graph.filterNodes((_node, attributes) => attributes.side === wanted);
  for (const left of subsets(side(0), size)) {
    for (const right of subsets(side(1), size)) {
      if (left.every((a) => right.every((b) => graph.areNeighbors(a, b)))) return [...left, ...right];
    }
  }
  return null;
}

/** The pairs of vertices whose bit is set are edges. */
function graphOf(vertices: number, bits: number): UndirectedGraph {
  const graph = new UndirectedGraph();
  for (let v = 0; v < vertices; v++) graph.addNode(`v${v}`);
  for (let u = 0, bit = 0; u < vertices; u++) {
    for (let v = u + 1; v < vertices; v++, bit++) if ((bits >> bit) & 1) graph.addEdge(`v${u}`, `v${v}`);
  }
  return graph;
}

function bipartite(left: number, right: number, bits: number): UndirectedGraph {
  const graph = new UndirectedGraph();
  for (let a = 0; a < left; a++) graph.addNode(`a${a}`, { side: 0 });
  for (let b = 0; b < right; b++) graph.addNode(`b${b}`, { side: 1 });
  for (let a = 0, bit = 0; a < left; a++) {
    for (let b = 0; b < right; b++, bit++) if ((bits >> bit) & 1) graph.addEdge(`a${a}`, `b${b}`);
  }
  return graph;
}

/** A pruning that answers yes, by enumeration; null when the least cost is above the budget. */
function decide({ instance, goal, budget }: PruningQuestion) {
  const { pruning } = solve(instance, { method: 'enumerate', goal });
  return exactCost(instance, pruning!).cost <= BigInt(budget) << 149n ? pruning! : null;
}

let yes = 0;
let no = 0;

function lawRoundTrip(reduction: Reduction, source: GraphQuestion, witness: string[] | null): void {
  const question = reduction.mapInstance(source);
  const { instance, goal, budget } = question;
  const { rows, cols } = instance.layers[0]!;
  expect(rows * cols).toBeLessThanOrEqual(reduction.sizeBound(source));
  const found = decide(question);
  expect(found !== null).toBe(witness !== null);
  if (witness === null) {
    no++;
    return;
  }
  yes++;
  // The solver's pruning gives nodes; the reference's nodes give a pruning; both are checked by others.
  const nodes = reduction.mapWitnessBack(source, found!)!;
  expect(reduction.checkWitness(source, nodes)).toBe(true);
  const pruning = reduction.mapWitness(source, witness);
  const verdict = check(instance, goal, pruning);
  expect(verdict.valid).toBe(true);
  expect(verdict.cost).toBeLessThanOrEqual(budget);
  expect(isWitness(question, pruning)).toBe(true);
  expect(reduction.mapWitnessBack(source, pruning)!.sort()).toEqual(
    source.size < 2 ? expect.anything() : [...witness].sort(),
  );
}

const cliqueReductions = [cliqueToShape, cliqueToTarget];
const bicliqueReductions = [bicliqueToShape, bicliqueToTarget];

describe('G has a k-clique iff the pruning question is a yes', () => {
  it.each([0, 1, 2, 3, 4, 5])('on all graphs of %i vertices, all k', (vertices) => {
    const pairs = (vertices * (vertices - 1)) / 2;
    for (let bits = 0; bits < 2 ** pairs; bits++) {
      const graph = graphOf(vertices, bits);
      for (let size = 0; size <= vertices + 1; size++) {
        const source = { graph, size };
        const witness = findClique(source);
        for (const reduction of cliqueReductions) lawRoundTrip(reduction, source, witness);
      }
    }
  });

  it('on random graphs of 6 to 11 vertices, fixed shape', () => {
    const graphs = fc.integer({ min: 6, max: 11 }).chain((vertices) =>
      fc.record({
        vertices: fc.constant(vertices),
        edges: fc.array(fc.boolean(), { minLength: 55, maxLength: 55 }),
        size: fc.integer({ min: 2, max: 6 }),
      }),
    );
    fc.assert(
      fc.property(graphs, ({ vertices, edges, size }) => {
        const graph = graphOf(vertices, 0);
        const pairs = [...subsets(graph.nodes(), 2)];
        for (const [k, [u, v]] of pairs.entries()) if (edges[k]) graph.addEdge(u, v);
        const source = { graph, size };
        lawRoundTrip(cliqueToShape, source, findClique(source));
      }),
      { numRuns: 300 },
    );
  });

  it('on random graphs of 6 to 8 vertices and at most 12 edges, with a target', () => {
    const graphs = fc.record({
      vertices: fc.integer({ min: 6, max: 8 }),
      edges: fc.uniqueArray(fc.integer({ min: 0, max: 27 }), { minLength: 3, maxLength: 12 }),
      size: fc.integer({ min: 2, max: 4 }),
    });
    fc.assert(
      fc.property(graphs, ({ vertices, edges, size }) => {
        const graph = graphOf(vertices, 0);
        const pairs = [...subsets(graph.nodes(), 2)];
        for (const k of edges) if (k < pairs.length) graph.addEdge(pairs[k]![0], pairs[k]![1]);
        const source = { graph, size };
        lawRoundTrip(cliqueToTarget, source, findClique(source));
      }),
      { numRuns: 150 },
    );
  });
});

describe('G has a balanced k x k biclique iff the pruning question is a yes', () => {
  const sizes = [1, 2, 3].flatMap((left) => [1, 2, 3].map((right) => [left, right] as const));

  it.each(sizes)('on all bipartite graphs of %i and %i nodes, all k', (left, right) => {
    for (let bits = 0; bits < 2 ** (left * right); bits++) {
      const graph = bipartite(left, right, bits);
      for (let size = 0; size <= Math.max(left, right) + 1; size++) {
        const source = { graph, size };
        const witness = findBiclique(source);
        for (const reduction of bicliqueReductions) lawRoundTrip(reduction, source, witness);
      }
    }
  });

  it('on random bipartite graphs of up to 7 and 7 nodes', () => {
    const graphs = fc.record({
      left: fc.integer({ min: 2, max: 7 }),
      right: fc.integer({ min: 2, max: 7 }),
      edges: fc.array(fc.boolean(), { minLength: 49, maxLength: 49 }),
      size: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(graphs, ({ left, right, edges, size }) => {
        const graph = bipartite(left, right, 0);
        for (let a = 0; a < left; a++) {
          for (let b = 0; b < right; b++) if (edges[a * 7 + b]) graph.addEdge(`a${a}`, `b${b}`);
        }
        const source = { graph, size };
        for (const reduction of bicliqueReductions) lawRoundTrip(reduction, source, findBiclique(source));
      }),
      { numRuns: 150 },
    );
  });
});

describe('reductions', () => {
  const triangle = () => graphOf(3, 0b111);

  it('met both answers often', () => {
    console.log(`reductions: ${yes} yes-questions, ${no} no-questions`);
    expect(Math.min(yes, no)).toBeGreaterThan(3000);
  });

  it('pad to the least prime above the vertices and the edges', () => {
    // |V| = 5, |E| = 7, k = 3: p = 11 (not 7), t = p - (|V| - k) = 9.
    const graph = graphOf(5, 0b1111111);
    const { instance, goal, budget } = cliqueToTarget.mapInstance({ graph, size: 3 });
    const layer = instance.layers[0]!;
    expect([layer.rows, layer.cols]).toEqual([14, 7]);
    expect(goal).toEqual({ target: 14 * 7 - 11 * 3 });
    expect(instance.target).toBe(14 * 7 - 11 * 3);
    // Every edge column misses two of its 14 ones.
    expect(budget).toBe(7 * 12 - 11 * 3);
    expect(layer.importance.reduce((sum, x) => sum + x, 0)).toBe(7 * 12);
    expect(cliqueToTarget.sizeBound({ graph, size: 3 })).toBe((2 * 7 + 3) * 7);
  });

  it('ask for a shape without a target', () => {
    const { instance, goal, budget } = cliqueToShape.mapInstance({ graph: graphOf(4, 0b111111), size: 3 });
    expect(instance.target).toBeUndefined();
    expect(goal).toEqual({ shape: { rows: 3, columns: 3 } });
    expect(budget).toBe(12 - 3);
    expect(requirementOf(instance, goal).target).toBe(3 * 6 + 3 * 4 - 9);
  });

  it.each([
    ['no edges', graphOf(3, 0), 2],
    ['too few edges', graphOf(3, 0b11), 3],
    ['too few vertices', graphOf(3, 0b111), 4],
    ['too few vertices, k < 2', graphOf(0, 0), 1],
  ])('answer no at sight: %s', (_why, graph, size) => {
    const target = cliqueToTarget.mapInstance({ graph, size });
    expect(target.instance.layers[0]).toMatchObject({ rows: 1, cols: 1, importance: Float32Array.of(1) });
    expect([target.goal, target.budget, target.instance.target]).toEqual([{ target: 1 }, 0, 1]);
    const shape = cliqueToShape.mapInstance({ graph, size });
    expect([shape.goal, shape.budget]).toEqual([{ shape: { rows: 1, columns: 0 } }, 0]);
  });

  it.each([0, 1])('answer yes at sight: k = %i', (size) => {
    const target = cliqueToTarget.mapInstance({ graph: triangle(), size });
    expect(target.instance.layers[0]).toMatchObject({ rows: 1, cols: 1, importance: Float32Array.of(0) });
    expect([target.goal, target.budget, target.instance.target]).toEqual([{ target: 0 }, 0, 0]);
    const shape = cliqueToShape.mapInstance({ graph: triangle(), size });
    expect([shape.goal, shape.budget]).toEqual([{ shape: { rows: 0, columns: 0 } }, 0]);
  });

  it('refuse nodes and prunings that are no witness', () => {
    const path = { graph: graphOf(3, 0b101), size: 2 };
    for (const nodes of [['v0', 'v2'], ['v0'], ['v0', 'v0'], ['v0', 'other']]) {
      expect(cliqueToShape.checkWitness(path, nodes)).toBe(false);
      expect(() => cliqueToShape.mapWitness(path, nodes)).toThrow(RcpruneError);
    }
    const nothing = { layers: [{ removedRows: new Uint32Array(), removedColumns: new Uint32Array() }] };
    for (const reduction of cliqueReductions) expect(reduction.mapWitnessBack(path, nothing)).toBeNull();
    const square = { graph: bipartite(2, 2, 0b0111), size: 2 };
    for (const reduction of bicliqueReductions) {
      expect(() => reduction.mapWitness(square, ['a0', 'a1', 'b0', 'b1'])).toThrow(RcpruneError);
    }
    const full = { graph: bipartite(2, 2, 0b1111), size: 2 };
    for (const nodes of [
      ['a0', 'a1', 'b0'],
      ['a0', 'a1', 'b0', 'b0'],
      ['a0', 'a1', 'b0', 'c'],
    ]) {
      expect(bicliqueToShape.checkWitness(full, nodes)).toBe(false);
    }
    expect(bicliqueToShape.checkWitness(full, ['b1', 'a1', 'b0', 'a0'])).toBe(true);
    const wide = { graph: bipartite(2, 3, 0b111111), size: 2 };
    for (const reduction of bicliqueReductions) expect(reduction.mapWitnessBack(wide, nothing)).toBeNull();
  });

  it('refuse sizes that are none, graphs without sides, and matrices too large to hold', () => {
    for (const size of [-1, 1.5, Number.NaN]) {
      for (const reduction of cliqueReductions) {
        expect(() => reduction.mapInstance({ graph: triangle(), size })).toThrow(/size: expected an integer >= 0/);
      }
    }
    expect(() => bicliqueToShape.mapInstance({ graph: triangle(), size: 1 })).toThrow(/side/);
    const sameSide = bipartite(2, 2, 0);
    sameSide.addEdge('a0', 'a1');
    expect(() => bicliqueToTarget.mapInstance({ graph: sameSide, size: 1 })).toThrow(/edge a0 a1/);
    const large = new UndirectedGraph();
    for (let v = 0; v < 1000; v++) large.addNode(v);
    for (let v = 0; v < 40_000; v++) large.mergeEdge(v % 1000, (v + 1 + Math.floor(v / 1000)) % 1000);
    expect(() => cliqueToTarget.mapInstance({ graph: large, size: 3 })).toThrow(/at most 536870912 entries/);
  });
});
