import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Most mutants die of the small tests of their own folder: the laws of all methods, which take longest, come last. */
class LawsLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLaws = ({ moduleId }: TestSpecification) => (moduleId.endsWith('test/laws.test.ts') ? 1 : 0);
    return files.sort((a, b) => isLaws(a) - isLaws(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

/** The fast law suite, which mutants have to survive: at most 10 s. `npm run mutation` runs it; see test/mutation. */
export default defineConfig({
  test: {
    include: [
      'test/laws.test.ts',
      'test/{problem,approx,knapsack,certify,reductions,solve}/*.test.ts',
      'test/exact/rounded-layer.test.ts',
    ],
    // Long logs of the solver and long attacks: what they hold, proof-rules.test.ts holds too.
    exclude: ['test/certify/{proof-log,attack}.test.ts'],
    env: { FAST_LAWS: '1' },
    setupFiles: ['test/mutation/few-runs.ts'],
    sequence: { sequencer: LawsLast },
    // Stryker ends runs that never end; a test that is merely slow on a busy machine must not count as failed.
    testTimeout: 600_000,
  },
});
