/** How the learning rate goes from step to step. */
export interface Schedule {
  /** Of the whole run. */
  readonly steps: number;
  /** The greatest rate. */
  readonly rate: number;
  /** Steps in which the rate rises to it, from rate / warmUp. */
  readonly warmUp: number;
}

/**
 * Learning rate of a step: linear warm-up (Goyal et al. 2017), then half a cosine down to 0 (Loshchilov and Hutter 2017,
 * without restarts).
 */
export function rateAt({ steps, rate, warmUp }: Schedule, step: number): number {
  if (step < warmUp) return (rate * (step + 1)) / warmUp;
  const share = (step - warmUp) / Math.max(steps - warmUp, 1);
  return (rate * (1 + Math.cos(Math.PI * share))) / 2;
}
