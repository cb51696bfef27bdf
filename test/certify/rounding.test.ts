import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { checkCertificate, doubleAbove, doubleBelow } from '../../src/certify/certificate.ts';
import { keptBounds } from '../../src/certify/kept-bounds.ts';
import { isNormAtMost } from '../../src/certify/norm.ts';
import { above, gamma, MAGNITUDE } from '../../src/certify/rounding.ts';
import {
  instanceHash,
  type Layer,
  makeInstance,
  type Piece,
  requirementOf,
  type SpectralPiece,
} from '../../src/problem/index.ts';
import { bestKept } from '../reference/best-kept.ts';
import {
  type Dyadic,
  dyadic,
  floorIn,
  greatest,
  isAtLeast,
  minus,
  plus,
  sum,
  times,
  top,
  ZERO,
} from '../reference/dyadic.ts';

/*
 * proofs/rounding.md on extreme numbers: every bound that the checker computes is at least the exact one, in exact arithmetic, and
 * at least what the best block keeps. Subnormal and greatest float32 importances, vectors that cancel, weights from 2^-140 to
 * 2^120, curvatures and prices at both ends.
 */

vi.setConfig({ testTimeout: 120_000 });

/** One case in eight: see test/mutation/few-runs.ts. */
const isFast = process.env.FAST_LAWS !== undefined;

const LEAST = 2 ** -149;
const MOST = Math.fround(3.4028234e38);

/** Evenly from `least` to `most`: fc.double is even over exponents. */
const uniform = (least: number, most: number) =>
  fc.integer({ min: 0, max: 2 ** 24 }).map((n) => least + ((most - least) * n) / 2 ** 24);

const magnitude = fc.oneof(
  fc.constantFrom(0, LEAST, 2 ** -126, 1, 2 ** 24 - 1, MOST),
  fc.integer({ min: 1, max: 9 }).map((n) => n * LEAST),
  fc.double({ min: 0, max: 2, noNaN: true }),
  fc.double({ min: 0, max: MOST, noNaN: true }),
  fc.tuple(uniform(1, 2), fc.integer({ min: -149, max: 126 })).map(([x, e]) => x * 2 ** e),
);
const float = magnitude.map(Math.fround);
const signed = fc.tuple(float, fc.boolean()).map(([x, isNegative]) => (isNegative ? -x : x));
const vector = (value: fc.Arbitrary<number>, length: number) =>
  fc.array(value, { minLength: length, maxLength: length, size: 'max' }).map((values) => Float32Array.from(values));
const weight = fc.tuple(uniform(1, 2), fc.integer({ min: -140, max: 120 })).map(([x, e]) => x * 2 ** e);
/** Weights within a few binary orders, or all over the place. */
const weights = (length: number) =>
  fc.oneof(
    vector(weight, length),
    fc
      .tuple(vector(uniform(1, 4), length), fc.integer({ min: -140, max: 120 }))
      .map(([values, e]) => values.map((x) => x * 2 ** e)),
  );
const point = fc.oneof(fc.constantFrom(0, 1, 0.5, 0.5 + 2 ** -24, -LEAST, MOST), uniform(-1, 2), signed);

interface Case {
  readonly layer: Layer;
  readonly piece: Piece;
}

const size = fc.record({ rows: fc.integer({ min: 1, max: 5 }), cols: fc.integer({ min: 1, max: 5 }) });
const layerOf = (rows: number, cols: number, importance: Float32Array) =>
  makeInstance([{ name: 'extreme', rows, cols, importance }]).layers[0]!;

/** A norm that the checker will verify, closely above the Frobenius norm of the scaled residual. */
function normOf({ rows, cols, importance }: Layer, piece: Omit<SpectralPiece, 'norm' | 'tangents'>): number {
  let squares = 0;
  let scales = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const [p, q] = [piece.rowPart[i]!, piece.columnPart[j]!];
      const scale = 1 / Math.sqrt(piece.rowWeights[i]!) / Math.sqrt(piece.columnWeights[j]!);
      const structure = piece.kind === 'additive' ? p + q : p * q;
      squares += ((importance[k]! - structure) * scale) ** 2;
      scales += ((importance[k]! + Math.abs(p) + Math.abs(q) + Math.abs(structure)) * scale) ** 2;
    }
  }
  return Math.max(2 ** -300, (Math.sqrt(squares) + 2 ** -49 * Math.sqrt(scales)) * (1 + 2 ** -40));
}

