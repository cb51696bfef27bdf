import * as Plot from '@observablehq/plot';
import { brief, COMPACT, type FigureOptions, figure, WIDTH } from './figure.ts';
import { dodged, type EndLabel, endLabels, legend, legendHeight } from './labels.ts';
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

/** What the horizontal axis shows. */
type Axis = 'work' | 'seconds';

/** The lowest and highest cost or bound shown. */
type Frame = readonly [low: number, high: number];

const KINDS = ['cost', 'bound'] as const;

/** A place of a curve that is drawn. */
interface Step {
  /** Of the line that it belongs to. */
  readonly key: string;
  readonly label: string;
  readonly kind: (typeof KINDS)[number];
  readonly x: number;
  /** Its value, or the end of the frame nearest to it. */
  readonly y: number;
  /** Whether it has a dot: its value is within the frame, and not only held until the end. */
  readonly isShown: boolean;
  readonly tip: string;
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
  { by = 'work', ...options }: FigureOptions & { readonly by?: Axis | undefined } = {},
): string {
  const isCompact = (options.width ?? WIDTH) < COMPACT;
  const isSingle = curves.length === 1;
  const [left, right] = spanOf(curves, by);
  const frame = frameOf(curves);
  const steps = stepsOf(curves, by, left, frame);
  const labels = labelsOf(curves, steps, frame, isCompact ? 200 : 280);
  const hasLegend = isCompact && !isSingle;
  const below = hasLegend ? legendHeight(labels) : 0;
  const hasBounds = steps.some(({ kind }) => kind === 'bound');
  return figure(`Cost${hasBounds ? ' and proved lower bound' : ''} by ${by}`, options, {
    height: (isCompact ? 260 : 340) + below,
    marginLeft: 62,
    marginRight: isCompact ? (isSingle ? 98 : 12) : 150,
    marginTop: 28,
    marginBottom: hasLegend ? 44 + below : 40,
    x: {
      type: 'log',
      domain: [left, right],
      label: by,
      labelArrow: 'none',
      ticks: isCompact ? 3 : 6,
      tickFormat: (x: number) => powerLabel(x),
    },
    y: { domain: frame, label: 'cost', labelArrow: 'none', ticks: 5, tickFormat: (y: number) => brief(y, 6) },
    marks: [
      Plot.gridY({ ticks: 5, stroke: hex('line'), strokeOpacity: 1 }),
      ...(isSingle && hasBounds ? [gapArea(ofKind(steps, 'cost'), ofKind(steps, 'bound'), right)] : []),
      ...curveMarks(steps, colouring(curves)),
      ...(hasLegend ? [legend(labels)] : [endLabels(labels)]),
    ],
  });
}

/** The ends of the horizontal axis: nothing at or below 0, and at least a factor of 10. */
function spanOf(curves: readonly AnytimeCurve[], by: Axis): [left: number, right: number] {
  const smallest = by === 'work' ? 1 : 1e-3;
  const ends = curves
    .flatMap(({ cost, bound, end }) => [end, ...[...cost, ...bound].map(([x]) => x)])
    .filter((x) => x > 0);
  const right = Math.max(smallest * 10, ...ends);
  return [Math.min(right / 10, Math.max(smallest, Math.min(...ends, right))), right];
}

/** What is drawn of the curves: their steps, thinned, and their last values held until the end. */
function stepsOf(curves: readonly AnytimeCurve[], by: Axis, left: number, [low, high]: Frame): Step[] {
  return curves.flatMap((curve, k) =>
    KINDS.flatMap((kind) => {
      const own = thinned(curve[kind]);
      const last = own.at(-1);
      const held = last === undefined ? [] : [...own, [Math.max(curve.end, last[0]), last[1]] as const];
      return held.map(([x, value], step) => ({
        key: `${k}${kind}`,
        label: curve.label,
        kind,
        x: Math.max(x, left),
        y: Math.min(high, Math.max(low, value)),
        isShown: step < own.length && low <= value && value <= high,
        tip: `${curve.label}\n${by} ${brief(x)}\n${kind === 'cost' ? 'cost' : 'any pruning costs at least'} ${brief(value, 8)}`,
      }));
    }),
  );
}

const ofKind = (steps: readonly Step[], kind: Step['kind']) => steps.filter((step) => step.kind === kind);

/** A single run's cost and bound have colours of their own; of several runs each has one. */
function colouring(curves: readonly AnytimeCurve[]): (step: Pick<Step, 'label' | 'kind'>) => string {
  if (curves.length === 1) return ({ kind }) => hex(kind === 'cost' ? 'drop' : 'keep');
  const styles = seriesStyles(curves.map(({ label }) => label));
  return ({ label }) => styles.get(label)!.colour;
}

/** One name a curve where its cost ends; of a single run, what its two lines are. */
function labelsOf(curves: readonly AnytimeCurve[], steps: readonly Step[], frame: Frame, pixels: number): EndLabel[] {
  const isSingle = curves.length === 1;
  const colour = colouring(curves);
  const lastOf = new Map(steps.map((step) => [step.key, step]));
  const ends = [...lastOf.values()].filter(({ kind }) => kind === 'cost' || isSingle);
  const nameOf = ({ kind, label }: Step) => (isSingle ? (kind === 'cost' ? 'cost' : 'proved bound') : label);
  return dodged(
    ends.map((step) => ({ name: nameOf(step), y: step.y, fill: colour(step) })),
    frame,
    pixels,
  );
}

/** Bounds as dashed lines, costs as solid ones above them, a dot with its tip at every step within the frame. */
function curveMarks(steps: readonly Step[], colour: (step: Step) => string) {
  return [
    ...KINDS.toReversed().map((kind) =>
      Plot.line(ofKind(steps, kind), {
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
      steps.filter(({ isShown }) => isShown),
      { x: 'x', y: 'y', r: 2, fill: colour, title: 'tip', fillOpacity: 0.9 },
    ),
  ];
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

/** The costs and bounds shown: from the last bound's neighbourhood to the best cost's, wide enough to see both arrive. */
function frameOf(curves: readonly AnytimeCurve[]): [low: number, high: number] {
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
