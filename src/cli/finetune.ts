import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import { targetOfSparsity } from '../problem/goal.ts';
import { type Instance, unitCount } from '../problem/instance.ts';
import { indicesOf, type Pruning, removedUnits } from '../problem/pruning.ts';
import type { SolveResult, StopReason } from '../problem/result.ts';
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

/** How far each stage prunes; null: not at all, or as the options say otherwise. */
interface Plan {
  readonly sparsities: readonly (string | null)[];
  readonly targets: readonly (number | null)[];
}

/** @throws RcpruneError on a schedule that does not rise */
function planOf({ sparsity, schedule }: Options, units: number): Plan {
  const sparsities = schedule?.split(',') ?? (sparsity === undefined ? [null] : [sparsity]);
  const targets = sparsities.map((one) => (one === null ? null : targetOfSparsity(one, units)));
  if (targets.some((target, k) => k > 0 && target! <= targets[k - 1]!)) {
    throw new RcpruneError('--schedule', 'rising sparsities', `${schedule}`);
  }
  return { sparsities, targets };
}

/** @throws RcpruneError on options that do not go together, or outputs that cannot be written */
async function checkOptions(file: string, options: Options): Promise<void> {
  const { pruning, masks, sparsity, schedule, output, compact, checkpoint, teacher } = options;
  const ways = [pruning, masks, sparsity, schedule].filter((given) => given !== undefined).length;
  if (ways > 1) throw new RcpruneError('finetune', 'one of --pruning, --masks, --sparsity and --schedule', `${ways}`);
  const inputs = [file, pruning, masks, teacher];
  for (const folder of [output, compact]) if (folder !== undefined) await requireFolder(folder, inputs);
  await checkOutputs([output, compact, checkpoint], inputs);
}

/** The pruning that the options give, if they give one. */
async function givenPruning({ pruning, masks }: Options, original: Instance): Promise<Pruning | undefined> {
  const { readMasks, readPruning } = await import('../formats/pruning.ts');
  if (masks !== undefined) return readMasks(masks, original);
  return pruning === undefined ? undefined : (await readPruning(pruning, original)).pruning;
}

/**
 * Solves for a target, and again without the importance of what is dead then, as often as the options say.
 *
 * @param instanceOf what the model's weights are worth now, in a round, given what the round before found
 * @returns the last pruning found; null where the first round finds none, whose result `onNone` hears
 */
async function search(
  { method, seed, rounds }: Options,
  target: number,
  instanceOf: (round: number, found: Pruning | null) => Instance,
  signal: AbortSignal,
  onNone: (result: SolveResult) => void,
): Promise<Pruning | null> {
  const { solve } = await import('../run/solve.ts');
  let found: Pruning | null = null;
  for (let round = 0; round <= rounds && !signal.aborted; round++) {
    const instance = instanceOf(round, found);
    const result = await withProgress(`solve ${method}`, (onProgress) =>
      solve(instance, { method, goal: { target }, seed, signal, onProgress }),
    );
    if (result.pruning === null && round === 0) {
      onNone(result);
      return null;
    }
    found = result.pruning ?? found;
  }
  return found;
}

