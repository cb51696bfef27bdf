import { defineConfig } from 'vitest/config';

/** `npm run check:artifacts`: what is committed agrees with what is committed. `npm test` is about what the code does. */
export default defineConfig({ test: { include: ['test/artifacts/**/*.test.ts'], testTimeout: 180_000 } });
