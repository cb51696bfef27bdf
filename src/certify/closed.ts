import type { Instance, Layer } from '../problem/instance.ts';
import type { LinkSource, LinkTensor } from '../problem/links.ts';
import type { Pruning } from '../problem/pruning.ts';

/*
 * Which kept lines of a linked instance are dead, for the checker: it shares the definitions with the solvers' closure and no step.
 * Where that goes once forwards and once backwards, this applies every rule to everything until nothing changes any more. Rules only
 * take away, and links have no circles, so the end does not depend on the order. Time O((lines + channels) x depth of the network).
 */

/** Flags of one tensor's channels. */
interface Channels {
  readonly tensor: LinkTensor;
  readonly alive: boolean[];
  readonly read: boolean[];
}

/** Flags of one layer's lines: kept and not known to be dead. */
interface Lines {
  readonly layer: Layer;
  readonly rows: boolean[];
  readonly columns: boolean[];
}

/** A line that is kept and dead. */
export interface DeadLine {
  readonly layer: number;
  readonly kind: 'row' | 'column';
  readonly index: number;
}

/**
 * The lines that a pruning keeps although they are dead, layer by layer, rows before columns; none in an instance without links.
 *
 * @param instance with links that make sense
 * @param pruning one of this instance
 */
export function deadLines(instance: Instance, pruning: Pruning): DeadLine[] {
  if (instance.links === undefined) return [];
  const living = instance.layers.map((layer, l): Lines => {
    const { removedRows, removedColumns } = pruning.layers[l]!;
    return { layer, rows: flags(layer.rows, removedRows), columns: flags(layer.cols, removedColumns) };
  });
  const before = living.map(({ rows, columns }) => ({ rows: [...rows], columns: [...columns] }));
  const channels = new Map(
    instance.links.tensors.map((tensor) => [
      tensor.name,
      { tensor, alive: flags(tensor.channels), read: flags(tensor.channels) } satisfies Channels,
    ]),
  );
  const layers = new Map(living.map((lines) => [lines.layer.name, lines]));
  while (applyRules(channels, layers)) {
    // Until nothing changes.
  }
  return living.flatMap(({ rows, columns }, layer) => [
    ...lost(before[layer]!.rows, rows).map((index) => ({ layer, kind: 'row' as const, index })),
    ...lost(before[layer]!.columns, columns).map((index) => ({ layer, kind: 'column' as const, index })),
  ]);
}

function flags(length: number, removed: ArrayLike<number> = []): boolean[] {
  const list = new Array<boolean>(length).fill(true);
  for (let k = 0; k < removed.length; k++) list[removed[k]!] = false;
  return list;
}

function lost(before: readonly boolean[], after: readonly boolean[]): number[] {
  return before.flatMap((own, index) => (own && !after[index] ? [index] : []));
}

/** Every rule once. @returns whether one of them took something away */
function applyRules(channels: ReadonlyMap<string, Channels>, layers: ReadonlyMap<string, Lines>): boolean {
  let changed = false;
  const take = (list: boolean[], index: number) => {
    changed ||= list[index]!;
    list[index] = false;
  };
  const users = usersOf(channels, layers);
  const readers = new Map<string, string>(); // of a layer, the tensor that it reads
  const makes = new Map<string, { tensor: string; offset: number }>(); // of a layer, where its rows go
  for (const { tensor, alive, read } of channels.values()) {
    for (const name of tensor.to ?? []) readers.set(name, tensor.name);
    for (const own of tensor.from ?? []) {
      const { layer, offset } = placed(own, layers);
      if (layer !== null) makes.set(layer, { tensor: tensor.name, offset });
    }
    const wanted = wantedOf(tensor, layers, users.get(tensor.name) ?? []);
    for (let c = 0; c < tensor.channels; c++) {
      if (!sounds(tensor, c, channels, layers)) take(alive, c);
      if (!alive[c] || !wanted[c]) take(read, c);
    }
  }
  for (const [name, { layer, rows, columns }] of layers) {
    const reads = readers.get(name);
    const made = makes.get(name);
    const hasRows = rows.includes(true);
    for (let j = 0; j < layer.cols; j++) {
      if (reads !== undefined) {
        const { tensor, alive } = channels.get(reads)!;
        if (!alive[channelOf(layer, tensor.channels, j)]) take(columns, j);
      }
      if (!hasRows) take(columns, j);
    }
    const hasColumns = columns.includes(true);
    for (let i = 0; i < layer.rows; i++) {
      if (!hasColumns) take(rows, i);
      if (made !== undefined && !channels.get(made.tensor)!.read[made.offset + i]) take(rows, i);
    }
  }
  return changed;
}

/** A source as the layer or the tensor that it names: a plain name is a layer's where there is one. */
function placed(source: LinkSource, layers: ReadonlyMap<string, Lines>) {
  const own: { layer?: string; tensor?: string; offset?: number | undefined } =
    typeof source !== 'string' ? source : layers.has(source) ? { layer: source } : { tensor: source };
  return { layer: own.layer ?? null, tensor: own.tensor ?? null, offset: own.offset ?? 0 };
}

/** A tensor that is made of another, and where. */
interface User {
  readonly user: Channels;
  readonly offset: number;
}

/** Of every tensor, the tensors that are made of it. */
function usersOf(channels: ReadonlyMap<string, Channels>, layers: ReadonlyMap<string, Lines>): Map<string, User[]> {
  const users = new Map<string, User[]>();
  for (const user of channels.values()) {
    for (const own of user.tensor.from ?? []) {
      const { tensor, offset } = placed(own, layers);
      if (tensor !== null) users.set(tensor, [...(users.get(tensor) ?? []), { user, offset }]);
    }
  }
  return users;
}

/** Whether a channel gets anything: an input does; `any` from one source that is alive, `all` from all of them. */
function sounds(
  { from, join = 'any' }: LinkTensor,
  c: number,
  channels: ReadonlyMap<string, Channels>,
  layers: ReadonlyMap<string, Lines>,
): boolean {
  if (from === undefined) return true;
  const gives = (source: LinkSource) => {
    const { layer, tensor, offset } = placed(source, layers);
    const list = layer !== null ? layers.get(layer)!.rows : channels.get(tensor!)!.alive;
    return list[c - offset] === true; // outside of the list it gives nothing
  };
  return join === 'any' ? from.some(gives) : from.every(gives);
}

/** Which channels anybody reads: the outside, a living column, or a channel that is read and made of it. */
function wantedOf(
  { output = false, to = [], channels: count }: LinkTensor,
  layers: ReadonlyMap<string, Lines>,
  users: readonly User[],
): boolean[] {
  const wanted = new Array<boolean>(count).fill(output);
  for (const reader of to) {
    const { layer, columns } = layers.get(reader)!;
    for (const [j, own] of columns.entries()) if (own) wanted[channelOf(layer, count, j)] = true;
  }
  for (const { user, offset } of users) {
    for (let c = 0; c < count; c++) if (user.read[c + offset]) wanted[c] = true;
  }
  return wanted;
}

function channelOf({ cols, columnOrder }: Layer, channels: number, j: number): number {
  return columnOrder === 'ihw' ? Math.floor((j * channels) / cols) : j % channels;
}
