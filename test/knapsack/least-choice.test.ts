import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastChoice } from '../../src/knapsack/least-choice.ts';

describe('leastChoice', () => {
  it('is the least of all choices', () => {
    const option = fc.record({ units: fc.nat({ max: 12 }), cost: fc.bigInt({ min: 0n, max: 20n }) });
    const tables = fc.array(fc.array(option, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(tables, fc.double({ min: 0, max: 1, noNaN: true }), (layers, share) => {
        const most = layers.reduce((sum, options) => sum + Math.max(...options.map(({ units }) => units)), 0);
        const target = Math.round(most * share);
        let least: bigint | null = null;
        const visit = (l: number, units: number, cost: bigint): void => {
          if (l < layers.length) for (const next of layers[l]!) visit(l + 1, units + next.units, cost + next.cost);
          else if (units >= target && (least === null || cost < least)) least = cost;
        };
        visit(0, 0, 0n);
        const chosen = leastChoice(layers, target);
        chosen.forEach((own, l) => {
          expect(layers[l]).toContain(own);
        });
        expect(chosen.reduce((sum, { units }) => sum + units, 0)).toBeGreaterThanOrEqual(target);
        expect(chosen.reduce((sum, { cost }) => sum + cost, 0n)).toBe(least);
      }),
      { numRuns: 500 },
    );
  });

  it('says that a target is out of reach, or a layer without options', () => {
    const layers = [[{ units: 2, cost: 1n }], [{ units: 3, cost: 1n }]];
    expect(leastChoice(layers, 5)).toEqual([layers[0]![0], layers[1]![0]]);
    expect(() => leastChoice(layers, 6)).toThrow(
      'choice of options: expected some choice of 6 units, got at most 5 units',
    );
    expect(() => leastChoice([...layers, []], 0)).toThrow('got a layer without options');
    expect(leastChoice([], 0)).toEqual([]);
    expect(() => leastChoice([], 1)).toThrow('got at most 0 units');
  });

  it('takes the first of equal options', () => {
    const layers = [
      [
        { units: 2, cost: 1n },
        { units: 2, cost: 1n },
        { units: 3, cost: 1n },
        { units: 3, cost: 1n },
      ],
    ];
    expect(leastChoice(layers, 2)[0]).toBe(layers[0]![0]);
    expect(leastChoice(layers, 3)[0]).toBe(layers[0]![2]);
  });
});
