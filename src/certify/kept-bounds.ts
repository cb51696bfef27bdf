import type { Piece, SpectralPiece, SplitPiece, TangentPiece } from '../problem/certificate.ts';
import type { Layer } from '../problem/instance.ts';
import { isNormAtMost } from './norm.ts';
import { above, gamma, MAGNITUDE, topsAbove } from './rounding.ts';

/*
 * Upper bounds on what one layer keeps, for every number a of kept rows and b of kept columns, recomputed from the importances
 * and the data of a certificate. Everything is rounded so that the numbers here are never below the exact bounds, which are
 * theorems (proofs/coq/Bounds.v, Pieces.v); proofs/rounding.md counts the roundings.
 */

/** bounds[a * (cols + 1) + b], for a = 0 .. rows, b = 0 .. cols. */
export type KeptBounds = Float64Array;

/** A layer of more shapes than this is bounded by its line sums alone: a number a shape must fit into memory. */
export const MOST_SHAPES = 2 ** 25;

/** top[0][a] >= the a greatest row sums, top[1][b] >= the b greatest column sums: kept is at most either. */
export function lineSumTops({ rows, cols, importance }: Layer): [Float64Array, Float64Array] {
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(cols);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      rowSums[i]! += importance[k]!;
      columnSums[j]! += importance[k]!;
    }
  }
  for (let i = 0; i < rows; i++) rowSums[i] = above(rowSums[i]!, cols, rowSums[i]!);
  for (let j = 0; j < cols; j++) columnSums[j] = above(columnSums[j]!, rows, columnSums[j]!);
  return [topsAbove(rowSums), topsAbove(columnSums)];
}

/**
 * The least bound of all pieces for every shape, or one sentence of what is wrong with a piece.
 *
 * Time: O(m n log(m n)) a rows, columns, split or tangent piece, O(min(m,n)^2 max(m,n)) a spectral one.
 */
export function keptBounds(layer: Layer, pieces: readonly Piece[]): KeptBounds | string {
  const { rows, cols } = layer;
  const [rowTops, columnTops] = lineSumTops(layer);
  const bounds = new Float64Array((rows + 1) * (cols + 1));
  for (let a = 1; a <= rows; a++) {
    for (let b = 1; b <= cols; b++) bounds[a * (cols + 1) + b] = Math.min(rowTops[a]!, columnTops[b]!);
  }
  for (const piece of pieces) {
    const fault = lowerBy(bounds, layer, piece);
    if (fault !== null) return fault;
  }
  return bounds;
}

/** Lowers the bounds by one piece; a sentence when the piece is wrong. */
function lowerBy(bounds: KeptBounds, layer: Layer, piece: Piece): string | null {
  switch (piece.kind) {
    case 'rows':
      lowerByLines(bounds, layer, true);
      return null;
    case 'columns':
      lowerByLines(bounds, layer, false);
      return null;
    case 'split':
      return lowerBySplit(bounds, layer, piece);
    case 'additive':
    case 'multiplicative':
      return lowerBySpectral(bounds, layer, piece);
    default:
      // A norm is proved for one kind and used by that kind: a third kind must not get one proved and another used.
      return `expected a kind of piece, got ${shown((piece as { kind: unknown }).kind)}`;
  }
}

/** Text in quotes, of anything else its type: what a caller without types passed may not even have a text. */
const shown = (value: unknown) => (typeof value === 'string' ? JSON.stringify(value) : typeof value);

/** kept <= top_a over the rows of top_b(row), or the transpose. */
function lowerByLines(bounds: KeptBounds, { rows, cols, importance }: Layer, byRows: boolean): void {
  const tops = nestedTops(importance, rows, cols, byRows);
  for (let at = 0; at < bounds.length; at++) {
    // Sums of nonnegative terms: their magnitude is their value.
    bounds[at] = lesser(bounds[at]!, above(tops[at]!, rows + cols, tops[at]!));
  }
}

