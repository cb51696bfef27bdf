import { crossing } from '../layer/side.ts';
import { transposeInto } from '../layer/transpose.ts';
import type { Requirement } from '../problem/goal.ts';
import { allocateImportance, type Instance } from '../problem/instance.ts';
import { indicesOf, keptMask, type Pruning } from '../problem/pruning.ts';
import { fixedPointOf } from '../sums/fixed-point.ts';

/*
 * The state of selection annealing: which lines are kept, and for every line its sum over the kept lines that cross it. All lines of
 * all layers have one number, and fall into classes 2 l + side, so that `crossing` leads from a class to the one that it meets. The
 * sums are exact on a grid, so that they are those of the kept lines whatever the way there. O(crossing lines) per flip.
 */

/** What all states of one instance share and none changes: the weights by rows and by columns, and where lines stand. */
export interface SelectionProblem {
  readonly instance: Instance;
  /** Lines of all layers: the rows of layer 0, its columns, the rows of layer 1, ... */
  readonly lines: number;
  /** Class 2l: the rows of layer l; class 2l + 1: its columns. */
  readonly classes: number;
  readonly classOf: Int32Array; // [lines]
  readonly classStart: Int32Array; // [classes + 1], first line of each class
  readonly leastKept: Int32Array; // [classes], allowed numbers of kept lines, ends included
  readonly mostKept: Int32Array; // [classes]
  readonly unitsPerEntry: Float64Array; // [classes], of the class's layer
  /** weights[c]: class c's lines as rows of a matrix: the importances as they are for rows, transposed for columns. */
  readonly weights: readonly Float32Array[]; // [classes]
  /** (x + magic) - magic rounds an importance to the grid on which all sums are exact. */
  readonly magic: number;
  /** Units that may be kept at most. */
  readonly capacity: number;
}

/**
 * Lays an instance out for annealing. One transposed copy of the importances, on shared memory; time O(entries).
 *
 * Sums are kept on a grid of 2^-51 of the total importance: every sum of rounded importances is then an exact double, so
 * that millions of updates drift by nothing and order does not matter. What rounding does to one cost is at most half a
 * grid step per entry; answers are priced exactly at the end.
 */
export function selectionProblem(instance: Instance, requirement: Requirement): SelectionProblem {
  const { layers } = instance;
  const classes = 2 * layers.length;
  const classStart = new Int32Array(classes + 1);
  const leastKept = new Int32Array(classes);
  const mostKept = new Int32Array(classes);
  const unitsPerEntry = new Float64Array(classes);
  const weights: Float32Array[] = [];
  let units = 0;
  layers.forEach(({ rows, cols, importance, unitsPerEntry: perEntry }, l) => {
    const { minRows, maxRows, minColumns, maxColumns } = requirement.ranges[l]!;
    classStart[2 * l + 1] = classStart[2 * l]! + rows;
    classStart[2 * l + 2] = classStart[2 * l + 1]! + cols;
    leastKept.set([rows - maxRows, cols - maxColumns], 2 * l);
    mostKept.set([rows - minRows, cols - minColumns], 2 * l);
    unitsPerEntry.fill(perEntry, 2 * l, 2 * l + 2);
    units += rows * cols * perEntry;
    weights.push(importance, transposeInto(allocateImportance(importance.length), importance, rows, cols));
  });
  const lines = classStart[classes]!;
  const classOf = new Int32Array(lines);
  for (let c = 0; c < classes; c++) classOf.fill(c, classStart[c]!, classStart[c + 1]!);
  return {
    instance,
    lines,
    classes,
    classOf,
    classStart,
    leastKept,
    mostKept,
    unitsPerEntry,
    weights,
    magic: fixedPointOf(instance).highMagic,
    capacity: units - requirement.target,
  };
}

/** One layer of a problem as a problem of its own, with a capacity of its own. Nothing large is copied. */
export function layerProblem(problem: SelectionProblem, l: number, capacity: number): SelectionProblem {
  const start = problem.classStart[2 * l]!;
  const columnStart = problem.classStart[2 * l + 1]! - start;
  const lines = problem.classStart[2 * l + 2]! - start;
  return {
    instance: { layers: [problem.instance.layers[l]!] },
    lines,
    classes: 2,
    classOf: new Int32Array(lines).fill(1, columnStart),
    classStart: Int32Array.of(0, columnStart, lines),
    leastKept: problem.leastKept.slice(2 * l, 2 * l + 2),
    mostKept: problem.mostKept.slice(2 * l, 2 * l + 2),
    unitsPerEntry: problem.unitsPerEntry.slice(2 * l, 2 * l + 2),
    weights: problem.weights.slice(2 * l, 2 * l + 2),
    magic: problem.magic,
    capacity,
  };
}

/**
 * Which lines are kept, and for every line, kept or removed, its sum over the kept lines that cross it: what keeping or
 * removing it changes, O(1) to read, O(crossing lines) to update when one flips.
 */
