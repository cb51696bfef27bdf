/** The annealing table of the README, from the rows of paper-artifacts/anneal-quality.csv; see anneal.ts. */

import { markdownTable, span } from './markdown.ts';

/** One run; see anneal.ts. `ratio` and `gap_share` are null where nothing is certified. */
export interface QualityRow {
  readonly instance: string;
  readonly method: string;
  readonly start: string;
  readonly sparsity: number;
  readonly seed: number;
  readonly kept: number;
  readonly cost: number;
  readonly seconds: number;
  readonly ratio: number | null;
  readonly gap_share: number | null;
}

/** What annealing is measured against; `best` anneals too. */
export const OTHERS = ['independent', 'residual', 'uniform', 'greedy', 'alternating'];

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
    [0.5, 0.8, 0.93].map((sparsity) => {
      const of = (method: string, start: string) =>
        rows.filter((row) => {
          return (
            [row.instance, row.sparsity, row.method, row.start].join() === [instance, sparsity, method, start].join()
          );
        });
      const cold = of('anneal-selection', 'cold');
      return [
        `${title}, ${100 * sparsity}%`,
        ...KEPT.map(([, method, start]) => span(of(method, start), ({ kept }) => kept.toFixed(digits))),
        span(cold, ({ ratio }) => ratio?.toFixed(4)),
        span(cold, ({ gap_share }) => (gap_share === null ? null : `${(100 * gap_share).toFixed(1)}%`)),
        span(cold, ({ seconds }) => seconds.toFixed(0)),
      ];
    }),
  );
  return markdownTable(head, lines);
}
