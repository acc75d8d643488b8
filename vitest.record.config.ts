import { defineConfig } from 'vitest/config';
import { common } from './vitest.config.js';

/** `npm run histories` records the replay corpus anew. */
export default defineConfig({ test: { ...common, include: ['test/replay/record/*.ts'] } });
