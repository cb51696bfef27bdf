import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadResults } from './cells.ts';
import { METHODS } from './methods.ts';

/*
 * Writes gap.svg beside this file: how far a pruning at most is from the optimum against the accuracy after fine-tuning, one
 * dot a network at 93%. Small dots are prunings made worse on purpose: some lines of the annealed pruning swapped at random.
 *
 *   npx tsx paper-artifacts/accuracy/figure.ts
 */

const [WIDTH, HEIGHT, LEFT, TOP] = [560, 380, 60, 30];
const COLOURS = ['#777777', '#b59f00', '#c4472f', '#e28a2b', '#7a4fa3', '#2a8f5b', '#1f5f8b', '#5bb0d8'];

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const { pruned, tuned, ratiosOf } = await loadResults(path('results.jsonl'));
const dots = tuned.flatMap((line) => {
  const own = pruned.get(line.pruned);
  const ratio = own === undefined ? null : ratiosOf(own)[0];
  if (ratio === null || line.sparsity !== '0.93' || line.tuning.steps !== 258) return [];
  return [{ method: line.method, isWorse: (line.perturbed ?? 0) > 0, ratio, accuracy: line.after.accuracy }];
});
const most = Math.max(...dots.map(({ ratio }) => ratio));
const x = (ratio: number) => LEFT + ((ratio - 1) / (most * 1.01 - 1)) * WIDTH;
const y = (accuracy: number) => TOP + (1 - accuracy) * HEIGHT;

const text = (at: readonly [number, number], words: string, anchor = 'middle') =>
  `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}" font-family="sans-serif" font-size="12" fill="#333">${words}</text>`;
const line = (from: readonly [number, number], to: readonly [number, number]) =>
  `<line x1="${from[0].toFixed(1)}" y1="${from[1].toFixed(1)}" x2="${to[0].toFixed(1)}" y2="${to[1].toFixed(1)}" stroke="#ccc"/>`;
const parts: string[] = [];
for (const accuracy of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
  parts.push(line([LEFT, y(accuracy)], [LEFT + WIDTH, y(accuracy)]));
  parts.push(text([LEFT - 8, y(accuracy) + 4], `${100 * accuracy}%`, 'end'));
}
for (let ratio = 1; ratio < most; ratio += 0.02) {
  parts.push(line([x(ratio), TOP], [x(ratio), TOP + HEIGHT]), text([x(ratio), TOP + HEIGHT + 18], ratio.toFixed(2)));
}
const colourOf = (method: string) => COLOURS[METHODS.indexOf(method as (typeof METHODS)[number])] ?? '#bbbbbb';
for (const { method, isWorse, ratio, accuracy } of dots) {
  const radius = isWorse || !METHODS.includes(method as (typeof METHODS)[number]) ? 2.5 : 4;
  parts.push(
    `<circle cx="${x(ratio).toFixed(1)}" cy="${y(accuracy).toFixed(1)}" r="${radius}" fill="${colourOf(method)}" fill-opacity="0.7"/>`,
  );
}
METHODS.forEach((method, k) => {
  const at = TOP + 14 + 18 * k;
  parts.push(`<circle cx="${LEFT + WIDTH + 22}" cy="${at - 4}" r="4" fill="${colourOf(method)}"/>`);
  parts.push(text([LEFT + WIDTH + 32, at], method, 'start'));
});
parts.push(text([LEFT + WIDTH / 2, TOP + HEIGHT + 40], 'cost / proved least cost'));
parts.push(text([LEFT, 16], 'test accuracy after fine-tuning, 93% of the weights removed', 'start'));
const size = `width="${LEFT + WIDTH + 160}" height="${TOP + HEIGHT + 56}"`;
writeFileSync(
  path('gap.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n<title>Cost ratio and accuracy of pruned networks</title>\n<rect width="100%" height="100%" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`,
);

/** Spearman's rank correlation; ties share their mean rank. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]) =>
    values.map((value) => {
      const below = values.filter((other) => other < value).length;
      return below + values.filter((other) => other === value).length / 2;
    });
  const [p, q] = [ranks(a), ranks(b)];
  const mean = a.length / 2;
  const product = (u: readonly number[], v: readonly number[]) =>
    u.reduce((sum, value, k) => sum + (value - mean) * (v[k]! - mean), 0);
  return product(p, q) / Math.sqrt(product(p, p) * product(q, q));
}
for (const [label, own] of [
  ['all networks', dots],
  ['the eight methods', dots.filter(({ isWorse, method }) => !isWorse && colourOf(method) !== '#bbbbbb')],
  ['the annealed pruning and its perturbations', dots.filter(({ method }) => method === 'anneal-selection')],
] as const) {
  const rank = spearman(
    own.map(({ ratio }) => ratio),
    own.map(({ accuracy }) => accuracy),
  );
  console.log(`${label}: ${own.length}, rank correlation of cost ratio and accuracy ${rank.toFixed(3)}`);
}