/** kept <= top_a over the rows of top_b(row of W - T) + top_b over the columns of top_a(column of T). */
function lowerBySplit(
  bounds: KeptBounds,
  { rows, cols, importance }: Layer,
  { columnShare }: SplitPiece,
): string | null {
  if (columnShare.length !== rows * cols) return `expected ${rows * cols} entries of T, got ${columnShare.length}`;
  if (!isFiniteFloat32(columnShare)) return 'expected finite entries of T';
  const rowShare = new Float64Array(rows * cols);
  let magnitude = 0;
  for (let k = 0; k < rowShare.length; k++) {
    rowShare[k] = importance[k]! - columnShare[k]!;
    magnitude += Math.abs(rowShare[k]!) + Math.abs(columnShare[k]!);
  }
  const byRows = nestedTops(rowShare, rows, cols, true);
  const byColumns = nestedTops(columnShare, rows, cols, false);
  for (let at = 0; at < bounds.length; at++) {
    bounds[at] = lesser(bounds[at]!, above(byRows[at]! + byColumns[at]!, rows + cols + 2, magnitude));
  }
  return null;
}

/** tops[a * (cols + 1) + b] = top_a over the rows of top_b(row), or, `byRows` false, top_b over the columns of top_a(column). */
function nestedTops(matrix: ArrayLike<number>, rows: number, cols: number, byRows: boolean): Float64Array {
  const [lines, length] = byRows ? [rows, cols] : [cols, rows];
  const [lineStep, step] = byRows ? [cols, 1] : [1, cols];
  // prefix[line * length + k - 1] = top_k(line)
  const prefix = new Float64Array(lines * length);
  const values = new Float64Array(length);
  for (let line = 0; line < lines; line++) {
    for (let k = 0; k < length; k++) values[k] = matrix[line * lineStep + k * step]!;
    values.sort();
    let sum = 0;
    for (let k = 0; k < length; k++) prefix[line * length + k] = sum += values[length - 1 - k]!;
  }
  const tops = new Float64Array((rows + 1) * (cols + 1));
  const column = new Float64Array(lines);
  for (let k = 1; k <= length; k++) {
    for (let line = 0; line < lines; line++) column[line] = prefix[line * length + k - 1]!;
    column.sort();
    let sum = 0;
    for (let count = 1; count <= lines; count++) {
      sum += column[lines - count]!;
      tops[byRows ? count * (cols + 1) + k : k * (cols + 1) + count] = sum;
    }
  }
  return tops;
}

/** Checks the data and the norm, then takes the spectral bound and that of every tangent. */
function lowerBySpectral(bounds: KeptBounds, layer: Layer, piece: SpectralPiece): string | null {
  const fault = shapeFault(layer, piece);
  if (fault !== null) return fault;
  const scales = scalesOf(piece);
  if (!isNormProved(layer, piece, scales)) return `expected a norm that can be verified, got ${piece.norm}`;
  if (piece.kind === 'multiplicative') {
    lowerByProduct(bounds, layer, piece, scales);
    return null;
  }
  lowerBySum(bounds, layer, piece, scales);
  for (const tangent of piece.tangents) {
    const wrong = lowerByTangent(bounds, layer, piece, tangent, scales);
    if (wrong !== null) return wrong;
  }
  return null;
}

/** The rounding analysis needs the range and the 24 bits of float32. */
const isFiniteFloat32 = (values: Float32Array) => values instanceof Float32Array && values.every(Number.isFinite);

const inRange = (value: number, bits: number) => value >= 2 ** -bits && value <= 2 ** bits;

function shapeFault({ rows, cols }: Layer, piece: SpectralPiece): string | null {
  const { kind, rowPart, columnPart, rowWeights, columnWeights, norm, tangents } = piece;
  for (const [name, values, length] of [
    ['row part', rowPart, rows],
    ['column part', columnPart, cols],
    ['row weights', rowWeights, rows],
    ['column weights', columnWeights, cols],
  ] as const) {
    if (values.length !== length) return `expected ${length} numbers of the ${name}, got ${values.length}`;
    if (!isFiniteFloat32(values)) return `expected finite numbers in the ${name}`;
  }
  if (!rowWeights.every((value) => value > 0)) return 'expected row weights > 0';
  if (!columnWeights.every((value) => value > 0)) return 'expected column weights > 0';
  if (!inRange(norm, 300)) return `expected a norm from 2^-300 to 2^300, got ${norm}`;
  if (kind === 'additive') return null;
  if (tangents.length > 0) return 'expected no tangents in a multiplicative piece';
  const isNonnegative = rowPart.every((value) => value >= 0) && columnPart.every((value) => value >= 0);
  return isNonnegative ? null : 'expected f, g >= 0';
}

