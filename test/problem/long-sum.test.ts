import { expect, it } from 'vitest';
import { ExactSum } from '../../src/problem/index.ts';

/*
 * The longest sums, in a file of their own: too slow for the fast law suite of test/mutation, where flushing is out of reach.
 */

it.skipIf(process.env.FAST_LAWS !== undefined)(
  'ExactSum stays exact beyond 2^29 additions of full significands',
  () => {
    // A bin that is never emptied passes 2^53 after 2^29 additions of 2^24 - 1 and drops the odd ones from then on.
    const largest = Float32Array.of(2 ** 24 - 1);
    const columns = new Uint32Array(2 ** 22 - 1); // the one column, again and again
    const sum = new ExactSum();
    const calls = 150;
    for (let call = 0; call < calls; call++) sum.addColumns(largest, 0, 1, columns);
    expect(sum.value() >> 149n).toBe(BigInt(calls) * BigInt(columns.length) * (2n ** 24n - 1n));
  },
);
