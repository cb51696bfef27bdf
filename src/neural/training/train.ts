import {
  add,
  keep,
  losses,
  mul,
  type Scalar,
  softmax,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tidy,
  type Variable,
  variableGrads,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { describe, RcpruneError } from '../../problem/error.ts';
import { requireInteger } from '../../problem/instance.ts';
import type { DataSet } from '../data/image-set.ts';
import { type BatchTensors, batchAt, batchesOf, type Evaluation, evaluate, nextTurn, requireFit } from './evaluate.ts';
import type { MaskTensors } from './masks.ts';
import { rateAt } from './schedule.ts';

/** A network to learn from besides the labels (Hinton, Vinyals and Dean 2015). */
export interface Teacher {
  /** Takes the same images, gives logits of the same classes; stays as it is. */
  readonly model: LayersModel;
  /** Divides the logits of both. Default 4. */
  readonly temperature?: number | undefined;
  /** Share of the teacher in the loss, the labels have the rest. Default 0.5. */
  readonly weight?: number | undefined;
}

/** How {@link train} trains. */
export interface TrainOptions {
  /** Batches to learn from: the work. */
  readonly steps: number;
  /** Images of a batch. Default 32. */
  readonly batchSize?: number | undefined;
  /** Greatest learning rate; see {@link rateAt}. Default 0.1. */
  readonly rate?: number | undefined;
  /** Steps of warm-up. Default a twentieth of the steps. */
  readonly warmUp?: number | undefined;
  /** Of Nesterov's method. Default 0.9. */
  readonly momentum?: number | undefined;
  /** Times the weight, added to its gradient; kernels alone decay. Default 5e-4. */
  readonly weightDecay?: number | undefined;
  /** Share of the target that is spread over all classes (Szegedy et al. 2016). Default 0. */
  readonly labelSmoothing?: number | undefined;
  /** Names order and augmentation of the images. Default 1. */
  readonly seed?: number | undefined;
  /** Removed weights stay exactly 0. The model must have been masked by `maskModel`. */
  readonly masks?: MaskTensors | undefined;
  /** Default: none. */
  readonly teacher?: Teacher | undefined;
  /** Steps between evaluations on the validation set; 0: none. Default 0. */
  readonly validateEvery?: number | undefined;
  /** Ends the run after the step at hand. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the loss after every step. */
  readonly onStep?: ((step: number, loss: number) => void) | undefined;
  /** Told of every evaluation on the validation set. */
  readonly onValidation?: ((step: number, evaluation: Evaluation) => void) | undefined;
  /** Takes the state every `every` steps and when a signal ends the run; the run waits for it. */
  readonly checkpoint?:
    | {
        /** Steps between checkpoints. */
        readonly every: number;
        /** Keeps a state. */
        write(state: TrainingState): Promise<void>;
      }
    | undefined;
  /** A state to go on from, to the same end as without the break. The model's own weights do not matter then. */
  readonly resume?: TrainingState | undefined;
}

/** All that a run needs to go on: its random numbers are a function of seed and step. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  /** Every weight of the model by its name, batch norms' averages too. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Of the trainable ones. */
  readonly velocities: ReadonlyMap<string, Float32Array>;
}

/** How a training run ended. */
export interface TrainResult {
  /** `interrupted` where the signal ended it. */
  readonly stopReason: 'complete' | 'interrupted';
  /** Steps done, those before a resumption included. */
  readonly step: number;
  /** Mean loss of the last steps of this run, at most 100; null when there was none. */
  readonly loss: number | null;
  /** Of this run, in order. */
  readonly validations: readonly (Pick<Evaluation, 'accuracy' | 'loss'> & {
    /** Steps done by then. */
    readonly step: number;
  })[];
}

/** Steps whose mean is reported as the loss. */
const LOSS_WINDOW = 100;

/**
 * Trains a network on the training images of a data set by stochastic gradient descent with Nesterov momentum, as PyTorch
 * defines it: g = gradient + decay w, v = momentum v + g, w = w - rate (g + momentum v). The loss is the mean cross entropy;
 * with a teacher, (1 - weight) of it and weight x temperature^2 of that between both networks' softened outputs.
 *
 * The same options on the same backend with the same number of threads give the same weights, bit for bit; so does a run
 * that was interrupted and goes on from its checkpoint. Leaves no tensor behind.
 *
 * @param model changed in place; its output are logits
 * @throws RcpruneError when the data do not fit the model, on options out of range, on a resumed state of another model, and
 * when the loss is no longer finite
 */
export async function train(model: LayersModel, data: DataSet, options: TrainOptions): Promise<TrainResult> {
  const { steps, batchSize = 32, seed = 1, signal, checkpoint, resume, validateEvery = 0 } = options;
  requireFit(model, data.train);
  if (options.teacher !== undefined) requireFit(options.teacher.model, data.train);
  requireInteger('train: steps', steps, 0);
  requireInteger('train: batchSize', batchSize, 1);
  const run = new Descent(model, options);
  try {
    if (resume !== undefined) run.restore(resume);
    const { train: images } = data;
    const batches = batchesOf(images.labels.length, batchSize, seed);
    const recent: number[] = [];
    const validations: { step: number; accuracy: number; loss: number }[] = [];
    while (run.step < steps && !signal?.aborted) {
      const batch = await batchAt(images, batches.indices(run.step), batches.augmentation(run.step));
      const loss = run.descend(batch.tensors);
      if (!Number.isFinite(loss)) {
        throw new RcpruneError(`train: loss at step ${run.step}`, 'a finite number (a lower rate helps)', `${loss}`);
      }
      recent.push(loss);
      if (recent.length > LOSS_WINDOW) recent.shift();
      options.onStep?.(run.step, loss);
      if (validateEvery > 0 && (run.step % validateEvery === 0 || run.step === steps)) {
        const evaluation = await evaluate(model, data.validation);
        validations.push({ step: run.step, accuracy: evaluation.accuracy, loss: evaluation.loss });
        options.onValidation?.(run.step, evaluation);
      }
      await nextTurn();
      const isDue = checkpoint !== undefined && run.step < steps && run.step % checkpoint.every === 0;
      if (isDue && !signal?.aborted) await checkpoint.write(run.state());
    }
    if (run.step < steps) await checkpoint?.write(run.state());
    const loss = recent.length === 0 ? null : recent.reduce((sum, one) => sum + one, 0) / recent.length;
    return { stopReason: run.step < steps ? 'interrupted' : 'complete', step: run.step, loss, validations };
  } finally {
    run.dispose();
  }
}

