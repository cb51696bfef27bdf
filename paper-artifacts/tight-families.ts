/*
 * Tabulates the tight families: how the measured ratio tends to its limit as epsilon falls, the optimum by enumeration.
 * Writes tight-families.csv beside this file, one row a run. `npx tsx paper-artifacts/tight-families.ts`
 */
import path from 'node:path';
import { check, loadMethods, solveSync } from '../src/index.ts';
import { type Start, type TightAlgorithm, type WorstCaseOptions, worstCase } from '../src/worst-case/index.ts';
import { home, isSmoke } from './reproduce/measure.ts';
import { type Row, writeTable } from './reproduce/tables.ts';

await loadMethods(); // then solveSync takes any of them by name

const EPSILONS = [2 ** -2, 2 ** -4, 2 ** -6, 2 ** -8, 2 ** -10, 2 ** -12, 2 ** -14, 2 ** -16].slice(isSmoke ? -1 : 0);

/** [rows, cols, removed rows, removed columns]: every regime of the suprema. */
const BLOCK = [
  [3, 3, 1, 1],
  [8, 12, 5, 7],
];
const ONE_ROW = [
  [3, 4, 2, 1], // c < k
  [4, 6, 3, 3], // k <= c <= 2k - 2
  [3, 9, 2, 7], // c >= 2k - 2
];
const ONE_COLUMN = ONE_ROW.map(([rows, cols, r, c]) => [cols!, rows!, c!, r!]);
const ONE_ENTRY = [
  [2, 3, 1, 2],
  [2, 7, 1, 6],
  [3, 3, 2, 2],
  [9, 12, 8, 11],
];
const SHAPES: Record<string, number[][]> = {
  independent: [...BLOCK, ...ONE_ROW, ...ONE_COLUMN, ...ONE_ENTRY],
  'residual-rows-first': [...BLOCK, ...ONE_ROW, ...ONE_COLUMN, ...ONE_ENTRY],
  'residual-columns-first': [...BLOCK, ...ONE_ROW, ...ONE_COLUMN, ...ONE_ENTRY],
  residual: [...BLOCK, ...ONE_ROW, ...ONE_COLUMN, ...ONE_ENTRY],
  'alternating residual': [...BLOCK, ...ONE_ROW, ...ONE_COLUMN, ...ONE_ENTRY],
  'alternating independent': [...BLOCK, ...ONE_ROW, ...ONE_COLUMN, ...ONE_ENTRY],
  // One column kept of which few rows go: 1 + 2r / h.
  'alternating residual-rows-first': [...BLOCK, ...ONE_ROW, [8, 3, 1, 2], [7, 2, 2, 1], [5, 2, 2, 1]],
  'alternating residual-columns-first': [...BLOCK, ...ONE_COLUMN, [3, 8, 2, 1]],
  greedy: [
    [4, 2, 1, 0],
    [40, 2, 1, 0],
    [400, 2, 1, 0],
    [18, 6, 1, 0],
  ],
};

const table: Row[] = [];

/** One run, checked; false where the family refuses these parameters. */
function measure(algorithm: TightAlgorithm, start: Start | undefined, options: WorstCaseOptions): void {
  const worst = worstCase(algorithm, { ...options, start });
  const { instance, goal, size, limit } = worst;
  const begin = start === undefined ? undefined : (solveSync(instance, { method: start, goal }).pruning ?? undefined);
  const answer = solveSync(instance, { method: algorithm, goal, start: begin });
  const { valid, reason } = check(instance, goal, answer.pruning!, { cost: answer.cost! });
  if (!valid) throw new Error(`${algorithm}: ${reason}`);
  const { cost: optimum, status } = solveSync(instance, { method: 'enumerate', goal });
  if (status !== 'optimal') throw new Error(`${algorithm}: the optimum is ${status}`);
  const ratio = answer.cost! / optimum!;
  if (ratio > limit) throw new Error(`${algorithm}: ratio ${ratio} above its supremum ${limit}`);
  const version = options.fixedShape ? 'shape' : 'target';
  const { rows, cols, removedRows, removedColumns } = size;
  table.push({
    ...{ algorithm, start: start ?? null, version, layers: options.layers ?? 1, rows, cols },
    ...{ removed_rows: removedRows, removed_columns: removedColumns, epsilon: options.epsilon! },
    ...{ cost: answer.cost!, optimum: optimum!, ratio, limit },
  });
}

for (const [name, shapes] of Object.entries(SHAPES)) {
  const [algorithm, start] = name.split(' ') as [TightAlgorithm, Start | undefined];
  for (const [m, n, removedRows, removedColumns] of shapes) {
    const hasBlock = m! - removedRows! >= 2 && n! - removedColumns! >= 2;
    for (const fixedShape of algorithm === 'greedy' ? [false] : hasBlock ? [true, false] : [true]) {
      for (const layers of [1, 3]) {
        for (const epsilon of EPSILONS) {
          const size = { rows: m, cols: n, removedRows, removedColumns };
          measure(algorithm, start, { ...size, epsilon, fixedShape, layers });
        }
      }
    }
  }
}
await writeTable(path.join(home, 'tight-families'), table);
console.log(`tight-families.csv: ${table.length} runs, every optimum enumerated, no ratio above its limit`);
