import type { Instance, Layer, LinkTensor, Pruning } from '../../src/problem/index.ts';
import { exact, type Optimum } from './brute-force.ts';

/*
 * The slow reference of linked instances: the closure as a fixed point over lines and signals with names, and all prunings of an
 * instance tried one after another. It shares nothing with src but the types.
 */

/** Names of what a layer or a tensor has. */
const rowName = (layer: string, i: number) => `row ${i} of ${layer}`;
const columnName = (layer: string, j: number) => `column ${j} of ${layer}`;
const signalName = (tensor: string, c: number) => `channel ${c} of ${tensor}`;

const upTo = (count: number) => Array.from({ length: count }, (_, k) => k);

/** A column of a kernel of `cols` columns by its channel: positions outside, channels inside, or the other way round. */
function channelsOfColumns({ cols, columnOrder }: Layer, channels: number): number[] {
  const positions = upTo(cols / channels);
  return columnOrder === 'ihw'
    ? upTo(channels).flatMap((channel) => positions.map(() => channel))
    : positions.flatMap(() => upTo(channels));
}

/** What feeds what, by name. */
export interface Wiring {
  /** Of every layer: its rows and columns. */
  readonly layers: { readonly rows: string[]; readonly columns: string[] }[];
  /** The signal that a row makes, or that a column reads; none where that is outside of the network. */
  readonly signalOf: Map<string, string>;
  /** Of every signal: what makes it (null: the input), and what reads it. */
  readonly signals: Map<string, Signal>;
}

interface Signal {
  /** One for every source of the tensor; null where it does not reach the channel. null: the network's input. */
  readonly sources: (string | null)[] | null;
  readonly needsAll: boolean;
  readonly isOutput: boolean;
  readonly readers: string[];
}

export function wiringOf({ layers, links }: Instance): Wiring {
  const tensors = links?.tensors ?? [];
  const signalOf = new Map<string, string>();
  const signals = new Map<string, Signal>();
  const sourcesOf = ({ name, from }: LinkTensor, c: number) =>
    from?.map((source) => {
      const isLayer =
        typeof source === 'string' ? layers.some((layer) => layer.name === source) : Object.hasOwn(source, 'layer');
      const named = typeof source === 'string' ? source : 'layer' in source ? source.layer : source.tensor;
      const own = c - (typeof source === 'string' ? 0 : (source.offset ?? 0));
      const count = isLayer
        ? layers.find((layer) => layer.name === named)!.rows
        : tensors.find((tensor) => tensor.name === named)!.channels;
      if (own < 0 || own >= count) return null;
      if (isLayer) signalOf.set(rowName(named, own), signalName(name, c));
      return isLayer ? rowName(named, own) : signalName(named, own);
    }) ?? null;
  for (const tensor of tensors) {
    for (const c of upTo(tensor.channels)) {
      const { join, output } = tensor;
      const sources = sourcesOf(tensor, c);
      signals.set(signalName(tensor.name, c), {
        sources,
        needsAll: join === 'all',
        isOutput: output === true,
        readers: [],
      });
    }
  }
  for (const [name, { sources }] of signals) {
    for (const source of sources ?? []) if (source !== null) signals.get(source)?.readers.push(name);
  }
  for (const { name, channels, to } of tensors) {
    for (const reader of to ?? []) {
      const layer = layers.find((one) => one.name === reader)!;
      for (const [j, channel] of channelsOfColumns(layer, channels).entries()) {
        signalOf.set(columnName(reader, j), signalName(name, channel));
        signals.get(signalName(name, channel))!.readers.push(columnName(reader, j));
      }
    }
  }
  return {
    layers: layers.map(({ name, rows, cols }) => ({
      rows: upTo(rows).map((i) => rowName(name, i)),
      columns: upTo(cols).map((j) => columnName(name, j)),
    })),
    signalOf,
    signals,
  };
}

