import { nondominated } from './nondominated.ts';

/*
 * The choice of one candidate per layer within a capacity: good rather than best, and at once. What it holds is always within the
 * capacity. O(candidates) per bisection, O(candidates^2) per exchange of two.
 */

/** Lines of a layer that may be kept: how many units, and how much importance. */
export interface Candidate {
  readonly units: number;
  readonly weight: number;
}

/** One candidate per layer and the price per unit at which they were chosen. */
export interface CandidateChoice<T extends Candidate> {
  readonly chosen: readonly T[];
  readonly price: number;
  readonly weight: number;
}

const BISECTIONS = 60;

/**
 * One candidate per layer within the capacity, of much importance: a multiple-choice knapsack, solved well but not exactly, by
 * its Lagrangian relaxation and a repair. Where units are many the repair is nearly tight, and annealing fills what is left line
 * by line.
 *
 * The least price at which the layers' own best candidates fit is bisected; then candidates are exchanged one layer at a
 * time, then two at a time, while importance grows within the capacity.
 *
 * @param start an earlier choice within the capacity: exchanges go on from it too
 * @returns null when not even the smallest candidates fit
 */
export function chooseCandidates<T extends Candidate>(
  pool: readonly (readonly T[])[],
  capacity: number,
  start?: readonly T[],
): CandidateChoice<T> | null {
  const bestAt = (price: number) =>
    pool.map((candidates) =>
      candidates.reduce((best, one) => {
        const gain = one.weight - best.weight - price * (one.units - best.units);
        return gain > 0 || (gain === 0 && one.units < best.units) ? one : best;
      }),
    );
  let dear = 0; // a price at which the choice fits
  for (const candidates of pool) {
    for (const { weight, units } of candidates) if (units > 0) dear = Math.max(dear, (2 * weight) / units);
  }
  let chosen = bestAt(dear);
  if (unitsOf(chosen) > capacity) {
    chosen = pool.map((candidates) => candidates.reduce((least, one) => (one.units < least.units ? one : least)));
    if (unitsOf(chosen) > capacity) return null;
  }
  let cheap = 0;
  for (let step = 0; step < BISECTIONS; step++) {
    const price = step === 0 ? 0 : (cheap + dear) / 2;
    const choice = bestAt(price);
    if (unitsOf(choice) > capacity) {
      cheap = price;
      continue;
    }
    dear = price;
    if (weightOf(choice) >= weightOf(chosen)) chosen = choice;
    if (step === 0) break;
  }
  chosen = exchange(pool, chosen, capacity);
  if (start !== undefined) {
    const continued = exchange(pool, start, capacity);
    if (weightOf(continued) > weightOf(chosen)) chosen = continued;
  }
  return { chosen, price: dear, weight: weightOf(chosen) };
}

/** Exchanges candidates of one layer, or of two, for the most gain that fits, until there is none. */
function exchange<T extends Candidate>(pool: readonly (readonly T[])[], start: readonly T[], capacity: number): T[] {
  const chosen = [...start];
  for (;;) {
    const room = capacity - unitsOf(chosen);
    let gain = 0;
    let change: [number, T][] = [];
    pool.forEach((candidates, l) => {
      for (const one of candidates) {
        const weight = one.weight - chosen[l]!.weight;
        const units = one.units - chosen[l]!.units;
        if (units <= room && weight > gain) {
          gain = weight;
          change = [[l, one]];
        }
        for (let k = l + 1; k < pool.length; k++) {
          for (const other of pool[k]!) {
            const both = weight + other.weight - chosen[k]!.weight;
            if (both <= gain || units + other.units - chosen[k]!.units > room) continue;
            gain = both;
            change = [
              [l, one],
              [k, other],
            ];
          }
        }
      }
    });
    if (change.length === 0) return chosen;
    for (const [l, one] of change) chosen[l] = one;
  }
}

/** Adds candidates to a layer's list, which holds only those that no other matches at no more units; units ascend. */
export function withCandidates<T extends Candidate>(list: readonly T[], more: readonly T[]): T[] {
  const inOrder = [...list, ...more].sort((a, b) => a.units - b.units || b.weight - a.weight);
  return nondominated(inOrder, (one, than) => one.weight > than.weight);
}

const unitsOf = (chosen: readonly Candidate[]) => chosen.reduce((sum, { units }) => sum + units, 0);
const weightOf = (chosen: readonly Candidate[]) => chosen.reduce((sum, { weight }) => sum + weight, 0);
