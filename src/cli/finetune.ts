import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import { targetOfSparsity } from '../problem/goal.ts';
import { type Instance, unitCount } from '../problem/instance.ts';
import { indicesOf, type Pruning, removedUnits } from '../problem/pruning.ts';
import type { StopReason } from '../problem/result.ts';
import { withExamples } from './help.ts';
import {
  announce,
  checkpointOf,
  identityOf,
  type LearningOptions,
  openBackend,
  openData,
  requireFolder,
  stepsOf,
  teacherOf,
  trainWithBar,
  withLearning,
} from './learning.ts';
import { DEFAULT_METHOD, methodOption } from './method-option.ts';
import { checkOutputs, type ImportanceOptions, integer, sparsity, withImportance } from './options.ts';
import { note, printJson, printPairs, share } from './output.ts';
import { abortOnSignals, reportNone, withProgress } from './running.ts';

interface Options extends LearningOptions, ImportanceOptions {
  readonly pruning?: string;
  readonly masks?: string;
  readonly sparsity?: string;
  readonly schedule?: string;
  readonly method: string;
  readonly rounds: number;
  readonly compact?: string;
}

type Neural = typeof import('../neural/index.ts');
type Masks = ReturnType<Neural['masksOf']>;

export function finetuneCommand(): Command {
  const command = new Command('finetune')
    .argument('<model>', 'model.json')
    .option('--pruning <FILE>', 'pruning to keep to (.json), of a model extracted with the same --only')
    .option('--masks <FILE>', 'the same as masks (.safetensors)')
    .option('--sparsity <F>', 'prune to this first: an exact decimal from 0 to 1, or a percentage', sparsity)
    .option('--schedule <F,F,...>', 'prune to one after the other, with training behind each', schedule)
    .addOption(methodOption('how to prune: see rcprune methods').default(DEFAULT_METHOD))
    .option('--rounds <N>', 'times to solve again without importance in lines that are dead then', integer, 0)
    .option('--compact <DIR>', 'folder of the compact model, to write too');
  return withExamples(
    withLearning(withImportance(command)).action(run),
    'finetune dense/model.json --data glyphs --sparsity 93% --only conv --epochs 2 -o pruned --compact compact',
    'finetune dense/model.json --data glyphs --schedule 50%,80%,93% --epochs 1 -o pruned',
  );
}

/** Parses sparsities between commas. */
function schedule(text: string): string {
  return text.split(',').map(sparsity).join(',');
}

/** Fine-tuning starts from weights that are good. */
const DEFAULT_RATE = 0.02;

