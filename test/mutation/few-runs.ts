import fc, { type IRawProperty, type Parameters } from 'fast-check';
import { vi } from 'vitest';

/*
 * Loaded before every file of the fast law suite: the same laws on one case in eight, always the same ones, so that a
 * mutant dies or survives by its own doing.
 */

const SHARE = 1 / 8;

fc.configureGlobal({ seed: 1 });

vi.mock('fast-check', async (importOriginal) => {
  const real = await importOriginal<typeof import('fast-check')>();
  const assert = <Ts>(property: IRawProperty<Ts>, parameters?: Parameters<Ts>) =>
    real.assert(property, { ...parameters, numRuns: Math.ceil((parameters?.numRuns ?? 100) * SHARE) });
  return { ...real, assert, default: { ...real.default, assert } };
});
