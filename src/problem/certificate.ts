import type { Goal } from './goal.ts';

/**
 * Evidence for a lower bound on the cost of every pruning that meets a goal: data from which the checker computes the
 * bound anew. Nothing in it is trusted but arithmetic on the instance's own importances.
 *
 * Every *piece* bounds the kept importance of one layer for every number a of kept rows and b of kept columns at once.
 * The least of a layer's pieces is UB_l(a, b). With a price v >= 0 for a kept unit and K units that may stay, every
 * pruning keeps at most v K + sum_l max over allowed (a, b) of UB_l(a, b) - v u_l a b (theory: Lagrange; Coq: the network bound of T5).
 */
export interface Certificate {
  /** `instanceHash` of the instance it speaks of. */
  readonly instanceHash: string;
  /** The goal it speaks of: a certificate for one target says nothing about another. */
  readonly goal: Goal;
  /** v: importance a kept unit. */
  readonly price: number;
  /** Pieces of every layer, in the instance's order. None at all still bounds: see the checker. */
  readonly layers: readonly (readonly Piece[])[];
  /** What the author says follows from it, rounded outward: the checker must reach it. */
  readonly claim: {
    /** Any pruning that meets the goal costs at least this. */
    readonly dualBound: number;
    /** Any pruning that meets the goal keeps at most this. */
    readonly keptBound: number;
  };
}

/**
 * One bound of one layer, for all numbers of kept rows and columns at once. top_k(x) is the sum of the k largest of x.
 */
export type Piece = LinePiece | SplitPiece | SpectralPiece;

/** kept <= top_a over the rows of top_b(row), or transposed. Needs no data. */
export interface LinePiece {
  /** Whether rows are chosen by what their best columns keep, or columns by their best rows. */
  readonly kind: 'rows' | 'columns';
}

/** kept <= top_a over the rows of top_b(row of W - T) + top_b over the columns of top_a(column of T). */
export interface SplitPiece {
  /** Names the kind of piece. */
  readonly kind: 'split';
  /** T, [rows, cols], row-major like the importances. */
  readonly columnShare: Float32Array;
}

/**
 * W = S + N with x'Ny <= s sqrt(sum lambda_i x_i^2 sum mu_j y_j^2) for all real x and y; the checker verifies s.
 *
 * `additive`: S_ij = p_i + q_j; then every pair of points (u, v) gives one more bound, see {@link TangentPiece}.
 * `multiplicative`: S_ij = f_i g_j with f, g >= 0.
 */
export interface SpectralPiece {
  /** What S is: p_i + q_j, or f_i g_j. */
  readonly kind: 'additive' | 'multiplicative';
  /** p or f: [rows]. */
  readonly rowPart: Float32Array;
  /** q or g: [cols]. */
  readonly columnPart: Float32Array;
  /** lambda > 0: [rows]. */
  readonly rowWeights: Float32Array;
  /** mu > 0: [cols]. */
  readonly columnWeights: Float32Array;
  /** s >= the 2-norm of D_lambda^-1/2 N D_mu^-1/2. */
  readonly norm: number;
  /** Only for `additive`. */
  readonly tangents: readonly TangentPiece[];
}

/**
 * For all 0/1 vectors x, y and any real u, v and h, k > 0 with 4 h k >= s^2:
 *
 *   x'Ny = (x - u)'N(y - v) + x'Nv + u'Ny - u'Nv  and  (x - u)'N(y - v) <= h sum lambda (x - u)^2 + k sum mu (y - v)^2,
 *
 * and x_i^2 = x_i makes the right side linear in x and in y: its maximum over a rows and b columns is a sum of greatest
 * coefficients. Best where u and v are the fractional optimum of a shape.
 */
export interface TangentPiece {
  /** u: [rows]. */
  readonly rowPoint: Float32Array;
  /** v: [cols]. */
  readonly columnPoint: Float32Array;
  /** h > 0; k is s^2 / 4h. */
  readonly rowCurvature: number;
}
