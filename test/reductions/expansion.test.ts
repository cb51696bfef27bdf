import fc from 'fast-check';
import { UndirectedGraph } from 'graphology';
import { describe, expect, it } from 'vitest';
import { plantedRegularGraph, randomRegularGraph } from '../../paper-artifacts/reproduce/regular-graphs.ts';
import { check } from '../../src/certify/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { exactCost, makeInstance, makeLayerPruning, type Pruning } from '../../src/problem/index.ts';
import { peel } from '../../src/reductions/expansion.ts';
import {
  expansionToShape,
  expansionToTarget,
  type GapQuestion,
  type GapReduction,
  type GraphQuestion,
  innerEdges,
} from '../../src/reductions/index.ts';
import { CONNECTED_REGULAR, connectedRegularGraphs } from '../reference/regular-graphs.ts';

/*
 * Theorem T11 on real graphs: the cheapest pruning by enumeration, which knows no graphs, against the most inner edges that any k
 * vertices have, found by trying all sets. All numbers are integers, so every inequality is compared exactly.
 */

const REDUCTIONS = [expansionToShape, expansionToTarget];

/** The fast law suite of test/mutation leaves out the largest of the exhaustive sizes. */
const isFast = process.env.FAST_LAWS !== undefined;

const costOf = ({ instance }: GapQuestion, pruning: Pruning) => Number(exactCost(instance, pruning).cost >> 149n);

function* subsets<T>(list: readonly T[], count: number): Generator<T[]> {
  if (count === 0) yield [];
  else if (count <= list.length) {
    for (const rest of subsets(list.slice(1), count - 1)) yield [list[0]!, ...rest];
    yield* subsets(list.slice(1), count);
  }
}

/** Edges among the nodes, pair by pair. */
const inner = (graph: UndirectedGraph, nodes: readonly string[]) =>
  nodes.reduce((sum, u, k) => sum + nodes.slice(0, k).filter((v) => graph.areNeighbors(u, v)).length, 0);

function mostInner({ graph, size }: GraphQuestion): number {
  let most = 0;
  for (const nodes of subsets(graph.nodes(), size)) most = Math.max(most, inner(graph, nodes));
  return most;
}

const pruningOf = ({ instance }: GapQuestion, rows: readonly number[], columns: readonly number[]): Pruning => ({
  layers: [makeLayerPruning(instance.layers[0]!, rows, columns)],
});

/** The rules that a question breaks; none when it is the question of this source. */
function brokenRules(source: GraphQuestion, question: GapQuestion, most: number, reduction: GapReduction): string[] {
  const { graph, size } = source;
  const { instance, goal, degree } = question;
  const { rows: n, importance } = instance.layers[0]!;
  const broken = new Set<string>();
  for (let i = 0; i < n; i++) {
    const [row, column] = [0, 0].map((_, kind) =>
      Array.from({ length: n }, (_one, j) => importance[kind === 0 ? i * n + j : j * n + i]!),
    );
    for (const line of [row!, column!]) if (line.reduce((sum, x) => sum + x, 0) !== degree) broken.add('sums');
  }
  const [first] = subsets(graph.nodes(), size);
  const witness = reduction.mapWitness(source, first!);
  const verdict = check(instance, goal, witness);
  if (!verdict.valid) broken.add('feasible');
  if ('target' in goal && verdict.removed !== goal.target) broken.add('exact target');
  if (verdict.cost !== 2 * (degree * size - inner(graph, first!))) broken.add('cost of a set');
  const optimum = costOf(question, solveSync(instance, { method: 'enumerate', goal }).pruning!);
  if (optimum > 2 * (degree * size - most)) broken.add('completeness');
  if (optimum < reduction.leastCost(source, most)) broken.add('soundness');
  return [...broken];
}

