import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Limits that end what hangs are far above what any test takes: a busy machine must not fail one. One worker more than there
 * are processors: tests of the queue, of signals and of pages wait for other processes much of their time.
 */
export default defineConfig({
  test: {
    exclude: [...configDefaults.exclude, 'test/artifacts/**'], // see vitest.artifacts.config.ts
    testTimeout: 180_000,
    hookTimeout: 300_000,
    maxWorkers: availableParallelism() + 1,
    server: { deps: { external: [/\/dist\//] } }, // the compiled program runs as it is shipped
  },
});
