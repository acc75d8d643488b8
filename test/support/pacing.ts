import type { PacingLimits } from '../../src/lightsail/index.js';

/** A simulated service has no limit: what isn't about the rate of calls doesn't wait for it. The most that a configuration takes. */
export const QUICK_PACING: PacingLimits = { ratePerSecond: 1_000, burst: 1_000 };
