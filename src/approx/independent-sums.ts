import { independentMenu } from './menu.ts';
import { decodeIndependent, twoApproximation } from './two-approximation.ts';

/**
 * Independent sums: within twice the optimum.
 *
 * The surrogate of a shape (r, c) is the sum of the r smallest row sums and the c smallest column sums. Entries where a
 * removed row meets a removed column are counted twice, so cost <= surrogate <= 2 cost for every pruning; no pruning of
 * the same shape has a smaller surrogate; hence cost(ALG) <= surrogate(ALG) <= surrogate(OPT) <= 2 cost(OPT). The least
 * surrogate over all shapes (one layer) or over all choices of shapes (a network, exact knapsack) keeps the factor.
 *
 * Time O(entries + lines log lines) and the knapsack; memory O(lines). The thesis states the factor; the algorithm and
 * its proof (T1 in proofs/README.md) are our construction.
 */
export const independent = twoApproximation(
  'independent',
  '2-approximation: rows and columns of least sum, priced by the sums',
  (layer, range, _scale, sums) => [independentMenu(layer, range, sums)],
  decodeIndependent,
);
