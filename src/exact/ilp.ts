import {
  biasedExponent,
  exponentAboveLeast,
  highestSetBit,
  LEAST_EXPONENT,
  significandOf,
  wordsOf,
} from '../layer/float-bits.ts';
import { closure } from '../problem/closure.ts';
import { RcpruneError } from '../problem/error.ts';
import { meets, type Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { IntegerProgram } from '../problem/integer-program.ts';
import { linkGraph } from '../problem/links.ts';
import { makeLayerPruning, type Pruning } from '../problem/pruning.ts';
import { addLinks } from './linked-ilp.ts';
import { ProgramBuilder } from './program-builder.ts';

/*
 * Pruning as an integer linear program, for solvers of others. O(entries) variables and rows.
 */

/** Entries of all layers, and signals of linked ones, at most: a program has three or four rows for each. */
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
 * With links, further rows let only closed prunings through: see linked-ilp.ts.
 *
 * With x and y binary, z is as well. The objective is the sum of w_ij z_ij in units of `unit`, a power of two that brings the
 * largest importance to 1..2, exactly; so solvers' absolute tolerances mean the same on every instance.
 *
 * @throws RcpruneError on an instance of more than 2^18 entries, or as many signals
 */
export function integerProgram(instance: Instance, { target, ranges }: Requirement): IntegerProgram {
  const entries = instance.layers.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  if (entries > MOST_ENTRIES)
    throw new RcpruneError('integer program', `at most ${MOST_ENTRIES} entries`, `${entries}`);
  const graph = linkGraph(instance);
  if (graph !== null && graph.signals > MOST_ENTRIES)
    throw new RcpruneError('integer program', `at most ${MOST_ENTRIES} channels`, `${graph.signals}`);
  const { minRows, maxRows, minColumns, maxColumns } = ranges[0]!;
  const isFixed = ranges.length === 1 && minRows === maxRows && minColumns === maxColumns;
  const unit = unitOf(instance);
  const program = new ProgramBuilder();
  const removed: { z: number; units: number }[] = [];
  const lines: { x: number; y: number }[] = [];
  for (const [l, { rows, cols, importance, unitsPerEntry }] of instance.layers.entries()) {
    const range = ranges[l]!;
    const x = program.variables(rows, true, (i) => `x${l}_${i}`);
    const y = program.variables(cols, true, (j) => `y${l}_${j}`);
    lines.push({ x, y });
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
  if (graph !== null) addLinks(program, graph, instance.layers, lines);
  return program.done(unit);
}

/** The pruning that x and y stand for, closed; null when it does not meet the goal, which a solver's tolerances may cause. */
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
  const pruning = closure(instance, { layers });
  return meets(instance, requirement, pruning) ? pruning : null;
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
