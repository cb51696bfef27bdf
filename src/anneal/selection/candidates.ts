import { type CandidateChoice, chooseCandidates, withCandidates } from '../../knapsack/candidate-choice.ts';
import type { LayerCandidate } from '../price-selection.ts';
import { offer, type RunState, type SelectionOutcome } from './state.ts';

/*
 * What the stages do with the layers' candidates: pool them, choose one per layer within the capacity, and tell which are worth
 * a further look. O(candidates log candidates) and the choice.
 */

/** Adds the candidates found for every layer to its pool. */
export function pool({ data }: RunState, outcomes: readonly SelectionOutcome[]): void {
  outcomes.forEach((outcome, l) => {
    if (outcome.kind === 'candidates') data.pool[l] = withCandidates(data.pool[l]!, outcome.candidates);
  });
}

/** One candidate per layer, which becomes the best state when it keeps more; null when not even the smallest fit. */
export function choose(run: RunState): CandidateChoice<LayerCandidate> | null {
  const { data } = run;
  const { capacity, classStart, lines } = run.problem;
  const choice = chooseCandidates(data.pool, capacity, data.chosen);
  if (choice === null) return null;
  data.chosen = [...choice.chosen];
  const kept = new Uint8Array(lines);
  for (const [l, { kept: own }] of data.chosen.entries()) kept.set(own, classStart[2 * l]!);
  offer(run, kept, choice.weight);
  return choice;
}

/** Chooses anew, and takes the price of the choice for the price at hand. */
export function chooseAndPrice(run: RunState): void {
  const choice = choose(run);
  if (choice !== null) run.data.price = choice.price;
}

/**
 * Kept lines of a layer: the chosen ones, then those of the worthiest other candidates at the price at hand. Many a good block is
 * not chosen only because it does not fill the capacity.
 *
 * @param most of all
 */
export function worthiest({ data }: RunState, l: number, most: number): Uint8Array[] {
  const { price, chosen } = data;
  const value = ({ weight, units }: LayerCandidate) => weight - price * units;
  const others = data.pool[l]!.filter(
    ({ units, weight }) => units > 0 && (units !== chosen[l]!.units || weight !== chosen[l]!.weight),
  );
  others.sort((a, b) => value(b) - value(a) || a.units - b.units);
  return [chosen[l]!, ...others.slice(0, most - 1)].map(({ kept }) => kept);
}
