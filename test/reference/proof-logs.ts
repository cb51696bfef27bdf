import {
  exactCost,
  type Goal,
  type Instance,
  instanceHash,
  type Layer,
  makeInstance,
  type Pruning,
  requirementOf,
} from '../../src/problem/index.ts';
import { bruteForce, exact } from './brute-force.ts';

/*
 * Random proof logs of small instances: they name real shapes and bounds at, just below and just above the least cost, on grids
 * fine and coarse, with random trees and splits, and now and then something broken. Many prove what they claim.
 */

export interface Log {
  readonly instance: Instance;
  readonly goal: Goal;
  readonly pruning: Pruning;
  readonly lines: readonly string[];
}

/** Where a log's choices come from: one stream of integers that fast-check draws, so that it can shrink them. */
export type Draw = (below: number) => number;

const EXPONENTS = [0, 0, 0, 10, -6, 60, -60, -149];

function randomInstance(draw: Draw): Instance {
  const layers = 1 + draw(2) * draw(2) + draw(2);
  return makeInstance(
    Array.from({ length: layers }, (_, l) => {
      const rows = 1 + draw(layers > 1 ? 3 : 4);
      const cols = 1 + draw(layers > 1 ? 3 : 4);
      const scale = 2 ** EXPONENTS[draw(EXPONENTS.length)]!;
      const most = [2, 8, 1000][draw(3)]!;
      const odd = draw(3) === 0 ? 2 ** -20 : 0; // a few low bits in one entry
      const importance = Array.from({ length: rows * cols }, (_, k) => (draw(most) + (k === 1 ? odd : 0)) * scale);
      const unitsPerEntry = [1, 1, 2, 7][draw(4)]!;
      const minKeptRows = draw(3) === 0 ? draw(rows + 1) : 0;
      const minKeptColumns = draw(3) === 0 ? draw(cols + 1) : 0;
      return { name: `layer${l}`, rows, cols, importance, unitsPerEntry, minKeptRows, minKeptColumns };
    }),
  );
}

/** Some pruning that meets the goal: the optimum, or lines drawn until the goal is met, or everything. */
function randomPruning(draw: Draw, instance: Instance, goal: Goal): Pruning {
  const best = bruteForce(instance, goal)!.pruning;
  if (draw(3) > 0) return best;
  const { ranges, target } = requirementOf(instance, goal);
  const layers = instance.layers.map(({ rows, cols }, l) => {
    const some = (count: number, length: number) => {
      const order = Array.from({ length }, (_, line) => line).sort(() => draw(3) - 1);
      return Uint32Array.from(order.slice(0, count)).sort();
    };
    const { minRows, maxRows, minColumns, maxColumns } = ranges[l]!;
    const removedRows = some(minRows + draw(maxRows - minRows + 1), rows);
    const removedColumns = some(minColumns + draw(maxColumns - minColumns + 1), cols);
    return { removedRows, removedColumns };
  });
  const units = layers.reduce((sum, { removedRows, removedColumns }, l) => {
    const { rows, cols, unitsPerEntry } = instance.layers[l]!;
    return sum + (rows * cols - (rows - removedRows.length) * (cols - removedColumns.length)) * unitsPerEntry;
  }, 0);
  return units >= target ? { layers } : best;
}

/** The least cost of a shape of one layer. */
const leastCost = (layer: Layer, rows: number, columns: number) =>
  bruteForce({ layers: [{ ...layer, minKeptRows: 0, minKeptColumns: 0 }] }, { shape: { rows, columns } })!.cost;

function randomBound(draw: Draw, layer: Layer, rows: number, columns: number): bigint {
  const least = leastCost(layer, rows, columns);
  const smallest = [...layer.importance].filter((x) => x > 0).reduce((a, b) => Math.min(a, b), 1);
  const some = exact(smallest) / BigInt(1 + draw(3));
  const choices = [least, least, least, least + 1n, least + some, least > some ? least - some : 0n, least / 2n, 0n];
  return choices[draw(choices.length)]!;
}

/** An exponent that keeps sums exact, often the finest, sometimes coarse or too fine; and a cap, mostly none. */
function randomGrid(draw: Draw, layer: Layer): { exponent: number; capExponent: number } {
  const greatest = layer.importance.reduce((a, b) => Math.max(a, b), 2 ** -149);
  const log = Math.floor(Math.log2(greatest));
  const finest = Math.max(-149, log + 5 - 49);
  const exponent = Math.max(-149, [finest, finest + 2, log - 3, log, log + 2, finest - 9][draw(6)]!);
  const capExponent = Math.max(-149, [log + 8, 300, log + 1, log, log - 2][draw(5)]!);
  return { exponent, capExponent };
}

