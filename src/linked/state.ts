import { transposeInto } from '../layer/transpose.ts';
import { closeLiving } from '../problem/closure.ts';
import { unitCount } from '../problem/instance.ts';
import { indicesOf, keptMask, type Pruning } from '../problem/pruning.ts';
import type { LinkedNetwork } from './network.ts';
import { addGroup, bestGroups, closeGroups } from './pattern.ts';

/*
 * Which lines of a linked network are kept, what every line is worth on the kept lines that cross it, and the moves between closed
 * states: a line goes with all that dies with it, a line returns with what it needs.
 *
 * Worths are doubles that are added and subtracted as lines come and go; answers are priced exactly elsewhere. A move is priced in O(1)
 * a line of its bundle and made in O(crossing lines) a line.
 */

/** The entries of every layer by columns, for {@link LinkedState}: made once for all states of a network. */
export function transposedLayers({ instance }: LinkedNetwork): Float32Array[] {
  return instance.layers.map(({ rows, cols, importance }) =>
    transposeInto(new Float32Array(rows * cols), importance, rows, cols),
  );
}

export class LinkedState {
  readonly network: LinkedNetwork;
  /** kept[line] = 1 while the line is there. */
  readonly kept: Uint8Array;
  /** Importance of every line, kept or not, on the kept lines that cross it. */
  readonly sums: Float64Array;
  /** Of every class, how many of its lines are kept. */
  readonly count: Int32Array;
  /** Units kept in all, and the most that a pruning may keep which meets the goal. */
  keptUnits = 0;
  readonly capacity: number;
  /** Importance kept. */
  weight = 0;
  /** Lines of the move at hand: see {@link propose}. */
  readonly move: Int32Array;
  moveLength = 0;
  moveWeight = 0;
  moveUnits = 0;
  /** What the move changes at a price: importance less price x units, each layer's units at its own {@link scale}. */
  moveGain = 0;
  /** Of every layer, what its units count of the price: 1, unless a search prices layers apart. */
  readonly scale: Float64Array;
  readonly #hasMinima: boolean;
  readonly #columns: readonly Float32Array[];
  readonly #free: Float64Array; // of the groups of a bundle
  readonly #forced: Float64Array;
  readonly #on: Uint8Array;

  constructor(network: LinkedNetwork, columns: readonly Float32Array[], kept: Uint8Array) {
    const { instance, requirement, lines, groupStart, bundleStart, firstOf } = network;
    this.network = network;
    this.#columns = columns;
    this.#hasMinima = network.mustKeep.some((least) => least > 0);
    this.kept = kept.slice();
    this.sums = new Float64Array(lines);
    this.count = new Int32Array(firstOf.length - 1);
    this.move = new Int32Array(lines);
    this.scale = new Float64Array(instance.layers.length).fill(1);
    this.capacity = unitCount(instance) - requirement.target;
    let most = 0;
    for (let b = 0; b + 1 < bundleStart.length; b++) most = Math.max(most, bundleStart[b + 1]! - bundleStart[b]!);
    this.#free = new Float64Array(Math.min(most, groupStart.length));
    this.#forced = new Float64Array(this.#free.length);
    this.#on = new Uint8Array(this.#free.length);
    this.recompute();
  }

  /** All sums and counts from `kept`. O(entries). */
  recompute(): void {
    const { instance, firstOf } = this.network;
    this.sums.fill(0);
    this.keptUnits = 0;
    this.weight = 0;
    for (const [l, { rows, cols, importance, unitsPerEntry }] of instance.layers.entries()) {
      const [firstRow, firstColumn, end] = [firstOf[2 * l]!, firstOf[2 * l + 1]!, firstOf[2 * l + 2]!];
      const keptRows = this.kept.subarray(firstRow, firstColumn);
      const keptColumns = this.kept.subarray(firstColumn, end);
      const ofColumns = this.sums.subarray(firstColumn, end);
      for (let i = 0, k = 0; i < rows; i++) {
        let sum = 0;
        if (keptRows[i] === 1) {
          for (let j = 0; j < cols; j++, k++) {
            const x = importance[k]!;
            ofColumns[j]! += x;
            if (keptColumns[j] === 1) sum += x;
          }
          this.weight += sum;
        } else for (let j = 0; j < cols; j++, k++) if (keptColumns[j] === 1) sum += importance[k]!;
        this.sums[firstRow + i] = sum;
      }
      this.count[2 * l] = countOnes(keptRows);
      this.count[2 * l + 1] = countOnes(keptColumns);
      this.keptUnits += this.count[2 * l]! * this.count[2 * l + 1]! * unitsPerEntry;
    }
  }

