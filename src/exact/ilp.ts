import {
  biasedExponent,
  exponentAboveLeast,
  highestSetBit,
  LEAST_EXPONENT,
  significandOf,
  wordsOf,
} from '../layer/float-bits.ts';
import { RcpruneError } from '../problem/error.ts';
import { meets, type Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { IntegerProgram } from '../problem/integer-program.ts';
import { makeLayerPruning, type Pruning } from '../problem/pruning.ts';

/*
 * Pruning as an integer linear program, for solvers of others. O(entries) variables and rows.
 */

/** Entries of all layers at most: a program has three or four rows for each. */
const MOST_ENTRIES = 2 ** 18;

/**
 * Pruning as an integer linear program, for other solvers.
 *
 * x_i = 1: row i is removed; y_j = 1: column j is; z_ij: entry (i, j) is. Two models, both our construction:
 *
 * - target:      z_ij >= x_i, z_ij >= y_j, z_ij <= x_i + y_j, units x sum of z >= target, sums of x and of y in their ranges;
 * - fixed shape: with r rows and c columns removed of m and n, z_ij >= x_i, z_ij >= y_j, sum_j z_ij = c + (n - c) x_i,
 *   sum_i z_ij = r + (m - r) y_j, sum x = r, sum y = c: without the target row, and a tighter relaxation.
 *
 * With x and y binary, z is as well. The objective is the sum of w_ij z_ij in units of `unit`, a power of two that brings the
 * largest importance to 1..2, exactly; so solvers' absolute tolerances mean the same on every instance.
 *
 * @throws RcpruneError on an instance of more than 2^18 entries
 */
export function integerProgram(instance: Instance, { target, ranges }: Requirement): IntegerProgram {
  const entries = instance.layers.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  if (entries > MOST_ENTRIES)
    throw new RcpruneError('integer program', `at most ${MOST_ENTRIES} entries`, `${entries}`);
  const { minRows, maxRows, minColumns, maxColumns } = ranges[0]!;
  const isFixed = ranges.length === 1 && minRows === maxRows && minColumns === maxColumns;
  const unit = unitOf(instance);
  const program = new Builder();
  const removed: { z: number; units: number }[] = [];
  for (const [l, { rows, cols, importance, unitsPerEntry }] of instance.layers.entries()) {
    const range = ranges[l]!;
    const x = program.variables(rows, true, (i) => `x${l}_${i}`);
    const y = program.variables(cols, true, (j) => `y${l}_${j}`);
    const z = program.variables(
      rows * cols,
      false,
      (k) => `z${l}_${Math.floor(k / cols)}_${k % cols}`,
      (k) => {
        return importance[k]! / unit;
      },
    );
    for (let i = 0, k = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++, k++) {
        const at = `${l}_${i}_${j}`;
        program.row(`byrow${at}`, [z + k, x + i], [1, -1], 0, Infinity);
        program.row(`bycol${at}`, [z + k, y + j], [1, -1], 0, Infinity);
        if (!isFixed) program.row(`only${at}`, [z + k, x + i, y + j], [1, -1, -1], -Infinity, 0);
        if (!isFixed) removed.push({ z: z + k, units: unitsPerEntry });
      }
    }
    const list = (from: number, count: number, step = 1) => Array.from({ length: count }, (_, t) => from + t * step);
    const ones = (count: number) => new Array<number>(count).fill(1);
    program.row(`rows${l}`, list(x, rows), ones(rows), range.minRows, range.maxRows);
    program.row(`columns${l}`, list(y, cols), ones(cols), range.minColumns, range.maxColumns);
    if (!isFixed) continue;
    const [r, c] = [range.minRows, range.minColumns];
    for (let i = 0; i < rows; i++) {
      program.row(`row${l}_${i}`, [...list(z + i * cols, cols), x + i], [...ones(cols), c - cols], c, c);
    }
    for (let j = 0; j < cols; j++) {
      program.row(`column${l}_${j}`, [...list(z + j, rows, cols), y + j], [...ones(rows), r - rows], r, r);
    }
  }
  if (!isFixed) {
    program.row(
      'target',
      removed.map(({ z }) => z),
      removed.map(({ units }) => units),
      target,
      Infinity,
    );
  }
  return program.done(unit);
}

/** The pruning that x and y stand for; null when it does not meet the goal, which a solver's tolerances may cause. */
export function pruningOfSolution(
  instance: Instance,
  requirement: Requirement,
  value: (name: string) => number,
): Pruning | null {
  const layers = instance.layers.map((layer, l) => {
    const removed = (count: number, letter: string) => {
      return Array.from({ length: count }, (_, line) => line).filter((line) => value(`${letter}${l}_${line}`) > 0.5);
    };
    return makeLayerPruning(layer, removed(layer.rows, 'x'), removed(layer.cols, 'y'));
  });
  return meets(instance, requirement, { layers }) ? { layers } : null;
}

/** The largest power of two that is at most the largest importance; 1 when all are 0. */
function unitOf(instance: Instance): number {
  let largest = 0;
  for (const { importance } of instance.layers) for (const entry of importance) largest = Math.max(largest, entry);
  if (largest === 0) return 1;
  const word = wordsOf(Float32Array.of(largest))[0]!;
  const biased = biasedExponent(word);
  return 2 ** (LEAST_EXPONENT + exponentAboveLeast(biased) + highestSetBit(significandOf(word, biased)));
}

class Builder {
  readonly #names: string[] = [];
  readonly #cost: number[] = [];
  readonly #isBinary: number[] = [];
  readonly #rowNames: string[] = [];
  readonly #starts: number[] = [0];
  readonly #variables: number[] = [];
  readonly #coefficients: number[] = [];
  readonly #lower: number[] = [];
  readonly #upper: number[] = [];

  /** Adds variables and returns the index of the first. */
  variables(
    count: number,
    isBinary: boolean,
    name: (k: number) => string,
    cost: (k: number) => number = () => 0,
  ): number {
    const first = this.#names.length;
    for (let k = 0; k < count; k++) {
      this.#names.push(name(k));
      this.#cost.push(cost(k));
      this.#isBinary.push(isBinary ? 1 : 0);
    }
    return first;
  }

  row(name: string, variables: readonly number[], coefficients: readonly number[], lower: number, upper: number): void {
    this.#rowNames.push(name);
    for (let t = 0; t < variables.length; t++) {
      if (coefficients[t] === 0) continue;
      this.#variables.push(variables[t]!);
      this.#coefficients.push(coefficients[t]!);
    }
    this.#starts.push(this.#variables.length);
    this.#lower.push(lower);
    this.#upper.push(upper);
  }

  done(unit: number): IntegerProgram {
    return {
      names: this.#names,
      cost: Float64Array.from(this.#cost),
      isBinary: Uint8Array.from(this.#isBinary),
      rowNames: this.#rowNames,
      starts: Int32Array.from(this.#starts),
      variables: Int32Array.from(this.#variables),
      coefficients: Float64Array.from(this.#coefficients),
      lower: Float64Array.from(this.#lower),
      upper: Float64Array.from(this.#upper),
      unit,
    };
  }
}