async function run(file: string, options: Options): Promise<void> {
  const signal = abortOnSignals();
  await checkOptions(file, options);
  const neural = await import('../neural/index.ts');
  const { evaluate, hashOfWeights, instanceOfLayersModel, livingInstance, maskModel, masksOf, readCheckpoint } = neural;
  const backend = await openBackend(options);
  const model = await neural.loadModel(file);
  const data = await openData(options, model);
  const { steps, perEpoch } = stepsOf(options, data);
  const { importance, normalize, only, method, seed } = options;
  const instanceNow = () => instanceOfLayersModel(model, { importance, normalize, only }).instance;
  const original = instanceNow();
  const { sparsities, targets } = planOf(options, unitCount(original));
  const fixed = await givenPruning(options, original);
  const identity = {
    command: 'finetune',
    model: hashOfWeights(model),
    masks:
      fixed === undefined
        ? null
        : JSON.stringify(fixed.layers.map((layer) => Object.values(layer).map((lines) => [...lines]))),
    method: options.sparsity === undefined && options.schedule === undefined ? null : method,
    sparsities: options.sparsity ?? options.schedule ?? null,
    rounds: options.rounds,
    ...{ importance, normalize, only },
    ...identityOf(options, data, steps),
  };
  const resumed = options.resume === undefined ? undefined : await readCheckpoint(options.resume, identity);
  const teacher = await teacherOf(options);
  for (const one of [model, ...(teacher === undefined ? [] : [teacher.model])]) neural.requireFit(one, data.train);
  announce(backend);
  const began = performance.now();
  const stages: object[] = [];
  let stopReason: StopReason = 'complete';
  let masks: Masks = resumed?.masks ?? new Map();
  for (let stage = resumed?.stage ?? 0; stage < targets.length && stopReason === 'complete'; stage++) {
    const from = stage === resumed?.stage ? resumed : undefined;
    const target = targets[stage]!;
    if (from === undefined && target === null && fixed !== undefined) masks = masksOf(original, fixed);
    if (from === undefined && target !== null) {
      const instanceOf = (round: number, found: Pruning | null) =>
        round === 0 ? instanceNow() : livingInstance(model, instanceNow(), found!);
      let isNone = false;
      const found = await search(options, target, instanceOf, signal, (result) => {
        isNone = true;
        if (options.json) printJson({ model: null, removed: null, entries: unitCount(original), stages, seed });
        reportNone(result);
      });
      if (isNone) return;
      if (signal.aborted || found === null) {
        // What a signal leaves of a search is not its answer, and training on it could not be resumed to the same end.
        note(`interrupted while ${method} was solving: the checkpoint, if there is one, is of before`);
        stopReason = 'interrupted';
        break;
      }
      masks = masksOf(original, found);
    }
    const kept = maskModel(model, masks);
    const before = from === undefined ? await evaluate(model, data.validation) : null;
    const { batch, rate = DEFAULT_RATE, warmUp, weightDecay, labelSmoothing } = options;
    const checkpoint = await checkpointOf(options, identity, stage, masks);
    const learning = { batchSize: batch, rate, warmUp, weightDecay, labelSmoothing, seed, teacher, signal, checkpoint };
    const label = sparsities[stage] === null ? 'finetune' : `finetune at ${sparsities[stage]}`;
    const state = { steps, perEpoch, masks: kept, resume: from?.state };
    const tuned = await trainWithBar(model, data, label, { ...learning, ...state }).finally(kept.dispose);
    ({ stopReason } = tuned);
    const { accuracy: after } = await evaluate(model, data.validation);
    const { step, loss } = tuned;
    stages.push({ sparsity: sparsities[stage], steps: step, loss, before: before?.accuracy ?? null, after });
  }
  const written = await writeResults(model, original, masks, options);
  const { accuracy, loss, count } = await evaluate(model, data.validation);
  const [removed, entries] = [removedUnits(original, written.pruning), unitCount(original)];
  const seconds = (performance.now() - began) / 1000;
  if (options.json) {
    const { name, description } = backend;
    const ran = { model: written.model, data: options.data, backend: name, description, stopReason };
    const validation = { accuracy, loss, count };
    printJson({ ...ran, removed, entries, stages, validation, compact: written.compact, seed, seconds });
    return;
  }
  printPairs([
    ['model', `${written.model}, masks.safetensors beside it`],
    ['removed', `${removed} of ${entries} entries (${share(removed, entries)})`],
    ['trained', `${stages.length} stage${stages.length === 1 ? '' : 's'} (${stopReason}), ${seconds.toFixed(1)} s`],
    ['validation', `${share(accuracy, 1)} of ${count} images right, loss ${loss.toFixed(4)}`],
  ]);
}

type Model = Awaited<ReturnType<typeof import('../neural/index.ts').loadModel>>;

/** Writes the model, its masks beside it, and the compact model where one is asked for. */
async function writeResults(model: Model, original: Instance, masks: Masks, { output, compact: folder }: Options) {
  const { compactModel, saveModel } = await import('../neural/index.ts');
  const { writeMasks } = await import('../formats/pruning.ts');
  const saved = await saveModel(model, output);
  const pruning = pruningOf(original, masks);
  await writeMasks(path.join(output, 'masks.safetensors'), original, pruning);
  if (folder === undefined) return { model: saved, pruning, compact: null };
  const { model: smaller, parameters, multiplyAdds } = compactModel(model, masks);
  await mkdir(folder, { recursive: true });
  const compact = { model: await saveModel(smaller, folder), parameters, multiplyAdds };
  smaller.dispose();
  return { model: saved, pruning, compact };
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