  /** Units of a line on the kept lines that cross it. */
  units(line: number): number {
    const c = this.network.classOf[line]!;
    return this.count[c ^ 1]! * this.network.instance.layers[c >> 1]!.unitsPerEntry;
  }

  /** Worth of a line at a price a unit; -Infinity where no kept line crosses it, so that it cannot live. */
  worth(line: number, price: number): number {
    const units = this.units(line);
    return units === 0 ? -Infinity : this.sums[line]! - price * this.scale[this.network.classOf[line]! >> 1]! * units;
  }

  /** Takes a line out or puts it back. O(crossing lines). */
  flip(line: number): void {
    const { instance, classOf, firstOf } = this.network;
    const c = classOf[line]!;
    const { rows, cols, importance } = instance.layers[c >> 1]!;
    const isRow = (c & 1) === 0;
    const index = line - firstOf[c]!;
    const length = isRow ? cols : rows;
    const from = isRow ? importance : this.#columns[c >> 1]!;
    const first = firstOf[c ^ 1]!;
    const { sums } = this;
    const start = index * length;
    const units = this.units(line);
    if (this.kept[line] === 1) {
      for (let k = 0; k < length; k++) sums[first + k]! -= from[start + k]!;
      this.kept[line] = 0;
      this.count[c]!--;
      this.keptUnits -= units;
      this.weight -= sums[line]!;
    } else {
      for (let k = 0; k < length; k++) sums[first + k]! += from[start + k]!;
      this.kept[line] = 1;
      this.count[c]!++;
      this.keptUnits += units;
      this.weight += sums[line]!;
    }
  }

  /** Makes the state what `kept` says: by flips where few differ. */
  assign(kept: Uint8Array): void {
    let differing = 0;
    for (let line = 0; line < kept.length; line++) if (kept[line] !== this.kept[line]) differing++;
    if (differing * 4 > kept.length) {
      this.kept.set(kept);
      this.recompute();
    } else for (let line = 0; line < kept.length; line++) if (kept[line] !== this.kept[line]) this.flip(line);
  }

  /**
   * Works out a move: the lines of one bundle that flip so that its best lines at a price are kept, given all other bundles.
   *
   * @param mustLive whether at least one group must be kept, where there is any way
   * @returns whether any line flips
   */
  proposeBest(bundle: number, price: number, mustLive = false): boolean {
    const { bundleStart, groupStart, groupLines, patterns } = this.network;
    const [from, to] = [bundleStart[bundle]!, bundleStart[bundle + 1]!];
    this.moveLength = 0;
    const pattern = patterns[bundle]!;
    if (pattern === null) {
      const line = groupLines[groupStart[from]!]!;
      const isWanted = mustLive || this.worth(line, price) > 0;
      if (isWanted !== (this.kept[line] === 1)) this.#put(line);
      return this.#priced(price);
    }
    const on = this.#weigh(from, to, price);
    const free = this.#free.subarray(0, to - from);
    const forced = this.#forced.subarray(0, to - from);
    bestGroups(pattern, free, forced, on);
    if (mustLive && !on.includes(1)) {
      let best = 0;
      for (let g = 1; g < on.length; g++) if (forced[g]! > forced[best]!) best = g;
      addGroup(pattern, forced, on, best);
    }
    for (let g = from; g < to; g++) {
      const isOn = on[g - from] === 1;
      const [start, end] = [groupStart[g]!, groupStart[g + 1]!];
      let any = false;
      for (let k = start; k < end; k++) {
        const line = groupLines[k]!;
        const isWanted = isOn && this.worth(line, price) > 0;
        any ||= isWanted;
        if (isWanted !== (this.kept[line] === 1)) this.#put(line);
      }
      if (isOn && !any) this.#keepOne(g, price);
    }
    return this.#priced(price);
  }

  /** Works out a move: the flip of one line, and of what dies with it or must come with it. @returns whether there is one */
  proposeFlip(line: number, price: number): boolean {
    return this.kept[line] === 1 ? this.#proposeRemoval(line, price) : this.#proposeReturn(line, price);
  }

  /**
   * Whether the move at hand leaves as many lines of every class as must stay.
   *
   * @param mayEmpty whether it may take the last line of a class: then all that crosses it dies too, and more with that, so that whoever
   *   allows it calls {@link close}. Default: where no minima can be broken by it.
   */
  isAllowed(mayEmpty = !this.#hasMinima): boolean {
    const { classOf, mustKeep } = this.network;
    const { move, count } = this;
    const least = mayEmpty ? 0 : 1;
    for (let k = 0; k < this.moveLength; k++) {
      const line = move[k]!;
      if (this.kept[line] === 0) continue;
      const c = classOf[line]!;
      let left = count[c]!;
      const must = Math.max(least, mustKeep[c]!);
      if (left - this.moveLength >= must) continue;
      for (let other = 0; other < this.moveLength; other++) {
        if (classOf[move[other]!] === c) left += this.kept[move[other]!] === 1 ? -1 : 1;
      }
      if (left < must) return false;
    }
    return true;
  }

