import type { Normalization } from '../../src/neural/index.ts';
import { markdownTable, span } from './markdown.ts';

/* The table of compact networks in the README, from the rows of compact.csv. */

/** A row of compact.csv; see compact.ts. Times in milliseconds, sizes in bytes. */
export interface CompactRow {
  readonly network: string;
  readonly method: string;
  readonly normalize: Normalization;
  readonly batch: number;
  /** Share of the entries removed. */
  readonly sparsity: number;
  readonly plain: number;
  readonly fused: number;
  readonly compact: number;
  /** The faster dense form / compact. */
  readonly ratio: number;
  /** Multiply-adds before / after. */
  readonly fewer: number;
  /** Share of the fused network's time that is in layers which compact. */
  readonly compressible: number;
  /** Greatest difference to the masked network, relative to its greatest output. */
  readonly error: number;
  readonly denseFile: number;
  readonly compactFile: number;
  readonly denseWeights: number;
  readonly compactWeights: number;
  /** Most bytes of tensors that one inference holds beside the weights. */
  readonly denseWorking: number;
  readonly compactWorking: number;
  readonly verdict: string;
  readonly processor: string;
}

/** Channels and extent of the convolutions that are measured alone. */
export const CONVOLUTIONS = [
  [64, 32],
  [64, 8],
  [128, 16],
  [256, 8],
  [512, 4],
] as const;

/** The lines of the table: what they show, of which networks, pruned how. */
const LINES = [
  ...CONVOLUTIONS.map(([channels, extent]) => ({
    title: `3x3, ${channels} channels, ${extent}x${extent}`,
    network: `conv 3x3 ${channels} at ${extent}x${extent}`,
    methods: ['residual', 'greedy'],
    normalize: 'mean',
  })),
  ...[
    ['ResNet-18, width 64, 32x32, importances / mean, residual', 'ResNet-18 width 64 at 32x32', 'residual', 'mean'],
    ['the same at 224x224', 'ResNet-18 width 64 at 224x224', 'residual', 'mean'],
    ['the same, uniform', 'ResNet-18 width 64 at 224x224', 'uniform', 'mean'],
    ['ResNet-18, 32x32, plain importances, residual', 'ResNet-18 width 64 at 32x32', 'residual', 'none'],
    ['ResNet-20, width 16, 32x32, importances / mean, residual', 'ResNet-20 width 16 at 32x32', 'residual', 'mean'],
  ].map(([title, network, method, normalize]) => ({ title, network, methods: [method], normalize })),
];

const megabytes = (bytes: number) => (bytes / 2 ** 20).toPrecision(2);

/** Markdown: how many times faster, from the least to the greatest of the methods; milliseconds and files of the first of them. */
export function compactTable(rows: readonly CompactRow[]): string {
  const head = ['', 'batch 1', 'batch 32', 'fewer multiply-adds', 'files, MB'];
  const lines = LINES.map(({ title, network, methods, normalize }) => {
    const own = rows.filter(
      (row) => row.network === network && methods.includes(row.method) && row.normalize === normalize,
    );
    const timed = [1, 32].map((batch) => {
      const alike = own.filter((row) => row.batch === batch);
      const [{ plain, fused, compact }] = alike as [CompactRow];
      const milliseconds = [Math.min(plain, fused), compact].map((one) => `${Number(one.toPrecision(3))}`).join(' to ');
      return `${span(alike, ({ ratio }) => ratio.toFixed(1))}x (${milliseconds} ms)`;
    });
    const [{ denseFile, compactFile }] = own as [CompactRow];
    const files = [denseFile, compactFile].map(megabytes).join(' to ');
    return [title, ...timed, span(own, ({ fewer }) => fewer.toPrecision(2)), files];
  });
  return markdownTable(head, lines);
}
