import type { KeptShape } from '../layer/kept-shapes.ts';
import { sumOfLargest } from '../layer/largest.ts';
import { visitLineTops } from '../layer/line-tops.ts';
import { outerFirst, SIDES, viewFrom } from '../layer/side.ts';
import type { RoundedLayer } from './rounded-layer.ts';

/**
 * The row and the column bound of every shape asked for: no a x b block keeps more than the a best rows of the b largest
 * entries each, nor than the b best columns likewise. Exact integers; `bounds/rows-columns.ts` has the same for all shapes, in
 * doubles.
 *
 * Time O(entries log + shapes x (rows + columns)); memory one copy of the entries.
 *
 * @returns for every shape the lesser of both
 */
export function lineBounds(layer: RoundedLayer, shapes: readonly KeptShape[]): Float64Array {
  const bounds = new Float64Array(shapes.length).fill(Infinity);
  for (const outer of SIDES) {
    const view = viewFrom(outer, layer);
    const kept = shapes.map(({ keptRows, keptColumns }) => outerFirst(outer, keptRows, keptColumns));
    const byInner: number[][] = Array.from({ length: view.innerLines + 1 }, () => []); // shapes that keep so many inner lines
    for (const [s, [, inner]] of kept.entries()) byInner[inner]!.push(s);
    const mostInner = kept.reduce((most, [, inner]) => Math.max(most, inner), 0);
    const scratch = new Float64Array(view.outerLines);
    visitLineTops(layer.values, view, mostInner, (inner, tops) => {
      for (const s of byInner[inner]!) {
        scratch.set(tops);
        bounds[s] = Math.min(bounds[s]!, sumOfLargest(scratch, view.outerLines, kept[s]![0]));
      }
    });
  }
  return bounds;
}
