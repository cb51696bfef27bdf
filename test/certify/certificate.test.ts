import { beforeAll, describe, expect, it, vi } from 'vitest';
import { searchCertificate } from '../../src/bounds/search.ts';
import { shapeBounds } from '../../src/certify/certificate.ts';
import { check, checkCertificate } from '../../src/certify/index.ts';
import { isNormAtMost } from '../../src/certify/norm.ts';
import { generate } from '../../src/families/index.ts';
import { readCertificate, writeCertificate } from '../../src/formats/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import {
  type Certificate,
  type Goal,
  type Instance,
  instanceHash,
  makeInstance,
  type Piece,
  requirementOf,
  type SpectralPiece,
  sparsityGoal,
} from '../../src/problem/index.ts';
import { temporaryFolder } from '../temporary.ts';

vi.setConfig({ testTimeout: 60_000 });

const inFolder = temporaryFolder();

let instance: Instance;
let goal: Goal;
let certificate: Certificate;
let spectral: SpectralPiece;
const LAYER = 1;

beforeAll(() => {
  instance = generate('half-normal', { rows: 24, cols: 40, layers: 2, seed: 5 });
  goal = sparsityGoal(instance, '0.6');
  const incumbent = solveSync(instance, { method: 'alternating', goal }).pruning!;
  certificate = searchCertificate(instance, requirementOf(instance, goal), { incumbent }).certificate;
  spectral = certificate.layers[LAYER]!.find(
    (piece): piece is SpectralPiece => 'norm' in piece && piece.tangents.length > 0,
  )!;
});

/** The certificate with one layer's pieces, or one spectral piece, changed. */
const withPieces = (change: (pieces: readonly Piece[]) => readonly Piece[]): Certificate => ({
  ...certificate,
  layers: certificate.layers.map((pieces, l) => (l === LAYER ? change(pieces) : pieces)),
});
const withSpectral = (change: (piece: SpectralPiece) => Partial<SpectralPiece>): Certificate =>
  withPieces((pieces) => pieces.map((piece) => (piece === spectral ? { ...spectral, ...change(spectral) } : piece)));
const withTangents = (change: (t: SpectralPiece['tangents'][number]) => object): Certificate =>
  withSpectral(({ tangents }) => ({ tangents: tangents.map((tangent) => ({ ...tangent, ...change(tangent) })) }));
const changed = (values: Float32Array, change: (value: number, k: number) => number) =>
  Float32Array.from(values, change);

const reasonOf = (one: Certificate) => checkCertificate(instance, goal, one).reason;

