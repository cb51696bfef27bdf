import seedrandom from 'seedrandom';
import { requireInteger } from './instance.ts';

/**
 * A seeded stream of random numbers. The same seed gives the same numbers on every platform: only `+ - * /`, `Math.sqrt`
 * and exact conversions are used, whose results IEEE 754 fixes (`Math.log` and `Math.cos` are not fixed, so normals do
 * not come from Box-Muller with them).
 */
export interface Random {
  /** Uniform on [0, 1), 53 random bits. */
  uniform(): number;
  /**
   * Uniform integer from 0 to `below - 1`.
   *
   * @param below an integer from 1 to 2^53
   * @throws RcpruneError on any other
   */
  integer(below: number): number;
  /** `count` distinct indices from 0 to `length - 1`, ascending; `count` from 0 to `length`, `length` below 2^32. */
  sample(length: number, count: number): Uint32Array;
  /** All indices from 0 to `length - 1` in random order; `length` below 2^32. */
  shuffle(length: number): Uint32Array;
}

/**
 * Opens the stream named by a seed and, for independent streams of one run, a label.
 *
 * @param seed any integer; @param label distinguishes streams of the same seed
 */
export function makeRandom(seed: number, label = ''): Random {
  const generator = seedrandom(`${seed}/${label}`);
  const uniform = () => generator.double();
  const word32 = () => generator.int32() >>> 0;
  const word53 = () => (word32() >>> 11) * 2 ** 32 + word32();
  // Words of 32 bits where these are enough, else of 53. Words from the greatest multiple of `below` on are drawn again,
  // which keeps the integers exactly uniform; that multiple exceeds half the number of words, so that draws end soon.
  const integer = (below: number) => {
    requireInteger('random integer: below', below, 1, 2 ** 53);
    const isShort = below <= 2 ** 32;
    const limit = Math.floor((isShort ? 2 ** 32 : 2 ** 53) / below) * below;
    for (;;) {
      const word = isShort ? word32() : word53();
      if (word < limit) return word % below;
    }
  };
  /** The first `count` places of a Fisher-Yates shuffle. */
  const draw = (length: number, count: number) => {
    requireInteger('random sample: length', length, 0, 2 ** 32 - 1);
    requireInteger('random sample: count', count, 0, length);
    const order = Uint32Array.from({ length }, (_, index) => index);
    for (let k = 0; k < count; k++) {
      const other = k + integer(length - k);
      const value = order[k]!;
      order[k] = order[other]!;
      order[other] = value;
    }
    return order.subarray(0, count);
  };
  const sample = (length: number, count: number) => draw(length, count).slice().sort();
  const shuffle = (length: number) => draw(length, length);
  return { uniform, integer, sample, shuffle };
}
