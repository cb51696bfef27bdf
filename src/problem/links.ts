import { describe, RcpruneError } from './error.ts';

/*
 * Links: how the layers of one network hang together.
 *
 * A tensor is what flows between layers; one channel of it is a signal. A row of a layer makes one signal, a column reads one. A row
 * that is removed leaves the columns that read it nothing to read, and a row that nobody reads is of no use: `closure.ts` says which
 * lines are dead. Here is what links are made of, and their graph with all names resolved.
 */

/**
 * What makes channels of a tensor: row c of a layer, or channel c of another tensor, makes channel `offset` + c (default 0). A plain
 * name is a layer's where there is a layer of that name, else a tensor's.
 */
export type LinkSource =
  | string
  | {
      /** Name of a layer. */
      readonly layer: string;
      /** The channel that its row 0 makes. Default 0. */
      readonly offset?: number | undefined;
    }
  | {
      /** Name of a tensor. */
      readonly tensor: string;
      /** The channel that its channel 0 makes. Default 0. */
      readonly offset?: number | undefined;
    };

/**
 * How the sources of a channel make it: `any`, a sum or a concatenation, is alive while one source is; `all`, a product or a gate,
 * while all are. A channel that a source does not reach gets nothing from it.
 */
export type LinkJoin = 'any' | 'all';

/** A tensor of a network. */
export interface LinkTensor {
  /** Not empty, and its own among the tensors. */
  readonly name: string;
  /** Number of channels, at least 1. */
  readonly channels: number;
  /** What makes its channels; absent: the network's input, which is always alive. Channels that no source reaches are silent. */
  readonly from?: readonly LinkSource[] | undefined;
  /** How sources of the same channel go together. Default `any`. */
  readonly join?: LinkJoin | undefined;
  /**
   * Names of the layers that read it. Their number of columns is a multiple of `channels`: column j reads channel j mod channels, or,
   * with `columnOrder` `ihw`, floor(j channels / cols).
   */
  readonly to?: readonly string[] | undefined;
  /** Whether it is read from outside. Default false. */
  readonly output?: boolean | undefined;
}

/** A layer under no `to` reads the input; one in no `from` is read from outside. */
export interface Links {
  /** Without circles: no tensor is made of what reads it. */
  readonly tensors: readonly LinkTensor[];
}

/** What links need to know of a layer. */
export interface LinkedLayer {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly columnOrder?: 'hwi' | 'ihw';
}

/** A source with its names resolved: one of `layer` and `tensor` is an index, the other -1. */
export interface ResolvedSource {
  readonly layer: number;
  readonly tensor: number;
  readonly offset: number;
  /** How many channels it makes. */
  readonly channels: number;
}

/** A tensor with its names resolved. */
export interface ResolvedTensor {
  readonly name: string;
  readonly channels: number;
  /** null: the network's input. */
  readonly from: readonly ResolvedSource[] | null;
  readonly join: LinkJoin;
  /** Indices of the layers that read it. */
  readonly to: readonly number[];
  readonly output: boolean;
  /** Its channel c is signal `firstSignal` + c. */
  readonly firstSignal: number;
}

/** Layers and tensors as one graph, in the order in which values flow. Signals are numbered tensor by tensor. */
export interface LinkGraph {
  readonly tensors: readonly ResolvedTensor[];
  /** Number of signals. */
  readonly signals: number;
  /** Of every layer, the tensor that its columns read; -1: the network's input. */
  readonly reads: Int32Array;
  /** Of every layer, the tensor that its rows make; -1: it is read from outside. */
  readonly writes: Int32Array;
  /** Of every layer, the signal that its row 0 makes; row i makes this + i. -1: it is read from outside. */
  readonly firstSignal: Int32Array;
  /** Every layer l as l and every tensor t as layers + t: each after all that it depends on. */
  readonly order: Int32Array;
}

/** More channels in all than any network has; hostile files ask for more. */
const MOST_SIGNALS = 2 ** 26;

const graphs = new WeakMap<object, { layers: readonly LinkedLayer[]; graph: LinkGraph }>();

/**
 * The graph of an instance's links; null where it has none. Made once for an instance's links, in time linear in tensors, sources and
 * readers.
 *
 * @throws RcpruneError on links that make no sense: unknown or repeated names, two tensors for one layer, counts that do not fit, a circle
 */
