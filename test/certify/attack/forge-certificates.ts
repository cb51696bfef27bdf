import { searchCertificate } from '../../../src/bounds/search.ts';
import {
  type Certificate,
  type Goal,
  type Instance,
  instanceHash,
  type Layer,
  type Piece,
  type SpectralPiece,
} from '../../../src/problem/index.ts';
import type { Dice } from './dice.ts';
import type { Victim } from './instances.ts';

/*
 * Forged certificates: each claims that all prunings cost more, or keep less, than the best one does.
 *
 * A certificate holds data that the checker may use but must not believe: norms, weights, points, shares, a price. So forgers
 * draw them at random, of ordinary size and extreme, take the norm from the matrix and lower it, change what the honest search
 * found, and lower norms by bisection to the least that the checker takes. Wherever it takes a certificate, the bounds that it
 * computes are held against the truth, whatever the certificate claimed.
 */

/** What can be attacked: the checker, or a mutant of it. */
export type CheckCertificate = (
  instance: Instance,
  goal: Goal,
  certificate: Certificate,
) => {
  readonly valid: boolean;
  readonly reason: string | null;
  readonly dualBound: number | null;
  readonly keptBound: number | null;
};

/** Whether an accepted certificate says what is false; null: it was rejected. */
export interface CertificateJudgement {
  readonly isValid: boolean;
  readonly isFalse: boolean;
  readonly isCrash: boolean;
  /** Kept bound over what can be kept; Infinity when rejected, 1 at best. */
  readonly slack: number;
}

const units = (value: number) => value * 2 ** 149;

export function judgeCertificate(
  checkCertificate: CheckCertificate,
  { instance, goal, optimum, total }: Victim,
  certificate: Certificate,
): CertificateJudgement {
  let verdict: ReturnType<CheckCertificate>;
  try {
    verdict = checkCertificate(instance, goal, certificate);
  } catch {
    return { isValid: false, isFalse: false, isCrash: true, slack: Infinity };
  }
  const { valid, dualBound, keptBound } = verdict;
  if (!valid) return { isValid: false, isFalse: false, isCrash: false, slack: Infinity };
  const most = total - optimum;
  const isAbove = (value: number) => BigInt(Math.ceil(units(value))) > optimum;
  const isBelow = (value: number) => value < Infinity && BigInt(Math.floor(units(value))) < most;
  const { claim } = certificate;
  const isFalse = isAbove(dualBound!) || isBelow(keptBound!) || isAbove(claim.dualBound) || isBelow(claim.keptBound);
  const slack = most === 0n ? (keptBound === 0 ? 1 : 2) : units(keptBound!) / Number(most);
  return { isValid: true, isFalse, isCrash: false, slack };
}

/** Claims nothing, so that the checker says what follows. */
const NO_CLAIM: Certificate['claim'] = { dualBound: 0, keptBound: Infinity };

/** Just more than the truth: what no certificate may be accepted for. */
function falseClaim(dice: Dice, { optimum, total }: Victim): Certificate['claim'] {
  const above = (sum: bigint) => Number(sum + 1n + (sum >> 50n)) * 2 ** -149;
  const below = (sum: bigint) => Number(sum - 1n - (sum >> 50n)) * 2 ** -149;
  return dice.chance(0.5)
    ? { dualBound: above(optimum), keptBound: Infinity }
    : { dualBound: 0, keptBound: below(total - optimum) };
}

const vector = (length: number, entry: (k: number) => number) => Float32Array.from({ length }, (_, k) => entry(k));
const listOf = <T>(count: number, entry: () => T) => Array.from({ length: count }, entry);

