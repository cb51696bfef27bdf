import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  biasedExponent,
  exponentAboveLeast,
  highestSetBit,
  LEAST_EXPONENT,
  lowestSetBit,
  significandOf,
  wordsOf,
} from '../../src/layer/float-bits.ts';

describe('the bits of a float32', () => {
  const least = Math.fround(2 ** LEAST_EXPONENT);
  const edges = [0, -0, least, 3 * least, 2 ** -126, 2 ** -126 - least, 1, 1.5, 3.4028234663852886e38];

  it('are an integer below 2^24 and a power of two', () => {
    const check = (value: number) => {
      const [word] = wordsOf(Float32Array.of(value));
      const biased = biasedExponent(word!);
      const significand = significandOf(word!, biased);
      expect(Number.isInteger(significand) && significand < 2 ** 24).toBe(true);
      const exponent = LEAST_EXPONENT + exponentAboveLeast(biased);
      expect(significand * 2 ** exponent).toBe(Math.abs(value));
      if (significand === 0) return;
      expect(
        2 ** highestSetBit(significand) <= significand && significand < 2 ** (highestSetBit(significand) + 1),
      ).toBe(true);
      const lowest = lowestSetBit(significand);
      expect(significand % 2 ** lowest).toBe(0);
      expect(significand % 2 ** (lowest + 1)).not.toBe(0);
    };
    for (const edge of edges) check(edge);
    fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: 0 }), check));
  });
});
