import loader from 'highs';
import { describe, expect, it, vi } from 'vitest';
import { additivePiece } from '../../src/bounds/spectral.ts';
import { splitAt } from '../../src/bounds/split.ts';
import { evenPoint, tangentAt } from '../../src/bounds/tangent.ts';
import { improveWeights } from '../../src/bounds/weights.ts';
import { generate } from '../../src/families/index.ts';
import type { Layer } from '../../src/problem/index.ts';

// Its types describe an ES module; what Node loads is the function itself.
const highs = await (loader as unknown as typeof loader.default)();

vi.setConfig({ testTimeout: 60_000 });

const range = (length: number) => Array.from({ length }, (_, k) => k);

/** max sum w k, sum_j k_ij = b u_i, sum_i k_ij = a v_j, 0 <= k_ij <= min(u_i, v_j), sum u = a, sum v = b; u, v <= 1. */
function linearProgram({ rows, cols, importance }: Layer, a: number, b: number): number {
  const cells = range(rows).flatMap((i) => range(cols).map((j) => ({ i, j, name: `k${i}_${j}` })));
  const sum = (names: string[]) => names.join(' + ');
  const conditions = [
    ...cells.flatMap(({ i, j, name }) => [`${name} - u${i} <= 0`, `${name} - v${j} <= 0`]),
    ...range(rows).map((i) => `${sum(cells.filter((c) => c.i === i).map(({ name }) => name))} - ${b} u${i} = 0`),
    ...range(cols).map((j) => `${sum(cells.filter((c) => c.j === j).map(({ name }) => name))} - ${a} v${j} = 0`),
    `${sum(range(rows).map((i) => `u${i}`))} = ${a}`,
    `${sum(range(cols).map((j) => `v${j}`))} = ${b}`,
  ];
  const objective = sum(cells.map(({ i, j, name }) => `${importance[i * cols + j]} ${name}`));
  const bounds = [...range(rows).map((i) => `u${i} <= 1`), ...range(cols).map((j) => `v${j} <= 1`)];
  const program = ['Maximize', objective, 'Subject To', ...conditions, 'Bounds', ...bounds, 'End'];
  const { Status, ObjectiveValue } = highs.solve(program.join('\n'));
  if (Status !== 'Optimal') throw new Error(`HiGHS: ${Status}`);
  return ObjectiveValue;
}

const layerOf = (family: string, rows: number, cols: number, seed: number) =>
  generate(family, { rows, cols, seed }).layers[0]!;

describe('splitAt', () => {
  const families = ['half-normal', 'scaled', 'low-rank', 'planted-lines', 'planted-block', 'integer'];
  it.each(families)('%s: within one percent of the linear program of HiGHS, never below it', (family) => {
    for (const [rows, cols] of [
      [6, 9],
      [12, 16],
      [20, 12],
    ] as const) {
      const layer = layerOf(family, rows, cols, 3);
      for (const [a, b] of [
        [Math.ceil(rows / 2), Math.ceil(cols / 2)],
        [Math.ceil(rows / 4), Math.ceil(cols / 3)],
        [rows - 1, 3],
        [1, cols],
      ] as const) {
        const value = linearProgram(layer, a, b);
        const { bound } = splitAt(layer, a, b, 300);
        expect(bound, `${rows} x ${cols}, ${a} x ${b}`).toBeGreaterThanOrEqual(value * (1 - 1e-7));
        expect(bound, `${rows} x ${cols}, ${a} x ${b}`).toBeLessThanOrEqual(value * 1.01);
      }
    }
  });
});

/*
 * Values of the semidefinite relaxation of a shape: max <W, K> over positive semidefinite moment matrices of (1, x, y) whose
 * diagonal is (1, x, y), with sum x = a, sum y = b, X 1 = a x, Y 1 = b y, K 1 = b x, K'1 = a y. Computed once by the interior-point
 * solver Clarabel 0.11 through CVXPY 1.9, which share nothing with this code.
 */
const RELAXATIONS: [string, number, number, number, number, number][] = [
  ['half-normal', 8, 12, 4, 6, 29.6245418853],
  ['half-normal', 12, 12, 3, 4, 19.3163186974],
  ['scaled', 10, 14, 5, 5, 148.2570223],
  ['low-rank', 12, 10, 6, 3, 27.5076316334],
  ['planted-lines', 10, 12, 4, 6, 31.581830096],
  ['integer', 9, 12, 3, 5, 41.087304084],
  ['half-normal', 20, 30, 8, 6, 66.521354376],
];

describe('improveWeights', () => {
  it.each(RELAXATIONS)(
    '%s %i x %i, shape %i x %i: within two percent of the semidefinite relaxation',
    (family, rows, cols, a, b, value) => {
      const layer = layerOf(family, rows, cols, 7);
      const residual = additivePiece(layer, new Float32Array(rows).fill(1), new Float32Array(cols).fill(1));
      const even = { rowPoint: evenPoint(rows, a), columnPoint: evenPoint(cols, b) };
      const first = tangentAt(layer, residual.piece, a, b, tangentAt(layer, residual.piece, a, b, even, 30), 100);
      const { tangent } = improveWeights(layer, { residual, tangent: first }, a, b, 40, 40);
      expect(tangent.bound).toBeLessThanOrEqual(value * 1.02);
      expect(tangent.bound).toBeGreaterThanOrEqual(value * (1 - 1e-5)); // a dual value
    },
  );
});
