import type { MethodContext } from '../method/context.ts';
import { closeLiving, copyOf, type Living, livingOf, pruningOf } from '../problem/closure.ts';
import { exactCost } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { largestPruning, meets, type Requirement } from '../problem/goal.ts';
import { type Instance, lineCount, unitCount } from '../problem/instance.ts';
import { type LinkGraph, linkGraph } from '../problem/links.ts';
import { emptyPruning, type Pruning, removedUnits } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';

/*
 * Enumeration of linked instances: the proved optimum over closed prunings.
 *
 * Lines have an order. From a closed pruning, each later line that is left is removed with all that dies of it; the result is taken
 * only if no earlier line died. So every closed pruning comes up once: its earliest line that the one before lacks is what was
 * removed (the closed sets in order of B. Ganter, Two basic algorithms in concept analysis, 1984).
 *
 * What follows a pruning removes more of the same and costs no less. So nothing follows one that meets the goal, costs as much as the
 * incumbent, breaks the minima, or keeps so much among the lines that have been passed over that the target is out of reach.
 *
 * Exact: costs are sums of integers. Time O(lines x entries) a closed pruning, of which there may be 2^lines; memory O(lines^2). Work
 * counts closures; at the limit the best so far is returned without a bound.
 */

/** Lines of all layers at most: 2^30 closures take hours. */
const MOST_LINES = 30;

/** The cheapest closed pruning that meets the requirement. @throws RcpruneError on an instance of more than 30 lines */
export function visitClosed(instance: Instance, requirement: Requirement, context: MethodContext): Answer {
  const lines = lineCount(instance);
  if (lines > MOST_LINES) {
    throw new RcpruneError('enumerate: linked layers', `at most ${MOST_LINES} rows and columns in all`, `${lines}`);
  }
  return new ClosedWalk(instance, requirement, context).run();
}

/** A line: `living[side][layer][index]` says whether it is left. */
interface Line {
  readonly side: 'rows' | 'columns';
  readonly layer: number;
  readonly index: number;
}

class ClosedWalk {
  readonly #instance: Instance;
  readonly #requirement: Requirement;
  readonly #context: MethodContext;
  readonly #graph: LinkGraph;
  readonly #lines: readonly Line[];
  readonly #mostKept: number; // units
  #best: { pruning: Pruning; cost: bigint } | null = null;
  #work = 0;
  #stopped = false;

  constructor(instance: Instance, requirement: Requirement, context: MethodContext) {
    this.#instance = instance;
    this.#requirement = requirement;
    this.#context = context;
    this.#graph = linkGraph(instance)!;
    const list = (side: Line['side'], layer: number, length: number) =>
      Array.from({ length }, (_, index): Line => ({ side, layer, index }));
    this.#lines = instance.layers.flatMap(({ rows, cols }, l) => [
      ...list('rows', l, rows),
      ...list('columns', l, cols),
    ]);
    this.#mostKept = unitCount(instance) - requirement.target;
  }

  run(): Answer {
    const first = this.#context.start ?? largestPruning(this.#instance, this.#requirement);
    if (meets(this.#instance, this.#requirement, first)) {
      this.#best = { pruning: first, cost: exactCost(this.#instance, first, 0n).cost };
    }
    const whole = livingOf(this.#instance, emptyPruning(this.#instance));
    if (this.#close(whole)) this.#visit(whole, 0);
    const work = this.#work;
    if (this.#stopped) return { pruning: this.#best?.pruning ?? null, work, stopReason: 'workLimit' };
    if (this.#best === null) return { pruning: null, status: 'infeasible', work };
    return { pruning: this.#best.pruning, dualBound: this.#best.cost, work };
  }

  /** @returns false at the work limit */
  #close(living: Living): boolean {
    if (this.#work >= (this.#context.workLimit ?? Infinity)) {
      this.#stopped = true;
      return false;
    }
    this.#work++;
    closeLiving(this.#graph, this.#instance.layers, living);
    return true;
  }

  /** A closed pruning, and all that follow it: lines before `from` that are left stay. */
  #visit(living: Living, from: number): void {
    if (!this.#isOfUse(living)) return;
    for (let k = from; k < this.#lines.length; k++) {
      const { side, layer, index } = this.#lines[k]!;
      if (living[side][layer]![index] === 0) continue;
      const next = copyOf(living);
      next[side][layer]![index] = 0;
      if (!this.#close(next)) return;
      if (this.#keepsBefore(k, living, next)) this.#visit(next, k + 1);
      if (this.#stopped || this.#keptBefore(k + 1, living) > this.#mostKept) return;
    }
  }

  /** Takes a pruning that meets the goal. @returns whether others that remove more may be of use */
  #isOfUse(living: Living): boolean {
    const pruning = pruningOf(living);
    const { cost } = exactCost(this.#instance, pruning, 0n);
    if (this.#best !== null && cost >= this.#best.cost) return false;
    const isAllowed = this.#requirement.ranges.every(({ maxRows, maxColumns }, l) => {
      const { removedRows, removedColumns } = pruning.layers[l]!;
      return removedRows.length <= maxRows && removedColumns.length <= maxColumns;
    });
    if (!isAllowed) return false;
    if (removedUnits(this.#instance, pruning) < this.#requirement.target) return true;
    this.#best = { pruning, cost };
    this.#context.onIncumbent?.(pruning, this.#work);
    return false;
  }

  /** Whether all lines before the k-th that were left still are. */
  #keepsBefore(k: number, before: Living, after: Living): boolean {
    return this.#lines
      .slice(0, k)
      .every(({ side, layer, index }) => after[side][layer]![index] === before[side][layer]![index]);
  }

  /** Units of the entries where two lines before the k-th meet that are left: they stay from here on. */
  #keptBefore(k: number, living: Living): number {
    const rows = new Array<number>(this.#instance.layers.length).fill(0);
    const columns = rows.slice();
    for (const { side, layer, index } of this.#lines.slice(0, k)) {
      const counts = side === 'rows' ? rows : columns;
      counts[layer]! += living[side][layer]![index]!;
    }
    return this.#instance.layers.reduce((sum, { unitsPerEntry }, l) => {
      return sum + rows[l]! * columns[l]! * unitsPerEntry;
    }, 0);
  }
}
