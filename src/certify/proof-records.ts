/*
 * The grammar of a proof log: what a line may hold. Whatever is wrong ends in a {@link Fault}, one sentence.
 *
 * A line that begins with { is a JSON record; of a name given twice the last counts, names that are not asked for are
 * ignored. Any other line is a run of tree nodes. Whole numbers that a double holds exactly are JSON numbers, larger ones are strings of
 * digits.
 */

/** What is wrong with a log, in one sentence. */
export class Fault extends Error {}

/**
 * The work that checking a log has taken, counted in numbers looked at, so that a short log cannot ask for endless work: a split of
 * blocks of 16 rows, a few hundred characters, asks for 65,536 subsets a block.
 */
export class WorkMeter {
  readonly #most: number;
  #spent = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Called before the work. @throws Fault when it is more than what is left */
  spend(numbers: number): void {
    this.#spent += numbers;
    if (this.#spent > this.#most) throw new Fault(`expected a log that takes at most ${this.#most} steps to check`);
  }
}

/** The first line, but for the hash of the instance. */
const OPENING: Readonly<Record<string, unknown>> = { format: 'rcprune-proof', version: 1 };

/** A line as a record. @throws Fault when it is none */
export function recordOf(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Fault('expected a record of a proof log');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Fault('expected a record');
  return value as Record<string, unknown>;
}

/** The instance's hash in the first line. @throws Fault when the line opens no proof log of this version */
export function openingHash(line: string): unknown {
  const { instanceHash, ...opening } = recordOf(line);
  // Name by name: whatever else a hostile line holds is never looked into, however deep it goes.
  const names = Object.keys(OPENING);
  if (Object.keys(opening).length !== names.length || names.some((name) => opening[name] !== OPENING[name])) {
    throw new Fault('expected a proof log of version 1');
  }
  return instanceHash;
}

/** @throws Fault unless `value` is an integer from `least` to `most` */
export function whole(value: unknown, what: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Fault(`expected ${what} to be an integer from ${least} to ${most}`);
}

/** An integer >= 0 given by its digits, at most 400 of them: more than any sum of importances has. @throws Fault */
export function wholeBig(value: unknown, what: string): bigint {
  if (typeof value === 'string' && /^[0-9]{1,400}$/.test(value)) return BigInt(value);
  throw new Fault(`expected ${what} to be an integer in digits`);
}

/** @throws Fault unless `value` is true or false */
export function truth(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Fault(`expected ${what} to be true or false`);
}

/** @throws Fault unless `value` is a list of at most `most` integers that doubles hold exactly */
export function list(value: unknown, what: string, most: number): number[] {
  if (Array.isArray(value) && value.length <= most && value.every(Number.isSafeInteger)) return value as number[];
  throw new Fault(`expected ${what} to be a list of at most ${most} integers`);
}
