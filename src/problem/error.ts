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

/** As much of a value as an error shows. */
const MOST_SHOWN = 60;
/** Controls (ends of lines among them), what turns the direction of writing, and separators of lines and paragraphs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Short printable form of any value, for the `got` part of an error: never long, never throws, always one line. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'function') return 'a function'; // whose text is of any length, and its own matter
  if (value !== null && typeof value === 'object') return 'an object';
  const text = String(value);
  const short = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
  const quoted = typeof value === 'string' ? JSON.stringify(short) : short;
  return quoted.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
