import sharp from 'sharp';
import type { LinearMap } from '../../src/neural/data/distortion.ts';
import type { Outline } from './fonts.ts';

/** Height and width of an image. */
export const SIDE = 32;

sharp.concurrency(1);
sharp.cache(false);

const LETTER = { moveTo: 'M', lineTo: 'L', quadraticCurveTo: 'Q', bezierCurveTo: 'C', closePath: 'Z' } as const;

/**
 * Draws an outline after a linear map, scaled to `extent` pixels along its longer side, its box shifted from the image's
 * centre by a share (-1 to 1) of the room left. The box is that of all control points, which contains the outline: nothing
 * is cut off. Rasterised by librsvg, antialiased.
 *
 * @returns coverage of each pixel, 0 to 255
 */
export async function draw(
  outline: Outline,
  { xx, xy, yx, yy }: LinearMap,
  extent: number,
  [shareX, shareY]: readonly [number, number] = [0, 0],
): Promise<Uint8Array> {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const steps = outline.map(({ command, args }) => {
    const points: number[] = [];
    for (let k = 0; k < args.length; k += 2) {
      const [x, y] = [args[k]!, -args[k + 1]!]; // fonts count y upwards, images downwards
      points.push(xx * x + xy * y, yx * x + yy * y);
      left = Math.min(left, points[k]!);
      right = Math.max(right, points[k]!);
      top = Math.min(top, points[k + 1]!);
      bottom = Math.max(bottom, points[k + 1]!);
    }
    return { letter: LETTER[command], points };
  });
  const scale = extent / Math.max(right - left, bottom - top);
  const place = (low: number, high: number, share: number) => {
    const room = (SIDE - 2 - scale * (high - low)) / 2; // a pixel stays free on every side
    return SIDE / 2 + share * room - (scale * (low + high)) / 2;
  };
  const [atX, atY] = [place(left, right, shareX), place(top, bottom, shareY)];
  const text = steps.map(({ letter, points }) => {
    const placed = points.map((value, k) => (scale * value + (k % 2 === 0 ? atX : atY)).toFixed(3));
    return letter + placed.join(' ');
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">
<rect width="100%" height="100%"/><path fill="#fff" d="${text.join('')}"/></svg>`;
  return sharp(Buffer.from(svg)).extractChannel(0).raw().toBuffer();
}
