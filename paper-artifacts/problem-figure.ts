/**
 * Writes problem.svg beside this file: one layer, its optimal pruning at 60%, and the dense matrix that is left.
 *
 * `npx tsx paper-artifacts/problem-figure.ts`. The pruning is solved, not drawn: the figure changes with the code.
 */
import { writeFileSync } from 'node:fs';
import { generate, loadMethods, solveSync, sparsityGoal } from '../src/index.ts';

await loadMethods(); // then solveSync takes any of them by name

const CELL = 26;
const LEFT = 70;
const TOP = 60;

const instance = generate('scaled', { rows: 7, cols: 10, strength: 0.8, seed: 4 });
const layer = instance.layers[0]!;
const result = solveSync(instance, { method: 'enumerate', goal: sparsityGoal(instance, '0.6') });
const { removedRows, removedColumns } = result.pruning!.layers[0]!;
const most = Math.max(...layer.importance);

const square = (x: number, y: number, importance: number, removed: boolean) => {
  const ink = (0.12 + 0.88 * Math.sqrt(importance / most)).toFixed(2);
  const fill = removed ? '#c4472f' : '#1f5f8b';
  const cell = `<rect x="${x}" y="${y}" width="${CELL - 2}" height="${CELL - 2}" rx="3" fill="${fill}" fill-opacity="${ink}"/>`;
  if (!removed) return cell;
  const line = `x1="${x + 5}" y1="${y + CELL - 7}" x2="${x + CELL - 7}" y2="${y + 5}"`;
  return `${cell}<line ${line} stroke="#7a2314" stroke-width="1.5"/>`;
};
const text = (x: number, y: number, words: string, anchor = 'middle') =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-family="sans-serif" font-size="13" fill="#333">${words}</text>`;

const parts: string[] = [];
const width = layer.cols * CELL;
parts.push(text(LEFT + width / 2, 24, `a layer's importances, ${layer.rows} filters x ${layer.cols} kernel positions`));
for (let i = 0; i < layer.rows; i++) {
  for (let j = 0; j < layer.cols; j++) {
    const removed = removedRows.includes(i) || removedColumns.includes(j);
    parts.push(square(LEFT + j * CELL, TOP + i * CELL, layer.importance[i * layer.cols + j]!, removed));
  }
}
for (const row of removedRows) parts.push(text(LEFT - 8, TOP + row * CELL + 17, 'row out', 'end'));
for (const column of removedColumns) parts.push(text(LEFT + column * CELL + CELL / 2, TOP - 8, '&#215;'));

const right = LEFT + width + 70;
const keptRows = Array.from({ length: layer.rows }, (_, i) => i).filter((i) => !removedRows.includes(i));
const keptColumns = Array.from({ length: layer.cols }, (_, j) => j).filter((j) => !removedColumns.includes(j));
parts.push(text(LEFT + width + 35, TOP + 90, '&#8594;'));
parts.push(text(right + (keptColumns.length * CELL) / 2, 24, 'what is left: small and dense'));
keptRows.forEach((i, y) => {
  keptColumns.forEach((j, x) => {
    parts.push(square(right + x * CELL, TOP + y * CELL, layer.importance[i * layer.cols + j]!, false));
  });
});
const share = (value: number, of: number) => `${Math.round((100 * value) / of)}%`;
const caption = [
  `removed: ${result.removed} of ${result.entries} entries (${share(result.removed!, result.entries)})`,
  `cost: ${share(result.cost!, result.total)} of the importance (proved least)`,
];
const bottom = TOP + layer.rows * CELL + 24;
parts.push(text(LEFT, bottom, caption[0]!, 'start'), text(LEFT, bottom + 20, caption[1]!, 'start'));

const size = { width: right + Math.max(keptColumns.length * CELL, 200) + 20, height: bottom + 36 };
const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img">
<title>A layer's importances, the rows and columns of its optimal pruning at 60%, and the dense matrix left</title>`;
const ground = `<rect width="${size.width}" height="${size.height}" fill="#fff"/>`;
writeFileSync(new URL('problem.svg', import.meta.url), `${head}\n${ground}\n${parts.join('\n')}\n</svg>\n`);
