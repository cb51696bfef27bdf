import exp from '@stdlib/math-base-special-exp';
import ln from '@stdlib/math-base-special-ln';
import { enumerate } from '../exact/enumeration.ts';
import type { Method } from '../method/method.ts';
import { RcpruneError } from '../problem/error.ts';
import { type Goal, type Requirement, requirementOf } from '../problem/goal.ts';
import { allocateImportance, type Instance, makeInstance, requireInteger } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { makeRandom, type Random } from '../problem/random.ts';

/** Enumeration runs inside the search: this many lines of the shorter side are its limit of patience. */
const MOST_LINES = 12;
/** Entries are integers, so that costs are exact doubles and a found matrix can be read. */
const MOST_ENTRY = 2 ** 20;

/** Where {@link searchWorstCase} is to look. */
export interface SearchOptions {
  /** Rows of the matrix. Default 3; the shorter side is at most 12. */
  readonly rows?: number | undefined;
  /** Columns of the matrix. Default 3; the longer side is at most 48. */
  readonly cols?: number | undefined;
  /** Default: the shape of a third of the rows and columns, at least one of each. */
  readonly goal?: Goal | undefined;
  /** Largest entry, default 64. */
  readonly mostEntry?: number | undefined;
  /** Where the matrices come from. Default 1. */
  readonly seed?: number | undefined;
  /** Matrices to try; default 30,000. */
  readonly work?: number | undefined;
}

/** The worst matrix that a search has met. */
export interface Worst {
  /** One layer of integers. */
  readonly instance: Instance;
  /** What the method was asked for. */
  readonly goal: Goal;
  /** Of the method's pruning. */
  readonly cost: number;
  /** By enumeration. */
  readonly optimum: number;
  /** cost / optimum, 1 when both are 0; Infinity when only the optimum is. */
  readonly ratio: number;
  /** Matrices tried. */
  readonly work: number;
}

/** A climb starts with entries up to this. */
const COARSEST = 4;
/** After this many matrices without a new worst one of the climb, entries are doubled; at the finest, it restarts. */
const PATIENCE = 250;
/** Temperatures of ln(ratio): a step down by a third is taken now and then at first, by a thousandth at the end. */
const HOT = 0.1;
const COLD = 0.001;

/**
 * Hunts small integer matrices on which a method is far from the optimum: annealing over matrices from random starts, the
 * exact optimum inside. A climb goes from coarse to fine: entries up to 4 first, doubled whenever it is stuck, so that it
 * settles which entries are large before it settles by how much; at the finest it starts anew. What it finds is a
 * counterexample to any smaller factor; that it finds nothing is a hint, no proof.
 *
 * Moves change one entry (to 0, by 1, to half or double, to a neighbour of another entry, to anything) or swap two. Time a
 * matrix: the method and one enumeration. Replays from its seed; deterministic methods only (the seed given to the method
 * is always 1).
 *
 * @throws RcpruneError on a matrix too large to enumerate, a goal that does not fit, a method that cannot meet it
 */
export function searchWorstCase(method: Pick<Method, 'name' | 'run'>, options: SearchOptions = {}): Worst {
  let last: Worst | null = null;
  for (const worst of worstCases(method, options)) last = worst;
  return last!;
}

/** The same, one matrix a step: the worst one so far after each, so that a caller may stop when it likes. */
export function* worstCases(method: Pick<Method, 'name' | 'run'>, options: SearchOptions = {}): Generator<Worst> {
  const { rows = 3, cols = 3, mostEntry = 64, work = 30_000, seed = 1 } = options;
  requireInteger('search: rows', rows, 1);
  requireInteger('search: columns', cols, 1);
  requireInteger('search: shorter side', Math.min(rows, cols), 1, MOST_LINES);
  requireInteger('search: longer side', Math.max(rows, cols), 1, 4 * MOST_LINES);
  requireInteger('search: largest entry', mostEntry, 1, MOST_ENTRY);
  requireInteger('search: work', work, 0);
  const shape = { rows: Math.max(1, Math.floor(rows / 3)), columns: Math.max(1, Math.floor(cols / 3)) };
  const random = makeRandom(seed);
  const trial = new Trial(method, options.goal ?? { shape }, rows, cols);

  let finest = Math.min(COARSEST, mostEntry); // largest entry of the current resolution
  trial.randomise(random, finest);
  let worst = trial.evaluate(1);
  yield worst;
  let current = worst;
  let best = worst.ratio; // of this climb
  let since = 0; // matrices since it was found
  for (let tried = 2; tried <= work && worst.ratio < Infinity; tried++) {
    if (since >= PATIENCE && 2 * finest <= mostEntry) {
      // The same ratio, with room for finer changes.
      finest *= 2;
      trial.double();
      current = trial.evaluate(tried);
      since = 0;
    } else if (since >= PATIENCE) {
      finest = Math.min(COARSEST, mostEntry);
      trial.randomise(random, finest);
      current = trial.evaluate(tried);
      best = current.ratio;
      since = 0;
    } else {
      const temperature = HOT * (COLD / HOT) ** (since / PATIENCE);
      trial.change(random, finest);
      const next = trial.evaluate(tried);
      const gain = ln(next.ratio / current.ratio);
      if (gain >= 0 || random.uniform() < exp(gain / temperature)) current = next;
      else trial.reject();
      since = next.ratio > best ? 0 : since + 1;
      best = Math.max(best, next.ratio);
    }
    worst = best > worst.ratio ? current : { ...worst, work: tried };
    yield worst;
  }
}

