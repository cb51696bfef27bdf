/*
 * One bundle of channels that are made of one another, seen on its own: a writer's row and the columns that read it, or a channel of a
 * residual stream with all that add to it and read it.
 *
 * Its lines fall into groups: the rows that make one signal (each a group), and the columns of one layer that read one signal (one
 * group, since a single one keeps the signal read). Which groups may stay is the closure of closure.ts on this bundle alone. Given what
 * every group is worth, here is which groups stay at the greatest worth: exact where the signals form a line, as along chains and
 * residual streams, or where there are at most {@link MOST_LISTED} groups, as for gates; else by climbing.
 */

/** A signal of a bundle. */
export interface BundleSignal {
  /** Places of the signals that it is made of, all smaller than its own. */
  readonly from: readonly number[];
  readonly join: 'any' | 'all';
  /** Always alive; always read. */
  readonly isInput: boolean;
  readonly isOutput: boolean;
  /** Groups whose row makes it, and groups of columns that read it. */
  readonly writers: readonly number[];
  readonly readers: readonly number[];
  /** Of `all`: whether some source does not reach it. */
  readonly isMute: boolean;
}

/** A bundle without the names of its lines: bundles that look alike share it. */
export interface Pattern {
  readonly groups: number;
  readonly signals: readonly BundleSignal[];
  /** Of every group, its signal. */
  readonly signalOf: Int32Array;
  readonly isWriter: Uint8Array;
  /** Whether signal k + 1 is made of signal k and of nothing else but rows, for all k. */
  readonly isLine: boolean;
  /** All closed sets of groups as bits, where there are few groups and they form no line; else null. */
  readonly closedSets: Uint32Array | null;
}

/** Most groups of a bundle whose closed sets are listed. */
export const MOST_LISTED = 12;

export function makePattern(groups: number, signals: readonly BundleSignal[]): Pattern {
  const signalOf = new Int32Array(groups).fill(-1);
  const isWriter = new Uint8Array(groups);
  for (const [s, { writers, readers }] of signals.entries()) {
    for (const g of writers) {
      signalOf[g] = s;
      isWriter[g] = 1;
    }
    for (const g of readers) signalOf[g] = s;
  }
  const isLine = signals.every(
    ({ from, join }, s) => join === 'any' && (s === 0 ? from.length === 0 : from.length === 1 && from[0] === s - 1),
  );
  const pattern = { groups, signals, signalOf, isWriter, isLine, closedSets: null };
  return !isLine && groups <= MOST_LISTED ? { ...pattern, closedSets: listClosed(pattern) } : pattern;
}

function listClosed(pattern: Pattern): Uint32Array {
  const found: number[] = [];
  const own = new Uint8Array(pattern.groups);
  for (let set = 0; set < 2 ** pattern.groups; set++) {
    for (let g = 0; g < own.length; g++) own[g] = (set >> g) & 1;
    if (!closeGroups(pattern, own)) found.push(set);
  }
  return Uint32Array.from(found);
}

/** Takes the groups out of `on` that are dead. O(size of the bundle). @returns whether there were any */
export function closeGroups({ signals }: Pattern, on: Uint8Array): boolean {
  const count = signals.length;
  const alive = new Uint8Array(count);
  const read = new Uint8Array(count);
  let changed = false;
  const drop = (g: number) => {
    if (on[g] === 0) return;
    on[g] = 0;
    changed = true;
  };
  for (let s = 0; s < count; s++) {
    const { from, join, isInput, isMute, writers, readers } = signals[s]!;
    const isAny = join === 'any';
    let own = isInput || (!isAny && !isMute);
    for (const t of from) own = isAny ? own || alive[t] === 1 : own && alive[t] === 1;
    for (const g of writers) own = isAny ? own || on[g] === 1 : own && on[g] === 1;
    alive[s] = own ? 1 : 0;
    if (!own) for (const g of readers) drop(g);
  }
  for (let s = count - 1; s >= 0; s--) {
    const { from, isOutput, writers, readers } = signals[s]!;
    if (isOutput || readers.some((g) => on[g] === 1)) read[s] = 1;
    if (alive[s] === 0) read[s] = 0;
    if (read[s] === 0) for (const g of writers) drop(g);
    else for (const t of from) read[t] = 1;
  }
  return changed;
}

/**
 * Marks the closed set of groups of greatest worth.
 *
 * @param free what a group is worth that may stay empty: at least 0
 * @param forced what it is worth when something of it must stay: `free` where that is positive, else at most 0; -Infinity: cannot be
 * @param on where the groups are marked that stay; groups of `free` 0 stay only as support
 * @returns the worth
 */
export function bestGroups(pattern: Pattern, free: Float64Array, forced: Float64Array, on: Uint8Array): number {
  const { groups } = pattern;
  let worth = 0;
  for (let g = 0; g < groups; g++) {
    on[g] = free[g]! > 0 ? 1 : 0;
    worth += free[g]!;
  }
  if (!closeGroups(pattern, on)) return worth;
  if (pattern.isLine) return bestOnLine(pattern, free, forced, on);
  if (pattern.closedSets !== null) return bestListed(pattern.closedSets, pattern, forced, on);
  return climb(pattern, forced, on);
}

function bestListed(sets: Uint32Array, { groups }: Pattern, forced: Float64Array, on: Uint8Array): number {
  let best = 0;
  let bestSet = 0;
  for (const set of sets) {
    let worth = 0;
    for (let g = 0; g < groups; g++) if (((set >> g) & 1) === 1) worth += forced[g]!;
    if (worth > best) {
      best = worth;
      bestSet = set;
    }
  }
  for (let g = 0; g < groups; g++) on[g] = (bestSet >> g) & 1;
  return best;
}

