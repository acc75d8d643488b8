import { defineConfig } from 'vitest/config';

/** `npm run bench` measures; nothing of it runs in CI. */
export default defineConfig({
  test: {
    include: ['bench/*.ts'],
    hookTimeout: 120_000,
    globalSetup: ['test/support/global-setup.ts'],
  },
});
