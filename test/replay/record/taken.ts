import { it } from 'vitest';
import type { RolloutSpecInput } from '../../../src/rollout/spec.js';
import { holdChanges, letGo } from '../../support/held.js';
import { ONE_STAGE } from '../../support/rollouts.js';
import { createSchedule } from '../../support/schedules.js';
import { leaseOf, resetRun, runningBatch, taskBeforeBatch, untilTold } from '../../support/temporal-runs.js';
import { waitForHold, waitForStatus, waitUntil } from '../../support/wait.js';
import { createWorld, type World } from '../../support/world.js';
import { recordRun } from '../corpus.js';

const STAGES: Partial<RolloutSpecInput> = {
  spread: [],
  stages: [
    { name: 'canary', size: 1, bake: '1h' },
    { name: 'rest', size: 'rest', concurrency: 1 },
  ],
  health: { checks: [] },
};

/** A world in which a rollout has begun a change that doesn't end. */
async function startHeld(changes: Partial<RolloutSpecInput> = {}) {
  const world = await createWorld({ fleet: 3 });
  holdChanges(world);
  const rollout = await world.start({ ...ONE_STAGE, concurrency: 1, ...changes });
  await waitUntil('a change has begun', () => world.updates().length === 1);
  const batch = { workflowId: await runningBatch(world, rollout) };
  return { world, rollout, batch };
}

const handleOf = ({ client }: World, { workflowId }: { readonly workflowId: string }) =>
  client.workflow.getHandle(workflowId);

it('records a rollout that is cancelled', async () => {
  const { world, rollout, batch } = await startHeld();
  await handleOf(world, rollout).cancel();
  await untilTold(world, batch.workflowId);
  letGo(world);
  await rollout.result();
  await recordRun('cancelled-rollout', world, rollout);
});

it('records a rollout whose batch is cancelled, and one whose batch and lease are ended by hand', async () => {
  const one = await startHeld();
  await handleOf(one.world, one.batch).cancel();
  await untilTold(one.world, one.batch.workflowId);
  letGo(one.world);
  await one.rollout.result();
  await recordRun('unbatched-rollout', one.world, one.rollout);
  await recordRun('cancelled-batch', one.world, one.batch);

  const two = await startHeld();
  await handleOf(two.world, { workflowId: `imds-rollout-lease:${two.world.account}:us-east-1` }).terminate('recorded');
  await handleOf(two.world, two.batch).terminate('recorded');
  letGo(two.world);
  await two.rollout.result();
  await recordRun('bereft-rollout', two.world, two.rollout);
});

