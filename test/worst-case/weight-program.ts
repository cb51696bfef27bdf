import loader from 'highs';
import type { Size, TightAlgorithm } from '../../src/worst-case/index.ts';

/*
 * The supremum of an algorithm's ratio at a fixed shape as a linear program over the weights, a reference that shares
 * nothing with the formulas or the families. By symmetry the algorithm's order of the lines is their index order: rows
 * (and columns) of least sum come first. Whatever it then chooses is least, so its cost is at least t iff every choice
 * costs at least t. For every pruning that the optimum may be: maximise t where that pruning costs at most 1.
 *
 * Ties may be broken against the algorithm, which a supremum allows: a small change of the weights makes them strict.
 */

// Its types describe an ES module; what Node loads is the function itself.
const highs = await (loader as unknown as typeof loader.default)();

const subsets = (length: number, count: number): number[][] =>
  count === 0
    ? [[]]
    : Array.from({ length: length - count + 1 }, (_, k) => length - 1 - k).flatMap((last) =>
        subsets(last, count - 1).map((rest) => [...rest, last]),
      );
const range = (length: number) => Array.from({ length }, (_, k) => k);

export function supremumByProgram(algorithm: Exclude<TightAlgorithm, 'alternating' | 'greedy'>, size: Size): number {
  const { rows, cols, removedRows: r, removedColumns: c } = size;
  const cells = range(rows).flatMap((i) => range(cols).map((j) => [i, j] as const));
  const name = (i: number, j: number) => `w_${i}_${j}`;
  const sum = (sign: string, holds: (i: number, j: number) => boolean) =>
    cells
      .filter(([i, j]) => holds(i, j))
      .map(([i, j]) => `${sign} ${name(i, j)}`)
      .join(' ');
  const cost = (sign: string, removedRows: number[], removedColumns: number[]) =>
    sum(sign, (i, j) => removedRows.includes(i) || removedColumns.includes(j));

  const conditions: string[] = [];
  const ordersRows = algorithm !== 'residual-columns-first';
  const ordersColumns = algorithm !== 'residual-rows-first';
  for (let i = 1; ordersRows && i < rows; i++) {
    conditions.push(`${sum('+', (row) => row === i)} ${sum('-', (row) => row === i - 1)} >= 0`);
  }
  for (let j = 1; ordersColumns && j < cols; j++) {
    conditions.push(`${sum('+', (_, column) => column === j)} ${sum('-', (_, column) => column === j - 1)} >= 0`);
  }
  if (algorithm === 'independent') conditions.push(`${cost('+', range(r), range(c))} - t >= 0`);
  if (algorithm === 'residual' || algorithm === 'residual-rows-first') {
    for (const columns of subsets(cols, c)) conditions.push(`${cost('+', range(r), columns)} - t >= 0`);
  }
  if (algorithm === 'residual' || algorithm === 'residual-columns-first') {
    for (const some of subsets(rows, r)) conditions.push(`${cost('+', some, range(c))} - t >= 0`);
  }

  let most = 0;
  for (const optimumRows of subsets(rows, r)) {
    for (const optimumColumns of subsets(cols, c)) {
      const program = ['Maximize', ' t', 'Subject To', ...conditions, `${cost('+', optimumRows, optimumColumns)} <= 1`];
      const { Status, ObjectiveValue } = highs.solve([...program, 'End'].join('\n'));
      if (Status !== 'Optimal') throw new Error(`HiGHS: ${Status}`);
      most = Math.max(most, ObjectiveValue);
    }
  }
  return most;
}
