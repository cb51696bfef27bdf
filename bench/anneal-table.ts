/** The annealing table of the README, from the rows of paper-artifacts/anneal-quality.csv; see bench/anneal.ts. */

/** One run; see `quality` in bench/anneal.ts. `ratio` and `gap_share` are NaN where nothing is certified. */
export interface QualityRow {
  readonly instance: string;
  readonly method: string;
  readonly start: string;
  readonly sparsity: string;
  readonly seed: number;
  readonly kept: number;
  readonly cost: number;
  readonly seconds: number;
  readonly ratio: number;
  readonly gap_share: number;
}

/** What annealing is measured against; `best` anneals too. */
export const OTHERS = ['independent', 'residual', 'uniform', 'greedy', 'alternating'];

export function readQuality(csv: string): QualityRow[] {
  const [head, ...lines] = csv.trimEnd().split('\n');
  const columns = head!.split(',');
  const isText = new Set(['instance', 'method', 'start', 'sparsity']);
  return lines.map((line) => {
    const cells = line.split(',').map((cell, k) => {
      if (isText.has(columns[k]!)) return [columns[k], cell];
      return [columns[k], cell === '' ? Number.NaN : Number(cell)];
    });
    return Object.fromEntries(cells) as QualityRow;
  });
}

const INSTANCES = [
  ['face', 'face network', 3],
  ['resnet18', 'ResNet-18-shaped', 1],
  ['single', '512 x 4608', 1],
] as const;
/** The importance kept by method and start. */
const KEPT = [
  ['greedy', 'greedy', 'own'],
  ['alternating', 'alternating', 'own'],
  ['anneal-selection', 'anneal-selection', 'cold'],
  ['from greedy', 'anneal-selection', 'greedy'],
  ['anneal-shape', 'anneal-shape', 'cold'],
  ['from greedy', 'anneal-shape', 'greedy'],
  ['best', 'best', 'own'],
] as const;

/** Markdown: kept importance by method, least to greatest over the seeds; the last three columns of anneal-selection, cold. */
export function annealingTable(rows: readonly QualityRow[]): string {
  const head = ['instance, sparsity', ...KEPT.map(([title]) => title), 'certified ratio', 'of the gap', 'seconds'];
  const lines = INSTANCES.flatMap(([instance, title, digits]) =>
    ['0.5', '0.8', '0.93'].map((sparsity) => {
      const of = (method: string, start: string) =>
        rows.filter((row) => {
          return (
            [row.instance, row.sparsity, row.method, row.start].join() === [instance, sparsity, method, start].join()
          );
        });
      const cold = of('anneal-selection', 'cold');
      return [
        `${title}, ${100 * Number(sparsity)}%`,
        ...KEPT.map(([, method, start]) => span(of(method, start), ({ kept }) => kept.toFixed(digits))),
        span(cold, ({ ratio }) => ratio.toFixed(4)),
        span(cold, ({ gap_share }) => `${(100 * gap_share).toFixed(1)}%`),
        span(cold, ({ seconds }) => seconds.toFixed(0)),
      ];
    }),
  );
  const rule = `|${'---|'.repeat(head.length)}`;
  const [first, ...others] = [head, ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return [first, rule, ...others].join('\n');
}

/** Least to greatest of a column, as text; rows with no number in it do not count. */
function span(rows: readonly QualityRow[], show: (row: QualityRow) => string): string {
  const shown = rows.map(show).filter((text) => !text.startsWith('NaN'));
  if (shown.length === 0) return 'not run';
  const sorted = shown.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  return least === most ? least : `${least} to ${most}`;
}
