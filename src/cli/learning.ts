import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import { requireInteger } from '../problem/instance.ts';
import { type DataOptions, type DataSet, type Model, withData } from './network.ts';
import { decimal, integer } from './options.ts';
import { note, progress, share } from './output.ts';
import { paceOf, showPace } from './pace.ts';

/*
 * What commands that train networks share, all but what is trained: options, the length of a run, its identity, checkpoints and teacher,
 * and what is said on the way.
 */

type Neural = typeof import('../neural/index.ts');
type TrainOptions = Parameters<Neural['train']>[2];
type TrainResult = Awaited<ReturnType<Neural['train']>>;
type RunIdentity = Parameters<Neural['writeCheckpoint']>[1];
type CheckpointContent = Parameters<Neural['writeCheckpoint']>[2];

export interface LearningOptions extends DataOptions {
  readonly output: string;
  readonly epochs?: number;
  readonly steps?: number;
  readonly batch: number;
  readonly rate?: number;
  readonly warmUp?: number;
  readonly weightDecay?: number;
  readonly labelSmoothing?: number;
  readonly seed: number;
  readonly teacher?: string;
  readonly temperature?: number;
  readonly teacherWeight?: number;
  readonly checkpoint?: string;
  readonly checkpointEvery: number;
  readonly resume?: string;
}

export function withLearning(command: Command): Command {
  return withData(command)
    .option('--epochs <N>', 'passes over the training images', integer)
    .option('--steps <N>', 'batches, instead of --epochs', integer)
    .option('--batch <B>', 'images of a batch', integer, 32)
    .option('--rate <F>', 'greatest learning rate', decimal)
    .option('--warm-up <N>', 'steps in which it is reached (default a twentieth of all)', integer)
    .option('--weight-decay <F>', 'of kernels (default 5e-4)', decimal)
    .option('--label-smoothing <F>', 'share of the target spread over all classes (default 0)', decimal)
    .option('--seed <S>', 'seed of everything random', integer, 1)
    .option('--teacher <MODEL>', 'a network to learn from besides the labels (model.json)')
    .option('--temperature <F>', 'softens the logits of teacher and learner (default 4)', decimal)
    .option('--teacher-weight <F>', "the teacher's share in the loss (default 0.5)", decimal)
    .option('--checkpoint <FILE>', 'state of the run, written now and then and at SIGINT (.safetensors)')
    .option('--checkpoint-every <N>', 'steps between checkpoints', integer, 200)
    .option('--resume <FILE>', 'checkpoint to go on from, to the same end')
    .requiredOption('-o, --output <DIR>', 'folder of the trained model');
}

/** The length of a run (or of each stage) in steps. @throws RcpruneError unless one of --epochs and --steps is given */
export function stepsOf({ epochs, steps, batch }: LearningOptions, data: DataSet): { steps: number; perEpoch: number } {
  requireInteger('--batch', batch, 1);
  const perEpoch = Math.max(1, Math.floor(data.train.labels.length / batch));
  if ((epochs === undefined) === (steps === undefined)) {
    throw new RcpruneError('length of the run', 'one of --epochs and --steps', epochs === undefined ? 'none' : 'both');
  }
  return { steps: steps ?? epochs! * perEpoch, perEpoch };
}

/** @throws RcpruneError on a folder that is a file, or holds an input: found out before the work is done */
export async function requireFolder(output: string, inputs: readonly (string | undefined)[]): Promise<void> {
  const stats = await stat(output).catch(() => null);
  if (stats !== null && !stats.isDirectory()) throw new RcpruneError(output, 'a folder, or nothing', 'a file');
  const written = path.resolve(output, 'model.json');
  if (inputs.some((input) => input !== undefined && path.resolve(input) === written)) {
    throw new RcpruneError(output, 'a folder of its own', 'the folder of an input');
  }
}

/** The teacher of the options, if there is one; the caller disposes of its model. */
async function teacherOf({ teacher, temperature, teacherWeight }: LearningOptions) {
  if (teacher === undefined) {
    if (temperature === undefined && teacherWeight === undefined) return undefined;
    throw new RcpruneError('--temperature, --teacher-weight', '--teacher', 'none');
  }
  const { loadModel } = await import('../neural/index.ts');
  return { model: await loadModel(teacher), temperature, weight: teacherWeight };
}

/** What of the options names a run, for its checkpoint. */
function identityOf(options: LearningOptions, data: DataSet, steps: number) {
  const { data: set, batch, rate, warmUp, weightDecay, labelSmoothing, seed, teacher, temperature } = options;
  const images = data.train.labels.length;
  const shape = `${data.train.shape}`;
  const own = { rate, warmUp, weightDecay, labelSmoothing, teacher, temperature, teacherWeight: options.teacherWeight };
  const given = Object.entries(own).map(([name, value]) => [name, value ?? null] as const);
  return { data: set, images, shape, steps, batch, seed, ...Object.fromEntries(given) };
}

