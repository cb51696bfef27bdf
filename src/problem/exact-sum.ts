/**
 * Exact sums of nonnegative float32 numbers.
 *
 * A float32 is an integer below 2^24 times a power of two, and there are only 256 exponents. Adding the integers of each
 * exponent in its own double is exact while a bin stays below 2^53, that is for 2^29 additions; bins are emptied into a
 * BigInt before that. The result is an integer multiple of 2^-149 (the smallest float32), rounded to double only when
 * asked, once. This is the small-accumulator idea of R. M. Neal, *Fast exact summation using small and large
 * superaccumulators* (2015), reduced to the float32 case.
 */

/** Sums are integers in units of 2^-149, the smallest positive float32. */
export const QUANTUM_EXPONENT = -149;
const MANTISSA_BITS = 23;
const ADDITIONS_BEFORE_FLUSH = 2 ** 28;

export class ExactSum {
  readonly #bins = new Float64Array(256); // #bins[e] = sum of the integer significands with biased exponent e
  #flushed = 0n;
  #additions = 0;

  /** Adds entries `from` to `to` (excluded) of a row-major matrix. */
  addRange(values: Float32Array, from: number, to: number): void {
    const bits = bitsOf(values);
    for (let start = from; start < to; start += ADDITIONS_BEFORE_FLUSH) {
      const end = Math.min(to, start + ADDITIONS_BEFORE_FLUSH);
      this.#reserve(end - start);
      for (let k = start; k < end; k++) {
        const word = bits[k]!;
        const exponent = (word >>> MANTISSA_BITS) & 0xff; // the sign is dropped: -0 is 0
        const fraction = word & 0x7fffff;
        this.#bins[exponent]! += exponent === 0 ? fraction : fraction + 0x800000;
      }
    }
  }

  /** Adds the listed columns of row `row` of a matrix with `cols` columns. */
  addColumns(values: Float32Array, row: number, cols: number, columns: Uint32Array): void {
    const bits = bitsOf(values);
    this.#reserve(columns.length);
    const base = row * cols;
    for (let k = 0; k < columns.length; k++) {
      const word = bits[base + columns[k]!]!;
      const exponent = (word >>> MANTISSA_BITS) & 0xff; // the sign is dropped: -0 is 0
      const fraction = word & 0x7fffff;
      this.#bins[exponent]! += exponent === 0 ? fraction : fraction + 0x800000;
    }
  }

  /** The sum, an integer in units of 2^-149. */
  value(): bigint {
    this.#flush();
    return this.#flushed;
  }

  #reserve(additions: number): void {
    this.#additions += additions;
    if (this.#additions > ADDITIONS_BEFORE_FLUSH) {
      this.#flush();
      this.#additions = additions;
    }
  }

  #flush(): void {
    for (let e = 0; e < 256; e++) {
      const sum = this.#bins[e]!;
      // Exponent 0 (subnormal) has the same quantum as exponent 1.
      if (sum !== 0) this.#flushed += BigInt(sum) << BigInt(Math.max(e, 1) - 1);
      this.#bins[e] = 0;
    }
    this.#additions = 0;
  }
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** An exact sum rounded once to the nearest double (ties to even). */
export function toNearest(sum: bigint): number {
  // Number(BigInt) rounds to nearest even; the scaling is exact, since 2^-149 is far above the smallest double.
  return Number(sum) * 2 ** QUANTUM_EXPONENT;
}

/** The largest double at most `sum`; `divisor` divides the exact sum first (for bounds such as price / 2). */
export function toDown(sum: bigint, divisor = 1n): number {
  const nearest = Number(sum / divisor) * 2 ** QUANTUM_EXPONENT;
  return BigInt(nearest * 2 ** -QUANTUM_EXPONENT) * divisor <= sum ? nearest : nextBelow(nearest);
}

/** The smallest double at least `sum`. */
export function toUp(sum: bigint): number {
  const nearest = toNearest(sum);
  return BigInt(nearest * 2 ** -QUANTUM_EXPONENT) >= sum ? nearest : nextAbove(nearest);
}

/**
 * upper / lower - 1, rounded up, of exact sums lower <= upper; 0 only when they agree, else Infinity when lower <= 0.
 *
 * Two conversions, a division and a product are off by less than a factor 1 - 2^-50 together, which the last factor
 * outweighs: (1 - u)^3 / (1 + u) x (1 + 8u) > 1 for u = 2^-53. Sums are below 2^310, so that nothing over- or underflows.
 */
export function excessOver(lower: bigint, upper: bigint): number {
  if (upper === lower) return 0;
  return lower <= 0n ? Infinity : (Number(upper - lower) / Number(lower)) * (1 + 2 ** -50);
}

const view = new DataView(new ArrayBuffer(8));

/** The next double above a nonnegative finite one. */
export function nextAbove(value: number): number {
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0);
}

/** The next double below a positive finite one; 0 stays 0, the least nonnegative double. */
export function nextBelow(value: number): number {
  if (value === 0) return 0;
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) - 1n);
  return view.getFloat64(0);
}