/** A matrix under change, with the entries to take back. */
class Trial {
  readonly #method: Pick<Method, 'name' | 'run'>;
  readonly #goal: Goal;
  readonly #rows: number;
  readonly #cols: number;
  readonly #entries: Float64Array; // row-major, integers
  readonly #undo = new Int32Array(2); // the places that the last change touched
  readonly #before = new Float64Array(2); // and what stood there

  constructor(method: Pick<Method, 'name' | 'run'>, goal: Goal, rows: number, cols: number) {
    this.#method = method;
    this.#goal = goal;
    this.#rows = rows;
    this.#cols = cols;
    this.#entries = new Float64Array(rows * cols);
    const { target, mostRemovable } = requirementOf(this.#instance(), goal);
    if (target > mostRemovable) throw new RcpruneError('search: target', `at most ${mostRemovable}`, `${target}`);
  }

  randomise(random: Random, mostEntry: number): void {
    // A third of zeros: worst matrices have many.
    for (let k = 0; k < this.#entries.length; k++) {
      this.#entries[k] = random.integer(3) === 0 ? 0 : random.integer(mostEntry + 1);
    }
  }

  double(): void {
    for (let k = 0; k < this.#entries.length; k++) this.#entries[k]! *= 2;
  }

  change(random: Random, mostEntry: number): void {
    const entries = this.#entries;
    const a = random.integer(entries.length);
    const b = random.integer(entries.length);
    this.#undo[0] = a;
    this.#undo[1] = b;
    this.#before[0] = entries[a]!;
    this.#before[1] = entries[b]!;
    const value = entries[a]!;
    switch (random.integer(8)) {
      case 0:
        entries[a] = 0;
        break;
      case 1:
        entries[a] = Math.min(mostEntry, value + 1);
        break;
      case 2:
        entries[a] = Math.max(0, value - 1);
        break;
      case 3:
        entries[a] = Math.min(mostEntry, 2 * value + 1);
        break;
      case 4:
        entries[a] = Math.floor(value / 2);
        break;
      case 5:
        entries[a] = Math.min(mostEntry, Math.max(0, entries[b]! + random.integer(3) - 1));
        break;
      case 6:
        entries[a] = random.integer(mostEntry + 1);
        break;
      default:
        entries[a] = entries[b]!;
        entries[b] = value;
    }
  }

  reject(): void {
    // In this order both places are right even where they are one.
    this.#entries[this.#undo[1]!] = this.#before[1]!;
    this.#entries[this.#undo[0]!] = this.#before[0]!;
  }

  evaluate(work: number): Worst {
    const instance = this.#instance();
    const requirement = requirementOf(instance, this.#goal);
    const cost = this.#costOf(instance, this.#method, requirement);
    const optimum = this.#costOf(instance, enumerate, requirement);
    const ratio = cost === optimum ? 1 : cost / optimum;
    return { instance, goal: this.#goal, cost, optimum, ratio, work };
  }

  #instance(): Instance {
    const importance = allocateImportance(this.#entries.length);
    importance.set(this.#entries);
    return makeInstance([{ name: 'found', rows: this.#rows, cols: this.#cols, importance }]);
  }

  #costOf(instance: Instance, method: Pick<Method, 'name' | 'run'>, requirement: Requirement): number {
    const { pruning } = method.run(instance, requirement, { seed: 1 });
    if (pruning === null)
      throw new RcpruneError(`search: ${method.name}`, 'a method that can meet the goal', 'none found');
    return this.#cost(pruning);
  }

  /** Sums of at most 2^12 integers below 2^21: exact. */
  #cost({ layers }: Pruning): number {
    const { removedRows, removedColumns } = layers[0]!;
    let cost = 0;
    for (let i = 0, k = 0; i < this.#rows; i++) {
      const isRemoved = removedRows.includes(i);
      for (let j = 0; j < this.#cols; j++, k++) {
        if (isRemoved || removedColumns.includes(j)) cost += this.#entries[k]!;
      }
    }
    return cost;
  }
}
