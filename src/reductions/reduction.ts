import type { UndirectedGraph } from 'graphology';
import { exactCost } from '../problem/cost.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import { type Goal, meets, requirementOf } from '../problem/goal.ts';
import {
  allocateImportance,
  type Instance,
  MAX_LAYER_ENTRIES,
  makeInstance,
  requireInteger,
} from '../problem/instance.ts';
import { makeLayerPruning, type Pruning } from '../problem/pruning.ts';

/** The question that is reduced: does the graph have this structure (a clique, a balanced biclique, a dense set) of size k? */
export interface GraphQuestion {
  /** Undirected and simple; of a biclique question, with node attribute `side` 0 or 1 (see `completeSides`). */
  readonly graph: UndirectedGraph;
  /** k, an integer >= 0. */
  readonly size: number;
}

/** The question it becomes: does some pruning of the instance meet the goal at cost <= budget? */
export interface PruningQuestion {
  /** One layer of zeros and ones. */
  readonly instance: Instance;
  /** A target or a shape. */
  readonly goal: Goal;
  /** Most importance that may go, an integer. */
  readonly budget: number;
}

/**
 * A polynomial reduction from a graph problem to the decision version of row-and-column pruning, with witnesses both
 * ways.
 *
 * Guarantee: `source` is a yes-question iff `mapInstance(source)` is one; `mapWitness` turns nodes that answer yes into
 * a pruning that does, `mapWitnessBack` the reverse. The thesis states NP-completeness; the reductions are our
 * construction, machine-checked as T6 in proofs/coq/Clique.v and Biclique.v.
 */
export interface Reduction {
  /** `SOURCE to TARGET`. */
  readonly name: string;
  /** The graph problem: `clique` or `biclique`. */
  readonly source: string;
  /** What the pruning question fixes: `fixed shape` or `target`. */
  readonly target: string;
  /**
   * The pruning question of a graph question. Time linear in the matrix that it makes.
   *
   * @throws RcpruneError on a size that is no nonnegative integer, or a matrix too large to hold
   */
  mapInstance(source: GraphQuestion): PruningQuestion;
  /**
   * The pruning that these nodes stand for.
   *
   * @throws RcpruneError on nodes that are no witness
   */
  mapWitness(source: GraphQuestion, nodes: readonly string[]): Pruning;
  /** The nodes that a pruning stands for; null when it is no witness. */
  mapWitnessBack(source: GraphQuestion, pruning: Pruning): string[] | null;
  /** Whether these nodes are the structure that the source asks for, checked on the graph alone. */
  checkWitness(source: GraphQuestion, nodes: readonly string[]): boolean;
  /** Proved: at most this many entries. Polynomial in the vertices and edges. */
  sizeBound(source: GraphQuestion): number;
}

/**
 * The blocks of ones that answer yes: a pruning of a 0/1 matrix is a witness iff what it keeps is all ones and has
 * `keptRows` rows and `keptColumns` columns.
 */
export interface BlockQuestion {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly keptRows: number;
  readonly keptColumns: number;
  readonly entry: (row: number, column: number) => 0 | 1;
}

/** The canonical no-question and yes-question of one entry, for sources that are decided at sight. */
export const NO: BlockQuestion = { name: 'no', rows: 1, cols: 1, keptRows: 0, keptColumns: 1, entry: () => 1 };
export const YES: BlockQuestion = { name: 'yes', rows: 1, cols: 1, keptRows: 1, keptColumns: 1, entry: () => 0 };

/** Fixed shape: keep exactly the block's counts. All ones iff the kept weight is at least the area. */
export function fixedShape(block: BlockQuestion): PruningQuestion {
  const { instance, total } = matrixOf(block);
  const { rows, cols, keptRows, keptColumns } = block;
  const shape = { rows: rows - keptRows, columns: cols - keptColumns };
  const budget = isCanonical(block) ? 0 : total - keptRows * keptColumns;
  return { instance: makeInstance(instance.layers), goal: { shape }, budget };
}

/** With a target: keep at most the block's area, at weight no less. Which counts that leaves is the reduction's matter. */
export function withTarget(block: BlockQuestion): PruningQuestion {
  const { instance, total } = matrixOf(block);
  const area = block.keptRows * block.keptColumns;
  const target = block.rows * block.cols - area;
  const budget = isCanonical(block) ? 0 : total - area;
  return { instance: makeInstance(instance.layers, target), goal: { target }, budget };
}

const isCanonical = (block: BlockQuestion) => block === NO || block === YES;

function matrixOf({ name, rows, cols, entry }: BlockQuestion) {
  requireEntries(name, rows * cols);
  const importance = allocateImportance(rows * cols);
  let total = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const one = entry(i, j);
      importance[k] = one;
      total += one;
    }
  }
  return { instance: makeInstance([{ name, rows, cols, importance }]), total };
}

/** Before anything is allocated. */
function requireEntries(name: string, entries: number): void {
  if (entries <= MAX_LAYER_ENTRIES) return;
  throw new RcpruneError(`reduction of ${name}`, `a matrix of at most ${MAX_LAYER_ENTRIES} entries`, `${entries}`);
}

/** The pruning of the only layer that keeps these lines. */
export function keeping(question: PruningQuestion, rows: ReadonlySet<number>, columns: ReadonlySet<number>): Pruning {
  const layer = question.instance.layers[0]!;
  const others = (length: number, kept: ReadonlySet<number>) =>
    Array.from({ length }, (_, line) => line).filter((line) => !kept.has(line));
  return { layers: [makeLayerPruning(layer, others(layer.rows, rows), others(layer.cols, columns))] };
}

/** Whether a pruning answers a question with yes: it meets the goal, at a cost (exact) of at most the budget. */
export function isWitness({ instance, goal, budget }: PruningQuestion, pruning: Pruning): boolean {
  const { cost } = exactCost(instance, pruning, 0n);
  return meets(instance, requirementOf(instance, goal), pruning) && cost <= BigInt(budget) << 149n;
}

/** The kept lines of the only layer. */
export function keptLines({ instance }: PruningQuestion, pruning: Pruning): { rows: number[]; columns: number[] } {
  const { rows, cols } = instance.layers[0]!;
  const { removedRows, removedColumns } = pruning.layers[0]!;
  const others = (length: number, removed: Uint32Array) => {
    const gone = new Set(removed);
    return Array.from({ length }, (_, line) => line).filter((line) => !gone.has(line));
  };
  return { rows: others(rows, removedRows), columns: others(cols, removedColumns) };
}

/** @throws RcpruneError on a size that is no nonnegative integer */
export function requireSize(size: number): void {
  requireInteger('size', size, 0);
}

/** @throws RcpruneError: these nodes are not what the source asks for */
export function refuseWitness(expected: string, nodes: readonly string[]): never {
  throw new RcpruneError('mapWitness', expected, describe(nodes.join(' ')));
}

/** The least prime above a number. At most twice it (Bertrand's postulate), for a number >= 1. Time O(n^(3/2)) at worst. */
export function nextPrime(above: number): number {
  for (let candidate = Math.max(2, above + 1); ; candidate++) {
    let isPrime = true;
    for (let d = 2; d * d <= candidate && isPrime; d++) isPrime = candidate % d !== 0;
    if (isPrime) return candidate;
  }
}
