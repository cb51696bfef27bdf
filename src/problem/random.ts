import seedrandom from 'seedrandom';

/**
 * A seeded stream of random numbers. The same seed gives the same numbers on every platform: only `+ - * /`, `Math.sqrt`
 * and exact conversions are used, whose results IEEE 754 fixes (`Math.log` and `Math.cos` are not fixed, so normals do
 * not come from Box-Muller with them).
 */
export interface Random {
  /** Uniform on [0, 1), 53 random bits. */
  uniform(): number;
  /** Uniform integer from 0 to `below - 1`. */
  integer(below: number): number;
  /** `count` distinct indices from 0 to `length - 1`, ascending. */
  sample(length: number, count: number): Uint32Array;
  /** All indices from 0 to `length - 1` in random order. */
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
  // Rejection keeps the integers exactly uniform.
  const integer = (below: number) => {
    const limit = Math.floor(2 ** 32 / below) * below;
    for (;;) {
      const word = generator.int32() >>> 0;
      if (word < limit) return word % below;
    }
  };
  /** The first `count` places of a Fisher-Yates shuffle. */
  const draw = (length: number, count: number) => {
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
