import type { Blocks } from './blocks.ts';
import type { Size } from './suprema.ts';

/**
 * Least-mean greedy, target n (one row's worth) on m > n >= 2. Its ratio tends to m / n, which no constant bounds.
 *
 *     every row   1 - e, then 1 + e (n - 1 times)
 *
 * The first column has the least mean of all lines; it removes m >= n entries and costs m (1 - e), where one row costs
 * n + (n - 2) e.
 */
export function longColumns({ rows, cols }: Size, e: number): Blocks {
  return { rowSizes: [rows], columnSizes: [1, cols - 1], values: [[1 - e, 1 + e]] };
}
