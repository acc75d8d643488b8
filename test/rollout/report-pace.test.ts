import { expect, test } from 'vitest';
import { reportPace } from '../../src/rollout/report-pace.js';

test.each([
  [1, { step: 1, rest: 2_000, patience: 2_000 }],
  [10, { step: 1, rest: 2_000, patience: 3_000 }],
  [50, { step: 5, rest: 2_000, patience: 15_000 }],
  [200, { step: 10, rest: 2_000, patience: 60_000 }],
  [1_000, { step: 10, rest: 2_000, patience: 60_000 }],
])('a batch of %d tells of each tenth of it, or of ten, and of a rest after a while', (targets, pace) => {
  expect(reportPace(targets)).toEqual(pace);
});