/** What mapping a pruning back promises, on the graph alone. */
function lawMapBack(reduction: GapReduction, source: GraphQuestion, rows: number[], columns: number[]): void {
  const { graph, size } = source;
  const nodes = graph.nodes();
  const n = nodes.length;
  const question = reduction.mapInstance(source);
  const found = reduction.mapWitnessBack(source, pruningOf(question, rows, columns));
  const meetsGoal =
    reduction === expansionToShape
      ? rows.length === size && columns.length === size
      : (n - rows.length) * (n - columns.length) <= (n - size) ** 2;
  expect(found !== null).toBe(meetsGoal);
  if (found === null) return;
  expect(new Set(found.nodes).size).toBe(size);
  expect(found.nodes.every((node) => [...rows, ...columns].some((line) => nodes[line] === node))).toBe(true);
  let overlap = 0;
  for (const i of rows) overlap += columns.filter((j) => graph.areNeighbors(nodes[i]!, nodes[j]!)).length;
  const cost = question.degree * (rows.length + columns.length) - overlap;
  expect(costOf(question, pruningOf(question, rows, columns))).toBe(cost);
  const u = new Set([...rows, ...columns]).size;
  const [share, whole] = [size * (size - 1), u * (u - 1)];
  // The stated bound is half of overlap x share / whole, rounded up; and the set has as many inner edges.
  const { leastInnerEdges: least } = found;
  expect(2 * least * whole).toBeGreaterThanOrEqual(overlap * share);
  expect(2 * (least - 1) * whole).toBeLessThan(overlap * share);
  const edges = inner(graph, found.nodes);
  expect(edges).toBeGreaterThanOrEqual(least);
  // T11 with this set in place of the best one.
  if (reduction === expansionToShape) expect(cost).toBeGreaterThanOrEqual(2 * question.degree * size - 12 * edges);
  else expect(n * (cost + 64 * edges)).toBeGreaterThanOrEqual((2 * n - size) * question.degree * size);
}

/** k = 2 to n/2. */
const sizesOf = (graph: UndirectedGraph) =>
  Array.from({ length: Math.floor(graph.order / 2) - 1 }, (_, index) => index + 2);

function lawGap(graph: UndirectedGraph): void {
  for (const size of sizesOf(graph)) {
    const source = { graph, size };
    const most = mostInner(source);
    for (const reduction of REDUCTIONS) {
      const question = reduction.mapInstance(source);
      expect(brokenRules(source, question, most, reduction)).toEqual([]);
      const { rows, cols } = question.instance.layers[0]!;
      expect(reduction.sizeBound(source)).toBe(rows * cols);
      const { removedRows, removedColumns } = solveSync(question.instance, {
        method: 'enumerate',
        goal: question.goal,
      }).pruning!.layers[0]!;
      lawMapBack(reduction, source, [...removedRows], [...removedColumns]);
    }
  }
}

const linesOf = (bits: number) => Array.from({ length: 32 }, (_, line) => line).filter((line) => (bits >>> line) & 1);