/** All numbers of one size, 2^e up to a factor of 4: then the pieces matter, and not the line sums alone. */
const sizes = fc.oneof(fc.constantFrom(-147, -140, -126, 0, 120), fc.integer({ min: -147, max: 120 }));
const even = (length: number, e: number, least = 0) =>
  vector(uniform(least, 2), length).map((values) => values.map((x) => x * 2 ** e));

/** Parts that add up, or multiply, to entries of size 2^e, and importances near them, or not. */
const evenSpectral = ({ rows, cols }: { rows: number; cols: number }): fc.Arbitrary<Case> =>
  fc
    .record({
      kind: fc.constantFrom<'additive' | 'multiplicative'>('additive', 'additive', 'multiplicative'),
      e: sizes,
      lambdaSize: fc.integer({ min: -140, max: 118 }),
      muSize: fc.integer({ min: -140, max: 118 }),
      noiseBits: fc.integer({ min: 0, max: 40 }),
      offset: fc.constantFrom(0, 0, 2 ** -100, 1, 2 ** 30, 2 ** 127), // p and q cancel: p + offset, q - offset
      unit: fc.record({
        rowPart: even(rows, 0),
        columnPart: even(cols, 0),
        rowWeights: even(rows, 0, 1),
        columnWeights: even(cols, 0, 1),
        noise: even(rows * cols, 0),
      }),
      points: fc.array(
        fc.tuple(vector(uniform(0, 1), rows), vector(uniform(0, 1), cols), fc.integer({ min: -2, max: 2 })),
        { maxLength: 3 },
      ),
    })
    .map(({ kind, e, lambdaSize, muSize, noiseBits, offset, unit, points }) => {
      const isSum = kind === 'additive';
      const half = Math.trunc(e / 2);
      const data = {
        kind,
        rowPart: unit.rowPart.map((x) => (isSum ? x * 2 ** e + offset : x * 2 ** half)),
        columnPart: unit.columnPart.map((x) => (isSum ? x * 2 ** e - offset : x * 2 ** (e - half))),
        rowWeights: unit.rowWeights.map((x) => x * 2 ** lambdaSize),
        columnWeights: unit.columnWeights.map((x) => x * 2 ** muSize),
      };
      const importance = unit.noise.map((x, k) => {
        const [p, q] = [data.rowPart[Math.floor(k / cols)]!, data.columnPart[k % cols]!];
        return Math.min(MOST, Math.max(0, (isSum ? p + q : p * q) + (x - 1) * 2 ** (e - noiseBits)));
      });
      const layer = layerOf(rows, cols, importance);
      const norm = normOf(layer, data);
      const curvature = (norm / 2) * 2 ** Math.round((muSize - lambdaSize) / 2);
      const tangents = isSum
        ? points.map(([rowPoint, columnPoint, d]) => ({ rowPoint, columnPoint, rowCurvature: curvature * 2 ** d }))
        : [];
      return { layer, piece: { ...data, norm, tangents } };
    });

/** Anything with anything. */
const spectral = ({ rows, cols }: { rows: number; cols: number }): fc.Arbitrary<Case> =>
  fc
    .record({
      kind: fc.constantFrom<'additive' | 'multiplicative'>('additive', 'additive', 'multiplicative'),
      rowPart: vector(signed, rows),
      columnPart: vector(signed, cols),
      rowWeights: weights(rows),
      columnWeights: weights(cols),
      noise: vector(float, rows * cols),
      isNear: fc.boolean(),
      points: fc.array(fc.tuple(vector(point, rows), vector(point, cols), fc.integer({ min: -40, max: 40 })), {
        maxLength: 2,
      }),
    })
    .map(({ noise, isNear, points, ...vectors }) => {
      const isSum = vectors.kind === 'additive';
      const data = {
        ...vectors,
        rowPart: isSum ? vectors.rowPart : vectors.rowPart.map(Math.abs),
        columnPart: isSum ? vectors.columnPart : vectors.columnPart.map(Math.abs),
      };
      // Near: importances that the parts cancel but for rounding to float32.
      const importance = noise.map((x, k) => {
        const [p, q] = [data.rowPart[Math.floor(k / cols)]!, data.columnPart[k % cols]!];
        const structure = Math.min(Math.max(0, isSum ? p + q : p * q), MOST);
        return isNear ? structure : x;
      });
      const layer = layerOf(rows, cols, importance);
      const norm = normOf(layer, data);
      const tangents = isSum
        ? points.map(([rowPoint, columnPoint, e]) => ({ rowPoint, columnPoint, rowCurvature: norm * 2 ** e }))
        : [];
      return { layer, piece: { ...data, norm, tangents } };
    });

