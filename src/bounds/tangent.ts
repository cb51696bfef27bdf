import { sumOfLast, topSumsOfSorted } from '../layer/largest.ts';
import type { SpectralPiece, TangentPiece } from '../problem/certificate.ts';
import type { Layer } from '../problem/instance.ts';
import type { KeptTable } from './kept-table.ts';

/**
 * The tangent bound: the semidefinite relaxation of one shape, solved for its fractional point.
 *
 * With an additive piece's N and h, k with 4 h k = s^2, for 0/1 vectors x of a ones and y of b ones
 *
 *   kept = b p'x + a q'y + x'Ny <= phi(x, y) = b p'x + a q'y + x'Ny + h sum lambda (x - x^2) + k sum mu (y - y^2),
 *
 * with equality, and phi is concave. So the maximum of phi over {0 <= x, y <= 1, sum x = a, sum y = b} bounds the shape,
 * and the tangent of phi at any point (u, v) bounds *every* shape: a linear function, maximised by sorting. Minimised over
 * p, q, lambda, mu this is the dual of the semidefinite relaxation with x_i^2 = x_i, sum x = a multiplied by every x_i, and the
 * same for y (Lagrangian bounds of this kind: Lemarechal and Oustry 1999; the use of its tangents for all shapes is our
 * construction). T5b: Pieces.tangent_sound.
 *
 * The maximum is found by accelerated projected gradients (Beck and Teboulle 2009, with O'Donoghue and Candes' restart), whose
 * metric is exact: -phi'' is at most 4 diag(h lambda, k mu). O(m n) per step. Every step's tangent is a bound; the
 * least is kept.
 */
export interface Point {
  readonly rowPoint: Float64Array; // u
  readonly columnPoint: Float64Array; // v
}

export interface Tangent extends Point {
  readonly rowCurvature: number;
  /** The bound that this tangent gives for the shape it was made for. */
  readonly bound: number;
}

/** A starting point: the fractions a/m and b/n. */
export function evenPoint(length: number, count: number): Float64Array {
  return new Float64Array(length).fill(count / length);
}

/**
 * Maximises phi for a rows and b columns.
 *
 * @param start point to start from; its spread also balances h against k
 * @param steps gradient steps, each one pass over the layer
 */
export function tangentAt(
  layer: Layer,
  piece: SpectralPiece,
  a: number,
  b: number,
  start: Point,
  steps: number,
): Tangent {
  const { rows, cols } = layer;
  const { rowPart: p, columnPart: q, rowWeights: lambda, columnWeights: mu, norm } = piece;
  const h = (norm / 2) * balance(start.rowPoint, lambda, start.columnPoint, mu);
  const k = (norm * norm) / (4 * h);
  let u = start.rowPoint; // projected iterates
  let v = start.columnPoint;
  const x = u.slice(); // extrapolated ones, where the gradient is taken
  const y = v.slice();
  const gx = new Float64Array(rows);
  const gy = new Float64Array(cols);
  let best: Tangent | null = null;
  let momentum = 1;
  for (let step = 0; step < steps; step++) {
    const cross = residualProducts(layer, piece, x, y, gx, gy); // gx = N y, gy = N'x
    let constant = -cross;
    for (let i = 0; i < rows; i++) {
      constant += h * lambda[i]! * x[i]! * x[i]!;
      gx[i]! += b * p[i]! + h * lambda[i]! * (1 - 2 * x[i]!);
    }
    for (let j = 0; j < cols; j++) {
      constant += k * mu[j]! * y[j]! * y[j]!;
      gy[j]! += a * q[j]! + k * mu[j]! * (1 - 2 * y[j]!);
    }
    const bound = constant + sumOfLast(gx.slice().sort(), a) + sumOfLast(gy.slice().sort(), b);
    if (best === null || bound < best.bound) {
      best = { rowPoint: x.slice(), columnPoint: y.slice(), rowCurvature: h, bound };
    }
    const nextU = projected(x, gx, lambda, 4 * h, a);
    const nextV = projected(y, gy, mu, 4 * k, b);
    // Restart when the step goes against the momentum.
    let along = 0;
    for (let i = 0; i < rows; i++) along += h * lambda[i]! * (nextU[i]! - x[i]!) * (nextU[i]! - u[i]!);
    for (let j = 0; j < cols; j++) along += k * mu[j]! * (nextV[j]! - y[j]!) * (nextV[j]! - v[j]!);
    if (along < 0) momentum = 1;
    const nextMomentum = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const push = (momentum - 1) / nextMomentum;
    for (let i = 0; i < rows; i++) x[i] = nextU[i]! + push * (nextU[i]! - u[i]!);
    for (let j = 0; j < cols; j++) y[j] = nextV[j]! + push * (nextV[j]! - v[j]!);
    [u, v, momentum] = [nextU, nextV, nextMomentum];
  }
  return best!;
}

/** Float32 data as it goes into a certificate; the bound of the rounded points differs in the seventh digit at most. */
export function tangentPiece({ rowPoint, columnPoint, rowCurvature }: Tangent): TangentPiece {
  return { rowPoint: Float32Array.from(rowPoint), columnPoint: Float32Array.from(columnPoint), rowCurvature };
}

