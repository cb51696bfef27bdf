import type { Instance, Layer } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';

/*
 * Which lines of a linked network are dead, by the checker's own code: it shares the definitions of a link with the solvers
 * (src/problem/links.ts), not the two sweeps that find dead lines there.
 *
 * A signal is one channel of one tensor. Facts are found one from another until no more follow:
 *
 *   a removed line is dead;
 *   a row is dead when all columns of its layer are, or when the signal that it makes is unread;
 *   a column is dead when all rows of its layer are, or when the signal that it reads is silent;
 *   a signal is silent when all its sources are dead or silent (`any`), or when one of them is or does not reach it (`all`);
 *   a signal is unread when it is silent, or when it is no output and all columns that read it are dead and all signals made of it
 *   are unread.
 *
 * Every fact is found once, and only what it touches is looked at again, by counting what is left of sources and readers. Time and
 * memory O(lines + signals + links of signals), whatever the order of layers and tensors.
 */

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
  const facts = new Facts(instance);
  for (const [l, { removedRows, removedColumns }] of pruning.layers.entries()) {
    for (const row of removedRows) facts.follow(['row', l, row]);
    for (const column of removedColumns) facts.follow(['column', l, column]);
  }
  const dead: DeadLine[] = [];
  for (const [layer, { removedRows, removedColumns }] of pruning.layers.entries()) {
    for (const [kind, list, removed] of [
      ['row', facts.rows[layer]!, removedRows],
      ['column', facts.columns[layer]!, removedColumns],
    ] as const) {
      const gone = new Set(removed);
      for (const [index, isDead] of list.entries()) {
        if (isDead === 1 && !gone.has(index)) dead.push({ layer, kind, index });
      }
    }
  }
  return dead;
}

/** Rows and columns by layer, signals by tensor and channel. */
type Fact = readonly [what: 'row' | 'column' | 'silent' | 'unread', owner: number, index: number];

interface Tensor {
  readonly channels: number;
  /** null: the network's input. A source is layer `layer`, or tensor `tensor` where that is -1. */
  readonly sources: readonly { layer: number; tensor: number; offset: number; channels: number }[] | null;
  readonly isProduct: boolean;
  readonly isOutput: boolean;
  /** Layers that read it. */
  readonly readers: readonly number[];
  /** Tensors that are made of it, and from which of their channels on. */
  readonly users: { tensor: number; offset: number }[];
  /** Of every channel: sources that are neither dead nor silent ... */
  readonly sourcesLeft: Int32Array;
  /** ... and columns and signals that read it and are neither dead nor unread. */
  readonly readersLeft: Int32Array;
  readonly isSilent: Uint8Array;
  readonly isUnread: Uint8Array;
}

/** All that is known to be dead, silent or unread. */
class Facts {
  /** rows[l][i] = 1 when row i of layer l is removed or dead. */
  readonly rows: Uint8Array[];
  readonly columns: Uint8Array[];
  readonly #layers: readonly Layer[];
  readonly #tensors: readonly Tensor[];
  readonly #reads: Int32Array; // of every layer, the tensor that its columns read; -1: the input
  readonly #writes: readonly ({ tensor: number; offset: number } | null)[]; // its row c makes channel offset + c; null: read from outside
  readonly #rowsLeft: Int32Array; // of every layer
  readonly #columnsLeft: Int32Array;
  readonly #pending: Fact[] = [];

  constructor(instance: Instance) {
    const { layers } = instance;
    this.#layers = layers;
    this.rows = layers.map(({ rows }) => new Uint8Array(rows));
    this.columns = layers.map(({ cols }) => new Uint8Array(cols));
    this.#rowsLeft = Int32Array.from(layers, ({ rows }) => rows);
    this.#columnsLeft = Int32Array.from(layers, ({ cols }) => cols);
    this.#tensors = tensorsOf(instance);
    this.#reads = new Int32Array(layers.length).fill(-1);
    const writes = new Array<{ tensor: number; offset: number } | null>(layers.length).fill(null);
    this.#writes = writes;
    for (const [t, { sources, readers }] of this.#tensors.entries()) {
      for (const l of readers) this.#reads[l] = t;
      for (const { layer, offset } of sources ?? []) if (layer >= 0) writes[layer] = { tensor: t, offset };
    }
    this.#count();
    this.#begin();
  }

