import { rowsThenColumns } from '../layer/side.ts';
import type { Layer } from '../problem/instance.ts';
import { additivePiece, isUsable, type Residual, scaledResidual } from './spectral.ts';
import { type Tangent, tangentAt } from './tangent.ts';

/**
 * Weights lambda, mu for one shape: descent on the dual of its semidefinite relaxation.
 *
 * At the optimum some positive combination C of pairs of singular vectors at the norm satisfies C_ii = u_i (1 - u_i), where
 * C_ii is the variance that x_i would have as a Gaussian of that covariance, and the same for columns (complementary
 * slackness). With the barrier -log det added, C is the inverse of the barrier's matrix [[D_lambda, -N/2], [-N'/2, D_mu]].
 * So each round solves for (u, v), takes the diagonal of a slightly regularised inverse, and multiplies each weight by
 * a power of (variance / u (1 - u)); rounds that raise the bound are taken back and the power is halved. Our construction;
 * every round's weights are a bound, the best are returned.
 *
 * Time per round: the norm, O(min(m,n)^2 max(m,n)), and `steps` passes over the layer.
 */
export interface Weighted {
  readonly residual: Residual;
  readonly tangent: Tangent;
}

/** The barrier's weight falls with the power of the steps: small steps near the optimum see its kinks more sharply. */
const REGULARISATION = 0.2;
/** Leading singular pairs taken one by one; the others share a mean weight. */
const LEADING = 64;
const FIRST_POWER = 0.25;
const RECOVERY = 1.5;
/** Variances below this count as this: decided lines keep a finite weight. */
const LEAST_VARIANCE = 0.02;
const LARGEST_CHANGE = 9;
/** Weights stay within this factor of 1, so that the checker's arithmetic has room. */
const LARGEST_WEIGHT = 2 ** 20;

export function improveWeights(
  layer: Layer,
  from: Weighted,
  a: number,
  b: number,
  rounds: number,
  steps: number,
): Weighted {
  let best = from;
  let current = from;
  let power = FIRST_POWER;
  for (let round = 0; round < rounds; round++) {
    const residual = reweighted(layer, current, power);
    if (residual === null) break;
    const tangent = tangentAt(layer, residual.piece, a, b, current.tangent, steps);
    current = { residual, tangent };
    if (tangent.bound < best.tangent.bound) {
      best = current;
      power = Math.min(FIRST_POWER, power * RECOVERY);
    } else {
      power /= 2;
      current = best;
    }
  }
  return best;
}

/** One multiplicative step; null when it leaves the range of the arithmetic. */
function reweighted(layer: Layer, { residual, tangent }: Weighted, power: number): Residual | null {
  const { rowWeights, columnWeights } = residual.piece;
  const { rowVariance, columnVariance } = variances(layer, residual, power * REGULARISATION);
  const rows = step(rowWeights, rowVariance, tangent.rowPoint, power);
  const columns = step(columnWeights, columnVariance, tangent.columnPoint, power);
  const next = additivePiece(layer, rows, columns);
  return isUsable(next.piece) ? next : null;
}

function step(weights: Float32Array, variance: Float64Array, point: Float64Array, power: number): Float32Array {
  const wanted = point.map((u) => Math.max(u * (1 - u), 0));
  const sumWanted = wanted.reduce((sum, value) => sum + value, 0);
  const sum = variance.reduce((total, value) => total + value, 0);
  const scale = sumWanted > 0 ? sumWanted / sum : 1 / sum;
  let logMean = 0;
  const next = Float64Array.from(weights, (weight, i) => {
    const factor = (variance[i]! * scale) / Math.max(wanted[i]!, LEAST_VARIANCE);
    const moved = weight * Math.min(LARGEST_CHANGE, Math.max(1 / LARGEST_CHANGE, factor)) ** power;
    logMean += Math.log(moved);
    return moved;
  });
  // Only ratios matter: the norm takes up a common factor.
  const common = Math.exp(-logMean / next.length);
  return Float32Array.from(next, (weight) => Math.min(LARGEST_WEIGHT, Math.max(1 / LARGEST_WEIGHT, weight * common)));
}

/** The diagonal of the regularised inverse, rows and columns of the layer. */
function variances(layer: Layer, { piece, eigenvalues, eigenvectors }: Residual, regularisation: number) {
  const { rows: short, cols: long, values, outer } = scaledResidual(layer, piece).scaled;
  const top = eigenvalues[0]!;
  const weight = Float64Array.from(eigenvalues, (value) => 1 / (1 + regularisation - value / top));
  const shortVariance = new Float64Array(short);
  for (let k = 0; k < short; k++) {
    for (let i = 0; i < short; i++) shortVariance[i]! += weight[k]! * eigenvectors[k * short + i]! ** 2;
  }
  // Long side: 1 + sum over k of weight_k (vector_k' B)^2 / top; beyond the leading pairs with their mean weight.
  const leading = Math.min(LEADING, short);
  let mean = 0;
  for (let k = leading; k < short; k++) mean += weight[k]! / (short - leading);
  const longVariance = new Float64Array(long).fill(1);
  for (let i = 0, at = 0; i < short; i++) {
    for (let j = 0; j < long; j++, at++) longVariance[j]! += (mean / top) * values[at]! ** 2;
  }
  const image = new Float64Array(long);
  for (let k = 0; k < leading; k++) {
    image.fill(0);
    for (let i = 0, at = 0; i < short; i++) {
      const entry = eigenvectors[k * short + i]!;
      for (let j = 0; j < long; j++, at++) image[j]! += entry * values[at]!;
    }
    const share = (weight[k]! - mean) / top;
    for (let j = 0; j < long; j++) longVariance[j]! += share * image[j]! ** 2;
  }
  const [rowVariance, columnVariance] = rowsThenColumns(outer, shortVariance, longVariance);
  for (let i = 0; i < rowVariance.length; i++) rowVariance[i]! /= piece.rowWeights[i]!;
  for (let j = 0; j < columnVariance.length; j++) columnVariance[j]! /= piece.columnWeights[j]!;
  return { rowVariance, columnVariance };
}
