import * as v from 'valibot';
import { describe, RcpruneError } from '../problem/error.ts';

/** Parses a value of JSON with a schema. @throws RcpruneError with the schema's first complaint: where, expected, got */
export function parsed<T>(where: string, schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const { path, expected, message, input } = whatIsWrong(result.issues[0]);
  const complaint = (depth: number, expected: string, got: string) => {
    const names = path.slice(0, depth).map(({ key }) => String(key));
    return new RcpruneError(depth > 0 ? `${where}: ${names.join('.')}` : where, expected, got);
  };
  const last = path.at(-1);
  if (last?.origin === 'key') {
    // A field is missing, or is one too many; valibot takes a list for an object without fields.
    if (Array.isArray(last.input)) throw complaint(path.length - 1, 'object', describe(last.input));
    if (expected === 'never') throw complaint(path.length - 1, 'known fields only', describe(last.key));
    throw complaint(path.length, 'a value', 'none');
  }
  throw complaint(path.length, isOwn(message) ? message : inWords(expected!), describe(input));
}

interface Complaint extends Pick<v.BaseIssue<unknown>, 'expected' | 'message' | 'input'> {
  readonly path: readonly v.IssuePathItem[];
}

/** Of what may be one of several: the fault inside of the one that it looks like, if any. */
function whatIsWrong(issue: v.BaseIssue<unknown>): Complaint {
  const path = issue.path ?? [];
  const inside = issue.issues?.find((own) => own.path !== undefined && own.path.at(-1)!.origin === 'value');
  if (inside === undefined) return { ...issue, path };
  const deeper = whatIsWrong(inside);
  return { ...deeper, path: [...path, ...deeper.path] };
}

/** Messages of ours are what was expected; valibot's say more. */
const isOwn = (message: string) => !message.startsWith('Invalid ');

/** What valibot calls an expectation: `Array`, or `("a" | "b")`. */
function inWords(expected: string): string {
  return expected.replace(/\b(Array|Object)\b/g, (type) => type.toLowerCase()).replace(/^\((.*)\)$/, 'one of $1');
}

/*
 * What valibot takes more loosely than a file may be: Infinity, which JSON writes as 1e999; arrays where an object with keys of
 * any name is meant; days such as February 30.
 */

/** An integer that a double holds exactly, within bounds. */
export function integer(least = -Infinity, most = Infinity) {
  const range = most < Infinity ? ` from ${least} to ${most}` : least > -Infinity ? ` >= ${least}` : '';
  const expected = `an integer${range}`;
  return v.pipe(
    v.number(expected),
    v.check((value) => Number.isSafeInteger(value) && value >= least && value <= most, expected),
  );
}
/** An integer >= 0. */
export const count = integer(0);
/** An integer >= 1. */
export const positive = integer(1);

/** A finite number. */
export const number = v.pipe(v.number(), v.finite('a finite number'));
/** A finite number >= 0. */
export const nonnegative = v.pipe(number, v.minValue(0, 'a number >= 0'));

/** A string of so many characters. */
export function text(most: number, least = 0) {
  return v.pipe(
    v.string(),
    v.minLength(least, `at least ${least} characters`),
    v.maxLength(most, `at most ${most} characters`),
  );
}

/** A string of a form; `expected` names it. */
export const matching = (form: RegExp, expected: string) => v.pipe(v.string(), v.regex(form, expected));
/** SHA-256 in hex. */
export const sha256 = matching(/^[0-9a-f]{64}$/, '64 hexadecimal digits');
/** A day, as 2026-01-31. */
export const day = v.pipe(v.string(), v.check(isDay, 'a day YYYY-MM-DD'));
/** A time in UTC, as 2026-01-31T12:00:00.000Z. */
export const time = v.pipe(
  matching(/^.{10}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$/, 'a time YYYY-MM-DDTHH:MM:SSZ'),
  v.check((value) => isDay(value.slice(0, 10)), 'a time on a day that there is'),
);

function isDay(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const parsed = new Date(`${value}T00:00:00Z`); // which takes February 30 for March 2
  return Number.isFinite(parsed.getTime()) && parsed.toISOString().startsWith(value);
}

/** A list of so many items. */
export function list<S extends v.GenericSchema>(item: S, most: number, least = 0) {
  return v.pipe(
    v.array(item),
    v.minLength(least, `at least ${least} entries`),
    v.maxLength(most, `at most ${most} entries`),
  );
}

/** Whether a value of JSON is an object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object with keys of any name but `__proto__`, which copies of it would lose; `expected` says of what. */
export function dictionary<S extends v.GenericSchema>(item: S, expected: string, mostKey = Infinity) {
  return v.custom<Record<string, v.InferOutput<S>>>(
    (value) =>
      isObject(value) &&
      Object.entries(value).every(([key, own]) => key !== '__proto__' && key.length <= mostKey && v.is(item, own)),
    expected,
  );
}
