import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { keptBounds } from '../../src/certify/kept-bounds.ts';
import type { Layer, Piece } from '../../src/problem/index.ts';
import { arbitraryInstance } from '../reference/arbitraries.ts';
import { bestKept } from '../reference/best-kept.ts';

/*
 * Soundness, whatever a certificate says: pieces made of random numbers, with norms that are large enough (the Frobenius
 * norm, or less by the factor that a spectrum spreads), bound every shape of every matrix.
 */

vi.setConfig({ testTimeout: 60_000 });

const number = fc.double({ min: -2, max: 2, noNaN: true });
const vector = (length: number) =>
  fc.array(number, { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));
const weights = (length: number) => vector(length).map((values) => values.map((x) => 2 ** x));
const points = (length: number) =>
  fc.oneof(
    vector(length),
    vector(length).map((values) => values.map((x) => (x > 0 ? 1 : 0))),
  );

/** Scaled so that random data are of the size of the matrix. */
function arbitraryPiece({ rows, cols, importance }: Layer): fc.Arbitrary<Piece> {
  const most = importance.reduce((a, b) => Math.max(a, b), 2 ** -20);
  const sized = (length: number) => vector(length).map((values) => values.map((x) => x * most));
  const lines = fc.constantFrom<Piece>({ kind: 'rows' }, { kind: 'columns' });
  const split = sized(rows * cols).map((columnShare): Piece => ({ kind: 'split', columnShare }));
  const spectral = fc
    .record({
      kind: fc.constantFrom<'additive' | 'multiplicative'>('additive', 'additive', 'multiplicative'),
      rowPart: sized(rows),
      columnPart: sized(cols),
      rowWeights: weights(rows),
      columnWeights: weights(cols),
      tangents: fc.array(
        fc.record({
          rowPoint: points(rows),
          columnPoint: points(cols),
          curvature: fc.double({ min: -6, max: 6, noNaN: true }),
        }),
        { maxLength: 3 },
      ),
    })
    .map(({ kind, tangents, ...vectors }): Piece => {
      const isSum = kind === 'additive';
      const rowPart = isSum ? vectors.rowPart : vectors.rowPart.map(Math.abs);
      const columnPart = isSum ? vectors.columnPart : vectors.columnPart.map((x) => Math.abs(x) / most);
      let squares = 0;
      for (let i = 0, k = 0; i < rows; i++) {
        for (let j = 0; j < cols; j++, k++) {
          const structure = isSum ? rowPart[i]! + columnPart[j]! : rowPart[i]! * columnPart[j]!;
          squares += (importance[k]! - structure) ** 2 / (vectors.rowWeights[i]! * vectors.columnWeights[j]!);
        }
      }
      const norm = Math.sqrt(squares) * (1 + 1e-9) + 1e-9 * most;
      return {
        ...vectors,
        kind,
        rowPart,
        columnPart,
        norm,
        tangents: isSum ? tangents.map(({ curvature, ...at }) => ({ ...at, rowCurvature: norm * 2 ** curvature })) : [],
      };
    });
  return fc.oneof(lines, split, { weight: 4, arbitrary: spectral });
}

const cases = arbitraryInstance({ mostLines: 11, mostLayers: 1 }).chain(({ layers }) =>
  fc.tuple(fc.constant(layers[0]!), fc.array(arbitraryPiece(layers[0]!), { maxLength: 3 })),
);

describe('keptBounds', () => {
  it('holds for every shape, whatever the pieces', () => {
    let tight = 0;
    fc.assert(
      fc.property(cases, ([layer, pieces]) => {
        const bounds = keptBounds(layer, pieces);
        if (typeof bounds === 'string') throw new Error(bounds);
        const best = bestKept(layer);
        for (let a = 0; a <= layer.rows; a++) {
          for (let b = 0; b <= layer.cols; b++) {
            const bound = bounds[a * (layer.cols + 1) + b]!;
            const kept = best[a]![b]!;
            expect(BigInt(Math.ceil(bound * 2 ** 149)) >= kept, `${a} x ${b}: ${bound}`).toBe(true);
            if (a * b > 0 && bound <= (Number(kept) / 2 ** 149) * 1.05) tight++;
          }
        }
      }),
      { numRuns: 1500 },
    );
    expect(tight).toBeGreaterThan(1000); // else the bounds say nothing that could be wrong
  });

  it('is exact, to rounding, for a matrix that is a sum of a row and a column part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 }), fc.nat(), (rows, cols, salt) => {
        const p = Float32Array.from({ length: rows }, (_, i) => ((salt >> i) & 7) / 8);
        const q = Float32Array.from({ length: cols }, (_, j) => ((salt >> (2 * j)) & 7) / 8);
        const importance = Float32Array.from(
          { length: rows * cols },
          (_, k) => p[Math.floor(k / cols)]! + q[k % cols]!,
        );
        const layer = { rows, cols, importance } as Layer;
        const ones = (length: number) => new Float32Array(length).fill(1);
        const piece: Piece = {
          kind: 'additive',
          rowPart: p,
          columnPart: q,
          rowWeights: ones(rows),
          columnWeights: ones(cols),
          norm: 2 ** -40,
          tangents: [],
        };
        const bounds = keptBounds(layer, [piece]);
        if (typeof bounds === 'string') throw new Error(bounds);
        const best = bestKept(layer);
        for (let a = 1; a <= rows; a++) {
          for (let b = 1; b <= cols; b++) {
            expect(bounds[a * (cols + 1) + b]! - Number(best[a]![b]!) / 2 ** 149).toBeLessThan(1e-10);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
