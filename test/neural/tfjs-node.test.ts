import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { startBackend } from '../../src/neural/backend.ts';
import { RcpruneError } from '../../src/problem/index.ts';
import { backendLaws } from './backend-laws.ts';

tf.env().set('PROD', true); // no advertisement of other backends in the test's output

/** Why tfjs-node does not run here, or null. */
const reason = await startBackend('tensorflow').then(
  () => null,
  (error: unknown) => {
    if (error instanceof RcpruneError) return error.got;
    throw error;
  },
);

describe.skipIf(reason !== null)(`tfjs-node${reason === null ? '' : ` (not executed here: ${reason})`}`, () => {
  backendLaws('tensorflow', 'named');

  it('is used when nothing else is asked for, on the one copy of tfjs-core', async () => {
    const { name, description } = await startBackend();
    expect(name).toBe('tensorflow');
    expect(description).toContain('TensorFlow 2.');
    expect(tf.getBackend()).toBe('tensorflow');
  });
});
