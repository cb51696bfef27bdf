import exp from '@stdlib/math-base-special-exp';
import ln from '@stdlib/math-base-special-ln';
import type { Random } from '../problem/random.ts';

/**
 * Standard normal numbers, the same bits on every platform: G. Marsaglia's polar method with a logarithm in plain
 * arithmetic (a port of FreeBSD's), since `Math.log` may differ between engines in the last bit.
 */
export function makeNormal(random: Random): () => number {
  let spare = Number.NaN;
  return () => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    for (;;) {
      const x = 2 * random.uniform() - 1;
      const y = 2 * random.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * ln(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  };
}

/** e^x, the same bits on every platform. */
export const exponential: (x: number) => number = exp;
