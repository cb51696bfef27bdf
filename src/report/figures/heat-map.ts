import { encode } from 'fast-png';
import { plainLineSums } from '../../layer/line-sums.ts';
import type { Layer } from '../../problem/instance.ts';
import { keptMask, type LayerPruning } from '../../problem/pruning.ts';
import { COMPACT, type FigureOptions, figure, type Shape, shape, short, WIDTH } from './figure.ts';
import { hex } from './palette.ts';

/** `network`: lines in their own order. `kept-first`: kept lines first, and within each part by falling importance. */
export type LineOrder = 'network' | 'kept-first';

/** Cells of a heat map: a layer of more lines is averaged in blocks. Bounds a page's size, and no screen shows more. */
export const MOST_CELL_ROWS = 96;
export const MOST_CELL_COLUMNS = 256;
/** Shades of ink; with square roots these are finer than the eye tells apart in a field of small cells. */
export const SHADES = 16;
/** Cells above this share of all are drawn in full ink, so that one outlier does not pale the rest. */
const FULL_INK = 0.995;

/** A layer's importance, averaged into cells, in some order of its lines. */
export interface Cells {
  readonly rows: number;
  readonly cols: number;
  /** Row-major shades, 0 (nothing) to SHADES - 1 (full ink). */
  readonly shades: Uint8Array;
  /** The mean importance that full ink stands for; shade s stands for (s / (SHADES - 1))² of it. */
  readonly full: number;
  /** rowOrder[i] is the row drawn at place i; likewise columns. */
  readonly rowOrder: Uint32Array;
  readonly columnOrder: Uint32Array;
}

/**
 * Averages a layer into at most {@link MOST_CELL_ROWS} x {@link MOST_CELL_COLUMNS} cells. Cell (a, b) is the mean over the
 * rows at places ⌊a m / R⌋ to ⌊(a + 1) m / R⌋ - 1 and likewise columns; ink grows with its square root.
 * Two passes over the entries.
 */
export function cellsOf(layer: Layer, pruning: LayerPruning, order: LineOrder): Cells {
  const { rows, cols, importance } = layer;
  const { rowSums, columnSums } = plainLineSums(layer);
  const rowOrder = orderOf(rowSums, pruning.removedRows, order);
  const columnOrder = orderOf(columnSums, pruning.removedColumns, order);
  const [R, C] = [Math.min(rows, MOST_CELL_ROWS), Math.min(cols, MOST_CELL_COLUMNS)];
  const rowCell = cellOfLine(rowOrder, R);
  const columnCell = cellOfLine(columnOrder, C);
  const means = new Float64Array(R * C); // sums at first
  for (let i = 0, k = 0; i < rows; i++) {
    const base = rowCell[i]! * C;
    for (let j = 0; j < cols; j++, k++) means[base + columnCell[j]!]! += importance[k]!;
  }
  const height = lengths(rows, R);
  const width = lengths(cols, C);
  for (let a = 0, k = 0; a < R; a++) for (let b = 0; b < C; b++, k++) means[k]! /= height[a]! * width[b]!;
  const sorted = Float64Array.from(means).sort();
  const full = sorted[Math.floor(FULL_INK * (sorted.length - 1))]! || sorted.at(-1)!;
  const shades = Uint8Array.from(means, (mean) =>
    full === 0 ? 0 : Math.round((SHADES - 1) * Math.sqrt(Math.min(1, mean / full))),
  );
  return { rows: R, cols: C, shades, full, rowOrder, columnOrder };
}

function orderOf(sums: Float64Array, removed: Uint32Array, order: LineOrder): Uint32Array {
  const places = Uint32Array.from(sums, (_, line) => line);
  if (order === 'network') return places;
  const kept = keptMask(sums.length, removed);
  return places.sort((a, b) => kept[b]! - kept[a]! || sums[b]! - sums[a]! || a - b);
}

/** cell[line] for every line, in its order. */
function cellOfLine(order: Uint32Array, cells: number): Uint32Array {
  const cell = new Uint32Array(order.length);
  for (let a = 0; a < cells; a++) {
    const end = Math.floor(((a + 1) * order.length) / cells);
    for (let place = Math.floor((a * order.length) / cells); place < end; place++) cell[order[place]!] = a;
  }
  return cell;
}

const lengths = (lines: number, cells: number) =>
  Array.from({ length: cells }, (_, a) => Math.floor(((a + 1) * lines) / cells) - Math.floor((a * lines) / cells));

/** What one cell stands for, in words: empty where every entry has a cell of its own. */
export function aggregationOf(layer: Layer): string {
  const [a, b] = [Math.min(layer.rows, MOST_CELL_ROWS), Math.min(layer.cols, MOST_CELL_COLUMNS)];
  if (a === layer.rows && b === layer.cols) return '';
  const about = (lines: number, cells: number) =>
    lines % cells === 0 ? `${lines / cells}` : (lines / cells).toFixed(1);
  return `each cell is the mean of ${about(layer.rows, a)} × ${about(layer.cols, b)} entries`;
}

export interface HeatMapOptions extends FigureOptions {
  readonly order?: LineOrder | undefined;
  /** Distinguishes the figures of one page; letters, digits and hyphens. Default `heat-map`. */
  readonly id?: string | undefined;
  /** Whether numbers and names stand around it, default true. A page says them in words of its own, at any width. */
  readonly axes?: boolean | undefined;
}

