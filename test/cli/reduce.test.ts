import { writeFileSync } from 'node:fs';
import { UndirectedGraph } from 'graphology';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, inFolder, run, runJson } from './program.ts';

/** Two triangles that share vertex 3, every edge listed in both directions. */
const BUTTERFLY = ['1 2', '1 3', '2 3', '3 4', '3 5', '4 5'].flatMap((edge) => [
  `e ${edge}`,
  `e ${edge.split(' ').reverse().join(' ')}`,
]);

beforeAll(() => {
  writeFileSync(inFolder('butterfly.col'), `c two triangles\np edge 5 12\n${BUTTERFLY.join('\n')}\n`);
  writeFileSync(inFolder('cycle.clq'), 'p edge 6 6\ne 1 2\ne 2 3\ne 3 4\ne 4 5\ne 5 6\ne 6 1\n');
  writeFileSync(inFolder('path.clq'), 'p col 4 3\ne 1 2\ne 2 3\ne 3 4\n');
  const sides = new UndirectedGraph();
  for (const node of ['a', 'b', 'c']) sides.addNode(node, { side: 0 });
  for (const node of ['x', 'y', 'z']) sides.addNode(node, { side: 1 });
  for (const [a, b] of ['ax', 'ay', 'bx', 'by', 'cz']) sides.addEdge(a!, b!);
  writeFileSync(inFolder('sides.json'), JSON.stringify(sides.export()));
});

/** Reduces, solves by enumeration, and maps the optimal pruning back. */
async function roundTrip(source: string, graph: string, size: number, ...flags: string[]) {
  const args = ['reduce', source, graph, '--size', `${size}`, ...flags];
  const { json: reduced, code, stderr } = await runJson(...args, '-o', 'reduced.json');
  expect(code, stderr).toBe(0);
  const shape = flags.length > 0 ? ['--shape', `${reduced.removedRows},${reduced.removedColumns}`] : [];
  const solved = await runJson('solve', 'reduced.json', '--method', 'enumerate', ...shape, '-o', 'witness.json');
  const back = await run(...args, '--map-back', 'witness.json');
  return { reduced, stderr, cost: solved.json.cost as number, back: { ...JSON.parse(back.stdout), code: back.code } };
}

