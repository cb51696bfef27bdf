import { type Side, viewFrom } from '../layer/side.ts';
import type { Layer } from '../problem/instance.ts';
import { CrossingSums, type SideSums, sumsOfSide } from '../sums/crossing-sums.ts';
import { type FixedPoint, fixedPointOf, lineSums, toExact } from '../sums/fixed-point.ts';

/**
 * The sums that enumeration keeps while outer lines leave and return: the removed outer lines' sum, the inner lines' sums
 * over what is left, and a record of least costs by slot. Everything is exact.
 */
export interface ResidualSums {
  /** Removes an outer line that is there. O(inner lines). */
  takeOut(line: number): void;
  putBack(line: number): void;
  /** Sorts the inner sums; the next calls speak of this moment. O(inner lines log). */
  sort(): void;
  /** Records the cost of removing the `inner` least inner lines too, if it is the slot's least one so far. */
  improves(slot: number, inner: number): boolean;
  /** The least cost of a slot, in units of 2^-149. */
  recorded(slot: number): bigint;
  /** The `inner` lines of least sum, ties by index. */
  least(inner: number): ArrayLike<number>;
}

/** Two-limb doubles where they are exact, BigInt where the importances span more bits than they hold. */
export function residualSumsOf(layer: Layer, outer: Side, slots: number): ResidualSums {
  const scale = fixedPointOf({ layers: [layer] });
  return scale.exact ? new LimbSums(layer, outer, slots, scale) : new WideSums(layer, outer, slots);
}

class LimbSums implements ResidualSums {
  readonly #outer: SideSums; // whole line sums
  readonly #inner: CrossingSums;
  readonly #prefixHigh: Float64Array; // prefix[k] = removed outer lines + the k least inner lines
  readonly #prefixLow: Float64Array;
  readonly #leastHigh: Float64Array; // [slots], Infinity while empty
  readonly #leastLow: Float64Array;
  #removedHigh = 0;
  #removedLow = 0;
  #order: Uint32Array = new Uint32Array(0);

  constructor(layer: Layer, outer: Side, slots: number, scale: FixedPoint) {
    const sums = lineSums(layer, scale);
    this.#outer = sumsOfSide(outer, sums);
    this.#inner = new CrossingSums(layer, scale, outer, sums);
    const innerLines = this.#inner.high.length;
    this.#prefixHigh = new Float64Array(innerLines + 1);
    this.#prefixLow = new Float64Array(innerLines + 1);
    this.#leastHigh = new Float64Array(slots).fill(Infinity);
    this.#leastLow = new Float64Array(slots);
  }

  takeOut(line: number): void {
    this.#inner.takeOut(line);
    this.#removedHigh += this.#outer.high[line]!;
    this.#removedLow += this.#outer.low[line]!;
  }

  putBack(line: number): void {
    this.#inner.putBack(line);
    this.#removedHigh -= this.#outer.high[line]!;
    this.#removedLow -= this.#outer.low[line]!;
  }

  sort(): void {
    const order = this.#inner.order();
    const { high: innerHigh, low: innerLow } = this.#inner;
    let high = this.#removedHigh;
    let low = this.#removedLow;
    this.#prefixHigh[0] = high;
    this.#prefixLow[0] = low;
    for (let k = 0; k < order.length; k++) {
      this.#prefixHigh[k + 1] = high += innerHigh[order[k]!]!;
      this.#prefixLow[k + 1] = low += innerLow[order[k]!]!;
    }
    this.#order = order;
  }

  improves(slot: number, inner: number): boolean {
    const high = this.#prefixHigh[inner]!;
    const low = this.#prefixLow[inner]!;
    if (high - this.#leastHigh[slot]! + (low - this.#leastLow[slot]!) >= 0) return false;
    this.#leastHigh[slot] = high;
    this.#leastLow[slot] = low;
    return true;
  }

  recorded(slot: number): bigint {
    return toExact(this.#leastHigh[slot]!, this.#leastLow[slot]!);
  }

  least(inner: number): ArrayLike<number> {
    return this.#order.subarray(0, inner);
  }
}

/** The same in BigInt units of 2^-149, ten times slower, for importances that no two limbs hold. */
class WideSums implements ResidualSums {
  readonly #entry: (outer: number, inner: number) => bigint;
  readonly #outer: bigint[];
  readonly #inner: bigint[];
  readonly #least: (bigint | null)[];
  #removed = 0n;
  #order: number[] = [];
  #prefix: bigint[] = [];

  constructor(layer: Layer, outer: Side, slots: number) {
    const { outerLines, innerLines, outerStep, innerStep } = viewFrom(outer, layer);
    const units = Array.from(layer.importance, (x) => BigInt(x * 2 ** 149));
    this.#entry = (o, i) => units[o * outerStep + i * innerStep]!;
    this.#outer = new Array(outerLines).fill(0n);
    this.#inner = new Array(innerLines).fill(0n);
    for (let o = 0; o < outerLines; o++) {
      for (let i = 0; i < innerLines; i++) {
        this.#outer[o]! += this.#entry(o, i);
        this.#inner[i]! += this.#entry(o, i);
      }
    }
    this.#least = new Array(slots).fill(null);
  }

  takeOut(line: number): void {
    for (let i = 0; i < this.#inner.length; i++) this.#inner[i]! -= this.#entry(line, i);
    this.#removed += this.#outer[line]!;
  }

  putBack(line: number): void {
    for (let i = 0; i < this.#inner.length; i++) this.#inner[i]! += this.#entry(line, i);
    this.#removed -= this.#outer[line]!;
  }

  sort(): void {
    const inner = this.#inner;
    const compare = (a: number, b: number) => (inner[a]! < inner[b]! ? -1 : inner[a]! > inner[b]! ? 1 : a - b);
    this.#order = inner.map((_, line) => line).sort(compare);
    let sum = this.#removed;
    this.#prefix = [sum];
    for (const line of this.#order) {
      sum += inner[line]!;
      this.#prefix.push(sum);
    }
  }

  improves(slot: number, inner: number): boolean {
    const cost = this.#prefix[inner]!;
    const least = this.#least[slot]!;
    if (least !== null && cost >= least) return false;
    this.#least[slot] = cost;
    return true;
  }

  recorded(slot: number): bigint {
    return this.#least[slot]!;
  }

  least(inner: number): ArrayLike<number> {
    return this.#order.slice(0, inner);
  }
}
