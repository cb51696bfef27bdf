import { fileURLToPath } from 'node:url';
import type { DataSet } from '../../src/neural/data/image-set.ts';
import { loadStateDict, resnet } from '../../src/neural/index.ts';

/*
 * The network and the baselines of the experiment. A baseline's seed names its initial weights and the order and
 * augmentation of its training images.
 */

export const BASELINE_SEEDS = [1, 2] as const;

/** How the baselines are trained; what is not named has the library's default. */
export const BASELINE_TRAINING = { epochs: 6, batchSize: 32, rate: 0.05 } as const;

export const baselineFile = (seed: number) => fileURLToPath(new URL(`baseline-${seed}.safetensors`, import.meta.url));

/** A residual network of three blocks, 80,116 parameters, with initial weights. */
export function network({ train: { classes, shape } }: DataSet, seed: number) {
  return resnet({ blocks: [1, 1, 1], width: 16, stem: 'small', classes: classes.length, inputShape: shape, seed });
}

/** The trained baseline that is shipped. */
export async function baseline(data: DataSet, seed: number) {
  const model = network(data, seed);
  await loadStateDict(model, baselineFile(seed));
  return model;
}
