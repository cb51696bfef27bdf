import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProofChecker } from '../../src/certify/index.ts';
import { lineBounds } from '../../src/exact/line-bounds.ts';
import { boundOf, costLimit, roundLayer } from '../../src/exact/rounded-layer.ts';
import { type Effort, ShapeSearch } from '../../src/exact/shape-search.ts';
import { TreeBuffer } from '../../src/exact/tree-log.ts';
import { generate } from '../../src/families/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { ROWS } from '../../src/layer/side.ts';
import { exactCost, type Instance, instanceHash } from '../../src/problem/index.ts';
import { arbitraryInstance } from '../reference/arbitraries.ts';
import { bruteForce } from '../reference/brute-force.ts';

/*
 * The search of one shape with so little effort that every node soon gets a split of its own: what only the largest
 * instances reach otherwise.
 */

const STINGY: Effort = {
  stages: [{ effort: 1, iterations: 1, nodes: 1 }],
  deeper: [{ effort: 2 ** 8, iterations: 4, nodes: 1 }],
};

/** Searches a shape of a one-layer instance for anything below `limit`; the least cost found, and the log's lines. */
function search(instance: Instance, removed: { rows: number; columns: number }, limit: bigint, effort: Effort) {
  const layer = instance.layers[0]!;
  const rounded = roundLayer(layer, limit, ROWS);
  const [a, b] = [layer.rows - removed.rows, layer.cols - removed.columns];
  const tree = new TreeBuffer(layer.cols, Infinity);
  let least = limit;
  const floor = () => rounded.total - costLimit(rounded, least);
  const onLeaf = (kept: Uint32Array) => {
    const isKept = new Set(kept);
    const sums = Float64Array.from({ length: layer.cols }, (_, j) => {
      return [...isKept].reduce((sum, i) => sum + rounded.values[i * layer.cols + j]!, 0);
    }).sort();
    const cost = boundOf(rounded, rounded.total - sums.subarray(layer.cols - b).reduce((sum, own) => sum + own, 0));
    if (cost < least) least = cost;
    return floor();
  };
  const shape = new ShapeSearch(layer.rows, layer.cols, rounded.values, a, b, onLeaf, tree);
  const end = shape.run(floor(), Infinity, effort);
  const { exponent, capExponent } = rounded;
  const order = Array.from(shape.order);
  const header = { layer: 0, ...removed, bound: `${least}`, transposed: false, exponent, capExponent, order };
  const lines = [JSON.stringify(header), ...tree.lines()];
  return { least, lines, end, rootCost: boundOf(rounded, rounded.total - end.rootBound) };
}

describe('ShapeSearch', () => {
  it('finds the optimum of a shape, and its log is accepted, with a split at nearly every node', () => {
    let splits = 0;
    fc.assert(
      fc.property(arbitraryInstance({ mostLines: 12, mostLayers: 1 }), fc.nat(), fc.nat(), (instance, x, y) => {
        const layer = instance.layers[0]!;
        const removed = { rows: x % layer.rows, columns: y % layer.cols };
        if (removed.rows > layer.rows - layer.minKeptRows) return;
        if (removed.columns > layer.cols - layer.minKeptColumns) return;
        const goal = { shape: removed };
        const { cost, pruning } = bruteForce(instance, goal)!;
        if (cost === 0n) return; // nothing to search for
        const start = exactCost(instance, solveSync(instance, { method: 'random', goal }).pruning!).cost;
        const { least, lines, end, rootCost } = search(instance, removed, start, STINGY);
        expect(end.ended).toBe('closed');
        expect(least).toBe(cost);
        expect(rootCost <= cost).toBe(true);
        splits += lines.filter((line) => line.startsWith('{')).length - 1;
        const opening = { format: 'rcprune-proof', version: 1, instanceHash: instanceHash(instance) };
        const checker = new ProofChecker(instance, goal);
        const all = [JSON.stringify(opening), ...lines, JSON.stringify({ optimum: `${cost}` })];
        for (const line of all) checker.take(line);
        expect(checker.verdict(pruning)).toBeNull();
      }),
      { numRuns: 500 },
    );
    expect(splits).toBeGreaterThan(500);
  });

  it('agrees with itself whatever the effort', () => {
    const instance = generate('half-normal', { rows: 16, cols: 16, seed: 2 });
    const removed = { rows: 8, columns: 8 };
    const start = exactCost(
      instance,
      solveSync(instance, { method: 'random', goal: { shape: removed } }).pruning!,
    ).cost;
    const optimum = exactCost(
      instance,
      solveSync(instance, { method: 'enumerate', goal: { shape: removed } }).pruning!,
    ).cost;
    for (const nodes of [1, 10, 100, 1000]) {
      for (const iterations of [0, 10, 100]) {
        const stage = { effort: 2 ** 10, iterations, nodes };
        expect(search(instance, removed, start, { stages: [stage], deeper: [stage] }).least).toBe(optimum);
      }
    }
  }, 60_000);

  it('leaves a search open where it may not go deeper', () => {
    const instance = generate('half-normal', { rows: 16, cols: 16, seed: 2 });
    const stage = { effort: 2 ** 8, iterations: 2, nodes: 5 };
    const total = exactCost(instance, {
      layers: [{ removedRows: Uint32Array.of(), removedColumns: Uint32Array.of() }],
    }).total;
    const { end, rootCost } = search(instance, { rows: 8, columns: 8 }, total, { stages: [stage], deeper: null });
    expect(end.ended).toBe('open');
    expect(rootCost > 0n).toBe(true);
  });
});

describe('lineBounds', () => {
  it('bounds every shape, exactly where one side is kept whole', () => {
    fc.assert(
      fc.property(arbitraryInstance({ mostLines: 8, mostLayers: 1 }), (instance) => {
        const layer = { ...instance.layers[0]!, minKeptRows: 0, minKeptColumns: 0 };
        const rounded = roundLayer(layer, 2n ** 300n, ROWS);
        for (let rows = 0; rows <= layer.rows; rows++) {
          for (let columns = 0; columns <= layer.cols; columns++) {
            const [bound] = lineBounds(rounded, [{ keptRows: rows, keptColumns: columns }]);
            const goal = { shape: { rows: layer.rows - rows, columns: layer.cols - columns } };
            const { cost } = bruteForce({ layers: [layer] }, goal)!;
            const lower = boundOf(rounded, rounded.total - bound!);
            expect(lower <= cost).toBe(true);
            if (rows === layer.rows || columns === layer.cols) expect(lower).toBe(cost);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
