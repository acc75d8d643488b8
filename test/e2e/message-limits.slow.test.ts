import { describe, it } from 'vitest';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { ownTemporal } from '../support/own-temporal.js';
import { ONE_STAGE } from '../support/rollouts.js';
import { failedTasks, runningBatch } from '../support/temporal-runs.js';
import { waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld, type WorldOptions } from '../support/world.js';

const FLEET = 6;

/** A rollout in the middle of its changes, on a server that takes only so many messages of one run. */
async function changing(
  onTestFinished: NonNullable<WorldOptions['onTestFinished']>,
  limits: Readonly<Record<string, string>>,
) {
  const temporal = await ownTemporal(onTestFinished, limits);
  const world = await createWorld({ onTestFinished, temporal, fleet: FLEET, scenario: { faults: heldChanges() } });
  const rollout = await world.start({ ...ONE_STAGE, concurrency: 2 });
  await waitUntil('two changes have begun', () => world.updates().length === 2);
  const handle = world.client.workflow.getHandle(rollout.workflowId);
  const batch = await runningBatch(world, rollout);
  const fill = async (workflowId: string) => {
    const to = world.client.workflow.getHandle(workflowId);
    const isTaken = () =>
      to.signal('progress', 'forged').then(
        () => true,
        () => false,
      );
    while (await isTaken());
  };
  return { world, rollout, handle, batch, fill };
}

describe('a run that can take no more Updates', () => {
  it('is paused and aborted by signals, which is said, and says of other messages what is left', async ({
    onTestFinished,
    expect,
  }) => {
    const { world, rollout, batch } = await changing(onTestFinished, { 'history.maxTotalUpdates': '2' });
    await rollout.pause({ by: 'ann' });
    await rollout.resume();
    await expect(rollout.resume()).rejects.toMatchObject({
      name: 'MessageRefusedError',
      message: expect.stringContaining('pause and abort are still taken, as signals'),
    });
    expect(await rollout.pause({ by: 'bob', reason: 'slow' })).toMatchObject({
      sentAs: 'signal',
      paused: { by: 'bob', reason: 'slow' },
    });
    expect(await rollout.abort({ by: 'cyd', mode: 'rollback' })).toMatchObject({
      sentAs: 'signal',
      aborted: { by: 'cyd', mode: 'rollback' },
    });
    await expect(rollout.abort({ by: 'dan' })).rejects.toMatchObject({
      name: 'MessageRefusedError',
      message: expect.stringContaining("that can't become a halt"),
    });
    letGo(world);
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 2 } } });
    expect(world.updates()).toHaveLength(4);
    for (const id of [rollout.workflowId, batch]) expect(await failedTasks(world, id)).toEqual([]);
  });
});

describe('a run that can take no more signals', () => {
  it('is paused, resumed and aborted all the same, and none is answered before it is in force', async ({
    onTestFinished,
    expect,
  }) => {
    const { world, rollout, fill } = await changing(onTestFinished, { 'history.maximumSignalsPerExecution': '20' });
    await fill(rollout.workflowId);
    await rollout.pause({ by: 'ann' });
    letGo(world);
    await waitUntil('what was begun has ended', () => world.updates().length === 2);
    await rollout.resume();
    await waitUntil('changes start again', () => world.updates().length > 2);
    await rollout.abort({ by: 'ann' });
    const begun = world.updates().length;
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutAborted' });
    expect(world.updates().length).toBeLessThanOrEqual(Math.max(begun, FLEET));
  });

  it('nor Updates is told to be cancelled, which ends it', async ({ onTestFinished, expect }) => {
    const { world, rollout, handle, fill } = await changing(onTestFinished, {
      'history.maximumSignalsPerExecution': '20',
      'history.maxTotalUpdates': '1',
    });
    await rollout.resume();
    await fill(rollout.workflowId);
    await expect(rollout.abort()).rejects.toThrow(`temporal workflow cancel --workflow-id ${rollout.workflowId}`);
    await handle.cancel();
    await waitForStatus(rollout, ({ aborted }) => aborted !== undefined);
    letGo(world);
    expect(await rollout.result()).toMatchObject({ type: 'Cancelled' });
    expect(world.updates()).toHaveLength(2);
  });
});

describe('a batch that can take no more signals', () => {
  it.for(['pause', 'abort'] as const)(
    'is stopped where it is to be held: %s',
    async (kind, { onTestFinished, expect }) => {
      const { world, rollout, batch, fill } = await changing(onTestFinished, {
        'history.maximumSignalsPerExecution': '20',
      });
      await fill(batch);
      await rollout[kind]({ by: 'ann' });
      letGo(world);
      expect(await rollout.result()).toMatchObject(
        kind === 'abort'
          ? { type: 'RolloutAborted' }
          : { type: 'RolloutHalted', message: expect.stringContaining('takes no more signals, so it was stopped') },
      );
      expect(world.updates()).toHaveLength(2);
    },
  );
});
