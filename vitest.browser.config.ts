import { defineConfig } from 'vitest/config';

/** `npm run check:report` opens HTML reports in a real browser. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.browser.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
