import * as v from 'valibot';
import { expect, it } from 'vitest';
import { recordSchema } from '../../src/benchmark/record.ts';
import { makeSuite } from '../../src/benchmark/suite.ts';
import * as schema from '../../src/formats/schema.ts';
import { RcpruneError } from '../../src/problem/error.ts';
import { records } from '../report/records.ts';

const { parsed } = schema;
const nested = v.strictObject({
  a: v.optional(v.array(v.strictObject({ b: schema.count }))),
  kind: v.optional(v.picklist(['x', 'y'])),
});

const either = v.union(
  [
    v.number(),
    v.strictObject({ c: v.strictObject({ d: v.union([schema.count, v.array(schema.count)]) }) }),
    v.strictObject({ name: v.string() }),
  ],
  'a number, or c',
);

it.each<[string, v.GenericSchema, string, string]>([
  ['a field of another type', nested, '{"a":[{"b":1},{"b":"1"}]}', 'f: a.1.b: expected an integer >= 0, got "1"'],
  ['the first of several', nested, '{"a":[{"b":-1},{"b":-2}],"z":1}', 'f: a.0.b: expected an integer >= 0, got -1'],
  ['a missing field', nested, '{"a":[{}]}', 'f: a.0.b: expected a value, got none'],
  ['an unknown field', nested, '{"a":[{"b":1,"c":2}]}', 'f: a.0: expected known fields only, got "c"'],
  ['__proto__', nested, '{"__proto__":{"a":[]}}', 'f: expected known fields only, got "__proto__"'],
  ['a name that objects inherit', nested, '{"toString":1}', 'f: expected known fields only, got "toString"'],
  ['a list for an object', nested, '{"a":[[]]}', 'f: a.0: expected object, got an array of 0'],
  ['no object', nested, '7', 'f: expected object, got 7'],
  ['no list', nested, '{"a":{}}', 'f: a: expected array, got an object'],
  ['another word', nested, '{"kind":"z"}', 'f: kind: expected one of "x" | "y", got "z"'],
  ['a fault inside of one of several', either, '{"c":{"d":-1}}', 'f: c.d: expected an integer >= 0, got -1'],
  ['a fault further inside', v.array(either), '[1,{"c":{"d":[2,-1]}}]', 'f: 1.c.d.1: expected an integer >= 0, got -1'],
  ['none of several', either, '{"e":1}', 'f: expected a number, or c, got an object'],
  ['an infinite number', schema.number, '1e999', 'f: expected a finite number, got Infinity'],
  ['an infinite number from 0 on', schema.nonnegative, '1e999', 'f: expected a finite number, got Infinity'],
  ['a negative number', schema.nonnegative, '-0.5', 'f: expected a number >= 0, got -0.5'],
  ['a fraction', schema.positive, '1.5', 'f: expected an integer >= 1, got 1.5'],
  ['an integer that doubles do not hold', schema.count, '9007199254740992', 'f: expected an integer >= 0'],
  ['an infinite integer', schema.integer(), '1e999', 'f: expected an integer, got Infinity'],
  ['an integer out of range', schema.integer(1, 9), '10', 'f: expected an integer from 1 to 9, got 10'],
  ['a string too short', schema.text(3, 1), '""', 'f: expected at least 1 characters, got ""'],
  ['a string too long', schema.text(3, 1), '"abcd"', 'f: expected at most 3 characters, got "abcd"'],
  ['a list too long', schema.list(schema.count, 1), '[1,2]', 'f: expected at most 1 entries, got an array of 2'],
  ['a digest in capitals', schema.sha256, `"${'A'.repeat(64)}"`, 'f: expected 64 hexadecimal digits'],
  ['a day that there is not', schema.day, '"2026-02-29"', 'f: expected a day YYYY-MM-DD, got "2026-02-29"'],
  ['a time on such a day', schema.time, '"2026-02-29T00:00:00Z"', 'f: expected a time on a day that there is'],
  ['a time of another zone', schema.time, '"2026-02-28T00:00:00+01:00"', 'f: expected a time YYYY-MM-DDTHH:MM:SSZ'],
  ['a time without seconds', schema.time, '"2026-02-28T00:00Z"', 'f: expected a time YYYY-MM-DDTHH:MM:SSZ'],
  ['a prototype', schema.dictionary(v.unknown(), 'values'), '{"__proto__":{}}', 'f: expected values'],
  ['a list for a dictionary', schema.dictionary(v.string(), 'strings'), '["a"]', 'f: expected strings'],
  ['a value of another type', schema.dictionary(v.string(), 'strings'), '{"constructor":1}', 'f: expected strings'],
  ['a key too long', schema.dictionary(v.string(), 'strings', 3), '{"abcd":""}', 'f: expected strings'],
])('refuses %s', (_, own, text, complaint) => {
  expect(() => parsed('f', own, JSON.parse(text))).toThrow(RcpruneError);
  expect(() => parsed('f', own, JSON.parse(text))).toThrow(complaint);
});

it('gives back what is good, without what is left out', () => {
  expect(parsed('f', nested, { a: [{ b: 0 }] })).toEqual({ a: [{ b: 0 }] });
  expect(Object.keys(parsed('f', nested, {}))).toEqual([]);
  expect(parsed('f', schema.day, '2024-02-29')).toBe('2024-02-29');
  for (const time of ['2026-01-31T12:00:00Z', '2026-01-31T23:59:59.123456Z']) {
    expect(parsed('f', schema.time, time)).toBe(time);
  }
  const keys = JSON.parse('{"constructor":"a","toString":"b"}');
  expect(parsed('f', schema.dictionary(v.string(), 'strings'), keys)).toEqual(keys);
});

it('reads a record back as it was written, to the order of its fields', () => {
  for (const record of records(['greedy'])) {
    const text = JSON.stringify(record);
    expect(JSON.stringify(parsed('f', recordSchema, JSON.parse(text)))).toBe(text);
  }
});

it('takes no list for the sizes of a suite', () => {
  const group = { families: [{ family: 'uniform' }], sizes: [[]], sparsities: ['0.5'], methods: ['greedy'] };
  const suite = { format: 'rcprune-suite', version: 1, name: 'a', description: '', groups: [group] };
  expect(() => makeSuite('s', suite, '.')).toThrow('s: groups.0.sizes.0: expected an object, got an array of 0');
});
