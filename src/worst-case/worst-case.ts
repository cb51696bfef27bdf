import { describe, RcpruneError } from '../problem/error.ts';
import { type Goal, requirementOf } from '../problem/goal.ts';
import {
  type Instance,
  type LayerInput,
  MAX_LAYER_ENTRIES,
  makeInstance,
  requireInteger,
} from '../problem/instance.ts';
import { type Blocks, fillBlocks, transposeBlocks } from './blocks.ts';
import { blockKept, oneEntryKept, oneRowKept } from './both-orders.ts';
import { longColumns } from './greedy.ts';
import { oneColumnAlternating, oneEntryIndependent, oneRowRowsFirst, twoRowsKept } from './one-order.ts';
import {
  type Size,
  STARTS,
  type Start,
  supremum,
  TIGHT_ALGORITHMS,
  type TightAlgorithm,
  transposed,
} from './suprema.ts';

/** Least e: differences of e must survive float32. */
export const LEAST_EPSILON = 2 ** -16;
/** Largest e: the strict inequalities of the families hold below. */
export const LARGEST_EPSILON = 1 / 4;

/** Which instance {@link worstCase} is to build. */
export interface WorstCaseOptions {
  /** How close to the limit: from 2^-16 to 1/4. Default 1/64. */
  readonly epsilon?: number | undefined;
  /** Rows of the tight layer. Default 3, for greedy 40. */
  readonly rows?: number | undefined;
  /** Columns of the tight layer. Default 3, for greedy 2. */
  readonly cols?: number | undefined;
  /** Rows that are removed of it. Default 1. */
  readonly removedRows?: number | undefined;
  /** Columns that are removed of it. Default 1, for greedy 0. */
  readonly removedColumns?: number | undefined;
  /** Default 1. */
  readonly layers?: number | undefined;
  /** Exactly the removed rows and columns, instead of as many entries. Default false. */
  readonly fixedShape?: boolean | undefined;
  /** Where alternating re-selection begins. Default `residual`. */
  readonly start?: Start | undefined;
}

/** An instance on which an algorithm is nearly as bad as it can be. */
export interface WorstCase {
  /** Whose worst case it is. */
  readonly algorithm: TightAlgorithm;
  /** Of `alternating`; null for the others. */
  readonly start: Start | null;
  /** Its first layer is the tight one. */
  readonly instance: Instance;
  /** What the algorithm is asked for. */
  readonly goal: Goal;
  /** Of the tight layer. */
  readonly size: Size;
  /** What cost / optimum tends to as epsilon tends to 0. */
  readonly limit: number;
}

/**
 * An instance on which an algorithm's ratio comes close to its supremum; the closer, the smaller epsilon.
 *
 * With several layers the first is the tight one and the others are so heavy that nobody touches them; with a fixed shape
 * all are tight and minima of kept lines hold every layer to the shape. Our construction; proofs in proofs/tightness.md.
 *
 * @throws RcpruneError outside the family's domain: shapes at which every algorithm is optimal, the 2 x 2 matrix for the
 * better of both orders, and, with a target, shapes at which the supremum is not 2
 */
export function worstCase(algorithm: TightAlgorithm, options: WorstCaseOptions = {}): WorstCase {
  if (!TIGHT_ALGORITHMS.includes(algorithm)) {
    throw new RcpruneError('worst-case', `one of ${TIGHT_ALGORITHMS.join(' ')}`, describe(algorithm));
  }
  const { epsilon = 1 / 64, layers = 1, fixedShape = false, start = 'residual' } = options;
  if (!(epsilon >= LEAST_EPSILON && epsilon <= LARGEST_EPSILON)) {
    throw new RcpruneError('epsilon', 'a number from 2^-16 to 1/4', describe(epsilon));
  }
  requireInteger('layers', layers, 1, 10_000);
  if (!STARTS.includes(start)) throw new RcpruneError('start', `one of ${STARTS.join(' ')}`, describe(start));
  const size = sizeOf(algorithm, options);
  const { rows, cols, removedRows, removedColumns } = size;
  if (algorithm === 'greedy') return greedyCase(size, epsilon, layers, fixedShape);

  if (removedRows === 0 || removedRows === rows || removedColumns === 0 || removedColumns === cols) {
    const got = `${removedRows} of ${rows} rows and ${removedColumns} of ${cols} columns`;
    throw new RcpruneError('worst-case', 'some but not all rows and columns removed, else all are optimal', got);
  }
  const limit = supremum(algorithm, size, start);
  if (limit === 1) throw new RcpruneError(algorithm, 'a shape at which it can fail', 'one entry kept of 2 x 2');
  const usesBlock = algorithm === 'alternating' && start !== 'residual';
  const hasBlock = rows - removedRows >= 2 && cols - removedColumns >= 2;
  if (!fixedShape && (limit < 2 || (usesBlock && !hasBlock))) {
    const domain = `a shape whose ${usesBlock ? 'kept block is at least 2 x 2' : 'supremum is 2'}, or --fixed-shape`;
    throw new RcpruneError(`${algorithm} with a target`, domain, `supremum ${limit} at this shape`);
  }
  const blocks = blocksOf(algorithm, start, size, epsilon);
  const tight = fillBlocks(blocks);
  const alone = makeInstance([{ name: 'tight', ...tight }]);
  const shape = { rows: removedRows, columns: removedColumns };
  const { target: entries } = requirementOf(alone, { shape });
  const named = { algorithm, start: algorithm === 'alternating' ? start : null, size, limit };
  if (!fixedShape) {
    const instance = makeInstance(
      [{ name: 'tight', ...tight }, ...heavyLayers(size, tight.importance, layers)],
      entries,
    );
    return { ...named, instance, goal: { target: entries } };
  }
  if (layers === 1) return { ...named, instance: alone, goal: { shape } };
  const minima = { minKeptRows: rows - removedRows, minKeptColumns: cols - removedColumns };
  const copies = Array.from({ length: layers }, (_, l) => ({ name: `tight${l}`, ...tight, ...minima }));
  return { ...named, instance: makeInstance(copies, layers * entries), goal: { target: layers * entries } };
}

