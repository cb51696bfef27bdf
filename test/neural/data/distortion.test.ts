import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomMap, warp } from '../../../src/neural/data/distortion.ts';
import { makeRandom } from '../../../src/problem/index.ts';

const HEIGHT = 5;
const WIDTH = 7;
const picture = Float32Array.from({ length: HEIGHT * WIDTH }, (_, k) => (k * k * 7 + 3 * k) % 16);
const UPRIGHT = { xx: 1, xy: 0, yx: 0, yy: 1 };

const warped = (map: Parameters<typeof warp>[3], shift: readonly [number, number], source = picture) => {
  const target = new Float32Array(source.length);
  warp(source, HEIGHT, WIDTH, map, shift, target);
  return target;
};

/** Bilinear interpolation as a sum over all pixels of tent functions: slow, and shares nothing with the code. */
function reference({ xx, xy, yx, yy }: typeof UPRIGHT, [dx, dy]: readonly [number, number]): number[] {
  const clamp = (value: number, most: number) => (value < 0 ? 0 : value > most ? most : value);
  return Array.from(picture, (_, k) => {
    const [u, v] = [(k % WIDTH) - 3, Math.floor(k / WIDTH) - 2];
    const x = clamp(xx * u + xy * v + 3 + dx, 6);
    const y = clamp(yx * u + yy * v + 2 + dy, 4);
    const tent = (distance: number) => Math.max(0, 1 - Math.abs(distance));
    return picture.reduce((sum, value, q) => sum + value * tent(x - (q % WIDTH)) * tent(y - Math.floor(q / WIDTH)), 0);
  });
}

describe('warp', () => {
  it('moves by whole pixels exactly, the border going on outside', () => {
    expect(warped(UPRIGHT, [0, 0])).toEqual(picture);
    const moved = warped(UPRIGHT, [2, -1]);
    for (let k = 0; k < picture.length; k++) {
      const [row, column] = [Math.floor(k / WIDTH), k % WIDTH];
      expect(moved[k]).toBe(picture[Math.max(row - 1, 0) * WIDTH + Math.min(column + 2, WIDTH - 1)]);
    }
  });

  it('turns by half a circle exactly', () => {
    expect(warped({ xx: -1, xy: 0, yx: 0, yy: -1 }, [0, 0])).toEqual(picture.slice().reverse());
  });

  it('interpolates bilinearly under any map', () => {
    const part = fc.double({ min: -2, max: 2, noNaN: true });
    fc.assert(
      fc.property(part, part, part, part, part, part, (xx, xy, yx, yy, dx, dy) => {
        const expected = reference({ xx, xy, yx, yy }, [dx, dy]);
        const got = warped({ xx, xy, yx, yy }, [dx, dy]);
        for (let k = 0; k < got.length; k++) expect(Math.abs(got[k]! - expected[k]!)).toBeLessThan(1e-5);
      }),
    );
  });
});

describe('randomMap', () => {
  it('is a rotation, a shear and scales within their bounds', () => {
    const bounds = { turn: 0.2, shear: 0.3, scale: [0.5, 1.5] } as const;
    const random = makeRandom(1);
    const seen = { angle: 0, shear: 0 };
    for (let k = 0; k < 2000; k++) {
      const { xx, xy, yx, yy } = randomMap(random, bounds);
      const across = Math.hypot(xx, yx); // the first axis is turned and scaled, not sheared
      const down = (xx * yy - xy * yx) / across;
      const angle = Math.atan2(yx, xx);
      const shear = (xx * xy + yx * yy) / (across * down);
      for (const scale of [across, down]) {
        expect(scale).toBeGreaterThan(0.5 - 1e-12);
        expect(scale).toBeLessThan(1.5 + 1e-12);
      }
      seen.angle = Math.max(seen.angle, Math.abs(angle));
      seen.shear = Math.max(seen.shear, Math.abs(shear));
    }
    expect(seen.angle).toBeLessThanOrEqual(2 * Math.atan(0.2) + 1e-12);
    expect(seen.angle).toBeGreaterThan(0.39);
    expect(seen.shear).toBeLessThanOrEqual(0.3 + 1e-12);
    expect(seen.shear).toBeGreaterThan(0.298);
  });
});
