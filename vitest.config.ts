import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Most of a test's time is waiting: for a server, a simulator, a bake. More files than cores keep the cores busy.
    maxWorkers: 5,
    // Loading the SDKs anew for each file took a third of all processor time; what files share is in test/support/temporal.ts.
    isolate: false,
    globalSetup: ['test/support/global-setup.ts'],
  },
});
