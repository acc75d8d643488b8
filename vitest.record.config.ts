import { defineConfig } from 'vitest/config';

/** `npm run histories` records the replay corpus anew. */
export default defineConfig({
  test: {
    include: ['test/replay/record/*.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    globalSetup: ['test/support/global-setup.ts'],
  },
});
