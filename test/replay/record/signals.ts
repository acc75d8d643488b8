import { it, type TestContext } from 'vitest';
import { holdChanges, letGo } from '../../support/held.js';
import { ownTemporal } from '../../support/own-temporal.js';
import { ONE_STAGE } from '../../support/rollouts.js';
import { runIdOf, runningBatch } from '../../support/temporal-runs.js';
import { waitUntil } from '../../support/wait.js';
import { createWorld, type World } from '../../support/world.js';
import { recordRun } from '../corpus.js';

const LIMITS = { 'history.maximumSignalsPerExecution': '25' };

/** A rollout that has begun a change which doesn't end, on a server that takes few signals of one run. */
async function startHeld(onTestFinished: TestContext['onTestFinished']) {
  const temporal = await ownTemporal(onTestFinished, LIMITS);
  const world = await createWorld({ onTestFinished, temporal, fleet: 3 });
  holdChanges(world);
  const rollout = await world.start({ ...ONE_STAGE, concurrency: 1 });
  await waitUntil('a change has begun', () => world.updates().length === 1);
  return { world, rollout, batch: { workflowId: await runningBatch(world, rollout) } };
}

/** Sends signals until the server takes none. */
async function fill(
  { client }: World,
  { workflowId }: { readonly workflowId: string },
  name: string,
  message: unknown,
) {
  const handle = client.workflow.getHandle(workflowId);
  const isTaken = () =>
    handle.signal(name, message).then(
      () => true,
      () => false,
    );
  while (await isTaken());
}

it('records pause and abort as signals, some that are ignored, and an acknowledgement that is asked for', async ({
  onTestFinished,
}) => {
  const { world, rollout, batch } = await startHeld(onTestFinished);
  const handle = world.client.workflow.getHandle(rollout.workflowId);
  const run = await runIdOf(world, rollout);
  await world.client.workflow.getHandle(batch.workflowId).signal('hold', { run, number: 99, mode: 'wait' });
  const report = {
    run,
    batch: 'another',
    seq: 1,
    counts: {},
    failed: 0,
    inFlight: 0,
    hold: { number: 0, mode: 'run' },
  };
  await handle.signal('progress', report);
  await handle.signal('Abort', {});
  await handle.signal('abort', { Mode: 'rollback' });
  await handle.signal('pause', { by: 'recorder' });
  await rollout.resume();
  await handle.signal('abort', { by: 'recorder' });
  await handle.signal('pause');
  await handle.signal('abort', { mode: 'rollback' });
  await handle.signal('abort', { mode: 'halt' });
  letGo(world);
  await rollout.result();
  await recordRun('signalled-rollout', world, rollout);
  await recordRun('signalled-batch', world, batch);
}, 120_000);

it('records an acknowledgement that is asked for, since the rollout takes no more signals', async ({
  onTestFinished,
}) => {
  const { world, rollout } = await startHeld(onTestFinished);
  await fill(world, rollout, 'progress', 'forged');
  await rollout.pause({ by: 'recorder' });
  letGo(world);
  await rollout.resume();
  await rollout.result();
  await recordRun('asked-rollout', world, rollout);
}, 120_000);

it('records a batch that takes no more signals, and is stopped', async ({ onTestFinished }) => {
  const { world, rollout, batch } = await startHeld(onTestFinished);
  await fill(world, batch, 'hold', 'forged');
  await rollout.pause({ by: 'recorder' });
  letGo(world);
  await rollout.result();
  await recordRun('unreachable-rollout', world, rollout);
}, 120_000);

it('records a rollback that is aborted by a signal', async ({ onTestFinished }) => {
  const world = await createWorld({ onTestFinished, fleet: 3 });
  const rollout = await world.start({ ...ONE_STAGE, concurrency: 3 });
  await rollout.result();
  holdChanges(world);
  const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }], { concurrency: 1 });
  await waitUntil('it has begun', () => world.updates().length === 4);
  const handle = world.client.workflow.getHandle(rollback.workflowId);
  await handle.signal('pause');
  await handle.signal('abort', { mode: 'rollback' });
  await handle.signal('abort', { by: 'recorder' });
  letGo(world);
  await rollback.result();
  await recordRun('signalled-rollback', world, rollback);
}, 120_000);