/** The group of greatest forced worth; -1: none can be. */
function strongest(list: readonly number[], forced: Float64Array): number {
  let best = -1;
  for (const g of list) if (forced[g]! > (best < 0 ? -Infinity : forced[best]!)) best = g;
  return best;
}

/**
 * Along a line the set is given by the first signal that lives and the last that is read: writers up to the last and readers from the
 * first on stay where they are worth something; the first must have a writer (or be an input), the last a reader (or be an output).
 */
function bestOnLine({ signals }: Pattern, free: Float64Array, forced: Float64Array, on: Uint8Array): number {
  const count = signals.length;
  const sum = (list: readonly number[]) => list.reduce((total, g) => total + free[g]!, 0);
  const atLeastOne = (list: readonly number[]) => {
    const g = strongest(list, forced);
    return g < 0 ? -Infinity : free[g]! > 0 ? sum(list) : forced[g]!;
  };
  const writers = signals.map((own) => sum(own.writers));
  const readers = signals.map((own) => sum(own.readers));
  let best = 0;
  let bestFirst = -1;
  let bestLast = -1;
  for (let first = 0; first < count; first++) {
    const start = signals[first]!.isInput ? writers[first]! : atLeastOne(signals[first]!.writers);
    if (start === -Infinity) continue;
    let between = start;
    for (let last = first; last < count; last++) {
      if (last > first) between += writers[last]!;
      const end = signals[last]!.isOutput ? readers[last]! : atLeastOne(signals[last]!.readers);
      if (between + end > best) {
        best = between + end;
        bestFirst = first;
        bestLast = last;
      }
      between += readers[last]!;
    }
  }
  on.fill(0);
  if (bestFirst < 0) return 0;
  for (let s = bestFirst; s <= bestLast; s++) {
    const own = signals[s]!;
    for (const list of [own.writers, own.readers]) for (const g of list) if (free[g]! > 0) on[g] = 1;
  }
  const [head, tail] = [signals[bestFirst]!, signals[bestLast]!];
  if (!head.isInput && !head.writers.some((g) => on[g] === 1)) on[strongest(head.writers, forced)] = 1;
  if (!tail.isOutput && !tail.readers.some((g) => on[g] === 1)) on[strongest(tail.readers, forced)] = 1;
  return best;
}

const worthOf = (forced: Float64Array, on: Uint8Array) =>
  on.reduce((sum, one, g) => (one === 1 ? sum + forced[g]! : sum), 0);

/** From everything, whatever goes at a gain goes; the better of that and of what `on` holds, which is closed. */
function climb(pattern: Pattern, forced: Float64Array, on: Uint8Array): number {
  const fromWorth = worthOf(forced, on);
  let own = new Uint8Array(pattern.groups);
  for (let g = 0; g < own.length; g++) own[g] = forced[g]! > -Infinity ? 1 : 0;
  closeGroups(pattern, own);
  let worth = worthOf(forced, own);
  for (let changed = true; changed; ) {
    changed = false;
    for (let g = 0; g < own.length; g++) {
      if (own[g] === 0 || forced[g]! > 0) continue;
      const next = own.slice();
      next[g] = 0;
      closeGroups(pattern, next);
      const nextWorth = worthOf(forced, next);
      if (nextWorth > worth) {
        own = next;
        worth = nextWorth;
        changed = true;
      }
    }
  }
  if (worth > fromWorth) on.set(own);
  return Math.max(worth, fromWorth);
}

/**
 * Adds to a closed set one group and what must come with it, at the greatest worth.
 *
 * @param on the set, without the group; holds the larger set afterwards, or what it held where there is none
 * @returns whether there is one
 */
export function addGroup(pattern: Pattern, forced: Float64Array, on: Uint8Array, group: number): boolean {
  const before = on.slice();
  on[group] = 1;
  const wanted = on.slice();
  if (!closeGroups(pattern, on)) return true;
  const holds = supported(pattern, forced, wanted, group, on);
  if (!holds) on.set(before);
  return holds;
}

function supported(pattern: Pattern, forced: Float64Array, wanted: Uint8Array, group: number, on: Uint8Array): boolean {
  const { closedSets, groups, isLine, signals, signalOf, isWriter } = pattern;
  if (closedSets !== null) {
    const least = wanted.reduce((set, one, g) => set | (one << g), 0);
    let best = -Infinity;
    let bestSet = 0;
    for (const set of closedSets) {
      if ((set & least) !== least) continue;
      let worth = 0;
      for (let g = 0; g < groups; g++) if (((set >> g) & 1) === 1) worth += forced[g]!;
      if (worth > best) {
        best = worth;
        bestSet = set;
      }
    }
    for (let g = 0; g < groups; g++) on[g] = (bestSet >> g) & 1;
    return best > -Infinity;
  }
  if (isLine) {
    // A reader lacks a writer before it, or a writer a reader behind it: one group of the other kind is enough.
    const at = signalOf[group]!;
    const others =
      isWriter[group] === 1
        ? signals.slice(at).flatMap(({ readers }) => readers)
        : signals.slice(0, at + 1).flatMap(({ writers }) => writers);
    const g = strongest(others, forced);
    if (g < 0) return false;
    on.set(wanted);
    on[g] = 1;
    return !closeGroups(pattern, on);
  }
  for (let g = 0; g < groups; g++) on[g] = forced[g]! > -Infinity ? 1 : 0;
  closeGroups(pattern, on);
  return on[group] === 1;
}
