import { describe, it } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import { parseUndoFile } from '../../src/client/index.js';
import { denied, heldChanges, refusedForGood } from '../support/faults.js';
import { holdChanges, letGo } from '../support/held.js';
import { each, ONE_STAGE, reported } from '../support/rollouts.js';
import { isOpen, leaseOf, runningBatch, untilTold } from '../support/temporal-runs.js';
import { until, waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld, type World, type WorldOptions } from '../support/world.js';

const LONG_BAKE = { stages: [{ name: 'all', size: 'rest', bake: '10m' }] };

/** Deletes the history of a workflow, as the end of the retention does. */
async function forget(world: World, workflowId: string): Promise<void> {
  const { namespace } = world.client.options;
  await world.client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  const handle = world.client.workflow.getHandle(workflowId);
  // The server takes its time over it.
  await until(async () => {
    const isThere = await handle.fetchHistory().then(
      () => true,
      () => false,
    );
    if (isThere) throw new Error(`the history of ${workflowId} is still there`);
  }, 2);
}

interface End {
  readonly end: string;
  readonly scenario?: WorldOptions['scenario'];
  readonly bring: (world: World) => Promise<RolloutHandle>;
}

const ENDS: readonly End[] = [
  {
    end: 'completed',
    bring: (world) => world.start(ONE_STAGE),
  },
  {
    end: 'halted',
    scenario: { faults: denied('web-2') },
    bring: (world) => world.start({ ...ONE_STAGE, failure: { revert: 'none' } }),
  },
  {
    end: 'aborted',
    bring: async (world) => {
      const rollout = await world.start(LONG_BAKE);
      await waitForHold(rollout, 'bake');
      await rollout.abort();
      return rollout;
    },
  },
  {
    end: 'cancelled',
    bring: async (world) => {
      const rollout = await world.start(LONG_BAKE);
      await waitForHold(rollout, 'bake');
      await world.client.workflow.getHandle(rollout.workflowId).cancel();
      return rollout;
    },
  },
  {
    end: 'timed out',
    bring: async (world) => {
      const workflowId = `timed-out-${world.account}`;
      // Once more with twice the time where it was over before anything was changed.
      for (let seconds = 10; world.updates().length === 0; seconds *= 2) {
        const { firstExecutionRunId } = await world.client.workflow.start('imdsRollout', {
          workflowId,
          taskQueue: world.taskQueue,
          args: [world.spec({ ...LONG_BAKE, busy: { wait: '1m' } })],
          workflowRunTimeout: `${seconds}s`,
        });
        await world.rollouts.handle(workflowId).result();
        const batch = `${workflowId}/${firstExecutionRunId.slice(0, 8)}/all/1`;
        await waitUntil('its batch has closed', async () => !(await isOpen(world, batch)));
      }
      return world.rollouts.handle(workflowId);
    },
  },
  {
    end: 'halted by the end of its batch',
    scenario: { faults: heldChanges({ after: 2 }) },
    bring: async (world) => {
      const rollout = await world.start({ ...ONE_STAGE, concurrency: 2 });
      const batch = await runningBatch(world, rollout);
      await waitUntil('two changes are held', () => world.updates().length === 4);
      await world.client.workflow.getHandle(batch).terminate('by hand');
      letGo(world);
      return rollout;
    },
  },
];

