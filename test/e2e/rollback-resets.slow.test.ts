import { describe, it } from 'vitest';
import { heldChanges } from '../support/faults.js';
import { holdChanges, letGo } from '../support/held.js';
import { each, names, ONE_STAGE, tokensOf } from '../support/rollouts.js';
import {
  failedTasks,
  isOpen,
  leaseOf,
  resetByCli,
  resetRun,
  runningBatch,
  taskBeforeBatch,
} from '../support/temporal-runs.js';
import { waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const FLEET = 6;

const RESETS = [
  { point: 'before its batch', to: async () => 'FirstWorkflowTask' as const, type: 'ScopeBusy' },
  { point: 'in its batch, to the task that started it', to: taskBeforeBatch, type: 'RolloutHalted' },
] as const;

describe.concurrent('a rollback of a run that was reset', () => {
  it.for(RESETS)('$point restores all of it', async ({ to, type }, { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: { faults: heldChanges() } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 2 });
    await waitUntil('a change has begun', () => world.updates().length === 2);
    const batch = await runningBatch(world, rollout);
    await resetByCli(world, rollout, await to(world, rollout.workflowId));
    expect(await world.rollouts.handle(rollout.workflowId).result()).toMatchObject({ type });
    // The batch of the run before goes on meanwhile: it is waited for.
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    letGo(world);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { exceptions: [] } });
    expect(await isOpen(world, batch)).toBe(false);
    expect(world.simulator.state.instances()).toEqual(before);
    expect(await isOpen(world, leaseOf(world))).toBe(false);
    for (const name of names(FLEET)) expect([0, 2], name).toContain(world.updates(name).length);
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);

    const written = world.updates().length;
    const again = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await again.result()).toMatchObject({ status: 'completed' });
    expect(world.updates()).toHaveLength(written);
  });

  it('after its batch, in a bake, goes on from there and restores all of it', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: [{ name: 'all', size: 'rest', bake: '10m' }] });
    await waitForHold(rollout, 'bake');
    await resetByCli(world, rollout, 'LastWorkflowTask');
    const again = world.rollouts.handle(rollout.workflowId);
    await waitForHold(again, 'bake');
    await again.skipBake();
    expect(await again.result()).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET } } });
    expect(world.updates()).toHaveLength(FLEET);
    await waitUntil('the lease is free', async () => !(await isOpen(world, leaseOf(world))));
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: FLEET } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('to the task that started its batch, which has closed, still counts what that one has changed', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: [{ name: 'all', size: 'rest', bake: '10m' }] });
    await waitForHold(rollout, 'bake');
    await resetByCli(world, rollout, await taskBeforeBatch(world, rollout.workflowId));
    const again = world.rollouts.handle(rollout.workflowId);
    const { counts } = await waitForHold(again, 'bake');
    expect(counts).toMatchObject({ changed: FLEET });
    expect(world.updates()).toHaveLength(FLEET);
    await again.abort({ mode: 'rollback' });
    expect(await again.result()).toMatchObject({
      type: 'RolloutRolledBack',
      result: { counts: { restored: FLEET } },
    });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('on its way back leaves nothing behind', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const rollout = await world.start({
      stages: [{ name: 'all', size: 'rest', bake: '10m' }],
      rollback: { concurrency: 1 },
    });
    await waitForHold(rollout, 'bake');
    holdChanges(world, { after: 1 });
    await rollout.abort({ mode: 'rollback' });
    await waitForStatus(rollout, ({ counts }) => counts.restored === 1);
    await resetRun(world, rollout, (completed) => completed.at(-1));
    letGo(world);
    await world.rollouts.handle(rollout.workflowId).result();
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { exceptions: [] } });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(world.updates()).toHaveLength(2 * FLEET);
  });

  it('twice from the same run restores what each of the three has changed', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const rollout = await world.start({
      stages: [
        { name: 'canary', size: 1, bake: '10m' },
        { name: 'early', size: 2, bake: '10m' },
        { name: 'rest', size: 'rest' },
      ],
    });
    await waitForHold(rollout, 'bake');
    await resetRun(world, rollout, (completed) => completed.at(-1));
    const second = world.rollouts.handle(rollout.workflowId);
    await waitForHold(second, 'bake');
    await second.skipBake();
    await waitForStatus(second, ({ stage, waiting }) => stage === 'early' && waiting?.for === 'bake');
    expect(tokensOf(world)).toMatchObject(each([], 'required'));
    expect(world.updates()).toHaveLength(3);
    // From the first run once more: the second is ended, and no run names it.
    await resetRun(world, rollout, (completed) => completed.at(-1));
    const third = world.rollouts.handle(rollout.workflowId);
    await waitForHold(third, 'bake');
    await third.abort();
    expect(await third.result()).toMatchObject({ type: 'RolloutAborted' });
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: 3 } } });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(world.updates()).toHaveLength(6);
  });
});
