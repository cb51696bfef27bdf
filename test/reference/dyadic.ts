/*
 * Exact arithmetic on doubles: a number n 2^e. Sums, differences and products of doubles are such numbers.
 */

/** significand x 2^exponent, exactly. */
export interface Dyadic {
  readonly significand: bigint;
  readonly exponent: number;
}

const view = new DataView(new ArrayBuffer(8));

/** @param value finite */
export function dyadic(value: number): Dyadic {
  if (!Number.isFinite(value)) throw new RangeError(`expected a finite number, got ${value}`);
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const significand = field === 0 ? fraction : fraction + (1n << 52n);
  return { significand: value < 0 ? -significand : significand, exponent: Math.max(field, 1) - 1075 };
}

export const ZERO: Dyadic = { significand: 0n, exponent: 0 };

export function plus(x: Dyadic, y: Dyadic): Dyadic {
  if (x.significand === 0n) return y;
  if (y.significand === 0n) return x;
  const exponent = Math.min(x.exponent, y.exponent);
  const at = (z: Dyadic) => z.significand << BigInt(z.exponent - exponent);
  return { significand: at(x) + at(y), exponent };
}

export const negative = ({ significand, exponent }: Dyadic): Dyadic => ({ significand: -significand, exponent });

export const minus = (x: Dyadic, y: Dyadic): Dyadic => plus(x, negative(y));

export const times = (...factors: readonly Dyadic[]): Dyadic =>
  factors.reduce((x, y) => ({ significand: x.significand * y.significand, exponent: x.exponent + y.exponent }));

export const sum = (terms: readonly Dyadic[]): Dyadic => terms.reduce(plus, ZERO);

/** -1, 0 or 1 as x is less than, equal to or greater than y. */
export function compare(x: Dyadic, y: Dyadic): number {
  const { significand } = minus(x, y);
  return significand > 0n ? 1 : significand < 0n ? -1 : 0;
}

export const isAtLeast = (x: Dyadic, y: Dyadic): boolean => compare(x, y) >= 0;

export const greatest = (values: readonly Dyadic[]): Dyadic => values.reduce((x, y) => (compare(x, y) >= 0 ? x : y));

/** The sum of the k greatest. */
export const top = (k: number, values: readonly Dyadic[]): Dyadic =>
  sum([...values].sort((x, y) => compare(y, x)).slice(0, k));

/** floor(x / 2^exponent). */
export function floorIn(x: Dyadic, exponent: number): bigint {
  const shift = x.exponent - exponent;
  return shift >= 0 ? x.significand << BigInt(shift) : x.significand >> BigInt(-shift);
}
