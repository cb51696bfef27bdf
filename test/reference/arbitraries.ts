import fc from 'fast-check';
import { type Instance, type LayerInput, makeInstance, requirementOf } from '../../src/problem/index.ts';

/*
 * Small random instances for laws. Plain random matrices say little about the factor 2 (removing everything is nearly
 * always within it), so most of these have a total of at least 4 times the optimum: low sparsity, strong scales, planted
 * cheap lines, a heavy block, perturbed tight matrices.
 */

export interface InstanceOptions {
  /** Most rows plus columns of all layers together: brute force tries 2^lines prunings. */
  readonly mostLines: number;
  readonly mostLayers: number;
}

interface Size {
  readonly rows: number;
  readonly cols: number;
}

const fraction = fc.integer({ min: 0, max: 2 ** 24 }).map((n) => n / 2 ** 24);
const listOf = <T>(value: fc.Arbitrary<T>, length: number) =>
  fc.array(value, { minLength: length, maxLength: length, size: 'max' });

/** Entries of a rows x cols matrix, each family by its own formula. */
const families: Record<string, (size: Size) => fc.Arbitrary<number[]>> = {
  ties: ({ rows, cols }) => listOf(fc.integer({ min: 0, max: 3 }), rows * cols),
  uniform: ({ rows, cols }) => listOf(fraction, rows * cols),
  // Row i is 2^g_i, column j 2^h_j times as large.
  scaled: ({ rows, cols }) =>
    fc
      .tuple(
        listOf(fraction, rows * cols),
        listOf(fc.integer({ min: -5, max: 5 }), rows),
        listOf(fc.integer({ min: -5, max: 5 }), cols),
      )
      .map(([values, g, h]) => values.map((x, k) => x * 2 ** (g[Math.floor(k / cols)]! + h[k % cols]!))),
  plantedLines: ({ rows, cols }) =>
    fc
      .tuple(listOf(fraction, rows * cols), listOf(fc.boolean(), rows), listOf(fc.boolean(), cols))
      .map(([values, row, column]) =>
        values.map((x, k) => (row[Math.floor(k / cols)] || column[k % cols] ? x / 64 : 1 + x)),
      ),
  plantedBlock: ({ rows, cols }) =>
    fc
      .tuple(listOf(fraction, rows * cols), listOf(fc.boolean(), rows), listOf(fc.boolean(), cols))
      .map(([values, row, column]) =>
        values.map((x, k) => (row[Math.floor(k / cols)] && column[k % cols] ? 1 + x : x / 64)),
      ),
  // Theory section 4: tight at shape (1, 1) for the residual algorithm; entries nudged, other sizes padded or cut.
  tight: ({ rows, cols }) =>
    fc
      .tuple(listOf(fc.integer({ min: 0, max: 8 }), rows * cols), fc.integer({ min: 3, max: 12 }))
      .map(([nudge, bits]) => {
        const e = 2 ** -bits;
        const core = [
          [1, 0, 0],
          [0, 0, 1 - e],
          [0, 1 - e, 3],
        ];
        return nudge.map((n, k) => (core[Math.floor(k / cols)]?.[k % cols] ?? 2) + n * e * 2 ** -6);
      }),
};

const sizes = (mostLines: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: mostLines - 1 }), fc.integer({ min: 1, max: mostLines - 1 }))
    .map(([rows, cols]) => ({ rows: Math.min(rows, mostLines - 1), cols: Math.min(cols, mostLines - rows) }));

const layerOf = (family: string, mostLines: number): fc.Arbitrary<Omit<LayerInput, 'name'>> => {
  const size = family === 'tight' && mostLines >= 6 ? fc.constant({ rows: 3, cols: 3 }) : sizes(mostLines);
  return size.chain(({ rows, cols }) =>
    fc.record({
      rows: fc.constant(rows),
      cols: fc.constant(cols),
      importance: families[family]!({ rows, cols }),
      unitsPerEntry: fc.constantFrom(1, 1, 1, 2, 3),
      minKeptRows: fc.constantFrom(0, 0, 1, Math.min(2, rows)),
      minKeptColumns: fc.constantFrom(0, 0, 1, Math.min(2, cols)),
    }),
  );
};

/** Instances of all families, one layer and several, with minima and units. */
export function arbitraryInstance({ mostLines, mostLayers }: InstanceOptions): fc.Arbitrary<Instance> {
  return fc
    .tuple(fc.integer({ min: 1, max: mostLayers }), fc.constantFrom(...Object.keys(families)))
    .chain(([layers, family]) => {
      const lines = Math.max(2, Math.floor(mostLines / layers));
      return fc.tuple(...Array.from({ length: layers }, () => layerOf(family, lines)));
    })
    .map((layers) => makeInstance(layers.map((layer, l) => ({ ...layer, name: `layer${l}` }))));
}

export interface Case {
  readonly instance: Instance;
  readonly goal: { readonly target: number };
}

/** Instances with a target that some pruning meets, mostly 2% to 35% of what can be removed. */
export function arbitraryCase(options: InstanceOptions): fc.Arbitrary<Case> {
  const low = fc.double({ min: 0.02, max: 0.35, noNaN: true });
  const any = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.tuple(arbitraryInstance(options), fc.oneof({ weight: 4, arbitrary: low }, any)).map(([instance, share]) => {
    const { mostRemovable } = requirementOf(instance, { target: 0 });
    return { instance, goal: { target: Math.min(mostRemovable, Math.ceil(mostRemovable * share) + 1) } };
  });
}

/**
 * Instances on which no two different sets of entries compare equal in any solver, by construction: importances are odd
 * integers times 2^-3k with distinct k, and the factors that solvers multiply them by (signed differences of line lengths up
 * to 5, times odd units) are never multiples of 8. So the nonzero terms of a signed sum end in different bits, and the
 * lowest of these is not cancelled. Random lengths of the odd integers spread the magnitudes.
 */
export function arbitraryTieFreeCase(): fc.Arbitrary<Case> {
  const most = 5;
  const layer = fc.record({
    rows: fc.integer({ min: 1, max: most }),
    cols: fc.integer({ min: 1, max: most }),
    unitsPerEntry: fc.constantFrom(1, 1, 3),
    minKeptRows: fc.constantFrom(0, 1),
    minKeptColumns: fc.constantFrom(0, 1),
  });
  return fc
    .array(layer, { minLength: 1, maxLength: 2 })
    .filter((layers) => layers.reduce((sum, { rows, cols }) => sum + rows * cols, 0) <= 20)
    .chain((layers) => {
      const entries = layers.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
      const ranks = fc.shuffledSubarray(
        Array.from({ length: entries }, (_, k) => k),
        { minLength: entries, maxLength: entries },
      );
      const odds = listOf(
        fc.integer({ min: 0, max: 23 }).chain((bits) => fc.integer({ min: 2 ** bits, max: 2 ** (bits + 1) - 1 })),
        entries,
      );
      return fc.tuple(fc.constant(layers), ranks, odds, fc.double({ min: 0, max: 1, noNaN: true }));
    })
    .map(([layers, ranks, odds, share]) => {
      let next = 0;
      const instance = makeInstance(
        layers.map((layer, l) => {
          const importance = Array.from({ length: layer.rows * layer.cols }, () => {
            const k = next++;
            return (odds[k]! | 1) * 2 ** (-3 * ranks[k]!);
          });
          return { ...layer, name: `layer${l}`, importance };
        }),
      );
      const { mostRemovable } = requirementOf(instance, { target: 0 });
      return { instance, goal: { target: Math.round(mostRemovable * share) } };
    });
}