export class SelectionState {
  readonly problem: SelectionProblem;
  readonly kept: Uint8Array; // [lines], 1 = kept
  readonly sum: Float64Array; // [lines], exact on the grid
  readonly keptCount: Int32Array; // [classes]
  /** Units and importance (on the grid) of what is kept. */
  keptUnits = 0;
  keptWeight = 0;

  /** @param kept [lines], 1 = kept; copied */
  constructor(problem: SelectionProblem, kept: Uint8Array) {
    this.problem = problem;
    this.kept = kept.slice();
    this.sum = new Float64Array(problem.lines);
    this.keptCount = new Int32Array(problem.classes);
    this.recompute();
  }

  /** Takes over kept lines, by flips where they are few. */
  assign(kept: Uint8Array): void {
    let differing = 0;
    for (let line = 0; line < kept.length; line++) if (kept[line] !== this.kept[line]) differing++;
    if (2 * differing > kept.length) {
      this.kept.set(kept);
      this.recompute();
      return;
    }
    for (let line = 0; line < kept.length; line++) if (kept[line] !== this.kept[line]) this.flip(line);
  }

  /** All counts and sums from `kept` alone. O(entries). */
  recompute(): void {
    const { classes, classStart, weights, unitsPerEntry, magic } = this.problem;
    const { kept, sum, keptCount } = this;
    sum.fill(0);
    keptCount.fill(0);
    this.keptUnits = 0;
    this.keptWeight = 0;
    for (let c = 0; c < classes; c++) {
      const weight = weights[c]!;
      const crossed = crossing(c);
      const [from, to] = [classStart[crossed]!, classStart[crossed + 1]!];
      for (let line = classStart[c]!, k = 0; line < classStart[c + 1]!; line++) {
        if (kept[line] === 0) {
          k += to - from;
          continue;
        }
        keptCount[c]!++;
        for (let other = from; other < to; other++, k++) sum[other]! += weight[k]! + magic - magic;
      }
    }
    for (let c = 0; c < classes; c += 2) {
      this.keptUnits += keptCount[c]! * keptCount[c + 1]! * unitsPerEntry[c]!;
      for (let row = classStart[c]!; row < classStart[c + 1]!; row++) if (kept[row] === 1) this.keptWeight += sum[row]!;
    }
  }

  /** The importance where two lines of one layer cross, on the grid. */
  entryAt(row: number, column: number): number {
    const { classOf, classStart, weights, magic } = this.problem;
    const c = classOf[row]!;
    const cols = classStart[c + 2]! - classStart[c + 1]!;
    return weights[c]![(row - classStart[c]!) * cols + column - classStart[c + 1]!]! + magic - magic;
  }

  /** Keeps a removed line or removes a kept one. O(crossing lines). */
  flip(line: number): void {
    const { classOf, classStart, weights, unitsPerEntry, magic } = this.problem;
    const { sum, keptCount } = this;
    const c = classOf[line]!;
    const from = classStart[crossing(c)]!;
    const to = classStart[crossing(c) + 1]!;
    const weight = weights[c]!;
    let k = (line - classStart[c]!) * (to - from);
    if (this.kept[line] === 1) {
      this.kept[line] = 0;
      keptCount[c]!--;
      this.keptUnits -= keptCount[crossing(c)]! * unitsPerEntry[c]!;
      this.keptWeight -= sum[line]!;
      for (let other = from; other < to; other++, k++) sum[other]! -= weight[k]! + magic - magic;
    } else {
      this.kept[line] = 1;
      keptCount[c]!++;
      this.keptUnits += keptCount[crossing(c)]! * unitsPerEntry[c]!;
      this.keptWeight += sum[line]!;
      for (let other = from; other < to; other++, k++) sum[other]! += weight[k]! + magic - magic;
    }
  }
}

/** The kept lines of a pruning: [lines], 1 = kept. */
export function keptMaskOf(problem: SelectionProblem, pruning: Pruning): Uint8Array {
  const { classStart, instance } = problem;
  const kept = new Uint8Array(problem.lines);
  pruning.layers.forEach(({ removedRows, removedColumns }, l) => {
    const { rows, cols } = instance.layers[l]!;
    kept.set(keptMask(rows, removedRows), classStart[2 * l]!);
    kept.set(keptMask(cols, removedColumns), classStart[2 * l + 1]!);
  });
  return kept;
}

/** The pruning that keeps these lines. */
export function pruningOf(problem: SelectionProblem, kept: Uint8Array): Pruning {
  const { instance, classStart } = problem;
  return {
    layers: instance.layers.map((_, l) => ({
      removedRows: indicesOf(kept.subarray(classStart[2 * l]!, classStart[2 * l + 1]!), 0),
      removedColumns: indicesOf(kept.subarray(classStart[2 * l + 1]!, classStart[2 * l + 2]!), 0),
    })),
  };
}