/**
 * The norm is verified for D_alpha N D_beta with the doubles alpha_i = 1/sqrt(lambda_i), beta_j as computed. The weights that
 * follow exactly from them, 1/alpha_i^2 rounded up, replace lambda and mu in every bound.
 */
interface Scales {
  readonly alpha: Float64Array;
  readonly beta: Float64Array;
  readonly lambda: Float64Array;
  readonly mu: Float64Array;
}

function scalesOf({ rowWeights, columnWeights }: SpectralPiece): Scales {
  const scale = (weights: Float32Array) => Float64Array.from(weights, (weight) => 1 / Math.sqrt(weight));
  // A quotient and a product: two roundings, and one more for the factor.
  const weight = (scales: Float64Array) => scales.map((value) => (1 / (value * value)) * (1 + 2 ** -50));
  const [alpha, beta] = [scale(rowWeights), scale(columnWeights)];
  return { alpha, beta, lambda: weight(alpha), mu: weight(beta) };
}

function isNormProved({ rows, cols, importance }: Layer, piece: SpectralPiece, { alpha, beta }: Scales): boolean {
  const { kind, rowPart, columnPart, norm } = piece;
  const wide = rows <= cols;
  const values = new Float64Array(rows * cols); // the matrix, transposed when it has more rows than columns
  let squares = 0; // sum of squares of what each entry's rounding is relative to
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const p = rowPart[i]!;
      const q = columnPart[j]!;
      const w = importance[k]!;
      const scale = alpha[i]! * beta[j]!;
      const residual = kind === 'additive' ? w - p - q : w - p * q;
      values[wide ? k : j * rows + i] = residual * scale;
      const magnitude = (kind === 'additive' ? w + Math.abs(p) + Math.abs(q) : w + p * q) * scale;
      squares += magnitude * magnitude;
    }
  }
  // Each entry: at most two operations on the residual, the scale, their product.
  const error = gamma(5) * Math.sqrt(squares) * MAGNITUDE;
  return wide ? isNormAtMost(values, rows, cols, error, norm) : isNormAtMost(values, cols, rows, error, norm);
}

/** kept <= top_a(f) top_b(g) + s sqrt(top_a(lambda) top_b(mu)). */
function lowerByProduct(bounds: KeptBounds, { rows, cols }: Layer, piece: SpectralPiece, { lambda, mu }: Scales): void {
  const [topF, topG] = [topsAbove(piece.rowPart), topsAbove(piece.columnPart)];
  const [topLambda, topMu] = [topsAbove(lambda), topsAbove(mu)];
  for (let a = 1; a <= rows; a++) {
    for (let b = 1; b <= cols; b++) {
      const value = topF[a]! * topG[b]! + piece.norm * Math.sqrt(topLambda[a]! * topMu[b]!);
      const at = a * (cols + 1) + b;
      bounds[at] = lesser(bounds[at]!, above(value, 8, value));
    }
  }
}

/** At least the sum of absolute values: a magnitude. */
const absoluteSum = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += Math.abs(values[k]!);
  return sum * MAGNITUDE;
};

/**
 * With any g, h >= 0 and A, B >= 0, x'Ny = (x - A g)'N(y - B h) + A (N'g)'y + B x'(Nh) - A B g'Nh, and the first term is at most
 * s sqrt(sum lambda (x - A g)^2 sum mu (y - B h)^2). Here g and h are the doubles nearest to 1/lambda and 1/mu, so that
 *
 *   sum lambda (x - A g)^2 = sum lambda x^2 - 2 A sum (lambda g) x + A^2 sum lambda g^2
 *                         <= top_a(lambda) - 2 A a (1 - 2u) + A^2 sum g (1 + 2u),
 *
 * and A, B are the doubles nearest to a / sum g and b / sum h. Added to b top_a(p) + a top_b(q).
 */
