import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { csvFormatRows } from 'd3-dsv';
import { bootstrapMean, type Interval, loadGlyphs, type Run } from '../../src/neural/index.ts';
import { bitsOf, loadResults, type Pruned, type Tuned } from './cells.ts';
import { METHODS } from './methods.ts';

/*
 * Tables of results.jsonl: accuracy.csv, one row a fine-tuned network; differences.csv, one row a way of pruning, with its
 * accuracy and its paired difference to `uniform`; tables.md, the same for reading.
 *
 *   npx tsx paper-artifacts/accuracy/summary.ts
 *
 * Intervals are 95% bootstrap intervals over font families and fine-tuning seeds, both drawn with replacement, the seeds
 * within each baseline; baselines count alike and are not drawn. A difference pairs networks of one baseline and one
 * fine-tuning seed, image by image.
 */

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const { dense, pruned: prunings, tuned, bounds, ratiosOf } = await loadResults(path('results.jsonl'));
const { test } = await loadGlyphs();
const images = test.labels.length;
const groups = test.groups ?? null;

/** How a network was pruned: at once, or with training behind earlier sparsities; how often again; with a teacher or not. */
const scheduleOf = ({ via = [], rounds = 0, tuning }: Tuned) =>
  `${via.length === 0 ? 'once' : `via ${via.join(' ')}`}${rounds === 0 ? '' : `, ${rounds} rounds`}${tuning.isDistilled ? ', distilled' : ''}`;

/** Everything about a network but its baseline and its fine-tuning seed. */
const wayOf = (line: Tuned) => ({
  sparsity: line.sparsity,
  units: line.units ?? 'entries',
  importance: line.importance,
  normalize: line.normalize,
  schedule: scheduleOf(line),
  steps: line.tuning.steps,
  method: line.method,
  perturbed: line.perturbed ?? 0,
  methodSeed: line.seed ?? 1,
});
type Way = ReturnType<typeof wayOf>;
const nameOf = (way: Way) => JSON.stringify(Object.values(way));
const cellsOf = new Map<string, Tuned[]>();
const ways = new Map<string, Way>();
for (const line of tuned) {
  const way = wayOf(line);
  ways.set(nameOf(way), way);
  cellsOf.set(nameOf(way), [...(cellsOf.get(nameOf(way)) ?? []), line]);
}
const cellsAt = (way: Way) => cellsOf.get(nameOf(way)) ?? [];
/** The previous work's way to the same target with the same budget. */
const previousOf = (way: Way): Way => ({ ...way, ...PLAIN, method: 'uniform' });
const PLAIN = { importance: 'l1', normalize: 'none', schedule: 'once', perturbed: 0, methodSeed: 1 };

const bits = (line: Tuned) => bitsOf(line.after.correct, images);
/** Accuracy of `cells`, or its paired difference to `others`; null where no pair is. */
function compared(cells: readonly Tuned[], others?: readonly Tuned[]) {
  const runs = cells.flatMap((line): Run[] => {
    if (others === undefined) return [{ values: bits(line), stratum: line.baseline }];
    const other = others.find((one) => one.baseline === line.baseline && one.tuningSeed === line.tuningSeed);
    if (other === undefined) return [];
    const theirs = bits(other);
    return [{ values: Float64Array.from(bits(line), (right, i) => right - theirs[i]!), stratum: line.baseline }];
  });
  if (runs.length === 0) return null;
  const baselines = [...new Set(runs.map(({ stratum }) => stratum!))].sort((a, b) => a - b);
  const byBaseline = baselines.map((stratum) => {
    const own = runs.filter((run) => run.stratum === stratum);
    return bootstrapMean(own, groups, { resamples: 1 }).mean;
  });
  return { ...bootstrapMean(runs, groups), byBaseline, pairs: runs.length };
}

const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
const percent = (share: number) => (100 * share).toFixed(2);
const spread = ([low, high]: Interval) => `${percent(low)} to ${percent(high)}`;
const csv = (rows: readonly (readonly unknown[])[]) =>
  `${csvFormatRows(rows.map((row) => row.map((value) => `${value ?? ''}`)))}\n`;
