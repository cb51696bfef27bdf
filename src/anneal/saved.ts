import { MOST_POINTS } from '../method/trace.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import type { RunData, SavedAnnealing } from './annealing.ts';

/*
 * The part of a saved run that every scheme has. The rest of the data is the scheme's own: it is what this program wrote, as far as
 * the digest of its container says.
 */

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

/**
 * A state as {@link Annealing.saved} gave it.
 *
 * @param lines of all layers
 * @throws RcpruneError on a state that does not fit so many lines
 */
export function requireSaved(state: unknown, lines: number): SavedAnnealing<RunData> {
  const { data, incumbent } = fieldsOf(state);
  const { work, best, bestWeight } = fieldsOf(data);
  const { kept, weight, trace } = fieldsOf(incumbent);
  requireAmount('data.work', work);
  requireMask('data.best', best, lines);
  requireNumber('data.bestWeight', bestWeight);
  requireMask('incumbent.kept', kept, lines);
  requireNumber('incumbent.weight', weight);
  if (!Array.isArray(trace) || trace.length < 1 || trace.length > MOST_POINTS) {
    throw new RcpruneError('incumbent.trace', `1 to ${MOST_POINTS} points`, describe(trace));
  }
  for (const point of trace as unknown[]) {
    if (!Array.isArray(point) || point.length !== 2) {
      throw new RcpruneError('incumbent.trace', 'pairs of work and cost', describe(point));
    }
    for (const amount of point as unknown[]) requireAmount('incumbent.trace', amount);
  }
  return state as SavedAnnealing<RunData>;
}

function requireMask(where: string, value: unknown, lines: number): void {
  if (!(value instanceof Uint8Array)) throw new RcpruneError(where, `${lines} lines`, describe(value));
  if (value.length !== lines) throw new RcpruneError(where, `${lines} lines`, `${value.length}`);
}

function requireNumber(where: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new RcpruneError(where, 'a number', describe(value));
}

function requireAmount(where: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) {
    throw new RcpruneError(where, 'a number >= 0', describe(value));
  }
}
