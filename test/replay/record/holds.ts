import { it } from 'vitest';
import type { RolloutHandle } from '../../../src/client/index.js';
import type { RolloutSpecInput } from '../../../src/rollout/spec.js';
import { denied, heldChanges, heldReadings } from '../../support/faults.js';
import { holdChanges, letGo } from '../../support/held.js';
import { ONE_STAGE, startPaused } from '../../support/rollouts.js';
import { runIdOf, runningBatch } from '../../support/temporal-runs.js';
import { waitForHold, waitForStatus, waitUntil } from '../../support/wait.js';
import { openingWindow } from '../../support/windows.js';
import { createWorld, type World } from '../../support/world.js';
import { batchOf, recordRun } from '../corpus.js';

const APPROVED: Partial<RolloutSpecInput> = { stages: [{ name: 'all', size: 'rest', approval: {} }] };
const BAKED: Partial<RolloutSpecInput> = {
  stages: [{ name: 'all', size: 'rest', bake: '1h' }],
  health: { checks: [] },
};

async function recordEnd(name: string, world: World, rollout: RolloutHandle): Promise<void> {
  await rollout.result();
  await recordRun(name, world, rollout);
}

it('records a rollout that is rejected, and one that is not approved in time', async () => {
  const world = await createWorld({ fleet: 1 });
  const rejected = await world.start(APPROVED);
  await waitForHold(rejected, 'approval');
  await rejected.reject({ by: 'recorder', reason: 'not today' });
  await recordEnd('rejected-rollout', world, rejected);
  const stages = [{ name: 'all', size: 'rest', approval: { timeout: '4s', onTimeout: 'halt' as const } }];
  await recordEnd('unapproved-rollout', world, await world.start({ stages }));
});

it('records a rollout whose window opens', async () => {
  const world = await createWorld({ fleet: 1 });
  const { windows } = openingWindow(5_000);
  await recordEnd('opened-rollout', world, await world.start({ ...ONE_STAGE, windows }));
});

it('records a rollout whose canary proves nothing, and one whose stage was left alone', async () => {
  const world = await createWorld({ fleet: 2, worker: false });
  const stages = [
    { name: 'canary', size: 1 },
    { name: 'rest', size: 'rest' },
  ];
  const rollout = await startPaused(world, { stages, spread: [] });
  world.patch('web-1', { metadataOptions: { httpTokens: 'required' } });
  await rollout.resume();
  await waitForHold(rollout, 'evidence');
  await rollout.approve({ by: 'recorder' });
  await recordEnd('unproved-rollout', world, rollout);
});

it('records an abort before there is a plan, and while a pause holds it', async () => {
  const world = await createWorld({ fleet: 1, scenario: { faults: heldReadings() } });
  const early = await world.start(ONE_STAGE);
  await waitForStatus(early, ({ phase }) => phase === 'planning');
  await waitUntil('it reads', () => world.simulator.state.calls({ operation: 'GetInstances' }).length > 0);
  await early.abort({ by: 'recorder' });
  await recordEnd('early-abort', world, early);
  letGo(world);
  const paused = await world.start(BAKED);
  await waitForHold(paused, 'bake');
  // More than the log has room for.
  for (let n = 0; n < 30; n += 1) await (n % 2 === 0 ? paused.pause({ by: `${n}` }) : paused.resume());
  await paused.pause();
  holdChanges(world);
  await paused.abort({ mode: 'rollback' });
  await waitForStatus(paused, ({ phase }) => phase === 'reverting');
  await paused.abort({ mode: 'rollback' });
  letGo(world);
  await recordEnd('paused-abort', world, paused);
});

it('records an abort in a canary, with a bake to come, that is said twice', async () => {
  const world = await createWorld({ fleet: 2, scenario: { faults: heldChanges() } });
  const rollout = await world.start({
    stages: [
      { name: 'canary', size: 1, bake: '1h' },
      { name: 'rest', size: 'rest' },
    ],
  });
  await waitUntil('a change has begun', () => world.updates().length === 1);
  const aborts = [rollout.abort({ by: 'recorder' }), rollout.abort({ by: 'recorder' })];
  await waitForStatus(rollout, ({ aborted }) => aborted !== undefined);
  letGo(world);
  await Promise.all(aborts);
  await recordEnd('canary-abort', world, rollout);
});

