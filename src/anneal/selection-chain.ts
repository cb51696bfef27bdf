import ln from '@stdlib/math-base-special-ln';
import seedrandom from 'seedrandom';
import { crossing } from '../layer/side.ts';
import type { SelectionState } from './selection-state.ts';

/*
 * The Markov chain of selection annealing. Between two proposals the state's sums are right and the journal leads to the best state
 * seen. O(1) for a proposal, O(crossing lines) for one that is accepted.
 */

/** Random numbers in [0, 1). */
export type ChainRandom = () => number;

/**
 * The stream of one piece of a run. Alea (Baagoe): 32 random bits by one multiplication, the same on every platform,
 * several times as fast as {@link makeRandom}'s generator. The label names run, replica and round, so that no generator's
 * state needs to be saved or sent.
 */
export function chainRandom(seed: number, label: string): ChainRandom {
  return seedrandom.alea(`${seed}/${label}`);
}

/** What the chain minimises and how hot it is. All may be changed between runs. */
export interface ChainSettings {
  /** Temperature, in importance. 0: only improvements and ties are accepted. */
  temperature: number;
  /** What a kept unit costs while kept units are within the capacity, in importance. */
  price: number;
  /** What a kept unit beyond the capacity costs. */
  excessPrice: number;
  /** Units beyond the capacity that are allowed at most; 0 for feasible states alone. */
  window: number;
  /** Shares of the moves that are flips and swaps; the rest are trades. */
  flips: number;
  swaps: number;
  /** The best state is the one of largest kept importance - scorePrice x kept units within the capacity. */
  scorePrice: number;
}

/** What happened in a run. */
export interface ChainCounts {
  moves: number;
  accepted: number;
}

/**
 * The Markov chain of selection annealing: Metropolis' rule on
 *
 *     energy = - kept importance + price x kept units + (excessPrice - price) x units beyond the capacity,
 *
 * over states whose kept counts are allowed and whose units exceed the capacity by at most the window. Moves:
 *
 *   flip   one line, uniformly
 *   swap   a kept and a removed line of one kind in one layer: a line uniformly, another of its class uniformly
 *   trade  a kept and a removed line of different classes: two lines uniformly
 *
 * Where the two lines drawn are not such a pair, or the move is not allowed, the state stays as it is, which counts as a move
 * too. Every proposal is as likely as its reverse, so that detailed balance holds for the Boltzmann distribution at a fixed
 * temperature. With price 0 and window 0 this is the plain chain on
 * feasible prunings at their cost; a price lets single flips cross the target, which pairs would have to do at once.
 *
 * A proposal is priced in O(1) from the line sums; an accepted one costs O(crossing lines).
 */
export class SelectionChain {
  readonly state: SelectionState;
  readonly settings: ChainSettings;
  /** Score of the best feasible state seen; -Infinity while there is none. */
  bestScore = -Infinity;
  readonly #best: Uint8Array; // [lines], kept lines of the best state, or what the journal leads from
  readonly #journal: Int32Array; // lines flipped since #best was taken, in order
  #journalLength = 0;
  #bestLength = 0; // the best state is #best with this many flips of the journal
  #isLost = false; // the journal overflowed: the next best state is copied whole
  readonly #random: ChainRandom;

  constructor(state: SelectionState, settings: ChainSettings, random: ChainRandom) {
    this.state = state;
    this.settings = settings;
    this.#random = random;
    this.#best = state.kept.slice();
    this.#journal = new Int32Array(Math.max(64, state.problem.lines));
    this.#noteBest();
  }

  /** Takes notice of a state that was changed from outside. */
  restart(): void {
    this.#settle();
    this.#isLost = true; // what was flipped outside is in no journal
    this.#noteBest();
  }

  /** The kept lines of the best feasible state. */
  best(): Uint8Array {
    this.#settle();
    return this.#best;
  }