export function linkGraph(instance: {
  readonly layers: readonly LinkedLayer[];
  readonly links?: Links | undefined;
}): LinkGraph | null {
  const { layers, links } = instance;
  if (links === undefined) return null;
  const known = typeof links === 'object' && links !== null ? graphs.get(links) : undefined;
  if (known?.layers === layers) return known.graph;
  const graph = resolve(layers, links);
  graphs.set(links, { layers, graph });
  return graph;
}

/** The signal that column j of layer l reads; -1: the network's input. O(1). */
export function signalOfColumn(graph: LinkGraph, layers: readonly LinkedLayer[], l: number, j: number): number {
  const t = graph.reads[l]!;
  if (t < 0) return -1;
  const { firstSignal, channels } = graph.tensors[t]!;
  return firstSignal + channelOfColumn(layers[l]!, channels, j);
}

/** The channel that column j reads of a tensor of so many channels. O(1). */
export function channelOfColumn({ cols, columnOrder }: LinkedLayer, channels: number, j: number): number {
  return columnOrder === 'ihw' ? Math.floor(j / (cols / channels)) : j % channels;
}

/** Links as text that is the same for links that say the same: for hashes. Names of layers and tensors are kept apart. */
export function canonicalLinks(graph: LinkGraph, layers: readonly LinkedLayer[]): string {
  return JSON.stringify(
    graph.tensors.map(({ name, channels, from, join, to, output }) => [
      name,
      channels,
      from?.map(({ layer, tensor, offset }) =>
        layer >= 0 ? ['layer', layers[layer]!.name, offset] : ['tensor', graph.tensors[tensor]!.name, offset],
      ) ?? null,
      join,
      to.map((l) => layers[l]!.name),
      output,
    ]),
  );
}

function resolve(layers: readonly LinkedLayer[], links: Links): LinkGraph {
  const tensors: unknown = (links as Links | null)?.tensors;
  if (!Array.isArray(tensors)) throw new RcpruneError('links', 'an object with a list of tensors', describe(tensors));
  const layerIndex = new Map(layers.map(({ name }, l) => [name, l]));
  const tensorIndex = new Map<string, number>();
  for (const [t, tensor] of tensors.entries()) {
    requireTensor(tensor);
    if (tensorIndex.has(tensor.name)) {
      throw new RcpruneError('links', 'distinct tensor names', `${describe(tensor.name)} twice`);
    }
    tensorIndex.set(tensor.name, t);
  }
  const reads = new Int32Array(layers.length).fill(-1);
  const writes = new Int32Array(layers.length).fill(-1);
  const firstOf = new Int32Array(layers.length).fill(-1);
  let signals = 0;
  const resolved = (tensors as LinkTensor[]).map((tensor, t): ResolvedTensor => {
    const firstSignal = signals;
    signals += tensor.channels;
    if (signals > MOST_SIGNALS) throw new RcpruneError('links', `at most ${MOST_SIGNALS} channels in all`, 'more');
    const where = `links: tensor ${describe(tensor.name)}`;
    const from = tensor.from?.map((source) => {
      const own = resolveSource(where, source, layers, tensors as LinkTensor[], layerIndex, tensorIndex);
      if (own.offset + own.channels > tensor.channels) {
        const got = `${own.channels} from channel ${own.offset} on`;
        throw new RcpruneError(`${where}: from`, `sources within ${tensor.channels} channels`, got);
      }
      if (own.layer >= 0) {
        claim(writes, own.layer, t, `${where}: from`, layers);
        firstOf[own.layer] = firstSignal + own.offset;
      }
      return own;
    });
    const to = (tensor.to ?? []).map((name) => {
      const l = typeof name === 'string' ? layerIndex.get(name) : undefined;
      if (l === undefined) throw new RcpruneError(`${where}: to`, 'names of layers', describe(name));
      claim(reads, l, t, `${where}: to`, layers);
      if (layers[l]!.cols % tensor.channels !== 0) {
        const got = `${layers[l]!.cols} columns of layer ${describe(name)}`;
        throw new RcpruneError(`${where}: to`, `a multiple of ${tensor.channels} columns`, got);
      }
      return l;
    });
    const { name, channels, join = 'any', output = false } = tensor;
    return { name, channels, from: from ?? null, join, to, output, firstSignal };
  });
  const order = flowOrder(layers, resolved, reads);
  return { tensors: resolved, signals, reads, writes, firstSignal: firstOf, order };
}

/** One tensor for one layer, on either side. */
function claim(list: Int32Array, l: number, t: number, where: string, layers: readonly LinkedLayer[]): void {
  if (list[l] !== -1) {
    throw new RcpruneError(where, 'one tensor for a layer, once', `layer ${describe(layers[l]!.name)} again`);
  }
  list[l] = t;
}