/** sqrt(sum mu v (1 - v) / sum lambda u (1 - u)), the t that makes both halves of the curvature term equal. */
function balance(u: Float64Array, lambda: Float32Array, v: Float64Array, mu: Float32Array): number {
  const spread = (point: Float64Array, weights: Float32Array) => {
    let sum = 0;
    let least = 0; // a fully decided side keeps a little spread, so that neither curvature vanishes
    for (let i = 0; i < point.length; i++) {
      sum += weights[i]! * Math.max(0, point[i]! * (1 - point[i]!));
      least += weights[i]!;
    }
    return Math.max(sum, (1e-3 * least) / point.length);
  };
  return Math.sqrt(spread(v, mu) / spread(u, lambda));
}

/** rowOut = N y, columnOut = N'x; returns x'N y. One pass over the layer. */
export function residualProducts(
  { rows, cols, importance }: Layer,
  { rowPart, columnPart }: SpectralPiece,
  x: Float64Array,
  y: Float64Array,
  rowOut: Float64Array,
  columnOut: Float64Array,
): number {
  let sumX = 0;
  let sumY = 0;
  let px = 0;
  let qy = 0;
  for (let i = 0; i < rows; i++) {
    sumX += x[i]!;
    px += rowPart[i]! * x[i]!;
  }
  for (let j = 0; j < cols; j++) {
    sumY += y[j]!;
    qy += columnPart[j]! * y[j]!;
    columnOut[j] = 0;
  }
  let cross = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    const weight = x[i]!;
    let sum = 0;
    for (let j = 0; j < cols; j++, at++) {
      const w = importance[at]!;
      sum += w * y[j]!;
      columnOut[j]! += w * weight;
    }
    rowOut[i] = sum - rowPart[i]! * sumY - qy;
    cross += weight * rowOut[i]!;
  }
  for (let j = 0; j < cols; j++) columnOut[j]! -= px + columnPart[j]! * sumX;
  return cross;
}

const PROJECTION_STEPS = 60;

/** The point of {0 <= z <= 1, sum z = count} nearest to point + gradient / (scale weights) in the metric of the weights. */
function projected(
  point: Float64Array,
  gradient: Float64Array,
  weights: Float32Array,
  scale: number,
  count: number,
): Float64Array {
  const { length } = point;
  const goal = new Float64Array(length);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < length; i++) {
    goal[i] = point[i]! + gradient[i]! / (scale * weights[i]!);
    low = Math.min(low, (goal[i]! - 1) * weights[i]!);
    high = Math.max(high, goal[i]! * weights[i]!);
  }
  // z_i = clip(goal_i - theta / weights_i) falls with theta, from all ones to all zeros.
  const inverse = Float64Array.from(weights, (weight) => 1 / weight);
  for (let step = 0; step < PROJECTION_STEPS && low < high; step++) {
    const theta = (low + high) / 2;
    if (theta === low || theta === high) break;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const z = goal[i]! - theta * inverse[i]!;
      sum += z <= 0 ? 0 : z >= 1 ? 1 : z;
    }
    if (sum > count) low = theta;
    else high = theta;
  }
  for (let i = 0; i < length; i++) goal[i] = Math.min(1, Math.max(0, goal[i]! - high * inverse[i]!));
  return goal;
}

/**
 * Lowers a table by the tangent of an additive piece: for every b the m row coefficients are sorted, for every a the n
 * column coefficients. O(m n log(m n)).
 */
export function lowerByTangent(table: KeptTable, layer: Layer, piece: SpectralPiece, tangent: TangentPiece): void {
  const { rows, cols } = layer;
  const { rowPart: p, columnPart: q, rowWeights: lambda, columnWeights: mu, norm } = piece;
  const h = tangent.rowCurvature;
  const k = (norm * norm) / (4 * h);
  const u = Float64Array.from(tangent.rowPoint);
  const v = Float64Array.from(tangent.columnPoint);
  const c = new Float64Array(rows);
  const d = new Float64Array(cols);
  let constant = -residualProducts(layer, piece, u, v, c, d);
  for (let i = 0; i < rows; i++) {
    constant += h * lambda[i]! * u[i]! * u[i]!;
    c[i]! += h * lambda[i]! * (1 - 2 * u[i]!);
  }
  for (let j = 0; j < cols; j++) {
    constant += k * mu[j]! * v[j]! * v[j]!;
    d[j]! += k * mu[j]! * (1 - 2 * v[j]!);
  }
  const { range, stride, values } = table;
  const rowTops = new Float64Array(values.length); // rowTops[at of (a, b)] = top_a(b p + c)
  const rowKeys = new Float64Array(rows);
  const topRows = new Float64Array(rows + 1);
  for (let b = range.minKeptColumns; b <= range.maxKeptColumns; b++) {
    for (let i = 0; i < rows; i++) rowKeys[i] = b * p[i]! + c[i]!;
    topSumsOfSorted(rowKeys.sort(), range.maxKeptRows, topRows);
    for (let a = range.minKeptRows, at = b - range.minKeptColumns; a <= range.maxKeptRows; a++, at += stride) {
      rowTops[at] = topRows[a]!;
    }
  }
  const columnKeys = new Float64Array(cols);
  const topColumns = new Float64Array(cols + 1);
  for (let a = range.minKeptRows; a <= range.maxKeptRows; a++) {
    for (let j = 0; j < cols; j++) columnKeys[j] = a * q[j]! + d[j]!;
    topSumsOfSorted(columnKeys.sort(), range.maxKeptColumns, topColumns);
    for (let b = range.minKeptColumns, at = (a - range.minKeptRows) * stride; b <= range.maxKeptColumns; b++, at++) {
      const bound = constant + rowTops[at]! + topColumns[b]!;
      if (bound < values[at]!) values[at] = bound;
    }
  }
}
