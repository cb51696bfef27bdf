import type { Shape } from '../../src/problem/pruning.ts';

/*
 * Theorems T1 and T2 at small sizes, for ALL real nonnegative weights, as questions to an SMT solver (QF_LRA).
 *
 * A query names one choice of another pruning OPT and asks for weights on which the algorithm pays more than `factor`
 * times what OPT pays. `unsat` for every OPT is the theorem at that size: nothing about OPT is assumed but that it meets
 * the goal, so it may be the optimum. `sat` below the factor shows that the encoding is not vacuous.
 *
 * The algorithm's lines may be taken to be the first ones. Renaming rows and columns changes no sum, no cost and not the
 * set of prunings of a shape, so rename the rows such that the chosen ones come first, then the columns. What is left of
 * the algorithm is the inequality that makes a choice one of least sum: no chosen line has a larger sum than one that is
 * not chosen, with equality allowed, which covers every way of breaking ties. With a target the algorithm looks at
 * several shapes, and has one order of the lines for all of them: rename along it, and the choice for every shape is a
 * prefix. Columns first is rows first on the transpose.
 *
 * The encoding shares no code with the solvers. Our construction, as are the theorems; the thesis states the factor.
 */

/** A method of src/approx, by its name: `independent` (T1), `residualRowsFirst` and `residualColumnsFirst` (T2). */
export type Algorithm = 'independent' | 'residual-rows-first' | 'residual-columns-first';

export const ALGORITHMS: readonly Algorithm[] = ['independent', 'residual-rows-first', 'residual-columns-first'];