/** A run of training that may have several stages. */
export interface Learning {
  /** Steps of each stage. */
  readonly steps: number;
  /** The checkpoint to go on from, if the options name one. */
  readonly resumed: CheckpointContent | undefined;
  /** Learnt from besides the labels, if the options name one. */
  readonly teacher: TrainOptions['teacher'];
  /** Trains a stage, with a bar or lines on stderr and checkpoints as the options ask for. */
  train(model: Model, label: string, stage: Stage): Promise<TrainResult>;
}

/** One stage of a {@link Learning}. */
export interface Stage {
  readonly index: number;
  /** In force while it lasts, for its checkpoints. */
  readonly masks: CheckpointContent['masks'];
  /** The same as training takes them. */
  readonly tensors?: TrainOptions['masks'];
  /** What it goes on from: {@link Learning.resumed}, where that is of this stage. */
  readonly from?: CheckpointContent | undefined;
}

/**
 * Opens a run of training as the options say: its checkpoint to go on from and its teacher.
 *
 * @param own what names the run besides the options of all training; nothing else may go on from its checkpoints
 * @param defaultRate where the options have no learning rate
 * @throws RcpruneError on a checkpoint of another run, and on a teacher that is none
 */
export async function openLearning(
  options: LearningOptions,
  data: DataSet,
  { steps, perEpoch }: ReturnType<typeof stepsOf>,
  own: RunIdentity,
  defaultRate: number,
  signal: AbortSignal,
): Promise<Learning> {
  const { readCheckpoint } = await import('../neural/index.ts');
  const identity = { ...own, ...identityOf(options, data, steps) };
  const resumed = options.resume === undefined ? undefined : await readCheckpoint(options.resume, identity);
  const teacher = await teacherOf(options);
  const { batch, rate = defaultRate, warmUp, weightDecay, labelSmoothing, seed } = options;
  const settings = { batchSize: batch, rate, warmUp, weightDecay, labelSmoothing, seed, teacher, signal };
  const train: Learning['train'] = async (model, label, { index, masks, tensors, from }) => {
    const checkpoint = await checkpointOf(options, identity, index, masks);
    const stage = { steps, perEpoch, masks: tensors, checkpoint, resume: from?.state };
    return trainWithBar(model, data, label, { ...settings, ...stage });
  };
  return { steps, resumed, teacher, train };
}

/** Where and when a run's state is written, if anywhere. */
async function checkpointOf(
  { checkpoint: file, checkpointEvery: every }: LearningOptions,
  identity: RunIdentity,
  stage: number,
  masks: CheckpointContent['masks'],
): Promise<TrainOptions['checkpoint']> {
  if (file === undefined) return undefined;
  requireInteger('--checkpoint-every', every, 1);
  const { writeCheckpoint } = await import('../neural/index.ts');
  return { every, write: (state) => writeCheckpoint(file, identity, { state, stage, masks }) };
}

/** What the validation images say of a trained model, and the same in words. */
export async function validate(model: Model, data: DataSet) {
  const { evaluate } = await import('../neural/index.ts');
  const { accuracy, loss, count } = await evaluate(model, data.validation);
  const words = `${share(accuracy, 1)} of ${count} images right, loss ${loss.toFixed(4)}`;
  return { validation: { accuracy, loss, count }, words };
}

/** Milliseconds between the lines that stand for the bar where stderr is no terminal. */
const LINE_INTERVAL = 60_000;

/** Trains with a bar, a line a minute where no bar can be, and a line on stderr for every validation; all with the pace. */
async function trainWithBar(
  model: Model,
  data: DataSet,
  label: string,
  options: TrainOptions & { readonly perEpoch: number },
) {
  const { train } = await import('../neural/index.ts');
  const { perEpoch, steps, batchSize = 32, resume } = options;
  const first = resume?.step ?? 0;
  const began = performance.now();
  let said = began;
  const bar = progress(label, steps);
  let shown = Number.NaN; // the loss, smoothed for the eye
  const paceAt = (step: number) => {
    return showPace(paceOf(step - first, steps - step, batchSize, (performance.now() - began) / 1000));
  };
  try {
    return await train(model, data, {
      ...options,
      validateEvery: perEpoch,
      onStep: (step, loss) => {
        shown = Number.isNaN(shown) ? loss : 0.95 * shown + 0.05 * loss;
        const state = `loss ${shown.toFixed(3)}, epoch ${(step / perEpoch).toFixed(1)}, ${paceAt(step)}`;
        bar.update(step, state);
        if (process.stderr.isTTY || performance.now() - said < LINE_INTERVAL) return;
        note(`${label}: step ${step} of ${steps}, ${state}`);
        said = performance.now();
      },
      onValidation: (step, { accuracy, loss }) => {
        const state = `validation accuracy ${accuracy.toFixed(4)}, loss ${loss.toFixed(4)}`;
        note(`${label}: step ${step} of ${steps}, ${state}, ${paceAt(step)}`);
        said = performance.now();
      },
    });
  } finally {
    bar.stop();
  }
}
