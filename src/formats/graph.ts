import { UndirectedGraph } from 'graphology';
import * as v from 'valibot';
import { describe, RcpruneError } from '../problem/error.ts';
import { nameOf, parseJson, readText, STANDARD_STREAM } from './file.ts';
import { dictionary, number, parsed } from './schema.ts';

/** A graph read from a file. */
export interface StoredGraph {
  /** Undirected, without loops or multiple edges; nodes of DIMACS files are called 1 to n. */
  readonly graph: UndirectedGraph;
  /** How many repeated or reversed edges were merged. */
  readonly mergedEdges: number;
}

const MOST_BYTES = 2 ** 28;
/** Far above published benchmark graphs; a header must not make us allocate more. */
const MOST_VERTICES = 1_000_000;

/**
 * Reads an undirected simple graph: DIMACS (.clq, .col; ASCII), nodes named 1 to n, or graphology's serialised JSON;
 * DIMACS from standard input for `-`.
 *
 * Repeated and reversed edges are merged, as published graphs hold them. Time linear in the file, of at most 256 MiB
 * and a million vertices.
 *
 * @throws RcpruneError on loops, vertices out of range, and counts that fit neither the lines nor the distinct edges
 */
export async function readGraph(file: string): Promise<StoredGraph> {
  if (file === STANDARD_STREAM) return parseDimacs(nameOf(file), await readText(file, MOST_BYTES));
  const extension = /\.[a-z]+$/.exec(file)?.[0];
  if (extension === '.json') return parseGraphJson(file, await readText(file, MOST_BYTES));
  if (extension === '.clq' || extension === '.col') return parseDimacs(file, await readText(file, MOST_BYTES));
  throw new RcpruneError(file, 'a graph in .clq, .col or .json', extension ?? 'no extension');
}

/**
 * DIMACS graph format: lines `c` comment, `p edge VERTICES EDGES` (or `p col`) once, `e U V`; the descriptor lines `n`, `d`,
 * `v` and `x` of colouring files are skipped.
 */
export function parseDimacs(where: string, text: string): StoredGraph {
  let builder: GraphBuilder | null = null;
  let edges = 0;
  let number = 0;
  // Line by line without a list of them: a file of newlines must not become a huge array.
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end).trim();
    start = end + 1;
    number++;
    if (line === '' || /^[cndvx](\s|$)/.test(line)) continue;
    const at = `${where}: line ${number}`;
    const words = line.split(/\s+/, 6);
    if (words[0] === 'p') {
      if (builder !== null) throw new RcpruneError(at, 'one problem line', 'a second one');
      if (words.length !== 4 || !/^(edge|edges|col)$/.test(words[1]!)) {
        throw new RcpruneError(at, 'p edge VERTICES EDGES', describe(line));
      }
      builder = new GraphBuilder();
      const vertices = count(at, words[2]!, MOST_VERTICES);
      edges = count(at, words[3]!, Number.MAX_SAFE_INTEGER);
      for (let v = 1; v <= vertices; v++) builder.graph.addNode(v);
    } else if (words[0] === 'e') {
      if (builder === null) throw new RcpruneError(at, 'a line p edge VERTICES EDGES first', describe(line));
      if (words.length !== 3) throw new RcpruneError(at, 'e U V', describe(line));
      const most = builder.graph.order;
      builder.addEdge(at, `${vertex(at, words[1]!, most)}`, `${vertex(at, words[2]!, most)}`);
    } else throw new RcpruneError(at, 'a line that starts with c, p or e', describe(line));
  }
  if (builder === null) throw new RcpruneError(where, 'a line p edge VERTICES EDGES', 'none');
  const { graph, lines } = builder;
  if (edges !== lines && edges !== graph.size) {
    throw new RcpruneError(where, `${edges} edges, as stated`, `${lines} lines of ${graph.size} distinct edges`);
  }
  return builder.stored();
}

const key = v.pipe(v.union([v.string(), number], 'a node key'), v.transform(String));
const attributes = v.optional(dictionary(v.unknown(), 'an object'));
const graphSchema = v.strictObject({
  attributes,
  options: v.optional(v.unknown()),
  nodes: v.array(v.strictObject({ key, attributes }), 'a list of nodes'),
  edges: v.optional(
    v.array(
      v.strictObject({
        key: v.optional(key),
        source: key,
        target: key,
        attributes,
        undirected: v.optional(v.boolean()),
      }),
    ),
  ),
});

/** graphology's `graph.export()`; directions are dropped. */
export function parseGraphJson(where: string, text: string): StoredGraph {
  const { nodes, edges } = parsed(where, graphSchema, parseJson(where, text));
  const builder = new GraphBuilder();
  for (const node of nodes) {
    if (builder.graph.hasNode(node.key)) throw new RcpruneError(where, 'distinct nodes', `${describe(node.key)} twice`);
    builder.graph.addNode(node.key, node.attributes ?? {});
  }
  for (const [index, edge] of (edges ?? []).entries()) {
    const at = `${where}: edge ${index}`;
    for (const end of [edge.source, edge.target]) {
      if (!builder.graph.hasNode(end)) throw new RcpruneError(at, 'nodes of the graph', describe(end));
    }
    builder.addEdge(at, edge.source, edge.target);
  }
  return builder.stored();
}

class GraphBuilder {
  readonly graph = new UndirectedGraph();
  lines = 0;

  addEdge(where: string, from: string, to: string): void {
    if (from === to) throw new RcpruneError(where, 'two different vertices', `a loop at ${describe(from)}`);
    this.graph.mergeEdge(from, to);
    this.lines++;
  }

  stored(): StoredGraph {
    return { graph: this.graph, mergedEdges: this.lines - this.graph.size };
  }
}

function count(where: string, word: string, most: number): number {
  const value = Number(word);
  if (/^[0-9]+$/.test(word) && value <= most) return value;
  throw new RcpruneError(where, `a count from 0 to ${most}`, describe(word));
}

function vertex(where: string, word: string, most: number): number {
  const value = Number(word);
  if (/^[0-9]+$/.test(word) && value >= 1 && value <= most) return value;
  throw new RcpruneError(where, `a vertex from 1 to ${most}`, describe(word));
}

/**
 * Gives every node the attribute `side` of a two-colouring, the first node's being 0: graphs whose nodes all have one keep it.
 *
 * @throws RcpruneError when sides are given for some nodes only, or the graph is not connected (the sides would be a choice),
 * or not bipartite
 */
export function completeSides(where: string, graph: UndirectedGraph): void {
  const given = graph.filterNodes((_key, { side }) => side !== undefined).length;
  if (given === graph.order) return;
  if (given > 0) throw new RcpruneError(where, 'the attribute side on all nodes or none', `${given} of ${graph.order}`);
  const first = graph.nodes()[0]!;
  graph.setNodeAttribute(first, 'side', 0);
  const queue = [first];
  for (let next = 0; next < queue.length; next++) {
    const side = graph.getNodeAttribute(queue[next]!, 'side') as number;
    graph.forEachNeighbor(queue[next]!, (neighbor, { side: known }) => {
      if (known === side) throw new RcpruneError(where, 'a bipartite graph', `an odd cycle through ${neighbor}`);
      if (known !== undefined) return;
      graph.setNodeAttribute(neighbor, 'side', 1 - side);
      queue.push(neighbor);
    });
  }
  if (queue.length < graph.order) throw new RcpruneError(where, 'a connected graph, or sides', 'several components');
}
