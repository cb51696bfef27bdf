import { fileURLToPath } from 'node:url';
import type { DataSet } from '../../src/neural/data/image-set.ts';
import { loadStateDict, resnet } from '../../src/neural/index.ts';

/*
 * The network and the baselines of the experiment. A baseline's seed names its initial weights and the order and
 * augmentation of its training images.
 *
 * The stem is ResNet-18's own, 7x7 of stride 2 and max pooling, though images have 32 x 32 pixels: the same weights behind it
 * cost a twelfth of the multiply-adds that a 3x3 stem of stride 1 leads to, so that hundreds of fine-tuning runs fit a
 * morning on one core. There are three stages, not four, since the maps of a fourth would be 1 x 1 and eight of nine
 * positions of its 3x3 kernels would only ever meet zeros.
 */

export const BASELINE_SEEDS = [1, 2, 3] as const;

/** How the baselines are trained; what is not named has the library's default. */
export const BASELINE_TRAINING = { epochs: 12, batchSize: 64, rate: 0.1 } as const;

export const baselineFile = (seed: number) => fileURLToPath(new URL(`baseline-${seed}.safetensors`, import.meta.url));

/** A residual network of three blocks, 80,756 parameters, with initial weights. */
export function network({ train: { classes, shape } }: DataSet, seed: number) {
  return resnet({ blocks: [1, 1, 1], width: 16, stem: 'imagenet', classes: classes.length, inputShape: shape, seed });
}

/** The trained baseline that is shipped. */
export async function baseline(data: DataSet, seed: number) {
  const model = network(data, seed);
  await loadStateDict(model, baselineFile(seed));
  return model;
}