  /** Makes the move at hand. */
  apply(): void {
    for (let k = 0; k < this.moveLength; k++) this.flip(this.move[k]!);
  }

  /** Undoes it. */
  #undo(): void {
    for (let k = this.moveLength - 1; k >= 0; k--) this.flip(this.move[k]!);
  }

  /** Takes out what is dead: layers that lost all lines of one side take more with them. @returns whether there was any */
  close(): boolean {
    const { instance, graph } = this.network;
    const living = { rows: this.#sides(0), columns: this.#sides(1) };
    const own = this.kept.slice();
    closeLiving(graph, instance.layers, living);
    for (const [l, rows] of living.rows.entries()) {
      own.set(rows, this.network.firstOf[2 * l]!);
      own.set(living.columns[l]!, this.network.firstOf[2 * l + 1]!);
    }
    const changed = own.some((one, line) => one !== this.kept[line]);
    if (changed) this.assign(own);
    return changed;
  }

  /** Whether a layer has lines of one side and none of the other: these are dead. */
  isHollow(): boolean {
    for (let c = 0; c < this.count.length; c++) if (this.count[c] === 0 && this.count[c ^ 1]! > 0) return true;
    return false;
  }

  /** Whether as many lines of every class are kept as must be. */
  meetsMinima(): boolean {
    return this.count.every((count, c) => count >= this.network.mustKeep[c]!);
  }

  pruning(): Pruning {
    return pruningOfLines(this.network, this.kept);
  }

  #sides(side: 0 | 1): Uint8Array[] {
    const { firstOf, instance } = this.network;
    return instance.layers.map((_, l) => this.kept.slice(firstOf[2 * l + side]!, firstOf[2 * l + side + 1]!));
  }

  /** What the groups of a bundle are worth at a price, and which have kept lines. */
  #weigh(from: number, to: number, price: number): Uint8Array {
    const { groupStart, groupLines } = this.network;
    const on = this.#on.subarray(0, to - from);
    for (let g = from; g < to; g++) {
      let free = 0;
      let most = -Infinity;
      let isOn = 0;
      for (let k = groupStart[g]!; k < groupStart[g + 1]!; k++) {
        const line = groupLines[k]!;
        const worth = this.worth(line, price);
        if (worth > 0) free += worth;
        if (worth > most) most = worth;
        isOn |= this.kept[line]!;
      }
      this.#free[g - from] = free;
      this.#forced[g - from] = free > 0 ? free : most;
      on[g - from] = isOn;
    }
    return on;
  }

  /** Of a group of which no line is worth anything, the best one alone is kept. */
  #keepOne(group: number, price: number): void {
    const { groupStart, groupLines } = this.network;
    const [start, end] = [groupStart[group]!, groupStart[group + 1]!];
    let best = groupLines[start]!;
    for (let k = start + 1; k < end; k++) {
      if (this.worth(groupLines[k]!, price) > this.worth(best, price)) best = groupLines[k]!;
    }
    // All kept lines of the group are in the move already, and go; the best returns or stays.
    for (let k = 0; k < this.moveLength; k++) {
      if (this.move[k] !== best) continue;
      this.move[k] = this.move[--this.moveLength]!;
      return;
    }
    this.#put(best);
  }

  #proposeRemoval(line: number, price: number): boolean {
    const { bundleOf, groupOf, patterns, bundleStart, groupStart, groupLines } = this.network;
    this.moveLength = 0;
    this.#put(line);
    const bundle = bundleOf[line]!;
    const pattern = patterns[bundle]!;
    const group = groupOf[line]!;
    for (let k = groupStart[group]!; k < groupStart[group + 1]!; k++) {
      const other = groupLines[k]!;
      if (other !== line && this.kept[other] === 1) return this.#priced(price);
    }
    if (pattern === null) return this.#priced(price);
    const [from, to] = [bundleStart[bundle]!, bundleStart[bundle + 1]!];
    const on = this.#marked(from, to);
    on[group - from] = 0;
    if (closeGroups(pattern, on)) {
      for (let g = from; g < to; g++) {
        if (g === group || on[g - from] === 1) continue;
        for (let k = groupStart[g]!; k < groupStart[g + 1]!; k++) {
          if (this.kept[groupLines[k]!] === 1) this.#put(groupLines[k]!);
        }
      }
    }
    return this.#priced(price);
  }

  #proposeReturn(line: number, price: number): boolean {
    const { bundleOf, groupOf, patterns, bundleStart, groupStart, groupLines } = this.network;
    this.moveLength = 0;
    if (this.units(line) === 0) return false;
    this.#put(line);
    const bundle = bundleOf[line]!;
    const pattern = patterns[bundle]!;
    const group = groupOf[line]!;
    if (pattern === null) return this.#priced(price);
    for (let k = groupStart[group]!; k < groupStart[group + 1]!; k++) {
      if (this.kept[groupLines[k]!] === 1) return this.#priced(price);
    }
    const [from, to] = [bundleStart[bundle]!, bundleStart[bundle + 1]!];
    const on = this.#weigh(from, to, price);
    const before = on.slice();
    if (!addGroup(pattern, this.#forced.subarray(0, to - from), on, group - from)) return false;
    for (let g = from; g < to; g++) {
      if (g === group || on[g - from] === before[g - from]) continue;
      if (on[g - from] === 0) return false; // a closed set that holds the old one always can be found: see addGroup
      let any = false;
      for (let k = groupStart[g]!; k < groupStart[g + 1]!; k++) {
        if (this.worth(groupLines[k]!, price) <= 0) continue;
        any = true;
        this.#put(groupLines[k]!);
      }
      if (!any) {
        if (this.#forced[g - from] === -Infinity) return false;
        this.#keepOne(g, price);
      }
    }
    return this.#priced(price);
  }

  /** Which groups of a bundle have kept lines. */
  #marked(from: number, to: number): Uint8Array {
    const { groupStart, groupLines } = this.network;
    const on = this.#on.subarray(0, to - from);
    for (let g = from; g < to; g++) {
      let any = 0;
      for (let k = groupStart[g]!; k < groupStart[g + 1]!; k++) any |= this.kept[groupLines[k]!]!;
      on[g - from] = any;
    }
    return on;
  }

  #put(line: number): void {
    this.move[this.moveLength++] = line;
  }

  /** Prices the move: from the sums where no two of its lines cross, else by making and undoing it. */
  #priced(price: number): boolean {
    const { crosses, bundleOf, classOf } = this.network;
    if (this.moveLength === 0) return false;
    if (this.moveLength > 1 && crosses[bundleOf[this.move[0]!]!] === 1) {
      const before = { weight: this.weight, units: this.keptUnits, scaled: this.#scaledUnits() };
      this.apply();
      this.moveWeight = this.weight - before.weight;
      this.moveUnits = this.keptUnits - before.units;
      this.moveGain = this.moveWeight - price * (this.#scaledUnits() - before.scaled);
      this.#undo();
      return true;
    }
    this.moveWeight = 0;
    this.moveUnits = 0;
    let scaled = 0;
    for (let k = 0; k < this.moveLength; k++) {
      const line = this.move[k]!;
      const sign = this.kept[line] === 1 ? -1 : 1;
      const units = this.units(line);
      this.moveWeight += sign * this.sums[line]!;
      this.moveUnits += sign * units;
      scaled += sign * units * this.scale[classOf[line]! >> 1]!;
    }
    this.moveGain = this.moveWeight - price * scaled;
    return true;
  }

  #scaledUnits(): number {
    return this.network.instance.layers.reduce(
      (sum, { unitsPerEntry }, l) => sum + this.scale[l]! * this.count[2 * l]! * this.count[2 * l + 1]! * unitsPerEntry,
      0,
    );
  }
}

function countOnes(mask: Uint8Array): number {
  let ones = 0;
  for (const one of mask) ones += one;
  return ones;
}

/** kept[line] of a pruning. */
export function keptLines({ instance, lines, firstOf }: LinkedNetwork, pruning: Pruning): Uint8Array {
  const kept = new Uint8Array(lines);
  for (const [l, { rows, cols }] of instance.layers.entries()) {
    const own = pruning.layers[l]!;
    kept.set(keptMask(rows, own.removedRows), firstOf[2 * l]!);
    kept.set(keptMask(cols, own.removedColumns), firstOf[2 * l + 1]!);
  }
  return kept;
}

export function pruningOfLines({ instance, firstOf }: LinkedNetwork, kept: Uint8Array): Pruning {
  return {
    layers: instance.layers.map((_, l) => ({
      removedRows: indicesOf(kept.subarray(firstOf[2 * l]!, firstOf[2 * l + 1]!), 0),
      removedColumns: indicesOf(kept.subarray(firstOf[2 * l + 1]!, firstOf[2 * l + 2]!), 0),
    })),
  };
}
