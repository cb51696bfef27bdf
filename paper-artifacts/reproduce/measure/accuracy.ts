import {
  exactCost,
  loadMethods,
  makeLayerPruning,
  solveSync,
  sparsityGoal,
  toNearest,
  withoutLinks,
} from '../../../src/index.ts';
import {
  bootstrapMean,
  type DataSet,
  evaluate,
  instanceOfLayersModel,
  loadGlyphs,
  maskModel,
  masksOf,
  startBackend,
  train,
} from '../../../src/neural/index.ts';
import { indicesOf } from '../../../src/problem/pruning.ts';
import { bitsOf, loadResults, type Measured, type Pruned } from '../../accuracy/cells.ts';
import { METHODS } from '../../accuracy/methods.ts';
import { BASELINE_SEEDS, baseline } from '../../accuracy/network.ts';
import { isSmoke, measure } from '../measure.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * What of the accuracy experiment a few minutes can do again, beside what is stored of it: the shipped baselines classify the test
 * images; each method prunes baseline 1 again, its pruning compared bit by bit, its cost exactly, and the pruned network
 * classifies; one cell is fine-tuned with the experiment's budget.
 *
 * Always on WebAssembly, one thread, whose bits are the same everywhere. The stored results are TensorFlow's: its sums round
 * otherwise, so a few images near a boundary change sides, and a network fine-tuned is another one of the same kind.
 */

/** Of the experiment's cells the one that is trained again. */
const TUNED = { method: 'anneal-selection', sparsity: '0.93', baseline: 1, tuningSeed: 1 };
const TUNING = { steps: 258, batchSize: 64, rate: 0.05 };

interface Cell {
  readonly kind: 'dense' | 'pruned' | 'tuned';
  readonly baseline: number;
  readonly method: string;
}

const cells: Cell[] = isSmoke
  ? [{ kind: 'pruned', baseline: 1, method: 'greedy' }]
  : [
      ...BASELINE_SEEDS.map((seed): Cell => ({ kind: 'dense', baseline: seed, method: 'none' })),
      ...METHODS.map((method): Cell => ({ kind: 'pruned', baseline: 1, method })),
      { kind: 'tuned', baseline: TUNED.baseline, method: TUNED.method },
    ];

const { name: backend } = await startBackend('wasm');
const data: DataSet = await loadGlyphs();
const { test } = data;
const stored = await loadResults(new URL('../../accuracy/results.jsonl', import.meta.url).pathname);

const isPlain = (line: Pruned) =>
  line.importance === 'l1' &&
  line.normalize === 'none' &&
  [line.units, line.via, line.rounds, line.perturbed, line.seed].every((more) => more === undefined);

function storedPruning(method: string, seed: number): Pruned {
  const { sparsity } = TUNED;
  const line = [...stored.pruned.values()].find(
    (one) => isPlain(one) && one.method === method && one.baseline === seed && one.sparsity === sparsity,
  );
  if (line === undefined) throw new Error(`accuracy/results.jsonl: no pruning by ${method} of baseline ${seed}`);
  return line;
}

/** Test accuracy now and as it is stored, and how many images are classified alike: rightly by both or wrongly by both. */
function compared(correct: Uint8Array, accuracy: number, theirs: Pick<Measured, 'accuracy' | 'correct'>) {
  const bits = bitsOf(theirs.correct, test.labels.length);
  const [low, high] = bootstrapMean([{ values: bits }], test.groups ?? null).interval;
  const alike = correct.reduce((sum, bit, k) => sum + (bit === bits[k] ? 1 : 0), 0);
  return { accuracy, storedAccuracy: theirs.accuracy, storedLow: low, storedHigh: high, alike, images: bits.length };
}

await measure('accuracy', import.meta.url, cells, async (cell) => {
  const model = await baseline(data, cell.baseline);
  const began = process.cpuUsage();
  const { sparsity, tuningSeed } = TUNED;
  const head = { method: cell.method, kind: cell.kind, baseline: cell.baseline, backend };
  const done = (row: object) => {
    const { user, system } = process.cpuUsage(began);
    model.dispose();
    return { rows: [{ ...head, ...row }], clock: [{ ...head, processorSeconds: (user + system) / 1e6 }] };
  };
  if (cell.kind === 'dense') {
    const { accuracy, correct } = await evaluate(model, test);
    const line = stored.dense.find((one) => one.baseline === cell.baseline)!;
    return done({
      sparsity: 0,
      steps: 0,
      ...compared(correct, accuracy, line),
      cost: null,
      storedCost: null,
      samePruning: null,
    });
  }
  const line = storedPruning(cell.method, cell.baseline);
  const instance = withoutLinks(instanceOfLayersModel(model, { only: 'conv' }).instance);
  const goal = sparsityGoal(instance, sparsity);
  const kept = {
    layers: instance.layers.map((layer, l) => {
      const [, rows, columns] = line.stored[l]!;
      return makeLayerPruning(layer, indicesOf(bitsOf(rows, layer.rows), 0), indicesOf(bitsOf(columns, layer.cols), 0));
    }),
  };
  const masks = maskModel(model, masksOf(instance, kept));
  try {
    if (cell.kind === 'tuned') {
      await train(model, data, { ...TUNING, seed: tuningSeed, masks });
      const tuned = stored.tuned.find(
        (one) => one.pruned === line.key && one.tuningSeed === tuningSeed && one.tuning.steps === TUNING.steps,
      )!;
      const { accuracy, correct } = await evaluate(model, test);
      const figures = compared(correct, accuracy, tuned.after);
      return done({ sparsity, steps: TUNING.steps, ...figures, cost: null, storedCost: null, samePruning: null });
    }
    const again = solveSync(instance, { method: cell.method, goal }).pruning!;
    const { accuracy, correct } = await evaluate(model, test);
    return done({
      sparsity,
      steps: 0,
      ...compared(correct, accuracy, line.before),
      cost: toNearest(exactCost(instance, kept).cost),
      storedCost: line.cost,
      samePruning: JSON.stringify(again) === JSON.stringify(kept),
    });
  } finally {
    masks.dispose();
  }
});
