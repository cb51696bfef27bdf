import {
  type Goal,
  type Instance,
  instanceHash,
  type Layer,
  type Pruning,
  requirementOf,
} from '../../src/problem/index.ts';
import { costOf, exact } from './brute-force.ts';

/*
 * The slow reference of the proof-log checker: the same rules, written down once more without any of its code. BigInt
 * throughout, recursion instead of a stack, every maximum by trying all subsets. For layers of a few lines only.
 */

/** What is wrong and in which line (from 1); line null: only the whole log shows it. */
export interface Refusal {
  readonly line: number | null;
}

class Refused extends Error {}

interface Token {
  readonly line: number;
  readonly split?: Record<string, unknown>;
  readonly node?: string;
}

type Matrix = readonly (readonly bigint[])[];

const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
const max = (values: readonly bigint[]) => values.reduce((most, value) => (value > most ? value : most));
const abs = (value: bigint) => (value < 0n ? -value : value);
const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, k) => from + k);
const power = (exponent: number) => 1n << BigInt(exponent + 149); // 2^exponent in units of 2^-149

/** Sum of the k largest. */
const top = (k: number, values: readonly bigint[]) =>
  sum([...values].sort((x, y) => (x < y ? 1 : x > y ? -1 : 0)).slice(0, k));

function subsets(of: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return of.flatMap((first, k) => subsets(of.slice(k + 1), size - 1).map((rest) => [first, ...rest]));
}

const matrixOf = ({ rows, cols, importance }: Layer): Matrix =>
  range(0, rows).map((i) => range(0, cols).map((j) => exact(importance[i * cols + j]!)));
const transpose = (matrix: Matrix): Matrix => matrix[0]!.map((_, j) => matrix.map((row) => row[j]!));

/** The largest power of two that divides every importance; 0 where all are 0. */
function stepOf(matrix: Matrix): bigint {
  const entries = matrix.flat().filter((entry) => entry > 0n);
  if (entries.length === 0) return 0n;
  let step = 1n;
  while (entries.every((entry) => entry % (2n * step) === 0n)) step *= 2n;
  return step;
}

/** The first value from `bound` on that can be a cost; with step 0 the bound itself. */
function costFrom(bound: bigint, step: bigint): bigint {
  if (step === 0n || bound % step === 0n) return bound;
  return bound + step - (bound % step);
}

function integer(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) throw new Refused();
  return value;
}

function integers(value: unknown, count: number): number[] {
  if (!Array.isArray(value) || value.length !== count) throw new Refused();
  if (!value.every((entry) => Number.isSafeInteger(entry))) throw new Refused();
  return value as number[];
}

function digits(value: unknown): bigint {
  if (typeof value !== 'string' || value.length > 400 || !/^\d+$/.test(value)) throw new Refused();
  return BigInt(value);
}

function json(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Refused();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refused();
  return value as Record<string, unknown>;
}

/** On the grid of a record: capped, then rounded down. */
function grid(matrix: Matrix, record: Record<string, unknown>): { values: Matrix; exponent: number; total: bigint } {
  const exponent = integer(record.exponent, -149, 256);
  const cap = power(integer(record.capExponent, -149, 512));
  const unit = power(exponent);
  const values = matrix.map((row) => row.map((entry) => (entry < cap ? entry : cap) / unit));
  const total = sum(values.flat());
  if (total >= 2n ** 53n) throw new Refused();
  return { values, exponent, total };
}

