/**
 * The one error type of the project. It says where something went wrong, what was expected and what was found.
 *
 * `throw` is for the caller's mistakes (malformed files, impossible arguments). Infeasible targets and exhausted limits
 * are results, not errors: see {@link SolveResult}.
 */
export class RcpruneError extends Error {
  /** Tells it from other errors, also across worker threads. */
  override readonly name = 'RcpruneError';
  /** File, option, field or function that something is wrong with. */
  readonly where: string;
  /** What would have been right. */
  readonly expected: string;
  /** What was found, in short. */
  readonly got: string;

  constructor(where: string, expected: string, got: string) {
    super(`${where}: expected ${expected}, got ${got}`);
    this.where = where;
    this.expected = expected;
    this.got = got;
  }
}

/** Short printable form of any value, for the `got` part of an error: never long, never throws, always one line. */
export function describe(value: unknown): string {
  let text: string;
  if (typeof value === 'string') text = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  else if (Array.isArray(value)) text = `an array of ${value.length}`;
  else if (value !== null && typeof value === 'object') text = 'an object';
  else text = String(value);
  return text;
}
