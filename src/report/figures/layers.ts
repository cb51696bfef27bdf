import * as Plot from '@observablehq/plot';
import { addLayerCost, exactTotal } from '../../problem/cost.ts';
import { ExactSum, toNearest } from '../../problem/exact-sum.ts';
import type { Instance } from '../../problem/instance.ts';
import { type Pruning, removedEntries } from '../../problem/pruning.ts';
import {
  brief,
  COMPACT,
  distinctParts,
  type FigureOptions,
  figure,
  percent,
  shape,
  short,
  svgText,
  WIDTH,
} from './figure.ts';
import { rowNames } from './labels.ts';
import { hex } from './palette.ts';

/** What a pruning did to one layer. */
export interface LayerSummary {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly removedRows: number;
  readonly removedColumns: number;
  readonly entries: number;
  readonly removedEntries: number;
  /** Removed importance and all of it: exact sums rounded once to the nearest double. */
  readonly cost: number;
  readonly total: number;
}

/** Every layer's summary. One pass over the entries. */
export function summariseLayers(instance: Instance, pruning: Pruning): LayerSummary[] {
  return instance.layers.map((layer, l) => {
    const own = pruning.layers[l]!;
    const sum = new ExactSum();
    addLayerCost(sum, layer, own);
    const [removedRows, removedColumns] = [own.removedRows.length, own.removedColumns.length];
    return {
      name: layer.name,
      rows: layer.rows,
      cols: layer.cols,
      removedRows,
      removedColumns,
      entries: layer.rows * layer.cols,
      removedEntries: removedEntries(layer, { rows: removedRows, columns: removedColumns }),
      cost: toNearest(sum.value()),
      total: toNearest(exactTotal({ layers: [layer] })),
    };
  });
}

/** More layers than this are drawn by the most important ones: a figure stays readable, a page bounded. */
export const MOST_LAYERS_DRAWN = 64;