/** The weights on their way: one step of the method after another. */
class Descent {
  step = 0;
  private readonly model: LayersModel;
  private readonly options: TrainOptions;
  private readonly trainable: readonly {
    variable: Variable;
    name: string;
    decays: boolean;
    mask: Tensor | undefined;
  }[];
  private velocities: Tensor[];

  constructor(model: LayersModel, options: TrainOptions) {
    this.model = model;
    this.options = options;
    this.trainable = model.trainableWeights.map((weight) => {
      const [name, variable] = [weight.originalName, weight.read() as Variable];
      const mask = options.masks?.byName.get(name);
      return { variable, name, decays: variable.rank > 1, mask };
    });
    this.velocities = this.trainable.map(({ variable }) => zerosLike(variable));
  }

  dispose(): void {
    for (const velocity of this.velocities) velocity.dispose();
  }

  /** One step on a batch. @returns the loss before it */
  descend(batch: () => BatchTensors): number {
    const { steps, rate = 0.1, momentum = 0.9, weightDecay = 5e-4 } = this.options;
    const warmUp = this.options.warmUp ?? Math.ceil(steps / 20);
    const stepRate = rateAt({ steps, rate, warmUp }, this.step);
    const old = this.velocities;
    let loss = Number.NaN;
    this.velocities = tidy(() => {
      const { images, targets } = batch();
      const lossOf = this.lossOn(images, targets);
      const variables = this.trainable.map(({ variable }) => variable);
      const { value, grads } = variableGrads(
        () => lossOf(this.model.apply(images, { training: true }) as Tensor2D),
        variables,
      );
      loss = value.dataSync()[0]!;
      return this.trainable.map(({ variable, decays, mask }, k) => {
        let gradient = grads[variable.name]!;
        if (decays && weightDecay > 0) gradient = add(gradient, mul(variable, weightDecay));
        if (mask !== undefined) gradient = mul(gradient, mask);
        const velocity = add(mul(old[k]!, momentum), gradient);
        variable.assign(sub(variable, mul(add(gradient, mul(velocity, momentum)), stepRate)));
        return keep(velocity);
      });
    });
    for (const velocity of old) velocity.dispose();
    this.step++;
    return loss;
  }

  /** The loss as a function of the logits; the teacher looks at the images before any gradient is taken. */
  private lossOn(images: Tensor4D, targets: Tensor2D): (logits: Tensor2D) => Scalar {
    const { labelSmoothing = 0, teacher } = this.options;
    const fromLabels = (logits: Tensor2D) =>
      losses.softmaxCrossEntropy(targets, logits, undefined, labelSmoothing) as Scalar;
    if (teacher === undefined) return fromLabels;
    const { temperature = 4, weight = 0.5 } = teacher;
    const soften = (logits: Tensor2D) => mul(logits, 1 / temperature) as Tensor2D;
    const wanted = softmax(soften(teacher.model.predictOnBatch(images) as Tensor2D));
    const fromTeacher = (logits: Tensor2D) => losses.softmaxCrossEntropy(wanted, soften(logits)) as Scalar;
    return (logits) =>
      add(mul(fromLabels(logits), 1 - weight), mul(fromTeacher(logits), weight * temperature ** 2)) as Scalar;
  }

  state(): TrainingState {
    const values = (held: Tensor) => Float32Array.from(held.dataSync());
    return {
      step: this.step,
      weights: new Map(this.model.weights.map((weight) => [weight.originalName, values(weight.read())])),
      velocities: new Map(this.trainable.map(({ name }, k) => [name, values(this.velocities[k]!)])),
    };
  }

  /** @throws RcpruneError when the state is not one of this model; nothing has changed then */
  restore({ step, weights, velocities }: TrainingState): void {
    requireInteger('train: steps done', step, 0, this.options.steps);
    const valuesOf = (kind: string, of: ReadonlyMap<string, Float32Array>, name: string, size: number) => {
      const values = of.get(name);
      if (values?.length === size) return values;
      const got = values === undefined ? 'none' : `${values.length}`;
      throw new RcpruneError(`train: ${kind} of ${describe(name)}`, `${size} numbers`, got);
    };
    const loaded = this.model.weights.map((weight): [LayerVariable, Float32Array] => {
      return [weight, valuesOf('weight', weights, weight.originalName, weight.read().size)];
    });
    const moving = this.trainable.map(({ variable, name }) => valuesOf('velocity', velocities, name, variable.size));
    for (const [weight, values] of loaded) {
      tidy(() => {
        weight.write(tensor(values, weight.shape as number[]));
      });
    }
    this.dispose();
    this.velocities = this.trainable.map(({ variable }, k) => tensor(moving[k]!, variable.shape));
    this.step = step;
  }
}