const table = (head: readonly string[], rows: readonly (readonly unknown[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const networkRows = tuned.map((line) => {
  const pruned = prunings.get(line.pruned); // of gradual pruning there is none: its costs are of other weights
  const [costRatio, keptRatio] = pruned === undefined ? [null, null] : ratiosOf(pruned);
  return Object.entries({
    ...wayOf(line),
    seed: line.tuningSeed,
    baseline: line.baseline,
    backend: line.backend,
    cost: pruned?.cost,
    costShare: pruned && pruned.cost / pruned.total,
    costRatio,
    kept: pruned?.kept,
    keptRatio,
    removed: pruned?.removed,
    parameters: pruned?.parameters.after,
    multiplyAdds: pruned?.multiplyAdds.after,
    accuracyBefore: pruned?.before.accuracy,
    accuracyRecalibrated: pruned?.recalibrated.accuracy,
    accuracy: line.after.accuracy,
    loss: line.after.loss,
    validationAccuracy: line.after.validation,
  });
});
const columnsOf = (rows: readonly (readonly (readonly [string, unknown])[])[]) => [
  rows[0]!.map(([name]) => name),
  ...rows.map((row) => row.map(([, value]) => value)),
];
writeFileSync(path('accuracy.csv'), csv(columnsOf(networkRows)));

const summaries = Array.from(ways.values(), (way) => {
  const cells = cellsAt(way);
  const own = [...new Set(cells.map(({ pruned }) => pruned))].flatMap((key) => prunings.get(key) ?? []);
  const ratios = own.map(ratiosOf);
  const ratio = (k: 0 | 1) =>
    ratios.length === 0 || ratios.some((pair) => pair[k] === null) ? null : mean(ratios.map((pair) => pair[k]!));
  const isPrevious = nameOf(way) === nameOf(previousOf(way));
  const accuracy = compared(cells)!;
  const difference = isPrevious ? null : compared(cells, cellsAt(previousOf(way)));
  const averaged = (value: (line: Pruned) => number) => (own.length === 0 ? null : mean(own.map(value)));
  return { way, cells, accuracy, difference, averaged, costRatio: ratio(0), keptRatio: ratio(1) };
});
writeFileSync(
  path('differences.csv'),
  csv(
    columnsOf(
      summaries.map(({ way, cells, accuracy, difference, averaged, costRatio, keptRatio }) =>
        Object.entries({
          ...way,
          networks: cells.length,
          accuracy: accuracy.mean,
          accuracyLow: accuracy.interval[0],
          accuracyHigh: accuracy.interval[1],
          difference: difference?.mean,
          differenceLow: difference?.interval[0],
          differenceHigh: difference?.interval[1],
          pairs: difference?.pairs ?? 0,
          costShare: averaged(({ cost, total }) => cost / total),
          costRatio,
          keptRatio,
        }),
      ),
    ),
  ),
);

const parts: string[] = ['# Accuracy of pruned networks', '', 'Made by summary.ts; README.md says what is what.', ''];
for (const { baseline, correct } of dense) {
  const { mean: accuracy, interval } = bootstrapMean([{ values: bitsOf(correct, images) }], groups);
  parts.push(`Baseline ${baseline}: ${percent(accuracy)}% of ${images} test images, interval ${spread(interval)}.`);
}
parts.push('');

/** The tables of one importance and scale: one a target, schedule and budget. */
const titles = new Map<string, Way>();
const titleOf = ({ sparsity, units, normalize, schedule, steps }: Way) =>
  `${sparsity} of ${units}, importance |w|${normalize === 'none' ? '' : ' / root of the mean'}, pruned ${schedule}, ${steps} steps`;
for (const way of ways.values()) {
  if (way.importance === 'l1' && way.normalize !== 'mean') titles.set(titleOf(way), way);
}
const rank = (method: string) => {
  const at = METHODS.indexOf(method as (typeof METHODS)[number]);
  return at < 0 ? METHODS.length : at;
};
const HEAD = [
  ...['method', 'networks', 'before', 'recalibrated', 'fine-tuned', 'interval', 'minus uniform', 'interval'],
  ...['by baseline', 'cost', 'cost ratio <=', 'kept ratio <=', 'parameters', '1000 multiply-adds'],
];
for (const title of titles.keys()) {
  const own = summaries.filter(({ way }) => {
    const isPlain = way.perturbed === 0 && way.methodSeed === 1 && way.importance === 'l1' && way.normalize !== 'mean';
    return isPlain && titleOf(way) === title;
  });
  const rows = own
    .sort((a, b) => rank(a.way.method) - rank(b.way.method))
    .map(({ way, cells, accuracy, difference, averaged, costRatio, keptRatio }) => {
      const show = (value: number | null, digits: number, scale = 1) =>
        value === null ? '-' : (scale * value).toFixed(digits);
      return [
        ...[
          way.method,
          cells.length,
          show(
            averaged(({ before }) => before.accuracy),
            2,
            100,
          ),
        ],
        ...[
          show(
            averaged(({ recalibrated }) => recalibrated.accuracy),
            2,
            100,
          ),
          `**${percent(accuracy.mean)}**`,
        ],
        ...[spread(accuracy.interval), difference === null ? '-' : percent(difference.mean)],
        ...[difference === null ? '-' : spread(difference.interval)],
        ...[difference === null ? '-' : difference.byBaseline.map(percent).join(', ')],
        ...[
          show(
            averaged(({ cost, total }) => cost / total),
            2,
            100,
          ),
          show(costRatio, 4),
          show(keptRatio, 4),
        ],
        ...[
          show(
            averaged(({ parameters }) => parameters.after),
            0,
          ),
        ],
        ...[
          show(
            averaged(({ multiplyAdds }) => multiplyAdds.after),
            0,
            1e-3,
          ),
        ],
      ];
    });
  parts.push(`## ${title}`, '', table(HEAD, rows), '');
}

const CONTRASTED = [
  ['none', 'once'],
  ['none', 'once, 4 rounds'],
  ['root', 'once, 4 rounds'],
  ['none', 'once, distilled'],
  ['none', 'via 0.5 0.8'],
] as const;
const contrasts = CONTRASTED.flatMap(([normalize, schedule]) =>
  ['anneal-selection', 'anneal-shape'].flatMap((method) =>
    ['uniform', 'residual', 'greedy'].flatMap((other) => {
      const way = { ...PLAIN, normalize, sparsity: '0.93', units: 'entries', schedule, steps: 258, method };
      const at = (own: string) => cellsAt(wayLike({ ...way, method: own }));
      const found = compared(at(method), at(other));
      if (found === null) return [];
      const { mean: difference, interval, byBaseline, pairs } = found;
      return [
        [
          `${method} - ${other}`,
          normalize,
          schedule,
          pairs,
          percent(difference),
          spread(interval),
          byBaseline.map(percent).join(', '),
        ],
      ];
    }),
  ),
);
/** A way with its fields in the order of {@link wayOf}. */
function wayLike(way: Way): Way {
  const { sparsity, units, importance, normalize, schedule, steps, method, perturbed, methodSeed } = way;
  return { sparsity, units, importance, normalize, schedule, steps, method, perturbed, methodSeed };
}
parts.push('## Annealing against other methods of the same recipe, at 0.93', '');
parts.push(table(['difference', 'divided by', 'pruned', 'pairs', 'mean', 'interval', 'by baseline'], contrasts), '');

parts.push('## Prunings of one cost: annealing with other seeds of its own, at 0.93', '');
const spreads = ['anneal-selection', 'anneal-shape'].flatMap((method) =>
  [1, 2].flatMap((baseline) => {
    const own = tuned.filter((line) => {
      const way = wayOf(line);
      const isSame =
        nameOf({ ...way, methodSeed: 1 }) ===
        nameOf(wayLike({ ...PLAIN, sparsity: '0.93', units: 'entries', steps: 258, method }));
      return isSame && line.baseline === baseline && line.tuningSeed === 1;
    });
    const costs = own.map((line) => prunings.get(line.pruned)!.cost / prunings.get(line.pruned)!.total);
    if (own.length < 2) return [];
    return [
      [method, baseline, costs.map(percent).join(', '), own.map((line) => percent(line.after.accuracy)).join(', ')],
    ];
  }),
);
parts.push(table(['method', 'baseline', 'cost', 'accuracy'], spreads), '');

parts.push('## Importances and scales between layers, at 0.93: baseline 1, one fine-tuning seed', '');
const trials = tuned.filter((line) => {
  const { sparsity, units, steps, perturbed, methodSeed } = wayOf(line);
  const isPlain = units === 'entries' && steps === 258 && perturbed === 0 && methodSeed === 1 && line.via === undefined;
  const isCompared = ['uniform', 'greedy', 'anneal-selection'].includes(line.method);
  return isPlain && isCompared && sparsity === '0.93' && line.baseline === 1 && line.tuningSeed === 1;
});
const trialRows = trials
  .map((line) => ({ line, ...wayOf(line) }))
  .sort((a, b) => b.line.after.validation - a.line.after.validation)
  .map(({ line, importance, normalize, schedule, method }) => {
    const pruned = prunings.get(line.pruned)!;
    const { validation, accuracy } = line.after;
    return [
      importance,
      normalize,
      schedule,
      method,
      percent(validation),
      percent(accuracy),
      pruned.parameters.after,
      (pruned.multiplyAdds.after / 1000).toFixed(0),
    ];
  });
const TRIAL_HEAD = [
  'importance',
  'divided by',
  'pruned',
  'method',
  'validation',
  'test',
  'parameters',
  '1000 multiply-adds',
];
parts.push(table(TRIAL_HEAD, trialRows), '');
writeFileSync(path('tables.md'), parts.join('\n'));
console.log(`${tuned.length} networks, ${ways.size} ways, ${bounds.length} certificates`);
