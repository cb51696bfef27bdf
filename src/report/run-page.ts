import path from 'node:path';
import type { Verdict } from '../certify/index.ts';
import { RcpruneError } from '../problem/error.ts';
import { instanceHash } from '../problem/hash.ts';
import { type Instance, unitCount } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { anytimeCurves } from './figures/anytime.ts';
import { brief, distinctParts, percent } from './figures/figure.ts';
import {
  aggregationOf,
  cellsOf,
  heatMap,
  type LineOrder,
  MOST_CELL_COLUMNS,
  MOST_CELL_ROWS,
} from './figures/heat-map.ts';
import {
  drawnLayers,
  type LayerSummary,
  lossPerLayer,
  MOST_LAYERS_DRAWN,
  shapePerLayer,
  summariseLayers,
} from './figures/layers.ts';
import { type Html, html, trusted } from './html.ts';
import { chooser, type Fact, figureBlock, folded, nameOf, pageText, type Section, tableBlock } from './page.ts';

/** A run: an instance and a pruning of it that the checker accepted. */
export interface RunReport {
  readonly instance: Instance;
  readonly pruning: Pruning;
  readonly verdict: Verdict;
  /** Incumbents of the run by work, if it was traced. */
  readonly trace: readonly (readonly [work: number, cost: number])[] | null;
  /** What the reader calls the instance: its file. */
  readonly name: string;
  readonly command: string;
}

/** Lines of a layer up to which a page holds their order, so that the heat map's cross can name them. */
const MOST_LINES_NAMED = 20_000;

const ORDERS: readonly LineOrder[] = ['kept-first', 'network'];

/**
 * The page of one run, as text. Time linear in the entries. Heat maps of at most 64 layers, the most important ones, at most
 * 2 x 96 x 256 cells each: 2 MB for a network of 29 layers and 5.6 million entries, 16 MB at the very most.
 *
 * @throws RcpruneError when the verdict is not valid: there is no page of a wrong answer
 */
export function runPage({ instance, pruning, verdict, trace, name, command }: RunReport): string {
  if (!verdict.valid) throw new RcpruneError(name, 'a valid pruning', verdict.reason!);
  const layers = summariseLayers(instance, pruning);
  const drawn = drawnLayers(layers).map(({ index }) => index);
  const units = unitCount(instance);
  const isWeighted = instance.layers.some(({ unitsPerEntry }) => unitsPerEntry !== 1);
  const what = isWeighted ? 'units' : 'weights';
  const [cost, kept, removed] = [verdict.cost!, verdict.kept!, verdict.removed!];
  const total = cost + kept;
  const dense = layers.reduce((sum, { entries, removedEntries }) => sum + entries - removedEntries, 0);
  const title = `${percent(removed / units)} of the ${what} removed, ${percent(total === 0 ? 1 : kept / total)} of the importance kept`;
  const maps = drawn.map((l) => mapData(instance, pruning, l));
  const sections: Section[] = [
    lossSection(layers),
    shapeSection(layers),
    mapSection(instance, pruning, layers, drawn),
    ...(trace === null ? [] : [traceSection(trace, verdict)]),
    tableSection(layers),
  ];
  return pageText({
    title,
    kicker: `rcprune · a pruning of ${nameOf(path.basename(name))}`,
    lead: lead(verdict, layers.length, dense),
    facts: facts(verdict, units, total, what),
    sections,
    command,
    data: {
      kind: 'run',
      instanceHash: instanceHash(instance),
      verdict,
      layers: layers.slice(0, 1000).map(bounded),
      maps,
    },
  });
}

const bounded = (layer: LayerSummary) => ({ ...layer, name: nameOf(layer.name) });

function lead({ gap, target }: Verdict, count: number, dense: number): Html {
  const left = `Of ${count === 1 ? 'one layer' : `${count} layers`}, ${dense.toLocaleString('en-US')} entries are left, in matrices that are smaller and still dense.`;
  const proved =
    gap === null
      ? html`How far the cost is from the least possible is not shown: no certificate was given.`
      : html`The certificate proves that no pruning which removes ${target.toLocaleString('en-US')} could cost less than <strong>${gap === 0 ? 'this one' : `${percent(Math.floor(1e4 * (1 - gap)) / 1e4, 2)} of this`}</strong>.`;
  return html`<p>${left} ${proved}</p>`;
}

