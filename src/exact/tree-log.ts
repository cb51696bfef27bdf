import type { BlockSplit } from './block-split.ts';
import type { TreeLog } from './shape-search.ts';

/*
 * The tree of one shape as text for a proof log, held back until the shape is closed, since a search that starts over takes back
 * what it wrote. One byte per node; a tree that grows too large is given up.
 */

/** Most characters of a proof, nearly all of them one per node. What needs more is still solved, but without a proof. */
export const MOST_PROOF_CHARACTERS = 2 ** 27;

const BRANCH = 40; // (
const CLOSED = 46; // .
const EXACT = 33; // !
const NODES_A_LINE = 2 ** 15;
/** Keeps a mark in one number: so many nodes are never reached. */
const MARK_BASE = 2 ** 32;

/** The tree of one shape, in memory until it is complete: src/certify/proof-log.ts describes the text. */
export class TreeBuffer implements TreeLog {
  #nodes = new Uint8Array(2 ** 12);
  #length = 0;
  #characters = 0; // of the splits
  readonly #splits: { readonly at: number; readonly line: string }[] = [];
  readonly #cols: number;
  readonly #most: number;

  constructor(cols: number, most: number) {
    this.#cols = cols;
    this.#most = most;
  }

  /** Characters of the whole tree. */
  get size(): number {
    return this.#length + this.#characters;
  }

  /** Whether the tree grew too large to be of use. */
  get isOverflown(): boolean {
    return this.size > this.#most;
  }

  split({ first, blocks, grain, share, copies }: BlockSplit): void {
    if (this.isOverflown) return;
    const from = first * this.#cols;
    const inGrains = (values: Float64Array) => Array.from(values.subarray(from), (value) => value / grain + 0);
    const line = JSON.stringify({ blocks, grain, share: inGrains(share), copies: inGrains(copies) });
    this.#splits.push({ at: this.#length, line });
    this.#characters += line.length;
  }

  branch(): void {
    this.#push(BRANCH);
  }

  close(exact: boolean): void {
    this.#push(exact ? EXACT : CLOSED);
  }

  mark(): number {
    return this.#splits.length * MARK_BASE + this.#length;
  }

  rewind(mark: number): void {
    this.#length = mark % MARK_BASE;
    while (this.#splits.length > Math.floor(mark / MARK_BASE)) this.#characters -= this.#splits.pop()!.line.length;
  }

  /** The lines of the tree, the splits where they belong. */
  *lines(): Generator<string> {
    let at = 0;
    for (const split of [...this.#splits, { at: this.#length, line: null }]) {
      for (; at < split.at; at = Math.min(split.at, at + NODES_A_LINE)) {
        const end = Math.min(split.at, at + NODES_A_LINE);
        yield String.fromCharCode.apply(null, this.#nodes.subarray(at, end) as unknown as number[]);
      }
      if (split.line !== null) yield split.line;
    }
  }

  #push(code: number): void {
    if (this.isOverflown) return;
    if (this.#length === this.#nodes.length) {
      const longer = new Uint8Array(2 * this.#length);
      longer.set(this.#nodes);
      this.#nodes = longer;
    }
    this.#nodes[this.#length++] = code;
  }
}
