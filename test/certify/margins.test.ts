import { describe, expect, it } from 'vitest';
import { keptBounds } from '../../src/certify/kept-bounds.ts';
import { type Layer, makeInstance, makeRandom, type Piece, type SpectralPiece } from '../../src/problem/index.ts';

/*
 * The margins of every bound, as the column "Claimed" of proofs/rounding.md counts them: no less, for soundness, and no more, so
 * that no margin is there by mistake.
 *
 * The data are small integers, and weights powers of 4. Roundings are few then, and what a computed bound exceeds the exact one
 * by is what was added on purpose. It is predicted here by numbers that carry their excess in units of u = 2^-53, to first order.
 */

const U = 2 ** -53;

/** value + excess u. */
interface Raised {
  readonly value: number;
  readonly excess: number;
}

const exact = (value: number): Raised => ({ value, excess: 0 });
const plus = (...terms: readonly Raised[]): Raised => ({
  value: terms.reduce((sum, { value }) => sum + value, 0),
  excess: terms.reduce((sum, { excess }) => sum + excess, 0),
});
const times = (x: Raised, y: Raised): Raised => ({
  value: x.value * y.value,
  excess: x.excess * y.value + x.value * y.excess,
});
const negative = ({ value, excess }: Raised): Raised => ({ value: -value, excess: -excess });
const inverse = ({ value, excess }: Raised): Raised => ({ value: 1 / value, excess: -excess / value ** 2 });
/** Not near 0, where a first order does not do: NaN. */
const root = ({ value, excess }: Raised): Raised => ({
  value: Math.sqrt(value),
  excess: value > 2 ** -10 ? excess / (2 * Math.sqrt(value)) : Number.NaN,
});

/** What `above` adds: gamma(k) is (k + 4) u. */
const above = (x: Raised, claimed: number, magnitude: number): Raised => ({
  value: x.value,
  excess: x.excess + (claimed + 4) * magnitude,
});

const absolute = (values: readonly Raised[]) => values.reduce((sum, { value }) => sum + Math.abs(value), 0);
const isLess = (x: Raised, y: Raised) => x.value < y.value || (x.value === y.value && x.excess < y.excess);
const greatestOf = (k: number, values: readonly Raised[]) =>
  [...values].sort((x, y) => (isLess(x, y) ? 1 : -1)).slice(0, k);

/** topsAbove(values)[k]. */
function top(k: number, values: readonly Raised[]): Raised {
  const chosen = greatestOf(k, values);
  return above(plus(...chosen), k, absolute(chosen));
}

interface Case {
  readonly layer: Layer;
  readonly piece: Piece;
}

const indices = (length: number) => Array.from({ length }, (_, k) => k);
const raised = (values: Float32Array) => [...values].map(exact);

/** Either line sums' bound. */
function lineSums({ layer: { rows, cols, importance } }: Case, a: number, b: number): Raised[] {
  const sums = (lines: number, length: number, at: (line: number, k: number) => number) =>
    indices(lines).map((line) => {
      const sum = indices(length).reduce((all, k) => all + importance[at(line, k)]!, 0);
      return above(exact(sum), length, sum);
    });
  return [
    top(
      a,
      sums(rows, cols, (i, j) => i * cols + j),
    ),
    top(
      b,
      sums(cols, rows, (j, i) => i * cols + j),
    ),
  ];
}

/** top_a over the rows of top_b(row), exactly; or the transpose. */
function nested(at: (i: number, j: number) => number, rows: number, cols: number, a: number, b: number) {
  const greatestSum = (k: number, values: number[]) =>
    values.sort((x, y) => y - x).slice(0, k).reduce((x, y) => x + y, 0); // biome-ignore format: one chain
  return greatestSum(
    a,
    indices(rows).map((i) =>
      greatestSum(
        b,
        indices(cols).map((j) => at(i, j)),
      ),
    ),
  );
}

