/*
 * Two questions to a family that can be answered by measuring: can its letters be told at all, and is it another family
 * under a second name? Both compare upright glyphs of all families, as points of mean grey over CELL x CELL pixels.
 */

const CELL = 4;

/** A family's glyphs, upright, in the order of the classes: coverage 0 to 255, side * side pixels each. */
export type Upright = readonly Uint8Array[];

/** Mean coverage, 0 to 1, of cells of CELL x CELL pixels. */
function coarse(pixels: Uint8Array, side: number): Float32Array {
  const across = side / CELL;
  const cells = new Float32Array(across * across);
  for (let k = 0; k < pixels.length; k++) {
    const cell = Math.floor(k / side / CELL) * across + Math.floor((k % side) / CELL);
    cells[cell] = cells[cell]! + pixels[k]! / (255 * CELL * CELL);
  }
  return cells;
}

export interface Measured {
  /** recognised[f]: glyphs of family f whose nearest glyph among all other families has the same class. */
  readonly recognised: Int32Array;
  /** twin[f]: the family before f in the list that is closest to it, -1 for the first; `distance` is the distance. */
  readonly twin: Int32Array;
  /** Root mean square of the difference of two families' cells, over all classes. */
  readonly distance: Float64Array;
}

/** Compares all pairs of glyphs: O(glyphs^2 * cells). */
export function measure(families: readonly Upright[], side: number): Measured {
  const classes = families[0]!.length;
  const points = families.flatMap((glyphs) => glyphs.map((pixels) => coarse(pixels, side)));
  const cells = points[0]!.length;
  const recognised = new Int32Array(families.length);
  const nearest = new Float64Array(points.length).fill(Infinity);
  const label = new Int32Array(points.length); // label[p]: class of the nearest glyph of another family
  const twin = new Int32Array(families.length).fill(-1);
  const distance = new Float64Array(families.length).fill(Infinity);
  for (let f = 0; f < families.length; f++) {
    for (let g = 0; g < f; g++) {
      let apart = 0;
      for (let a = 0, p = f * classes; a < classes; a++, p++) {
        const one = points[p]!;
        for (let b = 0, q = g * classes; b < classes; b++, q++) {
          const other = points[q]!;
          const enough = a === b ? Infinity : Math.max(nearest[p]!, nearest[q]!);
          let sum = 0;
          for (let k = 0; k < cells && sum < enough; k++) sum += (one[k]! - other[k]!) ** 2;
          if (a === b) apart += sum;
          if (sum < nearest[p]!) [nearest[p], label[p]] = [sum, b];
          if (sum < nearest[q]!) [nearest[q], label[q]] = [sum, a];
        }
      }
      const root = Math.sqrt(apart / (classes * cells));
      if (root < distance[f]!) [distance[f], twin[f]] = [root, g];
    }
  }
  for (let p = 0; p < points.length; p++) {
    const f = Math.floor(p / classes);
    if (label[p] === p % classes) recognised[f] = recognised[f]! + 1;
  }
  return { recognised, twin, distance };
}
