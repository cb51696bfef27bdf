import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generate, loadMethods, makeInstance, type Pruning, solveSync, sparsityGoal } from '../../src/index.ts';
import { exactCost } from '../../src/problem/cost.ts';
import { toNearest } from '../../src/problem/index.ts';
import { distinctParts, escapeXml, short } from '../../src/report/figures/figure.ts';
import { cellsOf, MOST_CELL_COLUMNS, MOST_CELL_ROWS, SHADES } from '../../src/report/figures/heat-map.ts';
import * as figures from '../../src/report/figures/index.ts';
import { dodged } from '../../src/report/figures/labels.ts';
import { PALETTE, seriesStyles } from '../../src/report/figures/palette.ts';
import { readTrace } from '../../src/report/index.ts';
import { temporaryFolder } from '../temporary.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * Figures as text, without a browser: what they count, what they keep to. How they look and behave: pages.test.ts.
 */

/** W3C's relative luminance and contrast of two colours. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

describe('the palette', () => {
  it.each([0, 1] as const)('can be read on its ground (theme %i)', (theme) => {
    for (const [name, pair] of Object.entries(PALETTE)) {
      if (['paper', 'wash', 'line'].includes(name)) continue;
      // Names at the ends of lines are text, too; on the wash stand marks only.
      expect(contrast(pair[theme], PALETTE.paper[theme]), `${name} on paper`).toBeGreaterThanOrEqual(4.5);
      expect(contrast(pair[theme], PALETTE.wash[theme]), `${name} on wash`).toBeGreaterThanOrEqual(3);
    }
  });

  it('has no light colour twice: a page finds their names by them', () => {
    const light = Object.values(PALETTE).map(([value]) => value);
    expect(new Set(light).size).toBe(light.length);
  });

  it('tells up to forty series apart', () => {
    const styles = [...seriesStyles(Array.from({ length: 40 }, (_, k) => `method ${k}`)).values()];
    expect(new Set(styles.map(({ colour, dash }) => `${colour} ${dash}`)).size).toBe(40);
  });
});

describe('a heat map', () => {
  const arbitrary = fc.record({
    rows: fc.integer({ min: 1, max: 230 }),
    cols: fc.integer({ min: 1, max: 600 }),
    seed: fc.nat(1e6),
  });

  it('averages blocks that cover every entry once', () => {
    fc.assert(
      fc.property(arbitrary, ({ rows, cols, seed }) => {
        const instance = generate('half-normal', { rows, cols, seed });
        const { pruning } = solveSync(instance, { method: 'residual', goal: sparsityGoal(instance, '0.5') });
        const [layer, own] = [instance.layers[0]!, pruning!.layers[0]!];
        for (const order of ['network', 'kept-first'] as const) {
          const cells = cellsOf(layer, own, order);
          const [R, C] = [Math.min(rows, MOST_CELL_ROWS), Math.min(cols, MOST_CELL_COLUMNS)];
          expect([cells.rows, cells.cols, cells.shades.length]).toEqual([R, C, R * C]);
          // The reference: every cell on its own, from the definition.
          const mean = (a: number, b: number) => {
            let [sum, count] = [0, 0];
            for (let i = Math.floor((a * rows) / R); i < Math.floor(((a + 1) * rows) / R); i++) {
              for (let j = Math.floor((b * cols) / C); j < Math.floor(((b + 1) * cols) / C); j++, count++) {
                sum += layer.importance[cells.rowOrder[i]! * cols + cells.columnOrder[j]!]!;
              }
            }
            return sum / count;
          };
          for (const [a, b] of [
            [0, 0],
            [R - 1, C - 1],
            [R >> 1, C >> 1],
            [seed % R, seed % C],
          ] as const) {
            const ink = (SHADES - 1) * Math.sqrt(Math.min(1, mean(a, b) / cells.full));
            expect(Math.abs(cells.shades[a * C + b]! - ink)).toBeLessThanOrEqual(0.5 + 1e-6);
          }
          expect([...cells.rowOrder].sort((x, y) => x - y)).toEqual(Array.from({ length: rows }, (_, i) => i));
        }
        const { rowOrder, columnOrder } = cellsOf(layer, own, 'kept-first');
        const tail = (order: Uint32Array, count: number) =>
          [...order.slice(order.length - count)].sort((x, y) => x - y);
        expect(tail(rowOrder, own.removedRows.length)).toEqual([...own.removedRows]);
        expect(tail(columnOrder, own.removedColumns.length)).toEqual([...own.removedColumns]);
      }),
      { numRuns: 25 },
    );
  });

  it('marks exactly the removed lines', () => {
    const instance = generate('scaled', { rows: 10, cols: 20, seed: 3 });
    const pruning: Pruning = { layers: [{ removedRows: Uint32Array.of(0, 1, 7), removedColumns: Uint32Array.of(19) }] };
    const svg = figures.heatMap(instance.layers[0]!, pruning.layers[0]!, { width: 1008, axes: false });
    const [marks] = [...svg.matchAll(/<path [^>]*\bd="([^"]*)"/g)].map(([, d]) => d!).slice(-2);
    const height = Number(svg.match(/<rect (?=[^>]*width="1000")[^>]*height="([\d.]+)"/)![1]);
    // Rows 0-1 and row 7 across, column 19 down.
    expect(marks!.match(/M[^M]*/g)).toEqual([
      `M0 0h1000V${height / 5}h-1000z`,
      `M0 ${(height * 7) / 10}h1000V${(height * 8) / 10}h-1000z`,
      `M950 0H1000v${height}H950z`,
    ]);
  });

  it('is bounded, whatever the layer: alternating lines of a wide one', () => {
    const [rows, cols] = [4, 200_000];
    const { layers } = makeInstance([{ name: 'wide', rows, cols, importance: new Float32Array(rows * cols).fill(1) }]);
    const removedColumns = Uint32Array.from({ length: cols / 2 }, (_, k) => 2 * k);
    const svg = figures.heatMap(layers[0]!, { removedRows: new Uint32Array(), removedColumns });
    expect(svg.length).toBeLessThan(200_000);
    expect(figures.aggregationOf(layers[0]!)).toBe('each cell is the mean of 1 × 781.3 entries');
  });
});