const cases: fc.Arbitrary<Case> = size.chain(({ rows, cols }) => {
  const plain = (importances: fc.Arbitrary<Float32Array>, shares: fc.Arbitrary<Float32Array>) =>
    importances.chain((importance) =>
      fc
        .oneof(
          fc.constantFrom<Piece>({ kind: 'rows' }, { kind: 'columns' }),
          shares.map((share): Piece => ({ kind: 'split', columnShare: share })),
          shares.map((share): Piece => ({ kind: 'split', columnShare: share.map((x, k) => importance[k]! / 2 + x) })),
        )
        .map((piece) => ({ layer: layerOf(rows, cols, importance), piece })),
    );
  return fc.oneof(
    plain(vector(float, rows * cols), vector(signed, rows * cols)),
    { weight: 3, arbitrary: sizes.chain((e) => plain(even(rows * cols, e), even(rows * cols, e - 4))) },
    spectral({ rows, cols }),
    { weight: 4, arbitrary: evenSpectral({ rows, cols }) },
  );
});

const indices = (length: number) => Array.from({ length }, (_, k) => k);
const count = (n: number) => dyadic(n);

/** A bound to compare with: whether a computed number is at least the exact one, which may contain a square root. */
type Exact = (computed: Dyadic) => boolean;

/** linear + s sqrt(product): compared by squares. */
const withRoot =
  (linear: Dyadic, s: Dyadic, product: Dyadic): Exact =>
  (computed) => {
    const rest = minus(computed, linear);
    return isAtLeast(rest, ZERO) && isAtLeast(times(rest, rest), times(s, s, product));
  };

/** The doubles that the checker works with: they are data, the bounds hold for whatever they are. */
function scalesOf(values: Float32Array) {
  const scale = Float64Array.from(values, (x) => 1 / Math.sqrt(x));
  return { scale, weight: scale.map((x) => (1 / (x * x)) * (1 + 2 ** -50)) };
}

