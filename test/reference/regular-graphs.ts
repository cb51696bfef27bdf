import { UndirectedGraph } from 'graphology';

/*
 * All connected regular graphs of few vertices, up to isomorphism.
 */

/** Adjacency as bits: bit v of row u is set when u and v are neighbours. */
type Rows = readonly number[];

/**
 * Connected regular graphs of n vertices up to isomorphism: OEIS A005177. The test counts what it gets, so that a class
 * that is missed, or two that are taken for one, show.
 */
export const CONNECTED_REGULAR: Readonly<Record<number, number>> = { 4: 2, 5: 2, 6: 5, 7: 4, 8: 17 };

export function graphOfRows(rows: Rows): UndirectedGraph {
  const graph = new UndirectedGraph();
  for (const u of rows.keys()) graph.addNode(`v${u}`);
  for (const [u, row] of rows.entries()) {
    for (let v = u + 1; v < rows.length; v++) if ((row >> v) & 1) graph.addEdge(`v${u}`, `v${v}`);
  }
  return graph;
}

/** One of every class. Vertex 0 may be taken to be a neighbour of the vertices 1 to d. */
export function connectedRegularGraphs(vertices: number): UndirectedGraph[] {
  const classes = new Map<string, Rows>();
  for (let degree = 2; degree < vertices; degree++) {
    const rows = new Array<number>(vertices).fill(0);
    for (let v = 1; v <= degree; v++) join(rows, 0, v);
    complete(rows, degree, 1, () => {
      if (isConnected(rows)) classes.set(invariantOf(rows), [...rows]);
    });
  }
  return [...classes.values()].map(graphOfRows);
}

const bits = (set: number) => {
  let count = 0;
  for (let rest = set; rest > 0; rest &= rest - 1) count++;
  return count;
};

function join(rows: number[], u: number, v: number): void {
  rows[u]! ^= 1 << v;
  rows[v]! ^= 1 << u;
}

/** Calls `found` on every way to give the vertices from u on the degree by edges to later ones. */
function complete(rows: number[], degree: number, u: number, found: () => void): void {
  if (u === rows.length) {
    found();
    return;
  }
  const choose = (from: number): void => {
    if (bits(rows[u]!) === degree) complete(rows, degree, u + 1, found);
    else
      for (let v = from; v < rows.length; v++) {
        if (bits(rows[v]!) === degree) continue;
        join(rows, u, v);
        choose(v + 1);
        join(rows, u, v);
      }
  };
  choose(u + 1);
}

function isConnected(rows: Rows): boolean {
  let reached = 1;
  for (let before = 0; before !== reached; ) {
    before = reached;
    for (const [u, row] of rows.entries()) if ((reached >> u) & 1) reached |= row;
  }
  return reached === 2 ** rows.length - 1;
}

/** The same for isomorphic graphs: for every vertex, how many inner edges its neighbours have and whom they share with it. */
function invariantOf(rows: Rows): string {
  const inner = (set: number) => rows.reduce((sum, row, v) => sum + ((set >> v) & 1 ? bits(row & set) : 0), 0);
  const views = rows.map((row) => {
    const shared = rows.map((other) => `${bits(row & other)}.${inner(row & other)}.${inner(row | other)}`).sort();
    return `${inner(row)}:${shared.join()}`;
  });
  return `${bits(rows[0]!)}|${views.sort().join('|')}`;
}