describe('layers', () => {
  it('add up to the network', () => {
    const instance = generate('half-normal', { rows: 20, cols: 30, layers: 5, seed: 2 });
    const { pruning } = solveSync(instance, { method: 'greedy', goal: sparsityGoal(instance, '0.7') });
    const layers = figures.summariseLayers(instance, pruning!);
    const sum = (of: (layer: figures.LayerSummary) => number) => layers.reduce((total, layer) => total + of(layer), 0);
    const { cost, total } = exactCost(instance, pruning!);
    expect(sum((layer) => layer.cost)).toBeCloseTo(toNearest(cost), 9);
    expect(sum((layer) => layer.total)).toBeCloseTo(toNearest(total), 9);
    expect(sum(({ entries }) => entries)).toBe(3000);
  });

  it('beyond 64 are drawn by the most important, in their order', () => {
    const layers = Array.from({ length: 200 }, (_, k) => ({
      name: `layer.${k}.weight`,
      rows: 4,
      cols: 4,
      removedRows: 1,
      removedColumns: 0,
      entries: 16,
      removedEntries: 4,
      cost: 1,
      total: (k * 37) % 200,
    }));
    const svg = figures.lossPerLayer(layers);
    expect(svg.match(/<title>/g)).toHaveLength(65); // its own and one a layer
    const drawn = [...svg.matchAll(/<title>layer\.(\d+)\.weight/g)].map(([, k]) => Number(k));
    expect(drawn).toEqual(layers.flatMap(({ total }, k) => (total >= 136 ? [k] : [])));
  });
});

