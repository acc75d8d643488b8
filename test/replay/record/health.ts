import { expect, it } from 'vitest';
import type { RolloutSpecInput } from '../../../src/rollout/spec.js';
import { onUpdate } from '../../support/faults.js';
import { letGo } from '../../support/held.js';
import { blindfold } from '../../support/readings.js';
import { ONE_STAGE, startPaused } from '../../support/rollouts.js';
import { until, waitForHold, waitForStatus } from '../../support/wait.js';
import { scripted } from '../../support/watches.js';
import { createWorld, type World, type WorldOptions } from '../../support/world.js';
import { recordRun } from '../corpus.js';

const LOOPBACK = { probes: { allowHosts: ['127.0.0.1'], allowPrivate: true } };

const WATCHED = { interval: '150ms', failureThreshold: 3 } as const;

const CANARY: Partial<RolloutSpecInput> = {
  spread: [],
  stages: [
    { name: 'canary', size: 1 },
    { name: 'rest', size: 'rest' },
  ],
};

/** Readings of the fleet that wait for a word. @returns how to intercept a world, and how to fail its watch */
function heldReadings() {
  let isHeld = false;
  let waiting = 0;
  const intercept: NonNullable<WorldOptions['intercept']> = (lightsail) => ({
    ...lightsail,
    getInstances: async (request, call) => {
      waiting += 1;
      await until(() => expect(isHeld).toBe(false));
      waiting -= 1;
      return lightsail.getInstances(request, call);
    },
  });
  /** Fails the watch in the middle of a round, as an administrator may. */
  const failWatch = async (world: World, workflowId: string): Promise<void> => {
    isHeld = true;
    const activityId = await until(async () => {
      const { raw } = await world.client.workflow.getHandle(workflowId).describe();
      const watches = raw.pendingActivities?.filter(({ activityType }) => activityType?.name === 'lightsailImdsWatch');
      if (waiting !== 1 || watches?.length !== 1) throw new Error(`${watches?.length} watches are under way`);
      return watches[0]?.activityId ?? '';
    });
    await world.client.workflowService.respondActivityTaskFailedById({
      namespace: world.client.options.namespace,
      workflowId,
      activityId,
      failure: { message: 'by hand', applicationFailureInfo: { type: 'ByHand', nonRetryable: true } },
    });
    isHeld = false;
  };
  return { intercept, failWatch };
}

it('records instances that are unhealthy before their change', async () => {
  const world = await createWorld({ fleet: 3, worker: false });
  const rollout = await startPaused(world, { ...CANARY, health: WATCHED });
  for (const name of ['web-1', 'web-2']) world.patch(name, { healthy: false });
  await rollout.resume();
  await waitForHold(rollout, 'evidence');
  await rollout.approve({ by: 'recorder' });
  await rollout.result();
  await recordRun('unfit-rollout', world, rollout);
});

it('records an instance that has to answer as before, and is off', async () => {
  const options = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
  const world = await createWorld({
    fleet: [
      { region: 'us-east-1', prefix: 'web-', count: 1, options },
      { region: 'us-east-1', prefix: 'off-', count: 1, options, state: 'stopped' },
    ],
    settings: LOOPBACK,
  });
  const url = `${world.simulator.url}/_sim/http/{account}/{region}/{name}`;
  const health = { ...WATCHED, requireHealthyBefore: false, checks: [{ http: { url, expect: 'same' as const } }] };
  const rollout = await world.start({ ...CANARY, targets: { regions: ['us-east-1'], stopped: 'last' }, health });
  await rollout.result();
  await recordRun('answering-rollout', world, rollout);
});

it('records a changed instance that turns unhealthy in its batch, with nothing left to watch', async () => {
  const world = await createWorld({ fleet: 1, scenario: { faults: [onUpdate('web-1', { unhealthy: true })] } });
  const failure = { max: 2, revert: 'failed' as const };
  const stages = [{ name: 'all', size: 'rest', bake: '3s' }];
  const rollout = await world.start({ stages, failure, health: WATCHED });
  await rollout.result();
  await recordRun('unwatched-rollout', world, rollout);
});

it('records one more look that is skipped, and a watch that breaks off', async () => {
  const { intercept, failWatch } = heldReadings();
  const world = await createWorld({ fleet: 2, intercept });
  const rollout = await world.start({
    spread: [],
    stages: [
      { name: 'canary', size: 1, bake: '1h' },
      { name: 'rest', size: 'rest', bake: '1h' },
    ],
    health: { interval: '5s', failureThreshold: 3 },
  });
  await waitForHold(rollout, 'bake');
  world.patch('web-1', { healthy: false });
  await rollout.skipBake();
  await waitForStatus(rollout, ({ waiting }) => waiting?.reason?.startsWith('one more look') === true);
  await rollout.skipBake({ by: 'recorder' });
  world.patch('web-1', { healthy: true });
  await waitForStatus(rollout, ({ stage, waiting }) => stage === 'rest' && waiting?.for === 'bake');
  await failWatch(world, rollout.workflowId);
  await rollout.result();
  await recordRun('unsettled-rollout', world, rollout);
});

it('records a look before the change that fails', async () => {
  const { intercept, failWatch } = heldReadings();
  const world = await createWorld({ fleet: 1, worker: false, intercept });
  const rollout = await startPaused(world, { ...ONE_STAGE, health: WATCHED });
  blindfold(world);
  await rollout.resume();
  await waitForHold(rollout, 'health');
  await failWatch(world, rollout.workflowId);
  letGo(world);
  await rollout.result();
  await recordRun('unseen-rollout', world, rollout);
});

it('records an instance that is taken back while it can not be read', async () => {
  const { intercept } = scripted({ 'web-1': 'i'.repeat(1_000) });
  const world = await createWorld({ fleet: 2, intercept });
  const rollout = await world.start({
    stages: [{ name: 'all', size: 'rest', bake: '1h' }],
    failure: { max: 5, revert: 'failed' },
    health: { ...WATCHED, requireHealthyBefore: false },
  });
  await waitForStatus(rollout, ({ unreadable }) => unreadable !== undefined);
  await rollout.revert({ names: ['web-1'], by: 'recorder', reason: 'unseen' });
  await waitForStatus(rollout, ({ unreadable }) => unreadable === undefined);
  await rollout.skipBake();
  await rollout.result();
  await recordRun('lost-rollout', world, rollout);
});

it('records an abort while instances can not be read before their change, and one in a pause after it', async () => {
  const world = await createWorld({ fleet: 1 });
  for (const [name, isPaused] of [
    ['unseen-abort', false],
    ['seen-abort', true],
  ] as const) {
    const stages = [{ name: 'all', size: 'rest', approval: {} }];
    const rollout = await world.start({ stages, health: WATCHED });
    await waitForHold(rollout, 'approval');
    blindfold(world);
    await rollout.approve();
    await waitForHold(rollout, 'health');
    if (isPaused) {
      await rollout.pause();
      letGo(world);
      await waitForHold(rollout, 'paused');
    }
    await rollout.abort({ by: 'recorder' });
    letGo(world);
    await rollout.result();
    await recordRun(name, world, rollout);
  }
});

it('records one more look that has to wait until instances can be read again', async () => {
  const world = await createWorld({ fleet: 1 });
  const rollout = await world.start({ stages: [{ name: 'all', size: 'rest', bake: '1h' }], health: WATCHED });
  await waitForHold(rollout, 'bake');
  blindfold(world);
  await rollout.skipBake();
  await waitForHold(rollout, 'health');
  letGo(world);
  await rollout.result();
  await recordRun('regained-rollout', world, rollout);
});
