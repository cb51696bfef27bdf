import { RcpruneError } from '../problem/error.ts';
import { excessOver, QUANTUM_EXPONENT } from '../problem/exact-sum.ts';
import { ceilQuotient } from '../problem/quotient.ts';
import { toExact } from '../sums/fixed-point.ts';
import { type Choice, menuHigh, menuLow, menuUnits } from './menu.ts';
import { Merger } from './merge.ts';
import { type LayerMenus, largestChoice, type PricedChoice, priceBetween } from './priced.ts';
import { anchorAt, bestRelaxation, gapAbove, marginOf, networkOf } from './relaxation.ts';

/*
 * One shape per layer. A network shares one target between its layers: of every layer's alternatives one is taken, the units in
 * all reach the target (or stay within what may be kept), and the total is best. Four places ask for this multiple-choice knapsack,
 * at different sizes and with different promises, so there are four solvers, each the simplest that keeps its promise:
 *
 *   this file            least price of all shapes of real layers: two-limb fixed point; exact, or within a stated factor
 *   least-choice.ts      least cost of short lists, of proved bounds or from enumeration: BigInt; exact
 *   most-kept.ts         most that bounds allow to keep, for few units: doubles; exact up to one rounding per layer
 *   candidate-choice.ts  most importance of candidates that annealing found: doubles; within the capacity, good, not best
 *
 * menu.ts says what a priced shape is, relaxation.ts and merge.ts are the steps of this file, and nondominated.ts says which of two
 * items no choice needs.
 */

/**
 * The exact choice of one shape per layer: total removed units >= target at least total price.
 *
 * A multiple-choice knapsack (Sinha and Zoltners 1979), solved by a Lagrangian bound, an expanding core and nondominated
 * lists (Pisinger, *A minimal algorithm for the multiple-choice knapsack problem*, 1995, differs in growing the core
 * layer by layer). T is the target; P and U are a choice's total price and units.
 *
 * 1. For a multiplier v, a price per unit, take the shapes that minimise price - v units layer by layer. Prices are convex
 *    along a menu's inner lines, so a minimum is one binary search per outer line. The best v is found by intersecting the two
 *    supporting lines that bracket the target; the feasible one is the first incumbent.
 * 2. These shapes are references: with P0 and U0 their price and units in all, and d(s) = (price of s - price of its layer's
 *    reference) - v (units of s - units of the reference), every choice satisfies P = P0 + v (U - U0) + sum of d, an
 *    identity whatever v and the references are. With m_l <= 0 the least d of layer l, the *score* of a choice,
 *    sum of (d - m_l) + v (U - T), is a sum of terms that are all >= 0 where U >= T, and
 *
 *        P = B + score     with     B = P0 - v (U0 - T) + sum of m_l.                                            (1)
 *
 *    So B bounds the least price from below, and a choice better than an incumbent of price P' has a score < P' - B.
 * 3. With a trial threshold g, only shapes with d - m_l <= g are listed and only scores up to g are merged. When P' - B is at
 *    most g, the incumbent is proved; else g grows. On real networks a tiny g is enough.
 * 4. Lists are merged layer by layer, keeping the nondominated (units, price) pairs, compared exactly in fixed point.
 *
 * Doubles serve only for scores, and only differences from the references enter them: so rounding is relative to prices,
 * however large v times units is. A margin added to g pays for it: {@link marginOf}, whose analysis is in proofs/README.md
 * ("T9, rounding"). It may only list too much.
 *
 * Time: O(lines log lines) per multiplier, then the merges; the merge is exponential in the worst case (the problem is
 * NP-hard) and ends after `mostPairs` pairs, with the incumbent and `slack` > 0, a proved relative distance from the least
 * price.
 */
