import * as Plot from '@observablehq/plot';
import { type FigureOptions, figure, WIDTH } from '../../src/report/figures/figure.ts';
import {
  type AccuracyRow,
  accuracyIntervals,
  type GapPoint,
  gapAgainstAccuracy,
  type RatioPoint,
  ratioAgainstGuarantee,
} from '../../src/report/figures/index.ts';
import { legend } from '../../src/report/figures/labels.ts';
import { hex, seriesStyles } from '../../src/report/figures/palette.ts';
import type { Row } from './tables.ts';

/*
 * The figures of figure-list.ts, each a pure function from its table to SVG.
 */

const num = (row: Row, name: string) => row[name] as number;
const text = (row: Row, name: string) => row[name] as string;

/** The largest ratio of every method, family and kind of instance: the dots that say how near a guarantee comes. */
function worstRatios(rows: readonly Row[]): RatioPoint[] {
  const worst = new Map<string, RatioPoint>();
  for (const row of rows) {
    if (row.ratio === null) continue;
    const [method, label, ratio] = [text(row, 'method'), `${row.family}, ${row.form}`, num(row, 'ratio')];
    const key = `${method} ${label}`;
    if ((worst.get(key)?.ratio ?? 0) < ratio)
      worst.set(key, { method, label, ratio, guarantee: row.guarantee as number | null });
  }
  return [...worst.values()];
}

/** All labels of a logarithmic axis: of its own accord it leaves some out. */
const labelledAxis = (ticks: readonly number[], label: string, text: (x: number) => string) =>
  Plot.axisX([...ticks], { text, label, labelArrow: 'none', anchor: 'bottom' } as Plot.AxisXOptions);

/** Height of a line of a legend. */
const LEGEND = 18;
const legendOf = (styles: ReturnType<typeof seriesStyles>) =>
  [...styles].map(([name, { colour }]) => ({ name, y: 0, fill: colour }));
const PERCENTS = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

/** How far below its limit the ratio of a tight family is, as epsilon falls: a line a family, both axes logarithmic. */
function tightness(rows: readonly Row[], options: FigureOptions = {}): string {
  const own = rows.filter(
    (row) => row.layers === 1 && row.version === 'shape' && row.start === null && num(row, 'ratio') < num(row, 'limit'),
  );
  const points = own.map((row) => ({
    algorithm: text(row, 'algorithm'),
    family: `${row.algorithm} ${row.rows} x ${row.cols}, ${row.removed_rows} and ${row.removed_columns} out`,
    epsilon: num(row, 'epsilon'),
    below: 1 - num(row, 'ratio') / num(row, 'limit'),
    limit: num(row, 'limit'),
  }));
  const styles = seriesStyles(points.map(({ algorithm }) => algorithm));
  const colour = ({ algorithm }: { algorithm: string }) => styles.get(algorithm)!.colour;
  const labels = legendOf(styles);
  const powers = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1];
  return figure('Ratio of the tight families below their limit, by epsilon', options, {
    height: 308 + LEGEND * Math.ceil(labels.length / 2),
    marginLeft: 62,
    marginRight: 16,
    marginTop: 28,
    marginBottom: 52 + LEGEND * Math.ceil(labels.length / 2),
    x: { type: 'log', axis: null },
    y: {
      type: 'log',
      label: '1 − ratio / limit',
      labelArrow: 'none',
      ticks: powers,
      tickFormat: (y: number) => `${y}`,
    },
    marks: [
      Plot.gridY(powers, { stroke: hex('line'), strokeOpacity: 1 }),
      labelledAxis(
        [16, 12, 8, 4].map((power) => 2 ** -power),
        'epsilon',
        (x) => `2^${Math.round(Math.log2(x))}`,
      ),
      legend(labels),
      Plot.line(points, { x: 'epsilon', y: 'below', z: 'family', stroke: colour, strokeOpacity: 0.7 }),
      Plot.dot(points, {
        x: 'epsilon',
        y: 'below',
        r: 2.5,
        fill: colour,
        title: ({ family, limit, below }: (typeof points)[number]) =>
          `${family}\nlimit ${limit}\nratio ${limit * (1 - below)}`,
      }),
    ],
  });
}

/** Seconds of exact methods by size, a dot a run; what was not solved within the limit stands at the limit, hollow. */
function exactSeconds(rows: readonly Row[], options: FigureOptions = {}): string {
  const points = rows
    .filter((row) => row.outcome !== 'notRun')
    .map((row) => ({
      method: text(row, 'method'),
      family: text(row, 'family'),
      size: num(row, 'size'),
      seconds: row.outcome === 'solved' ? Math.max(num(row, 'seconds'), 1e-4) : num(row, 'limit'),
      isSolved: row.outcome === 'solved',
      tip: `${row.method}\n${row.family} ${row.size} x ${row.size} at ${row.sparsity}, seed ${row.seed}\n${row.outcome === 'solved' ? `${row.seconds} s` : 'not solved'}`,
    }));
  const methods = [...new Set(points.map(({ method }) => method))];
  const styles = seriesStyles(methods);
  const colour = ({ method }: { method: string }) => styles.get(method)!.colour;
  const labels = legendOf(styles);
  return figure('Seconds of exact methods by size', options, {
    height: 368 + LEGEND * Math.ceil(labels.length / 2),
    marginLeft: 52,
    marginRight: 16,
    marginTop: 30,
    marginBottom: 52 + LEGEND * Math.ceil(labels.length / 2),
    x: { label: 'rows and columns', labelArrow: 'none', ticks: 5 },
    y: { type: 'log', label: 'seconds', labelArrow: 'none', ticks: 5, tickFormat: (y: number) => `${y}` },
    fx: { label: null },
    marks: [
      Plot.gridY({ ticks: 5, stroke: hex('line'), strokeOpacity: 1 }),
      Plot.dot(
        points.filter(({ isSolved }) => isSolved),
        { x: 'size', y: 'seconds', fx: 'family', r: 3, fill: colour, fillOpacity: 0.7, title: 'tip' },
      ),
      Plot.dot(
        points.filter(({ isSolved }) => !isSolved),
        { x: 'size', y: 'seconds', fx: 'family', r: 3, stroke: colour, title: 'tip' },
      ),
      // Once, not in each facet.
      ...labels.map(({ name, fill }, k) =>
        Plot.text([`● ${name}`], {
          ...{ facet: 'super', frameAnchor: 'bottom-left', textAnchor: 'start', fontSize: 11, fontWeight: 600, fill },
          ...{ dx: -40 + (k % 2) * 160, dy: 62 + LEGEND * Math.floor(k / 2) },
        } as Plot.TextOptions),
      ),
    ],
  });
}