async function run(file: string, options: Options): Promise<void> {
  const signal = abortOnSignals();
  const { pruning: pruningFile, masks: masksFile, sparsity, schedule } = options;
  const ways = [pruningFile, masksFile, sparsity, schedule].filter((given) => given !== undefined).length;
  if (ways > 1) throw new RcpruneError('finetune', 'one of --pruning, --masks, --sparsity and --schedule', `${ways}`);
  const inputs = [file, pruningFile, masksFile, options.teacher];
  for (const folder of [options.output, options.compact]) {
    if (folder !== undefined) await requireFolder(folder, inputs);
  }
  await checkOutputs([options.output, options.compact, options.checkpoint], inputs);
  const { solve } = await import('../run/solve.ts');
  const neural = await import('../neural/index.ts');
  const {
    compactModel,
    evaluate,
    instanceOfLayersModel,
    livingInstance,
    loadModel,
    maskModel,
    masksOf,
    requireFit,
    saveModel,
  } = neural;
  const { readMasks, readPruning, writeMasks } = await import('../formats/pruning.ts');
  const backend = await openBackend(options);
  const model = await loadModel(file);
  const data = await openData(options, model);
  const { steps, perEpoch } = stepsOf(options, data);
  const { importance, normalize, only } = options;
  const instanceNow = () => instanceOfLayersModel(model, { importance, normalize, only }).instance;
  const original = instanceNow();
  const sparsities = schedule?.split(',') ?? (sparsity === undefined ? [null] : [sparsity]);
  const targets = sparsities.map((one) => (one === null ? null : targetOfSparsity(one, unitCount(original))));
  if (targets.some((target, k) => k > 0 && target! <= targets[k - 1]!)) {
    throw new RcpruneError('--schedule', 'rising sparsities', `${schedule}`);
  }
  const given = pruningFile === undefined ? undefined : (await readPruning(pruningFile, original)).pruning;
  const fixed = masksFile === undefined ? given : await readMasks(masksFile, original);
  const { method, batch, rate = DEFAULT_RATE, warmUp, weightDecay, labelSmoothing, seed } = options;
  const { hashOfWeights, readCheckpoint } = neural;
  const identity = {
    command: 'finetune',
    model: hashOfWeights(model),
    masks:
      fixed === undefined
        ? null
        : JSON.stringify(fixed.layers.map((layer) => Object.values(layer).map((lines) => [...lines]))),
    method: sparsity === undefined && schedule === undefined ? null : method,
    sparsities: sparsity ?? schedule ?? null,
    rounds: options.rounds,
    ...{ importance, normalize, only },
    ...identityOf(options, data, steps),
  };
  const resumed = options.resume === undefined ? undefined : await readCheckpoint(options.resume, identity);
  const teacher = await teacherOf(options);
  for (const one of [model, ...(teacher === undefined ? [] : [teacher.model])]) requireFit(one, data.train);
  announce(backend);
  const began = performance.now();
  const stages: object[] = [];
  let stopReason: StopReason = 'complete';
  let masks: Masks = resumed?.masks ?? new Map();
  for (let stage = resumed?.stage ?? 0; stage < targets.length && stopReason === 'complete'; stage++) {
    const from = stage === resumed?.stage ? resumed : undefined;
    if (from === undefined) {
      const target = targets[stage]!;
      let found = fixed;
      // What a signal leaves of a search is not its answer, and training on it could not be resumed to the same end.
      for (let round = 0; round <= options.rounds && target !== null && !signal.aborted; round++) {
        const instance = round === 0 ? instanceNow() : livingInstance(model, instanceNow(), found!);
        const result = await withProgress(`solve ${method}`, (onProgress) =>
          solve(instance, { method, goal: { target }, seed, signal, onProgress }),
        );
        if (result.pruning === null && round === 0) {
          if (options.json) printJson({ model: null, removed: null, entries: unitCount(original), stages, seed });
          reportNone(result);
          return;
        }
        found = result.pruning ?? found;
      }
      if (target !== null && signal.aborted) {
        note(`interrupted while ${method} was solving: the checkpoint, if there is one, is of before`);
        stopReason = 'interrupted';
        break;
      }
      if (found !== undefined) masks = masksOf(original, found);
    }
    const kept = maskModel(model, masks);
    const before = from === undefined ? await evaluate(model, data.validation) : null;
    const checkpoint = await checkpointOf(options, identity, stage, masks);
    const learning = { batchSize: batch, rate, warmUp, weightDecay, labelSmoothing, seed, teacher, signal, checkpoint };
    const label = sparsities[stage] === null ? 'finetune' : `finetune at ${sparsities[stage]}`;
    const tuned = await trainWithBar(model, data, label, {
      ...learning,
      ...{ steps, perEpoch, masks: kept, resume: from?.state },
    }).finally(kept.dispose);
    ({ stopReason } = tuned);
    const after = await evaluate(model, data.validation);
    stages.push({
      sparsity: sparsities[stage],
      steps: tuned.step,
      loss: tuned.loss,
      before: before?.accuracy ?? null,
      after: after.accuracy,
    });
  }
  const saved = await saveModel(model, options.output);
  const pruning = pruningOf(original, masks);
  await writeMasks(path.join(options.output, 'masks.safetensors'), original, pruning);
  let compact: object | null = null;
  if (options.compact !== undefined) {
    const { model: smaller, parameters, multiplyAdds } = compactModel(model, masks);
    await mkdir(options.compact, { recursive: true });
    compact = { model: await saveModel(smaller, options.compact), parameters, multiplyAdds };
    smaller.dispose();
  }
  const { accuracy, loss, count } = await evaluate(model, data.validation);
  const [removed, entries] = [removedUnits(original, pruning), unitCount(original)];
  const seconds = (performance.now() - began) / 1000;
  if (options.json) {
    const validation = { accuracy, loss, count };
    const { name, description } = backend;
    const run = { model: saved, data: options.data, backend: name, description, stopReason };
    printJson({ ...run, removed, entries, stages, validation, compact, seed, seconds });
    return;
  }
  printPairs([
    ['model', `${saved}, masks.safetensors beside it`],
    ['removed', `${removed} of ${entries} entries (${share(removed, entries)})`],
    ['trained', `${stages.length} stage${stages.length === 1 ? '' : 's'} (${stopReason}), ${seconds.toFixed(1)} s`],
    ['validation', `${share(accuracy, 1)} of ${count} images right, loss ${loss.toFixed(4)}`],
  ]);
}

/** Masks as a pruning; a layer without one keeps everything. */
function pruningOf(instance: Instance, masks: Masks): Pruning {
  const removed = (lines: Uint8Array | undefined) => indicesOf(lines ?? new Uint8Array(), 0);
  const layers = instance.layers.map(({ name }) => {
    const mask = masks.get(name);
    return { removedRows: removed(mask?.rows), removedColumns: removed(mask?.columns) };
  });
  return { layers };
}
