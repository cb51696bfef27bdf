import * as Plot from '@observablehq/plot';
import { brief, COMPACT, type FigureOptions, figure, short, WIDTH } from './figure.ts';
import { hex, seriesStyles } from './palette.ts';

/** One run over its work or time: costs fall, proved bounds rise. */
export interface AnytimeCurve {
  /** Method, or what else tells the curves apart. */
  readonly label: string;
  /** Incumbents, in order: where, and their cost. */
  readonly cost: readonly (readonly [x: number, cost: number])[];
  /** Proved lower bounds, in order; may be empty. */
  readonly bound: readonly (readonly [x: number, bound: number])[];
  /** Where the run ended. */
  readonly end: number;
}

/** A curve is thinned to so many steps: no screen has more columns. */
const MOST_STEPS = 400;

/** Keeps the first and last step, and of those between as many as fit, evenly over a logarithmic axis. */
function thinned(steps: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  if (steps.length <= MOST_STEPS) return [...steps];
  const at = (x: number) => Math.log(Math.max(x, 1e-9));
  const [low, high] = [at(steps.find(([x]) => x > 0)?.[0] ?? 1), at(steps.at(-1)![0])];
  const kept: (readonly [number, number])[] = [];
  let slot = -1;
  for (const [k, step] of steps.entries()) {
    const own = Math.floor(((at(step[0]) - low) / (high - low || 1)) * (MOST_STEPS - 2));
    if (k > 0 && k < steps.length - 1 && own === slot) {
      kept[kept.length - 1] = step; // the last of a slot: what holds at its end
      continue;
    }
    kept.push(step);
    slot = own;
  }
  return kept;
}

/**
 * Cost by work or time, with the proved lower bound closing in from below. Steps hold until the next one; a curve is one
 * solid line (cost) and one dashed (bound), and for a single run the gap between is shaded. The axis is logarithmic. Costs
 * far above and bounds far below the last gap leave the frame: the frame is where they meet.
 */
export function anytimeCurves(
  curves: readonly AnytimeCurve[],
  { by = 'work', ...options }: FigureOptions & { readonly by?: 'work' | 'seconds' | undefined } = {},
): string {
  const { width = WIDTH } = options;
  const isCompact = width < COMPACT;
  const smallest = by === 'work' ? 1 : 1e-3;
  const ends = curves
    .flatMap(({ cost, bound, end }) => [end, ...[...cost, ...bound].map(([x]) => x)])
    .filter((x) => x > 0);
  const right = Math.max(smallest * 10, ...ends);
  const left = Math.min(right / 10, Math.max(smallest, Math.min(...ends, right)));
  const steps = curves.flatMap((curve, k) =>
    (['cost', 'bound'] as const).flatMap((kind) => {
      const own = thinned(curve[kind]);
      const last = own.at(-1);
      const held = last === undefined ? [] : [...own, [Math.max(curve.end, last[0]), last[1]] as const];
      return held.map(([x, value], step) => ({
        key: `${k}${kind}`,
        label: curve.label,
        kind,
        x: Math.max(x, left),
        value,
        isStep: step < own.length,
        tip: `${curve.label}\n${by} ${brief(x)}\n${kind === 'cost' ? 'cost' : 'any pruning costs at least'} ${brief(value, 8)}`,
      }));
    }),
  );
  const [low, high] = frameOf(curves);
  const clamp = (value: number) => Math.min(high, Math.max(low, value));
  const inFrame = steps.map((step) => ({ ...step, y: clamp(step.value) }));
  const of = (kind: string) => inFrame.filter((step) => step.kind === kind);
  const styles = seriesStyles(curves.map(({ label }) => label));
  const single = curves.length === 1;
  const colour = ({ label, kind }: { label: string; kind: string }) =>
    single ? hex(kind === 'cost' ? 'drop' : 'keep') : styles.get(label)!.colour;
  const labels = dodged(
    [...new Map(of('cost').map((step) => [step.key, step])).keys()]
      .map((key) => {
        const last = of('cost').findLast((step) => step.key === key)!;
        return { name: single ? 'cost' : last.label, y: last.y, fill: colour(last) };
      })
      .concat(
        single && curves[0]!.bound.length > 0
          ? [{ name: 'proved bound', y: of('bound').at(-1)!.y, fill: hex('keep') }]
          : [],
      ),
    [low, high],
    isCompact ? 200 : 280,
  );
  return figure(
    `Cost${steps.some(({ kind }) => kind === 'bound') ? ' and proved lower bound' : ''} by ${by}`,
    options,
    {
      height: (isCompact ? 260 : 340) + (isCompact && !single ? 18 * Math.ceil(labels.length / 2) : 0),
      marginLeft: 62,
      marginRight: isCompact ? (single ? 98 : 12) : 150,
      marginTop: 28,
      marginBottom: isCompact && !single ? 44 + 18 * Math.ceil(labels.length / 2) : 40,
      x: {
        type: 'log',
        domain: [left, right],
        label: by === 'work' ? 'work' : 'seconds',
        labelArrow: 'none',
        ticks: isCompact ? 3 : 6,
        tickFormat: (x: number) => powerLabel(x),
      },
      y: { domain: [low, high], label: 'cost', labelArrow: 'none', ticks: 5, tickFormat: (y: number) => brief(y, 6) },
      marks: [
        Plot.gridY({ ticks: 5, stroke: hex('line'), strokeOpacity: 1 }),
        ...(single && curves[0]!.bound.length > 0 ? [gapArea(of('cost'), of('bound'), right)] : []),
        ...(['bound', 'cost'] as const).map((kind) =>
          Plot.line(of(kind), {
            x: 'x',
            y: 'y',
            z: 'key',
            curve: 'step-after',
            stroke: colour,
            strokeWidth: kind === 'cost' ? 2 : 1.5,
            strokeDasharray: kind === 'cost' ? 'none' : '4 3',
          }),
        ),
        Plot.dot(
          inFrame.filter(({ isStep, value, y }) => isStep && value === y),
          {
            x: 'x',
            y: 'y',
            r: 2,
            fill: colour,
            title: 'tip',
            fillOpacity: 0.9,
          },
        ),
        ...(isCompact && !single ? [legend(labels)] : [endLabels(labels)]),
      ],
    },
  );
}

