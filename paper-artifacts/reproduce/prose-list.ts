import { share, show } from '../../src/cli/output.ts';
import { annealingTable, type QualityRow } from '../studies/anneal-table.ts';
import { type CompactRow, compactTable } from '../studies/compact-table.ts';
import { type ExactRow, timesAsLong } from '../studies/exact-table.ts';
import { markdownTable, span } from '../studies/markdown.ts';
import { largest, least, number, only, PLAIN, where } from './rows.ts';
import type { Row } from './tables.ts';

/*
 * Every figure that stands in a document, by its name there: the committed tables that it is computed from, and how. A quantity
 * has one figure, computed from one table, wherever it stands.
 */

export interface ProseFigure {
  /** Relative to paper-artifacts. */
  readonly tables: readonly string[];
  /** @param tables rows of each of `tables`, in their order */
  readonly of: (...tables: (readonly Row[])[]) => string;
}

const GAPS = 'results/gaps-all.csv';
const QUALITY = 'anneal-quality.csv';
const THROUGHPUT = 'anneal-throughput.csv';
const EXACT = 'exact.csv';
const BEYOND = 'exact-beyond.csv';
const COMPACT = 'compact.csv';
const DIFFERENCES = 'accuracy/differences.csv';

const from = (table: string, of: (rows: readonly Row[]) => string): ProseFigure => ({
  tables: [table],
  of: (rows) => of(rows!),
});
const points = (value: number) => (100 * value).toFixed(1);
const thousands = (value: number) => `${(Number(value.toPrecision(2)) / 1000).toFixed(0)},000`;
/** Seconds as prose has them. */
const seconds = (value: number) => (value < 9.95 ? value.toFixed(1) : value.toFixed(0));
const faceAt93 = (rows: readonly Row[]) => only(rows, { instance: 'face', sparsity: 0.93 });

/** The rate of the chain where a share is accepted, by what it is compared with. */
const rateOf = (instance: string, wanted: number, by: 'costRate' | 'sumsRate' | null) => (rows: readonly Row[]) => {
  const row = only(rows, { instance, wanted });
  return by === null ? number(row, 'rate') / 1e6 : number(row, 'rate') / number(row, by);
};

const METHODS = ['branch-and-bound', 'ilp-highs', 'ilp-jslp'];

function exactTable(rows: readonly ExactRow[]): string {
  const head = ['method', 'half-normal solved', 'scaled solved', 'slowest'];
  const lines = METHODS.map((method) => {
    const own = rows.filter((row) => row.method === method);
    const solved = own.filter(({ outcome }) => outcome === 'solved');
    const counts = ['half-normal', 'scaled'].map((family) => {
      const [done, all] = [solved, own].map((list) => list.filter((row) => row.family === family)) as [
        ExactRow[],
        ExactRow[],
      ];
      const isProved = done.length === all.length && done.every(({ proved }) => proved);
      return `${done.length} of ${all.length}, ${isProved ? 'proved' : `to n = ${Math.max(...done.map(({ size }) => size))}`}`;
    });
    const slowest = Math.max(...solved.map((row) => row.seconds!));
    const times = [solved, own].map((list) => timesAsLong(list, rows)!.toFixed(0));
    return [`\`${method}\``, ...counts, `${slowest.toPrecision(2)} s`, ...times];
  });
  const timed = ["times branch-and-bound's seconds, where it finishes", 'all, the limit counted'];
  return markdownTable([...head, ...timed], lines);
}

/** Least to greatest seconds of the half-normal instances of a size. */
const beyond = (size: number) => (rows: readonly Row[]) => {
  const own = where(rows, { family: 'half-normal', size, outcome: 'solved' });
  return `${seconds(least(own, 'seconds'))} to ${seconds(largest(own, 'seconds'))}`;
};