function facts(verdict: Verdict, units: number, total: number, what: string): Fact[] {
  const { removed, target, cost, kept, gap, dualBound, keptRatio, keptBound } = verdict;
  const of = (part: number) => percent(total === 0 ? 0 : part / total, 2);
  return [
    {
      name: `${what} removed`,
      value: removed!.toLocaleString('en-US'),
      note: `of ${units.toLocaleString('en-US')}; asked ${target.toLocaleString('en-US')}`,
    },
    { name: 'importance removed', value: of(cost!), note: `${brief(cost!, 9)} of ${brief(total, 9)}` },
    {
      name: 'importance kept',
      value: of(kept!),
      note: keptBound === null ? brief(kept!, 9) : `${brief(kept!, 9)}; at most ${brief(keptBound, 9)}`,
    },
    ...(gap === null || dualBound === null
      ? []
      : [
          {
            name: 'proved gap',
            value: gap === 0 ? '0' : `≤ ${percent(Math.ceil(1e6 * gap) / 1e6, gap < 0.001 ? 4 : 3)}`,
            note: `cost at least ${brief(dualBound, 9)}`,
          },
        ]),
    ...(keptRatio === null
      ? []
      : [{ name: 'kept: best possible / this', value: `≤ ${(Math.ceil(1e4 * keptRatio) / 1e4).toFixed(4)}` }]),
    { name: 'checked', value: 'valid', note: 'in exact arithmetic' },
  ];
}

function lossSection(layers: readonly LayerSummary[]): Section {
  return {
    id: 'loss',
    title: 'What each layer lost',
    text: html`<p>A good choice removes many entries and little importance: the ring is the share of a layer’s entries that went, the dot the share of its importance that went with them. The further the dot lies left of its ring, the more the choice of rows and columns saved there.</p>`,
    body: figureBlock(
      'What each layer lost',
      html`<p><span class="swatch ring"></span> entries removed &ensp; <span class="swatch drop"></span> importance removed &ensp; grey bar: the layer’s part of the network’s cost. Layers in the network’s order${thinned(layers)}.</p>`,
      (options) => lossPerLayer(layers, options),
    ),
  };
}

const thinned = (layers: readonly unknown[]) =>
  layers.length > MOST_LAYERS_DRAWN ? `; of ${layers.length}, the ${MOST_LAYERS_DRAWN} of most importance` : '';

function shapeSection(layers: readonly LayerSummary[]): Section {
  return {
    id: 'shape',
    title: 'What is left of it',
    text: html`<p>Every layer to scale, and inside it the dense matrix that remains. Wide and flat: columns were kept and filters given up; tall and narrow: the other way round.</p>`,
    body: figureBlock(
      'Shapes of the layers',
      html`<p>Sides grow with the square root of rows (height) and columns (width). Below each: rows × columns before, and after${thinned(layers)}.</p>`,
      (options) => shapePerLayer(layers, options),
    ),
  };
}

function mapSection(
  instance: Instance,
  pruning: Pruning,
  layers: readonly LayerSummary[],
  drawn: readonly number[],
): Section {
  const names = distinctParts(layers.map(({ name }) => name));
  const choices = drawn.map((l, k) => {
    const layer = instance.layers[l]!;
    const own = layers[l]!;
    const lost = own.entries === 0 ? 0 : own.removedEntries / own.entries;
    const map = (order: LineOrder) => {
      const svg = heatMap(layer, pruning.layers[l]!, { theme: 'page', axes: false, order, id: `m${k}${order[0]}` });
      return html`<div class="map" data-map="${k}" data-order="${order}" tabindex="0" role="group" aria-label="Heat map of ${nameOf(own.name)}: arrow keys move a cross">${trusted(svg)}</div>`;
    };
    const cells = aggregationOf(layer);
    return {
      label: nameOf(names[l]!),
      bar: lost,
      panel: html`<h3>${nameOf(own.name)}</h3>
<p>${own.rows} rows × ${own.cols} columns; ${own.removedRows} rows and ${own.removedColumns} columns removed: ${percent(lost)} of its entries, ${percent(own.total === 0 ? 0 : own.cost / own.total)} of its importance.${cells === '' ? '' : ` In the picture ${cells}.`}</p>
${ORDERS.map(map)}`,
    };
  });
  // The layer that costs most is the one to look at first.
  const dearest = drawn.reduce((most, l, k) => (layers[l]!.cost > layers[drawn[most]!]!.cost ? k : most), 0);
  return {
    id: 'layers',
    title: 'Layer by layer',
    text: html`<p>One layer’s importances: the stronger the colour, the more important. Blue stays, red goes: an entry goes when its row or its column does. The bars along the top and the left mark the removed columns and rows. The colour’s strength grows with the square root of the importance.</p>
<fieldset class="switch" hidden><legend>Rows and columns</legend><label><input type="radio" name="order" value="kept-first" checked>kept first, by importance</label><label><input type="radio" name="order" value="network">as in the network</label></fieldset>`,
    body: chooser('layer', `Layer, and the share of it that was removed${thinned(layers)}`, choices, 'beside', dearest),
  };
}

