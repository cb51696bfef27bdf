import { RcpruneError } from '../problem/error.ts';
import { makeRandom } from '../problem/random.ts';

/** Ends of a confidence interval, low <= high. */
export type Interval = readonly [low: number, high: number];

/** The standard normal's 97.5% quantile. */
const Z = 1.959963984540054;

/** Interval of 95% confidence for a share of independent trials (Wilson 1927): good at shares near 0 and 1 too. */
export function wilsonInterval(successes: number, trials: number): Interval {
  if (!(trials > 0 && successes >= 0 && successes <= trials)) {
    throw new RcpruneError('wilsonInterval', 'successes among at least one trial', `${successes} of ${trials}`);
  }
  const share = successes / trials;
  const centre = share + (Z * Z) / (2 * trials);
  const spread = Z * Math.sqrt((share * (1 - share)) / trials + (Z * Z) / (4 * trials * trials));
  const scale = 1 + (Z * Z) / trials;
  return [(centre - spread) / scale, (centre + spread) / scale];
}

/** What one run says of every image: 1 or 0 for right or wrong, or the difference of two runs. */
export interface Run {
  /** One for every image, in the same order in all runs. */
  readonly values: ArrayLike<number>;
  /** Runs of one stratum (one baseline, say) are drawn among themselves, and strata count alike. Default: one for all. */
  readonly stratum?: number | undefined;
}

/** How {@link bootstrapMean} resamples. */
export interface BootstrapOptions {
  /** Default 2000. */
  readonly resamples?: number | undefined;
  /** Names the resamples. Default 1. */
  readonly seed?: number | undefined;
}

/**
 * Mean of runs over images, with its percentile bootstrap interval of 95% (Efron and Tibshirani 1993). Images of one group
 * (a font family) are not independent, nor are the values of one run: so groups are drawn with replacement, and runs within
 * their strata, both at once. What strata there are is not drawn: an interval says nothing of other ones.
 *
 * @param runs at least one, all over the same images
 * @param groups group of each image; null: every image is one of its own
 */
export function bootstrapMean(
  runs: readonly Run[],
  groups: Int32Array | null,
  { resamples = 2000, seed = 1 }: BootstrapOptions = {},
): {
  /** Of all values, strata alike. */
  readonly mean: number;
  /** Of 95% confidence. */
  readonly interval: Interval;
} {
  const images = runs[0]?.values.length ?? 0;
  if (images === 0 || runs.some(({ values }) => values.length !== images)) {
    throw new RcpruneError('bootstrapMean', 'runs over the same images', 'none, or of several lengths');
  }
  const names = new Map<number, number>();
  const groupOf = Int32Array.from({ length: images }, (_, image) => {
    const name = groups === null ? image : groups[image]!;
    if (!names.has(name)) names.set(name, names.size);
    return names.get(name)!;
  });
  const sizes = new Float64Array(names.size); // sizes[g]: images of group g
  for (const group of groupOf) sizes[group] = sizes[group]! + 1;
  const sums = runs.map(({ values }) => {
    const own = new Float64Array(names.size); // own[g]: sum of the run's values in group g
    for (let image = 0; image < images; image++) own[groupOf[image]!] = own[groupOf[image]!]! + values[image]!;
    return own;
  });
  const stratumOf = ({ stratum = 0 }: Run) => stratum;
  const strata = [...new Set(runs.map(stratumOf))].map((stratum) =>
    runs.flatMap((run, r) => (stratumOf(run) === stratum ? [r] : [])),
  );
  const count = (weights: ArrayLike<number>) => sizes.reduce((sum, size, g) => sum + weights[g]! * size, 0);

  /** Strata count alike, and runs within one. */
  const meanOf = (drawn: readonly (readonly number[])[], weights: ArrayLike<number>): number => {
    let total = 0;
    for (const own of drawn) {
      let sum = 0;
      for (const r of own) for (let g = 0; g < sizes.length; g++) sum += weights[g]! * sums[r]![g]!;
      total += sum / own.length;
    }
    return total / (drawn.length * count(weights));
  };
  const random = makeRandom(seed, 'bootstrap');
  const means = Float64Array.from({ length: resamples }, () => {
    const weights = new Float64Array(sizes.length); // how often each group was drawn
    for (let k = 0; k < sizes.length; k++) {
      const g = random.integer(sizes.length);
      weights[g] = weights[g]! + 1;
    }
    return meanOf(
      strata.map((own) => own.map(() => own[random.integer(own.length)]!)),
      weights,
    );
  }).sort();
  const at = (share: number) => means[Math.min(resamples - 1, Math.floor(share * resamples))]!;
  const mean = meanOf(strata, new Float64Array(sizes.length).fill(1));
  return { mean, interval: [at(0.025), at(0.975)] };
}
