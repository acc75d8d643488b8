import { randomUUID } from 'node:crypto';
import { it } from 'vitest';
import type { RolloutSpecInput } from '../../../src/rollout/spec.js';
import { denied, noWayBack } from '../../support/faults.js';
import { holdChanges, letGo } from '../../support/held.js';
import { ONE_STAGE } from '../../support/rollouts.js';
import { runIdOf, runningBatch, untilTold } from '../../support/temporal-runs.js';
import { waitForHold, waitForStatus, waitUntil } from '../../support/wait.js';
import { createWorld, type World } from '../../support/world.js';
import { batchOf, recordRun } from '../corpus.js';

/** All is changed, and is watched by nobody; what is taken back goes one at a time. */
const BAKING: Partial<RolloutSpecInput> = {
  health: { checks: [] },
  failure: { max: 9, revert: 'failed' },
  rollback: { concurrency: 1 },
  stages: [{ name: 'all', size: 'rest', bake: '1h' }],
};

async function startRollback(world: World) {
  const rollout = await world.start(ONE_STAGE);
  await rollout.result();
  holdChanges(world);
  const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }], { concurrency: 1 });
  const begun = world.updates().length;
  await waitUntil('it writes', () => world.updates().length > begun);
  const batch = { workflowId: await runningBatch(world, rollback) };
  return { rollout, rollback, batch };
}

it('records a rollback that is cancelled, and one whose batch is ended by hand', async () => {
  const world = await createWorld({ fleet: 2 });
  const { rollback, batch } = await startRollback(world);
  await world.client.workflow.getHandle(rollback.workflowId).cancel();
  await untilTold(world, batch.workflowId);
  letGo(world);
  await rollback.result();
  await recordRun('cancelled-rollback', world, rollback);
  await recordRun('cancelled-restore', world, batch);

  const another = await startRollback(world);
  await world.client.workflow.getHandle(another.batch.workflowId).terminate('recorded');
  letGo(world);
  await another.rollback.result();
  await recordRun('bereft-rollback', world, another.rollback);
});

it('records a rollback that is aborted while it waits for what was begun', async () => {
  const world = await createWorld({ fleet: 2 });
  holdChanges(world);
  const rollout = await world.start({ ...ONE_STAGE, concurrency: 1 });
  await waitUntil('a change has begun', () => world.updates().length === 1);
  await world.client.workflow.getHandle(rollout.workflowId).terminate('recorded');
  const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
  await waitForHold(rollback, 'lease');
  await rollback.abort({ by: 'recorder' });
  await rollback.result();
  await recordRun('left-rollback', world, rollback);
  letGo(world);
});

it('records a way back that takes long enough to be told of', async () => {
  const world = await createWorld({ fleet: 3 });
  const rollout = await world.start(BAKING);
  await waitForHold(rollout, 'bake');
  holdChanges(world, { after: 1 });
  await rollout.abort({ by: 'recorder', mode: 'rollback' });
  const batch = await runningBatch(world, rollout);
  await world.client.workflow
    .getHandle(rollout.workflowId)
    .signal('restored', { run: await runIdOf(world, rollout), batch: 'another', results: [] });
  await waitForStatus(rollout, ({ counts }) => counts.restored === 1);
  letGo(world);
  await rollout.result();
  await recordRun('told-rollout', world, rollout);
  await recordRun('told-restore', world, { workflowId: batch });
});

it('records a rollback of targets that are uploaded in parts', async () => {
  const world = await createWorld({ fleet: 2 });
  const rollout = await world.start(ONE_STAGE);
  await rollout.result();
  const { entries, ...file } = await world.rollouts.undoFile({ workflowId: rollout.workflowId });
  const upload = { targets: entries.length, file };
  const handle = await world.client.workflow.start('imdsRollback', {
    workflowId: randomUUID(),
    taskQueue: world.taskQueue,
    args: [{ rollouts: [], upload }],
  });
  for (const [index, entry] of entries.entries())
    await handle.executeUpdate('addTargets', { args: [{ index, entries: [entry] }] });
  await handle.result();
  await recordRun('parted-rollback', world, { workflowId: handle.workflowId });
});

