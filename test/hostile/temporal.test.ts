import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { expect, it } from 'vitest';
import { createWorld } from '../support/world.js';
import { deep } from './arbitraries.js';

it('an abort whose reason was cut in half of an emoji ends the run, as any other does', async () => {
  const world = await createWorld({ fleet: 2 });
  const stages = [{ name: 'all', size: 'rest', approval: {} }];
  const handle = await world.start({ stages });
  await expect.poll(() => handle.status(), { timeout: 60_000 }).toMatchObject({ waiting: { for: 'approval' } });
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
