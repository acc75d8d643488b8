import { describe, it } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import { onUpdate } from '../support/faults.js';
import { holdChanges, letGo } from '../support/held.js';
import { names, ONE_STAGE, resultOf } from '../support/rollouts.js';
import { failedTasks, isOpen, leaseOf, runningBatch, untilTold } from '../support/temporal-runs.js';
import { waitForHold, waitUntil } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const FLEET = 6;

interface Taken {
  readonly rollout: RolloutHandle;
  readonly rollback: RolloutHandle;
}

/** A rollout that has changed everything, and its rollback, which has begun to write, one at a time, and is held. */
async function startRollback(world: World): Promise<Taken> {
  const rollout = await world.start({ ...ONE_STAGE, concurrency: FLEET });
  await rollout.result();
  holdChanges(world);
  const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }], { concurrency: 1 });
  await waitUntil('the rollback writes', () => world.updates().length > FLEET);
  return { rollout, rollback };
}

function rollBackAgain(world: World, { workflowId }: RolloutHandle): Promise<RolloutHandle> {
  return world.rollouts.rollback([{ workflowId }], { concurrency: FLEET, wait: '1m' });
}

/** One Update for the change, and one for the way back, whoever sent it. */
function updatesOf(world: World): number[] {
  return names(FLEET).map((name) => world.updates(name).length);
}

const TWICE = Array.from({ length: FLEET }, () => 2);

describe.concurrent('a rollback that an administrator', () => {
  it('terminates leaves what another one finishes, once its batch has closed', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const { rollout, rollback } = await startRollback(world);
    const batch = await runningBatch(world, rollback);
    await world.client.workflow.getHandle(rollback.workflowId).terminate('by hand');
    const another = await rollBackAgain(world, rollout);
    letGo(world);
    expect(await another.result()).toMatchObject({
      status: 'completed',
      result: { counts: { restored: FLEET }, exceptions: [] },
    });
    expect(await isOpen(world, batch)).toBe(false);
    expect(world.simulator.state.instances()).toEqual(before);
    expect(updatesOf(world)).toEqual(TWICE);
    expect(await isOpen(world, leaseOf(world))).toBe(false);
  });

  it('cancels finishes what it began, says what is left, and another one finishes the job', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const { rollout, rollback } = await startRollback(world);
    await world.client.workflow.getHandle(rollback.workflowId).cancel();
    await untilTold(world, await runningBatch(world, rollback));
    letGo(world);
    expect(await rollback.result()).toMatchObject({ type: 'Cancelled' });
    expect(await rollback.status()).toMatchObject({
      phase: 'ended',
      counts: { restored: 1, changed: FLEET - 1, inFlight: 0 },
    });
    expect(await isOpen(world, leaseOf(world))).toBe(false);
    expect(await (await rollBackAgain(world, rollout)).result()).toMatchObject({ status: 'completed' });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(updatesOf(world)).toEqual(TWICE);
  });

  it('takes its batch from, by a termination, says that it is not whole, and another one finishes the job', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const { rollout, rollback } = await startRollback(world);
    await world.client.workflow.getHandle(await runningBatch(world, rollback)).terminate('by hand');
    letGo(world);
    const outcome = await rollback.result();
    expect(outcome).toMatchObject({
      type: 'RollbackIncomplete',
      message: expect.stringContaining('batch restore/1 was ended from outside'),
      result: { counts: { 'restore-failed': FLEET } },
    });
    expect(await failedTasks(world, rollback.workflowId)).toEqual([]);
    expect(await isOpen(world, leaseOf(world))).toBe(false);
    expect(await (await rollBackAgain(world, rollout)).result()).toMatchObject({
      status: 'completed',
      result: { counts: { restored: FLEET }, exceptions: [] },
    });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(updatesOf(world)).toEqual(TWICE);
  });

  it('asks its batch to cancel goes on: a way back is not left half done', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const { rollback } = await startRollback(world);
    await world.client.workflow.getHandle(await runningBatch(world, rollback)).cancel();
    letGo(world);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { exceptions: [] } });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(updatesOf(world)).toEqual(TWICE);
  });

  it('takes the lease from ends right', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const { rollback } = await startRollback(world);
    await world.client.workflow.getHandle(leaseOf(world)).terminate('by hand');
    letGo(world);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: FLEET } } });
    expect(await failedTasks(world, rollback.workflowId)).toEqual([]);
    expect(world.simulator.state.instances()).toEqual(before);
    expect(updatesOf(world)).toEqual(TWICE);
  });
});

describe.concurrent('a way back', () => {
  it('on which AWS fails for a while needs no second rollback', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const rollout = await world.start(ONE_STAGE);
    await rollout.result();
    const errors = [{ error: 'ServiceException' }, { error: 'ThrottlingException' }, { html502: true }] as const;
    for (const [n, name] of names(FLEET).entries()) {
      const effect = errors[n % errors.length];
      if (effect) world.simulator.state.addFault(onUpdate(name, effect, { times: 4 }));
    }
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await rollback.result()).toMatchObject({
      status: 'completed',
      result: { counts: { restored: FLEET }, exceptions: [] },
    });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('whose batch is terminated names what may be left, and a rollback finishes the job', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const rollout = await world.start({
      stages: [{ name: 'all', size: 'rest', bake: '10m', concurrency: FLEET }],
      rollback: { concurrency: 1 },
    });
    await waitForHold(rollout, 'bake');
    holdChanges(world);
    await rollout.abort({ mode: 'rollback' });
    await waitUntil('the way back writes', () => world.updates().length > FLEET);
    await world.client.workflow.getHandle(await runningBatch(world, rollout)).terminate('by hand');
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RollbackIncomplete' });
    expect(resultOf(outcome).exceptions).toHaveLength(FLEET);
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
    expect(await isOpen(world, leaseOf(world))).toBe(false);
    expect(await (await rollBackAgain(world, rollout)).result()).toMatchObject({ status: 'completed' });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(updatesOf(world)).toEqual(TWICE);
  });
});
