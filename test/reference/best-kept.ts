import type { Layer } from '../../src/problem/index.ts';
import { exact } from './brute-force.ts';

/** best[a][b] = the most importance, in units of 2^-149, that a kept rows and b kept columns keep: all subsets of rows. */
export function bestKept({ rows, cols, importance }: Layer): bigint[][] {
  const best = Array.from({ length: rows + 1 }, () => new Array<bigint>(cols + 1).fill(0n));
  for (let set = 0; set < 2 ** rows; set++) {
    let a = 0;
    const sums = new Array<bigint>(cols).fill(0n);
    for (let i = 0; i < rows; i++) {
      if (((set >> i) & 1) === 0) continue;
      a++;
      for (let j = 0; j < cols; j++) sums[j]! += exact(importance[i * cols + j]!);
    }
    sums.sort((x, y) => (x < y ? 1 : x > y ? -1 : 0));
    let kept = 0n;
    for (let b = 1; b <= cols; b++) {
      kept += sums[b - 1]!;
      if (kept > best[a]![b]!) best[a]![b] = kept;
    }
  }
  return best;
}
