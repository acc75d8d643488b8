import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { expect, it } from 'vitest';
import { until } from '../support/wait.js';
import { createWorld } from '../support/world.js';
import { deep } from './arbitraries.js';

it('messages with half of an emoji are refused and taken as any other, and the worker stays', async () => {
  const world = await createWorld({ fleet: 2 });
  const stages = [{ name: 'all', size: 'rest', approval: {} }];
  const handle = await world.start({ stages });
  await until(async () => expect(await handle.status()).toMatchObject({ waiting: { for: 'approval' } }));
  // Of a text this short, the SDK makes no UTF-8 by itself.
  const raw = world.client.workflow.getHandle(handle.workflowId);
  const refused = raw.executeUpdate('abort', { args: [{ mode: '\ud83d' }] });
  await expect(refused).rejects.toHaveProperty(
    'cause.message',
    expect.stringMatching(/^mode must be halt or rollback/),
  );
  await handle.abort({ by: 'ann\u001b[2J', reason: `${'x'.repeat(290)} half \ud83d of a pair\nand a line` });
  const outcome = await handle.result();
  expect(outcome).toMatchObject({ status: 'failed', type: 'RolloutAborted' });
  expect(outcome).toHaveProperty('message', expect.stringMatching(/^[^\n]*aborted by ann\ufffd\[2J/i));
});

it('a run that is started with anything ends at once, and says why', async () => {
  const world = await createWorld({ fleet: 1 });
  const inputs = [
    deep(50),
    { 'half \ud83d': 1 },
    { ...world.spec(), stages: [{ name: 'a', size: 'half \ud83d' }] },
    null,
  ];
  for (const input of inputs) {
    const workflowId = `hostile-${randomUUID()}`;
    const run = world.client.workflow.execute('imdsRollout', { workflowId, taskQueue: world.taskQueue, args: [input] });
    const error = await run.catch((each: unknown) => each);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error).toHaveProperty('cause.type', 'InvalidRolloutSpec');
  }
});