/** The exact bounds of a piece at a x b, by name. */
function exactBounds({ layer: { rows, cols, importance }, piece }: Case, a: number, b: number): [string, Exact][] {
  const [I, J] = [indices(rows), indices(cols)];
  const entry = (i: number, j: number) => dyadic(importance[i * cols + j]!);
  const atLeast =
    (bound: Dyadic): Exact =>
    (computed) =>
      isAtLeast(computed, bound);
  const nested = (at: (i: number, j: number) => Dyadic, byRows: boolean) =>
    byRows
      ? top(
          a,
          I.map((i) =>
            top(
              b,
              J.map((j) => at(i, j)),
            ),
          ),
        )
      : top(
          b,
          J.map((j) =>
            top(
              a,
              I.map((i) => at(i, j)),
            ),
          ),
        );
  const sums: [string, Exact][] = [
    ['row sums', atLeast(top(a, I.map((i) => sum(J.map((j) => entry(i, j))))))], // biome-ignore format: one bound a line
    ['column sums', atLeast(top(b, J.map((j) => sum(I.map((i) => entry(i, j))))))], // biome-ignore format: one bound a line
  ];
  if (piece.kind === 'split') {
    const share = (i: number, j: number) => dyadic(piece.columnShare[i * cols + j]!);
    const rest = nested((i, j) => minus(entry(i, j), share(i, j)), true);
    return [...sums, ['split', atLeast(plus(rest, nested(share, false)))]];
  }
  if (!('norm' in piece)) {
    return [...sums, [piece.kind, atLeast(nested(entry, piece.kind === 'rows'))]];
  }
  const [p, q] = [[...piece.rowPart].map(dyadic), [...piece.columnPart].map(dyadic)];
  const [rowScales, columnScales] = [scalesOf(piece.rowWeights), scalesOf(piece.columnWeights)];
  const [lambda, mu] = [[...rowScales.weight].map(dyadic), [...columnScales.weight].map(dyadic)];
  const s = dyadic(piece.norm);
  const [A, B] = [count(a), count(b)];
  if (piece.kind === 'multiplicative') {
    return [...sums, ['multiplicative', withRoot(times(top(a, p), top(b, q)), s, times(top(a, lambda), top(b, mu)))]];
  }
  const N = (i: number, j: number) => minus(minus(entry(i, j), p[i]!), q[j]!);
  const rowImage = (y: readonly Dyadic[]) => I.map((i) => sum(J.map((j) => times(N(i, j), y[j]!))));
  const columnImage = (x: readonly Dyadic[]) => J.map((j) => sum(I.map((i) => times(N(i, j), x[i]!))));
  const inner = (x: readonly Dyadic[], y: readonly Dyadic[]) => sum(x.map((one, k) => times(one, y[k]!)));
  // Centred at A g and B h, the same doubles.
  const centre = (values: Float64Array, k: number) => {
    const inverse = values.map((x) => 1 / x);
    const total = inverse.reduce((x, y) => x + y, 0);
    return { g: [...inverse].map(dyadic), shift: dyadic(k / above(total, inverse.length, total)) };
  };
  const [x, y] = [centre(rowScales.weight, a), centre(columnScales.weight, b)];
  /** The greatest sum of w (z - shift g)^2 over the indicators z of k lines. */
  const spread = (w: readonly Dyadic[], { g, shift }: typeof x, k: number) =>
    plus(
      top(
        k,
        w.map((one, i) => times(one, minus(count(1), times(count(2), shift, g[i]!)))),
      ),
      times(shift, shift, sum(w.map((one, i) => times(one, g[i]!, g[i]!)))),
    );
  const centred = withRoot(
    sum([
      times(B, top(a, p)),
      times(A, top(b, q)),
      times(x.shift, top(b, columnImage(x.g))),
      times(y.shift, top(a, rowImage(y.g))),
      times(count(-1), x.shift, y.shift, inner(x.g, rowImage(y.g))),
    ]),
    s,
    times(spread(lambda, x, a), spread(mu, y, b)),
  );
  const tangents = piece.tangents.map(({ rowPoint, columnPoint, rowCurvature }): [string, Exact] => {
    const curvature = ((piece.norm * piece.norm) / (4 * rowCurvature)) * (1 + 2 ** -50);
    const [h, k] = [dyadic(rowCurvature), dyadic(curvature)];
    expect(isAtLeast(times(count(4), h, k), times(s, s))).toBe(true);
    const [u, v] = [[...rowPoint].map(dyadic), [...columnPoint].map(dyadic)];
    const coefficients = (part: Dyadic[], times_: Dyadic, image: Dyadic[], c: Dyadic, w: Dyadic[], at: Dyadic[]) =>
      part.map((one, i) =>
        sum([times(times_, one), image[i]!, times(c, w[i]!, minus(count(1), times(count(2), at[i]!)))]),
      );
    const squares = (w: Dyadic[], at: Dyadic[]) => sum(w.map((one, i) => times(one, at[i]!, at[i]!)));
    return [
      'tangent',
      atLeast(
        sum([
          top(a, coefficients(p, B, rowImage(v), h, lambda, u)),
          top(b, coefficients(q, A, columnImage(u), k, mu, v)),
          minus(plus(times(h, squares(lambda, u)), times(k, squares(mu, v))), inner(u, rowImage(v))),
        ]),
      ),
    ];
  });
  return [...sums, ['centred', centred], ...tangents];
}

describe('every bound of a layer', () => {
  it('is at least the exact one, and at least what the best block keeps', () => {
    const decided = new Map<string, number>(); // how often a bound alone justified the computed number
    let refused = 0;
    fc.assert(
      fc.property(cases, (one) => {
        const { rows, cols } = one.layer;
        const bounds = keptBounds(one.layer, [one.piece]);
        if (typeof bounds === 'string') {
          refused++;
          return;
        }
        const best = bestKept(one.layer);
        for (let a = 1; a <= rows; a++) {
          for (let b = 1; b <= cols; b++) {
            const computed = dyadic(bounds[a * (cols + 1) + b]!);
            expect(floorIn(computed, -149) >= best[a]![b]!, `${a} x ${b} keeps more`).toBe(true);
            const reached = exactBounds(one, a, b).filter(([, isReached]) => isReached(computed));
            expect(reached.length, `${a} x ${b}: ${bounds[a * (cols + 1) + b]}`).toBeGreaterThan(0);
            const names = new Set(reached.map(([name]) => name));
            if (names.size === 1) for (const name of names) decided.set(name, (decided.get(name) ?? 0) + 1);
          }
        }
      }),
      { numRuns: 600 },
    );
    expect(refused).toBeLessThan(60);
    for (const name of [
      'row sums',
      'column sums',
      'rows',
      'columns',
      'split',
      'multiplicative',
      'centred',
      'tangent',
    ]) {
      expect(decided.get(name) ?? 0, name).toBeGreaterThan(isFast ? 0 : 3);
    }
  });
});