function lowerBySum(
  bounds: KeptBounds,
  { rows, cols, importance }: Layer,
  { rowPart: p, columnPart: q, norm }: SpectralPiece,
  { lambda, mu }: Scales,
): void {
  const g = lambda.map((weight) => 1 / weight);
  const h = mu.map((weight) => 1 / weight);
  const sumG = sumAbove(g);
  const sumH = sumAbove(h);
  // N h and N'g: values, then upper bounds; their magnitudes.
  const rowRest = new Float64Array(rows);
  const columnRest = new Float64Array(cols);
  const rowMagnitude = new Float64Array(rows);
  const columnMagnitude = new Float64Array(cols);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const residual = importance[k]! - p[i]! - q[j]!;
      const magnitude = importance[k]! + Math.abs(p[i]!) + Math.abs(q[j]!);
      rowRest[i]! += residual * h[j]!;
      rowMagnitude[i]! += magnitude * h[j]!;
      columnRest[j]! += residual * g[i]!;
      columnMagnitude[j]! += magnitude * g[i]!;
    }
  }
  let rest = 0; // g'Nh
  let restMagnitude = 0;
  for (let i = 0; i < rows; i++) {
    rest += g[i]! * rowRest[i]!;
    restMagnitude += g[i]! * rowMagnitude[i]!;
  }
  const leastRest = -above(-rest, rows + cols + 8, restMagnitude);
  for (let i = 0; i < rows; i++) rowRest[i] = above(rowRest[i]!, cols + 4, rowMagnitude[i]!);
  for (let j = 0; j < cols; j++) columnRest[j] = above(columnRest[j]!, rows + 4, columnMagnitude[j]!);
  const [topP, topQ] = [topsAbove(p), topsAbove(q)];
  const [topRowRest, topColumnRest] = [topsAbove(rowRest), topsAbove(columnRest)];
  const spreadA = spreads(topsAbove(lambda), sumG);
  const spreadB = spreads(topsAbove(mu), sumH);
  for (let a = 1; a <= rows; a++) {
    const alpha = a / sumG;
    for (let b = 1; b <= cols; b++) {
      const beta = b / sumH;
      const parts = b * topP[a]! + a * topQ[b]!;
      const linear = alpha * topColumnRest[b]! + beta * topRowRest[a]! - alpha * beta * leastRest;
      const noise = norm * Math.sqrt(spreadA[a]! * spreadB[b]!);
      const magnitude =
        b * Math.abs(topP[a]!) +
        a * Math.abs(topQ[b]!) +
        alpha * Math.abs(topColumnRest[b]!) +
        beta * Math.abs(topRowRest[a]!) +
        alpha * beta * Math.abs(leastRest) +
        noise;
      const at = a * (cols + 1) + b;
      bounds[at] = lesser(bounds[at]!, above(parts + linear + noise, 16, magnitude));
    }
  }
}

/** At least the sum of nonnegative numbers, closely. */
function sumAbove(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k]!;
  return above(sum, values.length, sum);
}

/** spread[k] >= top_k(lambda) - 2 A k (1 - 2u) + A^2 sumG (1 + 2u) with A = k / sumG; never negative. */
function spreads(tops: Float64Array, sumG: number): Float64Array {
  return tops.map((top, k) => {
    const shift = k / sumG;
    const value = top - 2 * shift * k + shift * shift * sumG;
    return Math.max(0, above(value, 12, top + 2 * shift * k + shift * shift * sumG));
  });
}

/**
 * kept <= top_a(b p + Nv + h lambda (1 - 2u)) + top_b(a q + N'u + k mu (1 - 2v)) - u'Nv + h sum lambda u^2 + k sum mu v^2 with
 * 4 h k >= s^2.
 */
