import { expect, it } from 'vitest';
import { carryReasons } from './report.ts';

it('a survivor keeps its reasons when lines move, and loses them when the code changes', () => {
  const mutant = { file: 'a.ts', line: 3, column: 5, mutator: 'M', code: 'x > 0', replacement: 'x >= 0' };
  const alive = { ...mutant, status: 'Survived' };
  const twin = { ...alive, line: 9 };
  const older = [
    { ...twin, why: 'second' },
    { ...alive, why: 'first' },
  ];
  const moved = [alive, twin].map((one) => ({ ...one, line: one.line + 7 }));
  expect(carryReasons(moved, older).map(({ why }) => why)).toEqual(['first', 'second']);
  expect(carryReasons([{ ...alive, code: 'x > 1' }], older)[0]!.why).toBe('');
  expect(carryReasons([{ ...mutant, status: 'Killed' }], older)).toEqual([]);
});
