import type { MetricMeter } from '@temporalio/common';
import { SETUP_NAMES, SIGNATURE_NAMES, TRANSIENT_NAMES } from '../lightsail/error-names.js';
import { METRICS } from '../rollout/metrics.js';

/** What the change of one instance counts. */
export interface ChangeMetrics {
  /** AWS answered with this error, and the instance is tried again. */
  countRetry(errorName: string): void;
  countThrottle(): void;
  /** @param ms - from the Update until it was read back as applied, in milliseconds */
  recordApplied(ms: number): void;
}

/** Errors that are tried again; any other name comes from outside, and a label must have a bound. */
const RETRIED_NAMES: ReadonlySet<string> = new Set([
  ...TRANSIENT_NAMES,
  ...SETUP_NAMES,
  ...SIGNATURE_NAMES,
  'InvalidInputException',
]);

/** @param meter - of the activity: it adds namespace, task queue and activity type to the labels */
export function changeMetrics(meter: MetricMeter, region: string): ChangeMetrics {
  const regional = meter.withTags({ region });
  const { retries, throttles, timeToApplied } = METRICS;
  const retried = regional.createCounter(retries.name, undefined, retries.description);
  const throttled = regional.createCounter(throttles.name, undefined, throttles.description);
  const applied = regional.createHistogram(timeToApplied.name, 'float', undefined, timeToApplied.description);
  // Prometheus sees an increase only between two values: the first throttled call must not be the first value.
  throttled.add(0);
  return {
    countRetry: (errorName) => retried.add(1, { error: RETRIED_NAMES.has(errorName) ? errorName : 'other' }),
    countThrottle: () => throttled.add(1),
    recordApplied: (ms) => applied.record(Math.max(0, ms) / 1_000),
  };
}
