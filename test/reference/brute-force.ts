import type { Goal, Instance, Layer, Pruning } from '../../src/problem/index.ts';

/*
 * The slow reference: all prunings of all layers, sums in BigInt taken anew from the entries. It shares nothing with the
 * solvers but the types.
 */

/** A float32 as an integer in units of 2^-149. */
export const exact = (importance: number): bigint => BigInt(importance * 2 ** 149);

export interface Optimum {
  readonly cost: bigint; // units of 2^-149
  readonly pruning: Pruning;
}

interface Part {
  readonly rows: number[];
  readonly columns: number[];
  readonly units: number;
  readonly cost: bigint;
}

const members = (set: number, length: number): number[] => {
  const list: number[] = [];
  for (let k = 0; k < length; k++) if ((set >> k) & 1) list.push(k);
  return list;
};

/** Every pruning of one layer that respects its minima. */
function partsOf(layer: Layer): Part[] {
  const parts: Part[] = [];
  const importance = Array.from(layer.importance, exact);
  for (let rowSet = 0; rowSet < 2 ** layer.rows; rowSet++) {
    const rows = members(rowSet, layer.rows);
    if (layer.rows - rows.length < layer.minKeptRows) continue;
    for (let columnSet = 0; columnSet < 2 ** layer.cols; columnSet++) {
      const columns = members(columnSet, layer.cols);
      if (layer.cols - columns.length < layer.minKeptColumns) continue;
      let cost = 0n;
      let entries = 0;
      for (let i = 0; i < layer.rows; i++) {
        for (let j = 0; j < layer.cols; j++) {
          if (((rowSet >> i) | (columnSet >> j)) & 1) {
            cost += importance[i * layer.cols + j]!;
            entries++;
          }
        }
      }
      parts.push({ rows, columns, units: entries * layer.unitsPerEntry, cost });
    }
  }
  return parts;
}

/** The least cost of any pruning that meets the goal, by trying all of them; null when none does. */
export function bruteForce(instance: Instance, goal: Goal): Optimum | null {
  const parts = instance.layers.map(partsOf);
  let best: { cost: bigint; parts: Part[] } | null = null;
  const chosen: Part[] = [];
  const visit = (l: number, units: number, cost: bigint): void => {
    if (l < parts.length) {
      for (const part of parts[l]!) {
        chosen[l] = part;
        visit(l + 1, units + part.units, cost + part.cost);
      }
      return;
    }
    const meets =
      'target' in goal
        ? units >= goal.target
        : chosen[0]!.rows.length === goal.shape.rows && chosen[0]!.columns.length === goal.shape.columns;
    if (meets && (best === null || cost < best.cost)) best = { cost, parts: [...chosen] };
  };
  visit(0, 0, 0n);
  if (best === null) return null;
  const found = best as { cost: bigint; parts: Part[] };
  const layers = found.parts.map(({ rows, columns }) => ({
    removedRows: Uint32Array.from(rows),
    removedColumns: Uint32Array.from(columns),
  }));
  return { cost: found.cost, pruning: { layers } };
}

/** The exact cost of a pruning, entry by entry. */
export function costOf(instance: Instance, pruning: Pruning): bigint {
  let cost = 0n;
  instance.layers.forEach((layer, l) => {
    const { removedRows, removedColumns } = pruning.layers[l]!;
    for (let i = 0; i < layer.rows; i++) {
      for (let j = 0; j < layer.cols; j++) {
        if (removedRows.includes(i) || removedColumns.includes(j)) cost += exact(layer.importance[i * layer.cols + j]!);
      }
    }
  });
  return cost;
}

/** The exact sum of all importances. */
export const totalOf = (instance: Instance): bigint =>
  instance.layers.reduce((sum, layer) => [...layer.importance].reduce((own, x) => own + exact(x), sum), 0n);
