import { expect, test } from 'vitest';
import { resumeChange, suspendChange } from '../../src/rollout/suspend.js';

test('a change that is suspended goes on with the time that was left, whatever clock the next worker has', () => {
  const record = { wrote: true, at: 10_000, accepted: true, request: 'request-1', errors: 2 };
  const suspended = suspendChange(record, 14_000);
  expect(suspended).toEqual({ elapsed: 4_000, accepted: true, request: 'request-1', errors: 2 });
  expect(resumeChange(suspended, 1_000_000)).toEqual({ ...record, at: 996_000 });
});

test('of one that another activity has begun only that is known', () => {
  const suspended = suspendChange({ wrote: true, errors: 0 }, 14_000);
  expect(suspended).toEqual({ elapsed: 0, errors: 0 });
  expect(resumeChange(suspended, 20_000)).toEqual({ wrote: true, at: 20_000, errors: 0 });
  // A clock that was set back.
  expect(suspendChange({ wrote: true, at: 20_000, errors: 0 }, 14_000).elapsed).toBe(0);
});