/** A tree whose leaves may keep anything: `most` is what the leaves closed by a bound keep at most, all together. */
class Tree {
  most = -(10n ** 30n);
  readonly #w: Matrix; // on the grid, rows in order
  readonly #exact: Matrix; // likewise, true importances
  readonly #a: number;
  readonly #b: number;
  readonly #floor: bigint;
  readonly #bound: bigint;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(
    w: Matrix,
    trueValues: Matrix,
    a: number,
    b: number,
    floor: bigint,
    bound: bigint,
    tokens: readonly Token[],
  ) {
    [this.#w, this.#exact, this.#a, this.#b] = [w, trueValues, a, b];
    [this.#floor, this.#bound, this.#tokens] = [floor, bound, tokens];
  }

  /** Reads one subtree. @returns the tokens read so far; throws {@link Open} when they end too early */
  node(depth: number, kept: readonly number[], split: { first: number; record: Record<string, unknown> } | null): void {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Open();
    this.#at++;
    const fail = () => {
      throw new Refused(`${token.line}`);
    };
    if (token.split !== undefined) {
      this.#requireSplit(token.split, depth, fail);
      this.node(depth, kept, { first: depth, record: token.split });
      return;
    }
    const rows = this.#w.length;
    const left = this.#a - kept.length;
    const isDecided = left === 0 || left === rows - depth;
    const all = left === 0 ? kept : [...kept, ...range(depth, rows)];
    const columnSums = (matrix: Matrix, of: readonly number[]) =>
      matrix[0]!.map((_, j) => sum(of.map((i) => matrix[i]![j]!)));
    if (token.node === '(') {
      if (isDecided) fail();
      this.node(depth + 1, [...kept, depth], split);
      this.node(depth + 1, kept, split);
    } else if (token.node === '!') {
      if (!isDecided) fail();
      if (sum(this.#exact.flat()) - top(this.#b, columnSums(this.#exact, all)) < this.#bound) fail();
    } else if (token.node === '.') {
      if (!isDecided && split === null) fail();
      const most = isDecided
        ? top(this.#b, columnSums(this.#w, all))
        : this.#splitBound(split!, depth, left, columnSums(this.#w, kept));
      if (most > this.most) this.most = most;
      if (most > this.#floor) fail();
    } else fail();
  }

  get read(): number {
    return this.#at;
  }

  #requireSplit({ blocks, grain, share, copies }: Record<string, unknown>, depth: number, fail: () => void): void {
    const [rows, cols] = [this.#w.length, this.#w[0]!.length];
    try {
      if (!Array.isArray(blocks) || blocks.length > rows) throw new Refused();
      for (const size of blocks) integer(size, 1, 16);
      if (blocks.reduce((total, size) => total + size, 0) !== rows - depth) throw new Refused();
      const factor = BigInt(integer(grain, 1, 2 ** 50));
      const [t, b] = [share, copies].map((list) =>
        integers(list, (rows - depth) * cols).map((x) => BigInt(x) * factor),
      );
      const w = this.#w.slice(depth).flat();
      const magnitude = sum(w.map((entry, k) => abs(t![k]!) + abs(b![k]!) + abs(entry - t![k]!)));
      if (magnitude >= 2n ** 50n) throw new Refused();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      fail();
    }
  }

  /** The most over all q rows I from `depth` on, of the blocks' parts, plus the most that the columns' parts can be. */
  #splitBound(
    { first, record }: { first: number; record: Record<string, unknown> },
    depth: number,
    q: number,
    s: bigint[],
  ) {
    const [rows, cols] = [this.#w.length, this.#w[0]!.length];
    const factor = BigInt(record.grain as number);
    const entry = (list: unknown, i: number, j: number) => BigInt((list as number[])[(i - first) * cols + j]!) * factor;
    const blocks: number[][] = [];
    let from = first;
    for (const size of record.blocks as number[]) {
      blocks.push(range(Math.max(from, depth), from + size));
      from += size;
    }
    const offers = (block: number[], chosen: readonly number[]) =>
      range(0, cols).map((j) =>
        sum(
          block.map((i) => {
            const rest = chosen.includes(i) ? this.#w[i]![j]! - entry(record.share, i, j) : 0n;
            return entry(record.copies, i, j) + rest;
          }),
        ),
      );
    const rowPart = max(
      subsets(range(depth, rows), q).map((chosen) =>
        sum(blocks.filter((block) => block.length > 0).map((block) => top(this.#b, offers(block, chosen)))),
      ),
    );
    const undecided = range(depth, rows);
    const columnPart = range(0, cols).map((j) => {
      const own = undecided.map((i) => entry(record.share, i, j));
      return s[j]! + top(q, own) - sum(undecided.map((i) => entry(record.copies, i, j)));
    });
    return rowPart + top(this.#b, columnPart);
  }
}

/** The tokens ended inside a tree. */
class Open extends Error {}

/** null when the log proves that the pruning is optimal. */
export function refusalOf(instance: Instance, goal: Goal, pruning: Pruning, lines: readonly string[]): Refusal | null {
  const matrices = instance.layers.map(matrixOf);
  const steps = matrices.map(stepOf);
  const proved: { l: number; rows: number; columns: number; bound: bigint }[] = [];
  let optimum: bigint | null = null;
  let at = 0;
  try {
    for (; at < lines.length; at++) {
      if (optimum !== null) throw new Refused();
      const record = json(lines[at]!);
      if (at === 0) {
        const { instanceHash: hash, ...rest } = record;
        if (JSON.stringify(rest) !== '{"format":"rcprune-proof","version":1}') throw new Refused();
        if (hash !== instanceHash(instance)) throw new Refused();
      } else if ('lines' in record) {
        const l = integer(record.lines, 0, instance.layers.length - 1);
        const { values, exponent, total } = grid(matrices[l]!, record);
        const { rows, cols } = instance.layers[l]!;
        for (const a of range(0, rows + 1)) {
          for (const b of range(0, cols + 1)) {
            const byRows = top(
              a,
              values.map((row) => top(b, row)),
            );
            const byColumns = top(
              b,
              transpose(values).map((column) => top(a, column)),
            );
            const kept = byRows < byColumns ? byRows : byColumns;
            const bound = costFrom((total - kept) * power(exponent), steps[l]!);
            proved.push({ l, rows: rows - a, columns: cols - b, bound });
          }
        }
      } else if ('layer' in record) {
        const l = integer(record.layer, 0, instance.layers.length - 1);
        const layer = instance.layers[l]!;
        const rows = integer(record.rows, 0, layer.rows - 1);
        const columns = integer(record.columns, 0, layer.cols - 1);
        const claimed = digits(record.bound);
        if (typeof record.transposed !== 'boolean') throw new Refused();
        const isTurned = record.transposed;
        const trueValues = isTurned ? transpose(matrices[l]!) : matrices[l]!;
        const { values, exponent, total } = grid(trueValues, record);
        const order = integers(record.order, values.length);
        if ([...order].sort((x, y) => x - y).some((row, k) => row !== k)) throw new Refused();
        if (total >= 2n ** 50n) throw new Refused();
        const bound = costFrom(claimed, steps[l]!);
        // The least cost on the grid that is above bound - step when it is ungridded.
        let limit = 0n;
        if (bound > 0n) {
          const under = bound - steps[l]!; // >= 0
          limit = under / power(exponent) + 1n;
        }
        const kept = [layer.rows - rows, layer.cols - columns];
        const [a, b] = isTurned ? [kept[1]!, kept[0]!] : [kept[0]!, kept[1]!];
        const inOrder = (matrix: Matrix) => order.map((row) => matrix[row]!);
        at = readTree(inOrder(values), inOrder(trueValues), a, b, total - limit, bound, lines, at);
        proved.push({ l, rows, columns, bound });
      } else optimum = digits(record.optimum);
    }
  } catch (error) {
    if (error instanceof Open) return { line: null };
    if (!(error instanceof Refused)) throw error;
    return { line: error.message === '' ? at + 1 : Number(error.message) };
  }
  if (optimum === null) return { line: null };
  const { target, ranges } = requirementOf(instance, goal);
  const cost = costOf(instance, pruning);
  if (cost !== optimum) return { line: null };
  const boundOf = (l: number, r: number, c: number) => {
    const { rows, cols } = instance.layers[l]!;
    const whole = r === rows || c === cols ? [sum(matrices[l]!.flat())] : [];
    const own = proved.filter((one) => one.l === l && one.rows <= r && one.columns <= c).map(({ bound }) => bound);
    return max([0n, ...whole, ...own]);
  };
  const sums: bigint[] = [];
  const choose = (l: number, units: number, bound: bigint): void => {
    if (l === instance.layers.length) {
      if (units >= target) sums.push(bound);
      return;
    }
    const { rows, cols, unitsPerEntry } = instance.layers[l]!;
    const { minRows, maxRows, minColumns, maxColumns } = ranges[l]!;
    for (const r of range(minRows, maxRows + 1)) {
      for (const c of range(minColumns, maxColumns + 1)) {
        choose(l + 1, units + (rows * cols - (rows - r) * (cols - c)) * unitsPerEntry, bound + boundOf(l, r, c));
      }
    }
  };
  choose(0, 0, 0n);
  return sums.length > 0 && sums.every((bound) => bound >= cost) ? null : { line: null };
}

/**
 * What the leaves of a tree keep at most, on the grid of its head: the least floor at which all that are closed by a bound close.
 *
 * @param lines the head of a tree and all its lines, in order
 */
export function mostKept(layer: Layer, lines: readonly string[]): { readonly most: bigint; readonly total: bigint } {
  const head = json(lines[0]!) as { rows: number; columns: number; transposed: boolean; order: number[] };
  const matrix = matrixOf(layer);
  const { values, total } = grid(head.transposed ? transpose(matrix) : matrix, head);
  const kept = [layer.rows - head.rows, layer.cols - head.columns];
  const [a, b] = head.transposed ? [kept[1]!, kept[0]!] : [kept[0]!, kept[1]!];
  const inOrder = head.order.map((row) => values[row]!);
  const tree = new Tree(inOrder, inOrder, a, b, 10n ** 30n, 0n, tokensOf(lines, 0));
  tree.node(0, [], null);
  return { most: tree.most, total };
}

/** The nodes and splits of all lines after a head. */
function tokensOf(lines: readonly string[], head: number): Token[] {
  const tokens: Token[] = [];
  for (let at = head + 1; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith('{')) {
      try {
        tokens.push({ line: at + 1, split: json(line) });
      } catch {
        tokens.push({ line: at + 1, node: 'no record' });
      }
    } else for (const node of line) tokens.push({ line: at + 1, node });
  }
  return tokens;
}

/** @returns the place of the last line of the tree */
function readTree(
  w: Matrix,
  trueValues: Matrix,
  a: number,
  b: number,
  floor: bigint,
  bound: bigint,
  lines: readonly string[],
  header: number,
): number {
  const tokens = tokensOf(lines, header);
  const tree = new Tree(w, trueValues, a, b, floor, bound, tokens);
  tree.node(0, [], null);
  const last = tokens[tree.read - 1]!.line;
  // The rest of the last line must be empty.
  if (tokens[tree.read]?.line === last) throw new Refused(`${last}`);
  return last - 1;
}
