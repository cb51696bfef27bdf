import { instanceHash, type Layer } from '../../../src/problem/index.ts';
import type { Dice } from './dice.ts';
import type { Victim } from './instances.ts';

/*
 * Parts of a proof log as an attacker writes them: records as objects that can still be changed, trees, splits. The grammar is that
 * of src/certify/proof-log.ts, and everything here can be drawn so that an honest checker accepts it where its claim is true.
 */

/** A line of a log that is not text yet: a record, or tree nodes (or anything else) as they will stand there. */
export type Draft = Record<string, unknown> | string;

export const textOf = (draft: Draft): string => (typeof draft === 'string' ? draft : JSON.stringify(draft));

export const opening = ({ instance }: Victim): Draft => ({
  format: 'rcprune-proof',
  version: 1,
  instanceHash: instanceHash(instance),
});

/** What an attacker knows about a layer before it rounds anything. */
export interface LayerFacts {
  readonly layer: Layer;
  /** Of all importances, in units of 2^-149. */
  readonly total: bigint;
  /** The lowest set bit of all importances, in units of 2^-149; 0 when all are 0. */
  readonly step: bigint;
  /** The least exponent at which a tree is exact. */
  readonly finest: number;
  /** The exponent of the step, where it is no finer. */
  readonly natural: number;
  /** The exponent of the step, whether sums are exact there or not. */
  readonly exact: number;
}

export function factsOf(victim: Victim): LayerFacts[] {
  return victim.instance.layers.map((layer, l) => {
    const total = victim.least[l]!.at(-1)!;
    let all = 0n;
    for (const value of layer.importance) all |= BigInt(value * 2 ** 149);
    const step = all & -all;
    const finest = Math.max(-149, total.toString(2).length - 149 - 49);
    const exact = step === 0n ? 0 : step.toString(2).length - 150;
    return { layer, total, step, finest, natural: Math.max(finest, exact), exact };
  });
}

/** Exponents: mostly ones that lose nothing, else some that do, and wild ones. */
export function drawExponent(dice: Dice, facts: readonly LayerFacts[], l: number): number {
  const { finest, natural } = facts[l]!;
  const any = facts[dice.between(0, facts.length - 1)]!.natural;
  const exponent = dice.pick([
    finest,
    finest,
    natural,
    natural,
    natural,
    natural,
    natural + dice.between(1, 4),
    finest - dice.between(1, 6),
    any,
    any + dice.between(-3, 3),
    dice.chance(0.1) ? dice.between(-149, 256) : natural,
  ]);
  return Math.max(-149, Math.min(256, exponent));
}

/** Caps: mostly above everything, or as low as the bound allows, or wild. */
export function drawCap(dice: Dice, bound: bigint): number {
  const tight = bound.toString(2).length - 149;
  return dice.pick([300, 300, 300, tight, tight, tight - dice.between(1, 3), dice.between(-149, 200)]);
}

/** The layer as the checker sees it: on the grid, transposed if asked. */
export function onGrid(layer: Layer, transposed: boolean, exponent: number, capExponent: number): number[][] {
  const [rows, cols] = transposed ? [layer.cols, layer.rows] : [layer.rows, layer.cols];
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: cols }, (_, j) => {
      const entry = layer.importance[transposed ? j * layer.cols + i : i * layer.cols + j]!;
      return Math.floor(Math.min(entry, 2 ** capExponent) * 2 ** -exponent);
    }),
  );
}

/** The head of a tree and its lines: node by node or all in one, with splits in between. */
export interface TreeDraft {
  head: Record<string, unknown>;
  body: Draft[];
}

export interface TreeWish {
  readonly layer: number;
  readonly rows: number;
  readonly columns: number;
  readonly bound: bigint;
}

/** A tree that is complete, and accepted where the bound is true and no rounding is in the way. */
export function plainTree(dice: Dice, facts: readonly LayerFacts[], wish: TreeWish): TreeDraft {
  const { layer } = facts[wish.layer]!;
  const transposed = dice.chance(0.4);
  const rows = transposed ? layer.cols : layer.rows;
  const kept = transposed ? layer.cols - wish.columns : layer.rows - wish.rows;
  const head = {
    ...wish,
    bound: `${wish.bound}`,
    transposed,
    exponent: facts[wish.layer]!.natural,
    capExponent: 300,
    order: dice.order(rows),
  };
  if (dice.chance(0.5)) return { head, body: [nodesOf(rows, kept, () => '!')] };
  const zeros = new Array<number>(rows * (transposed ? layer.rows : layer.cols)).fill(0);
  return { head, body: [{ blocks: [rows], grain: 1, share: zeros, copies: zeros }, '.'] };
}