/** The bounds that a piece gives. */
function boundsOf(one: Case, a: number, b: number): Raised[] {
  const { layer, piece } = one;
  const { rows, cols, importance } = layer;
  const entry = (i: number, j: number) => importance[i * cols + j]!;
  switch (piece.kind) {
    case 'rows':
    case 'columns': {
      const sum =
        piece.kind === 'rows' ? nested(entry, rows, cols, a, b) : nested((j, i) => entry(i, j), cols, rows, b, a);
      return [above(exact(sum), rows + cols, sum)];
    }
    case 'split': {
      const share = (i: number, j: number) => piece.columnShare[i * cols + j]!;
      const sum =
        nested((i, j) => entry(i, j) - share(i, j), rows, cols, a, b) + nested((j, i) => share(i, j), cols, rows, b, a);
      const magnitude = piece.columnShare.reduce((all, x, k) => all + Math.abs(importance[k]! - x) + Math.abs(x), 0);
      return [above(exact(sum), rows + cols + 2, magnitude)];
    }
    case 'multiplicative': {
      const [lambda, mu] = [weightsOf(piece.rowWeights), weightsOf(piece.columnWeights)];
      const product = times(top(a, raised(piece.rowPart)), top(b, raised(piece.columnPart)));
      const noise = times(exact(piece.norm), root(times(top(a, lambda), top(b, mu))));
      return [above(plus(product, noise), 8, product.value + noise.value)];
    }
    case 'additive':
      return [centred(layer, piece, a, b), ...piece.tangents.map((_, t) => tangent(layer, piece, t, a, b))];
  }
}

/** lambda from the computed scales: a factor 1 + 8u above the weights. */
const weightsOf = (weights: Float32Array): Raised[] => [...weights].map((value) => ({ value, excess: 8 * value }));

function centred({ rows, cols, importance }: Layer, piece: SpectralPiece, a: number, b: number): Raised {
  const [p, q] = [piece.rowPart, piece.columnPart];
  const [lambda, mu] = [weightsOf(piece.rowWeights), weightsOf(piece.columnWeights)];
  const [g, h] = [lambda.map(inverse), mu.map(inverse)];
  const total = (values: readonly Raised[]) => above(plus(...values), values.length, absolute(values));
  const [sumG, sumH] = [total(g), total(h)];
  const residual = (i: number, j: number) => importance[i * cols + j]! - p[i]! - q[j]!;
  const size = (i: number, j: number) => importance[i * cols + j]! + Math.abs(p[i]!) + Math.abs(q[j]!);
  const [I, J] = [indices(rows), indices(cols)];
  const ofRows = I.map((i) => plus(...J.map((j) => times(exact(residual(i, j)), h[j]!))));
  const ofColumns = J.map((j) => plus(...I.map((i) => times(exact(residual(i, j)), g[i]!))));
  const rowSizes = I.map((i) => J.reduce((sum, j) => sum + size(i, j) * h[j]!.value, 0));
  const columnSizes = J.map((j) => I.reduce((sum, i) => sum + size(i, j) * g[i]!.value, 0));
  const rest = plus(...I.map((i) => times(g[i]!, ofRows[i]!)));
  const restSize = I.reduce((sum, i) => sum + g[i]!.value * rowSizes[i]!, 0);
  const least = negative(above(negative(rest), rows + cols + 8, restSize));
  const [A, B] = [times(exact(a), inverse(sumG)), times(exact(b), inverse(sumH))];
  const terms = [
    times(exact(b), top(a, raised(p))),
    times(exact(a), top(b, raised(q))),
    times(A, top(b, ofColumns.map((x, j) => above(x, rows + 4, columnSizes[j]!)))), // biome-ignore format: one term a line
    times(B, top(a, ofRows.map((x, i) => above(x, cols + 4, rowSizes[i]!)))), // biome-ignore format: one term a line
    negative(times(times(A, B), least)),
    times(exact(piece.norm), root(times(spread(lambda, A, sumG, a), spread(mu, B, sumH, b)))),
  ];
  return above(plus(...terms), 16, absolute(terms));
}

/** top_k(lambda) - 2 A k + A^2 G. */
function spread(lambda: readonly Raised[], A: Raised, G: Raised, k: number): Raised {
  const terms = [top(k, lambda), times(exact(-2 * k), A), times(times(A, A), G)];
  return above(plus(...terms), 12, absolute(terms));
}