function sizeOf(algorithm: TightAlgorithm, options: WorstCaseOptions): Size {
  const [defaultRows, defaultCols] = algorithm === 'greedy' ? [40, 2] : [3, 3];
  const { rows = defaultRows, cols = defaultCols, removedRows = 1 } = options;
  const { removedColumns = algorithm === 'greedy' ? 0 : 1 } = options;
  requireInteger('rows', rows, 1);
  requireInteger('cols', cols, 1);
  if (rows * cols > MAX_LAYER_ENTRIES) {
    throw new RcpruneError('worst-case', `at most ${MAX_LAYER_ENTRIES} entries`, `${rows} x ${cols}`);
  }
  requireInteger('removed rows', removedRows, 0, rows);
  requireInteger('removed columns', removedColumns, 0, cols);
  return { rows, cols, removedRows, removedColumns };
}

function blocksOf(algorithm: TightAlgorithm, start: Start, size: Size, e: number): Blocks {
  const keptRows = size.rows - size.removedRows;
  const keptColumns = size.cols - size.removedColumns;
  const transposedFamily = (family: (size: Size, e: number) => Blocks) => transposeBlocks(family(transposed(size), e));
  if (algorithm === 'independent') {
    if (keptRows >= 2) return twoRowsKept(size, e);
    return keptColumns >= 2 ? transposedFamily(twoRowsKept) : oneEntryIndependent(size, e);
  }
  if (algorithm === 'residual-rows-first') return rowsFirstFamily(size, e);
  if (algorithm === 'residual-columns-first') return transposedFamily(rowsFirstFamily);
  if (algorithm === 'alternating' && start === 'residual-rows-first') return alternatingRowsFirst(size, e);
  if (algorithm === 'alternating' && start === 'residual-columns-first') return transposedFamily(alternatingRowsFirst);
  if (keptRows >= 2 && keptColumns >= 2) return blockKept(size, e);
  if (keptRows === 1 && keptColumns === 1) return oneEntryKept(size, e);
  return keptRows === 1 ? oneRowKept(size, e) : transposedFamily(oneRowKept);
}

function rowsFirstFamily(size: Size, e: number): Blocks {
  return size.rows - size.removedRows >= 2 ? twoRowsKept(size, e) : oneRowRowsFirst(size, e);
}

function alternatingRowsFirst(size: Size, e: number): Blocks {
  if (size.rows - size.removedRows === 1) return oneRowRowsFirst(size, e);
  return size.cols - size.removedColumns === 1 ? oneColumnAlternating(size, e) : blockKept(size, e);
}

function greedyCase(size: Size, e: number, layers: number, fixedShape: boolean): WorstCase {
  const { rows, cols } = size;
  if (fixedShape) throw new RcpruneError('greedy', 'a target (its family has no shape)', '--fixed-shape');
  if (cols < 2 || rows <= cols)
    throw new RcpruneError('greedy', 'more rows than columns, 2 or more', `${rows} x ${cols}`);
  // One row must stay cheaper than one column for the optimum to be the row: n + (n - 2) e < m (1 - e).
  if (!(cols + (cols - 2) * e < rows * (1 - e))) {
    const bound = `epsilon below ${(rows - cols) / (rows + cols - 2)} at ${rows} x ${cols}`;
    throw new RcpruneError('greedy', bound, `${e}`);
  }
  const tight = fillBlocks(longColumns(size, e));
  const instance = makeInstance([{ name: 'tight', ...tight }, ...heavyLayers(size, tight.importance, layers)], cols);
  const named = { ...size, removedRows: 1, removedColumns: 0 };
  return { algorithm: 'greedy', start: null, instance, goal: { target: cols }, size: named, limit: rows / cols };
}

/** Layers of which a single line costs more than all of the tight one. */
function heavyLayers({ rows, cols }: Size, tight: Float32Array, layers: number): LayerInput[] {
  if (layers === 1) return [];
  const weight = 2 ** Math.ceil(Math.log2(tight.reduce((sum, x) => sum + x, 1)));
  return Array.from({ length: layers - 1 }, (_, l) => {
    const importance = new Float32Array(rows * cols).fill(weight);
    return { name: `heavy${l}`, rows, cols, importance };
  });
}
