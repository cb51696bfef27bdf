import { describe, expect, it } from 'vitest';
import { descend } from '../../src/anneal/descent.ts';
import { removeExcess } from '../../src/anneal/repair.ts';
import { chainRandom, SelectionChain } from '../../src/anneal/selection-chain.ts';
import { keptMaskOf, pruningOf, SelectionState, selectionProblem } from '../../src/anneal/selection-state.ts';
import { generate } from '../../src/families/index.ts';
import {
  type Goal,
  type Instance,
  largestPruning,
  makeInstance,
  makeRandom,
  meets,
  type Pruning,
  requirementOf,
  sparsityGoal,
} from '../../src/problem/index.ts';
import { costOf } from '../reference/brute-force.ts';

const CORE = { price: 0, excessPrice: 0, window: 0, flips: 0.6, swaps: 0.4, scorePrice: 0 };

function problemOf(instance: Instance, goal: Goal) {
  const requirement = requirementOf(instance, goal);
  const problem = selectionProblem(instance, requirement);
  return { requirement, problem, trivial: keptMaskOf(problem, largestPruning(instance, requirement)) };
}

describe('the core chain of flips and swaps', () => {
  // Two layers, minima, units: 2^9 line sets, of which the goal allows some.
  const instance = makeInstance([
    { name: 'a', rows: 2, cols: 3, importance: [3, 1, 4, 1, 5, 9], minKeptRows: 1 },
    { name: 'b', rows: 2, cols: 2, importance: [2, 6, 5, 3], unitsPerEntry: 2 },
  ]);
  const goal = { target: 6 };
  const { requirement, problem, trivial } = problemOf(instance, goal);
  const masks = Array.from({ length: 2 ** problem.lines }, (_, set) =>
    Uint8Array.from({ length: problem.lines }, (_, line) => (set >> line) & 1),
  );
  const feasible = masks.filter((kept) => meets(instance, requirement, pruningOf(problem, kept)));
  const codeOf = (kept: Uint8Array) => kept.reduce((code, value, line) => code + value * 2 ** line, 0);
  const costs = feasible.map((kept) => Number(costOf(instance, pruningOf(problem, kept)) >> 149n));
  const TEMPERATURE = 4;

  it('reaches every feasible pruning from every other', () => {
    const known = new Set(feasible.map(codeOf));
    const reached = new Set([codeOf(trivial)]);
    const queue = [...reached];
    for (let code = queue.pop(); code !== undefined; code = queue.pop()) {
      const neighbours: number[] = [];
      for (let i = 0; i < problem.lines; i++) {
        neighbours.push(code ^ (1 << i));
        for (let j = 0; j < i; j++) {
          const isSwap = ((code >> i) & 1) !== ((code >> j) & 1) && problem.classOf[i] === problem.classOf[j];
          if (isSwap) neighbours.push(code ^ (1 << i) ^ (1 << j));
        }
      }
      for (const next of neighbours) {
        if (!known.has(next) || reached.has(next)) continue;
        reached.add(next);
        queue.push(next);
      }
    }
    expect(feasible.length).toBeGreaterThan(100);
    expect(reached.size).toBe(feasible.length);
  });

  /** Visits after every `thinning` moves, and the costs in their order. */
  function visit(temperature: number, thinning: number, samples: number) {
    const state = new SelectionState(problem, trivial);
    const chain = new SelectionChain(state, { ...CORE, temperature }, chainRandom(5, 'visits'));
    const placeOf = new Map(feasible.map((kept, k) => [codeOf(kept), k]));
    const visits = new Float64Array(feasible.length);
    const series = new Float64Array(samples);
    for (let k = 0; k < samples; k++) {
      chain.run(thinning);
      const place = placeOf.get(codeOf(state.kept))!;
      visits[place]!++;
      series[k] = costs[place]!;
    }
    return { visits, series };
  }

  /** Sum of autocorrelations up to the first that is not positive: samples that one independent sample takes. */
  function autocorrelationTime(series: Float64Array): number {
    const mean = series.reduce((sum, x) => sum + x, 0) / series.length;
    const product = (lag: number) => {
      let sum = 0;
      for (let k = lag; k < series.length; k++) sum += (series[k]! - mean) * (series[k - lag]! - mean);
      return sum / (series.length - lag);
    };
    const variance = product(0);
    let time = 1;
    for (let lag = 1; lag < 1000; lag++) {
      const correlation = product(lag) / variance;
      if (correlation <= 0) break;
      time += 2 * correlation;
    }
    return time;
  }

  /** Pearson's statistic against Boltzmann's distribution as a standard normal number (Wilson and Hilferty 1931). */
  function deviation(visits: Float64Array, temperature: number): number {
    const least = Math.min(...costs);
    const weights = costs.map((cost) => Math.exp((least - cost) / temperature));
    const all = weights.reduce((sum, x) => sum + x, 0);
    const samples = visits.reduce((sum, x) => sum + x, 0);
    let statistic = 0;
    let cells = 0;
    let rare = { expected: 0, seen: 0 }; // states expected less than 5 times, together
    visits.forEach((seen, k) => {
      const expected = (samples * weights[k]!) / all;
      if (expected < 5) rare = { expected: rare.expected + expected, seen: rare.seen + seen };
      else {
        statistic += (seen - expected) ** 2 / expected;
        cells++;
      }
    });
    if (rare.expected >= 5) {
      statistic += (rare.seen - rare.expected) ** 2 / rare.expected;
      cells++;
    }
    const freedom = cells - 1;
    return ((statistic / freedom) ** (1 / 3) - 1 + 2 / (9 * freedom)) / Math.sqrt(2 / (9 * freedom));
  }

  it('visits them as often as Boltzmann says, and the test can tell a tenth of the temperature', () => {
    const time = autocorrelationTime(visit(TEMPERATURE, 1, 200_000).series); // moves
    const thinning = Math.ceil(5 * time);
    const { visits, series } = visit(TEMPERATURE, thinning, 30_000);
    expect(autocorrelationTime(series)).toBeLessThan(1.1);
    const score = deviation(visits, TEMPERATURE);
    console.log(
      `chain: ${feasible.length} prunings, autocorrelation time ${time.toFixed(1)} moves, thinned by ${thinning}, ` +
        `chi-square ${score.toFixed(2)} standard deviations`,
    );
    expect(Math.abs(score)).toBeLessThan(3);
    expect(deviation(visits, 1.1 * TEMPERATURE)).toBeGreaterThan(6);
  });
});

