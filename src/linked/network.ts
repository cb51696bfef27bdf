import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import { channelOfColumn, type LinkGraph, linkGraph } from '../problem/links.ts';
import { type BundleSignal, makePattern, type Pattern } from './pattern.ts';

/*
 * A linked instance as solvers walk through it: all lines in one numbering, and the bundles of lines that hang together by their
 * signals. Lines are numbered layer by layer, rows before columns; classes are 2 l (rows of layer l) and 2 l + 1 (its columns).
 */

/** A linked instance, flat. */
export interface LinkedNetwork {
  readonly instance: Instance;
  readonly requirement: Requirement;
  readonly graph: LinkGraph;
  /** Number of lines. */
  readonly lines: number;
  /** Of every class its first line; one more than there are classes. */
  readonly firstOf: Int32Array;
  /** Of every line its class. */
  readonly classOf: Int32Array;
  /** Of every class, how many of its lines must stay. */
  readonly mustKeep: Int32Array;
  /** Of every bundle, its first group in `groupStart`, one more than there are bundles. */
  readonly bundleStart: Int32Array;
  /** Of every group, its first place in `groupLines`. */
  readonly groupStart: Int32Array;
  readonly groupLines: Int32Array;
  /** Of every line its group and its bundle. */
  readonly groupOf: Int32Array;
  readonly bundleOf: Int32Array;
  /** Of every bundle how its groups hang together; null: they do not, and every line is free. */
  readonly patterns: readonly (Pattern | null)[];
  /** Of every bundle, whether rows and columns of one layer are in it. */
  readonly crosses: Uint8Array;
}

/** Time and memory linear in lines, signals and sources, but for patterns that few bundles share. */
export function linkedNetwork(instance: Instance, requirement: Requirement): LinkedNetwork {
  const graph = linkGraph(instance)!;
  const { layers } = instance;
  const firstOf = new Int32Array(2 * layers.length + 1);
  for (const [l, { rows, cols }] of layers.entries()) {
    firstOf[2 * l + 1] = firstOf[2 * l]! + rows;
    firstOf[2 * l + 2] = firstOf[2 * l + 1]! + cols;
  }
  const lines = firstOf.at(-1)!;
  const classOf = new Int32Array(lines);
  for (let c = 0; c < 2 * layers.length; c++) classOf.fill(c, firstOf[c]!, firstOf[c + 1]!);
  const mustKeep = new Int32Array(2 * layers.length);
  for (const [l, { rows, cols }] of layers.entries()) {
    mustKeep[2 * l] = rows - requirement.ranges[l]!.maxRows;
    mustKeep[2 * l + 1] = cols - requirement.ranges[l]!.maxColumns;
  }
  const base = { instance, requirement, graph, lines, firstOf, classOf, mustKeep };
  return { ...base, ...bundles(base) };
}

/** Where the bundle of every signal begins and what its patterns are. */
function bundles({
  instance,
  graph,
  lines,
  firstOf,
  classOf,
}: Pick<LinkedNetwork, 'instance' | 'graph' | 'lines' | 'firstOf' | 'classOf'>) {
  const { layers } = instance;
  const root = joined(graph);
  // Writers and readers of every signal, as lines in ascending order.
  const writers: number[][] = Array.from({ length: graph.signals }, () => []);
  const readers: number[][][] = Array.from({ length: graph.signals }, () => []); // by layer
  const alone: number[] = [];
  for (const [l, layer] of layers.entries()) {
    const first = graph.firstSignal[l]!;
    for (let i = 0; i < layer.rows; i++) {
      if (first < 0) alone.push(firstOf[2 * l]! + i);
      else writers[first + i]!.push(firstOf[2 * l]! + i);
    }
    const t = graph.reads[l]!;
    const tensor = t < 0 ? null : graph.tensors[t]!;
    const ofSignal = new Map<number, number[]>();
    for (let j = 0; j < layer.cols; j++) {
      const line = firstOf[2 * l + 1]! + j;
      if (tensor === null) {
        alone.push(line);
        continue;
      }
      const signal = tensor.firstSignal + channelOfColumn(layer, tensor.channels, j);
      const own = ofSignal.get(signal);
      if (own === undefined) ofSignal.set(signal, [line]);
      else own.push(line);
    }
    for (const [signal, own] of ofSignal) readers[signal]!.push(own);
  }
  const members = new Map<number, number[]>(); // signals of a bundle, in the order in which they flow
  for (const node of graph.order) {
    if (node < layers.length) continue;
    const { firstSignal, channels } = graph.tensors[node - layers.length]!;
    for (let s = firstSignal; s < firstSignal + channels; s++) {
      const own = members.get(root[s]!);
      if (own === undefined) members.set(root[s]!, [s]);
      else own.push(s);
    }
  }
  const builder = new BundleBuilder(lines, classOf);
  for (const line of alone) builder.addAlone(line);
  const known = new Map<string, Pattern>();
  const infos = signalInfos(graph);
  for (const signals of members.values()) builder.add(signals, infos, writers, readers, known);
  return builder.done();
}