/** A tree in any of the ways that the grammar allows. */
export function drawTree(dice: Dice, facts: readonly LayerFacts[], wish: TreeWish): TreeDraft {
  const { layer } = facts[wish.layer]!;
  const transposed = dice.chance(0.4);
  const rows = transposed ? layer.cols : layer.rows;
  const kept = transposed ? layer.cols - wish.columns : layer.rows - wish.rows;
  const exponent = drawExponent(dice, facts, wish.layer);
  const capExponent = drawCap(dice, wish.bound);
  const grid = onGrid(layer, transposed, exponent, capExponent);
  const order = dice.order(rows);
  // Least first: what is worth keeping is then dropped first, and the leaf that cannot be closed comes late.
  const sumOf = (row: number) => grid[row]!.reduce((sum, value) => sum + value, 0);
  if (dice.chance(0.5)) order.sort((x, y) => sumOf(x) - sumOf(y));
  const head = { ...wish, bound: `${wish.bound}`, transposed, exponent, capExponent, order };
  const inOrder = order.map((row) => grid[row]!);
  const leaf = dice.pick([() => '!', () => '.', () => dice.pick(['!', '.'])]);
  const style = dice.pick(['nodes', 'nodes', 'split', 'split', 'mixed', 'one split', 'one split'] as const);
  const body: Draft[] =
    style === 'nodes'
      ? [nodesOf(rows, kept, leaf)]
      : style === 'split'
        ? [drawSplit(dice, inOrder, 0), '.']
        : style === 'one split'
          ? [drawSplit(dice, inOrder, 0), nodesTo(dice.between(1, 3), rows, kept)]
          : mixedBody(dice, inOrder, 0, kept, leaf, false);
  return { head, body };
}

/** All nodes of the tree of `kept` of `rows` rows, down to where all are decided. */
export function nodesOf(rows: number, kept: number, leaf: () => string): string {
  if (kept === 0 || kept === rows) return leaf();
  return `(${nodesOf(rows - 1, kept - 1, leaf)}${nodesOf(rows - 1, kept, leaf)}`;
}

/** The nodes above a depth; there, undecided leaves. */
const nodesTo = (depth: number, rows: number, kept: number): string => {
  if (depth === 0 || kept === 0 || kept === rows) return '.';
  return `(${nodesTo(depth - 1, rows - 1, kept - 1)}${nodesTo(depth - 1, rows - 1, kept)}`;
};

/** Node by node, with splits here and there and leaves that they close. */
function mixedBody(
  dice: Dice,
  grid: readonly (readonly number[])[],
  depth: number,
  kept: number,
  leaf: () => string,
  hasSplit: boolean,
): Draft[] {
  const left = grid.length - depth;
  if (kept === 0 || kept === left) return [leaf()];
  const split = dice.chance(0.35) ? [drawSplit(dice, grid, depth)] : [];
  if ((hasSplit || split.length > 0) && dice.chance(0.5)) return [...split, '.'];
  const isSplit = hasSplit || split.length > 0;
  return [
    ...split,
    '(',
    ...mixedBody(dice, grid, depth + 1, kept - 1, leaf, isSplit),
    ...mixedBody(dice, grid, depth + 1, kept, leaf, isSplit),
  ];
}

/** Blocks that add up to a number of rows. */
function drawBlocks(dice: Dice, rows: number): number[] {
  const blocks: number[] = [];
  for (let left = rows; left > 0; left -= blocks.at(-1)!) blocks.push(dice.chance(0.4) ? left : dice.between(1, left));
  return blocks;
}

/** Multipliers of the rows from `first` on: none, honest ones, random ones, and as large as the checker may allow. */
export function drawSplit(dice: Dice, grid: readonly (readonly number[])[], first: number): Record<string, unknown> {
  const values = grid.slice(first).flat();
  const greatest = Math.max(1, ...values);
  const grain = dice.pick([1, 1, 1, 1, 2, 1024, 2 ** 20, 2 ** 48, 2 ** 50]);
  const room = Math.floor(2 ** 50 / (3 * Math.max(1, values.length)));
  const constant = Math.floor((dice.chance(0.5) ? room : 2 ** dice.between(0, 52)) / grain) * dice.pick([1, 1, -1]);
  const most = Math.min(2 ** 31 - 2, Math.ceil(greatest));
  const share = dice.pick<(value: number) => number>([
    () => 0,
    () => 0,
    () => 0,
    (value) => value,
    (value) => Math.floor(value / 2),
    (value) => Math.floor(value / grain),
    () => dice.between(0, most),
    () => dice.between(-most, most),
    () => constant,
    (value) => value + constant,
  ]);
  const copies = dice.pick<(value: number) => number>([
    () => 0,
    () => 0,
    () => 0,
    () => dice.between(-most, most),
    (value) => -value,
    (value) => Math.floor(value / 2),
    () => constant,
    () => dice.pick([constant, -constant]),
  ]);
  const whole = (value: number) => (Number.isSafeInteger(value) ? value + 0 : 0);
  return {
    blocks: drawBlocks(dice, grid.length - first),
    grain,
    share: values.map((value) => whole(share(value))),
    copies: values.map((value) => whole(copies(value))),
  };
}
