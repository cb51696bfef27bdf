import type { SolveResult } from '../problem/result.ts';
import type { Progress } from '../run/solve.ts';
import { EXIT, note, progress, share } from './output.ts';

/*
 * What the commands that run something have in common: signals end the run, a bar on a terminal shows how far it is, and there is a
 * word for having found nothing.
 */

/** Aborts at the first SIGINT or SIGTERM from now on. */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

/** Milliseconds between looks at the clock. */
const TICK = 250;

/** Runs something that tells how far it is, with a bar on a terminal. */
export async function withProgress<T>(
  label: string,
  run: (onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  const began = performance.now();
  const bar = progress(label, 0);
  let last: Progress = { improvedAt: 0, claimedBound: null, course: null };
  const ticker = setInterval(() => {
    const elapsed = ((performance.now() - began) / 1000).toFixed(0);
    bar.update(0, `${elapsed} s${textOf(last)}`);
  }, TICK);
  try {
    return await run((now) => {
      last = now;
    });
  } finally {
    clearInterval(ticker);
    bar.stop();
  }
}

function textOf({ improvedAt, claimedBound, course }: Progress): string {
  const improved = improvedAt > 0 ? `, last improved at work ${improvedAt}` : '';
  const claimed = claimedBound === null ? '' : `, cost at least ${claimedBound.toPrecision(6)} (not verified yet)`;
  if (course === null) return improved + claimed;
  const gap = course.gap === null ? '' : `, gap at most ${share(course.gap, 1)}`;
  return `${improved}${claimed}, ${share(course.work, course.of)} done${gap}`;
}

/** Says why a method has no pruning, and sets the exit code that says it too. */
export function reportNone({ method, status, target, entries }: SolveResult): void {
  const what = `${method}: expected ${target} of ${entries} units removed`;
  note(status === 'infeasible' ? `${what}, got minima that forbid it` : `${what}, this method found none`);
  process.exitCode = status === 'infeasible' ? EXIT.infeasible : EXIT.foundNone;
}
