import fc from 'fast-check';
import { type Instance, type LayerInput, type Links, makeInstance, type Pruning } from '../../src/problem/index.ts';
import { exact } from './brute-force.ts';

/*
 * Small linked instances and the slow reference for them: every set of lines, its dead ones found by the definition, read as it stands
 * and asked recursively. It shares nothing with the solvers or the checker but the types.
 */

interface Part {
  readonly layers: readonly { readonly name: string; readonly rows: number; readonly cols: number }[];
  readonly links: Links;
}

/** Networks by kind, for channel counts a and b. */
const NETWORKS: Record<string, (a: number, b: number, f: number) => Part> = {
  chain: (a, b, f) => ({
    layers: [
      { name: 'A', rows: a, cols: 2 },
      { name: 'B', rows: b, cols: a * f },
      { name: 'C', rows: 1, cols: b },
    ],
    links: {
      tensors: [
        { name: 'A', channels: a, from: ['A'], to: ['B'] }, // named like the layer, which a plain name means
        { name: 'u', channels: b, from: [{ layer: 'B' }], to: ['C'] },
      ],
    },
  }),
  stream: (a, _, f) => ({
    layers: [
      { name: 'A', rows: a, cols: 1 },
      { name: 'B', rows: 1, cols: a * f },
      { name: 'C', rows: a, cols: 1 },
      { name: 'D', rows: 1, cols: a },
    ],
    links: {
      tensors: [
        { name: 's1', channels: a, from: [{ tensor: 's0' }, 'C'], join: 'any', to: ['D'] }, // before what it is made of
        { name: 's0', channels: a, from: ['A'], to: ['B'] },
        { name: 'm', channels: 1, from: ['B'], to: ['C'] },
      ],
    },
  }),
  gate: (a, b) => ({
    layers: [
      { name: 'G', rows: a, cols: b },
      { name: 'U', rows: a, cols: b },
      { name: 'D', rows: 1, cols: a },
    ],
    links: {
      tensors: [
        { name: 'x', channels: b, to: ['G', 'U'] },
        { name: 'h', channels: a, from: ['G', 'U'], join: 'all', to: ['D'] },
      ],
    },
  }),
  concatenation: (a, b, f) => ({
    layers: [
      { name: 'A', rows: a, cols: 1 },
      { name: 'B', rows: b, cols: 1 },
      { name: 'C', rows: 1, cols: (a + b) * f },
    ],
    links: {
      tensors: [
        { name: 'a', channels: a, from: ['A'], output: true },
        { name: 'ab', channels: a + b, from: ['a', { layer: 'B', offset: a }], to: ['C'] },
      ],
    },
  }),
  padded: (a, _, f) => ({
    layers: [
      { name: 'A', rows: a, cols: 2 },
      { name: 'B', rows: a + 1, cols: a },
      { name: 'C', rows: 1, cols: (a + 1) * f },
    ],
    links: {
      tensors: [
        { name: 's', channels: a, from: ['A'], to: ['B'] },
        { name: 't', channels: a + 1, from: [{ tensor: 's', offset: 1 }, 'B'], to: ['C'] },
      ],
    },
  }),
  silent: (a, b) => ({
    layers: [
      { name: 'A', rows: a, cols: b },
      { name: 'B', rows: 2, cols: a + 1 }, // its last channel has no source
    ],
    links: { tensors: [{ name: 's', channels: a + 1, from: ['A'], to: ['B'] }] },
  }),
  mixed: (a) => ({
    layers: [
      { name: 'A', rows: a, cols: 1 },
      { name: 'B', rows: a, cols: 1 },
      { name: 'C', rows: 1, cols: a },
      { name: 'D', rows: 1, cols: a },
    ],
    links: {
      tensors: [
        { name: 'a', channels: a, from: ['A'], to: ['C'] },
        { name: 'g', channels: a, from: ['a', 'B'], join: 'all', to: ['D'] },
      ],
    },
  }),
};

/** Linked instances of at most 11 lines: streams, gates, concatenations, padding; ties, units, minima. */
export const linkedInstance: fc.Arbitrary<Instance> = fc
  .record({
    kind: fc.constantFrom(...Object.keys(NETWORKS)),
    a: fc.integer({ min: 1, max: 2 }),
    b: fc.integer({ min: 1, max: 2 }),
    f: fc.integer({ min: 1, max: 2 }),
    order: fc.constantFrom('hwi' as const, 'ihw' as const, undefined),
    values: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 40, maxLength: 40 }),
    units: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
    minima: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 8, maxLength: 8 }),
  })
  .map(({ kind, a, b, f, order, values, units, minima }) => {
    const { layers, links } = NETWORKS[kind]!(a, b, f);
    let at = 0;
    const made = layers.map(
      (layer, l): LayerInput => ({
        ...layer,
        importance: Array.from({ length: layer.rows * layer.cols }, () => values[at++ % 40]!),
        unitsPerEntry: units[l],
        minKeptRows: minima[2 * l]! < 4 ? 0 : 1,
        minKeptColumns: minima[2 * l + 1]! < 4 ? 0 : 1,
        columnOrder: order,
      }),
    );
    return makeInstance(made, undefined, links);
  })
  .filter((instance) => lineCount(instance) <= 11);

/** Lines as numbers: rows of the first layer, its columns, rows of the second and so on. */
export function lineCount({ layers }: Instance): number {
  return layers.reduce((sum, { rows, cols }) => sum + rows + cols, 0);
}

