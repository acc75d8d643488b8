import { expect, test } from 'vitest';
import { METRIC_BUCKETS, METRICS } from '../../src/rollout/metrics.js';
import { controlQueue, DEFAULT_TASK_QUEUE, mainQueue } from '../../src/rollout/queues.js';

test('the control queue is found from the main one, and back', () => {
  expect(controlQueue(DEFAULT_TASK_QUEUE)).toBe('lightsail-imds-rollout-control');
  expect(mainQueue(controlQueue('mine'))).toBe('mine');
  expect(mainQueue('mine')).toBe('mine');
});

test('every histogram has buckets in seconds, the smallest first', () => {
  const histograms = Object.values(METRICS).filter((metric) => 'buckets' in metric);
  expect(Object.keys(METRIC_BUCKETS).sort()).toEqual(histograms.map(({ name }) => name).sort());
  for (const buckets of Object.values(METRIC_BUCKETS)) expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
});
