import type { Random } from '../../problem/random.ts';

/** How far a random affine map of the plane may go. Every part is uniform on its range. */
export interface Distortion {
  /** Largest rotation either way, as tan(angle / 2). */
  readonly turn: number;
  /** Largest horizontal shear either way: x moves by this times y. */
  readonly shear: number;
  /** Range of the scale of each axis; the two are drawn apart, so that their ratio varies too. */
  readonly scale: readonly [least: number, most: number];
}

/** A linear map of the plane: x' = xx x + xy y, y' = yx x + yy y. */
export interface LinearMap {
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
}

/**
 * Draws rotation * shear * scales. The angle is given by t = tan(angle / 2), of which cosine and sine are rational:
 * (1 - t^2) / (1 + t^2) and 2t / (1 + t^2). `Math.cos` may differ between platforms in its last bit, + - * / may not.
 */
export function randomMap(random: Random, { turn, shear, scale: [least, most] }: Distortion): LinearMap {
  const within = (low: number, high: number) => low + (high - low) * random.uniform();
  const t = within(-turn, turn);
  const cosine = (1 - t * t) / (1 + t * t);
  const sine = (2 * t) / (1 + t * t);
  const slant = within(-shear, shear);
  const across = within(least, most);
  const down = within(least, most);
  return {
    xx: cosine * across,
    xy: (cosine * slant - sine) * down,
    yx: sine * across,
    yy: (sine * slant + cosine) * down,
  };
}

/**
 * Resamples a grey image bilinearly: pixel p of the target is the source at map(p - centre) + centre + shift. So `map` and
 * the shift lead from target to source; drawn at random, a map and its inverse serve alike. Beyond its border the source
 * goes on as its nearest pixel. O(height * width).
 */
export function warp(
  source: ArrayLike<number>,
  height: number,
  width: number,
  { xx, xy, yx, yy }: LinearMap,
  [shiftX, shiftY]: readonly [number, number],
  target: Float32Array,
): void {
  const centreX = (width - 1) / 2;
  const centreY = (height - 1) / 2;
  for (let row = 0, k = 0; row < height; row++) {
    for (let column = 0; column < width; column++, k++) {
      const fromX = xx * (column - centreX) + xy * (row - centreY) + centreX + shiftX;
      const fromY = yx * (column - centreX) + yy * (row - centreY) + centreY + shiftY;
      const x = Math.min(Math.max(fromX, 0), width - 1);
      const y = Math.min(Math.max(fromY, 0), height - 1);
      const left = Math.floor(x);
      const right = Math.min(left + 1, width - 1);
      const top = Math.floor(y) * width;
      const bottom = Math.min(top + width, (height - 1) * width);
      const partX = x - left;
      const partY = y - Math.floor(y);
      const upper = source[top + left]! * (1 - partX) + source[top + right]! * partX;
      const lower = source[bottom + left]! * (1 - partX) + source[bottom + right]! * partX;
      target[k] = upper * (1 - partY) + lower * partY;
    }
  }
}
