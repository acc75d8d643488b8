import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

type TestOptions = NonNullable<ViteUserConfig['test']>;

/** Tests that take long: every documented command line, killed processes, large fleets, times of minutes, rare combinations. */
const SLOW = 'test/**/*.slow.test.ts';

/** What is true of all tests, and of recording histories. */
export const common: TestOptions = {
  // For what hangs; how long a test waits for a condition is in test/support/wait.ts.
  testTimeout: 900_000,
  hookTimeout: 900_000,
  // Most of a test's time is waiting: for a server, a simulator, a bake. More files than cores keep the cores busy.
  maxWorkers: 4,
  // Loading the SDKs anew for each file took a third of all processor time; what files share is in test/support/.
  isolate: false,
  globalSetup: ['test/support/global-setup.ts'],
};

const quick: TestOptions = {
  ...common,
  include: ['test/**/*.test.ts'],
  exclude: [...configDefaults.exclude, SLOW],
  provide: { lane: 'quick' },
};

/** `npm run test:slow`: the rest. */
export const slow: TestOptions = { ...common, include: [SLOW], provide: { lane: 'slow' } };

/** Both lanes at once. */
export const all: TestOptions = { ...common, include: ['test/**/*.test.ts'], provide: { lane: 'all' } };

/** `npm test`: all that decides whether the product works, in minutes. */
export default defineConfig({ test: quick });
