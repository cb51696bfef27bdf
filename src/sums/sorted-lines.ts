/**
 * Sorting lines by exact fixed-point sums, ties by index, at the speed of a native typed-array sort.
 *
 * The rounded sum of each line, its last bits replaced by the line's index, is one double; a native sort of these keys
 * gives an order that is right except among lines whose sums agree in all but the last bits. One insertion pass with the
 * exact comparison repairs those. Should many sums be that close, a comparison sort takes over.
 */
export class LineSorter {
  readonly #keys: Float64Array;
  readonly #words: Uint32Array; // the same bytes; words[2k + lowWord] holds the last 32 bits of key k
  readonly #indexMask: number;
  /** order[k] = the line of k-th least sum, after {@link sort}. */
  readonly order: Uint32Array;

  constructor(length: number) {
    this.#keys = new Float64Array(length);
    this.#words = new Uint32Array(this.#keys.buffer);
    this.#indexMask = 2 ** Math.ceil(Math.log2(Math.max(length, 2))) - 1;
    this.order = new Uint32Array(length);
  }

  /** Sorts all lines by (sum, index) ascending. Time O(n log n). */
  sort(high: Float64Array, low: Float64Array): Uint32Array {
    const keys = this.#keys;
    const words = this.#words;
    const order = this.order;
    const mask = this.#indexMask;
    const length = keys.length;
    for (let line = 0; line < length; line++) {
      keys[line] = high[line]! + low[line]!;
      words[2 * line + LOW_WORD] = (words[2 * line + LOW_WORD]! & ~mask) | line;
    }
    keys.sort();
    for (let k = 0; k < length; k++) order[k] = words[2 * k + LOW_WORD]! & mask;
    // Repair pass: exact comparisons, adjacent lines are in order almost always.
    let moves = 0;
    const mostMoves = 8 * length;
    for (let k = 1; k < length; k++) {
      const line = order[k]!;
      let at = k;
      while (at > 0 && follows(order[at - 1]!, line, high, low)) {
        order[at] = order[at - 1]!;
        at--;
        moves++;
      }
      order[at] = line;
      if (moves > mostMoves) {
        order.sort((a, b) => high[a]! - high[b]! + (low[a]! - low[b]!) || a - b);
        return order;
      }
    }
    return order;
  }
}

/** Which of the two 32-bit words of a double holds its last bits on this machine. */
const LOW_WORD = new Uint32Array(new Float64Array([1]).buffer)[0] === 0 ? 0 : 1;

/** Whether line a comes after line b by (sum, index). */
function follows(a: number, b: number, high: Float64Array, low: Float64Array): boolean {
  const difference = high[a]! - high[b]! + (low[a]! - low[b]!);
  return difference > 0 || (difference === 0 && a > b);
}

/** Lines sorted by (sum, index) ascending, in an array of their own. */
export function sortedLines(high: Float64Array, low: Float64Array): Uint32Array {
  return new LineSorter(high.length).sort(high, low);
}