describe.concurrent('a rollback', () => {
  it.for(ENDS)('of a rollout that was $end restores all that it changed', async ({ scenario = {}, bring }, context) => {
    const { onTestFinished, expect } = context;
    const world = await createWorld({ onTestFinished, fleet: 5, scenario });
    const before = world.simulator.state.instances();
    const rollout = await bring(world);
    await rollout.result();
    expect(world.simulator.state.instances()).not.toEqual(before);
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await rollback.result()).toMatchObject({
      status: 'completed',
      result: { ended: 'rolled-back', exceptions: [] },
    });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(await isOpen(world, leaseOf(world))).toBe(false);
  });

  it('of a rollout whose batches are forgotten takes what its own history has of them', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 5, scenario: { faults: denied('web-2') } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ ...ONE_STAGE, failure: { max: 1, revert: 'none' } });
    const { runId } = await world.client.workflow.getHandle(rollout.workflowId).describe();
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    await forget(world, `${rollout.workflowId}/${runId.slice(0, 8)}/all/1`);
    const { entries } = await world.rollouts.readUndo([{ workflowId: rollout.workflowId }]);
    expect(entries.map(({ target }) => target.name).sort()).toEqual(['web-1', 'web-3', 'web-4', 'web-5']);
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: 4 } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('of a rollout that is forgotten says so, and works from what was kept', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const before = world.simulator.state.instances();
    const rollout = await world.start(ONE_STAGE);
    await rollout.result();
    const kept = JSON.stringify(await world.rollouts.undoFile({ workflowId: rollout.workflowId }));
    await forget(world, rollout.workflowId);
    await expect(world.rollouts.rollback([{ workflowId: rollout.workflowId }])).rejects.toMatchObject({
      type: 'HistoryGone',
    });
    const raw = await world.client.workflow.start('imdsRollback', {
      workflowId: `raw-${world.account}`,
      taskQueue: world.taskQueue,
      args: [{ rollouts: [{ workflowId: rollout.workflowId }] }],
    });
    await expect(raw.result()).rejects.toMatchObject({
      cause: { type: 'HistoryGone', message: expect.stringContaining('--from FILE') },
    });
    const check = parseUndoFile(JSON.parse(kept));
    if (!check.ok) throw new Error(JSON.stringify(check.problems));
    const rollback = await world.rollouts.rollbackFrom(check.file, { taskQueue: world.taskQueue });
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: 5 } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('names the three of five that can not go back, and a second one finishes the job', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const before = world.simulator.state.instances();
    const rollout = await world.start(ONE_STAGE);
    await rollout.result();
    for (const fault of refusedForGood('web-1', 'web-3', 'web-4')) world.simulator.state.addFault(fault);
    const first = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    const outcome = await first.result();
    expect(outcome).toMatchObject({
      type: 'RollbackIncomplete',
      message: expect.stringMatching(/us-east-1\/web-[134] .*InvalidInput/),
      result: { counts: { restored: 2, 'restore-failed': 3 } },
    });
    expect(reported(outcome)).toEqual(each(['web-1', 'web-3', 'web-4'], 'changed, restore-failed'));
    world.simulator.state.clearFaults();
    const second = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await second.result()).toMatchObject({ status: 'completed', result: { counts: { restored: 5 } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('of two rollouts goes back to the oldest options before', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const before = world.simulator.state.instances();
    const one = await world.start({
      ...ONE_STAGE,
      name: `one-${world.account}`,
      options: { httpPutResponseHopLimit: 2 },
    });
    await one.result();
    const two = await world.start({
      ...ONE_STAGE,
      name: `two-${world.account}`,
      options: { httpTokens: 'required', httpPutResponseHopLimit: 3 },
    });
    await two.result();
    const rollback = await world.rollouts.rollback([two, one].map(({ workflowId }) => ({ workflowId })));
    expect(await rollback.result()).toMatchObject({
      status: 'completed',
      result: { counts: { restored: 3, total: 3 } },
    });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(world.updates()).toHaveLength(9);
  });

  it('that is aborted finishes what it began and leaves the rest, which another one takes back', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 6 });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 6 });
    await rollout.result();
    holdChanges(world, { after: 2 });
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }], { concurrency: 1 });
    await waitForStatus(rollback, ({ counts }) => counts.restored === 2);
    await waitUntil('the third is held', () => world.updates().length === 9);
    await expect(rollback.pause()).rejects.toThrow(/A rollback isn't held/);
    await rollback.abort({ by: 'ops', reason: 'enough' });
    await untilTold(world, await runningBatch(world, rollback));
    letGo(world);
    expect(await rollback.result()).toMatchObject({
      type: 'RolloutAborted',
      message: expect.stringContaining('Aborted by ops: enough.'),
      result: { counts: { restored: 3, changed: 3 } },
    });
    holdChanges(world);
    const second = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    await world.client.workflow.getHandle(second.workflowId).cancel();
    letGo(world);
    expect(await second.result()).toMatchObject({ status: 'failed', type: 'Cancelled' });
    const third = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await third.result()).toMatchObject({ status: 'completed' });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(world.updates()).toHaveLength(12);
  });
});