const FIELDS = ['name', 'channels', 'from', 'join', 'to', 'output'];

function requireTensor(tensor: unknown): asserts tensor is LinkTensor {
  if (typeof tensor !== 'object' || tensor === null) throw new RcpruneError('links', 'tensors', describe(tensor));
  const { name, channels, from, join, to, output } = tensor as Partial<Record<keyof LinkTensor, unknown>>;
  if (typeof name !== 'string' || name === '') {
    throw new RcpruneError('links: tensor name', 'a non-empty string', describe(name));
  }
  const where = `links: tensor ${describe(name)}`;
  for (const key of Object.keys(tensor)) {
    if (!FIELDS.includes(key)) throw new RcpruneError(where, `fields ${FIELDS.join(' ')}`, describe(key));
  }
  if (!Number.isInteger(channels) || (channels as number) < 1 || (channels as number) > MOST_SIGNALS) {
    throw new RcpruneError(`${where}: channels`, `an integer from 1 to ${MOST_SIGNALS}`, describe(channels));
  }
  if (from !== undefined && (!Array.isArray(from) || from.length === 0)) {
    throw new RcpruneError(`${where}: from`, 'a list of sources, or nothing', describe(from));
  }
  if (join !== undefined && join !== 'any' && join !== 'all') {
    throw new RcpruneError(`${where}: join`, 'any or all', describe(join));
  }
  if (to !== undefined && !Array.isArray(to)) throw new RcpruneError(`${where}: to`, 'a list of layers', describe(to));
  if (output !== undefined && typeof output !== 'boolean') {
    throw new RcpruneError(`${where}: output`, 'true or false', describe(output));
  }
}

function resolveSource(
  where: string,
  source: unknown,
  layers: readonly LinkedLayer[],
  tensors: readonly LinkTensor[],
  layerIndex: ReadonlyMap<string, number>,
  tensorIndex: ReadonlyMap<string, number>,
): ResolvedSource {
  const at = `${where}: from`;
  const own = (typeof source === 'object' && source !== null ? source : { layer: source }) as Record<string, unknown>;
  const isPlain = own !== source;
  const keys = Object.keys(own).filter((key) => key !== 'offset' || own.offset === undefined);
  if (keys.length !== 1 || (keys[0] !== 'layer' && keys[0] !== 'tensor')) {
    throw new RcpruneError(at, 'a name, or one of layer and tensor with an offset', describe(keys.join(' ')));
  }
  const { layer, tensor, offset = 0 } = own;
  if (!Number.isInteger(offset) || (offset as number) < 0) {
    throw new RcpruneError(`${at}: offset`, 'an integer >= 0', describe(offset));
  }
  const name = layer ?? tensor;
  const l = layer === undefined ? undefined : layerIndex.get(layer as string);
  const t = isPlain || tensor !== undefined ? tensorIndex.get(name as string) : undefined;
  if (l !== undefined) return { layer: l, tensor: -1, offset: offset as number, channels: layers[l]!.rows };
  if (t !== undefined) return { layer: -1, tensor: t, offset: offset as number, channels: tensors[t]!.channels };
  throw new RcpruneError(at, 'a layer or a tensor', describe(name));
}

/** Layers and tensors, each after all that it depends on (Kahn 1962). @throws RcpruneError on a circle */
function flowOrder(layers: readonly LinkedLayer[], tensors: readonly ResolvedTensor[], reads: Int32Array): Int32Array {
  const count = layers.length + tensors.length;
  const users: number[][] = Array.from({ length: count }, () => []);
  const waitsFor = new Int32Array(count);
  const edge = (from: number, to: number) => {
    users[from]!.push(to);
    waitsFor[to]!++;
  };
  for (const [l, t] of reads.entries()) if (t >= 0) edge(layers.length + t, l);
  for (const [t, { from }] of tensors.entries()) {
    for (const { layer, tensor } of from ?? []) edge(layer >= 0 ? layer : layers.length + tensor, layers.length + t);
  }
  const order = new Int32Array(count);
  let filled = 0;
  for (let node = 0; node < count; node++) if (waitsFor[node] === 0) order[filled++] = node;
  for (let k = 0; k < filled; k++) {
    for (const user of users[order[k]!]!) if (--waitsFor[user]! === 0) order[filled++] = user;
  }
  if (filled < count) {
    const t = tensors.findIndex((_, own) => waitsFor[layers.length + own]! > 0);
    throw new RcpruneError('links', 'no circle', `one through tensor ${describe(tensors[t]!.name)}`);
  }
  return order;
}