describe('a norm', () => {
  const values = (rows: number, cols: number) =>
    fc
      .tuple(
        fc.array(fc.oneof(uniform(-1, 1), fc.constantFrom(0, 1, -1)), {
          minLength: rows * cols,
          maxLength: rows * cols,
        }),
        fc.constantFrom(-300, -150, 0, 150, 280),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: rows, maxLength: rows }),
      )
      .map(([entries, e, lows]) => Float64Array.from(entries, (x, k) => x * 2 ** (e - lows[Math.floor(k / cols)]!)));

  /** Whether all leading minors of s^2 I - B B' are positive, by elimination without division. */
  function isPositive(matrix: Float64Array, rows: number, cols: number, s: number): boolean {
    const rest = indices(rows).map((i) =>
      indices(rows).map((j) => {
        const products = indices(cols).map((k) => times(dyadic(matrix[i * cols + k]!), dyadic(matrix[j * cols + k]!)));
        return minus(i === j ? times(dyadic(s), dyadic(s)) : ZERO, sum(products));
      }),
    );
    // Eliminating with a positive pivot keeps the signs of the minors.
    for (let k = 0; k < rows; k++) {
      const pivot = rest[k]![k]!;
      if (pivot.significand <= 0n) return false;
      for (let i = k + 1; i < rows; i++) {
        const below = rest[i]![k]!;
        for (let j = k; j < rows; j++) rest[i]![j] = minus(times(pivot, rest[i]![j]!), times(below, rest[k]![j]!));
      }
    }
    return true;
  }

  it('that is accepted is one, to the last bit that is', () => {
    let near = 0;
    fc.assert(
      fc.property(
        size.chain(({ rows, cols }) => fc.tuple(fc.constant(rows), fc.constant(cols), values(rows, cols))),
        ([rows, cols, matrix]) => {
          const frobenius = Math.sqrt(matrix.reduce((total, x) => total + x * x, 0));
          let [low, high] = [0, frobenius * 2];
          for (let step = 0; step < 56; step++) {
            const middle = (low + high) / 2;
            if (isNormAtMost(matrix, rows, cols, 0, middle)) high = middle;
            else low = middle;
          }
          if (frobenius === 0 || high === frobenius * 2) return;
          expect(isPositive(matrix, rows, cols, high)).toBe(true);
          if (!isPositive(matrix, rows, cols, high * (1 - 2 ** -35))) near++;
        },
      ),
      { numRuns: 200 },
    );
    expect(near).toBeGreaterThan(isFast ? 10 : 100);
  });
});

