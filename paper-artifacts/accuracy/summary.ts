import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bootstrapMean, loadGlyphs, type Run } from '../../src/neural/index.ts';
import { bitsOf, loadResults, type Pruned, type Tuned } from './cells.ts';

/*
 * Tables of results.jsonl: accuracy.csv, one row a fine-tuned network; differences.csv, one row a way of pruning, with its
 * accuracy and its paired difference to `uniform`; tables.md, the same for reading.
 *
 *   npx tsx paper-artifacts/accuracy/summary.ts
 *
 * Intervals are 95% bootstrap intervals over font families and fine-tuning seeds, both drawn with replacement, the seeds
 * within each baseline. A difference pairs networks of one baseline, one fine-tuning seed, image by image.
 */

/** How a network was pruned: at once, or with training behind earlier sparsities. */
const scheduleOf = ({ via = [], rounds = 0 }: Pick<Tuned, 'via' | 'rounds'>) =>
  `${via.length === 0 ? 'once' : `via ${via.join(' ')}`}${rounds === 0 ? '' : ', coupled'}`;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const { dense, pruned: prunings, tuned, bounds, ratiosOf } = loadResults(path('results.jsonl'));
const { test } = await loadGlyphs();
const images = test.labels.length;
const groups = test.groups ?? null;

const csv = (rows: readonly (readonly unknown[])[]) =>
  `${rows.map((row) => row.map((value) => (value ?? '') as string).join(',')).join('\n')}\n`;

const cellRows = tuned.map((line) => {
  const pruned = prunings.get(line.pruned); // of gradual pruning there is none: its costs are of other weights
  const [costRatio, keptRatio] = pruned === undefined ? [null, null] : ratiosOf(pruned);
  const { method, sparsity, importance, normalize, units, perturbed, seed, baseline, tuningSeed, backend } = line;
  return [
    ...[
      method,
      sparsity,
      tuningSeed,
      baseline,
      importance,
      normalize,
      units ?? 'entries',
      scheduleOf(line),
      perturbed ?? 0,
      seed ?? 1,
    ],
    ...[line.tuning.steps, backend, pruned?.cost, pruned && pruned.cost / pruned.total, costRatio],
    ...[pruned?.kept, keptRatio, pruned?.removed, pruned?.parameters.after, pruned?.multiplyAdds.after],
    ...[pruned?.before.accuracy, pruned?.recalibrated.accuracy],
    ...[line.after.accuracy, line.after.loss, line.after.validation],
  ];
});
const CELL_COLUMNS =
  'method,sparsity,seed,baseline,importance,normalize,units,schedule,perturbed,methodSeed,steps,backend,cost,costShare,costRatio,kept,keptRatio,removed,parameters,multiplyAdds,accuracyBefore,accuracyRecalibrated,accuracy,loss,validationAccuracy';
writeFileSync(path('accuracy.csv'), csv([CELL_COLUMNS.split(','), ...cellRows]));

/** What is compared: everything but baseline and seeds. */
const wayOf = ({ method, ...line }: Tuned) => JSON.stringify([method, contextOf(line)]);
const contextOf = ({
  sparsity,
  importance,
  normalize,
  units,
  perturbed,
  seed,
  tuning,
  ...line
}: Omit<Tuned, 'method'>) =>
  JSON.stringify([
    sparsity,
    importance,
    normalize,
    units ?? 'entries',
    scheduleOf(line),
    perturbed ?? 0,
    seed ?? 1,
    tuning,
  ]);
const ways = new Map<string, Tuned[]>();
for (const line of tuned) ways.set(wayOf(line), [...(ways.get(wayOf(line)) ?? []), line]);

/** Only the mean is asked for. */
const ONE = { resamples: 1 };
const percent = (share: number) => (100 * share).toFixed(2);
const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