function tangent({ rows, cols, importance }: Layer, piece: SpectralPiece, t: number, a: number, b: number): Raised {
  const { rowPoint: u, columnPoint: v, rowCurvature } = piece.tangents[t]!;
  const [p, q] = [piece.rowPart, piece.columnPart];
  const [lambda, mu] = [weightsOf(piece.rowWeights), weightsOf(piece.columnWeights)];
  const h = exact(rowCurvature);
  const ratio = piece.norm ** 2 / (4 * rowCurvature);
  const k = { value: ratio, excess: 8 * ratio };
  const residual = (i: number, j: number) => importance[i * cols + j]! - p[i]! - q[j]!;
  const size = (i: number, j: number) => importance[i * cols + j]! + Math.abs(p[i]!) + Math.abs(q[j]!);
  const [I, J] = [indices(rows), indices(cols)];
  const dot = (values: readonly number[], at: Float32Array) => values.reduce((sum, x, n) => sum + x * at[n]!, 0);
  const ofRows = I.map((i) => dot(J.map((j) => residual(i, j)), v)); // biome-ignore format: one vector a line
  const ofColumns = J.map((j) => dot(I.map((i) => residual(i, j)), u)); // biome-ignore format: one vector a line
  const rowSizes = I.map((i) => dot(J.map((j) => size(i, j)), v.map(Math.abs))); // biome-ignore format: one vector a line
  const columnSizes = J.map((j) => dot(I.map((i) => size(i, j)), u.map(Math.abs))); // biome-ignore format: one vector a line
  const curves = [
    ...I.map((i) => times(times(h, lambda[i]!), exact(u[i]! ** 2))),
    ...J.map((j) => times(times(k, mu[j]!), exact(v[j]! ** 2))),
  ];
  const constant = above(
    plus(...curves, exact(-dot(ofRows, u))),
    rows + 2 * cols + 8,
    absolute(curves) + dot(rowSizes, u.map(Math.abs)),
  );
  const coefficient = (value: number, w: Raised, at: number, terms: number, own: number) =>
    above(plus(exact(value), times(w, exact(1 - 2 * at))), terms + 8, own + w.value * (1 + 2 * Math.abs(at)));
  const x = I.map((i) => coefficient(ofRows[i]!, times(h, lambda[i]!), u[i]!, cols, rowSizes[i]!));
  const y = J.map((j) => coefficient(ofColumns[j]!, times(k, mu[j]!), v[j]!, rows, columnSizes[j]!));
  const parts = [constant, crossTop(a, x, p, b), crossTop(b, y, q, a)];
  return above(plus(...parts), 4, absolute(parts));
}

/** The k greatest of t part + value, with the error of all lines. */
function crossTop(k: number, value: readonly Raised[], part: Float32Array, t: number): Raised {
  const chosen = greatestOf(
    k,
    value.map((one, n) => plus(one, exact(t * part[n]!))),
  );
  return above(plus(...chosen), value.length + 4, t * absolute(raised(part)) + absolute(value));
}

function drawCase(kind: Piece['kind'], seed: number): Case {
  const random = makeRandom(seed, kind);
  const [rows, cols] = [2 + random.integer(9), 2 + random.integer(9)];
  const integers = (length: number, least: number, most: number) =>
    Float32Array.from({ length }, () => least + random.integer(most - least + 1));
  const layerOf = (importance: Float32Array) => makeInstance([{ name: 'one', rows, cols, importance }]).layers[0]!;
  if (kind === 'rows' || kind === 'columns') return { layer: layerOf(integers(rows * cols, 0, 99)), piece: { kind } };
  if (kind === 'split') {
    const importance = integers(rows * cols, 0, 99);
    const columnShare = importance.map((x) => Math.floor(x / 2) + random.integer(9) - 4);
    return { layer: layerOf(importance), piece: { kind, columnShare } };
  }
  const isSum = kind === 'additive';
  const [rowPart, columnPart] = [integers(rows, isSum ? -30 : 1, 150), integers(cols, isSum ? -30 : 1, 150)];
  // The residual of a sum is noise, or large and nearly constant: then what the centred bound adds for it is not small.
  const offset = isSum ? 30 * random.integer(2) : 0;
  const importance = Float32Array.from({ length: rows * cols }, (_, k) => {
    const [p, q] = [rowPart[Math.floor(k / cols)]!, columnPart[k % cols]!];
    return Math.max(0, (isSum ? p + q : p * q) + offset + random.integer(3) - 1);
  });
  const powers = (length: number) => integers(length, -1, 1).map((e) => 4 ** e);
  const [rowWeights, columnWeights] = [powers(rows), powers(cols)];
  const squares = importance.map((w, k) => {
    const [i, j] = [Math.floor(k / cols), k % cols];
    const structure = isSum ? rowPart[i]! + columnPart[j]! : rowPart[i]! * columnPart[j]!;
    return (w - structure) ** 2 / (rowWeights[i]! * columnWeights[j]!);
  });
  const norm = Math.ceil(1 + Math.sqrt(squares.reduce((x, y) => x + y, 0)));
  const quarters = (length: number) => integers(length, -1, 5).map((x) => x / 4);
  const tangents = indices(isSum ? random.integer(4) : 0).map(() => ({
    rowPoint: quarters(rows),
    columnPoint: quarters(cols),
    rowCurvature: norm * 2 ** (random.integer(4) - 2),
  }));
  return {
    layer: layerOf(importance),
    piece: { kind, rowPart, columnPart, rowWeights, columnWeights, norm, tangents },
  };
}

