import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { MultiGraph, UndirectedGraph } from 'graphology';
import { describe, expect, it } from 'vitest';
import { completeSides, parseDimacs, parseGraphJson, readGraph } from '../../src/formats/index.ts';
import { RcpruneError } from '../../src/problem/index.ts';
import { temporaryFolder } from '../temporary.ts';

const inFolder = temporaryFolder();
const edgesOf = (graph: UndirectedGraph) => graph.mapEdges((_edge, _attributes, from, to) => `${from}-${to}`);

describe('DIMACS graphs', () => {
  it('are read with comments, blank lines, descriptor lines, Windows newlines and no newline at the end', () => {
    const text = 'c a path\r\n\r\np col 4 2\r\nn 1 5\nd 3\ne 1 2\r\n  e  2   3';
    const { graph, mergedEdges } = parseDimacs('g', text);
    expect(graph.nodes()).toEqual(['1', '2', '3', '4']);
    expect(edgesOf(graph)).toEqual(['1-2', '2-3']);
    expect(mergedEdges).toBe(0);
  });

  it.each([
    ['all lines', 4],
    ['the distinct edges', 2],
  ])('may list edges twice, the header counting %s', (_what, stated) => {
    const text = `p edge 3 ${stated}\ne 1 2\ne 2 1\ne 2 3\ne 2 3\n`;
    const { graph, mergedEdges } = parseDimacs('g', text);
    expect(edgesOf(graph)).toEqual(['1-2', '2-3']);
    expect(mergedEdges).toBe(2);
  });

  it.each([
    ['', /a line p edge VERTICES EDGES, got none/],
    ['e 1 2\np edge 2 1', /line 1: expected a line p edge/],
    ['p edge 2 1\np edge 2 1\ne 1 2', /line 2: expected one problem line/],
    ['p edge 2', /line 1: expected p edge VERTICES EDGES/],
    ['p edge 2 1 0\ne 1 2', /line 1: expected p edge VERTICES EDGES/],
    ['p cnf 2 1', /line 1: expected p edge VERTICES EDGES/],
    ['p edge two 1', /line 1: expected a count/],
    ['p edge -2 1', /line 1: expected a count/],
    ['p edge 2.5 1', /line 1: expected a count/],
    ['p edge 1000001 0', /line 1: expected a count from 0 to 1000000/],
    ['p edge 99999999999999999999 0', /line 1: expected a count/],
    ['p edge 3 2\ne 1 2', /expected 2 edges, as stated, got 1 lines of 1 distinct edges/],
    ['p edge 3 2\ne 1 2\ne 2 3\ne 3 1', /expected 2 edges/],
    ['p edge 3 2\ne 1 2\ne 2 1\ne 1 2', /got 3 lines of 1 distinct/],
    ['p edge 2 1\ne 1 1', /line 2: expected two different vertices, got a loop at "1"/],
    ['p edge 2 1\ne 1 3', /line 2: expected a vertex from 1 to 2, got "3"/],
    ['p edge 2 1\ne 0 1', /line 2: expected a vertex from 1 to 2/],
    ['p edge 2 1\ne 1', /line 2: expected e U V/],
    ['p edge 2 1\ne 1 2 7', /line 2: expected e U V/],
    ['p edge 2 1\na 1 2', /line 2: expected a line that starts with c, p or e/],
  ])('are refused: %j', (text, message) => {
    expect(() => parseDimacs('g', text)).toThrow(message);
    expect(() => parseDimacs('g', text)).toThrow(RcpruneError);
  });
});

