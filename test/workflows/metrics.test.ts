import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { endOfFailure } from '../../src/workflows/metrics.js';

test.each([
  [new ApplicationFailure('busy', 'ScopeBusy'), 'scope-busy'],
  [new ApplicationFailure('of another type', 'Other'), 'unexpected'],
  [new ApplicationFailure('of no type'), 'unexpected'],
  [new CancelledFailure('by Temporal'), 'aborted'],
  [new Error('a bug'), 'unexpected'],
  ['thrown as it is', 'unexpected'],
])('a run that fails with %s is counted as %s', (error, end) => {
  expect(endOfFailure(error)).toBe(end);
});