describe('checkCertificate', () => {
  it('accepts a certificate at its claim, and after a round trip through a file', async () => {
    const proof = checkCertificate(instance, goal, certificate);
    expect(proof).toMatchObject({ valid: true, reason: null });
    expect(proof.dualBound).toBeGreaterThanOrEqual(certificate.claim.dualBound);
    const file = inFolder('certificate.safetensors');
    await writeCertificate(file, instance, certificate);
    const read = await readCertificate(file, instance);
    expect(read).toEqual(certificate);
    expect(checkCertificate(instance, goal, read)).toEqual(proof);
    const { pruning, cost, kept } = solveSync(instance, { method: 'alternating', goal });
    const verdict = check(instance, goal, pruning!, {}, read);
    const { dualBound, keptBound } = proof;
    expect(verdict).toMatchObject({ valid: true, reason: null, dualBound, keptBound, cost, kept });
    expect(verdict.ratio).toBe(cost! / proof.dualBound!);
    expect(verdict.keptRatio).toBe(proof.keptBound! / kept!);
  });

  it.each<[string, () => Certificate, RegExp]>([
    ['another instance', () => ({ ...certificate, instanceHash: '0'.repeat(64) }), /expected instance hash/],
    ['another target', () => ({ ...certificate, goal: { target: 7 } }), /expected target 1152, got target 7/],
    ['a shape', () => ({ ...certificate, goal: { shape: { rows: 1, columns: 1 } } }), /got shape 1,1/],
    ['a dropped layer', () => ({ ...certificate, layers: certificate.layers.slice(1) }), /expected 2 layers, got 1/],
    ['a negative price', () => ({ ...certificate, price: -certificate.price }), /a price of 0 or/],
    ['a price that is NaN', () => ({ ...certificate, price: Number.NaN }), /a price of 0 or/],
    ['a tiny price', () => ({ ...certificate, price: 2 ** -400 }), /a price of 0 or/],
    [
      'a greater dual claim',
      () => ({ ...certificate, claim: { ...certificate.claim, dualBound: certificate.claim.dualBound * 1.00001 } }),
      /dual bound of at least/,
    ],
    [
      'a lesser kept claim',
      () => ({ ...certificate, claim: { ...certificate.claim, keptBound: certificate.claim.keptBound * 0.99999 } }),
      /kept bound of at most/,
    ],
    [
      'a claim that is NaN',
      () => ({ ...certificate, claim: { dualBound: Number.NaN, keptBound: Number.NaN } }),
      /dual bound of at least NaN/,
    ],
    ['no pieces', () => withPieces(() => []), /as claimed, got/],
    [
      'no spectral piece',
      () => withPieces((pieces) => pieces.filter((piece) => !('norm' in piece))),
      /as claimed, got/,
    ],
    [
      'a short row part',
      () => withSpectral(({ rowPart }) => ({ rowPart: rowPart.subarray(1) })),
      /layer layer1: expected 24 numbers of the row part, got 23/,
    ],
    [
      'a long column part',
      () => withSpectral(({ columnPart }) => ({ columnPart: Float32Array.of(...columnPart, 0) })),
      /expected 40 numbers of the column part, got 41/,
    ],
    [
      'short row weights',
      () => withSpectral(({ rowWeights }) => ({ rowWeights: rowWeights.subarray(1) })),
      /24 numbers of the row weights/,
    ],
    [
      'short column weights',
      () => withSpectral(({ columnWeights }) => ({ columnWeights: columnWeights.subarray(1) })),
      /40 numbers of the column weights/,
    ],
    [
      'NaN in the row part',
      () => withSpectral(({ rowPart }) => ({ rowPart: changed(rowPart, (x, k) => (k === 3 ? Number.NaN : x)) })),
      /finite numbers in the row part/,
    ],
    [
      'infinity in the column part',
      () => withSpectral(({ columnPart }) => ({ columnPart: changed(columnPart, (x, k) => (k === 3 ? Infinity : x)) })),
      /finite numbers in the column part/,
    ],
    [
      'a negative row weight',
      () => withSpectral(({ rowWeights }) => ({ rowWeights: changed(rowWeights, (x, k) => (k === 3 ? -x : x)) })),
      /row weights > 0/,
    ],
    [
      'a zero column weight',
      () =>
        withSpectral(({ columnWeights }) => ({ columnWeights: changed(columnWeights, (x, k) => (k === 3 ? 0 : x)) })),
      /column weights > 0/,
    ],
    [
      'NaN among the weights',
      () =>
        withSpectral(({ columnWeights }) => ({
          columnWeights: changed(columnWeights, (x, k) => (k === 3 ? Number.NaN : x)),
        })),
      /finite numbers in the column weights/,
    ],
    [
      'a moved row part',
      () => withSpectral(({ rowPart }) => ({ rowPart: changed(rowPart, (x, k) => (k % 2 ? x * 1.5 : x)) })),
      /norm that can be verified|as claimed/,
    ],
    [
      'a moved column part',
      () => withSpectral(({ columnPart }) => ({ columnPart: changed(columnPart, (x, k) => (k % 2 ? x * 1.5 : x)) })),
      /norm that can be verified|as claimed/,
    ],
    [
      'smaller row weights',
      () => withSpectral(({ rowWeights }) => ({ rowWeights: changed(rowWeights, (x) => x / 2) })),
      /norm that can be verified/,
    ],
    [
      'greater column weights',
      () => withSpectral(({ columnWeights }) => ({ columnWeights: changed(columnWeights, (x) => x * 2) })),
      /as claimed/,
    ],
    [
      'a norm understated by 1e-8',
      () => withSpectral(({ norm }) => ({ norm: norm * (1 - 1e-8) })),
      /norm that can be verified/,
    ],
    ['an overstated norm', () => withSpectral(({ norm }) => ({ norm: norm * 1.01 })), /as claimed/],
    ['a negative norm', () => withSpectral(({ norm }) => ({ norm: -norm })), /a norm from/],
    ['a norm that is NaN', () => withSpectral(() => ({ norm: Number.NaN })), /a norm from/],
    [
      'a multiplicative kind with tangents',
      () => withSpectral(() => ({ kind: 'multiplicative' })),
      /norm that can be verified|no tangents/,
    ],
    ['no tangents', () => withSpectral(() => ({ tangents: [] })), /as claimed/],
    [
      'short row points',
      () => withTangents(({ rowPoint }) => ({ rowPoint: rowPoint.subarray(1) })),
      /expected points of 24 and 40 numbers, got 23/,
    ],
    [
      'short column points',
      () => withTangents(({ columnPoint }) => ({ columnPoint: columnPoint.subarray(1) })),
      /points of 24 and 40 numbers, got 24 and 39/,
    ],
    [
      'NaN in a point',
      () => withTangents(({ rowPoint }) => ({ rowPoint: changed(rowPoint, () => Number.NaN) })),
      /finite points/,
    ],
    [
      'moved row points',
      () => withTangents(({ rowPoint }) => ({ rowPoint: changed(rowPoint, (x) => 1 - x) })),
      /as claimed/,
    ],
    [
      'moved column points',
      () => withTangents(({ columnPoint }) => ({ columnPoint: changed(columnPoint, (x) => 1 - x) })),
      /as claimed/,
    ],
    ['a zero curvature', () => withTangents(() => ({ rowCurvature: 0 })), /curvatures from/],
    [
      'a negative curvature',
      () => withTangents(({ rowCurvature }) => ({ rowCurvature: -rowCurvature })),
      /curvatures from/,
    ],
    ['a moved curvature', () => withTangents(({ rowCurvature }) => ({ rowCurvature: rowCurvature * 3 })), /as claimed/],
    [
      'a split of a wrong size',
      () => withPieces((pieces) => [...pieces, { kind: 'split', columnShare: new Float32Array(5) }]),
      /expected 960 entries of T, got 5/,
    ],
    [
      'a split with NaN',
      () => withPieces((pieces) => [...pieces, { kind: 'split', columnShare: new Float32Array(960).fill(Number.NaN) }]),
      /finite entries of T/,
    ],
  ])('rejects %s', (_, make, reason) => {
    expect(reasonOf(make())).toMatch(reason);
  });

  it.each<[string, () => Certificate]>([
    ['a weaker claim', () => ({ ...certificate, claim: { dualBound: 1, keptBound: 1e9 } })],
    [
      'more pieces',
      () => withPieces((pieces) => [...pieces, { kind: 'split', columnShare: new Float32Array(960).fill(1) }]),
    ],
    [
      'points outside [0, 1] beside good ones',
      () =>
        withSpectral(({ tangents }) => ({
          tangents: [...tangents, { ...tangents[0]!, rowPoint: new Float32Array(24).fill(-3) }],
        })),
    ],
  ])('still accepts %s', (_, make) => {
    expect(reasonOf(make())).toBeNull();
  });
});

