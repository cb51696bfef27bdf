import { makeRandom } from '../../../src/problem/index.ts';

/** A seeded stream of the choices an attacker makes. */
export interface Dice {
  /** Uniform on [0, 1). */
  uniform(): number;
  /** Uniform integer from `least` to `most`, ends included. */
  between(least: number, most: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of the items; more copies make one likelier. */
  pick<T>(items: readonly T[]): T;
  /** All indices below `length` in random order. */
  order(length: number): number[];
}

/** The same seed and label give the same choices everywhere. */
export function makeDice(seed: number, label: string): Dice {
  const random = makeRandom(seed, label);
  const between = (least: number, most: number) => {
    if (!(most >= least)) throw new Error(`dice: expected a range, got ${least} to ${most}`);
    return least + random.integer(most - least + 1);
  };
  return {
    uniform: random.uniform,
    between,
    chance: (probability) => random.uniform() < probability,
    pick: (items) => items[between(0, items.length - 1)]!,
    order: (length) => Array.from(random.shuffle(length)),
  };
}