const differenceRows: (readonly unknown[])[] = [];
const sections = new Map<string, string[]>();
for (const cells of ways.values()) {
  const [first] = cells as [Tuned, ...Tuned[]];
  const { method, sparsity, importance, normalize, units = 'entries', perturbed = 0, seed = 1 } = first;
  const schedule = scheduleOf(first);
  const bits = (line: Tuned) => bitsOf(line.after.correct, images);
  const accuracy = bootstrapMean(
    cells.map((line): Run => ({ values: bits(line), stratum: line.baseline })),
    groups,
  );
  const base = ways.get(JSON.stringify(['uniform', contextOf({ ...first })]));
  const pairs = cells.flatMap((line): Run[] => {
    const other = base?.find((one) => one.baseline === line.baseline && one.tuningSeed === line.tuningSeed);
    if (other === undefined || method === 'uniform') return [];
    const theirs = bits(other);
    return [{ values: Float64Array.from(bits(line), (right, i) => right - theirs[i]!), stratum: line.baseline }];
  });
  const difference = pairs.length === 0 ? null : bootstrapMean(pairs, groups);
  const byBaseline = [...new Set(pairs.map(({ stratum }) => stratum!))]
    .sort((a, b) => a - b)
    .map((stratum) =>
      percent(
        bootstrapMean(
          pairs.filter((pair) => pair.stratum === stratum),
          groups,
          ONE,
        ).mean,
      ),
    )
    .join(', ');
  const own = [...new Set(cells.map(({ pruned }) => pruned))].flatMap((key) => prunings.get(key) ?? []);
  const ratios = own.map(ratiosOf);
  const ratio = (k: 0 | 1) =>
    ratios.length === 0 || ratios.some((pair) => pair[k] === null) ? null : mean(ratios.map((pair) => pair[k]!));
  const [costRatio, keptRatio] = [ratio(0), ratio(1)];
  differenceRows.push([
    ...[method, sparsity, cells.length, importance, normalize, units, schedule, perturbed, seed, first.tuning.steps],
    ...[accuracy.mean, ...accuracy.interval, difference?.mean, ...(difference?.interval ?? [null, null]), pairs.length],
    ...[own.length === 0 ? null : mean(own.map(({ cost, total }) => cost / total)), costRatio, keptRatio],
  ]);
  if (perturbed > 0) continue;
  const section = `At ${sparsity} of ${units}, importance ${importance}, normalised by ${normalize}, pruned ${schedule}, ${first.tuning.steps} steps`;
  const spread = ([low, high]: readonly [number, number]) => `${percent(low)} to ${percent(high)}`;
  const averaged = (value: (line: Pruned) => number, digits: number) =>
    own.length === 0 ? '-' : mean(own.map(value)).toFixed(digits);
  const show = (value: number | null) => (value === null ? '-' : value.toFixed(4));
  const row = [
    ...[method, cells.length, averaged((line) => 100 * line.before.accuracy, 2)],
    ...[averaged((line) => 100 * line.recalibrated.accuracy, 2), `**${percent(accuracy.mean)}**`],
    ...[spread(accuracy.interval), difference === null ? '-' : percent(difference.mean)],
    ...[difference === null ? '-' : spread(difference.interval), byBaseline],
    ...[averaged(({ cost, total }) => (100 * cost) / total, 2), show(costRatio), show(keptRatio)],
    ...[averaged(({ parameters }) => parameters.after, 0), averaged((line) => line.multiplyAdds.after / 1000, 0)],
  ];
  sections.set(section, [...(sections.get(section) ?? []), `| ${row.join(' | ')} |`]);
}
const DIFFERENCE_COLUMNS =
  'method,sparsity,networks,importance,normalize,units,schedule,perturbed,methodSeed,steps,accuracy,accuracyLow,accuracyHigh,difference,differenceLow,differenceHigh,pairs,costShare,costRatio,keptRatio';
writeFileSync(path('differences.csv'), csv([DIFFERENCE_COLUMNS.split(','), ...differenceRows]));

const HEAD = [
  '| method | networks | before | recalibrated | fine-tuned | interval | minus uniform | interval | by baseline | cost | cost ratio <= | kept ratio <= | parameters | 1000 multiply-adds |',
  `|${'---|'.repeat(14)}`,
];
const denseRows = dense.map(({ baseline, correct }) => {
  const { mean: accuracy, interval } = bootstrapMean([{ values: bitsOf(correct, images) }], groups);
  return `Baseline ${baseline}: ${percent(accuracy)}% of ${images} test images, interval ${interval.map(percent).join(' to ')}.`;
});
const body = Array.from(sections, ([title, rows]) => [`## ${title}`, '', ...HEAD, ...rows, ''].join('\n'));
writeFileSync(
  path('tables.md'),
  ['# Accuracy of pruned networks', '', 'Made by summary.ts.', '', ...denseRows, '', ...body].join('\n'),
);
console.log(`${tuned.length} networks, ${ways.size} ways, ${bounds.length} certificates`);
