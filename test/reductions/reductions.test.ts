import fc from 'fast-check';
import { UndirectedGraph } from 'graphology';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/certify/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { exactCost, makeLayerPruning, requirementOf } from '../../src/problem/index.ts';
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
import { nextPrime } from '../../src/reductions/reduction.ts';

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
  const { pruning } = solveSync(instance, { method: 'enumerate', goal });
  return exactCost(instance, pruning!).cost <= BigInt(budget) << 149n ? pruning! : null;
}

/** The fast law suite of test/mutation leaves out the largest of the exhaustive sizes. */
const isFast = process.env.FAST_LAWS !== undefined;

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
  it.each([0, 1, 2, 3, 4, 5].slice(0, isFast ? 5 : 6))('on all graphs of %i vertices, all k', (vertices) => {
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

  it.each(sizes.slice(0, isFast ? 8 : 9))('on all bipartite graphs of %i and %i nodes, all k', (left, right) => {
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
    expect(Math.min(yes, no)).toBeGreaterThan(isFast ? 1000 : 3000);
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

  it('to biclique pad to the least prime above both sides', () => {
    // Sides of 3 and 4, k = 2: p = 5, t = 3.
    const source = { graph: bipartite(3, 4, 0b1111_0000_1011), size: 2 };
    const { instance, goal, budget } = bicliqueToTarget.mapInstance(source);
    expect(instance.layers[0]).toMatchObject({ name: 'biclique', rows: 6, cols: 4 });
    expect([...instance.layers[0]!.importance]).toEqual([1, 1, 0, 1, 0, 0, 0, 0, ...new Array(16).fill(1)]);
    expect([goal, instance.target, budget]).toEqual([{ target: 24 - 10 }, 24 - 10, 3 + 4 + 12 - 10]);
    expect(bicliqueToTarget.sizeBound(source)).toBe((2 * 4 + 3) * 4);
    const shape = bicliqueToShape.mapInstance(source);
    expect(shape.instance.layers[0]).toMatchObject({ rows: 3, cols: 4 });
    expect([shape.goal, shape.budget]).toEqual([{ shape: { rows: 1, columns: 2 } }, 7 - 4]);
    expect(bicliqueToShape.sizeBound(source)).toBe(12);
  });

  it('have a size bound of one entry at least, that of the canonical questions', () => {
    for (const reduction of cliqueReductions) expect(reduction.sizeBound({ graph: graphOf(0, 0), size: 3 })).toBe(1);
    for (const reduction of bicliqueReductions)
      expect(reduction.sizeBound({ graph: bipartite(2, 0, 0), size: 1 })).toBe(1);
    // k counts towards the bound as far as there are vertices.
    expect(cliqueToTarget.sizeBound({ graph: graphOf(3, 0b111), size: 9 })).toBe((2 * 3 + 3) * 3);
    expect(cliqueToShape.sizeBound({ graph: graphOf(4, 0b111), size: 2 })).toBe(4 * 3);
  });

  it('say what they map', () => {
    const named = [...cliqueReductions, ...bicliqueReductions].map(({ name, source, target }) => [
      name,
      source,
      target,
    ]);
    expect(named).toEqual([
      ['clique to fixed shape', 'clique', 'fixed shape'],
      ['clique to target', 'clique', 'target'],
      ['biclique to fixed shape', 'biclique', 'fixed shape'],
      ['biclique to target', 'biclique', 'target'],
    ]);
    expect(cliqueToShape.mapInstance({ graph: triangle(), size: 2 }).instance.layers[0]!.name).toBe('clique');
    expect(cliqueToShape.mapInstance({ graph: triangle(), size: 4 }).instance.layers[0]!.name).toBe('no');
    expect(cliqueToShape.mapInstance({ graph: triangle(), size: 1 }).instance.layers[0]!.name).toBe('yes');
  });

  it('find the next prime, at most twice the number', () => {
    const primes = Array.from({ length: 2100 }, (_, n) => n).filter(
      (n) => n >= 2 && Array.from({ length: n }, (_, d) => d).every((d) => d < 2 || n % d !== 0),
    );
    for (let above = 0; above <= 1000; above++) {
      expect(nextPrime(above)).toBe(primes.find((prime) => prime > above));
      if (above >= 1) expect(nextPrime(above)).toBeLessThanOrEqual(2 * above);
    }
  });

  it('accept a pruning as a witness up to the budget and not above', () => {
    // Two triangles that share a vertex: keeping the one is a witness.
    const source = { graph: graphOf(5, 0b1000010111), size: 3 };
    for (const reduction of cliqueReductions) {
      const question = reduction.mapInstance(source);
      const witness = reduction.mapWitness(source, findClique(source)!);
      expect(isWitness(question, witness)).toBe(true);
      expect(isWitness({ ...question, budget: question.budget - 1 }, witness)).toBe(false);
      const [layer] = question.instance.layers;
      const everything = makeLayerPruning(layer!, [...Array(layer!.rows).keys()], []);
      expect(isWitness(question, { layers: [everything] })).toBe(false); // too dear, or of another shape
      expect(reduction.mapWitnessBack(source, { layers: [everything] })).toBeNull();
    }
  });

  it.each([
    ['sides too small', bipartite(2, 3, 0b111111), 3],
    ['the other side too small', bipartite(3, 2, 0b111111), 3],
    ['one side too small, edges enough', bipartite(1, 5, 0b11111), 2],
    ['the other side too small, edges enough', bipartite(5, 1, 0b11111), 2],
    ['too few edges', bipartite(2, 2, 0b0111), 2],
    ['no edge', bipartite(2, 2, 0), 1],
  ])('to biclique answer no at sight: %s', (_why, graph, size) => {
    for (const reduction of bicliqueReductions) {
      expect(reduction.mapInstance({ graph, size }).instance.layers[0]).toMatchObject({ name: 'no', rows: 1, cols: 1 });
    }
  });

  it('map back a witness that keeps nodes in place of padding rows', () => {
    const source = { graph: bipartite(3, 3, 0b111111111), size: 2 };
    const question = bicliqueToTarget.mapInstance(source);
    const layer = question.instance.layers[0]!;
    // p = 5 of 6 rows are kept: all three nodes and two of the three padding rows; two columns.
    const pruning = { layers: [makeLayerPruning(layer, [layer.rows - 1], [1])] };
    expect(isWitness(question, pruning)).toBe(true);
    const nodes = bicliqueToTarget.mapWitnessBack(source, pruning)!;
    expect(nodes.length).toBe(4);
    expect(bicliqueToTarget.checkWitness(source, nodes)).toBe(true);
  });

  it('to biclique answer yes at sight: an edge, or nothing', () => {
    const graph = bipartite(2, 2, 0b0100);
    for (const reduction of bicliqueReductions) {
      for (const [size, nodes] of [
        [0, []],
        [1, ['a1', 'b0']],
      ] as const) {
        const source = { graph, size };
        const question = reduction.mapInstance(source);
        expect(question.instance.layers[0]).toMatchObject({ name: 'yes', rows: 1, cols: 1 });
        const witness = reduction.mapWitness(source, nodes);
        expect(witness).toEqual({ layers: [{ removedRows: new Uint32Array(), removedColumns: new Uint32Array() }] });
        expect(reduction.mapWitnessBack(source, witness)).toEqual(nodes);
      }
    }
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
      expect(() => cliqueToShape.mapWitness(path, nodes)).toThrow(
        `mapWitness: expected 2 distinct nodes, every two adjacent, got "${nodes.join(' ')}"`,
      );
    }
    const nothing = { layers: [{ removedRows: new Uint32Array(), removedColumns: new Uint32Array() }] };
    for (const reduction of cliqueReductions) expect(reduction.mapWitnessBack(path, nothing)).toBeNull();
    const square = { graph: bipartite(2, 2, 0b0111), size: 2 };
    for (const reduction of bicliqueReductions) {
      expect(() => reduction.mapWitness(square, ['a0', 'a1', 'b0', 'b1'])).toThrow(
        'mapWitness: expected 2 nodes of either side, all pairs across adjacent, got "a0 a1 b0 b1"',
      );
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
    expect(bicliqueToShape.checkWitness(wide, ['a0', 'b0', 'b1', 'b2'])).toBe(false);
    for (const reduction of bicliqueReductions) expect(reduction.mapWitnessBack(wide, nothing)).toBeNull();
  });

  it('refuse nodes that are not distinct or not there, where edges alone would not tell', () => {
    const looped = graphOf(3, 0b1);
    looped.addEdge('v1', 'v1');
    for (const { checkWitness } of cliqueReductions) {
      expect(checkWitness({ graph: looped, size: 2 }, ['v0', 'v1'])).toBe(true);
      expect(checkWitness({ graph: looped, size: 2 }, ['v1', 'v1'])).toBe(false);
      expect(checkWitness({ graph: looped, size: 2 }, ['v0', 'v1', 'v1'])).toBe(false);
      expect(checkWitness({ graph: looped, size: 1 }, ['other'])).toBe(false);
      expect(checkWitness({ graph: looped, size: 1 }, ['v2'])).toBe(true);
    }
  });

  it('refuse sizes that are none, graphs without sides, and matrices too large to hold', () => {
    for (const size of [-1, 1.5, Number.NaN]) {
      for (const reduction of cliqueReductions) {
        expect(() => reduction.mapInstance({ graph: triangle(), size })).toThrow(/size: expected an integer >= 0/);
      }
    }
    const expected = 'expected node attribute side 0 or 1, and edges only between sides';
    expect(() => bicliqueToShape.mapInstance({ graph: triangle(), size: 1 })).toThrow(
      `node v0: ${expected}, got side undefined`,
    );
    const sameSide = bipartite(2, 2, 0);
    sameSide.addEdge('a0', 'a1');
    expect(() => bicliqueToTarget.mapInstance({ graph: sameSide, size: 1 })).toThrow(
      `edge a0 a1: ${expected}, got two nodes of side 0`,
    );
    const large = new UndirectedGraph();
    for (let v = 0; v < 1000; v++) large.addNode(v);
    for (let v = 0; v < 40_000; v++) large.mergeEdge(v % 1000, (v + 1 + Math.floor(v / 1000)) % 1000);
    expect(() => cliqueToTarget.mapInstance({ graph: large, size: 3 })).toThrow(
      /^reduction of clique: expected a matrix of at most 536870912 entries, got \d{10}$/,
    );
  });
});
