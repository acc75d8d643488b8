import { defineConfig } from 'vitest/config';
import { measured } from './test/measure/vite-plugin.js';
import { all } from './vitest.config.js';

/** `npm run coverage` runs all tests with counters in the code, and prints what of it they run. */
export default defineConfig({
  plugins: [measured()],
  test: {
    ...all,
    setupFiles: ['test/measure/setup.ts'],
    // The bundle of the workflows has counters too where the first of these was here.
    globalSetup: ['test/measure/global-setup.ts', 'test/support/global-setup.ts'],
  },
});
