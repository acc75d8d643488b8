import { expect, it } from 'vitest';
import { changeOptions } from '../../src/workflows/activity-options.js';

it.each([10, 5_000, 60_000, 120_000, 365 * 86_400_000])(
  'waits between attempts as Temporal allows, for a poll interval of %d ms',
  (pollInterval) => {
    const { retry } = changeOptions({ timeout: 600_000, pollInterval, maxErrors: 5 }, 'us-east-1/web-1');
    expect(retry?.initialInterval).toBeGreaterThanOrEqual(100);
    expect(retry?.initialInterval).toBeLessThanOrEqual(Number(retry?.maximumInterval));
  },
);