describe('the sums', () => {
  /*
   * Importances are rounded to multiples of one power of two, and the sum of all of them is below 2^52 of these. So every
   * sum is an exact double and flipping back and forth drifts by nothing: the bound on the drift is 0.
   */
  it.each([
    ['one layer, within the capacity', { rows: 40, cols: 90, layers: 1 }, {}],
    [
      'three layers, across the capacity',
      { rows: 24, cols: 50, layers: 3 },
      { price: 0.5, excessPrice: 2, window: 1e9 },
    ],
  ])('after millions of moves equal those from scratch, bit for bit: %s', (_, size, settings) => {
    const instance = generate('scaled', { ...size, seed: 3 });
    const { problem, trivial } = problemOf(instance, sparsityGoal(instance, '0.6'));
    const state = new SelectionState(problem, trivial);
    const chain = new SelectionChain(
      state,
      { ...CORE, flips: 0.4, swaps: 0.3, ...settings, temperature: 30 },
      chainRandom(1, 'sums'),
    );
    const { accepted } = chain.run(3_000_000);
    expect(accepted).toBeGreaterThan(200_000);
    const anew = new SelectionState(problem, state.kept);
    expect(state.sum).toEqual(anew.sum);
    expect(state.keptCount).toEqual(anew.keptCount);
    expect([state.keptWeight, state.keptUnits]).toEqual([anew.keptWeight, anew.keptUnits]);
    const best = new SelectionState(problem, chain.best());
    expect(best.keptWeight).toBe(chain.bestScore);
    expect(best.keptUnits).toBeLessThanOrEqual(problem.capacity);
  });
});

describe('the descent', () => {
  /** Everything that one flip, swap or trade leads to. */
  function* neighbours(kept: Uint8Array): Generator<Uint8Array> {
    for (let i = 0; i < kept.length; i++) {
      const one = kept.slice();
      one[i] = one[i]! ^ 1;
      yield one;
      for (let j = 0; j < i; j++) {
        if (kept[i] === kept[j]) continue;
        const two = one.slice();
        two[j] = two[j]! ^ 1;
        yield two;
      }
    }
  }

  it('ends where no flip, swap or trade that meets the goal costs less, by brute force', () => {
    let steps = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const random = makeRandom(seed, 'descent');
      const layers = Array.from({ length: 1 + random.integer(3) }, (_, l) => {
        const [rows, cols] = [1 + random.integer(4), 1 + random.integer(5)];
        const most = seed % 2 === 0 ? 5 : 2 ** 20;
        const importance = Array.from({ length: rows * cols }, () => random.integer(most));
        const minima = { minKeptRows: random.integer(2), minKeptColumns: random.integer(2) };
        return { name: `${l}`, rows, cols, importance, unitsPerEntry: 1 + random.integer(2), ...minima };
      });
      const instance = makeInstance(layers);
      const { mostRemovable } = requirementOf(instance, { target: 0 });
      const goal = { target: Math.round(mostRemovable * random.uniform()) };
      const { requirement, problem, trivial } = problemOf(instance, goal);
      const state = new SelectionState(problem, trivial);
      steps += descend(state);
      const cost = (kept: Uint8Array) => costOf(instance, pruningOf(problem, kept));
      const feasible = (pruning: Pruning) => meets(instance, requirement, pruning);
      const own = cost(state.kept);
      expect(feasible(pruningOf(problem, state.kept))).toBe(true);
      expect(own <= cost(trivial)).toBe(true);
      for (const kept of neighbours(state.kept)) {
        if (feasible(pruningOf(problem, kept))) expect(cost(kept) >= own, `seed ${seed}`).toBe(true);
      }
    }
    expect(steps).toBeGreaterThan(200);
  });
});

describe('the repair', () => {
  it('removes lines until the capacity holds, and says when minima forbid it', () => {
    const instance = generate('half-normal', { rows: 10, cols: 12, layers: 2, seed: 2 });
    const { problem } = problemOf(instance, sparsityGoal(instance, '0.7'));
    const state = new SelectionState(problem, new Uint8Array(problem.lines).fill(1));
    expect(removeExcess(state)).toBe(true);
    expect(state.keptUnits).toBeLessThanOrEqual(problem.capacity);
    expect(state.keptUnits).toBeGreaterThan(0.8 * problem.capacity);
    const stuck = { ...problem, leastKept: problem.mostKept };
    expect(removeExcess(new SelectionState(stuck, new Uint8Array(stuck.lines).fill(1)))).toBe(false);
  });
});
