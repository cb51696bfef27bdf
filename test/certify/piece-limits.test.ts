import { describe, expect, it } from 'vitest';
import { keptBounds } from '../../src/certify/kept-bounds.ts';
import { makeInstance, type Piece, type SpectralPiece, type TangentPiece } from '../../src/problem/index.ts';

/* The ranges that the rounding analysis counts on, at their ends, and what is said outside them. */

const of = (...values: number[]) => Float32Array.from(values);
const [layer] = makeInstance([{ name: 'one', rows: 2, cols: 2, importance: [2, 2, 2, 2] }]).layers;
const SUM: SpectralPiece = {
  kind: 'additive',
  rowPart: of(1, 1),
  columnPart: of(1, 1),
  rowWeights: of(1, 1),
  columnWeights: of(1, 1),
  norm: 1,
  tangents: [],
};
const PRODUCT: SpectralPiece = { ...SUM, kind: 'multiplicative', rowPart: of(2, 2) };
const TANGENT: TangentPiece = { rowPoint: of(1, 1), columnPoint: of(1, 1), rowCurvature: 1 };
const withTangent = (change: Partial<TangentPiece>, norm = 1) => ({
  ...SUM,
  norm,
  tangents: [{ ...TANGENT, ...change }],
});

/** What is wrong with a piece; null for nothing. */
function faultOf(piece: unknown): string | null {
  const bounds = keptBounds(layer!, [piece as Piece]);
  return typeof bounds === 'string' ? bounds : null;
}

describe('a piece', () => {
  it.each<[string, unknown]>([
    ['a sum', SUM],
    ['a product', PRODUCT],
    ['a product of zeros', { ...PRODUCT, rowPart: of(2, 0), norm: 3 }],
    ['a product of zeros, columns', { ...PRODUCT, columnPart: of(1, 0), norm: 3 }],
    ['a sum with negative parts', { ...SUM, rowPart: of(-1, -1), columnPart: of(3, 3) }],
    ['the greatest norm', { ...SUM, norm: 2 ** 300 }],
    ['a tangent', withTangent({})],
    ['the least curvature', withTangent({ rowCurvature: 2 ** -500 })],
    ['the greatest curvature', withTangent({ rowCurvature: 2 ** 500 }, 2)],
    ['the greatest norm for its curvature', withTangent({}, 2 ** 250)],
  ])('is taken: %s', (_, piece) => {
    expect(faultOf(piece)).toBeNull();
  });

  it('of the least norm is taken, where nothing is left over', () => {
    const [zero] = makeInstance([{ name: 'zero', rows: 2, cols: 2, importance: [0, 0, 0, 0] }]).layers;
    const piece = { ...SUM, rowPart: of(0, 0), columnPart: of(0, 0) };
    expect(typeof keptBounds(zero!, [{ ...piece, norm: 2 ** -300 }])).toBe('object');
    expect(keptBounds(zero!, [{ ...piece, norm: 2 ** -301 }])).toMatch('expected a norm from');
  });

  it.each<[unknown, string]>([
    [{ ...SUM, norm: 2 ** 300 * (1 + 2 ** -52) }, 'expected a norm from 2^-300 to 2^300, got 2.0370359763344'],
    [{ ...SUM, norm: 2 ** -301 }, 'expected a norm from 2^-300 to 2^300, got 2.4545467326488633e-91'],
    [{ ...SUM, rowPart: of(1, 1.5), norm: 0.5 }, 'expected a norm that can be verified, got 0.5'],
    [{ ...SUM, rowPart: of(1, 1, 1) }, 'expected 2 numbers of the row part, got 3'],
    [{ ...SUM, columnPart: of() }, 'expected 2 numbers of the column part, got 0'],
    [{ ...SUM, rowWeights: of() }, 'expected 2 numbers of the row weights, got 0'],
    [{ ...SUM, columnWeights: of() }, 'expected 2 numbers of the column weights, got 0'],
    [{ ...SUM, rowPart: [1, 1] }, 'expected finite numbers in the row part'],
    [{ ...SUM, columnPart: of(1, Number.NaN) }, 'expected finite numbers in the column part'],
    [{ ...SUM, rowWeights: of(1, Infinity) }, 'expected finite numbers in the row weights'],
    [{ ...SUM, columnWeights: of(1, Infinity) }, 'expected finite numbers in the column weights'],
    [{ ...SUM, rowWeights: of(1, 0) }, 'expected row weights > 0'],
    [{ ...SUM, columnWeights: of(1, 0) }, 'expected column weights > 0'],
    [{ ...PRODUCT, rowPart: of(1, -1) }, 'expected f, g >= 0'],
    [{ ...PRODUCT, columnPart: of(1, -1) }, 'expected f, g >= 0'],
    [{ ...PRODUCT, tangents: [TANGENT] }, 'expected no tangents in a multiplicative piece'],
    [withTangent({ rowPoint: of() }), 'expected points of 2 and 2 numbers, got 0 and 2'],
    [withTangent({ columnPoint: of() }), 'expected points of 2 and 2 numbers, got 2 and 0'],
    [withTangent({ rowPoint: of(1, Infinity) }), 'expected finite points'],
    [withTangent({ columnPoint: of(1, Infinity) }), 'expected finite points'],
    [withTangent({ rowCurvature: 2 ** -501 }), 'expected curvatures from 2^-500 to 2^500, got 1.5274681817498023e-151'],
    [
      withTangent({ rowCurvature: 2 ** 501 }, 4),
      'expected curvatures from 2^-500 to 2^500, got 6.546781215792284e+150',
    ],
    [withTangent({}, 2 ** 251), 'expected curvatures from 2^-500 to 2^500, got 1 and 3.273390607896145e+150'],
    [{ kind: 'split', columnShare: of(1, 2, 3) }, 'expected 4 entries of T, got 3'],
    [{ kind: 'split', columnShare: of(1, 1, 1, Infinity) }, 'expected finite entries of T'],
    [{ kind: 'other' }, 'expected a kind of piece, got "other"'],
    [{ kind: 7 }, 'expected a kind of piece, got number'],
  ])('is rejected, case %#', (piece, fault) => {
    expect(faultOf(piece)?.slice(0, fault.length)).toBe(fault);
  });
});