describe('text', () => {
  it('has no control characters, lone surrogates or markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeXml(text);
        expect(escaped).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)|[\p{Cs}\ufffe\uffff]/u);
        expect([...escaped].every((character) => character >= ' ' || '\t\n'.includes(character))).toBe(true);
      }),
    );
    expect(escapeXml('\ud800\0\x1f\n')).toBe('\ufffd\ufffd\ufffd\n');
  });

  it('drops what names share at both ends, and keeps them apart', () => {
    expect(distinctParts(['net/a/conv/kernel', 'net/b/conv/kernel', 'net/b/d/conv/kernel'])).toEqual(['a', 'b', 'b/d']);
    expect(distinctParts(['layer1.0.weight', 'layer1.1.weight'])).toEqual(['0', '1']);
    expect(distinctParts(['one'])).toEqual(['one']);
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[ab](?:[/.][ab]){0,3}$/), { minLength: 2 }), (names) => {
        const parts = distinctParts(names);
        for (const part of parts) expect(part).not.toBe('');
        expect(names.every((name, k) => name.includes(parts[k]!))).toBe(true);
      }),
    );
  });

  it('is cut at its start', () => {
    expect(short('conv256_down/filters', 10)).toBe('…n/filters');
    expect(short('conv', 10)).toBe('conv');
  });

  it('of line ends does not overlap', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (values) => {
        const labels = dodged(
          values.map((y, k) => ({ name: `${k}`, y, fill: '' })),
          [0, 1],
          280,
        );
        for (const [k, { y }] of labels.entries()) {
          if (k > 0) expect(labels[k - 1]!.y - y).toBeGreaterThanOrEqual(14 / 280 - 1e-9);
          expect(y).toBeGreaterThan(0);
        }
      }),
    );
  });
});

describe('anytime curves', () => {
  it('are thinned, keeping first and last', () => {
    const cost = Array.from({ length: 50_000 }, (_, k) => [k + 1, 2 - k / 500_000] as const);
    const svg = figures.anytimeCurves([{ label: 'long', cost, bound: [[1, 1.85]], end: 60_000 }]);
    expect(svg.length).toBeLessThan(120_000);
    expect(svg.includes('work 1\ncost 2<')).toBe(true);
    expect(svg.includes('cost 1.900002<')).toBe(true);
  });

  it('are drawn of nothing, zeros and single points', () => {
    for (const curves of [
      [],
      [{ label: 'a', cost: [], bound: [], end: 0 }],
      [{ label: 'a', cost: [[0, 0]], bound: [[0, 0]], end: 0 }],
      [{ label: 'a', cost: [[5, 1e300]], bound: [], end: 5 }],
    ] as figures.AnytimeCurve[][]) {
      expect(figures.anytimeCurves(curves)).not.toMatch(/NaN|Infinity|undefined/);
    }
  });
});

it('the same data give the same bytes, and a page theme leaves no colour of its own', () => {
  const points = [
    { method: 'residual', label: 'x', ratio: 1.2, guarantee: 2 },
    { method: 'best', label: 'y', ratio: 9, guarantee: null },
  ];
  const draw = () => figures.ratioAgainstGuarantee(points, { theme: 'page' });
  expect(draw()).toBe(draw());
  expect(draw()).not.toMatch(/(fill|stroke)="#/);
  expect(figures.ratioAgainstGuarantee(points)).not.toContain('var(');
});

describe('a trace', () => {
  const inFolder = temporaryFolder();
  const read = (text: string) => {
    writeFileSync(inFolder('trace.csv'), text);
    return readTrace(inFolder('trace.csv'));
  };

  it('is read', async () => {
    expect(await read('work,cost\n0,12.5\n7,1e-30\n7,0\n')).toEqual([
      [0, 12.5],
      [7, 1e-30],
      [7, 0],
    ]);
  });

  it.each([
    ['cost,work\n1,2\n', 'the heading'],
    ['work,cost\n1,2', 'cut short'],
    ['work,cost\n5,2\n4,1\n', 'line 3'],
    ['work,cost\n1,NaN\n', 'line 2'],
    ['work,cost\n1,-3\n', 'line 2'],
    ['work,cost\n1,1.2.3\n', 'line 2'],
    ['work,cost\n1,1e999\n', 'line 2'],
    ['work,cost\n1,2,3\n', 'line 2'],
  ])('is refused: %j', async (text, reason) => {
    await expect(read(text)).rejects.toThrow(reason);
  });
});
