import { fileURLToPath } from 'node:url';
import { randomUniform, type Tensor } from '@tensorflow/tfjs-core';
import { Option } from 'commander';
import { writeText } from '../../src/formats/file.ts';
import type { Instance } from '../../src/index.ts';
import {
  type BackendName,
  compactModel,
  type DataSet,
  instanceOfLayersModel,
  loadGlyphs,
  type Masks,
  startBackend,
} from '../../src/neural/index.ts';
import { programOf } from '../program.ts';
import { bitsOf, loadResults, type Pruned } from './cells.ts';
import { METHODS } from './methods.ts';
import { BASELINE_SEEDS, baseline } from './network.ts';

/*
 * Writes latency.csv beside this file: milliseconds to classify a batch by each compact network of the 93% table, beside those
 * of the dense network in the same form (batch norms folded into convolutions), the two timed in turns.
 */

const TURNS = 60;
const WARM_UP = 10;
const BATCHES = [1, 32];
const SPARSITY = '0.93';
const HEAD = [
  ...['method', 'sparsity', 'baseline', 'backend', 'batch', 'milliseconds', 'denseMilliseconds', 'speedup'],
  ...['multiplyAdds', 'denseMultiplyAdds'],
];

type Model = Awaited<ReturnType<typeof baseline>>;

const { backend: wanted } = programOf(
  'npx tsx paper-artifacts/accuracy/latency.ts',
  'Times the compact networks of the 93% table beside the dense ones, and writes latency.csv beside this program.',
  ['', '--backend tensorflow'],
)
  .addOption(new Option('--backend <name>', 'what computes').choices(['tensorflow', 'wasm']).default('wasm'))
  .parse()
  .opts<{ backend: BackendName }>();
const { name: backend, description } = await startBackend(wanted);
console.error(description);

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!;

/** Whether a pruning is one of the 93% table: solved once, as the importances are extracted. */
function isOfTable({ method, seed, sparsity, importance, normalize, perturbed, units, rounds }: Pruned): boolean {
  const isPlain = [seed, perturbed, units, rounds].every((one) => one === undefined);
  const isListed = METHODS.includes(method as (typeof METHODS)[number]);
  return isListed && isPlain && sparsity === SPARSITY && importance === 'l1' && normalize === 'none';
}

function storedMasks({ stored }: Pruned, { layers }: Instance): Masks {
  const masks = stored.map(([name, keptRows, keptColumns]) => {
    const { rows, cols } = layers.find((layer) => layer.name === name)!;
    return [name, { rows: bitsOf(keptRows, rows), columns: bitsOf(keptColumns, cols) }] as const;
  });
  return new Map(masks);
}

function milliseconds(model: Model, images: Tensor): number {
  const began = performance.now();
  const output = model.predict(images) as Tensor;
  output.dataSync();
  output.dispose();
  return performance.now() - began;
}

/** Median milliseconds of both networks, in turns. */
function timed(compact: Model, dense: Model, batch: number, { test }: DataSet): [own: number, whole: number] {
  const images = randomUniform([batch, ...test.shape]);
  const times: [number[], number[]] = [[], []];
  for (let turn = -WARM_UP; turn < TURNS; turn++) {
    const pair = [milliseconds(compact, images), milliseconds(dense, images)];
    if (turn < 0) continue;
    for (const [k, time] of pair.entries()) times[k]!.push(time);
  }
  images.dispose();
  return times.map(median) as [number, number];
}

const data = await loadGlyphs();
const { pruned } = await loadResults(path('results.jsonl'));
const rows: (readonly (string | number)[])[] = [HEAD];
for (const seed of BASELINE_SEEDS) {
  const model = await baseline(data, seed);
  const { instance } = instanceOfLayersModel(model, { only: 'conv' });
  const { model: dense } = compactModel(model, new Map());
  for (const line of pruned.values()) {
    if (line.baseline !== seed || !isOfTable(line)) continue;
    const { model: compact } = compactModel(model, storedMasks(line, instance));
    for (const batch of BATCHES) {
      const [own, whole] = timed(compact, dense, batch, data);
      const { after, before } = line.multiplyAdds;
      const figures = [own.toFixed(3), whole.toFixed(3), (whole / own).toFixed(2), after, before];
      rows.push([line.method, line.sparsity, seed, backend, batch, ...figures]);
      console.error(
        `baseline ${seed} ${line.method}, batch ${batch}: ${own.toFixed(2)} ms, dense ${whole.toFixed(2)} ms`,
      );
    }
    compact.dispose();
  }
  dense.dispose();
  model.dispose();
}
await writeText(
  path('latency.csv'),
  rows.map((row) => `${row.join(',')}\n`),
);