/** How far each method's answer at most is from the optimum, in percent of the proved least cost. */
function annealing(rows: readonly Row[], options: FigureOptions = {}): string {
  const points = rows
    .filter((row) => row.ratio !== null && ['face', 'resnet18', 'single'].includes(text(row, 'instance')))
    .map((row) => ({
      method: row.start === 'greedy' ? `${row.method}, from greedy` : text(row, 'method'),
      group: `${row.instance} at ${Math.round(100 * num(row, 'sparsity'))}%`,
      excess: 100 * (num(row, 'ratio') - 1),
    }));
  const methods = [...new Set(points.map(({ method }) => method))];
  const groups = [...new Set(points.map(({ group }) => group))].sort();
  const styles = seriesStyles(methods.map((method) => method.split(',')[0]!));
  return figure('Cost above the proved least cost, by method and instance', options, {
    height: 60 + (26 + 15 * methods.length) * groups.length,
    marginLeft: (options.width ?? WIDTH) < 480 ? 130 : 190,
    marginRight: 16,
    marginTop: 26,
    marginBottom: 44,
    x: { type: 'log', axis: null },
    y: { domain: methods, label: null, tickSize: 0 },
    fy: { domain: groups, axis: null, padding: 0.14 },
    marks: [
      Plot.gridX(PERCENTS, { stroke: hex('line'), strokeOpacity: 1 }),
      labelledAxis(PERCENTS, '% above the proved least cost', (x) => `${x}`),
      Plot.text(groups, {
        fy: (group: string) => group,
        text: (group: string) => group,
        frameAnchor: 'top-right',
        dy: -11,
        fontSize: 11,
      }),
      Plot.dot(points, {
        x: 'excess',
        y: 'method',
        fy: 'group',
        r: 3.5,
        fill: ({ method }: { method: string }) => styles.get(method.split(',')[0]!)!.colour,
        title: ({ method, group, excess }: (typeof points)[number]) =>
          `${method}\n${group}\nat most ${excess.toFixed(3)}% above the optimum`,
      }),
    ],
  });
}

const GROUPS: [title: string, wanted: Row][] = [
  ['80%, importance |w|', { sparsity: 0.8, normalize: 'none', schedule: 'once' }],
  ['93%, importance |w|', { sparsity: 0.93, normalize: 'none', schedule: 'once' }],
  ['97%, importance |w|', { sparsity: 0.97, normalize: 'none', schedule: 'once' }],
  [
    '93%, divided by the root of the mean, four rounds',
    { sparsity: 0.93, normalize: 'root', schedule: 'once, 4 rounds' },
  ],
];
const COMPARED = [
  'uniform',
  'residual',
  'greedy',
  'anneal-selection',
  'anneal-shape',
  'independent',
  'rows-only',
  'columns-only',
];

function accuracies(rows: readonly Row[], options: FigureOptions = {}): string {
  const points = GROUPS.flatMap(([group, wanted]): AccuracyRow[] =>
    COMPARED.flatMap((method) => {
      const all = { ...wanted, method, units: 'entries', importance: 'l1', steps: 258, perturbed: 0, methodSeed: 1 };
      const row = rows.find((one) => Object.entries(all).every(([name, value]) => one[name] === value));
      if (row === undefined) return [];
      const [accuracy, low, high] = [num(row, 'accuracy'), num(row, 'accuracyLow'), num(row, 'accuracyHigh')];
      return [{ method, group, accuracy, low, high, count: num(row, 'networks') }];
    }),
  );
  return accuracyIntervals(points, options);
}

function gapAccuracy(rows: readonly Row[], options: FigureOptions = {}): string {
  const points = rows
    .filter((row) => row.costRatio !== null && row.sparsity === 0.93 && row.steps === 258)
    .map(
      (row): GapPoint => ({
        method: text(row, 'method'),
        ratio: num(row, 'costRatio'),
        accuracy: num(row, 'accuracy'),
        isPerturbed: num(row, 'perturbed') > 0,
      }),
    );
  return gapAgainstAccuracy(points, options);
}

export const DRAW: Readonly<Record<string, (rows: readonly Row[], options?: FigureOptions) => string>> = {
  ratios: (rows, options) => ratioAgainstGuarantee(worstRatios(rows), options),
  tightness,
  exact: exactSeconds,
  annealing,
  accuracy: accuracies,
  'cost-accuracy': gapAccuracy,
};