/** The pruning that removes the lines whose bits are set. */
export function pruningOfSet({ layers }: Instance, set: number): Pruning {
  let at = 0;
  const take = (length: number) => {
    const list = Array.from({ length }, (_, k) => k).filter((k) => (set >> (at + k)) & 1);
    at += length;
    return Uint32Array.from(list);
  };
  return { layers: layers.map(({ rows, cols }) => ({ removedRows: take(rows), removedColumns: take(cols) })) };
}

/** The set of all lines that are dead when those of a set are removed. */
export function closedSet(instance: Instance, set: number): number {
  const { layers } = instance;
  const { tensors } = instance.links!;
  const first = layers.map((_, l) => lineCount({ layers: layers.slice(0, l) }));
  const isRemoved = (l: number, side: 'row' | 'column', k: number) =>
    ((set >> (first[l]! + (side === 'row' ? 0 : layers[l]!.rows) + k)) & 1) === 1;
  const layerAt = (name: string) => layers.findIndex((layer) => layer.name === name);
  const sourcesOf = (t: number) =>
    tensors[t]!.from?.map((one) => {
      const own = typeof one !== 'string' ? one : layerAt(one) >= 0 ? { layer: one } : { tensor: one };
      const offset = own.offset ?? 0;
      return 'layer' in own
        ? { layer: layerAt(own.layer), tensor: -1, offset }
        : { layer: -1, tensor: tensors.findIndex(({ name }) => name === own.tensor), offset };
    });
  const readBy = (l: number) => tensors.findIndex(({ to }) => to?.includes(layers[l]!.name));
  const channel = (l: number, j: number) => {
    const { channels } = tensors[readBy(l)]!;
    return layers[l]!.columnOrder === 'ihw' ? Math.floor((j * channels) / layers[l]!.cols) : j % channels;
  };
  const range = (n: number) => Array.from({ length: n }, (_, k) => k);
  // Forwards.
  const isDeadColumn = (l: number, j: number): boolean =>
    isRemoved(l, 'column', j) || (readBy(l) >= 0 && isSilent(readBy(l), channel(l, j)));
  const isSilentRow = (l: number, i: number): boolean =>
    isRemoved(l, 'row', i) || range(layers[l]!.cols).every((j) => isDeadColumn(l, j));
  const isSilent = (t: number, c: number): boolean => {
    const sources = sourcesOf(t);
    if (sources === undefined) return false;
    const quiet = sources.map(({ layer, tensor, offset }) => {
      const count = layer >= 0 ? layers[layer]!.rows : tensors[tensor]!.channels;
      if (c < offset || c >= offset + count) return true;
      return layer >= 0 ? isSilentRow(layer, c - offset) : isSilent(tensor, c - offset);
    });
    return tensors[t]!.join === 'all' ? quiet.some((one) => one) : quiet.every((one) => one);
  };
  // Backwards.
  const isUnread = (t: number, c: number): boolean => {
    if (isSilent(t, c)) return true;
    if (tensors[t]!.output) return false;
    const readers = (tensors[t]!.to ?? []).map(layerAt);
    const isHeard = readers.some((l) =>
      range(layers[l]!.cols).some((j) => channel(l, j) === c && !isDead(l, 'column', j)),
    );
    const isUsed = tensors.some((_, user) =>
      sourcesOf(user)?.some(({ tensor, offset }) => tensor === t && !isUnread(user, c + offset)),
    );
    return !isHeard && !isUsed;
  };
  const isDead = (l: number, side: 'row' | 'column', k: number): boolean => {
    if (side === 'column') return isDeadColumn(l, k) || range(layers[l]!.rows).every((i) => isDead(l, 'row', i));
    if (isSilentRow(l, k)) return true;
    return tensors.some((_, t) => sourcesOf(t)?.some(({ layer, offset }) => layer === l && isUnread(t, k + offset)));
  };
  let dead = 0;
  for (const [l, { rows, cols }] of layers.entries()) {
    for (let i = 0; i < rows; i++) if (isDead(l, 'row', i)) dead |= 1 << (first[l]! + i);
    for (let j = 0; j < cols; j++) if (isDead(l, 'column', j)) dead |= 1 << (first[l]! + rows + j);
  }
  return dead;
}

/** Units and exact cost of a set of removed lines; null where it breaks a minimum. */
export function pricedSet({ layers }: Instance, set: number): { units: number; cost: bigint } | null {
  let at = 0;
  let units = 0;
  let cost = 0n;
  for (const { rows, cols, importance, unitsPerEntry, minKeptRows, minKeptColumns } of layers) {
    const ones = (length: number) => Array.from({ length }, (_, k) => (set >> (at + k)) & 1);
    const row = ones(rows);
    at += rows;
    const column = ones(cols);
    at += cols;
    if (row.filter((one) => one === 0).length < minKeptRows) return null;
    if (column.filter((one) => one === 0).length < minKeptColumns) return null;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        if (row[i] === 0 && column[j] === 0) continue;
        units += unitsPerEntry;
        cost += exact(importance[i * cols + j]!);
      }
    }
  }
  return { units, cost };
}

/** Every closed pruning that respects the minima, as units and cost. */
export function closedPrunings(instance: Instance): { units: number; cost: bigint }[] {
  const found: { units: number; cost: bigint }[] = [];
  for (let set = 0; set < 2 ** lineCount(instance); set++) {
    const priced = pricedSet(instance, set);
    if (priced !== null && closedSet(instance, set) === set) found.push(priced);
  }
  return found;
}