describe('graphology JSON', () => {
  it('is what graphology exports, of any type, directions dropped', () => {
    for (const type of ['mixed', 'directed', 'undirected'] as const) {
      const source = new MultiGraph({ type });
      source.addNode('x', { side: 0, label: 'left' });
      source.addNode('y', { side: 1 });
      source.addNode(7);
      source.addEdge('x', 'y');
      source.addEdge('y', 'x', { weight: 2 });
      source.addEdge('y', 7);
      const { graph, mergedEdges } = parseGraphJson('g', JSON.stringify(source.export()));
      expect(graph.nodes()).toEqual(['x', 'y', '7']);
      expect(edgesOf(graph)).toEqual(['x-y', 'y-7']);
      expect(mergedEdges).toBe(1);
      expect(graph.getNodeAttributes('x')).toEqual({ side: 0, label: 'left' });
    }
  });

  it.each([
    ['{', /expected JSON/],
    ['[]', /object/],
    ['{"nodes":3}', /nodes: expected a list of nodes/],
    ['{"nodes":[{"key":true}]}', /nodes.0.key: expected a node key/],
    ['{"nodes":[{"key":"a"},{"key":"a"}]}', /distinct nodes, got "a" twice/],
    ['{"nodes":[{"key":1},{"key":"1"}]}', /distinct nodes, got "1" twice/],
    ['{"nodes":[{"key":"a"}],"edges":[{"source":"a","target":"b"}]}', /edge 0: expected nodes of the graph, got "b"/],
    ['{"nodes":[{"key":"a"}],"edges":[{"source":"a","target":"a"}]}', /edge 0: expected two different vertices/],
    ['{"nodes":[],"vertices":[]}', /known fields only, got "vertices"/],
  ])('is refused: %s', (text, message) => {
    expect(() => parseGraphJson('g', text)).toThrow(message);
    expect(() => parseGraphJson('g', text)).toThrow(RcpruneError);
  });
});

describe('readers of graphs', () => {
  it('go by the extension', async () => {
    const write = (name: string, text: string) => {
      writeFileSync(inFolder(name), text);
      return inFolder(name);
    };
    const dimacs = 'p edge 2 1\ne 1 2\n';
    expect((await readGraph(write('g.clq', dimacs))).graph.size).toBe(1);
    expect((await readGraph(write('g.col', dimacs))).graph.size).toBe(1);
    expect((await readGraph(write('g.json', '{"nodes":[]}'))).graph.order).toBe(0);
    await expect(readGraph(write('g.txt', dimacs))).rejects.toThrow(/expected a graph in .clq, .col or .json/);
    await expect(readGraph(inFolder('none.clq'))).rejects.toThrow(/expected a readable file/);
  });

  it('throw the project error or succeed, whatever the bytes', () => {
    const word = fc.constantFrom(
      'p',
      'e',
      'c',
      'edge',
      'col',
      '1',
      '2',
      '3',
      '-1',
      '1e9',
      '0',
      '\n',
      '\n',
      'n',
      '\u0000',
    );
    const lines = fc.array(word, { maxLength: 30 }).map((words) => words.join(' '));
    const json = fc.json({ maxDepth: 4 });
    const shaped = fc.object({ key: fc.constantFrom('nodes', 'edges', 'key', 'source', 'target', 'options') });
    const text = fc.oneof(
      lines,
      json,
      shaped.map((value) => JSON.stringify(value)),
      fc.string(),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(parseDimacs, parseGraphJson), (input, parse) => {
        try {
          expect(parse('g', input).graph.order).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(RcpruneError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('sides of bipartite graphs', () => {
  const cycle = (length: number) => {
    const graph = new UndirectedGraph();
    for (let v = 0; v < length; v++) graph.addNode(v);
    for (let v = 0; v < length; v++) graph.addEdge(v, (v + 1) % length);
    return graph;
  };

  it('are found by colouring, or kept as given', () => {
    const graph = cycle(6);
    completeSides('g', graph);
    expect(graph.mapNodes((_node, { side }) => side)).toEqual([0, 1, 0, 1, 0, 1]);
    const given = new UndirectedGraph();
    given.addNode('a', { side: 1 });
    given.addNode('b', { side: 0 });
    completeSides('g', given);
    expect(given.getNodeAttribute('a', 'side')).toBe(1);
    completeSides('g', new UndirectedGraph());
  });

  it('are refused on odd cycles, several components, and when some are missing', () => {
    expect(() => completeSides('g', cycle(5))).toThrow(/expected a bipartite graph/);
    const two = cycle(4);
    two.addNode('alone');
    expect(() => completeSides('g', two)).toThrow(/expected a connected graph/);
    const partly = cycle(4);
    partly.setNodeAttribute('0', 'side', 0);
    expect(() => completeSides('g', partly)).toThrow(/on all nodes or none, got 1 of 4/);
  });
});