describe('small sets with many inner edges are cheap prunings, and cheap prunings are such sets', () => {
  const sizes = Object.keys(CONNECTED_REGULAR).map(Number);

  it.each(sizes.slice(0, isFast ? 4 : 5))('on all connected regular graphs of %i vertices, all k', (vertices) => {
    const graphs = connectedRegularGraphs(vertices);
    expect(graphs.length).toBe(CONNECTED_REGULAR[vertices]);
    for (const graph of graphs) lawGap(graph);
  });

  it('on random regular graphs of 9 to 12 vertices, all k', () => {
    const kinds = fc.record({
      vertices: fc.integer({ min: 9, max: 12 }),
      degree: fc.integer({ min: 0, max: 8 }),
      seed: fc.integer({ min: 1, max: 2 ** 30 }),
    });
    fc.assert(
      fc.property(kinds, ({ vertices, degree, seed }) => {
        const even = (vertices * degree) % 2 === 0 ? degree : degree - 1;
        lawGap(randomRegularGraph(vertices, even, seed));
      }),
      { numRuns: isFast ? 5 : 20 },
    );
  });

  it('maps every pruning of graphs of up to 5 vertices back to a set within its bound', () => {
    for (const vertices of [4, 5]) {
      for (const graph of connectedRegularGraphs(vertices)) {
        for (const size of sizesOf(graph)) {
          for (let rows = 0; rows < 2 ** vertices; rows++) {
            for (let columns = 0; columns < 2 ** vertices; columns++) {
              for (const reduction of REDUCTIONS) {
                lawMapBack(reduction, { graph, size }, linesOf(rows), linesOf(columns));
              }
            }
          }
        }
      }
    }
  });

  it('maps random prunings of larger graphs back likewise', () => {
    const cases = fc.record({
      seed: fc.integer({ min: 1, max: 2 ** 30 }),
      degree: fc.integer({ min: 1, max: 10 }),
      size: fc.integer({ min: 2, max: 11 }),
      rows: fc.nat(2 ** 22 - 1),
      columns: fc.nat(2 ** 22 - 1),
    });
    fc.assert(
      fc.property(cases, ({ seed, degree, size, rows, columns }) => {
        const source = { graph: randomRegularGraph(22, degree, seed), size };
        const [more, fewer] = [linesOf(rows), linesOf(columns)];
        lawMapBack(expansionToTarget, source, more, fewer);
        lawMapBack(expansionToTarget, source, linesOf(rows | columns), linesOf(rows | columns));
        lawMapBack(expansionToShape, source, more.slice(0, size), fewer.slice(0, size));
      }),
      { numRuns: 100 },
    );
  });

  it('finds a planted set from the pruning that it is', () => {
    const { graph, planted } = plantedRegularGraph(40, 6, 8, 4, 7);
    expect(graph.everyNode((node) => graph.degree(node) === 6)).toBe(true);
    expect(inner(graph, planted)).toBe((6 * 8 - 4) / 2);
    for (const reduction of REDUCTIONS) {
      const source = { graph, size: 8 };
      const pruning = reduction.mapWitness(source, planted);
      expect(costOf(reduction.mapInstance(source), pruning)).toBe(2 * 6 * 8 - 44);
      const { nodes, leastInnerEdges } = reduction.mapWitnessBack(source, pruning)!;
      expect([[...nodes].sort(), leastInnerEdges]).toEqual([[...planted].sort(), 22]);
    }
  });
});

