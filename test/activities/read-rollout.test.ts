import { WorkflowNotFoundError } from '@temporalio/client';
import { expect, it } from 'vitest';
import { lightsailImdsReadRollout } from '../../src/activities/read-rollout.js';
import { activityHere } from '../support/activity-here.js';

const ROLLOUT = { workflowId: 'imds-rollout-prod', runId: 'run-1' };

/** What the reading fails with where the server answers so. */
function failureWhere(error: Error): Promise<unknown> {
  const getHandle = () => ({ describe: () => Promise.reject(error) });
  const { run } = activityHere({ client: { workflow: { getHandle } } });
  return run(() => lightsailImdsReadRollout(ROLLOUT)).catch((failure: unknown) => failure);
}

it('a rollout that the server does not have any more fails for good, and says so', async () => {
  const failure = await failureWhere(new WorkflowNotFoundError('no such workflow', ROLLOUT.workflowId, undefined));
  expect(failure).toMatchObject({
    type: 'HistoryGone',
    nonRetryable: true,
    message: expect.stringContaining(ROLLOUT.workflowId),
  });
});

it('a server that can not answer now is asked again: its error stays what it is', async () => {
  const unavailable = new Error('14 UNAVAILABLE');
  expect(await failureWhere(unavailable)).toBe(unavailable);
});
