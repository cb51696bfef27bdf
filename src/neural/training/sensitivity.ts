import {
  add,
  keep,
  losses,
  mul,
  type Scalar,
  square,
  type Tensor,
  type Tensor2D,
  tidy,
  type Variable,
  variableGrads,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, RcpruneError } from '../../problem/error.ts';
import { requireInteger } from '../../problem/instance.ts';
import type { ImageSet } from '../data/image-set.ts';
import type { WeightTensor } from '../tensors.ts';
import { batchAt, batchesOf, nextTurn, requireFit } from './evaluate.ts';

/** On which images {@link sensitivity} is measured. */
export interface SensitivityOptions {
  /** Batches of the training set. Default 64. */
  readonly steps?: number | undefined;
  /** Default 32. */
  readonly batchSize?: number | undefined;
  /** Names the order of the images. Default 1. */
  readonly seed?: number | undefined;
}

/**
 * Importance of a weight by what its removal does to the loss: the mean over batches of (w dL/dw)^2, the first-order
 * criterion of Molchanov et al. (2019), which is w^2 times the diagonal of the empirical Fisher matrix of batch gradients.
 * Taken in evaluation mode, on unaugmented images, so that batch norms are constants.
 *
 * @returns an importance for `instanceOfLayersModel` of this model
 * @throws RcpruneError when the set does not fit the model
 */
export async function sensitivity(
  model: LayersModel,
  set: ImageSet,
  { steps = 64, batchSize = 32, seed = 1 }: SensitivityOptions = {},
): Promise<(tensor: WeightTensor) => Float32Array> {
  requireFit(model, set);
  requireInteger('sensitivity: steps', steps, 1);
  const batches = batchesOf(set.labels.length, batchSize, seed);
  const weights = model.trainableWeights.map((weight) => [weight.originalName, weight.read() as Variable] as const);
  let sums: Tensor[] = weights.map(([, variable]) => zerosLike(variable));
  try {
    for (let step = 0; step < steps; step++) {
      const batch = await batchAt(set, batches.indices(step));
      const old = sums;
      sums = tidy(() => {
        const { images, targets } = batch.tensors();
        const loss = () => losses.softmaxCrossEntropy(targets, model.apply(images) as Tensor2D) as Scalar;
        const variables = weights.map(([, variable]) => variable);
        const { grads } = variableGrads(loss, variables);
        return variables.map((variable, k) => keep(add(old[k]!, square(mul(variable, grads[variable.name]!)))));
      });
      for (const sum of old) sum.dispose();
      await nextTurn();
    }
    const found = new Map(
      weights.map(([name], k) => [name, Float32Array.from(sums[k]!.dataSync(), (sum) => sum / steps)]),
    );
    return ({ name }) => {
      const own = found.get(name);
      if (own !== undefined) return own;
      throw new RcpruneError(`sensitivity of ${describe(name)}`, 'a trainable weight of the model', 'none');
    };
  } finally {
    for (const sum of sums) sum.dispose();
  }
}