  /** A fact and all that follows from it. */
  follow(fact: Fact): void {
    this.#pending.push(fact);
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) this.#take(next);
  }

  /** Sources and readers of every signal while nothing is dead. */
  #count(): void {
    for (const { channels, sources, readers, readersLeft, sourcesLeft } of this.#tensors) {
      for (const l of readers) for (let c = 0; c < channels; c++) readersLeft[c]! += this.#layers[l]!.cols / channels;
      for (const { tensor, offset, channels: made } of sources ?? []) {
        for (let c = 0; c < made; c++) {
          sourcesLeft[offset + c]!++;
          if (tensor >= 0) this.#tensors[tensor]!.readersLeft[c]!++;
        }
      }
    }
  }

  /** What is silent or unread before anything is removed. */
  #begin(): void {
    for (const [t, { channels, sources, isProduct, isOutput, sourcesLeft, readersLeft }] of this.#tensors.entries()) {
      for (let c = 0; c < channels; c++) {
        const needed = isProduct ? sources?.length : 1;
        if (sources !== null && sourcesLeft[c]! < needed!) this.follow(['silent', t, c]);
        if (!isOutput && readersLeft[c] === 0) this.follow(['unread', t, c]);
      }
    }
  }

  #take([what, owner, index]: Fact): void {
    const known = this.#known(what, owner);
    if (known[index] === 1) return;
    known[index] = 1;
    if (what === 'row') this.#rowDied(owner, index);
    else if (what === 'column') this.#columnDied(owner, index);
    else if (what === 'silent') this.#fellSilent(owner, index);
    else this.#wentUnread(owner, index);
  }

  #known(what: Fact[0], owner: number): Uint8Array {
    if (what === 'row') return this.rows[owner]!;
    if (what === 'column') return this.columns[owner]!;
    return what === 'silent' ? this.#tensors[owner]!.isSilent : this.#tensors[owner]!.isUnread;
  }

  #rowDied(l: number, row: number): void {
    if (--this.#rowsLeft[l]! === 0) this.#all('column', l, this.#layers[l]!.cols);
    const made = this.#writes[l]!;
    if (made !== null) this.#sourceLost(made.tensor, made.offset + row);
  }

  #columnDied(l: number, column: number): void {
    if (--this.#columnsLeft[l]! === 0) this.#all('row', l, this.#layers[l]!.rows);
    const t = this.#reads[l]!;
    if (t < 0) return;
    const { channels } = this.#tensors[t]!;
    const { cols, columnOrder } = this.#layers[l]!;
    const channel = columnOrder === 'ihw' ? Math.floor(column / (cols / channels)) : column % channels;
    this.#readerLost(t, channel);
  }

  #fellSilent(t: number, channel: number): void {
    const { channels, readers, users } = this.#tensors[t]!;
    this.#pending.push(['unread', t, channel]);
    for (const l of readers) {
      const { cols, columnOrder } = this.#layers[l]!;
      const positions = cols / channels;
      for (let k = 0; k < positions; k++) {
        this.#pending.push(['column', l, columnOrder === 'ihw' ? channel * positions + k : k * channels + channel]);
      }
    }
    for (const { tensor, offset } of users) this.#sourceLost(tensor, offset + channel);
  }

  #wentUnread(t: number, channel: number): void {
    for (const { layer, tensor, offset, channels } of this.#tensors[t]!.sources ?? []) {
      const own = channel - offset;
      if (own < 0 || own >= channels) continue;
      if (layer >= 0) this.#pending.push(['row', layer, own]);
      else this.#readerLost(tensor, own);
    }
  }

  #sourceLost(t: number, channel: number): void {
    const { isProduct, sourcesLeft } = this.#tensors[t]!;
    if (--sourcesLeft[channel]! === 0 || isProduct) this.#pending.push(['silent', t, channel]);
  }

  #readerLost(t: number, channel: number): void {
    const { isOutput, readersLeft } = this.#tensors[t]!;
    if (--readersLeft[channel]! === 0 && !isOutput) this.#pending.push(['unread', t, channel]);
  }

  #all(what: 'row' | 'column', l: number, length: number): void {
    for (let k = 0; k < length; k++) this.#pending.push([what, l, k]);
  }
}

/** The tensors with names resolved: a plain name is a layer's where there is a layer of that name, else a tensor's. */
function tensorsOf({ layers, links }: Instance): Tensor[] {
  const given = links?.tensors ?? [];
  const layerOf = new Map(layers.map(({ name }, l) => [name, l]));
  const tensorOf = new Map(given.map(({ name }, t) => [name, t]));
  const tensors = given.map(({ channels, from, join, to, output }): Tensor => {
    const sources = from?.map((source) => {
      const named =
        typeof source === 'string' ? (layerOf.has(source) ? { layer: source } : { tensor: source }) : source;
      const offset = (typeof source === 'string' ? undefined : source.offset) ?? 0;
      if ('layer' in named) {
        const layer = layerOf.get(named.layer)!;
        return { layer, tensor: -1, offset, channels: layers[layer]!.rows };
      }
      const tensor = tensorOf.get(named.tensor)!;
      return { layer: -1, tensor, offset, channels: given[tensor]!.channels };
    });
    return {
      channels,
      sources: sources ?? null,
      isProduct: join === 'all',
      isOutput: output === true,
      readers: (to ?? []).map((name) => layerOf.get(name)!),
      users: [],
      sourcesLeft: new Int32Array(channels),
      readersLeft: new Int32Array(channels),
      isSilent: new Uint8Array(channels),
      isUnread: new Uint8Array(channels),
    };
  });
  for (const [t, { sources }] of tensors.entries()) {
    for (const { tensor, offset } of sources ?? []) if (tensor >= 0) tensors[tensor]!.users.push({ tensor: t, offset });
  }
  return tensors;
}
