import * as Plot from '@observablehq/plot';
import { brief, COMPACT, type FigureOptions, figure, percent, short, WIDTH } from './figure.ts';
import { dodged, endLabels, legend, legendHeight, rowNames } from './labels.ts';
import { hex, seriesStyles } from './palette.ts';

/** One method's profile: the share of instances on which it is within `ratio` of the best. */
export interface ProfileCurve {
  readonly method: string;
  /** Steps in ascending order of ratio; the share holds until the next one. */
  readonly steps: readonly (readonly [ratio: number, share: number])[];
}

/**
 * Performance profiles (Dolan and Moré 2002): for every ratio, the share of instances that a method solves within so many
 * times the best method's measure. Higher and further left is better; the axis is logarithmic.
 */
export function performanceProfiles(
  curves: readonly ProfileCurve[],
  { measure = 'cost', ...options }: FigureOptions & { readonly measure?: string | undefined } = {},
): string {
  const { width = WIDTH } = options;
  const isCompact = width < COMPACT;
  const styles = seriesStyles(curves.map(({ method }) => method));
  const ratios = curves
    .flatMap(({ steps }) => steps.map(([ratio]) => ratio))
    .filter((ratio) => Number.isFinite(ratio) && ratio >= 1);
  const most = Math.max(1.001, ...ratios);
  const right = 1 + (most - 1) * 1.05;
  const points = profilePoints(curves, right, measure);
  const colour = ({ method }: { readonly method: string }) => styles.get(method)!.colour;
  const labels = dodged(
    curves.map(({ method }) => ({
      name: method,
      y: points.findLast((point) => point.method === method)!.share,
      fill: colour({ method }),
    })),
    [0, 1],
    isCompact ? 200 : 280,
  );
  const below = isCompact ? legendHeight(labels) : 0;
  return figure(`Performance profiles of ${curves.length} methods by ${measure}`, options, {
    height: (isCompact ? 260 : 340) + below,
    marginLeft: 46,
    marginRight: isCompact ? 14 : 160,
    marginTop: 28,
    marginBottom: 44 + below,
    x: {
      type: 'log',
      domain: [1, right],
      ...axisBelow(`times the best ${measure}`, isCompact, brief),
    },
    y: {
      domain: [0, 1],
      label: 'share of instances',
      labelArrow: 'none',
      tickFormat: wholePercent,
      ticks: 5,
    },
    marks: [
      Plot.gridY({ ticks: 5, stroke: hex('line'), strokeOpacity: 1 }),
      Plot.line(points, {
        x: 'ratio',
        y: 'share',
        z: 'method',
        curve: 'step-after',
        strokeWidth: 2,
        stroke: colour,
      }),
      Plot.dot(
        points.filter(({ isStep }) => isStep),
        { x: 'ratio', y: 'share', r: 1.8, title: 'tip', fill: colour },
      ),
      ...(isCompact ? [legend(labels)] : [endLabels(labels)]),
    ],
  });
}

/** The places of all profiles: from (1, 0) where a method is never best, over its steps, to the right end. */
function profilePoints(curves: readonly ProfileCurve[], right: number, measure: string) {
  return curves.flatMap(({ method, steps }) => {
    const own = steps.filter(([ratio]) => Number.isFinite(ratio) && ratio >= 1);
    const start = own[0]?.[0] === 1 ? [] : [[1, 0] as const];
    const last = own.at(-1)?.[1] ?? 0;
    return [...start, ...own, [right, last] as const].map(([ratio, share], k, all) => ({
      method,
      ratio,
      share,
      isStep: k < all.length - 1 && !(k === 0 && start.length > 0),
      tip: `${method}\nwithin ${brief(ratio, 5)} times the best ${measure}\non ${percent(share)} of the instances`,
    }));
  });
}

/** One answer: what it costs in proved optima, beside what was promised. */
export interface RatioPoint {
  readonly method: string;
  /** Instance, target and seed, for the reader. */
  readonly label: string;
  /** cost / optimum, or cost / proved lower bound: an upper bound on it. */
  readonly ratio: number;
  /** Proved a priori: cost <= guarantee x optimum; null where nothing is. */
  readonly guarantee: number | null;
}

/** Ratios beyond this are drawn at the edge, with their value in words. */
const MOST_RATIO = 3;

/**
 * Measured ratios, a dot an answer, against the proved guarantee, a bar: one line a method. A dot left of its bar keeps the
 * promise; the distance between is what the worst case costs and these instances do not.
 */
