import { defineConfig } from 'vitest/config';
import { measured } from './test/measure/vite-plugin.js';

/** `npm run coverage:rollout`: what the pure tests alone run of the pure code; it needs no server. */
export default defineConfig({
  plugins: [measured()],
  test: {
    include: ['test/rollout/**/*.test.ts'],
    isolate: false,
    provide: { measuredFolders: ['rollout'] },
    setupFiles: ['test/measure/setup.ts'],
    globalSetup: ['test/measure/global-setup.ts'],
  },
});
