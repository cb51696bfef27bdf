import { describe, expect, it } from 'vitest';
import { type Size, supremum } from '../../src/worst-case/index.ts';
import { supremumByProgram } from './weight-program.ts';

const ALGORITHMS = ['independent', 'residual-rows-first', 'residual-columns-first', 'residual'] as const;

/** All shapes of matrices up to 3 x 4, and of 2 x 5 to 2 x 7, where one kept row goes through all its regimes. */
const SIZES: Size[] = [];
for (let rows = 1; rows <= 7; rows++) {
  for (let cols = 1; cols <= 7; cols++) {
    const isIn = Math.min(rows, cols) <= 2 ? rows * cols <= 14 : rows * cols <= 12;
    for (let removedRows = 0; isIn && removedRows <= rows; removedRows++) {
      for (let removedColumns = 0; removedColumns <= cols; removedColumns++) {
        if (removedRows + removedColumns > 0) SIZES.push({ rows, cols, removedRows, removedColumns });
      }
    }
  }
}

describe('the supremum at a fixed shape', () => {
  it.each(ALGORITHMS)(
    'of %s is what a linear program over the weights finds',
    (algorithm) => {
      expect(SIZES.length).toBeGreaterThan(350);
      for (const size of SIZES) {
        expect(supremumByProgram(algorithm, size), JSON.stringify(size)).toBeCloseTo(supremum(algorithm, size), 6);
      }
    },
    120_000,
  );

  it('is 2 for the better of both orders iff two rows and two columns stay', () => {
    for (const size of SIZES.filter(({ removedRows, removedColumns }) => removedRows > 0 && removedColumns > 0)) {
      const keptRows = size.rows - size.removedRows;
      const keptColumns = size.cols - size.removedColumns;
      expect(supremum('residual', size) === 2).toBe(keptRows >= 2 && keptColumns >= 2);
    }
  });
});
