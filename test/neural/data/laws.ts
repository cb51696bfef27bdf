import { describe, expect, it } from 'vitest';
import type { DataSet, ImageSet } from '../../../src/neural/data/image-set.ts';
import { makeRandom, RcpruneError } from '../../../src/problem/index.ts';

/** A few images from all over a set, neither sorted nor distinct. */
const some = (set: ImageSet) => {
  const random = makeRandom(3, set.name);
  const picks = Array.from({ length: 6 }, () => random.integer(set.labels.length));
  return Int32Array.from([...picks, picks[0]!, set.labels.length - 1, 0]);
};

/** What every data set promises. @param range the least and greatest value that a pixel can have */
export function lawsOf(name: string, open: () => Promise<DataSet>, range: () => readonly [number, number]): void {
  describe.each(['train', 'validation', 'test'] as const)(`${name}: %s`, (split) => {
    const opened = async () => (await open())[split];

    it('has labels of its classes, each of which occurs', async () => {
      const { labels, classes, groups } = await opened();
      expect(new Set(classes).size).toBe(classes.length);
      expect([...new Set(labels)].sort((a, b) => a - b)).toEqual(classes.map((_, label) => label));
      expect(groups === undefined || groups.length === labels.length).toBe(true);
    });

    it('loads images one behind the other, in the order asked, whatever is loaded beside them', async () => {
      const set = await opened();
      const size = set.shape.reduce((product, extent) => product * extent, 1);
      const indices = some(set);
      const together = await set.load(indices);
      expect(together.length).toBe(indices.length * size);
      for (const [n, index] of indices.entries()) {
        const alone = await set.load(Int32Array.of(index));
        expect(alone).toEqual(together.slice(n * size, (n + 1) * size));
      }
      expect((await set.load(new Int32Array())).length).toBe(0);
    });

    it('augments by the seed alone, each time anew', async () => {
      const set = await opened();
      const indices = some(set);
      const plain = await set.load(indices);
      const random = makeRandom(1);
      const first = await set.load(indices, random);
      expect(await set.load(indices, makeRandom(1))).toEqual(first);
      expect(await set.load(indices, random)).not.toEqual(first);
      expect(await set.load(indices, makeRandom(2))).not.toEqual(first);
      expect(first).not.toEqual(plain);
      const size = plain.length / indices.length; // images 0 and 6 are the same one, augmented apart
      expect(first.slice(0, size)).not.toEqual(first.slice(6 * size, 7 * size));
    });

    it('gives finite values in the range of its normalisation', async () => {
      const set = await opened();
      const [least, most] = range();
      for (const values of [await set.load(some(set)), await set.load(some(set), makeRandom(5))]) {
        for (const value of values) if (!(value >= least && value <= most)) expect.fail(`${value} not in ${range()}`);
      }
    });

    it('refuses indices that it does not have', async () => {
      const set = await opened();
      await expect(set.load(Int32Array.of(0, -1))).rejects.toThrow(RcpruneError);
      await expect(set.load(Int32Array.of(set.labels.length))).rejects.toThrow(/expected indices from 0 to/);
    });
  });

  it(`${name}: opens to the same sets each time, with the same classes and shape`, async () => {
    const [one, other] = [await open(), await open()];
    for (const split of ['train', 'validation', 'test'] as const) {
      expect(one[split].labels).toEqual(other[split].labels);
      expect(one[split].classes).toEqual(one.train.classes);
      expect(one[split].shape).toEqual(one.train.shape);
      const indices = some(one[split]);
      expect(await one[split].load(indices, makeRandom(1))).toEqual(await other[split].load(indices, makeRandom(1)));
    }
  });
}
