import { expect, test } from 'vitest';
import { resumeChange, suspendChange } from '../../src/rollout/suspend.js';

test('a change that is suspended goes on with the time that was left, whatever clock the next worker has', () => {
  const record = { wrote: true, at: 10_000, waited: 4_000, accepted: true, request: 'request-1', errors: 2 };
  const suspended = suspendChange(record);
  expect(suspended).toEqual({ at: 10_000, waited: 4_000, accepted: true, request: 'request-1', errors: 2 });
  expect(resumeChange(suspended)).toEqual(record);
});

test('of one that another activity has begun only that is known', () => {
  const suspended = suspendChange({ wrote: true, errors: 0 });
  expect(suspended).toEqual({ waited: 0, errors: 0 });
  expect(resumeChange(suspended)).toEqual({ wrote: true, waited: 0, errors: 0 });
});