/** The layers that a figure shows, in the network's order: all, or those that hold most importance. */
export function drawnLayers<T extends { readonly total: number }>(layers: readonly T[]): { layer: T; index: number }[] {
  const all = layers.map((layer, index) => ({ layer, index }));
  if (all.length <= MOST_LAYERS_DRAWN) return all;
  const most = all.toSorted((a, b) => b.layer.total - a.layer.total || a.index - b.index).slice(0, MOST_LAYERS_DRAWN);
  return most.sort((a, b) => a.index - b.index);
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/**
 * What each layer lost: a line from the share of its entries that went to the share of its importance that went with them.
 * The longer the line, the better the choice of lines; the bar behind is the layer's part of the whole network's cost.
 */
export function lossPerLayer(layers: readonly LayerSummary[], options: FigureOptions = {}): string {
  const drawn = drawnLayers(layers);
  const { width = WIDTH } = options;
  const isCompact = width < COMPACT;
  const cost = layers.reduce((sum, layer) => sum + layer.cost, 0);
  const names = distinctParts(layers.map(({ name }) => name));
  const rows = drawn.map(({ layer, index }) => ({
    index,
    entries: share(layer.removedEntries, layer.entries),
    importance: share(layer.cost, layer.total),
    ofCost: share(layer.cost, cost),
    name: names[index]!,
    tip: [
      short(layer.name, 120),
      `entries removed: ${percent(share(layer.removedEntries, layer.entries))}`,
      `importance removed: ${percent(share(layer.cost, layer.total))} (${brief(layer.cost)} of ${brief(layer.total)})`,
      `${percent(share(layer.cost, cost))} of the network's cost`,
    ].join('\n'),
  }));
  const mostOfCost = Math.max(...rows.map(({ ofCost }) => ofCost), Number.MIN_VALUE);
  const label = isCompact ? 17 : 30;
  const longest = Math.max(...rows.map(({ name }) => Math.min([...name].length, label)));
  return figure(`What each of ${layers.length} layers lost: share of its entries and of its importance`, options, {
    height: 58 + 17 * rows.length,
    marginLeft: 18 + 7 * longest,
    marginRight: isCompact ? 52 : 94,
    marginTop: 38,
    marginBottom: 20,
    x: { domain: [0, 1], tickFormat: (d: number) => `${100 * d}%`, axis: 'top', ticks: isCompact ? 3 : 5, label: null },
    y: { domain: rows.map(({ index }) => index), label: null, axis: null, padding: 0 },
    marks: [
      Plot.gridX({ ticks: isCompact ? 3 : 5, stroke: hex('line'), strokeOpacity: 1 }),
      rowNames(rows, { y: 'index', text: ({ name }: { name: string }) => short(name, label) }),
      Plot.ruleY(rows, { y: 'index', x1: 'importance', x2: 'entries', stroke: hex('drop'), strokeWidth: 2 }),
      Plot.dot(rows, { y: 'index', x: 'entries', r: 3.5, stroke: hex('drop'), strokeWidth: 1.5, fill: hex('paper') }),
      Plot.dot(rows, { y: 'index', x: 'importance', r: 4, fill: hex('drop'), title: 'tip' }),
      // The rightmost bars are on their own scale: a layer's part of the network's cost.
      (_index, scales, _channels, { width, marginRight }) =>
        shape(
          'g',
          { fill: hex('quiet'), 'font-size': 11, 'text-anchor': 'end' },
          ...(isCompact ? ['cost'] : ['its part', 'of the cost']).map((words, k) =>
            shape('text', { x: width - 4, y: 10 + 13 * k }, words),
          ),
          ...rows.map(({ index, ofCost }) =>
            shape('rect', {
              x: width - marginRight + 14,
              y: (scales.y as unknown as (value: number) => number)(index) - 3.5,
              width: Math.max(0.5, (ofCost / mostOfCost) * (marginRight - 18)),
              height: 7,
            }),
          ),
        ) as never,
    ],
  });
}

/**
 * Every layer as a rectangle, sides in proportion to the square roots of its rows and columns, and within it the dense
 * matrix that is left: sides in proportion to the rows and columns kept.
 */
export function shapePerLayer(layers: readonly LayerSummary[], options: FigureOptions = {}): string {
  const drawn = drawnLayers(layers);
  const { width = WIDTH, theme = 'file' } = options;
  const perRow = Math.max(1, Math.min(drawn.length, Math.floor(width / (width < COMPACT ? 84 : 96))));
  const cell = width / perRow;
  const most = Math.max(...drawn.map(({ layer }) => Math.sqrt(Math.max(layer.rows, layer.cols))));
  const scale = Math.min(cell - 18, 86) / most;
  const rows: Glyph[][] = [];
  for (let first = 0; first < drawn.length; first += perRow) {
    rows.push(
      drawn.slice(first, first + perRow).map(({ layer, index }) => ({
        layer,
        index,
        w: Math.max(3, Math.sqrt(layer.cols) * scale),
        h: Math.max(3, Math.sqrt(layer.rows) * scale),
      })),
    );
  }
  let top = 4;
  const groups = rows.flatMap((row) => {
    const tallest = Math.max(...row.map(({ h }) => h));
    const made = row.map(({ layer, index, w, h }, k) => {
      const x = k * cell + 2;
      const y = top + tallest - h;
      const [keptRows, keptColumns] = [layer.rows - layer.removedRows, layer.cols - layer.removedColumns];
      const tip = `${short(layer.name, 120)}\n${layer.rows} × ${layer.cols}, kept ${keptRows} × ${keptColumns}\n${percent(share(layer.removedEntries, layer.entries))} of its entries removed`;
      const text = (dy: number, fill: string, words: string) =>
        shape('text', { x, y: top + tallest + dy, fill, 'font-size': 10 }, words);
      return shape(
        'g',
        { 'data-layer': index },
        shape('rect', { x, y, width: w, height: h, fill: hex('wash'), stroke: hex('line') }, shape('title', {}, tip)),
        shape('rect', {
          x,
          y,
          width: visible((w * keptColumns) / layer.cols),
          height: visible((h * keptRows) / layer.rows),
          fill: hex('keep'),
          'pointer-events': 'none',
        }),
        text(13, hex('quiet'), `${layer.rows}×${layer.cols}`),
        text(25, hex('ink'), `${keptRows}×${keptColumns}`),
      );
    });
    top += tallest + 40;
    return made;
  });
  const root = shape('svg', { viewBox: `0 0 ${width} ${top}`, width, height: top, style: '' }, ...groups);
  return svgText(root, `The shapes of ${layers.length} layers and of the dense matrices left of them`, theme);
}

/** What is kept at all is seen, be it one row of a thousand. */
const visible = (side: number) => (side === 0 ? 0 : Math.max(1.5, side));

interface Glyph {
  readonly layer: LayerSummary;
  readonly index: number;
  readonly w: number;
  readonly h: number;
}