function lowerByTangent(
  bounds: KeptBounds,
  { rows, cols, importance }: Layer,
  { rowPart: p, columnPart: q, norm }: SpectralPiece,
  { rowPoint: u, columnPoint: v, rowCurvature: h }: TangentPiece,
  { lambda, mu }: Scales,
): string | null {
  if (u.length !== rows || v.length !== cols)
    return `expected points of ${rows} and ${cols} numbers, got ${u.length} and ${v.length}`;
  if (!isFiniteFloat32(u) || !isFiniteFloat32(v)) return 'expected finite points';
  const k = ((norm * norm) / (4 * h)) * (1 + 2 ** -50);
  if (!inRange(h, 500) || !inRange(k, 500)) return `expected curvatures from 2^-500 to 2^500, got ${h} and ${k}`;

  // N v and N'u, each with the magnitude its rounding is relative to.
  const rowValue = new Float64Array(rows);
  const rowMagnitude = new Float64Array(rows);
  const columnValue = new Float64Array(cols);
  const columnMagnitude = new Float64Array(cols);
  for (let i = 0, at = 0; i < rows; i++) {
    const ui = u[i]!;
    const pi = p[i]!;
    for (let j = 0; j < cols; j++, at++) {
      const residual = importance[at]! - pi - q[j]!;
      const magnitude = importance[at]! + Math.abs(pi) + Math.abs(q[j]!);
      rowValue[i]! += residual * v[j]!;
      rowMagnitude[i]! += magnitude * Math.abs(v[j]!);
      columnValue[j]! += residual * ui;
      columnMagnitude[j]! += magnitude * Math.abs(ui);
    }
  }
  let constant = 0;
  let magnitude = 0;
  for (let i = 0; i < rows; i++) {
    const curve = h * lambda[i]! * u[i]! * u[i]!;
    constant += curve - u[i]! * rowValue[i]!;
    magnitude += curve + Math.abs(u[i]!) * rowMagnitude[i]!;
  }
  for (let j = 0; j < cols; j++) {
    const curve = k * mu[j]! * v[j]! * v[j]!;
    constant += curve;
    magnitude += curve;
  }
  constant = above(constant, rows + 2 * cols + 8, magnitude);

  // Coefficients of x and of y, rounded up; x and y are >= 0.
  const coefficient = (value: number, spread: number, point: number, terms: number, own: number) =>
    above(value + spread * (1 - 2 * point), terms + 8, own + spread * (1 + 2 * Math.abs(point)));
  for (let i = 0; i < rows; i++) {
    rowValue[i] = coefficient(rowValue[i]!, h * lambda[i]!, u[i]!, cols, rowMagnitude[i]!);
  }
  for (let j = 0; j < cols; j++) {
    columnValue[j] = coefficient(columnValue[j]!, k * mu[j]!, v[j]!, rows, columnMagnitude[j]!);
  }

  const rowTops = crossTops(rowValue, p, cols); // [b * (rows + 1) + a]
  const columnTops = crossTops(columnValue, q, rows); // [a * (cols + 1) + b]
  for (let a = 1; a <= rows; a++) {
    for (let b = 1; b <= cols; b++) {
      const x = rowTops[b * (rows + 1) + a]!;
      const y = columnTops[a * (cols + 1) + b]!;
      const at = a * (cols + 1) + b;
      bounds[at] = lesser(bounds[at]!, above(constant + x + y, 4, Math.abs(constant) + Math.abs(x) + Math.abs(y)));
    }
  }
  return null;
}

/** tops[t * (length + 1) + k] >= the sum of the k greatest of t part + value, for t = 0 .. most. */
function crossTops(value: Float64Array, part: Float32Array, most: number): Float64Array {
  const { length } = value;
  const tops = new Float64Array((most + 1) * (length + 1));
  const keys = new Float64Array(length);
  const [sumValue, sumPart] = [absoluteSum(value), absoluteSum(part)];
  for (let t = 1; t <= most; t++) {
    for (let k = 0; k < length; k++) keys[k] = t * part[k]! + value[k]!;
    keys.sort();
    const error = above(0, length + 4, t * sumPart + sumValue);
    let sum = 0;
    for (let k = 1; k <= length; k++) {
      sum += keys[length - k]!;
      tops[t * (length + 1) + k] = sum + error;
    }
  }
  return tops;
}

/** The lesser of a bound and a candidate; a candidate that is NaN is none. */
function lesser(bound: number, candidate: number): number {
  return candidate < bound ? candidate : bound;
}