/** The 2-norm of D_lambda^-1/2 (W - S) D_mu^-1/2, by power iteration: below the truth, and soon hardly. */
export function normOf({ rows, cols, importance }: Layer, piece: Omit<SpectralPiece, 'norm' | 'tangents'>): number {
  const { kind, rowPart: p, columnPart: q, rowWeights: lambda, columnWeights: mu } = piece;
  const entries = Float64Array.from({ length: rows * cols }, (_, k) => {
    const [i, j] = [Math.floor(k / cols), k % cols];
    const structure = kind === 'additive' ? p[i]! + q[j]! : p[i]! * q[j]!;
    return (importance[k]! - structure) / Math.sqrt(lambda[i]!) / Math.sqrt(mu[j]!);
  });
  let y = new Float64Array(cols).map((_, j) => 1 + j / 7);
  let norm = 0;
  for (let t = 0; t < 60; t++) {
    const x = new Float64Array(rows);
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) x[i]! += entries[i * cols + j]! * y[j]!;
    const next = new Float64Array(cols);
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) next[j]! += entries[i * cols + j]! * x[i]!;
    const length = Math.hypot(...next);
    if (!(length > 0 && length < Infinity)) return Math.max(norm, 2 ** -300);
    norm = Math.sqrt(length);
    y = next.map((value) => value / length);
  }
  return norm;
}

/** Parts, weights and points of any size. */
function drawSpectral(dice: Dice, layer: Layer): SpectralPiece {
  const { rows, cols, importance } = layer;
  const kind = dice.pick(['additive', 'additive', 'multiplicative'] as const);
  const greatest = Math.max(2 ** -149, ...importance);
  const rowMean = vector(rows, (i) =>
    importance.subarray(i * cols, (i + 1) * cols).reduce((sum, x) => sum + x / cols, 0),
  );
  const columnMean = vector(cols, (j) => importance.reduce((sum, x, k) => (k % cols === j ? sum + x / rows : sum), 0));
  const mean = rowMean.reduce((sum, x) => sum + x / rows, 0);
  const fitted = dice.chance(0.6);
  const size = dice.pick([1, 1, 1, 2 ** -20, 2 ** 20, 2 ** 60]);
  const finite = (values: Float32Array) => values.map((x) => (Number.isFinite(x) ? x : 1));
  const sign = () => (kind === 'additive' && dice.chance(0.5) ? -1 : 1);
  const rowPart = fitted ? rowMean : vector(rows, () => sign() * dice.uniform() * greatest * size);
  const columnPart = fitted
    ? columnMean.map((x) => (kind === 'additive' ? x - mean : mean > 0 ? x / mean : 0))
    : vector(cols, () => sign() * dice.uniform() * (kind === 'additive' ? greatest * size : 1));
  const spread = dice.pick([0, 0, 1, 4, 30, 120]);
  const weights = (length: number) => vector(length, () => 2 ** (spread * (2 * dice.uniform() - 1)));
  const data = {
    kind,
    rowPart: finite(rowPart),
    columnPart: finite(columnPart),
    rowWeights: weights(rows),
    columnWeights: weights(cols),
  };
  const exact = normOf(layer, data);
  const less = dice.pick([
    1,
    1 + 2 ** -40,
    1 + 2 ** -30,
    1 - 2 ** -50,
    1 - 2 ** -40,
    1 - 2 ** -20,
    0.9,
    0.5,
    2 ** -20,
    1.1,
  ]);
  const norm = dice.chance(0.05) ? dice.pick([2 ** -300, 2 ** 300, 0, -1, Number.NaN, 2 ** -299]) : exact * less;
  const count = kind === 'additive' ? dice.pick([0, 0, 1, 2]) : dice.chance(0.02) ? 1 : 0;
  const tangents = listOf(count, () => {
    const point = dice.pick([
      () => dice.uniform(),
      () => dice.between(0, 1),
      () => 4 * dice.uniform() - 2,
      () => 2 ** dice.between(-140, 100),
    ]);
    const curvature = dice.pick([1, 0.5, 2, 2 ** dice.between(-30, 30), 2 ** dice.between(-400, 400)]);
    return { rowPoint: vector(rows, point), columnPoint: vector(cols, point), rowCurvature: (norm * curvature) / 2 };
  });
  return { ...data, norm, tangents };
}

