import { UndirectedGraph } from 'graphology';
import { makeRandom, type Random } from '../../src/problem/random.ts';

/*
 * Regular graphs at random, and with a small set planted that keeps most of its edges inside.
 *
 * Both are made by switches: two edges a-b and c-d become a-d and c-b where these are no edges yet. A switch changes no degree.
 */

/** Switches tried per edge: far more than it takes to forget the start. */
const SWITCHES_PER_EDGE = 40;

/** Node names, 1 to n as DIMACS has them. */
const nodeName = (v: number) => `${v + 1}`;

/** Joins every vertex from `first` on, `count` of them in a circle, to the `degree` nearest; an odd degree needs an even count. */
function addCirculant(graph: UndirectedGraph, first: number, count: number, degree: number): void {
  const name = (v: number) => nodeName(first + (v % count));
  for (let v = 0; v < count; v++) {
    for (let step = 1; step <= Math.floor(degree / 2); step++) graph.mergeEdge(name(v), name(v + step));
    if (degree % 2 === 1) graph.mergeEdge(name(v), name(v + count / 2));
  }
}

function shuffle(graph: UndirectedGraph, edges: [string, string][], seed: number): void {
  const random = makeRandom(seed);
  for (let tries = SWITCHES_PER_EDGE * edges.length; tries > 0; tries--) {
    const [i, j] = [random.integer(edges.length), random.integer(edges.length)];
    const [a, b] = edges[i]!;
    const [c, d] = random.integer(2) === 0 ? edges[j]! : ([edges[j]![1], edges[j]![0]] as const);
    if (new Set([a, b, c, d]).size < 4 || graph.hasEdge(a, d) || graph.hasEdge(c, b)) continue;
    graph.dropEdge(a, b);
    graph.dropEdge(c, d);
    graph.addEdge(a, d);
    graph.addEdge(c, b);
    edges[i] = [a, d];
    edges[j] = [c, b];
  }
}

function emptyGraph(vertices: number): UndirectedGraph {
  const graph = new UndirectedGraph();
  for (let v = 0; v < vertices; v++) graph.addNode(nodeName(v));
  return graph;
}

const edgesOf = (graph: UndirectedGraph) => graph.mapEdges((_edge, _attributes, a, b): [string, string] => [a, b]);

/** A random d-regular graph of n vertices, n d even and d < n. */
export function randomRegularGraph(vertices: number, degree: number, seed: number): UndirectedGraph {
  const graph = emptyGraph(vertices);
  addCirculant(graph, 0, vertices, degree);
  shuffle(graph, edgesOf(graph), seed);
  return graph;
}

/**
 * A d-regular graph some k of whose vertices have `leaving` edges to the others, an even number; all else is random.
 *
 * Made from a graph on the k and one on the others by half as many switches of an edge here with an edge there. Then the
 * vertices are named anew, so that no number gives the k away.
 */
export function plantedRegularGraph(
  vertices: number,
  degree: number,
  size: number,
  leaving: number,
  seed: number,
): { graph: UndirectedGraph; planted: string[] } {
  const graph = emptyGraph(vertices);
  addCirculant(graph, 0, size, degree);
  const inner = edgesOf(graph);
  shuffle(graph, inner, seed);
  addCirculant(graph, size, vertices - size, degree);
  const isInner = (node: string) => Number(node) <= size;
  const outer = edgesOf(graph).filter(([a]) => !isInner(a));
  shuffle(graph, outer, seed + 1);
  for (const [a, b] of inner.slice(0, leaving / 2)) {
    const at = outer.findIndex(([c, d]) => !graph.hasEdge(a, c) && !graph.hasEdge(b, d));
    const [[c, d]] = outer.splice(at, 1) as [[string, string]];
    graph.dropEdge(a, b);
    graph.dropEdge(c, d);
    graph.addEdge(a, c);
    graph.addEdge(b, d);
  }
  return renamed(graph, size, makeRandom(seed + 2));
}

/** The same graph with its nodes, in the order of their numbers, under names at random; and the names of the first `size`. */
function renamed(graph: UndirectedGraph, size: number, random: Random): { graph: UndirectedGraph; planted: string[] } {
  const names = graph.nodes();
  for (let k = names.length - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    [names[k], names[other]] = [names[other]!, names[k]!];
  }
  const nameOf = (node: string) => names[Number(node) - 1]!;
  const copy = emptyGraph(graph.order);
  for (const [a, b] of edgesOf(graph)) copy.addEdge(nameOf(a), nameOf(b));
  return { graph: copy, planted: names.slice(0, size) };
}
