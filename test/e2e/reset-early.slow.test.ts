import { describe, it } from 'vitest';
import { holdChanges, letGo } from '../support/held.js';
import { ONE_STAGE, reported } from '../support/rollouts.js';
import { failedTasks, isOpen, leaseOf, resetByCli, runningBatch } from '../support/temporal-runs.js';
import { waitForHold, waitUntil } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const FLEET = 6;

/** Resets a rollout to its beginning while its batch is held in the change of the first instance. */
async function resetToBeginning(world: World) {
  holdChanges(world);
  const rollout = await world.start({ ...ONE_STAGE, concurrency: 1, busy: { wait: '1m' } });
  await waitUntil('a change has begun', () => world.updates().length === 1);
  const batch = await runningBatch(world, rollout);
  await resetByCli(world, rollout, 'FirstWorkflowTask');
  const again = world.rollouts.handle(rollout.workflowId);
  await waitForHold(again, 'lease');
  return { again, batch };
}

describe.concurrent('a rollout that is reset to its beginning while its batch is open', () => {
  it('has that batch begin nothing more, waits until it has ended, and goes on by itself', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, workerOptions: { maxCachedWorkflows: 0 } });
    const { again, batch } = await resetToBeginning(world);
    expect((await again.status()).waiting?.reason).toContain(batch);
    letGo(world);
    const outcome = await again.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET - 1, compliant: 1 } } });
    expect(reported(outcome)).toEqual({});
    expect(world.updates()).toHaveLength(FLEET);
    const stopped = await world.client.workflow.getHandle(batch).result();
    expect(stopped).toMatchObject({ mode: 'apply' });
    await waitUntil('the lease is free', async () => !(await isOpen(world, leaseOf(world))));
    expect(await failedTasks(world, again.workflowId)).toEqual([]);
  });

  it('and aborted while it waits, does not say that nothing stands, and a rollback takes all of it back', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const { again, batch } = await resetToBeginning(world);
    await again.abort({ mode: 'rollback' });
    expect(await again.result()).toMatchObject({
      type: 'RolloutHalted',
      message: expect.stringContaining(`its batch ${batch} was open`),
    });
    letGo(world);
    const undone = await world.rollouts.rollback([{ workflowId: again.workflowId }], { wait: '1m' });
    expect(await undone.result()).toMatchObject({ status: 'completed' });
    expect(world.updates()).toHaveLength(2);
    expect(world.simulator.state.instances()).toEqual(before);
    expect(await failedTasks(world, again.workflowId)).toEqual([]);
  });

  it('and rolled back after that batch has ended, says that what was changed before the reset may stand', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    holdChanges(world);
    const rollout = await world.start({
      stages: [{ name: 'all', size: 'rest', approval: {} }],
      concurrency: 1,
      busy: { wait: '1m' },
    });
    await waitForHold(rollout, 'approval');
    await rollout.approve();
    await waitUntil('a change has begun', () => world.updates().length === 1);
    await resetByCli(world, rollout, 'FirstWorkflowTask');
    letGo(world);
    const again = world.rollouts.handle(rollout.workflowId);
    await waitForHold(again, 'approval');
    await again.abort({ mode: 'rollback' });
    expect(await again.result()).toMatchObject({
      type: 'RolloutRolledBack',
      message: expect.stringContaining('it was reset: what was changed before that may. To take that back too: imds-'),
    });
    const undone = await world.rollouts.rollback([{ workflowId: again.workflowId }]);
    expect(await undone.result()).toMatchObject({ status: 'completed' });
    expect(world.simulator.state.instances()).toEqual(before);
  });
});