it('records a rollout whose lease another takes from it, and one that may not read who else writes', async () => {
  const faults = [{ operation: 'GetOperations' as const, effect: { error: 'AccessDeniedException' } }];
  const world = await createWorld({ fleet: 3, scenario: { faults } });
  const rollout = await world.start(STAGES);
  await waitForHold(rollout, 'bake');
  const workflowId = leaseOf(world);
  const other = await world.client.workflow.start('imdsScopeLease', {
    workflowId,
    taskQueue: world.taskQueue,
    args: [{ workflowId, runId: 'another', chain: '' }],
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
  const said = (end: string) => waitForStatus(rollout, ({ log }) => log.some(({ event }) => event.endsWith(end)));
  await said('was ended from outside');
  await rollout.skipBake();
  await waitForHold(rollout, 'lease');
  await other.signal('release', { run: 'another' });
  await rollout.result();
  await recordRun('outrun-lease', world, rollout);
});

it('records rollouts that meet one which is open, and one whose batch drains after its termination', async (context) => {
  const world = await createWorld({ fleet: 3 });
  const first = await world.start(STAGES);
  await waitForHold(first, 'bake');
  const busy = await world.start({ ...ONE_STAGE, name: `busy-${world.account}` });
  await busy.result();
  await recordRun('busy-rollout', world, busy);
  const schedule = await createSchedule(world, context, { every: ['365d'] }, ONE_STAGE);
  await recordRun('passed-rollout', world, await schedule.run());
  const aborted = await world.start({ ...ONE_STAGE, name: `aborted-${world.account}`, busy: { wait: '1h' } });
  await waitForHold(aborted, 'lease');
  await aborted.abort({ by: 'recorder' });
  await aborted.result();
  await recordRun('impatient-rollout', world, aborted);

  holdChanges(world);
  await first.skipBake();
  await waitUntil('a change has begun', () => world.updates().length === 2);
  const batch = { workflowId: await runningBatch(world, first) };
  await handleOf(world, first).terminate('recorded');
  const waiting = await world.start({ ...ONE_STAGE, name: `waiting-${world.account}`, busy: { wait: '20s' } });
  await waitForHold(waiting, 'lease');
  await untilTold(world, batch.workflowId);
  letGo(world);
  await waiting.result();
  await recordRun('waiting-rollout', world, waiting);
  await recordRun('orphaned-batch', world, batch);
});

it('records a run that is reset while its batch is open', async () => {
  const { world, rollout } = await startHeld();
  const before = await taskBeforeBatch(world, rollout.workflowId);
  await resetRun(world, rollout, () => before);
  const again = world.rollouts.handle(rollout.workflowId);
  await again.result();
  letGo(world);
  await recordRun('reset-rollout', world, { workflowId: rollout.workflowId });
});

it('records a run that is reset to before a batch, and ends beside it', async () => {
  const world = await createWorld({ fleet: 3 });
  const rollout = await world.start(STAGES);
  await waitForHold(rollout, 'bake');
  holdChanges(world);
  const { events } = await handleOf(world, rollout).fetchHistory();
  const last = events?.findLast(({ workflowTaskCompletedEventAttributes: completed }) => completed)?.eventId;
  await rollout.skipBake();
  await waitUntil('the second batch writes', () => world.updates().length === 2);
  await resetRun(world, rollout, () => last ?? undefined, 'without updates');
  const again = world.rollouts.handle(rollout.workflowId);
  await waitForHold(again, 'bake');
  await again.abort({ mode: 'rollback' });
  await again.result();
  letGo(world);
  await recordRun('strayed-rollout', world, { workflowId: rollout.workflowId });
});

it('records rollouts that start at the same moment', async () => {
  const world = await createWorld({ fleet: 1, worker: false });
  const both = await Promise.all(
    ['a', 'b'].map((name) => world.start({ ...ONE_STAGE, name: `${name}-${world.account}` })),
  );
  await world.startWorker();
  const outcomes = await Promise.all(both.map((rollout) => rollout.result()));
  const loser = both[outcomes.findIndex(({ status }) => status === 'failed')];
  if (loser !== undefined) await recordRun('raced-rollout', world, loser);
});

it('records a rollout that is over its budget by failures of several stages', async () => {
  const world = await createWorld({ fleet: 4 });
  const { state } = world.simulator;
  for (const instance of ['web-1', 'web-3'])
    state.addFault({
      operation: 'UpdateInstanceMetadataOptions',
      instance,
      effect: { error: 'AccessDeniedException' },
    });
  const rollout = await world.start({
    spread: [],
    stages: [
      { name: 'early', size: 2 },
      { name: 'rest', size: 'rest', concurrency: 1 },
    ],
    failure: { max: 1, maxTotal: 5, revert: 'run' },
  });
  await rollout.result();
  await recordRun('both-stages', world, rollout);
});

it('records a change that an administrator fails, and that can not be taken back', async () => {
  const { world, rollout, batch } = await startHeld({ apply: { timeout: '6s', pollInterval: '40ms', maxErrors: 3 } });
  const { state } = world.simulator;
  state.clearFaults();
  state.addFault({ operation: 'UpdateInstanceMetadataOptions', effect: { error: 'InvalidInputException' } });
  const { raw } = await handleOf(world, batch).describe();
  await world.client.workflowService.respondActivityTaskFailedById({
    namespace: world.client.options.namespace,
    workflowId: batch.workflowId,
    activityId: raw.pendingActivities?.[0]?.activityId ?? '',
    failure: { message: 'by hand', applicationFailureInfo: { type: 'ByHand', nonRetryable: true } },
  });
  await rollout.result();
  await recordRun('unrestored-rollout', world, rollout);
  await recordRun('failed-batch', world, batch);
});

it('records a change that an administrator completes with an answer that says nothing', async () => {
  const { world, rollout, batch } = await startHeld({ apply: { timeout: '6s', pollInterval: '40ms' } });
  world.simulator.state.clearFaults();
  const { raw } = await handleOf(world, batch).describe();
  const { workflowId } = batch;
  await world.client.activity.complete({ workflowId, activityId: raw.pendingActivities?.[0]?.activityId ?? '' }, {});
  await rollout.result();
  await recordRun('unsaid-rollout', world, rollout);
  await recordRun('unsaid-batch', world, batch);
});