function randomTree(draw: Draw, layer: Layer, l: number): string[] {
  const removedRows = draw(layer.rows);
  const removedColumns = draw(layer.cols);
  const transposed = draw(2) === 1;
  const [rows, cols] = transposed ? [layer.cols, layer.rows] : [layer.rows, layer.cols];
  const keptRows = layer.rows - removedRows;
  const keptColumns = layer.cols - removedColumns;
  const a = transposed ? keptColumns : keptRows;
  const order = Array.from({ length: rows }, (_, row) => row).sort(() => draw(3) - 1);
  const { exponent, capExponent } = randomGrid(draw, layer);
  const bound = `${randomBound(draw, layer, removedRows, removedColumns)}`;
  const header = {
    layer: l,
    rows: removedRows,
    columns: removedColumns,
    bound,
    transposed,
    exponent,
    capExponent,
    order,
  };
  const lines = [JSON.stringify(header)];
  let nodes = '';
  const flush = () => {
    if (nodes !== '') lines.push(nodes);
    nodes = '';
  };
  const value = (row: number, j: number) => {
    const entry = layer.importance[transposed ? j * layer.cols + row : row * layer.cols + j]!;
    return Math.floor(Math.min(entry, 2 ** capExponent) * 2 ** -exponent);
  };
  const split = (depth: number) => {
    flush();
    const blocks: number[] = [];
    for (let left = rows - depth; left > 0; ) {
      const size = Math.min(left, 1 + draw(3));
      blocks.push(size);
      left -= size;
    }
    const grain = [1, 1, 1, 3][draw(4)]!;
    const kind = draw(4);
    const share: number[] = [];
    const copies: number[] = [];
    for (let d = depth; d < rows; d++) {
      for (let j = 0; j < cols; j++) {
        const w = value(order[d]!, j);
        share.push([0, w, Math.floor(w / 2), Math.floor((w * draw(9)) / 8) - draw(2)][kind]!);
        copies.push(draw(3) === 0 ? Math.floor((w * (draw(9) - 4)) / 16) : 0);
      }
    }
    lines.push(JSON.stringify({ blocks, grain, share, copies }));
  };
  const isFull = draw(3) > 0; // branch down to the rows
  const visit = (depth: number, kept: number) => {
    const left = a - kept;
    if (left === 0 || left === rows - depth) {
      if (draw(12) === 0) split(depth);
      nodes += draw(4) === 0 ? '.' : '!';
      return;
    }
    const hasSplit = draw(isFull ? 6 : 2) === 0;
    if (hasSplit || depth === 0) split(depth);
    if (!isFull && draw(2) === 0) {
      nodes += '.';
      return;
    }
    nodes += '(';
    if (draw(9) === 0) flush();
    visit(depth + 1, kept + 1);
    visit(depth + 1, kept);
  };
  visit(0, 0);
  flush();
  return lines;
}

export function randomLog(draw: Draw): Log {
  const instance = randomInstance(draw);
  const { mostRemovable } = requirementOf(instance, { target: 0 });
  const { rows, cols, minKeptRows, minKeptColumns } = instance.layers[0]!;
  const shape = { rows: draw(rows - minKeptRows + 1), columns: draw(cols - minKeptColumns + 1) };
  const goal: Goal = instance.layers.length === 1 && draw(2) === 0 ? { shape } : { target: draw(mostRemovable + 1) };
  const pruning = randomPruning(draw, instance, goal);
  const lines = [JSON.stringify({ format: 'rcprune-proof', version: 1, instanceHash: instanceHash(instance) })];
  for (const [l, layer] of instance.layers.entries()) {
    if (draw(4) > 0) lines.push(JSON.stringify({ lines: l, ...randomGrid(draw, layer) }));
    for (let trees = draw(4); trees > 0; trees--) lines.push(...randomTree(draw, layer, l));
  }
  const cost = exactCost(instance, pruning).cost;
  lines.push(JSON.stringify({ optimum: `${draw(12) === 0 ? cost + 1n : cost}` }));
  if (draw(4) === 0) damage(draw, lines);
  return { instance, goal, pruning, lines };
}

/** One line dropped, repeated, exchanged or changed in a character or a field. */
function damage(draw: Draw, lines: string[]): void {
  const at = draw(lines.length);
  const line = lines[at]!;
  const kind = draw(6);
  if (kind === 0) lines.splice(at, 1);
  else if (kind === 1) lines.splice(at, 0, line);
  else if (kind === 2) lines.splice(at, 2, ...lines.slice(at, at + 2).reverse());
  else if (!line.startsWith('{')) {
    const place = draw(line.length);
    lines[at] = `${line.slice(0, place)}${['', '(', '.', '!', 'x', '!!'][draw(6)]}${line.slice(place + 1)}`;
  } else {
    const record = JSON.parse(line) as Record<string, unknown>;
    const names = Object.keys(record);
    const name = names[draw(names.length)]!;
    const values = [undefined, null, -1, 0, 1, 0.5, 1e300, '7', '', [], [0], true, 2 ** 53, -149, -150, 256, 257, 513];
    lines[at] = JSON.stringify({ ...record, [name]: values[draw(values.length)] });
  }
}

/** A stream of draws that a seed replays: a linear congruential generator, high bits. */
export function drawFrom(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
