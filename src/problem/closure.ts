import { addLayerCost } from './cost.ts';
import { ExactSum } from './exact-sum.ts';
import type { Instance, Layer } from './instance.ts';
import { channelOfColumn, type LinkGraph, linkGraph, type ResolvedTensor } from './links.ts';
import { indicesOf, keptMask, type Pruning } from './pruning.ts';

/*
 * Which lines of a linked network are dead once some are removed.
 *
 * Forwards: a row is silent when it is removed or all columns of its layer are dead; a signal is silent when its sources are (`any`:
 * all of them, `all`: one of them); a column is dead when it is removed or its signal is silent. Backwards: a signal is unread when it
 * is silent, or no living column reads it, no read signal is made of it and it is no output; a row is dead when it is removed, silent,
 * or makes an unread signal; a column is dead also when all rows of its layer are. One sweep each way finds them all: T12 of
 * proofs/README.md.
 */

/** The lines that are left: rows[l][i] = 1 while row i of layer l is. */
export interface Living {
  readonly rows: readonly Uint8Array[];
  readonly columns: readonly Uint8Array[];
}

/**
 * The closure of a pruning: its lines and all that are dead because of them; an instance without links has no others. Extensive,
 * monotone and idempotent. Time linear in lines and signals.
 *
 * @param pruning one of this instance; not checked here
 */
export function closure(instance: Instance, pruning: Pruning): Pruning {
  const graph = linkGraph(instance);
  if (graph === null) return pruning;
  const living = livingOf(instance, pruning);
  closeLiving(graph, instance.layers, living);
  return pruningOf(living);
}

/** Whether a pruning removes all that is dead because of it. Always so without links. */
export function isClosed(instance: Instance, pruning: Pruning): boolean {
  const closed = closure(instance, pruning);
  return closed.layers.every(({ removedRows, removedColumns }, l) => {
    const own = pruning.layers[l]!;
    return removedRows.length === own.removedRows.length && removedColumns.length === own.removedColumns.length;
  });
}

/** The importance of what a pruning keeps on dead lines, exact, in units of 2^-149; 0 where it is closed. */
export function deadKept(instance: Instance, pruning: Pruning): bigint {
  if (instance.links === undefined) return 0n;
  const whole = new ExactSum();
  const own = new ExactSum();
  for (const [l, closed] of closure(instance, pruning).layers.entries()) {
    addLayerCost(whole, instance.layers[l]!, closed);
    addLayerCost(own, instance.layers[l]!, pruning.layers[l]!);
  }
  return whole.value() - own.value();
}

/** An instance without its links: every layer on its own. */
export function withoutLinks(instance: Instance): Instance {
  const { links: _, ...rest } = instance;
  return rest;
}

/** What a pruning leaves. */
export function livingOf(instance: Instance, pruning: Pruning): Living {
  return {
    rows: instance.layers.map(({ rows }, l) => keptMask(rows, pruning.layers[l]!.removedRows)),
    columns: instance.layers.map(({ cols }, l) => keptMask(cols, pruning.layers[l]!.removedColumns)),
  };
}

/** The same lines, to be changed. */
export function copyOf({ rows, columns }: Living): Living {
  return { rows: rows.map((own) => own.slice()), columns: columns.map((own) => own.slice()) };
}

/** The pruning that leaves these lines. */
export function pruningOf({ rows, columns }: Living): Pruning {
  return {
    layers: rows.map((own, l) => ({ removedRows: indicesOf(own, 0), removedColumns: indicesOf(columns[l]!, 0) })),
  };
}

/** Of every signal: whether it is not silent, and whether it is not unread. */
export interface LivingSignals {
  readonly alive: Uint8Array;
  readonly read: Uint8Array;
}

/** Takes out of `living` all that is dead. */
export function closeLiving(graph: LinkGraph, layers: readonly Layer[], living: Living): LivingSignals {
  const alive = new Uint8Array(graph.signals); // forwards: not silent
  for (const node of graph.order) {
    if (node < layers.length) hear(graph, layers, living, alive, node);
    else sound(graph, living, alive, graph.tensors[node - layers.length]!);
  }
  const read = new Uint8Array(graph.signals); // backwards: not unread
  for (let k = graph.order.length - 1; k >= 0; k--) {
    const node = graph.order[k]!;
    if (node < layers.length) serve(graph, layers, living, read, node);
    else demand(graph, alive, read, graph.tensors[node - layers.length]!);
  }
  return { alive, read };
}

/** Forwards through a layer: columns of silent signals die, and all rows with the last column. */
function hear(graph: LinkGraph, layers: readonly Layer[], living: Living, alive: Uint8Array, l: number): void {
  const columns = living.columns[l]!;
  const t = graph.reads[l]!;
  if (t >= 0) {
    const { firstSignal, channels } = graph.tensors[t]!;
    for (let j = 0; j < columns.length; j++) {
      if (alive[firstSignal + channelOfColumn(layers[l]!, channels, j)] === 0) columns[j] = 0;
    }
  }
  if (!columns.includes(1)) living.rows[l]!.fill(0);
}

/** Forwards through a tensor: which of its channels are alive. */
function sound(
  graph: LinkGraph,
  living: Living,
  alive: Uint8Array,
  { firstSignal, channels, from, join }: ResolvedTensor,
): void {
  const own = alive.subarray(firstSignal, firstSignal + channels);
  if (from === null) own.fill(1);
  else if (join === 'all') own.fill(1);
  for (const source of from ?? []) {
    const given =
      source.layer >= 0
        ? living.rows[source.layer]!
        : alive.subarray(graph.tensors[source.tensor]!.firstSignal).subarray(0, source.channels);
    if (join === 'any') for (let c = 0; c < source.channels; c++) own[source.offset + c]! |= given[c]!;
    else {
      for (let c = 0; c < channels; c++) {
        const k = c - source.offset;
        if (k < 0 || k >= source.channels || given[k] === 0) own[c] = 0;
      }
    }
  }
}

/** Backwards through a layer: rows that make unread signals die, and all columns with the last row; living columns read. */
function serve(graph: LinkGraph, layers: readonly Layer[], living: Living, read: Uint8Array, l: number): void {
  const rows = living.rows[l]!;
  const columns = living.columns[l]!;
  const first = graph.firstSignal[l]!;
  if (first >= 0) for (let i = 0; i < rows.length; i++) if (read[first + i] === 0) rows[i] = 0;
  if (!rows.includes(1)) columns.fill(0);
  const t = graph.reads[l]!;
  if (t < 0) return;
  const { firstSignal, channels } = graph.tensors[t]!;
  for (let j = 0; j < columns.length; j++) {
    if (columns[j] === 1) read[firstSignal + channelOfColumn(layers[l]!, channels, j)] = 1;
  }
}

/** Backwards through a tensor: `read` holds who reads its channels; silent ones are unread; read ones read what makes them. */
function demand(
  graph: LinkGraph,
  alive: Uint8Array,
  read: Uint8Array,
  { firstSignal, channels, from, output }: ResolvedTensor,
): void {
  const own = read.subarray(firstSignal, firstSignal + channels);
  for (let c = 0; c < channels; c++) {
    if (output) own[c] = 1;
    if (alive[firstSignal + c] === 0) own[c] = 0;
  }
  for (const { tensor, offset, channels: count } of from ?? []) {
    if (tensor < 0) continue;
    const first = graph.tensors[tensor]!.firstSignal;
    for (let c = 0; c < count; c++) if (own[offset + c] === 1) read[first + c] = 1;
  }
}