/** Removed rows and columns. */
export interface Lines {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export interface Size {
  readonly rows: number;
  readonly cols: number;
}

/** At least so many removed entries, or exactly a shape. */
export type Goal = { readonly target: number } | { readonly shape: Shape };

export interface Query {
  /** Unique, fit for a file name. */
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly size: Size;
  readonly goal: Goal;
  readonly opt: Lines;
  readonly factor: Fraction;
  /** The whole question in SMT-LIB 2, `(check-sat)` included. */
  readonly text: string;
}

export interface QueryOptions {
  /** Default 2, the factor of both theorems. */
  readonly factor?: Fraction;
  /** Leaves out ties between sums, so that weights found are a counterexample whatever breaks ties. Default false. */
  readonly strict?: boolean;
}

const TWO: Fraction = { numerator: 2n, denominator: 1n };

/** The name of entry (i, j) in a query. */
export const weight = (row: number, column: number): string => `w_${row}_${column}`;

/** One query a choice of OPT: fixed shape, or every shape that meets the target. */
export function queriesOf(algorithm: Algorithm, size: Size, goal: Goal, options: QueryOptions = {}): Query[] {
  const { factor = TWO, strict = false } = options;
  return linesMeeting(size, goal).map((opt) => {
    const text = script(algorithm, size, goal, opt, factor, strict);
    const aim = 'shape' in goal ? `shape-${goal.shape.rows}-${goal.shape.columns}` : `target-${goal.target}`;
    const times = `times-${factor.numerator}-${factor.denominator}${strict ? '-strict' : ''}`;
    const name = [algorithm, `${size.rows}x${size.cols}`, aim, times, 'opt', ...opt.rows, 'x', ...opt.columns].join(
      '-',
    );
    return { name, algorithm, size, goal, opt, factor, text };
  });
}

/** Every shape of a matrix. */
export function shapesOfSize({ rows, cols }: Size): Shape[] {
  return range(rows + 1).flatMap((r) => range(cols + 1).map((c) => ({ rows: r, columns: c })));
}

/** Targets that differ: the numbers of entries that some shape removes. */
export function targetsOfSize(size: Size): number[] {
  return [...new Set(shapesOfSize(size).map((shape) => removed(size, shape)))].sort((a, b) => a - b);
}

/**
 * Every choice of lines that meets a goal. Of those that meet a target the ones from which a line may be put back are left
 * out: what they cost is no less than what is left of them costs.
 */
function linesMeeting(size: Size, goal: Goal): Lines[] {
  const meets = (shape: Shape) => 'target' in goal && removed(size, shape) >= goal.target;
  const isTight = ({ rows, columns }: Shape) =>
    !(rows > 0 && meets({ rows: rows - 1, columns })) && !(columns > 0 && meets({ rows, columns: columns - 1 }));
  return shapesMeeting(size, goal)
    .filter(isTight)
    .flatMap(({ rows, columns }) =>
      subsets(size.rows, rows).flatMap((R) => subsets(size.cols, columns).map((C) => ({ rows: R, columns: C }))),
    );
}

function shapesMeeting(size: Size, goal: Goal): Shape[] {
  if ('shape' in goal) return [goal.shape];
  return shapesOfSize(size).filter((shape) => removed(size, shape) >= goal.target);
}

const removed = ({ rows, cols }: Size, shape: Shape) =>
  shape.rows * cols + shape.columns * rows - shape.rows * shape.columns;
const range = (length: number) => Array.from({ length }, (_, k) => k);

/** Subsets of `count` of the numbers below `length`. */
function subsets(length: number, count: number): number[][] {
  if (count === 0) return [[]];
  return range(length).flatMap((last) => subsets(last, count - 1).map((others) => [...others, last]));
}

/** A matrix of terms, possibly transposed. */
interface Matrix extends Size {
  readonly entry: (row: number, column: number) => string;
}

function script(
  algorithm: Algorithm,
  { rows, cols }: Size,
  goal: Goal,
  opt: Lines,
  factor: Fraction,
  strict: boolean,
): string {
  const isTransposed = algorithm === 'residual-columns-first';
  const plain: Matrix = { rows, cols, entry: weight };
  const matrix = isTransposed ? transpose(plain) : plain;
  const bound = `(* ${literal(factor)} ${cost(plain, opt)})`;
  const below = strict ? '<' : '<=';
  const turned =
    isTransposed && 'shape' in goal ? { shape: { rows: goal.shape.columns, columns: goal.shape.rows } } : goal;
  const claims =
    algorithm === 'independent' ? independent(matrix, turned, bound, below) : residual(matrix, turned, bound, below);
  const theorem = algorithm === 'independent' ? 'T1' : 'T2';
  return [
    `; ${theorem}, ${algorithm}, ${rows} x ${cols}, ${describeGoal(goal)}: weights on which the algorithm pays more than`,
    `; ${factor.numerator}/${factor.denominator} times OPT, which removes rows {${opt.rows}} and columns {${opt.columns}}.`,
    '(set-logic QF_LRA)',
    ...range(rows).flatMap((i) => range(cols).map((j) => `(declare-const ${weight(i, j)} Real)`)),
    ...range(rows).flatMap((i) => range(cols).map((j) => `(assert (>= ${weight(i, j)} 0.0))`)),
    ...claims.map((claim) => `(assert ${claim})`),
    '(check-sat)',
    '',
  ].join('\n');
}

const describeGoal = (goal: Goal) =>
  'shape' in goal ? `shape (${goal.shape.rows}, ${goal.shape.columns})` : `target ${goal.target}`;

type Comparison = '<' | '<=';

/**
 * Independent sums. Fixed shape: its lines are of least sum. Target: sums ascend, and the shape taken is one of least
 * surrogate among those that meet the target.
 */
function independent(matrix: Matrix, goal: Goal, bound: string, below: Comparison): string[] {
  const rowSums = range(matrix.rows).map((i) => rowSum(matrix, i, []));
  const columnSums = range(matrix.cols).map((j) => columnSum(matrix, j, []));
  if ('shape' in goal) {
    const { rows, columns } = goal.shape;
    return [
      ...leastFirst(rowSums, rows, below),
      ...leastFirst(columnSums, columns, below),
      `(> ${cost(matrix, prefix(goal.shape))} ${bound})`,
    ];
  }
  const shapes = shapesMeeting(matrix, goal);
  const surrogate = ({ rows, columns }: Shape) => sum([...rowSums.slice(0, rows), ...columnSums.slice(0, columns)]);
  const taken = shapes.map((shape) =>
    and([
      ...shapes.filter((other) => other !== shape).map((other) => `(${below} ${surrogate(shape)} ${surrogate(other)})`),
      `(> ${cost(matrix, prefix(shape))} ${bound})`,
    ]),
  );
  return [...ascending(rowSums, below), ...ascending(columnSums, below), or(taken)];
}

/**
 * Residual sums, rows first. Fixed shape: the rows are of least sum, the columns of least sum over the rows left. Target:
 * row sums ascend, and since columns of least residual make the least cost for their rows, the algorithm pays the least
 * of the costs of all prunings that meet the target and remove a prefix of the rows: all of these are above the bound.
 */
function residual(matrix: Matrix, goal: Goal, bound: string, below: Comparison): string[] {
  const rowSums = range(matrix.rows).map((i) => rowSum(matrix, i, []));
  if ('shape' in goal) {
    const lines = prefix(goal.shape);
    const residuals = range(matrix.cols).map((j) => columnSum(matrix, j, lines.rows));
    return [
      ...leastFirst(rowSums, goal.shape.rows, below),
      ...leastFirst(residuals, goal.shape.columns, below),
      `(> ${cost(matrix, lines)} ${bound})`,
    ];
  }
  const reached = shapesMeeting(matrix, goal).flatMap(({ rows, columns }) =>
    subsets(matrix.cols, columns).map((C) => cost(matrix, { rows: range(rows), columns: C })),
  );
  return [...ascending(rowSums, below), ...reached.map((price) => `(> ${price} ${bound})`)];
}

const prefix = ({ rows, columns }: Shape): Lines => ({ rows: range(rows), columns: range(columns) });

/** The first `count` sums are least: none of them is above one of the others. */
function leastFirst(sums: readonly string[], count: number, below: Comparison): string[] {
  return sums.slice(0, count).flatMap((low) => sums.slice(count).map((high) => `(${below} ${low} ${high})`));
}

const ascending = (sums: readonly string[], below: Comparison) =>
  sums.slice(1).map((high, k) => `(${below} ${sums[k]!} ${high})`);

const transpose = ({ rows, cols, entry }: Matrix): Matrix => ({ rows: cols, cols: rows, entry: (i, j) => entry(j, i) });

/** Every removed entry once. */
function cost({ rows, cols, entry }: Matrix, lines: Lines): string {
  const entries = range(rows).flatMap((i) =>
    range(cols).flatMap((j) => (lines.rows.includes(i) || lines.columns.includes(j) ? [entry(i, j)] : [])),
  );
  return sum(entries);
}

const rowSum = ({ cols, entry }: Matrix, row: number, withoutColumns: readonly number[]) =>
  sum(range(cols).flatMap((j) => (withoutColumns.includes(j) ? [] : [entry(row, j)])));
const columnSum = ({ rows, entry }: Matrix, column: number, withoutRows: readonly number[]) =>
  sum(range(rows).flatMap((i) => (withoutRows.includes(i) ? [] : [entry(i, column)])));

const sum = (terms: readonly string[]) => nary('+', terms, '0.0');
const and = (terms: readonly string[]) => nary('and', terms, 'true');
const or = (terms: readonly string[]) => nary('or', terms, 'false');

function nary(operator: string, terms: readonly string[], none: string): string {
  if (terms.length === 0) return none;
  return terms.length === 1 ? terms[0]! : `(${operator} ${terms.join(' ')})`;
}

const literal = ({ numerator, denominator }: Fraction) => `(/ ${numerator}.0 ${denominator}.0)`;
