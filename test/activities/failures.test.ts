import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { toFailure } from '../../src/activities/failures.js';

it('a failure that Temporal knows already stays as it is', () => {
  const failure = ApplicationFailure.nonRetryable('no', 'Mine');
  expect(toFailure(failure, 'web-1')).toBe(failure);
});

it('a region that is still being set up is tried again after a while, and a refusal never', () => {
  const failing = (name: string) => toFailure(Object.assign(new Error('no'), { name }), 'us-east-1');
  expect(failing('RegionSetupInProgressException')).toMatchObject({
    type: 'RegionSetupInProgressException',
    nonRetryable: false,
    nextRetryDelay: expect.anything(),
  });
  expect(failing('AccessDeniedException')).toMatchObject({ nonRetryable: true, nextRetryDelay: undefined });
});