describe('reduce', () => {
  it.each([[[]], [['--fixed-shape']]])('finds the triangle of published-style DIMACS, %j', async (flags) => {
    const { reduced, stderr, cost, back } = await roundTrip('clique', 'butterfly.col', 3, ...flags);
    expect(stderr).toBe('butterfly.col: 6 repeated or reversed edges merged\n');
    const sizes = flags.length > 0 ? { rows: 5, target: null } : { rows: 10, target: 60 - 7 * 3 };
    const counts = flags.length > 0 ? { removedRows: 3, removedColumns: 3 } : { removedRows: null };
    expect(reduced).toMatchObject({ source: 'clique', size: 3, cols: 6, ...sizes, ...counts });
    expect(cost).toBe(reduced.budget);
    expect(back).toMatchObject({ valid: true, code: 0 });
    expect(['1,2,3', '3,4,5']).toContain(back.clique.sort().join());
  });

  it('answers no where there is no triangle: the optimum is above the budget, nothing maps back', async () => {
    const { reduced, cost, back } = await roundTrip('clique', 'path.clq', 3);
    expect(cost).toBeGreaterThan(reduced.budget as number);
    expect(back).toEqual({ clique: [], valid: false, code: 1 });
  });

  it('finds the balanced biclique, sides given or coloured', async () => {
    const { back } = await roundTrip('biclique', 'sides.json', 2);
    expect({ ...back, left: back.left.sort(), right: back.right.sort() }).toEqual({
      left: ['a', 'b'],
      right: ['x', 'y'],
      valid: true,
      code: 0,
    });
    const { reduced } = await roundTrip('biclique', 'path.clq', 2);
    expect(reduced).toMatchObject({ rows: 1, cols: 1, target: 1, budget: 0 }); // 3 edges are too few
  });

  it('gives the canonical answers to degenerate sources', async () => {
    const { reduced: no } = await roundTrip('clique', 'path.clq', 5);
    expect(no).toMatchObject({ rows: 1, cols: 1, target: 1, budget: 0 });
    const { reduced: yes, back } = await roundTrip('clique', 'path.clq', 1);
    expect(yes).toMatchObject({ rows: 1, cols: 1, target: 0, budget: 0 });
    expect(back).toEqual({ clique: ['1'], valid: true, code: 0 });
  });

  it.each([[[]], [['--fixed-shape']]])('maps small sets to prunings and back, %j', async (flags) => {
    const { reduced, cost, back } = await roundTrip('expansion', 'cycle.clq', 3, ...flags);
    const goal = flags.length > 0 ? { removedRows: 3, removedColumns: 3, target: null } : { target: 36 - 9 };
    expect(reduced).toMatchObject({ source: 'expansion', size: 3, degree: 2, rows: 6, cols: 6, ...goal });
    expect(reduced).not.toHaveProperty('budget');
    // Three vertices in a row have two inner edges.
    expect(cost).toBeLessThanOrEqual(2 * (2 * 3 - 2));
    expect(back).toMatchObject({ valid: true, code: 0 });
    expect(new Set(back.set).size).toBe(3);
    expect(back.innerEdges).toBeGreaterThanOrEqual(back.leastInnerEdges);
    expect(back.leastInnerEdges).toBeGreaterThan(0);
  });

  it('maps nothing back from a pruning of a set that misses the goal', async () => {
    const { code } = await run('reduce', 'expansion', 'cycle.clq', '--size', '3', '-o', 'cycle.json');
    expect(code).toBe(0);
    await run('solve', 'cycle.json', '--target', '6', '--method', 'enumerate', '-o', 'small.json');
    const back = await run('reduce', 'expansion', 'cycle.clq', '--size', '3', '--map-back', 'small.json');
    expect(JSON.parse(back.stdout)).toEqual({ set: [], innerEdges: 0, leastInnerEdges: 0, valid: false });
    expect(back.stderr).toBe('reduce: expected a pruning that meets the goal, got one that does not\n');
    expect(back.code).toBe(1);
  });

  it('says in words what was asked', async () => {
    const { stdout } = await run('reduce', 'clique', 'path.clq', '--size', '2', '-o', 'words.json');
    expect(stdout).toMatch(
      /a clique of size 2 exists\niff some pruning removes at least [0-9]+ entries at cost <= [0-9]+/,
    );
    const set = await run('reduce', 'expansion', 'cycle.clq', '--size', '2', '-o', 'words.json');
    expect(set.stdout).toBe(
      'words.json: 6 x 6; 2 nodes with e inner edges are a pruning of cost 8 - 2 e\n' +
        'that removes at least 20 entries; every pruning that does gives 2 nodes back\n',
    );
    const shape = await run('reduce', 'expansion', 'cycle.clq', '--size', '2', '--fixed-shape', '-o', 'words.json');
    expect(shape.stdout).toContain('that removes 2 rows and 2 columns; ');
  });

  it('refuses bad sizes, graphs and outputs', async () => {
    for (const size of ['-1', '2.5', 'three', '']) {
      await expectRefusal(['reduce', 'clique', 'path.clq', '--size', size, '-o', 'x.json'], /size/);
    }
    await expectRefusal(['reduce', 'clique', 'path.clq', '-o', 'x.json'], /--size/);
    await expectRefusal(['reduce', 'tree', 'path.clq', '--size', '2', '-o', 'x.json'], /clique, biclique, expansion/);
    await expectRefusal(['reduce', 'clique', 'path.clq', '--size', '2'], /-o FILE or --map-back/);
    await expectRefusal(['reduce', 'clique', 'none.clq', '--size', '2', '-o', 'x.json'], /a readable file/);
    await expectRefusal(['reduce', 'biclique', 'butterfly.col', '--size', '2', '-o', 'x.json'], /a bipartite graph/);
    writeFileSync(inFolder('loop.clq'), 'p edge 2 1\ne 1 1\n');
    await expectRefusal(['reduce', 'clique', 'loop.clq', '--size', '2', '-o', 'x.json'], /a loop at "1"/);
    await expectRefusal(['reduce', 'expansion', 'loop.clq', '--size', '2', '-o', 'x.json'], /a loop at "1"/);
    await expectRefusal(['reduce', 'expansion', 'path.clq', '--size', '2', '-o', 'x.json'], /degrees 1 and 2/);
    for (const size of ['1', '4']) {
      await expectRefusal(['reduce', 'expansion', 'cycle.clq', '--size', size, '-o', 'x.json'], /from 2 to 3, got/);
    }
    writeFileSync(inFolder('foreign.json'), '{"format":"rcprune-pruning","version":1,"layers":[]}');
    await expectRefusal(['reduce', 'clique', 'path.clq', '--size', '2', '--map-back', 'foreign.json'], /layer/);
  });
});
