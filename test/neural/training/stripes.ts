import type { DataSet, ImageSet } from '../../../src/neural/index.ts';
import { makeRandom } from '../../../src/problem/index.ts';

/*
 * A tiny data set: 6 x 6 images of one bright column under noise; the class is which third the column is in. Augmentation
 * adds a random brightness. Images of an even and the next odd index are a group.
 */

const SIZE = 6;
const CLASSES = ['left', 'middle', 'right'];

function stripes(name: string, count: number, seed: number): ImageSet {
  const random = makeRandom(seed, name);
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES.length);
  const pixels = labels.reduce<number[]>((all, label) => {
    const bright = 2 * label + random.integer(2);
    for (let k = 0; k < SIZE * SIZE; k++) all.push((k % SIZE === bright ? 2 : 0) + random.uniform() - 0.5);
    return all;
  }, []);
  return {
    name: `stripes ${name}`,
    classes: CLASSES,
    shape: [SIZE, SIZE, 1],
    labels,
    groups: labels.map((_, i) => i >> 1),
    load: async (indices, augmentation) => {
      const images = new Float32Array(indices.length * SIZE * SIZE);
      indices.forEach((index, n) => {
        const brightness = augmentation === undefined ? 0 : augmentation.uniform();
        const own = pixels.slice(index * SIZE * SIZE, (index + 1) * SIZE * SIZE);
        images.set(
          own.map((value) => value + brightness),
          n * SIZE * SIZE,
        );
      });
      return images;
    },
  };
}

export function stripesData(count = 48): DataSet {
  return { train: stripes('train', count, 1), validation: stripes('validation', 12, 2), test: stripes('test', 30, 3) };
}