describe('the price', () => {
  // The same two layers, an entry counting a million units: too many for the knapsack, so that the price alone proves.
  const setUp = () => {
    const counted = makeInstance(instance.layers.map((layer) => ({ ...layer, unitsPerEntry: 1_000_000 })));
    const far = sparsityGoal(counted, '0.6');
    const { certificate: priced } = searchCertificate(counted, requirementOf(counted, far));
    return (price: number) => checkCertificate(counted, far, { ...priced, price: priced.price * price }).reason;
  };

  it('is rejected when changed, where nothing else proves the claim', () => {
    const reason = setUp();
    expect(reason(1)).toBeNull();
    for (const factor of [0, 0.9, 1.1]) expect(reason(factor)).toMatch(/as claimed, got/);
  });

  it('may be anything where the knapsack proves the claim', () => {
    for (const price of [0, certificate.price * 2]) expect(reasonOf({ ...certificate, price })).toBeNull();
  });
});

describe('limits of a certificate', () => {
  const plain = (...layers: [rows: number, cols: number, importance: number[], more?: object][]) =>
    makeInstance(
      layers.map(([rows, cols, importance, more], l) => ({ name: `${l}`, rows, cols, importance, ...more })),
    );
  const verdictOf = (one: Instance, target: number, change: Partial<Certificate> = {}) =>
    checkCertificate(
      one,
      { target },
      {
        instanceHash: instanceHash(one),
        goal: { target },
        price: 0,
        layers: one.layers.map(() => []),
        claim: { dualBound: 0, keptBound: Infinity },
        ...change,
      },
    );

  it('a price is 0 or from 2^-300 to 2^300', () => {
    const one = plain([1, 2, [1, 2]]);
    for (const price of [0, 2 ** -300, 1, 2 ** 300]) expect(verdictOf(one, 1, { price }).reason).toBeNull();
    for (const price of [-1, 2 ** -301, 2 ** 301, Infinity, Number.NaN]) {
      expect(verdictOf(one, 1, { price }).reason).toMatch('expected a price of 0 or 2^-300 to 2^300, got');
    }
  });

  it('a goal that no pruning meets is proved nothing about', () => {
    const one = plain([2, 2, [1, 2, 3, 4], { minKeptRows: 2, minKeptColumns: 1 }]);
    expect(verdictOf(one, 2).reason).toBeNull();
    expect(verdictOf(one, 3).reason).toBe('certificate: expected a goal that some pruning meets');
  });

  it('many units with few shapes are packed, where the price alone proves less', () => {
    // Two layers of a row of 3 and 2: 3 of 5 units, of 3000 each, may stay. The best three keep 15, at any price more is proved.
    const one = plain([1, 3, [6, 5, 1], { unitsPerEntry: 3000 }], [1, 2, [4, 4], { unitsPerEntry: 4500 }]);
    const layers: Certificate['layers'] = [[{ kind: 'columns' }], [{ kind: 'columns' }]];
    const packed = verdictOf(one, 7500, { layers, price: 0.001 });
    expect(packed.keptBound).toBeLessThan(15.001);
    // Without the knapsack (units too many for it), the same certificate proves less.
    const far = plain([1, 3, [6, 5, 1], { unitsPerEntry: 3e9 }], [1, 2, [4, 4], { unitsPerEntry: 4.5e9 }]);
    const priced = verdictOf(far, 7.5e9, { layers, price: 1e-9 });
    expect(priced.keptBound).toBeGreaterThan(packed.keptBound! + 0.1);
  });

  it('a layer of too many shapes is bounded by its line sums, and takes no pieces', () => {
    const { layers } = plain([2, 3, [1, 2, 3, 4, 5, 6]]);
    const layer = layers[0]!;
    const table = shapeBounds(layer, [], 12);
    const sums = shapeBounds(layer, [], 11);
    if (typeof table === 'string' || typeof sums === 'string') throw new Error('expected bounds');
    for (let a = 0; a <= 2; a++) for (let b = 0; b <= 3; b++) expect(sums(a, b)).toBe(table(a, b));
    expect(sums(1, 2)).toBeCloseTo(15, 9); // the greater row, which the two greatest columns of 9 + 7 exceed
    expect(sums(2, 1)).toBeCloseTo(9, 9);
    expect(typeof shapeBounds(layer, [{ kind: 'rows' }], 12)).toBe('function');
    expect(shapeBounds(layer, [{ kind: 'rows' }], 11)).toBe(
      'expected no pieces for a layer of more than 11 shapes, got 1',
    );
  });
});