it('records rollbacks of an undo file that was edited: refused, and allowed', async () => {
  const world = await createWorld({ fleet: 2 });
  const rollout = await world.start(ONE_STAGE);
  await rollout.result();
  const { entries, ...file } = await world.rollouts.undoFile({ workflowId: rollout.workflowId });
  for (const allowEdited of [false, true]) {
    const upload = { targets: 1, file, allowEdited };
    const handle = await world.client.workflow.start('imdsRollback', {
      workflowId: randomUUID(),
      taskQueue: world.taskQueue,
      args: [{ upload }],
    });
    await handle.executeUpdate('addTargets', { args: [{ index: 0, entries: entries.slice(0, 1) }] });
    await handle.result().catch(() => undefined);
    await recordRun(allowEdited ? 'edited-rollback' : 'refused-edited-rollback', world, {
      workflowId: handle.workflowId,
    });
  }
});

it('records single targets on their way back: more than have room, said again, and one that can not go', async () => {
  const world = await createWorld({ fleet: 9, scenario: { faults: noWayBack('web-7') } });
  const rollout = await world.start(BAKING);
  await waitForHold(rollout, 'bake');
  await rollout.revert({ names: ['web-7'], count: true });
  await waitForStatus(rollout, ({ counts }) => counts['restore-failed'] === 1 || (counts.failed ?? 0) === 1);
  await rollout.revert({ names: ['web-7'] });
  holdChanges(world);
  const names = Array.from({ length: 6 }, (_, n) => `web-${n + 1}`);
  await rollout.revert({ names, by: 'recorder' });
  await rollout.revert({ names, by: 'recorder' }).catch(() => undefined);
  await rollout.abort({ by: 'recorder' });
  letGo(world);
  await rollout.result();
  await recordRun('crowded-rollout', world, rollout);
});

it('records single targets of the running batch on their way back: one that is changed, and one in its change', async () => {
  const world = await createWorld({ fleet: 3 });
  for (const fault of denied('web-3')) world.simulator.state.addFault(fault);
  holdChanges(world, { instance: 'web-2' });
  const rollout = await world.start({
    ...ONE_STAGE,
    spread: [],
    failure: { max: 3, revert: 'failed' },
    concurrency: 2,
  });
  await waitUntil('one is changed, and one in its change', () => world.updates().length === 3);
  await waitForStatus(rollout, ({ counts }) => counts.changed === 1 && counts.failed === 1);
  await rollout.revert({ names: ['web-1', 'web-2'], by: 'recorder' });
  await waitUntil('the first is back', () => world.updates('web-1').length === 2);
  // One is back already, and of the other nothing was written.
  const again = ['web-1', 'web-3'].map((name) => ({
    arn: world.instance(name).arn,
    reason: 'operator',
    detail: 'again',
    count: true,
    restore: true,
  }));
  await world.client.workflow
    .getHandle(batchOf(rollout, 'all/1').workflowId)
    .signal('revert', { run: await runIdOf(world, rollout), orders: again });
  letGo(world);
  await rollout.result();
  await recordRun('undone-rollout', world, rollout);
  await recordRun('undone-batch', world, batchOf(rollout, 'all/1'));
});

it('records a rollback that waits for another rollout, and is aborted', async () => {
  const world = await createWorld({ fleet: 2 });
  const first = await world.start(ONE_STAGE);
  await first.result();
  const second = await world.start({
    ...BAKING,
    name: `second-${world.account}`,
    options: { httpPutResponseHopLimit: 2 },
  });
  await waitForHold(second, 'bake');
  const rollback = await world.rollouts.rollback([{ workflowId: first.workflowId }], { wait: '1h' });
  await waitForHold(rollback, 'lease');
  await rollback.abort({ by: 'recorder' });
  await rollback.result();
  await recordRun('impatient-rollback', world, rollback);
  await second.abort();
  await second.result();
});