export function ratioAgainstGuarantee(points: readonly RatioPoint[], options: FigureOptions = {}): string {
  const { width = WIDTH } = options;
  const isCompact = width < COMPACT;
  const own = points.filter(({ ratio }) => Number.isFinite(ratio));
  const methods = [...new Set(own.map(({ method }) => method))];
  const styles = seriesStyles(methods);
  const guarantees = methods.flatMap((method) => {
    const known = own.filter((point) => point.method === method).map(({ guarantee }) => guarantee);
    const most = Math.max(...known.map((guarantee) => guarantee ?? Infinity));
    return Number.isFinite(most)
      ? [{ method, guarantee: most, tip: `${method}\nproved: cost ≤ ${brief(most)} × optimum` }]
      : [];
  });
  const most = Math.min(
    MOST_RATIO,
    Math.max(1.001, ...own.map(({ ratio }) => ratio), ...guarantees.map(({ guarantee }) => guarantee)),
  );
  const dots = own.map((point) => ({
    ...point,
    x: Math.min(point.ratio, most),
    tip: `${point.method}\n${point.label}\ncost ≤ ${brief(point.ratio, 6)} × optimum`,
  }));
  const line = 30;
  return figure(`Measured ratio of ${methods.length} methods against their proved guarantee`, options, {
    height: 66 + line * methods.length,
    marginLeft: isCompact ? 116 : 170,
    marginRight: 22,
    marginTop: 14,
    marginBottom: 44,
    x: ratioAxis(most, isCompact),
    y: { domain: methods, label: null, axis: null },
    marks: [
      Plot.gridX({ ticks: isCompact ? 3 : 6, stroke: hex('line'), strokeOpacity: 1 }),
      rowNames(methods, {
        y: (method: string) => method,
        text: (method: string) => short(method, isCompact ? 15 : 24),
      }),
      Plot.ruleY(methods, { y: (method: string) => method, stroke: hex('line') }),
      Plot.tickX(guarantees, {
        x: 'guarantee',
        y: 'method',
        stroke: hex('ink'),
        strokeWidth: 3,
        insetTop: 5,
        insetBottom: 5,
        title: 'tip',
      }),
      Plot.dot(dots, {
        x: 'x',
        y: 'method',
        r: 4,
        fillOpacity: 0.55,
        title: 'tip',
        fill: ({ method }: { method: string }) => styles.get(method)!.colour,
      }),
    ],
  });
}

/** A mean accuracy with its interval. */
export interface AccuracyRow {
  readonly method: string;
  /** What is compared side by side: a sparsity, a data set. */
  readonly group: string;
  readonly accuracy: number;
  /** Ends of the interval; null where there is none. */
  readonly low: number | null;
  readonly high: number | null;
  /** Networks behind the mean. */
  readonly count: number;
}

/** Accuracies, a dot a method with its interval, grouped. `reference`: the dense network's, a line through all groups. */
export function accuracyIntervals(
  rows: readonly AccuracyRow[],
  {
    reference,
    interval = '95% interval',
    ...options
  }: FigureOptions & { readonly reference?: number | undefined; readonly interval?: string | undefined } = {},
): string {
  const { width = WIDTH } = options;
  const isCompact = width < COMPACT;
  const methods = [...new Set(rows.map(({ method }) => method))];
  const groups = [...new Set(rows.map(({ group }) => group))];
  const styles = seriesStyles(methods);
  const ends = rows.flatMap(({ accuracy, low, high }) => [accuracy, low ?? accuracy, high ?? accuracy]);
  const least = Math.max(0, Math.floor((Math.min(...ends, reference ?? 1) - 0.02) * 20) / 20);
  const most = Math.min(1, Math.ceil((Math.max(...ends, reference ?? 0) + 0.01) * 20) / 20);
  const colour = ({ method }: AccuracyRow) => styles.get(method)!.colour;
  return figure(`Accuracy of ${methods.length} methods with intervals`, options, {
    height: 56 + (20 * methods.length + 30) * groups.length,
    marginLeft: isCompact ? 124 : 190,
    marginRight: 20,
    marginTop: 26,
    marginBottom: 40,
    x: {
      domain: [least, most],
      ...axisBelow('accuracy', isCompact, wholePercent),
    },
    y: { domain: methods, axis: null, label: null },
    fy: { domain: groups, axis: null, padding: 0.18 },
    marks: [
      Plot.gridX({ ticks: isCompact ? 3 : 6, stroke: hex('line'), strokeOpacity: 1 }),
      ...(reference === undefined ? [] : [Plot.ruleX([reference], { stroke: hex('ink'), strokeDasharray: '3 3' })]),
      Plot.text(groups, {
        fy: (group: string) => group,
        text: (group: string) => group,
        frameAnchor: 'top-left',
        textAnchor: 'start',
        dx: isCompact ? -116 : -182,
        dy: -13,
        fontWeight: 700,
        fontSize: 12,
        fill: hex('ink'),
      }),
      rowNames(rows, {
        fy: 'group',
        y: 'method',
        text: ({ method }: AccuracyRow) => short(method, isCompact ? 16 : 26),
      }),
      Plot.ruleY(
        rows.filter(({ low, high }) => low !== null && high !== null),
        { fy: 'group', y: 'method', x1: 'low', x2: 'high', stroke: colour, strokeWidth: 2 },
      ),
      Plot.dot(rows, {
        fy: 'group',
        y: 'method',
        x: 'accuracy',
        r: 4,
        fill: colour,
        title: (row: AccuracyRow) => accuracyTip(row, interval),
      }),
    ],
  });
}

