import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../src/neural/backend.ts';
import { backendLaws } from './backend-laws.ts';

tf.env().set('PROD', true); // no advertisement of other backends in the test's output

describe('the wasm backend with our kernels', () => {
  beforeAll(async () => {
    const { name, description } = await startBackend('wasm');
    expect(name).toBe('wasm');
    expect(description).toMatch(/^wasm: SIMD/);
  });
  backendLaws('wasm', 'all');

  it('refuses one number as padding where TensorFlow.js takes the wrong output shape from it', () => {
    const run = () =>
      tf.tidy(() => tf.conv2d(tf.zeros<tf.Rank.R4>([1, 8, 5, 2]), tf.zeros<tf.Rank.R4>([7, 2, 2, 1]), [3, 2], 1));
    expect(run).toThrow('not square');
  });
});

describe('startBackend', () => {
  it('says what runs, and that it is never the plain cpu backend', async () => {
    for (const wanted of [undefined, 'wasm'] as const) {
      const { name, description } = await startBackend(wanted);
      expect(tf.getBackend()).toBe(name);
      expect(['tensorflow', 'wasm']).toContain(name);
      expect(description).toMatch(new RegExp(`^${name}: `));
      expect(description).not.toContain('\n');
    }
  });

  it('fails instead of running on another backend', async () => {
    await tf.setBackend('cpu');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', () => Promise.reject(new Error('no memory')));
    await expect(startBackend('wasm')).rejects.toThrow('startBackend: expected the wasm backend to start');
  });
});