describe('the rule', () => {
  const layer = fc
    .record({ rows: fc.integer({ min: 1, max: 3 }), cols: fc.integer({ min: 1, max: 3 }), e: sizes })
    .chain(({ rows, cols, e }) =>
      fc.record({
        rows: fc.constant(rows),
        cols: fc.constant(cols),
        importance: fc.oneof(even(rows * cols, e), vector(float, rows * cols)),
        unitsPerEntry: fc.constantFrom(1, 1, 2, 3, 2 ** 40, 2 ** 48 - 1),
        minKeptRows: fc.constantFrom(0, 0, 1),
        minKeptColumns: fc.constantFrom(0, 0, 1),
      }),
    );
  const price = fc.oneof(
    fc.constantFrom(0, 2 ** -300, 2 ** 300, LEAST, MOST),
    fc.tuple(uniform(1, 2), fc.integer({ min: -299, max: 299 })).map(([x, e]) => x * 2 ** e),
  );

  it('proves at most what exact arithmetic proves from the same tables', () => {
    let priced = 0;
    fc.assert(
      fc.property(
        fc.array(layer, { minLength: 1, maxLength: 3 }),
        uniform(0, 1),
        price,
        fc.boolean(),
        (layers, share, any, isFitting) => {
          const instance = makeInstance(layers.map((one, l) => ({ ...one, name: `${l}` })));
          const { mostRemovable } = requirementOf(instance, { target: 0 });
          const goal = { target: Math.floor(mostRemovable * share) };
          const units = layers.reduce((all, { rows, cols, unitsPerEntry }) => all + rows * cols * unitsPerEntry, 0);
          const K = units - goal.target;
          const total = layers.flatMap(({ importance }) => [...importance].map(dyadic)).reduce(plus, ZERO);
          const mean = doubleAbove(floorIn(total, -149)) / units;
          const v = isFitting && mean >= 2 ** -300 ? mean : any;
          const pieces: Piece[] = [{ kind: 'rows' }, { kind: 'columns' }];
          const { valid, keptBound, dualBound } = checkCertificate(instance, goal, {
            instanceHash: instanceHash(instance),
            goal,
            price: v,
            layers: instance.layers.map(() => pieces),
            claim: { dualBound: 0, keptBound: Infinity },
          });
          expect(valid).toBe(true);
          // Options of every layer: units and bounds of the shapes that the minima allow.
          const options = instance.layers.map((one) => {
            const bounds = keptBounds(one, pieces) as Float64Array;
            const best = bestKept(one);
            return indices(one.rows + 1).flatMap((a) =>
              indices(one.cols + 1).flatMap((b) =>
                a >= one.minKeptRows && b >= one.minKeptColumns
                  ? [
                      {
                        own: a * b * one.unitsPerEntry,
                        bound: dyadic(bounds[a * (one.cols + 1) + b]!),
                        kept: best[a]![b]!,
                      },
                    ]
                  : [],
              ),
            );
          });
          const least = options.map((all) => Math.min(...all.map(({ own }) => own)));
          const others = (l: number) => least.reduce((all, one, k) => (k === l ? all : all + one), 0);
          const exactPrice = sum([
            times(dyadic(v), count(K)),
            ...options.map((all, l) =>
              greatest(
                all
                  .filter(({ own }) => own <= K - others(l))
                  .map(({ own, bound }) => minus(bound, times(dyadic(v), count(own)))),
              ),
            ),
          ]);
          let choices: { own: number; bound: Dyadic; kept: bigint }[] = [{ own: 0, bound: ZERO, kept: 0n }];
          for (const all of options) {
            choices = choices.flatMap((before) =>
              all.flatMap(({ own, bound, kept }) =>
                before.own + own <= K
                  ? [{ own: before.own + own, bound: plus(before.bound, bound), kept: before.kept + kept }]
                  : [],
              ),
            );
          }
          const computed = dyadic(keptBound!);
          const reaches = (bound: Dyadic) => isAtLeast(computed, bound);
          const isPriced = reaches(exactPrice);
          const exactPacking = greatest(choices.map(({ bound }) => bound));
          expect(isPriced || reaches(exactPacking) || reaches(total)).toBe(true);
          if (isPriced && !reaches(total) && layers.length > 1) priced++;
          const most = choices.reduce((x, { kept }) => (kept > x ? kept : x), 0n);
          expect(floorIn(computed, -149) >= most).toBe(true);
          const all = floorIn(total, -149);
          expect(floorIn(dyadic(dualBound!), -149) <= all - most).toBe(true);
          const proved = all - floorIn(computed, -149);
          expect(isAtLeast({ significand: proved > 0n ? proved : 0n, exponent: -149 }, dyadic(dualBound!))).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
    expect(priced).toBeGreaterThan(isFast ? 2 : 20);
  });
});

describe('the arithmetic below', () => {
  it('gamma(k) is at least k u / (1 - k u), and MAGNITUDE covers sums of 2^30 terms', () => {
    for (let bits = 0; bits <= 30; bits++) {
      for (const k of [2 ** bits, 2 ** bits + 1, 2 ** (bits + 1) - 1].filter((x) => x <= 2 ** 30)) {
        // gamma(k) (2^53 - k) >= k
        expect(isAtLeast(times(dyadic(gamma(k)), count(2 ** 53 - k)), count(k))).toBe(true);
      }
    }
    // (1 - u)^-(2^30) <= 1 / (1 - 2^30 u)
    expect(isAtLeast(times(dyadic(MAGNITUDE), count(2 ** 53 - 2 ** 30)), count(2 ** 53))).toBe(true);
  });

  it('above is at least value + gamma(k) magnitude, for a magnitude that is short by as much as a sum can be', () => {
    fc.assert(
      fc.property(
        uniform(-1, 1),
        uniform(0, 1),
        fc.integer({ min: 0, max: 2 ** 30 }),
        fc.integer({ min: -900, max: 900 }),
        (x, extra, k, e) => {
          const value = x * 2 ** e;
          const exactMagnitude = times(dyadic((Math.abs(x) + extra) * 2 ** e), dyadic(1 + 2 ** -22));
          const computed = (Math.abs(x) + extra) * 2 ** e;
          // gamma_k = k / (2^53 - k): compared after multiplying with the divisor
          const rest = minus(dyadic(above(value, k, computed)), dyadic(value));
          expect(isAtLeast(times(rest, count(2 ** 53 - k)), times(count(k), exactMagnitude))).toBe(true);
        },
      ),
    );
  });

  it('a sum of units of 2^-149 is bracketed by neighbouring doubles', () => {
    const units = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 60n }),
      fc.bigInt({ min: 0n, max: 2n ** 330n }),
      fc
        .tuple(fc.integer({ min: 53, max: 320 }), fc.bigInt({ min: -3n, max: 3n }))
        .map(([e, d]) => 2n ** BigInt(e) + d),
    );
    fc.assert(
      fc.property(units, (n) => {
        const exact: Dyadic = { significand: n, exponent: -149 };
        const [below, over] = [doubleBelow(n), doubleAbove(n)];
        expect(isAtLeast(exact, dyadic(below)) && isAtLeast(dyadic(over), exact)).toBe(true);
        expect(over).toBeLessThanOrEqual(below * (1 + 2 ** -51));
      }),
      { numRuns: 500 },
    );
  });

  // ECMAScript asks for correct rounding of + - * / alone, and leaves roots and powers to the implementation.
  it('roots are rounded to nearest, and the powers of two in the sources are exact', () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -1022, noNaN: true, noDefaultInfinity: true }), (x) => {
        const root = dyadic(Math.sqrt(x));
        // |root - sqrt(x)| <= half a unit in the last place: (2 m - 1)^2 <= 4 x / 4^e <= (2 m + 1)^2
        const half = (d: bigint): Dyadic => ({ significand: 2n * root.significand + d, exponent: root.exponent - 1 });
        expect(
          isAtLeast(dyadic(x), times(half(-1n), half(-1n))) && isAtLeast(times(half(1n), half(1n)), dyadic(x)),
        ).toBe(true);
      }),
      { numRuns: 2000 },
    );
    for (let e = -1074; e <= 1023; e++)
      expect(dyadic(2 ** e)).toSatisfy((x: Dyadic) => isAtLeast(x, power(e)) && isAtLeast(power(e), x));
  });
  const power = (exponent: number): Dyadic => ({ significand: 1n, exponent });
});