function drawPiece(dice: Dice, layer: Layer): Piece {
  const { rows, cols, importance } = layer;
  const way = dice.pick(['rows', 'columns', 'split', 'split', 'spectral', 'spectral', 'spectral', 'spectral'] as const);
  if (way === 'rows' || way === 'columns') return { kind: way };
  if (way === 'spectral') return drawSpectral(dice, layer);
  const greatest = Math.max(2 ** -149, ...importance);
  const share = dice.pick<(k: number) => number>([
    () => 0,
    (k) => importance[k]!,
    (k) => importance[k]! / 2,
    (k) => importance[k]! * dice.uniform(),
    () => greatest * (2 * dice.uniform() - 1),
    () => greatest * 2 ** dice.between(-30, 60),
    (k) => -importance[k]!,
  ]);
  const highest = 2 ** 127;
  return { kind: 'split', columnShare: vector(rows * cols, (k) => Math.max(-highest, Math.min(highest, share(k)))) };
}

/** A price for a kept unit: none, what a unit is worth on the average, and any. */
function drawPrice(dice: Dice, { instance, total }: Victim): number {
  const count = instance.layers.reduce((sum, { rows, cols, unitsPerEntry }) => sum + rows * cols * unitsPerEntry, 0);
  const each = (Number(total) * 2 ** -149) / count;
  return dice.pick([0, 0, each, each * dice.uniform(), each * 2 * dice.uniform(), 2 ** dice.between(-300, 300), -each]);
}

/** Ways to come to a certificate, by the names under which they are counted; `searched` is honest. */
export const CERTIFICATE_KINDS = ['searched', 'drawn', 'edited', 'lowered', 'untyped'] as const;
export type CertificateKind = (typeof CERTIFICATE_KINDS)[number];

export function drawCertificate(dice: Dice, victim: Victim): Certificate {
  const { instance, goal } = victim;
  const layers = instance.layers.map((layer) => listOf(dice.pick([0, 1, 1, 2, 3]), () => drawPiece(dice, layer)));
  const isStrange = dice.chance(0.03);
  return {
    instanceHash: isStrange && dice.chance(0.5) ? '0'.repeat(64) : instanceHash(instance),
    goal: isStrange && 'target' in goal ? { target: goal.target + 1 } : goal,
    price: drawPrice(dice, victim),
    layers,
    claim: dice.chance(0.7) ? NO_CLAIM : falseClaim(dice, victim),
  };
}

/** What the honest search finds. It may claim a little more than the checker takes. */
export function searchedCertificate({ instance, requirement, best }: Victim): Certificate {
  return searchCertificate(instance, requirement, { incumbent: best, workLimit: 4 }).certificate;
}