const GAP_LINES = [
  ['face', [0.5, 0.8, 0.93], 'face network: 29 layers, 5.6 M entries'],
  ['resnet18', [0.5, 0.8, 0.93], 'resnet18, seed 1: 20 layers, 11.2 M entries'],
  ['scaled', [0.93], 'scaled: 4 layers 128 x 576, seed 1'],
  ['half-normal', [0.93], 'half-normal: 4 layers 128 x 576, seed 1'],
] as const;

function gapsTable(gaps: readonly Row[], clock: readonly Row[]): string {
  const lines = GAP_LINES.flatMap(([instance, sparsities, title]) =>
    sparsities.map((sparsity, k) => {
      const row = only(gaps, { instance, sparsity });
      const time = only(clock, { instance, sparsity });
      const ratios = ['ratio', 'keptRatio'].map((name) => number(row, name).toFixed(4));
      const times = ['seconds', 'checkSeconds'].map((name) => number(time, name).toFixed(0));
      return [k === 0 ? title : '', `${100 * sparsity}%`, ...ratios, ...times];
    }),
  );
  return markdownTable(['instance', 'sparsity', 'ratio <=', 'kept ratio <=', 'seconds', 'to verify'], lines);
}

/** What `solve` and `verify` print of the best pruning of the face network. */
function verifySession(rows: readonly Row[]): string {
  const row = faceAt93(rows);
  const [cost, kept, total] = ['cost', 'kept', 'total'].map((name) => number(row, name)) as [number, number, number];
  const [dualBound, keptBound, ratio, keptRatio] = ['dualBound', 'keptBound', 'ratio', 'keptRatio'].map((name) =>
    show(number(row, name)),
  );
  return [
    '```console by-hand',
    '$ npx rcprune solve face.safetensors --method best --sparsity 0.93 -o best.json --certificate gap.safetensors',
    '...',
    '$ npx rcprune verify face.safetensors best.json gap.safetensors',
    `valid: ${row.removed} units removed, target ${row.target}`,
    `cost ${show(cost)} (${share(cost, total)} of the importance), kept ${show(kept)} (${share(kept, total)})`,
    `proved: any pruning costs at least ${dualBound} and keeps at most ${keptBound}`,
    `gap ${share(number(row, 'gap'), 1)}, cost ratio ${ratio}, kept ratio ${keptRatio}`,
    '```',
  ].join('\n');
}

const BEST_RECIPE = { ...PLAIN, normalize: 'root', schedule: 'once, 4 rounds' };
/** Annealing and the two methods that it is compared with. */
const FOUR = ['residual', 'greedy', 'anneal-selection', 'anneal-shape'];

const accuracy = (way: Readonly<Record<string, string | number>>) =>
  from(DIFFERENCES, (rows) => points(number(only(rows, { ...PLAIN, ...way }), 'accuracy')));
const gain = (method: string) =>
  from(DIFFERENCES, (rows) => points(number(only(rows, { ...PLAIN, method }), 'difference')));
const gainInterval = (method: string) =>
  from(DIFFERENCES, (rows) =>
    ['differenceLow', 'differenceHigh']
      .map((name) => points(number(only(rows, { ...PLAIN, method }), name)))
      .join(' to '),
  );
const chain = (instance: string, wanted: number) =>
  from(THROUGHPUT, (rows) => {
    const rate = rateOf(instance, wanted, null)(rows);
    return rate < 9.95 ? rate.toFixed(1) : rate.toFixed(0);
  });