/** What the heat map's cross needs to name a line. */
function mapData(instance: Instance, pruning: Pruning, l: number) {
  const layer = instance.layers[l]!;
  const own = pruning.layers[l]!;
  const { rows, cols } = layer;
  const cells = cellsOf(layer, own, 'kept-first');
  const kept = { row: rows - own.removedRows.length, column: cols - own.removedColumns.length };
  return {
    rows,
    cols,
    cells: [Math.min(rows, MOST_CELL_ROWS), Math.min(cols, MOST_CELL_COLUMNS)],
    full: Number(cells.full.toPrecision(4)),
    shades: aggregationOf(layer) === '' ? '' : ' (mean of the cell)',
    lines:
      rows + cols > MOST_LINES_NAMED
        ? null
        : {
            row: { order: Array.from(cells.rowOrder), kept: kept.row },
            column: { order: Array.from(cells.columnOrder), kept: kept.column },
          },
  };
}

function traceSection(trace: readonly (readonly [number, number])[], { dualBound, cost }: Verdict): Section {
  const end = trace.at(-1)?.[0] ?? 0;
  const first = trace[0]?.[0] ?? 0;
  const curve = {
    label: 'this run',
    cost: trace,
    bound: dualBound === null || dualBound <= 0 ? [] : [[first, dualBound] as const],
    end,
  };
  const bound =
    curve.bound.length === 0 ? '' : ' The dashed line is the certificate’s bound: below it there is no pruning at all.';
  return {
    id: 'search',
    title: 'How the search went',
    text: html`<p>The cost of the best pruning so far, by work done.${bound} What lies between the last cost, ${brief(cost!, 9)}, and the bound is all that is not settled.</p>`,
    body: figureBlock(
      'Cost by work',
      html`<p>Work is the method’s own unit (moves, nodes, iterations), on a logarithmic axis. A cost holds until the next one.</p>`,
      (options) => anytimeCurves([curve], options),
    ),
  };
}

function tableSection(layers: readonly LayerSummary[]): Section {
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  const body = tableBlock(
    'All layers; a heading sorts',
    [
      { name: 'layer', show: ({ name }) => nameOf(name), sort: ({ name }) => name },
      { name: 'rows', show: ({ rows }) => `${rows}`, sort: ({ rows }) => rows },
      {
        name: 'kept',
        show: ({ rows, removedRows }) => `${rows - removedRows}`,
        sort: (own) => own.rows - own.removedRows,
      },
      { name: 'columns', show: ({ cols }) => `${cols}`, sort: ({ cols }) => cols },
      {
        name: 'kept',
        show: ({ cols, removedColumns }) => `${cols - removedColumns}`,
        sort: (own) => own.cols - own.removedColumns,
      },
      {
        name: 'entries removed',
        show: (own) => percent(share(own.removedEntries, own.entries) ?? NaN, 2),
        sort: (own) => share(own.removedEntries, own.entries),
      },
      {
        name: 'importance removed',
        show: (own) => percent(share(own.cost, own.total) ?? NaN, 2),
        sort: (own) => share(own.cost, own.total),
      },
      { name: 'cost', show: ({ cost }) => brief(cost, 6), sort: ({ cost }) => cost },
    ],
    layers,
    1000,
  );
  return {
    id: 'table',
    title: 'The numbers',
    text: html`<p>Sums of importances are exact and rounded once.</p>`,
    body: layers.length > 12 ? folded(`Table of ${layers.length} layers`, body) : body,
  };
}