describe('vectors that are no float32', () => {
  it('are rejected: the analysis counts on their range', () => {
    const layer = layerOf(1, 1, Float32Array.of(1));
    const share = Float64Array.of(1e-300) as unknown as Float32Array;
    expect(keptBounds(layer, [{ kind: 'split', columnShare: share }])).toBe('expected finite entries of T');
    const one = Float32Array.of(1);
    const piece = { rowPart: share, columnPart: one, rowWeights: one, columnWeights: one, norm: 1, tangents: [] };
    expect(keptBounds(layer, [{ kind: 'additive', ...piece }])).toBe('expected finite numbers in the row part');
  });
});

describe('a kind that is none', () => {
  it('is rejected: its norm would be proved for one matrix and used for another', () => {
    // W = f g' exactly, so any norm is proved for a product; as a sum, with so small a norm, 1 x 1 would keep 12 at most.
    const layer = layerOf(2, 2, Float32Array.of(16, 0, 0, 0));
    const [part, ones] = [Float32Array.of(4, 0), Float32Array.of(1, 1)];
    const piece = {
      kind: 'other',
      rowPart: part,
      columnPart: part,
      rowWeights: ones,
      columnWeights: ones,
      norm: 2 ** -30,
      tangents: [],
    } as unknown as Piece;
    expect(keptBounds(layer, [piece])).toBe('expected a kind of piece, got "other"');
    const bounds = keptBounds(layer, [{ ...(piece as SpectralPiece), kind: 'multiplicative' }]);
    expect((bounds as Float64Array)[1 * 3 + 1]).toBeGreaterThanOrEqual(16);
  });
});