/** All that is dead once some lines are removed: rules applied over and over, until they say nothing new. */
export function deadByName({ layers, signalOf, signals }: Wiring, removed: Iterable<string>): Set<string> {
  const dead = new Set(removed); // lines, and signals that are silent
  const unread = new Set<string>();
  for (let known = -1; known < dead.size + unread.size; ) {
    known = dead.size + unread.size;
    for (const { rows, columns } of layers) {
      if (columns.every((column) => dead.has(column))) for (const row of rows) dead.add(row);
      if (rows.every((row) => dead.has(row))) for (const column of columns) dead.add(column);
      for (const row of rows) if (unread.has(signalOf.get(row) ?? '')) dead.add(row);
      for (const column of columns) if (dead.has(signalOf.get(column) ?? '')) dead.add(column);
    }
    for (const [signal, { sources, needsAll, isOutput, readers }] of signals) {
      const isLost = (source: string | null) => source === null || dead.has(source);
      if (sources !== null && (needsAll ? sources.some(isLost) : sources.every(isLost))) dead.add(signal);
      if (dead.has(signal)) unread.add(signal);
      if (!isOutput && readers.every((reader) => (signals.has(reader) ? unread : dead).has(reader))) unread.add(signal);
    }
  }
  return dead;
}

/** Lines removed, by name. */
export function namesOf({ layers }: Wiring, pruning: Pruning): string[] {
  return layers.flatMap(({ rows, columns }, l) => {
    const { removedRows, removedColumns } = pruning.layers[l]!;
    return [...Array.from(removedRows, (i) => rows[i]!), ...Array.from(removedColumns, (j) => columns[j]!)];
  });
}

/** The pruning that removes the lines of these names. */
export function pruningOfNames({ layers }: Wiring, names: ReadonlySet<string>): Pruning {
  const marked = (lines: readonly string[]) => Uint32Array.from(upTo(lines.length).filter((k) => names.has(lines[k]!)));
  return {
    layers: layers.map(({ rows, columns }) => ({ removedRows: marked(rows), removedColumns: marked(columns) })),
  };
}

/** The closure of a pruning. */
export function referenceClosure(instance: Instance, pruning: Pruning): Pruning {
  const wiring = wiringOf(instance);
  return pruningOfNames(wiring, deadByName(wiring, namesOf(wiring, pruning)));
}

/** The least cost of any closed pruning that removes `target` units and respects the minima, by trying all; null: there is none. */
export function linkedBruteForce(instance: Instance, target: number): Optimum | null {
  const wiring = wiringOf(instance);
  const layers = instance.layers.map((layer) => ({ ...layer, exact: Array.from(layer.importance, exact) }));
  const lines = wiring.layers.flatMap(({ rows, columns }) => [...rows, ...columns]);
  let best: Optimum | null = null;
  for (let set = 0; set < 2 ** lines.length; set++) {
    let cost = 0n;
    let units = 0;
    let bit = 0;
    let isAllowed = true;
    for (const { rows, cols, minKeptRows, minKeptColumns, unitsPerEntry, exact: entries } of layers) {
      const rowSet = (set >> bit) % 2 ** rows;
      const columnSet = (set >> (bit + rows)) % 2 ** cols;
      bit += rows + cols;
      if (rows - ones(rowSet) < minKeptRows || cols - ones(columnSet) < minKeptColumns) isAllowed = false;
      for (const [k, entry] of entries.entries()) {
        if (((rowSet >> Math.floor(k / cols)) | (columnSet >> (k % cols))) % 2 === 0) continue;
        cost += entry;
        units += unitsPerEntry;
      }
    }
    if (!isAllowed || units < target || (best !== null && cost >= best.cost)) continue;
    const removed = new Set(lines.filter((_, k) => (set >> k) % 2 === 1));
    const isClosed = [...deadByName(wiring, removed)].every((name) => removed.has(name) || wiring.signals.has(name));
    if (isClosed) best = { cost, pruning: pruningOfNames(wiring, removed) };
  }
  return best;
}

const ones = (set: number) => [...set.toString(2)].filter((digit) => digit === '1').length;