/**
 * A layer's importance as ink, kept entries blue, removed rows and columns red. The bars along the sides mark the removed
 * lines. One picture of at most 96 x 256 cells, the colours laid over it line by line, so that they follow the page's theme.
 */
export function heatMap(layer: Layer, pruning: LayerPruning, options: HeatMapOptions = {}): string {
  const { order = 'network', id = 'heat-map', axes = true, width = WIDTH } = options;
  const cells = cellsOf(layer, pruning, order);
  const isCompact = width < COMPACT;
  const [left, right, top, bottom] = axes ? [46, 12, 34, 34] : [8, 0, 8, 0];
  const inner = width - left - right;
  const height = Math.round(Math.min(inner * Math.min(0.75, Math.max(0.3, layer.rows / layer.cols)), layer.rows * 24));
  const tick = (lines: number, cols: boolean) => ({
    domain: [0, lines],
    ticks: Math.max(1, Math.min(lines, cols ? (isCompact ? 3 : 6) : Math.floor(height / 30))),
    tickSize: 0,
  });
  return figure(
    `Importance of layer ${short(layer.name, 60)}, removed rows and columns marked`,
    { ...options, width },
    {
      height: height + top + bottom,
      marginLeft: left,
      marginRight: right,
      marginTop: top,
      marginBottom: bottom,
      ...(axes ? {} : { axis: null }),
      x: {
        ...tick(layer.cols, true),
        label: `${layer.cols} columns${order === 'network' ? '' : ', kept ones first'}`,
        labelAnchor: 'left',
        labelArrow: 'none',
        tickFormat: integerTick,
      },
      y: {
        ...tick(layer.rows, false),
        reverse: true,
        label: `${layer.rows} rows${order === 'network' ? '' : ', kept ones first'}`,
        labelArrow: 'none',
        tickFormat: integerTick,
      },
      marks: [
        (_index, _scales, _channels, { width, height, marginLeft, marginRight, marginTop, marginBottom }) =>
          shape(
            'g',
            { transform: `translate(${marginLeft},${marginTop})` },
            ...inkParts(
              layer,
              cells,
              {
                rows: places(cells.rowOrder, pruning.removedRows),
                columns: places(cells.columnOrder, pruning.removedColumns),
              },
              { w: width - marginLeft - marginRight, h: height - marginTop - marginBottom },
              id,
            ),
          ) as never,
      ],
    },
  );
}

/** The parts of the picture: the ink as a mask, under it blue with the removed lines in red, and their marks along the sides. */
function inkParts(
  { rows, cols }: Layer,
  cells: Cells,
  removed: { readonly rows: readonly Run[]; readonly columns: readonly Run[] },
  { w, h }: { readonly w: number; readonly h: number },
  id: string,
): Shape[] {
  const across = (line: number) => n((line / cols) * w);
  const down = (line: number) => n((line / rows) * h);
  const rowPath = (x: number, length: number) =>
    removed.rows.map(([from, to]) => `M${n(x)} ${down(from)}h${n(length)}V${down(to)}h${n(-length)}z`).join('');
  const columnPath = (y: number, length: number) =>
    removed.columns
      .map(([from, to]) => `M${across(from)} ${n(y)}H${across(to)}v${n(length)}H${across(from)}z`)
      .join('');
  const image = shape('image', {
    href: pictureOf(cells),
    width: w,
    height: h,
    preserveAspectRatio: 'none',
    'image-rendering': 'pixelated',
  });
  return [
    shape('mask', { id, maskUnits: 'userSpaceOnUse', x: 0, y: 0, width: w, height: h }, image),
    shape('rect', { width: w, height: h, fill: hex('wash') }),
    shape(
      'g',
      { mask: `url(#${id})` },
      shape('rect', { width: w, height: h, fill: hex('keep') }),
      shape('path', { d: rowPath(0, w) + columnPath(0, h), fill: hex('drop') }),
    ),
    shape('path', { d: rowPath(-6, 4) + columnPath(-6, 4), fill: hex('drop') }),
  ];
}

const n = (value: number) => Number(value.toFixed(2));
const integerTick = (value: number) => (Number.isInteger(value) ? `${value}` : '');

/** Finer than any screen: beyond so many lines, marks stand for groups of lines of which most are removed. */
const MOST_MARKS = 2048;

/** Places in drawing order that hold removed lines. */
type Run = readonly [from: number, to: number];

/** Runs of places that hold removed lines: [from, to) in drawing order. */
function places(order: Uint32Array, removed: Uint32Array): Run[] {
  const lines = order.length;
  const kept = keptMask(lines, removed);
  const marks = Math.min(lines, MOST_MARKS);
  const runs: [number, number][] = [];
  for (let mark = 0; mark < marks; mark++) {
    const [from, to] = [Math.floor((mark * lines) / marks), Math.floor(((mark + 1) * lines) / marks)];
    let gone = 0;
    for (let place = from; place < to; place++) gone += 1 - kept[order[place]!]!;
    if (2 * gone <= to - from) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[1] === from) last[1] = to;
    else runs.push([from, to]);
  }
  return runs;
}

/** The cells as a grey PNG, light where there is much ink: a mask. */
function pictureOf({ rows, cols, shades }: Cells): string {
  const data = shades.map((shade) => (shade * 255) / (SHADES - 1));
  const png = encode({ width: cols, height: rows, data, depth: 8, channels: 1 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
