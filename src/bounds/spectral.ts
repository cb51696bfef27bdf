import { topSums } from '../layer/largest.ts';
import { rowsThenColumns, shorterSide, viewFrom } from '../layer/side.ts';
import type { SpectralPiece } from '../problem/certificate.ts';
import type { Layer } from '../problem/instance.ts';
import { eigen, gram, type WideMatrix } from './dense.ts';
import type { KeptTable } from './kept-table.ts';

/**
 * The spectral bound: W = S + N, with S of a form whose best block is found by sorting and N bounded by a norm.
 *
 * Theorem (our construction; T5b: Spectral.additive_spectral_sound, Spectral.multiplicative_spectral_sound, where the norm is a
 * hypothesis). With x'Ny <= s sqrt(sum lambda x^2 sum mu y^2):
 *
 * - additive, S_ij = p_i + q_j. A block of a rows and b columns keeps b p(I) + a q(J) of S. For any vectors g, h and
 *   numbers A, B the residual part is (x - A g)'N(y - B h) plus terms linear in x and in y; with g = 1/lambda, h = 1/mu,
 *   G = sum 1/lambda, H = sum 1/mu and A = a/G, B = b/H,
 *
 *     sum lambda (x - A g)^2 = sum lambda x^2 - a^2 / G <= top_a(lambda) - a^2 / G,
 *
 *   so kept <= b top_a(p) + a top_b(q) + s sqrt((top_a(lambda) - a^2/G)(top_b(mu) - b^2/H)) + the linear terms, which
 *   vanish when p and q make g'N = 0 and Nh = 0. That is the gain over the plain spectral bound: the constant direction of
 *   x and y costs nothing, and for lambda = 1 a block of nearly all rows has a (1 - a/m), not a, in the root.
 * - multiplicative, S_ij = f_i g_j >= 0: kept <= top_a(f) top_b(g) + s sqrt(top_a(lambda) top_b(mu)).
 *
 * One norm bounds all shapes: O(min(m,n)^2 max(m,n)) for it, then O(1) per shape.
 */
export interface Residual {
  readonly piece: SpectralPiece;
  /** Eigenvalues, greatest first, and vectors of the Gram matrix of D_lambda^-1/2 N D_mu^-1/2 (the wide way round). */
  readonly eigenvalues: Float64Array;
  readonly eigenvectors: Float64Array;
}

/**
 * Above the rounding of a computed norm, relative to itself and to the Frobenius norm of what N is the difference of. The
 * checker proves the norm, so these only have to be generous.
 */
const NORM_MARGIN = 2 ** -30;
const CANCELLATION_MARGIN = 2 ** -46;

/** p, q that make N orthogonal to 1/lambda on the left and to 1/mu on the right, and the norm of what is left. */
export function additivePiece(layer: Layer, rowWeights: Float32Array, columnWeights: Float32Array): Residual {
  const { rows, cols, importance } = layer;
  const rowPart = new Float32Array(rows);
  const columnMeans = new Float64Array(cols);
  let rowTotal = 0; // G
  let columnTotal = 0; // H
  for (let j = 0; j < cols; j++) columnTotal += 1 / columnWeights[j]!;
  for (let i = 0; i < rows; i++) rowTotal += 1 / rowWeights[i]!;
  let mean = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    const g = 1 / rowWeights[i]! / rowTotal;
    let rowMean = 0;
    for (let j = 0; j < cols; j++, k++) {
      rowMean += importance[k]! / columnWeights[j]!;
      columnMeans[j]! += importance[k]! * g;
    }
    rowMean /= columnTotal;
    mean += rowMean * g;
    rowPart[i] = rowMean;
  }
  for (let i = 0; i < rows; i++) rowPart[i]! -= mean / 2;
  const columnPart = Float32Array.from(columnMeans, (value) => value - mean / 2);
  return withNorm(layer, { kind: 'additive', rowPart, columnPart, rowWeights, columnWeights, norm: 0, tangents: [] });
}

/** Whether a computed piece may enter a certificate: extreme importances can overflow its squares. */
export function isUsable({ norm, rowPart, columnPart, rowWeights, columnWeights }: SpectralPiece): boolean {
  const finite = (values: Float32Array) => values.every(Number.isFinite);
  const positive = (values: Float32Array) => values.every((value) => value > 0 && value < Infinity);
  return (
    norm > 0 &&
    norm < Infinity &&
    finite(rowPart) &&
    finite(columnPart) &&
    positive(rowWeights) &&
    positive(columnWeights)
  );
}