it('records an abort in the last sweep, one that fails, and one that finds what has changed', async () => {
  const world = await createWorld({ fleet: 2 });
  const aborted = await world.start(BAKED);
  await waitForHold(aborted, 'bake');
  world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'ThrottlingException' } });
  await aborted.skipBake();
  await waitForStatus(aborted, ({ phase }) => phase === 'verifying');
  await aborted.abort({ by: 'recorder' });
  await recordEnd('sweep-abort', world, aborted);
  letGo(world);

  const failed = await world.start({ ...BAKED, options: { httpPutResponseHopLimit: 2 } });
  await waitForHold(failed, 'bake');
  world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'AccessDeniedException' } });
  await failed.skipBake();
  await recordEnd('failed-sweep', world, failed);
  letGo(world);

  const changed = await world.start({ ...BAKED, options: { httpPutResponseHopLimit: 3 } });
  await waitForHold(changed, 'bake');
  world.patch('web-1', { metadataOptions: { httpPutResponseHopLimit: 2 } });
  await changed.skipBake();
  await recordEnd('found-rollout', world, changed);

  const targets = { regions: 'all' as const };
  const closed = await world.start({ ...BAKED, targets, options: { httpPutResponseHopLimit: 4 } });
  await waitForHold(closed, 'bake');
  world.simulator.state.addFault({
    operation: 'GetInstances',
    region: 'us-east-1',
    effect: { error: 'OptInRequired' },
  });
  await closed.skipBake();
  await recordEnd('closed-region', world, closed);
});

it('records a pause that meets a write in its back-off: one that is refused for now, and one that fails', async () => {
  const world = await createWorld({ fleet: 2 });
  const { state } = world.simulator;
  for (const [instance, error] of [
    ['web-1', 'ThrottlingException'],
    ['web-2', 'ServiceException'],
  ] as const) {
    state.addFault({ operation: 'UpdateInstanceMetadataOptions', instance, effect: { error } });
  }
  const rollout = await world.start({ ...ONE_STAGE, apply: { timeout: '2m', pollInterval: '40ms', maxErrors: 50 } });
  const batch = await runningBatch(world, rollout);
  await waitUntil('both were tried', () => ['web-1', 'web-2'].every((name) => world.updates(name).length >= 3));
  const { arn } = world.instance('web-1');
  const order = { arn, reason: 'unhealthy', detail: 'recorded', count: true, restore: false };
  // One that was found unhealthy before it was changed has its turn later.
  await world.client.workflow
    .getHandle(batch)
    .signal('revert', { run: await runIdOf(world, rollout), orders: [order] });
  await rollout.pause({ by: 'recorder' });
  await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0);
  // What hasn't been begun isn't the batch's to call unhealthy; nor is what it doesn't know.
  await world.client.workflow
    .getHandle(batch)
    .signal('revert', { run: await runIdOf(world, rollout), orders: [order, { ...order, arn: `${arn}0` }] });
  await world.client.workflow.getHandle(rollout.workflowId).signal('progress', { batch: 'another' });
  letGo(world);
  await rollout.resume();
  await recordEnd('held-rollout', world, rollout);
  await recordRun('held-batch', world, batchOf(rollout, 'all/1'));
});

it('records an abort that comes too late to change anything', async () => {
  const world = await createWorld({ fleet: 2, scenario: { faults: denied('web-2') } });
  const rollout = await world.start({
    spread: [],
    stages: [
      { name: 'canary', size: 1, bake: '1h' },
      { name: 'rest', size: 'rest' },
    ],
  });
  await waitForHold(rollout, 'bake');
  holdChanges(world, { instance: 'web-1' });
  await rollout.skipBake();
  await waitForStatus(rollout, ({ phase }) => phase === 'reverting');
  await rollout.abort({ by: 'recorder', mode: 'rollback' });
  letGo(world);
  await recordEnd('late-abort', world, rollout);
});

it('records a pause that meets a write whose end nobody can read', async () => {
  const world = await createWorld({ fleet: 1 });
  const { state } = world.simulator;
  state.addFault({ operation: 'UpdateInstanceMetadataOptions', effect: { error: 'ServiceException' } });
  const rollout = await world.start({ ...ONE_STAGE, apply: { timeout: '2m', pollInterval: '40ms', maxErrors: 50 } });
  await waitUntil('it was tried', () => world.updates().length >= 3);
  for (const operation of ['GetInstance', 'GetInstances'] as const)
    state.addFault({ operation, effect: { error: 'InvalidInputException' } });
  await rollout.pause({ by: 'recorder' });
  await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0);
  letGo(world);
  await recordEnd('unfollowed-rollout', world, rollout);
  await recordRun('unfollowed-batch', world, batchOf(rollout, 'all/1'));
});
