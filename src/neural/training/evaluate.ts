import {
  argMax,
  equal,
  losses,
  oneHot,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { RcpruneError } from '../../problem/error.ts';
import { makeRandom, type Random } from '../../problem/random.ts';
import type { ImageSet } from '../data/image-set.ts';

/** What a network makes of a set of images. */
export interface Evaluation {
  /** Images. */
  readonly count: number;
  /** Share of images whose greatest logit is that of their label. */
  readonly accuracy: number;
  /** Mean cross entropy, in nats. */
  readonly loss: number;
  /** correct[i] = 1 if image i is classified right: two networks can be compared in pairs. */
  readonly correct: Uint8Array;
}

/** How {@link evaluate} goes through a set. */
export interface EvaluateOptions {
  /** Images at a time. Default 128. */
  readonly batchSize?: number | undefined;
  /** Ends the evaluation with an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the images done after every batch. */
  readonly onBatch?: ((done: number, of: number) => void) | undefined;
}

/**
 * Classifies every image of a set, in order, unaugmented. Leaves no tensor behind.
 *
 * @throws RcpruneError when the set does not fit the model, an image cannot be decoded, or the signal is aborted
 */
export async function evaluate(
  model: LayersModel,
  set: ImageSet,
  { batchSize = 128, signal, onBatch }: EvaluateOptions = {},
): Promise<Evaluation> {
  requireFit(model, set);
  const count = set.labels.length;
  const correct = new Uint8Array(count);
  let loss = 0;
  for (let start = 0; start < count; start += batchSize) {
    if (signal?.aborted) throw new RcpruneError('evaluate', `${count} images`, `an interruption after ${start}`);
    const indices = Int32Array.from({ length: Math.min(batchSize, count - start) }, (_, k) => start + k);
    const batch = await batchAt(set, indices);
    tidy(() => {
      const { images, labels, targets } = batch.tensors();
      const logits = model.predictOnBatch(images) as Tensor2D;
      loss += losses.softmaxCrossEntropy(targets, logits).dataSync()[0]! * indices.length;
      correct.set(equal(argMax(logits, 1), labels).dataSync(), start);
    });
    onBatch?.(start + indices.length, count);
    await nextTurn();
  }
  const right = correct.reduce((sum, one) => sum + one, 0);
  return { count, accuracy: right / count, loss: loss / count, correct };
}

/** @throws RcpruneError unless the model takes the set's images and gives a logit for each of its classes */
export function requireFit(model: LayersModel, set: ImageSet): void {
  const [input, output] = [model.inputs[0]!.shape.slice(1), model.outputs[0]!.shape.slice(1)];
  const fits = input.length === 3 && input.every((extent, axis) => extent === null || extent === set.shape[axis]);
  if (!fits || model.inputs.length !== 1) {
    throw new RcpruneError(set.name, `images of [${input}], as the model takes`, `[${set.shape}]`);
  }
  if (model.outputs.length !== 1 || output.length !== 1 || output[0] !== set.classes.length) {
    throw new RcpruneError(set.name, `[${output}] classes, as the model gives out`, `${set.classes.length}`);
  }
}

export interface BatchTensors {
  readonly images: Tensor4D;
  readonly labels: Tensor1D; // int32
  readonly targets: Tensor2D; // [images, classes], one-hot
}

/** Loads images of a set, augmented if a Random is given; `tensors` makes the batch of them, for the caller to free. */
export async function batchAt(set: ImageSet, indices: Int32Array, augmentation?: Random) {
  const pixels = await set.load(indices, augmentation);
  const tensors = (): BatchTensors => {
    const labels = tensor1d(
      Int32Array.from(indices, (index) => set.labels[index]!),
      'int32',
    );
    const images = tensor4d(pixels, [indices.length, ...set.shape]);
    return { images, labels, targets: oneHot(labels, set.classes.length) as Tensor2D };
  };
  return { tensors };
}

/** Lets signals and timers in: images that are in memory load without a turn of the event loop. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Order of training images: `order(step)` are those of a step, from shuffles of one epoch after another. A function of seed
 * and step alone, so that a run can go on anywhere. Images that do not fill a batch wait for the next shuffle.
 */
export function batchesOf(count: number, batchSize: number, seed: number) {
  const size = Math.min(batchSize, count);
  const perEpoch = Math.floor(count / size);
  let shuffled: { epoch: number; order: Uint32Array } | null = null;
  const indices = (step: number): Int32Array => {
    const epoch = Math.floor(step / perEpoch);
    if (shuffled?.epoch !== epoch) shuffled = { epoch, order: makeRandom(seed, `order ${epoch}`).shuffle(count) };
    const start = (step % perEpoch) * size;
    return Int32Array.from(shuffled.order.subarray(start, start + size));
  };
  const augmentation = (step: number): Random => makeRandom(seed, `augmentation ${step}`);
  return { size, perEpoch, indices, augmentation };
}

/** What {@link recalibrate} lets a network see. */
export interface RecalibrateOptions {
  /** Batches of the training set. Default 32. */
  readonly steps?: number | undefined;
  /** Default 64. */
  readonly batchSize?: number | undefined;
  /** Names the order of the images. Default 1. */
  readonly seed?: number | undefined;
}

/**
 * Lets the batch norms see a network again after weights were removed: runs batches in training mode without learning, so
 * that moving means and variances become those of what flows now. With their momentum of 0.9, 32 batches leave
 * 0.9^32 = 3% of the old ones. No weight changes.
 */
export async function recalibrate(
  model: LayersModel,
  set: ImageSet,
  { steps = 32, batchSize = 64, seed = 1 }: RecalibrateOptions = {},
): Promise<void> {
  requireFit(model, set);
  const batches = batchesOf(set.labels.length, batchSize, seed);
  for (let step = 0; step < steps; step++) {
    const batch = await batchAt(set, batches.indices(step));
    tidy(() => void model.apply(batch.tensors().images, { training: true }));
    await nextTurn();
  }
}
