import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nondominated } from '../../src/knapsack/nondominated.ts';

describe('nondominated', () => {
  it('keeps the best of every number of units that is better than all with more, and nothing else', () => {
    const items = fc.array(fc.record({ units: fc.nat({ max: 6 }), cost: fc.nat({ max: 6 }) }), { maxLength: 14 });
    fc.assert(
      fc.property(items, (list) => {
        const inOrder = [...list].sort((a, b) => b.units - a.units);
        const kept = nondominated(inOrder, (one, than) => one.cost < than.cost);
        const isNeeded = ({ units, cost }: { units: number; cost: number }) =>
          list.every(
            (other) => other.units < units || other.cost > cost || (other.units === units && other.cost === cost),
          );
        const needed = inOrder.filter(isNeeded);
        // Of equal items the first stays.
        const first = needed.filter((one, k) => k === 0 || needed[k - 1]!.units !== one.units);
        expect(kept).toEqual(first);
        for (const [k, one] of kept.entries()) expect(one).toBe(first[k]);
      }),
    );
  });
});
