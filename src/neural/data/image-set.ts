import { RcpruneError } from '../../problem/error.ts';
import type { Random } from '../../problem/random.ts';

/** Labelled images that are decoded on demand. */
export interface ImageSet {
  /** For messages. */
  readonly name: string;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Of one image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** labels[i]: class of image i. */
  readonly labels: Int32Array;
  /**
   * groups[i]: what image i shares with others beyond its class (glyphs: the font family). Images of a group are not
   * independent, so whoever resamples images draws groups. Absent when every image stands alone.
   */
  readonly groups?: Int32Array;
  /**
   * The images of `indices`, in that order: float32, NHWC, normalised; augmented if and only if `random` is given, whose
   * state alone then decides how.
   *
   * @throws RcpruneError on an index outside the set, or an image that cannot be decoded
   */
  load(indices: Int32Array, random?: Random): Promise<Float32Array>;
}

/** Training, validation and test images with the same classes and shape. No image, and no group, is in two of them. */
export interface DataSet {
  /** To learn from. */
  readonly train: ImageSet;
  /** To choose by. */
  readonly validation: ImageSet;
  /** To report. */
  readonly test: ImageSet;
}

/** The splits in the order in which they are always listed. */
export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** @throws RcpruneError unless every index is one of the set's images */
export function requireIndices(set: Pick<ImageSet, 'name' | 'labels'>, indices: Int32Array): void {
  for (const index of indices) {
    if (index < 0 || index >= set.labels.length) {
      throw new RcpruneError(set.name, `indices from 0 to ${set.labels.length - 1}`, `${index}`);
    }
  }
}
