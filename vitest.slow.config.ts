import { defineConfig } from 'vitest/config';
import { slow } from './vitest.config.js';

/** `npm run test:slow` runs the tests that take long. */
export default defineConfig({ test: slow });