export interface ShapeChoice {
  readonly choices: readonly Choice[];
  /** Total price, a fixed-point value. */
  readonly high: number;
  readonly low: number;
  /** 0: proved to be a least-price choice. Else price <= (1 + slack) x least price, exactly (Infinity when unknown). */
  readonly slack: number;
  /** Pairs merged; of one layer, outer counts looked at. */
  readonly work: number;
}

/** Some 10 seconds of merging. */
const MOST_PAIRS = 2 ** 27;

/**
 * @param layers menus of each layer, the first of which holds its largest shape
 * @param most at least any total price, but for the rounding of fixed-point sums: the scale of rounding errors
 * @param mostPairs pairs merged at most, in all; also the most shapes listed at a time
 * @throws RcpruneError when the largest shapes together miss the target
 */
export function chooseShapes(
  layers: readonly LayerMenus[],
  target: number,
  most: number,
  mostPairs = MOST_PAIRS,
): ShapeChoice {
  if (layers.length === 1) return chooseOneShape(layers[0]!, target);
  return chooseOfNetwork(layers, target, most, mostPairs);
}

/** One layer: only the least feasible inner count of every outer count matters. O(outer lines), exact. */
function chooseOneShape(menus: LayerMenus, target: number): ShapeChoice {
  let best: Choice | null = null;
  let bestHigh = 0;
  let bestLow = 0;
  let work = 0;
  for (const menu of menus) {
    for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++) {
      work++;
      const missing = target - menuUnits(menu, outer, 0);
      const perInner = menu.unitsPerEntry * (menu.outerLines - outer);
      let inner = menu.minInner;
      if (missing > 0) {
        if (perInner === 0) continue;
        inner = Math.max(inner, ceilQuotient(missing, perInner));
      }
      if (inner > menu.maxInner) continue;
      const high = menuHigh(menu, outer, inner);
      const low = menuLow(menu, outer, inner);
      if (best === null || high - bestHigh + (low - bestLow) < 0) {
        best = { menu, outer, inner };
        bestHigh = high;
        bestLow = low;
      }
    }
  }
  if (best === null) throw new RcpruneError('shape choice', 'a reachable target', `${target}`);
  return { choices: [best], high: bestHigh, low: bestLow, slack: 0, work };
}

/** Several layers: steps 1 to 4. */
function chooseOfNetwork(layers: readonly LayerMenus[], target: number, most: number, mostPairs: number): ShapeChoice {
  const network = networkOf(layers);
  const largest = largestChoice(layers);
  let best: PricedChoice = largest;
  if (best.units < target) {
    throw new RcpruneError('shape choice', `a target of at most ${best.units} units`, `${target}`);
  }
  const offer = (choice: PricedChoice) => {
    if (choice.units >= target && priceBetween(best, choice) < 0) best = choice;
  };
  const anchor = anchorAt(network, bestRelaxation(network, target, most, largest, offer));
  offer(anchor.total);
  const margin = marginOf(anchor, target, most);
  const merger = new Merger(network, target, mostPairs);
  const answer = (slack: number): ShapeChoice => {
    const { choices, high, low } = best;
    return { choices, high, low, slack, work: merger.work };
  };

  let gap = gapAbove(anchor, target, best);
  let threshold = gap / 4096;
  let merged = 0; // all choices of scores up to it were merged
  for (;;) {
    const found = merger.merge(anchor, threshold + margin);
    if (found === 'limit') break;
    if (found !== null) offer(found);
    gap = gapAbove(anchor, target, best);
    if (gap <= threshold) return answer(0);
    merged = threshold;
    threshold = Math.min(gap, threshold * 4);
    if (threshold < gap && threshold * 4 > gap) threshold = gap;
  }
  // Any better choice has a score above `merged`: by (1) it saves less than the rest of the gap.
  const saved = Math.max(0, gap - merged) + margin;
  const price = toExact(best.high, best.low);
  const least = price - BigInt(Math.ceil(saved * 2 ** -QUANTUM_EXPONENT));
  return answer(least > 0n ? excessOver(least, price) : Infinity);
}