describe('peeling', () => {
  const graphs = fc.record({
    vertices: fc.integer({ min: 2, max: 12 }),
    edges: fc.array(fc.boolean(), { minLength: 66, maxLength: 66 }),
    chosen: fc.nat(4095),
    size: fc.nat(12),
  });

  it('keeps a share of (u - 2) / u of the edges at every step', () => {
    fc.assert(
      fc.property(graphs, ({ vertices, edges, chosen, size }) => {
        const graph = new UndirectedGraph();
        for (let v = 0; v < vertices; v++) graph.addNode(`${v}`);
        for (const [k, [u, v]] of [...subsets(graph.nodes(), 2)].entries()) if (edges[k]) graph.addEdge(u, v);
        const start = graph.nodes().filter((_, v) => (chosen >> v) & 1);
        const left = peel(graph, start, size);
        expect(left.length).toBe(Math.min(start.length, size));
        for (let u = start.length; u > left.length; u--) {
          const [more, fewer] = [peel(graph, start, u), peel(graph, start, u - 1)];
          expect(more).toEqual(expect.arrayContaining(fewer));
          expect(inner(graph, fewer) * u).toBeGreaterThanOrEqual(inner(graph, more) * (u - 2));
          // No other vertex leaves more.
          for (const gone of more) {
            const others = more.filter((node) => node !== gone);
            expect(inner(graph, fewer)).toBeGreaterThanOrEqual(inner(graph, others));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes the first of equals, and looks at what is left only', () => {
    // A triangle 1 2 3 with a path 4 5 6 hanging from 3, which looks strong until its end is gone.
    const graph = new UndirectedGraph();
    for (const node of ['4', '5', '6', '1', '2', '3']) graph.addNode(node);
    for (const [u, v] of ['12', '13', '23', '34', '45', '56']) graph.addEdge(u!, v!);
    expect(peel(graph, ['6', '5', '4', '3', '2', '1'], 3)).toEqual(['3', '2', '1']);
    expect(peel(graph, ['1', '4', '6'], 1)).toEqual(['6']);
    expect(peel(graph, ['1', '2'], 2)).toEqual(['1', '2']);
    expect(innerEdges(graph, ['1', '2', '3', '5'])).toBe(3);
    expect(innerEdges(graph, [])).toBe(0);
  });
});

describe('a wrong question is caught', () => {
  const source = { graph: randomRegularGraph(8, 3, 5), size: 3 };
  const most = mostInner(source);
  const right = expansionToTarget.mapInstance(source);
  const [layer] = right.instance.layers;
  const target = right.instance.target!;
  const broken = (question: GapQuestion) => brokenRules(source, question, most, expansionToTarget);
  const withDiagonal = (value: number) =>
    makeInstance([{ ...layer!, importance: layer!.importance.map((x, k) => (k % 9 === 0 ? value : x)) }], target);

  it('is right as it is made', () => {
    expect(target).toBe(64 - 25);
    expect(broken(right)).toEqual([]);
  });

  it('with a target of one more', () => {
    const instance = makeInstance(right.instance.layers, target + 1);
    expect(broken({ ...right, instance, goal: { target: target + 1 } })).toContain('feasible');
  });

  it('with a target of one less', () => {
    const instance = makeInstance(right.instance.layers, target - 1);
    expect(broken({ ...right, instance, goal: { target: target - 1 } })).toContain('exact target');
  });

  it('with the target of the kept block', () => {
    const instance = makeInstance(right.instance.layers, 25);
    expect(broken({ ...right, instance, goal: { target: 25 } })).toContain('exact target');
  });

  it('with loops on the diagonal, counted in the degree or not', () => {
    expect(broken({ ...right, instance: withDiagonal(1) })).toEqual(expect.arrayContaining(['sums']));
    expect(broken({ ...right, instance: withDiagonal(1), degree: 4 })).toContain('cost of a set');
  });

  it('with an edge in one direction only', () => {
    const importance = Float32Array.from(layer!.importance);
    importance[importance.indexOf(1)] = 0;
    expect(broken({ ...right, instance: makeInstance([{ ...layer!, importance }], target) })).toContain('sums');
  });
});

describe('reductions of expansion', () => {
  const petersen = () => {
    const graph = new UndirectedGraph();
    for (let v = 0; v < 10; v++) graph.addNode(`${v}`);
    for (let v = 0; v < 5; v++) {
      graph.addEdge(`${v}`, `${(v + 1) % 5}`);
      graph.addEdge(`${v}`, `${v + 5}`);
      graph.addEdge(`${v + 5}`, `${((v + 2) % 5) + 5}`);
    }
    return graph;
  };
  const nothing = { layers: [{ removedRows: new Uint32Array(), removedColumns: new Uint32Array() }] };

  it('ask for the adjacency matrix and the target or the shape', () => {
    const source = { graph: petersen(), size: 5 };
    const { instance, goal, degree } = expansionToTarget.mapInstance(source);
    const [layer] = instance.layers;
    expect(layer).toMatchObject({ name: 'expansion', rows: 10, cols: 10 });
    expect([...layer!.importance.subarray(0, 10)]).toEqual([0, 1, 0, 0, 1, 1, 0, 0, 0, 0]);
    expect([goal, instance.target, degree]).toEqual([{ target: 75 }, 75, 3]);
    const shape = expansionToShape.mapInstance(source);
    expect([shape.goal, shape.instance.target, shape.degree]).toEqual([
      { shape: { rows: 5, columns: 5 } },
      undefined,
      3,
    ]);
    expect(shape.instance.layers[0]!.importance).toEqual(layer!.importance);
    expect(Object.keys(shape).sort()).toEqual(['degree', 'goal', 'instance']);
  });

  it('say what they map', () => {
    const named = REDUCTIONS.map(({ name, source, target }) => [name, source, target]);
    expect(named).toEqual([
      ['expansion to fixed shape', 'expansion', 'fixed shape'],
      ['expansion to target', 'expansion', 'target'],
    ]);
  });

  it('state the least cost, rounded up, and nothing below zero', () => {
    const cycle = { graph: randomRegularGraph(400, 2, 1), size: 21 };
    // 2 d k - 6 q and ceil((2 - k/n) d k - 32 q) with q = 2 edges; d k^2 / n = 882 / 400.
    expect(expansionToShape.leastCost(cycle, 1)).toBe(84 - 12);
    expect(expansionToTarget.leastCost(cycle, 1)).toBe(84 - 2 - 64);
    expect(expansionToTarget.leastCost(cycle, 0)).toBe(82);
    expect(expansionToShape.leastCost(cycle, 20)).toBe(0);
    expect(expansionToTarget.leastCost(cycle, 20)).toBe(0);
  });

  it('accept the largest k, and graphs without edges', () => {
    const empty = new UndirectedGraph();
    for (const node of ['a', 'b', 'c', 'd', 'e']) empty.addNode(node);
    for (const reduction of REDUCTIONS) {
      expect(reduction.mapInstance({ graph: empty, size: 2 }).degree).toBe(0);
      expect(reduction.mapInstance({ graph: petersen(), size: 5 }).degree).toBe(3);
    }
  });

  it.each([-1, 0, 1, 6, 2.5, Number.NaN])('refuse k = %d of ten vertices', (size) => {
    for (const reduction of REDUCTIONS) {
      const message = `size: 2 <= k <= n/2: expected an integer from 2 to 5, got ${size}`;
      expect(() => reduction.mapInstance({ graph: petersen(), size })).toThrow(message);
    }
  });

  it('refuse loops and irregular graphs', () => {
    const looped = petersen();
    looped.addEdge('4', '4');
    const irregular = petersen();
    irregular.dropEdge('8', '6');
    for (const reduction of REDUCTIONS) {
      const expected = 'expected a regular graph without loops';
      expect(() => reduction.mapInstance({ graph: looped, size: 2 })).toThrow(`node 4: ${expected}, got a loop`);
      const got = `node 6: ${expected}, got degrees 3 and 2`;
      expect(() => reduction.mapInstance({ graph: irregular, size: 2 })).toThrow(got);
      expect(() => reduction.leastCost({ graph: irregular, size: 2 }, 1)).toThrow(got);
      expect(() => reduction.mapWitness({ graph: irregular, size: 2 }, ['1', '2'])).toThrow(got);
      expect(() => reduction.mapWitnessBack({ graph: irregular, size: 2 }, nothing)).toThrow(got);
    }
  });

  it('refuse what is no set of k vertices, and prunings that miss the goal', () => {
    const source = { graph: petersen(), size: 2 };
    for (const reduction of REDUCTIONS) {
      for (const nodes of [['0'], ['0', '1', '2'], ['0', '0'], ['0', 'x'], ['0', '1', '1']]) {
        const message = `mapWitness: expected 2 distinct nodes, got "${nodes.join(' ')}"`;
        expect(() => reduction.mapWitness(source, nodes)).toThrow(message);
      }
      expect(reduction.mapWitnessBack(source, nothing)).toBeNull();
      expect(reduction.mapWitness(source, ['7', '1']).layers[0]).toEqual({
        removedRows: Uint32Array.of(1, 7),
        removedColumns: Uint32Array.of(1, 7),
      });
    }
  });

  it('refuse matrices too large to hold', () => {
    const large = new UndirectedGraph();
    for (let v = 0; v < 23_171; v++) large.addNode(v);
    expect(() => expansionToTarget.mapInstance({ graph: large, size: 2 })).toThrow(
      'reduction of expansion: expected a matrix of at most 536870912 entries, got 536895241',
    );
  });
});