function withNorm(layer: Layer, piece: SpectralPiece): Residual {
  const { scaled, frobenius } = scaledResidual(layer, piece);
  const product = gram(scaled);
  const { values, vectors } = product.every(Number.isFinite)
    ? eigen(product, scaled.rows)
    : { values: new Float64Array([Number.NaN]), vectors: new Float64Array(0) };
  const norm = Math.sqrt(Math.max(0, values[0]!)) * (1 + NORM_MARGIN) + CANCELLATION_MARGIN * frobenius;
  return { piece: { ...piece, norm }, eigenvalues: values, eigenvectors: vectors };
}

/** D_lambda^-1/2 N D_mu^-1/2, and the Frobenius norm of the sizes of what is subtracted in it. */
export function scaledResidual({ rows, cols, importance }: Layer, piece: SpectralPiece) {
  const { kind, rowPart, columnPart } = piece;
  const rowScale = Float64Array.from(piece.rowWeights, (weight) => 1 / Math.sqrt(weight));
  const columnScale = Float64Array.from(piece.columnWeights, (weight) => 1 / Math.sqrt(weight));
  const outer = shorterSide({ rows, cols });
  const { outerLines, innerLines } = viewFrom(outer, { rows, cols });
  const [rowStep, columnStep] = rowsThenColumns(outer, innerLines, 1); // between neighbours in the wide matrix
  const values = new Float64Array(rows * cols);
  const additive = kind === 'additive';
  let squares = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    const p = rowPart[i]!;
    const scale = rowScale[i]!;
    for (let j = 0; j < cols; j++, k++) {
      const q = columnPart[j]!;
      const w = importance[k]!;
      const structure = additive ? p + q : p * q;
      const size = additive ? w + Math.abs(p) + Math.abs(q) : w + structure;
      const both = scale * columnScale[j]!;
      values[i * rowStep + j * columnStep] = (w - structure) * both;
      squares += (size * both) ** 2;
    }
  }
  const scaled: WideMatrix = { rows: outerLines, cols: innerLines, values, outer };
  return { scaled, frobenius: Math.sqrt(squares) };
}

/** Lowers a table by a spectral piece, without its tangents. O(shapes). */
export function lowerBySpectral(table: KeptTable, layer: Layer, piece: SpectralPiece): void {
  if (piece.kind === 'additive') lowerByAdditive(table, layer, piece);
  else lowerByMultiplicative(table, piece);
}

function lowerByAdditive({ range, values }: KeptTable, layer: Layer, piece: SpectralPiece): void {
  const { rows, cols, importance } = layer;
  const { rowPart, columnPart, rowWeights, columnWeights, norm } = piece;
  const g = Float64Array.from(rowWeights, (weight) => 1 / weight);
  const h = Float64Array.from(columnWeights, (weight) => 1 / weight);
  const rowTotal = g.reduce((sum, value) => sum + value, 0);
  const columnTotal = h.reduce((sum, value) => sum + value, 0);
  // What centring left over: N'g and Nh, zero but for the rounding of p and q to float32.
  const rowRest = new Float64Array(rows);
  const columnRest = new Float64Array(cols);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const x = importance[k]! - rowPart[i]! - columnPart[j]!;
      rowRest[i]! += x * h[j]!;
      columnRest[j]! += x * g[i]!;
    }
  }
  const rest = rowRest.reduce((sum, value, i) => sum + value * g[i]!, 0);
  const [topP, topQ] = [topSums(rowPart), topSums(columnPart)];
  const [topLambda, topMu] = [topSums(rowWeights), topSums(columnWeights)];
  const [topRowRest, topColumnRest] = [topSums(rowRest), topSums(columnRest)];
  for (let a = range.minKeptRows, at = 0; a <= range.maxKeptRows; a++) {
    const alpha = a / rowTotal;
    const spreadA = Math.max(0, topLambda[a]! - a * alpha);
    for (let b = range.minKeptColumns; b <= range.maxKeptColumns; b++, at++) {
      const beta = b / columnTotal;
      const spreadB = Math.max(0, topMu[b]! - b * beta);
      const linear = alpha * topColumnRest[b]! + beta * topRowRest[a]! - alpha * beta * rest;
      const bound = b * topP[a]! + a * topQ[b]! + linear + norm * Math.sqrt(spreadA * spreadB);
      if (bound < values[at]!) values[at] = bound;
    }
  }
}

function lowerByMultiplicative({ range, values }: KeptTable, piece: SpectralPiece): void {
  const { rowPart, columnPart, rowWeights, columnWeights, norm } = piece;
  const [topF, topG] = [topSums(rowPart), topSums(columnPart)];
  const [topLambda, topMu] = [topSums(rowWeights), topSums(columnWeights)];
  for (let a = range.minKeptRows, at = 0; a <= range.maxKeptRows; a++) {
    for (let b = range.minKeptColumns; b <= range.maxKeptColumns; b++, at++) {
      const bound = topF[a]! * topG[b]! + norm * Math.sqrt(topLambda[a]! * topMu[b]!);
      if (bound < values[at]!) values[at] = bound;
    }
  }
}
