import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadLines } from '../../src/certify/closed.ts';
import {
  check,
  closure,
  deadKept,
  instanceHash,
  isClosed,
  type Links,
  makeInstance,
  RcpruneError,
  toNearest,
} from '../../src/index.ts';
import { exactCost } from '../../src/problem/index.ts';
import { closedSet, lineCount, linkedInstance, pricedSet, pruningOfSet } from '../reference/linked.ts';

/*
 * The closure against its definition, the checker's own against both, and links that make no sense.
 */

const pair = linkedInstance.chain((instance) =>
  fc.record({ instance: fc.constant(instance), set: fc.integer({ min: 0, max: 2 ** lineCount(instance) - 1 }) }),
);

describe('closure', () => {
  it('finds what the definition calls dead, and so does the checker', () => {
    fc.assert(
      fc.property(pair, ({ instance, set }) => {
        const pruning = pruningOfSet(instance, set);
        const dead = closedSet(instance, set);
        const closed = closure(instance, pruning);
        expect(closed).toEqual(pruningOfSet(instance, dead));
        expect(isClosed(instance, pruning)).toBe(dead === set);
        expect(deadLines(instance, pruning).length).toBe(bits(dead & ~set));
        expect(deadLines(instance, closed)).toEqual([]);
        const more = exactCost(instance, closed).cost - exactCost(instance, pruning).cost;
        expect(deadKept(instance, pruning)).toBe(more);
      }),
      { numRuns: 1000 },
    );
  });

  it('is extensive, monotone and idempotent', () => {
    fc.assert(
      fc.property(pair, fc.nat(), ({ instance, set }, other) => {
        const of = (one: number) => setOf(instance, closure(instance, pruningOfSet(instance, one)));
        const larger = set | (other & (2 ** lineCount(instance) - 1));
        expect(of(set) & set).toBe(set);
        expect(of(of(set))).toBe(of(set));
        expect(of(larger) & of(set)).toBe(of(set));
      }),
      { numRuns: 500 },
    );
  });

  it('decides what the checker accepts, and what it says of dead lines', () => {
    fc.assert(
      fc.property(pair, ({ instance, set }) => {
        const pruning = pruningOfSet(instance, set);
        const verdict = check(instance, { target: 0 }, pruning);
        const isFair = pricedSet(instance, set) !== null;
        expect(verdict.valid).toBe(isFair && closedSet(instance, set) === set);
        expect(verdict).toMatchObject({ linked: true, deadKept: toNearest(deadKept(instance, pruning)) });
        const { links: _, ...plain } = instance;
        expect(check(plain, { target: 0 }, pruning)).toMatchObject({ valid: isFair, linked: false, deadKept: 0 });
      }),
      { numRuns: 300 },
    );
  });
});

const layers = [
  { name: 'A', rows: 2, cols: 3, importance: [1, 2, 3, 4, 5, 6] },
  { name: 'B', rows: 1, cols: 4, importance: [1, 2, 3, 4] },
];
const links: Links = { tensors: [{ name: 't', channels: 2, from: ['A'], to: ['B'] }] };

describe('links', () => {
  it('are part of the hash; a pruning may name the layers alone', () => {
    const plain = makeInstance(layers);
    const linked = makeInstance(layers, undefined, links);
    const other = makeInstance(layers, undefined, { tensors: [{ ...links.tensors[0]!, output: true }] });
    const same = makeInstance(layers, undefined, {
      tensors: [{ name: 't', channels: 2, from: [{ layer: 'A', offset: 0 }], join: 'any', to: ['B'], output: false }],
    });
    expect(new Set([plain, linked, other].map(instanceHash)).size).toBe(3);
    expect(instanceHash(same)).toBe(instanceHash(linked));
    const none = pruningOfSet(linked, 0);
    const isTaken = (hash: string) => check(linked, { target: 0 }, none, { instanceHash: hash }).valid;
    expect([plain, linked, other].map((one) => isTaken(instanceHash(one)))).toEqual([true, true, false]);
  });

  it.each<[string, unknown, string]>([
    ['no list', {}, 'a list of tensors'],
    ['a number', { tensors: [3] }, 'tensors'],
    ['an empty name', { tensors: [{ name: '', channels: 1 }] }, 'a non-empty string'],
    ['an unknown field', { tensors: [{ name: 't', channels: 1, too: [] }] }, 'fields name'],
    [
      'two of a name',
      {
        tensors: [
          { name: 't', channels: 1 },
          { name: 't', channels: 1 },
        ],
      },
      'distinct tensor names',
    ],
    ['no channels', { tensors: [{ name: 't', channels: 0 }] }, 'an integer from 1'],
    ['very many channels', { tensors: [{ name: 't', channels: 2 ** 40 }] }, 'an integer from 1'],
    ['an unknown layer', { tensors: [{ name: 't', channels: 2, to: ['Z'] }] }, 'names of layers'],
    ['an unknown source', { tensors: [{ name: 't', channels: 2, from: ['Z'] }] }, 'a layer or a tensor'],
    ['no source', { tensors: [{ name: 't', channels: 2, from: [] }] }, 'a list of sources'],
    [
      'two sources in one',
      { tensors: [{ name: 't', channels: 2, from: [{ layer: 'A', tensor: 't' }] }] },
      'one of layer',
    ],
    ['a join', { tensors: [{ name: 't', channels: 2, from: ['A'], join: 'or' }] }, 'any or all'],
    ['an offset', { tensors: [{ name: 't', channels: 3, from: [{ layer: 'A', offset: -1 }] }] }, 'an integer >= 0'],
    [
      'too many rows',
      { tensors: [{ name: 't', channels: 2, from: [{ layer: 'A', offset: 1 }] }] },
      'within 2 channels',
    ],
    ['columns that do not divide', { tensors: [{ name: 't', channels: 3, to: ['B'] }] }, 'a multiple of 3 columns'],
    [
      'a layer read twice',
      {
        tensors: [
          { name: 't', channels: 2, to: ['B'] },
          { name: 'u', channels: 2, to: ['B'] },
        ],
      },
      'one tensor for a layer',
    ],
    [
      'a layer written twice',
      { tensors: [{ name: 't', channels: 4, from: ['A', { layer: 'A', offset: 2 }] }] },
      'one tensor for a layer',
    ],
    ['a tensor of itself', { tensors: [{ name: 't', channels: 2, from: [{ tensor: 't' }] }] }, 'no circle'],
    [
      'a circle',
      {
        tensors: [
          { name: 't', channels: 1, from: ['B'], to: ['A'] },
          { name: 'u', channels: 2, from: ['A'], to: ['B'] },
        ],
      },
      'no circle',
    ],
  ])('of %s are refused', (_, wrong, expected) => {
    expect(() => makeInstance(layers, undefined, wrong as Links)).toThrow(RcpruneError);
    expect(() => makeInstance(layers, undefined, wrong as Links)).toThrow(expected);
  });
});

function bits(set: number): number {
  let ones = 0;
  for (let rest = set; rest !== 0; rest >>>= 1) ones += rest & 1;
  return ones;
}

function setOf({ layers: own }: Parameters<typeof closure>[0], pruning: ReturnType<typeof pruningOfSet>): number {
  let at = 0;
  let set = 0;
  for (const [l, { rows, cols }] of own.entries()) {
    for (const i of pruning.layers[l]!.removedRows) set |= 1 << (at + i);
    for (const j of pruning.layers[l]!.removedColumns) set |= 1 << (at + rows + j);
    at += rows + cols;
  }
  return set;
}