function accuracyTip({ method, group, accuracy, low, high, count }: AccuracyRow, interval: string): string {
  const ends = low === null || high === null ? '' : `, ${interval} ${percent(low, 2)} to ${percent(high, 2)}`;
  return `${method}, ${group}\n${percent(accuracy, 2)}${ends}\n${count} ${count === 1 ? 'network' : 'networks'}`;
}

/** One pruned and fine-tuned network. */
export interface GapPoint {
  readonly method: string;
  /** cost / proved least cost. */
  readonly ratio: number;
  readonly accuracy: number;
  /** A pruning made worse on purpose: drawn hollow. */
  readonly isPerturbed?: boolean | undefined;
}

/** Accuracy after fine-tuning against the distance from the optimum: does a better answer make a better network? */
export function gapAgainstAccuracy(points: readonly GapPoint[], options: FigureOptions = {}): string {
  const { width = WIDTH } = options;
  const isCompact = width < COMPACT;
  const own = points.filter(({ ratio, accuracy }) => Number.isFinite(ratio) && Number.isFinite(accuracy));
  const methods = [...new Set(own.map(({ method }) => method))];
  const styles = seriesStyles(methods);
  const colour = ({ method }: { readonly method: string }) => styles.get(method)!.colour;
  const tip = ({ method, ratio, accuracy, isPerturbed }: GapPoint) =>
    `${method}${isPerturbed ? ', made worse' : ''}\ncost ≤ ${brief(ratio, 6)} × optimum\naccuracy ${percent(accuracy, 2)}`;
  const labels = methods.map((name, k) => ({
    name,
    y: 1 - (k + 0.5) / Math.max(methods.length, 8),
    fill: colour({ method: name }),
  }));
  const below = isCompact ? legendHeight(labels) : 0;
  const accuracies = own.map(({ accuracy }) => accuracy);
  const [low, high] =
    own.length === 0 ? [0, 1] : [Math.min(...accuracies) - 0.02, Math.min(1, Math.max(...accuracies) + 0.02)];
  const most = Math.max(1.001, ...own.map(({ ratio }) => ratio));
  return figure(`Accuracy of ${own.length} networks against their cost ratio`, options, {
    height: (isCompact ? 300 : 380) + below,
    marginLeft: 46,
    marginRight: isCompact ? 14 : 150,
    marginTop: 28,
    marginBottom: 44 + below,
    x: ratioAxis(most, isCompact),
    y: {
      domain: [low, high],
      label: 'accuracy after fine-tuning',
      labelArrow: 'none',
      tickFormat: wholePercent,
      ticks: 6,
    },
    marks: [
      Plot.gridY({ ticks: 6, stroke: hex('line'), strokeOpacity: 1 }),
      Plot.dot(
        own.filter(({ isPerturbed }) => isPerturbed),
        { x: 'ratio', y: 'accuracy', r: 3, stroke: colour, title: tip, strokeOpacity: 0.8 },
      ),
      Plot.dot(
        own.filter(({ isPerturbed }) => !isPerturbed),
        { x: 'ratio', y: 'accuracy', r: 4, fill: colour, fillOpacity: 0.75, title: tip },
      ),
      ...(isCompact
        ? [legend(labels)]
        : [endLabels(labels.map((label) => ({ ...label, y: low + label.y * (high - low) })))]),
    ],
  });
}

const wholePercent = (share: number) => `${Math.round(100 * share)}%`;

/** An axis below the plot, its name in the middle. */
function axisBelow(label: string, isCompact: boolean, text: (x: number) => string) {
  return {
    label,
    labelArrow: 'none',
    labelAnchor: 'center',
    labelOffset: 38,
    ticks: isCompact ? 3 : 6,
    tickFormat: (x: number) => text(x),
  } as const;
}

/** From 1 to a little above the largest ratio. */
function ratioAxis(most: number, isCompact: boolean) {
  const domain = [1, 1 + (most - 1) * 1.03] as const;
  return { domain, ...axisBelow('cost / proved least cost', isCompact, brief) };
}