/** The shaded gap: both curves as steps over the union of their places. */
function gapArea(cost: readonly Step[], bound: readonly Step[], right: number) {
  const places = [...new Set([...cost, ...bound].map(({ x }) => x).concat(right))].sort((a, b) => a - b);
  const at = (steps: readonly Step[], x: number) => steps.findLast((step) => step.x <= x)?.y;
  const band = places.flatMap((x) => {
    const [upper, lower] = [at(cost, x), at(bound, x)];
    return upper === undefined || lower === undefined ? [] : [{ x, upper, lower }];
  });
  return Plot.areaY(band, { x: 'x', y1: 'lower', y2: 'upper', curve: 'step-after', fill: hex('wash') });
}

interface Step {
  readonly x: number;
  readonly y: number;
}

/** The costs and bounds shown: from the last bound's neighbourhood to the best cost's, wide enough to see both arrive. */
function frameOf(curves: readonly AnytimeCurve[]): [number, number] {
  const costs = curves.flatMap(({ cost }) => cost.map(([, value]) => value)).filter(Number.isFinite);
  const bounds = curves.flatMap(({ bound }) => bound.map(([, value]) => value)).filter((value) => value > 0);
  if (costs.length === 0 && bounds.length === 0) return [0, 1];
  const best = Math.min(...(costs.length > 0 ? costs : bounds));
  const worst = Math.max(...(costs.length > 0 ? costs : bounds));
  const proved = bounds.length > 0 ? Math.max(...bounds) : best;
  const gap = Math.max(best - proved, 0);
  const high = gap > 0 ? Math.min(worst, best + 4 * gap) : worst;
  const span = Math.max(high - proved, Math.abs(best) * 1e-6, Number.MIN_VALUE);
  const low = bounds.length > 0 ? Math.max(Math.min(...bounds), proved - span) : best;
  const margin = Math.max(0.06 * (high - low), Math.abs(best) * 1e-6) || 1;
  return [Math.max(0, low - margin), high + margin];
}

function powerLabel(x: number): string {
  const power = Math.log10(x);
  if (Math.abs(power - Math.round(power)) > 1e-9) return '';
  return x >= 1e12
    ? `1e${Math.round(power)}`
    : x >= 1e9
      ? `${x / 1e9}G`
      : x >= 1e6
        ? `${x / 1e6}M`
        : x >= 1e3
          ? `${x / 1e3}k`
          : `${brief(x)}`;
}

export interface EndLabel {
  readonly name: string;
  readonly y: number;
  readonly fill: string;
}

/** Labels in falling order of `y`, moved apart so that none covers another; `pixels` is the height of the domain. */
export function dodged(
  labels: readonly EndLabel[],
  [low, high]: readonly [number, number],
  pixels: number,
): EndLabel[] {
  const least = (14 / pixels) * (high - low);
  const sorted = labels.toSorted((a, b) => b.y - a.y);
  const places = sorted.map(({ y }) => y);
  for (let k = 1; k < places.length; k++) places[k] = Math.min(places[k]!, places[k - 1]! - least);
  // Whoever fell below the frame pushes the others up again.
  for (let k = places.length - 1, floor = low + least / 4; k >= 0; k--, floor += least) {
    places[k] = Math.max(places[k]!, floor);
  }
  return sorted.map((label, k) => ({ ...label, y: places[k]! }));
}

/** Names at the right end of their lines. */
export function endLabels(labels: readonly EndLabel[]) {
  return Plot.text(labels, {
    y: 'y',
    text: ({ name }: EndLabel) => short(name, 24),
    fill: 'fill',
    frameAnchor: 'right',
    textAnchor: 'start',
    dx: 8,
    fontSize: 11,
    fontWeight: 600,
  });
}

/** Names below the plot, two a line: where there is no room at the right. */
export function legend(labels: readonly EndLabel[]) {
  return labels.map(({ name, fill }, k) =>
    Plot.text([`● ${short(name, 22)}`], {
      frameAnchor: 'bottom-left',
      textAnchor: 'start',
      dx: -40 + (k % 2) * 160,
      dy: 62 + 18 * Math.floor(k / 2),
      fill,
      fontSize: 11,
      fontWeight: 600,
    }),
  );
}
