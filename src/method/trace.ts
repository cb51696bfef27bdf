/*
 * The trace of an annealing run: its incumbents by work and cost, thinned out so that it fits into a checkpoint. What it holds
 * depends on the incumbents alone.
 */

/** An incumbent: moves made when it was found, and its exact cost rounded to nearest. */
export type TracePoint = readonly [work: number, cost: number];

/** Most points of a trace: it travels in every checkpoint. */
export const MOST_POINTS = 4096;

/**
 * Adds a point to a trace. Of one that is full every second point is left out first, but for the start and the newest: what a
 * trace holds depends on the points alone, not on how often the run was interrupted. O(1) amortised.
 */
export function addPoint(trace: TracePoint[], point: TracePoint): void {
  if (trace.length === MOST_POINTS) {
    const half = MOST_POINTS / 2;
    for (let k = 1; k < half; k++) trace[k] = trace[2 * k + 1]!;
    trace.length = half;
  }
  trace.push(point);
}