  /** Runs the chain for a number of proposals. */
  run(moves: number): ChainCounts {
    const random = this.#random;
    const state = this.state;
    const { kept, sum, keptCount, problem } = state;
    const { lines, classOf, classStart, leastKept, mostKept, unitsPerEntry, capacity } = problem;
    const { temperature, price, excessPrice, window, flips, swaps, scorePrice } = this.settings;
    const surcharge = excessPrice - price;
    const wall = capacity + window;
    const pairs = flips + swaps;
    const hopeless = 40 * temperature; // e^-40: never accepted
    let accepted = 0;

    for (let move = 0; move < moves; move++) {
      const kind = random();
      const first = (random() * lines) | 0;
      const c = classOf[first]!;
      let second = -1;
      let units = state.keptUnits; // after the move
      let delta: number; // of the kept importance, negated
      if (kind < flips) {
        // Flip.
        const lineUnits = keptCount[crossing(c)]! * unitsPerEntry[c]!;
        if (kept[first] === 1) {
          if (keptCount[c]! <= leastKept[c]!) continue;
          units -= lineUnits;
          delta = sum[first]!;
        } else {
          if (keptCount[c]! >= mostKept[c]!) continue;
          units += lineUnits;
          delta = -sum[first]!;
        }
      } else if (kind < pairs) {
        // Swap: units stay.
        const start = classStart[c]!;
        second = start + ((random() * (classStart[c + 1]! - start)) | 0);
        if (kept[first] === kept[second]) continue;
        delta = kept[first] === 1 ? sum[first]! - sum[second]! : sum[second]! - sum[first]!;
      } else {
        // Trade.
        second = (random() * lines) | 0;
        const d = classOf[second]!;
        if (kept[first] === kept[second] || c === d) continue;
        const isFirstKept = kept[first] === 1;
        const [out, into] = isFirstKept ? [first, second] : [second, first];
        const [source, to] = isFirstKept ? [c, d] : [d, c];
        if (keptCount[source]! <= leastKept[source]! || keptCount[to]! >= mostKept[to]!) continue;
        delta = sum[out]! - sum[into]!;
        if (crossing(source) === to) {
          // One layer, a row for a column or a column for a row: they cross.
          delta += source < to ? state.entryAt(out, into) : state.entryAt(into, out);
          units +=
            ((keptCount[source]! - 1) * (keptCount[to]! + 1) - keptCount[source]! * keptCount[to]!) *
            unitsPerEntry[source]!;
        } else {
          units +=
            keptCount[crossing(to)]! * unitsPerEntry[to]! - keptCount[crossing(source)]! * unitsPerEntry[source]!;
        }
      }
      if (units !== state.keptUnits) {
        if (units > wall && units > state.keptUnits) continue;
        delta += price * (units - state.keptUnits);
        if (surcharge !== 0) {
          delta += surcharge * (Math.max(0, units - capacity) - Math.max(0, state.keptUnits - capacity));
        }
      }
      // Metropolis' rule; the logarithm only where it can matter.
      if (delta > 0 && (delta >= hopeless || delta > -temperature * ln(1 - random()))) continue;

      accepted++;
      state.flip(first);
      this.#log(first);
      if (second >= 0) {
        state.flip(second);
        this.#log(second);
      }
      if (state.keptUnits <= capacity && state.keptWeight - scorePrice * state.keptUnits > this.bestScore)
        this.#noteBest();
    }
    return { moves, accepted };
  }

  #log(line: number): void {
    if (this.#isLost) return;
    if (this.#journalLength === this.#journal.length) {
      this.#settle();
      if (this.#isLost) return;
    }
    this.#journal[this.#journalLength++] = line;
  }

  /**
   * Copies the best state into #best and empties the journal. Where lines were flipped after the best state, the journal no longer
   * leads from #best to the state at hand: the next best state is then copied whole.
   */
  #settle(): void {
    for (let k = 0; k < this.#bestLength; k++) {
      const line = this.#journal[k]!;
      this.#best[line] = this.#best[line]! ^ 1;
    }
    if (!this.#isLost) this.#isLost = this.#journalLength > this.#bestLength;
    this.#journalLength = 0;
    this.#bestLength = 0;
  }

  #noteBest(): void {
    const { keptUnits, keptWeight, kept, problem } = this.state;
    const score = keptWeight - this.settings.scorePrice * keptUnits;
    if (keptUnits > problem.capacity || score <= this.bestScore) return;
    this.bestScore = score;
    if (this.#isLost) {
      this.#best.set(kept);
      this.#isLost = false;
      this.#journalLength = 0;
      this.#bestLength = 0;
    } else this.#bestLength = this.#journalLength;
  }
}
