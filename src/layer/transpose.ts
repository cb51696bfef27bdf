/*
 * Transposition of a row-major matrix, for those who walk along columns often.
 */

/** Blocks of the transposition, so that both sides stay in the cache. */
const TILE = 32;

/**
 * Writes the transpose of a row-major rows x cols matrix, tile by tile. O(entries).
 *
 * @returns the target
 */
export function transposeInto<T extends Float32Array | Float64Array>(
  target: T,
  source: Float32Array | Float64Array,
  rows: number,
  cols: number,
): T {
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < cols; left += TILE) {
      const bottom = Math.min(rows, top + TILE);
      const right = Math.min(cols, left + TILE);
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) target[j * rows + i] = source[i * cols + j]!;
      }
    }
  }
  return target;
}