/*
 * Matrices of known norm: the Sylvester-Hadamard matrix of order n has all singular values sqrt(n), and N = W - p1' - 1q'
 * with W = (H + 1)/2, p = 1/4, q = 1/4 is H/2.
 */
function hadamard(order: number): number[][] {
  let matrix = [[1]];
  while (matrix.length < order) {
    matrix = [...matrix.map((row) => [...row, ...row]), ...matrix.map((row) => [...row, ...row.map((x) => -x)])];
  }
  return matrix;
}

describe('a norm that is tight', () => {
  it.each([2, 4, 16, 64, 128])('is told from one understated by 1e-9: Hadamard matrix of order %i', (order) => {
    const rows = hadamard(order);
    const importance = rows.flat().map((x) => (x + 1) / 2);
    const one = makeInstance([{ name: 'hadamard', rows: order, cols: order, importance }]);
    const quarter = new Float32Array(order).fill(0.25);
    const ones = new Float32Array(order).fill(1);
    const exactNorm = Math.sqrt(order) / 2;
    const claim = { dualBound: 0, keptBound: 1e9 };
    const target = Math.floor((order * order) / 2);
    const { certificate: base } = searchCertificate(one, requirementOf(one, { target }), { workLimit: 0 });
    const verdict = (norm: number) => {
      const piece: Piece = {
        kind: 'additive',
        rowPart: quarter,
        columnPart: quarter,
        rowWeights: ones,
        columnWeights: ones,
        norm,
        tangents: [],
      };
      return checkCertificate(one, { target }, { ...base, claim, layers: [[piece]] });
    };
    expect(verdict(exactNorm * (1 + 1e-9)).reason).toBeNull();
    expect(verdict(exactNorm * (1 - 1e-9)).reason).toMatch(/expected a norm that can be verified/);
    expect(verdict(exactNorm * (1 - 1e-15)).reason).toMatch(/expected a norm that can be verified/);
  });

  it('of a wide matrix and of its transpose is the same', () => {
    const [rows, cols] = [3, 50];
    const values = Float64Array.from({ length: rows * cols }, (_, k) => Math.sin(k * k));
    const transposed = Float64Array.from(values, (_, k) => values[(k % rows) * cols + Math.floor(k / rows)]!);
    // The norm by bisection on the verified answer, from either side.
    const norm = (matrix: Float64Array, m: number, n: number) => {
      let [low, high] = [0, 100];
      for (let step = 0; step < 60; step++) {
        const middle = (low + high) / 2;
        if (isNormAtMost(matrix, m, n, 0, middle)) high = middle;
        else low = middle;
      }
      return high;
    };
    expect(norm(values, rows, cols) / norm(transposed, cols, rows)).toBeCloseTo(1, 11);
  });

  it('counts the stated error', () => {
    const identity = Float64Array.of(1, 0, 0, 1);
    expect(isNormAtMost(identity, 2, 2, 0, 1 + 1e-12)).toBe(true);
    expect(isNormAtMost(identity, 2, 2, 1e-6, 1 + 1e-7)).toBe(false);
    expect(isNormAtMost(identity, 2, 2, 1e-6, 1 + 2e-6)).toBe(true);
    expect(isNormAtMost(identity, 2, 2, 0, Infinity)).toBe(false);
    expect(isNormAtMost(identity, 2, 2, 0, Number.NaN)).toBe(false);
    expect(isNormAtMost(Float64Array.of(Number.NaN, 0, 0, 1), 2, 2, 0, 10)).toBe(false);
  });
});
