import * as Plot from '@observablehq/plot';
import { short } from './figure.ts';
import { hex } from './palette.ts';

/*
 * Names of lines and dots: at the right end of a line, moved apart, or as a legend below the plot where a phone has no room at
 * the right; and names of rows at the left.
 */

export interface EndLabel {
  readonly name: string;
  readonly y: number;
  readonly fill: string;
}

/** Labels in falling order of `y`, moved apart so that none covers another; `pixels` is the height of the domain. */
export function dodged(
  labels: readonly EndLabel[],
  [low, high]: readonly [number, number],
  pixels: number,
): EndLabel[] {
  const least = (14 / pixels) * (high - low);
  const sorted = labels.toSorted((a, b) => b.y - a.y);
  const places = sorted.map(({ y }) => y);
  for (let k = 1; k < places.length; k++) places[k] = Math.min(places[k]!, places[k - 1]! - least);
  // Whoever fell below the frame pushes the others up again.
  for (let k = places.length - 1, floor = low + least / 4; k >= 0; k--, floor += least) {
    places[k] = Math.max(places[k]!, floor);
  }
  return sorted.map((label, k) => ({ ...label, y: places[k]! }));
}

/** Names at the right end of their lines. */
export function endLabels(labels: readonly EndLabel[]) {
  return Plot.text(labels, {
    y: 'y',
    text: ({ name }: EndLabel) => short(name, 24),
    fill: 'fill',
    frameAnchor: 'right',
    textAnchor: 'start',
    dx: 8,
    fontSize: 11,
    fontWeight: 600,
  });
}

/** Pixels that a legend's lines need below the plot, two names a line. */
export const legendHeight = (labels: readonly EndLabel[]): number => LEGEND_LINE * Math.ceil(labels.length / 2);
const LEGEND_LINE = 18;

/** Names below the plot, two a line: where there is no room at the right. */
export function legend(labels: readonly EndLabel[]) {
  return labels.map(({ name, fill }, k) =>
    Plot.text([`● ${short(name, 22)}`], {
      frameAnchor: 'bottom-left',
      textAnchor: 'start',
      dx: -40 + (k % 2) * 160,
      dy: 62 + LEGEND_LINE * Math.floor(k / 2),
      fill,
      fontSize: 11,
      fontWeight: 600,
    }),
  );
}

/** Names at the left of their rows, in front of the frame; `text` and where they stand are the caller's. */
export function rowNames<T>(rows: readonly T[], options: Plot.TextOptions) {
  return Plot.text(rows as T[], {
    frameAnchor: 'left',
    textAnchor: 'end',
    dx: -10,
    fontSize: 11,
    fill: hex('ink'),
    ...options,
  });
}
