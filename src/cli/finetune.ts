import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { closure } from '../problem/closure.ts';
import { RcpruneError } from '../problem/error.ts';
import { targetOfSparsity } from '../problem/goal.ts';
import { type Instance, unitCount } from '../problem/instance.ts';
import { indicesOf, type Pruning, removedUnits } from '../problem/pruning.ts';
import type { SolveResult, StopReason } from '../problem/result.ts';
import { withExamples } from './help.ts';
import {
  type Learning,
  type LearningOptions,
  openLearning,
  requireFolder,
  stepsOf,
  validate,
  withLearning,
} from './learning.ts';
import { DEFAULT_METHOD, methodOption } from './method-option.ts';
import { announce, type DataSet, type Model, openBackend, openData } from './network.ts';
import {
  asAsked,
  checkOutputs,
  type ImportanceOptions,
  type LinkOptions,
  sparsity,
  withImportance,
  withUnlinked,
} from './options.ts';
import { note, printJson, printPairs, share } from './output.ts';
import { abortOnSignals, reportNone, withProgress } from './running.ts';

interface Options extends LearningOptions, ImportanceOptions, LinkOptions {
  readonly pruning?: string;
  readonly masks?: string;
  readonly sparsity?: string;
  readonly schedule?: string;
  readonly method: string;
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
    .option('--compact <DIR>', 'folder of the compact model, to write too');
  return withExamples(
    withLearning(withUnlinked(withImportance(command))).action(run),
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

/** The pruning that the options give, if they give one, with what is dead because of it. */
async function givenPruning({ pruning, masks }: Options, original: Instance): Promise<Pruning | undefined> {
  const { readMasks, readPruning } = await import('../formats/pruning.ts');
  if (masks !== undefined) return closure(original, await readMasks(masks, original));
  return pruning === undefined ? undefined : closure(original, (await readPruning(pruning, original)).pruning);
}

/** What all stages of a run have in common. */
interface Tuning {
  readonly neural: Neural;
  readonly options: Options;
  readonly model: Model;
  readonly data: DataSet;
  /** What the model's weights were worth before anything was trained. */
  readonly original: Instance;
  /** What they are worth now. */
  readonly instanceNow: () => Instance;
  readonly plan: Plan;
  /** The pruning that the options give. */
  readonly fixed: Pruning | undefined;
  readonly learning: Learning;
  readonly signal: AbortSignal;
}

/** Solves for a target, on the weights of this moment. */
async function search({ options, instanceNow, signal }: Tuning, target: number): Promise<SolveResult> {
  const { solve } = await import('../run/solve.ts');
  const { method, seed } = options;
  return withProgress(`solve ${method}`, (onProgress) =>
    solve(instanceNow(), { method, goal: { target }, seed, signal, onProgress }),
  );
}

/** Trains a stage, its masks in force; with what it gave, for the report. */
async function tuneStage({ neural, options, model, data, plan, learning }: Tuning, index: number, masks: Masks) {
  const from = index === learning.resumed?.stage ? learning.resumed : undefined;
  const tensors = neural.maskModel(model, masks, { silence: options.unlinked !== true });
  const before = from === undefined ? (await neural.evaluate(model, data.validation)).accuracy : null;
  const sparsity = plan.sparsities[index]!;
  const label = sparsity === null ? 'finetune' : `finetune at ${sparsity}`;
  const { step, loss, stopReason } = await learning
    .train(model, label, { index, masks, tensors, from })
    .finally(tensors.dispose);
  const { accuracy: after } = await neural.evaluate(model, data.validation);
  return { stopReason, row: { sparsity, steps: step, loss, before, after } };
}

/** Stage after stage, from that of the checkpoint on: prunes to its target if it has one, then trains. */
async function tune(tuning: Tuning) {
  const { neural, options, original, plan, fixed, learning, signal } = tuning;
  const { resumed } = learning;
  const stages: object[] = [];
  let stopReason: StopReason = 'complete';
  let masks: Masks = resumed?.masks ?? new Map();
  for (let index = resumed?.stage ?? 0; index < plan.targets.length && stopReason === 'complete'; index++) {
    const target = plan.targets[index]!;
    const isResumed = index === resumed?.stage;
    if (!isResumed && target === null && fixed !== undefined) masks = neural.masksOf(original, fixed);
    if (!isResumed && target !== null) {
      const result = signal.aborted ? null : await search(tuning, target);
      if (result?.pruning === null) return { stages, masks, stopReason, none: result };
      if (signal.aborted || result === null) {
        // What a signal leaves of a search is not its answer, and training on it could not be resumed to the same end.
        note(`interrupted while ${options.method} was solving: the checkpoint, if there is one, is of before`);
        stopReason = 'interrupted';
        break;
      }
      masks = neural.masksOf(original, result.pruning);
    }
    const tuned = await tuneStage(tuning, index, masks);
    ({ stopReason } = tuned);
    stages.push(tuned.row);
  }
  return { stages, masks, stopReason, none: null };
}

/** What names a run besides the options of all training. */
function identityOf({ options, neural, model, fixed }: Pick<Tuning, 'options' | 'neural' | 'model' | 'fixed'>) {
  const { sparsity, schedule, method, unlinked = false, importance, normalize, only } = options;
  const lists = fixed?.layers.map((layer) => Object.values(layer).map((lines) => [...lines]));
  return {
    command: 'finetune',
    model: neural.hashOfWeights(model),
    masks: lists === undefined ? null : JSON.stringify(lists),
    method: sparsity === undefined && schedule === undefined ? null : method,
    sparsities: sparsity ?? schedule ?? null,
    links: unlinked ? 'ignored' : 'kept',
    ...{ importance, normalize, only },
  };
}

async function run(file: string, options: Options): Promise<void> {
  const signal = abortOnSignals();
  await checkOptions(file, options);
  const neural = await import('../neural/index.ts');
  const backend = await openBackend(options);
  const model = await neural.loadModel(file);
  const data = await openData(options, model);
  const length = stepsOf(options, data);
  const { importance, normalize, only, seed } = options;
  const kept = { importance, normalize, only };
  const instanceNow = () => asAsked(neural.instanceOfLayersModel(model, kept).instance, options);
  const original = instanceNow();
  const entries = unitCount(original);
  const plan = planOf(options, entries);
  const fixed = await givenPruning(options, original);
  const identity = identityOf({ options, neural, model, fixed });
  const learning = await openLearning(options, data, length, identity, DEFAULT_RATE, signal);
  neural.requireFit(model, data.train);
  if (learning.teacher !== undefined) neural.requireFit(learning.teacher.model, data.train);
  announce(backend);
  const began = performance.now();
  const tuning = { neural, options, model, data, original, instanceNow, plan, fixed, learning, signal };
  const { stages, masks, stopReason, none } = await tune(tuning);
  if (none !== null) {
    if (options.json) printJson({ model: null, removed: null, entries, stages, seed });
    reportNone(none);
    return;
  }
  const written = await writeResults(model, original, masks, options);
  const { validation, words } = await validate(model, data);
  const removed = removedUnits(original, written.pruning);
  const seconds = (performance.now() - began) / 1000;
  if (options.json) {
    const { name, description } = backend;
    const ran = { model: written.model, data: options.data, backend: name, description, stopReason };
    printJson({ ...ran, removed, entries, stages, validation, compact: written.compact, seed, seconds });
    return;
  }
  printPairs([
    ['model', `${written.model}, masks.safetensors beside it`],
    ['removed', `${removed} of ${entries} entries (${share(removed, entries)})`],
    ['trained', `${stages.length} stage${stages.length === 1 ? '' : 's'} (${stopReason}), ${seconds.toFixed(1)} s`],
    ['validation', words],
  ]);
}

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
