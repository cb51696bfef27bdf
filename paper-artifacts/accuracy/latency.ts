import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomUniform, type Tensor } from '@tensorflow/tfjs-core';
import { compactModel, instanceOfLayersModel, loadGlyphs, type Masks, startBackend } from '../../src/neural/index.ts';
import { bitsOf, loadResults } from './cells.ts';
import { METHODS } from './methods.ts';
import { BASELINE_SEEDS, baseline } from './network.ts';

/*
 * Writes latency.csv beside this file: milliseconds to classify a batch by each compact network of the 93% table, beside those
 * of the dense network in the same form (batch norms folded into convolutions), the two timed in turns.
 *
 *   npx tsx paper-artifacts/accuracy/latency.ts [--backend tensorflow]
 */

const TURNS = 60;
const WARM_UP = 10;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const { values } = parseArgs({ options: { backend: { type: 'string', default: 'wasm' } } });
const { name: backend, description } = await startBackend(values.backend as 'wasm' | 'tensorflow');
console.error(description);
const data = await loadGlyphs();
const { pruned } = await loadResults(path('results.jsonl'));

const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!;
const rows: unknown[][] = [
  'method,sparsity,baseline,backend,batch,milliseconds,denseMilliseconds,speedup,multiplyAdds,denseMultiplyAdds'.split(
    ',',
  ),
];
for (const seed of BASELINE_SEEDS) {
  const model = await baseline(data, seed);
  const { instance } = instanceOfLayersModel(model, { only: 'conv' });
  const { model: dense } = compactModel(model, new Map());
  for (const line of pruned.values()) {
    if (line.seed !== undefined || !METHODS.includes(line.method as (typeof METHODS)[number])) continue;
    const isPlain = line.perturbed === undefined && line.units === undefined && line.rounds === undefined;
    if (
      line.baseline !== seed ||
      line.sparsity !== '0.93' ||
      line.importance !== 'l1' ||
      line.normalize !== 'none' ||
      !isPlain
    )
      continue;
    const masks: Masks = new Map(
      line.stored.map(([name, keptRows, keptColumns]) => {
        const { rows, cols } = instance.layers.find((layer) => layer.name === name)!;
        return [name, { rows: bitsOf(keptRows, rows), columns: bitsOf(keptColumns, cols) }];
      }),
    );
    const { model: compact } = compactModel(model, masks);
    for (const batch of [1, 32]) {
      const images = randomUniform([batch, ...data.test.shape]);
      const time = (one: typeof model) => {
        const began = performance.now();
        const output = one.predict(images) as Tensor;
        output.dataSync();
        output.dispose();
        return performance.now() - began;
      };
      const times: [number[], number[]] = [[], []];
      for (let turn = -WARM_UP; turn < TURNS; turn++) {
        const [own, whole] = [time(compact), time(dense)];
        if (turn < 0) continue;
        times[0].push(own);
        times[1].push(whole);
      }
      images.dispose();
      const [own, whole] = times.map(median) as [number, number];
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
writeFileSync(path('latency.csv'), `${rows.map((row) => row.join(',')).join('\n')}\n`);
