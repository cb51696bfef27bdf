import { makeInstance, type Pruning } from '../../../src/problem/index.ts';
import type { Dice } from './dice.ts';
import { type Victim, withTruth } from './instances.ts';
import { opening, textOf } from './proof-draft.ts';

/*
 * False proofs for checkers whose sums are rounded: too rare to be met at random, so made by hand.
 */

export interface Crafted {
  readonly victim: Victim;
  readonly lines: readonly string[];
  readonly pruning: Pruning;
}

const unit = 2n ** 149n;

/**
 * 2^54 + 3 + 4, added up in doubles from the left, is 2^54 + 8, and 2^54 + 4 the most that two of three columns keep: so the line bound of
 * one column is 4, where the truth is 3.
 */
export function roundedTotal(dice: Dice): Crafted {
  const instance = makeInstance([{ name: 'a', rows: 1, cols: 3, importance: [2 ** 54, 3, 4] }]);
  const victim = withTruth(dice, instance, { target: 1 });
  const drafts = [opening(victim), { lines: 0, exponent: 0, capExponent: 300 }, { optimum: `${4n * unit}` }];
  return { victim, lines: drafts.map(textOf), pruning: removing([], [2]) };
}

/**
 * Rows H, 4 and 3, two of which stay: the best are H and 4. With H kept, one of two rows is still to be kept, and a split with T = t
 * bounds it by (4 - t) + (H + t). With H + t above 2^53 and 1 more than a multiple of 4, that sum is rounded down to H + t - 1: as if
 * only H + 3 could stay.
 */
export function roundedSplit(dice: Dice): Crafted {
  const large = 2 ** 53 - 2 ** 40;
  const share = 2 ** 41 + 1;
  const instance = makeInstance([{ name: 'a', rows: 3, cols: 1, importance: [large, 4, 3] }]);
  const victim = withTruth(dice, instance, { shape: { rows: 1, columns: 0 } });
  const head = { layer: 0, rows: 1, columns: 0, bound: `${4n * unit}`, transposed: false };
  const drafts = [
    opening(victim),
    { ...head, exponent: 0, capExponent: 300, order: [0, 1, 2] },
    '(',
    { blocks: [2], grain: 1, share: [share, share], copies: [0, 0] },
    '..',
    { optimum: `${4n * unit}` },
  ];
  return { victim, lines: drafts.map(textOf), pruning: removing([1], []) };
}

const removing = (rows: number[], columns: number[]): Pruning => ({
  layers: [{ removedRows: Uint32Array.from(rows), removedColumns: Uint32Array.from(columns) }],
});
