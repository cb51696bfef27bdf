import { defineConfig } from 'vitest/config';

/** Limits that end what hangs. They are far above what any test takes: a busy machine must not fail one. */
export default defineConfig({ test: { testTimeout: 180_000, hookTimeout: 300_000, maxWorkers: '100%' } });
