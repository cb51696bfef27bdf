import { startBackend } from '../../src/neural/backend.ts';
import { loadGlyphs } from '../../src/neural/data/glyphs.ts';
import { saveStateDict } from '../../src/neural/index.ts';
import { evaluate } from '../../src/neural/training/evaluate.ts';
import { train } from '../../src/neural/training/train.ts';
import { integerFrom, programOf } from '../program.ts';
import { BASELINE_TRAINING, baselineFile, network } from './network.ts';

/*
 * Trains a baseline of the experiment and writes its weights beside this file.
 */

const { seed } = programOf(
  'npx tsx paper-artifacts/accuracy/baseline.ts',
  'Trains a baseline of the experiment and writes baseline-SEED.safetensors beside this program.',
  ['', '--seed 2'],
)
  .option('--seed <N>', 'of the initial weights, order and augmentation', integerFrom(1), 1)
  .parse()
  .opts<{ seed: number }>();
const backend = await startBackend();
console.error(backend.description);
const data = await loadGlyphs();
const model = network(data, seed);
const { epochs, batchSize, rate } = BASELINE_TRAINING;
const perEpoch = Math.floor(data.train.labels.length / batchSize);
const began = performance.now();
const recent: number[] = [];
await train(model, data, {
  steps: epochs * perEpoch,
  batchSize,
  rate,
  seed,
  validateEvery: perEpoch,
  onStep: (step, loss) => {
    recent.push(loss);
    if (step % 100 > 0) return;
    const mean = recent.splice(0).reduce((sum, one) => sum + one, 0) / 100;
    console.error(`step ${step}, loss ${mean.toFixed(4)}, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  },
  onValidation: (step, { accuracy, loss }) =>
    console.error(`step ${step}, validation accuracy ${accuracy.toFixed(4)}, loss ${loss.toFixed(4)}`),
});
await saveStateDict(model, baselineFile(seed));
const { accuracy, loss } = await evaluate(model, data.test);
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ seed, backend: backend.description, ...BASELINE_TRAINING, accuracy, loss, seconds }));