/** An honest certificate with one number, or one vector, changed. */
export function editedCertificate(dice: Dice, victim: Victim, honest: Certificate): Certificate {
  const l = dice.between(0, honest.layers.length - 1);
  const layer = victim.instance.layers[l]!;
  const nudge = (x: number) => x * (1 + dice.pick([1, -1, 2 ** -20, -(2 ** -20), 2 ** -10, -0.5])) + 0;
  const nudged = (values: Float32Array) =>
    dice.chance(0.5) ? values.map(nudge) : values.map((x) => (dice.chance(0.3) ? nudge(x) : x));
  const change = (piece: Piece): Piece => {
    if (piece.kind === 'split') return { ...piece, columnShare: nudged(piece.columnShare) };
    if (!('norm' in piece)) return drawPiece(dice, layer);
    const way = dice.pick([
      'norm',
      'norm',
      'rowPart',
      'columnPart',
      'rowWeights',
      'columnWeights',
      'tangents',
    ] as const);
    if (way === 'norm')
      return { ...piece, norm: piece.norm * dice.pick([1 - 2 ** -48, 1 - 2 ** -40, 1 - 2 ** -20, 0.9, 0.1]) };
    if (way !== 'tangents') return { ...piece, [way]: nudged(piece[way]) };
    const tangents = piece.tangents.map((tangent) => ({
      rowPoint: nudged(tangent.rowPoint),
      columnPoint: nudged(tangent.columnPoint),
      rowCurvature: dice.chance(0.5) ? nudge(tangent.rowCurvature) : tangent.rowCurvature,
    }));
    return { ...piece, tangents };
  };
  const pieces = honest.layers[l]!;
  const at = pieces.length === 0 ? -1 : dice.between(0, pieces.length - 1);
  return {
    ...honest,
    price: dice.chance(0.2) ? nudge(honest.price) : honest.price,
    layers: honest.layers.with(l, at < 0 ? [drawPiece(dice, layer)] : pieces.with(at, change(pieces[at]!))),
    claim: dice.chance(0.7) ? NO_CLAIM : falseClaim(dice, victim),
  };
}

/**
 * A spectral piece whose norm is lowered by bisection, to the least that the checker takes: yields certificates, is told whether each
 * was accepted.
 */
export function* loweredCertificates(dice: Dice, victim: Victim, steps: number): Generator<Certificate, void, boolean> {
  const { instance, goal } = victim;
  const l = dice.between(0, instance.layers.length - 1);
  let piece = drawSpectral(dice, instance.layers[l]!);
  const exact = normOf(instance.layers[l]!, piece);
  if (!(exact > 0 && exact < Infinity)) return;
  let low = exact * (1 - 2 ** -10);
  let high = exact * (1 + 2 ** -10);
  for (let t = 0; t < steps; t++) {
    const norm = t === 0 ? high : (low + high) / 2;
    piece = { ...piece, norm, tangents: piece.tangents.map((tangent) => ({ ...tangent, rowCurvature: norm / 2 })) };
    const layers = instance.layers.map((_, k) => (k === l ? [piece] : []));
    const isTaken = yield { instanceHash: instanceHash(instance), goal, price: 0, layers, claim: NO_CLAIM };
    if (isTaken) high = norm;
    else if (t === 0) high = exact * 2;
    else low = norm;
  }
}

/** What no types forbid at run time: kinds that there are not, lists with holes, numbers as text. */
export function untypedCertificate(dice: Dice, victim: Victim): Certificate {
  const certificate = drawCertificate(dice, victim);
  const lie = (list: ArrayLike<number>): unknown =>
    dice.pick([
      () => Array.from(list),
      () => new Array(list.length),
      () => Array.from(list, String),
      () => Array.from(list, () => dice.pick([1e300, -1e300, 1e-320, 0])),
      () => Float64Array.from(list, (x) => x * 2 ** dice.between(-900, 900)),
      () => ({ length: list.length }),
      () => null,
    ])();
  const change = (piece: Piece): unknown => {
    if (dice.chance(0.4))
      return { ...piece, kind: dice.pick(['other', 'Additive', '', null, 0, ['additive'], 'spectral']) };
    if (piece.kind === 'split') return { ...piece, columnShare: lie(piece.columnShare) };
    if (!('norm' in piece)) return dice.pick([null, 0, {}, { kind: 'split' }, { kind: 'additive' }]);
    const way = dice.pick(['rowPart', 'columnPart', 'rowWeights', 'columnWeights', 'norm'] as const);
    if (way === 'norm') return { ...piece, norm: dice.pick([`${piece.norm}`, [piece.norm], null, true, 1n]) };
    return { ...piece, [way]: lie(piece[way]) };
  };
  const layers = certificate.layers.map((pieces) => pieces.map((piece) => (dice.chance(0.6) ? change(piece) : piece)));
  return { ...certificate, layers } as unknown as Certificate;
}