export const PROSE_FIGURES: Readonly<Record<string, ProseFigure>> = {
  'certified-gap': from(GAPS, (rows) => `${points(number(faceAt93(rows), 'gap'))}%`),
  'remove-all-times': from(GAPS, (rows) =>
    (number(faceAt93(rows), 'total') / number(faceAt93(rows), 'cost')).toFixed(1),
  ),
  'gaps-table': {
    tables: [GAPS, 'results/gaps-all.seconds.csv'],
    of: (gaps, clock) => gapsTable(gaps!, clock!),
  },
  'verify-session': from(GAPS, verifySession),

  'annealing-table': from(QUALITY, (rows) => annealingTable(rows as unknown as QualityRow[])),
  'bound-leaves': from(QUALITY, (rows) => {
    const way = { instance: 'single', sparsity: 0.5, method: 'anneal-selection', start: 'greedy' };
    return span(where(rows, way), (row) => `${points(1 - 1 / number(row, 'ratio'))}%`);
  }),
  'chain-single': chain('single', 0.05),
  'chain-face': chain('face', 0.05),
  'chain-single-cold': chain('single', 0.002),
  'chain-face-cold': chain('face', 0.002),
  'chain-single-hot': chain('single', 0.4),
  'chain-face-hot': chain('face', 0.4),
  'chain-single-over-sums': from(THROUGHPUT, (rows) => rateOf('single', 0.05, 'sumsRate')(rows).toFixed(0)),
  'chain-face-over-sums': from(THROUGHPUT, (rows) => rateOf('face', 0.05, 'sumsRate')(rows).toFixed(0)),
  'chain-single-over-costs': from(THROUGHPUT, (rows) => thousands(rateOf('single', 0.05, 'costRate')(rows))),
  'chain-face-over-costs': from(THROUGHPUT, (rows) => thousands(rateOf('face', 0.05, 'costRate')(rows))),

  'exact-table': from(EXACT, (rows) => exactTable(rows as unknown as ExactRow[])),
  'exact-instances': from(EXACT, (rows) => `${where(rows, { method: METHODS[0]! }).length}`),
  'exact-highs-scaled': from(EXACT, (rows) => {
    const all = rows as unknown as ExactRow[];
    const own = where(rows, { method: 'ilp-highs', family: 'scaled', outcome: 'solved' }) as unknown as ExactRow[];
    return timesAsLong(own, all)!.toFixed(0);
  }),
  'beyond-36': from(BEYOND, beyond(36)),
  'beyond-40': from(BEYOND, beyond(40)),
  'beyond-face': from(BEYOND, (rows) => {
    const own = where(rows, { family: 'face', outcome: 'solved' }).map((row) => number(row, 'seconds'));
    const each = own.sort((a, b) => a - b).map((value) => value.toFixed(0));
    return `${each.slice(0, -1).join(', ')} and ${each.at(-1)}`;
  }),

  'compact-table': from(COMPACT, (rows) => compactTable(rows as unknown as CompactRow[])),
  'compact-root': from(COMPACT, (rows) =>
    span(where(rows, { normalize: 'root' }), (row) => number(row, 'ratio').toFixed(1)),
  ),

  'accuracy-dense': from('results/accuracy.csv', (rows) =>
    span(where(rows, { kind: 'dense' }), (row) => points(number(row, 'storedAccuracy'))),
  ),
  ...Object.fromEntries(
    ['uniform', 'residual', 'greedy', 'anneal-selection'].map((method) => [`accuracy-${method}`, accuracy({ method })]),
  ),
  ...Object.fromEntries(FOUR.map((method) => [`gain-${method}`, gain(method)])),
  ...Object.fromEntries(
    ['greedy', 'anneal-selection'].map((method) => [`gain-${method}-interval`, gainInterval(method)]),
  ),
  'accuracy-recipe': from(DIFFERENCES, (rows) =>
    span(where(rows, { ...BEST_RECIPE, method: FOUR }), (row) => points(number(row, 'accuracy'))),
  ),
  'accuracy-uniform-rounds': accuracy({ schedule: 'once, 4 rounds', method: 'uniform' }),
  'accuracy-80-uniform': accuracy({ sparsity: 0.8, method: 'uniform' }),
  'accuracy-80-others': from(DIFFERENCES, (rows) => {
    const others = where(rows, { ...PLAIN, sparsity: 0.8 }).filter(({ method }) => method !== 'uniform');
    return span(others, (row) => points(number(row, 'accuracy')));
  }),
  'accuracy-97-greedy': accuracy({ sparsity: 0.97, method: 'greedy' }),
  'accuracy-97-uniform': accuracy({ sparsity: 0.97, method: 'uniform' }),
};