/** Signals that are made of one another, under one representative. */
function joined(graph: LinkGraph): Int32Array {
  const root = Int32Array.from({ length: graph.signals }, (_, s) => s);
  const find = (s: number) => {
    let top = s;
    while (root[top] !== top) top = root[top]!;
    for (let k = s; k !== top; ) {
      const next = root[k]!;
      root[k] = top;
      k = next;
    }
    return top;
  };
  for (const { from, firstSignal } of graph.tensors) {
    for (const { tensor, offset, channels } of from ?? []) {
      if (tensor < 0) continue;
      for (let c = 0; c < channels; c++)
        root[find(firstSignal + offset + c)] = find(graph.tensors[tensor]!.firstSignal + c);
    }
  }
  for (let s = 0; s < root.length; s++) find(s);
  return root.map((_, s) => find(s));
}

interface SignalInfo {
  readonly from: readonly number[];
  readonly join: 'any' | 'all';
  readonly isInput: boolean;
  readonly isOutput: boolean;
  readonly isMute: boolean;
}

function signalInfos(graph: LinkGraph): SignalInfo[] {
  return graph.tensors.flatMap(({ channels, from, join, output }) =>
    Array.from({ length: channels }, (_, c): SignalInfo => {
      const reaching = (from ?? []).filter(({ offset, channels: own }) => c >= offset && c < offset + own);
      return {
        from: reaching
          .filter(({ tensor }) => tensor >= 0)
          .map(({ tensor, offset }) => graph.tensors[tensor]!.firstSignal + c - offset),
        join,
        isInput: from === null,
        isOutput: output,
        isMute: from !== null && reaching.length < from.length,
      };
    }),
  );
}

class BundleBuilder {
  readonly #classOf: Int32Array;
  readonly #bundleStart: number[] = [0];
  readonly #groupStart: number[] = [0];
  readonly #groupLines: number[] = [];
  readonly #patterns: (Pattern | null)[] = [];
  readonly #crosses: number[] = [];
  readonly #groupOf: Int32Array;
  readonly #bundleOf: Int32Array;

  constructor(lines: number, classOf: Int32Array) {
    this.#classOf = classOf;
    this.#groupOf = new Int32Array(lines);
    this.#bundleOf = new Int32Array(lines);
  }

  /** A line that makes and reads nothing linked. */
  addAlone(line: number): void {
    this.#addGroup([line]);
    this.#endBundle(null, false);
  }

  /** The bundle of these signals. Bundles that look alike share a pattern. */
  add(
    signals: readonly number[],
    infos: readonly SignalInfo[],
    writers: readonly (readonly number[])[],
    readers: readonly (readonly (readonly number[])[])[],
    known: Map<string, Pattern>,
  ): void {
    const place = new Map(signals.map((s, k) => [s, k]));
    let groups = 0;
    const classes = new Set<number>();
    const addGroups = (list: readonly (readonly number[])[]) =>
      list.map((lines) => {
        this.#addGroup(lines);
        classes.add(this.#classOf[lines[0]!]!);
        return groups++;
      });
    const own = signals.map((s): BundleSignal => {
      const info = infos[s]!;
      return {
        ...info,
        from: info.from.map((t) => place.get(t)!),
        writers: addGroups(writers[s]!.map((line) => [line])),
        readers: addGroups(readers[s]!),
      };
    });
    const key = JSON.stringify(own);
    let pattern = known.get(key);
    if (pattern === undefined) {
      pattern = makePattern(groups, own);
      known.set(key, pattern);
    }
    this.#endBundle(
      pattern,
      [...classes].some((c) => classes.has(c ^ 1)),
    );
  }

  #addGroup(lines: readonly number[]): void {
    const group = this.#groupStart.length - 1;
    for (const line of lines) {
      this.#groupLines.push(line);
      this.#groupOf[line] = group;
      this.#bundleOf[line] = this.#patterns.length;
    }
    this.#groupStart.push(this.#groupLines.length);
  }

  #endBundle(pattern: Pattern | null, crosses: boolean): void {
    this.#bundleStart.push(this.#groupStart.length - 1);
    this.#patterns.push(pattern);
    this.#crosses.push(crosses ? 1 : 0);
  }

  done() {
    return {
      bundleStart: Int32Array.from(this.#bundleStart),
      groupStart: Int32Array.from(this.#groupStart),
      groupLines: Int32Array.from(this.#groupLines),
      groupOf: this.#groupOf,
      bundleOf: this.#bundleOf,
      patterns: this.#patterns,
      crosses: Uint8Array.from(this.#crosses),
    };
  }
}
