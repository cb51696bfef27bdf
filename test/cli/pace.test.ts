import { expect, it } from 'vitest';
import { duration, paceOf, showPace } from '../../src/cli/pace.ts';

it('counts images and extrapolates what is left', () => {
  expect(paceOf(10, 30, 64, 20)).toEqual({ imagesPerSecond: 32, secondsLeft: 60 });
  expect(paceOf(0, 5, 64, 1)).toEqual({ imagesPerSecond: 0, secondsLeft: Infinity });
  expect(showPace(paceOf(100, 400, 4, 117))).toBe('3.42 images/s, 8 min left');
});

it.each([
  [0, '0 s'],
  [12.2, '13 s'],
  [59.9, '60 s'],
  [60, '1 min'],
  [3599, '60 min'],
  [3600, '1 h 0 min'],
  [7500, '2 h 5 min'],
  [7199, '2 h 0 min'],
  [86_399, '24 h 0 min'],
  [90_000, '1 d 1 h'],
  [Infinity, 'unknown time'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
