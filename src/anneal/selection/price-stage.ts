import type { CandidateChoice } from '../../knapsack/candidate-choice.ts';
import { COLUMNS, crossing, ROWS } from '../../layer/side.ts';
import { type LayerCandidate, residualStart, settleAtPrice } from '../price-selection.ts';
import { layerProblem, type SelectionProblem } from '../selection-state.ts';
import { choose, pool } from './candidates.ts';
import { affords, FEW_LINES, type RunState, type SelectionOutcome, type SelectionStage } from './state.ts';

/*
 * Stage `price`: at a ladder of prices per unit, then at the price that fills the capacity, every layer's own best lines. At a
 * price the layers do not depend on one another, so that each is a task; both residual orders are its starting points. A
 * collective move: it proposes candidates and keeps no balance. O(entries) per layer and round.
 */

/** What a decoding of a layer counts, in moves per line. */
const PRICE_MOVES = 30;
const PRICE_ROUNDS = 8;
/** Rounds whose prices climb or descend by this factor, before the price of the choice takes over. */
const LADDER_ROUNDS = 3;
const LADDER_STEP = 2;

/** The moves that the stage counts. */
export function priceMoves(lines: number): number {
  return PRICE_ROUNDS * PRICE_MOVES * lines;
}

/** A layer's candidates at a price. */
export function performPrice(problem: SelectionProblem, l: number, price: number): SelectionOutcome {
  const layer = layerProblem(problem, l, Infinity);
  const candidates = [ROWS, COLUMNS].map((outer) =>
    settleAtPrice(layer, residualStart(layer, price, outer), price, crossing(outer)),
  );
  return { kind: 'candidates', candidates };
}

export const priceStage: SelectionStage = {
  tasks(run) {
    const { data, problem } = run;
    if (data.round >= PRICE_ROUNDS || !affords(run, PRICE_MOVES * problem.lines)) return [];
    return problem.instance.layers.map((_, layer) => ({ kind: 'price', layer, price: data.price }));
  },
  absorb(run, outcomes) {
    const { data, problem } = run;
    pool(run, outcomes);
    data.work += PRICE_MOVES * problem.lines;
    const choice = choose(run);
    if (choice !== null) data.price = nextPrice(run, choice);
    data.round++;
  },
  next({ options, problem }) {
    if (options.onlyPrices) return 'over';
    return problem.lines <= FEW_LINES ? 'cycles' : 'resize';
  },
};

/**
 * The next price to try: on the ladder dearer where the layers' best lines at this price exceed the capacity, else cheaper; after
 * it the price of the choice.
 */
function nextPrice({ data, problem }: RunState, choice: CandidateChoice<LayerCandidate>): number {
  const { price, round } = data;
  if (round >= LADDER_ROUNDS) return choice.price;
  let units = 0;
  for (const list of data.pool) {
    units += list.reduce((best, one) =>
      one.weight - price * one.units > best.weight - price * best.units ? one : best,
    ).units;
  }
  return units > problem.capacity ? price * LADDER_STEP : price / LADDER_STEP;
}