/** By what a computed bound is: how far its excess is from the predicted one, relative to the bound, in units of u. */
function offsOf(kind: Piece['kind']): Map<string, number[]> {
  const offs = new Map<string, number[]>();
  for (let seed = 1; seed <= 100; seed++) {
    const one = drawCase(kind, seed);
    const { rows, cols } = one.layer;
    const bounds = keptBounds(one.layer, [one.piece]);
    if (typeof bounds === 'string') throw new Error(bounds);
    for (let a = 1; a <= rows; a++) {
      for (let b = 1; b <= cols; b++) {
        const candidates = [...lineSums(one, a, b), ...boundsOf(one, a, b)];
        const [least, second] = candidates.toSorted((x, y) => x.value - y.value);
        // Where two are as good as equal, the excess decides, whose prediction is not exact.
        if (!(second!.value > least!.value * (1 + 1e-9)) || Number.isNaN(least!.excess)) continue;
        const name = ['line sums', 'line sums', kind][candidates.indexOf(least!)] ?? 'tangent';
        const computed = (bounds[a * (cols + 1) + b]! - least!.value) / U;
        offs.set(name, [...(offs.get(name) ?? []), (computed - least!.excess) / least!.value]);
      }
    }
  }
  return offs;
}

describe('the margin of a bound', () => {
  it.each<Piece['kind']>(['rows', 'columns', 'split', 'multiplicative', 'additive'])(
    'is what is claimed: %s',
    (kind) => {
      const offs = offsOf(kind);
      expect([...offs.keys()].sort()).toEqual([kind, 'line sums', ...(kind === 'additive' ? ['tangent'] : [])].sort());
      for (const values of offs.values()) {
        expect(values.length).toBeGreaterThan(300);
        expect(Math.max(...values.map(Math.abs))).toBeLessThan(5); // a few roundings of the bound itself
        expect(Math.abs(values.reduce((x, y) => x + y, 0) / values.length)).toBeLessThan(0.25);
      }
    },
  );
});

describe('the margin of a norm', () => {
  /** The least norm that is accepted of a piece, by bisection. */
  function leastNorm(layer: Layer, piece: Omit<SpectralPiece, 'norm'>): number {
    let [low, high] = [0, 2 ** 20];
    for (let step = 0; step < 80; step++) {
      const norm = (low + high) / 2;
      if (typeof keptBounds(layer, [{ ...piece, norm }]) === 'string') low = norm;
      else high = norm;
    }
    return high;
  }

  it.each<[SpectralPiece['kind'], number, number]>([
    ['additive', 1, 1],
    ['additive', 2, 3],
    ['additive', 3, 2],
    ['multiplicative', 2, 3],
    ['multiplicative', 3, 2],
  ])('counts what cancels in a residual: %s, %i x %i', (kind, rows, cols) => {
    // Residuals of rank 1, whose norm is the root of their sum of squares.
    const isSum = kind === 'additive';
    const rowPart = Float32Array.from({ length: rows }, (_, i) => (isSum ? 2 ** 22 : 2 ** 10) + i);
    const columnPart = Float32Array.from({ length: cols }, (_, j) => (isSum ? -(2 ** 21) : 2 ** 10) - j);
    const rowWeights = Float32Array.from({ length: rows }, (_, i) => 4 ** i);
    const columnWeights = Float32Array.from({ length: cols }, (_, j) => 4 ** (1 - j));
    let squares = 0; // of the norm
    let errors = 0; // of 9 u times what each residual is the difference of: gamma(5) is 9 u
    const importance = Float32Array.from({ length: rows * cols }, (_, n) => {
      const [i, j] = [Math.floor(n / cols), n % cols];
      const [p, q] = [rowPart[i]!, columnPart[j]!];
      const residual = (i + 1) * (j + 1);
      const w = (isSum ? p + q : p * q) + residual;
      const weight = rowWeights[i]! * columnWeights[j]!;
      squares += residual ** 2 / weight;
      errors += (9 * U * (isSum ? w + p - q : w + p * q)) ** 2 / weight;
      return w;
    });
    const [layer] = makeInstance([{ name: 'one', rows, cols, importance }]).layers;
    const norm = leastNorm(layer!, { kind, rowPart, columnPart, rowWeights, columnWeights, tangents: [] });
    expect((norm - Math.sqrt(squares)) / Math.sqrt(errors)).toBeCloseTo(1, 4);
  });
});
