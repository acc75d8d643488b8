import { randomUUID } from 'node:crypto';
import { it } from 'vitest';
import type { FaultInput } from '../../../src/simulator/index.js';
import { denied } from '../../support/faults.js';
import { ONE_STAGE } from '../../support/rollouts.js';
import { createWorld, type World, type WorldOptions } from '../../support/world.js';
import { recordRun } from '../corpus.js';

/** Starts a workflow with any input, as any client may, and records how it ends. */
async function recordAny(name: string, world: World, type: string, args: unknown[]): Promise<void> {
  const handle = await world.client.workflow.start(type, {
    workflowId: randomUUID(),
    taskQueue: world.taskQueue,
    args,
  });
  await handle.result().catch(() => undefined);
  await recordRun(name, world, handle);
}

it('records what is refused at once', async () => {
  const world = await createWorld({ fleet: 1 });
  const spec = world.spec(ONE_STAGE);
  await recordAny('refused-spec', world, 'imdsRollout', [{ ...spec, stages: 'all' }]);
  await recordAny('refused-bounds', world, 'imdsRollout', [spec, { limit: 'few' }]);
  const notify = { activity: { type: 'myNotify', taskQueue: 'theirs' } };
  await recordAny('refused-notify', world, 'imdsRollout', [{ ...spec, notify }]);
  const windows = [{ days: ['mon'], from: '00:00', to: '12:00', timezone: 'Europe/Stokholm' }];
  await recordAny('refused-window', world, 'imdsRollout', [{ ...spec, windows }]);
  await recordAny('refused-rollback', world, 'imdsRollback', [{ rollouts: [] }]);
  const rollout = await world.start(ONE_STAGE);
  await rollout.result();
  const { workflowId } = rollout;
  await recordAny('refused-target', world, 'imdsRollback', [{ rollouts: [{ workflowId }], only: ['nobody'] }]);
});

it('records plans that fail', async () => {
  const plan = async (name: string, options: WorldOptions, args: (world: World) => unknown[]) => {
    const world = await createWorld({ fleet: 1, ...options });
    await recordAny(name, world, 'imdsRollout', args(world));
  };
  const everywhere = { ...ONE_STAGE, targets: { regions: 'all' as const } };
  const unread = (operation: NonNullable<FaultInput['operation']>, error: string): WorldOptions => ({
    scenario: { faults: [{ operation, effect: { error } }] },
  });
  await plan('unexpected-plan', {}, (world) => [world.spec(), { planHash: '0'.repeat(64) }]);
  await plan('unknown-name', {}, (world) => [world.spec(), { only: ['nobody'] }]);
  await plan('unread-region', unread('GetInstances', 'AccessDeniedException'), (world) => [world.spec()]);
  await plan('unlisted-regions', unread('GetRegions', 'AccessDeniedException'), (world) => [world.spec(everywhere)]);
  await plan('unread-evidence', unread('GetInstanceMetricData', 'AccessDeniedException'), (world) => [
    world.spec({ evidence: {} }),
  ]);
  // Each call of the activity reads one page, and is cut off at the next one.
  let calls = 0;
  const roundInCircles: NonNullable<WorldOptions['intercept']> = (lightsail) => ({
    ...lightsail,
    getInstances: async ({ pageToken, ...request }, call) => {
      calls += 1;
      if (calls % 2 === 0) throw new Error('cut off');
      return { ...(await lightsail.getInstances(request, call)), nextPageToken: pageToken === 'a' ? 'b' : 'a' };
    },
  });
  await plan('endless-pages', { intercept: roundInCircles }, (world) => [world.spec()]);
});

it('records a rollout over all regions, of which one is not opted in', async () => {
  const faults: FaultInput[] = [
    { operation: 'GetInstances', region: 'ap-southeast-1', effect: { error: 'OptInRequired' } },
  ];
  const world = await createWorld({ fleet: 2, scenario: { pageSize: 1, faults } });
  const stages = [{ name: 'all', size: 'rest' }];
  const rollout = await world.start({ stages, targets: { regions: 'all' }, spread: ['tag:app'] });
  await rollout.result();
  await recordRun('everywhere-rollout', world, rollout);
  const needless = await world.start({ stages, targets: { regions: 'all' } });
  await needless.result();
  await recordRun('needless-rollout', world, needless);
});

it('records failures of more targets than are shown, that leave what they are', async () => {
  const world = await createWorld({ fleet: 4, scenario: { faults: denied('web-1', 'web-2', 'web-3', 'web-4') } });
  const rollout = await world.start({ ...ONE_STAGE, failure: { max: 4, revert: 'none' } });
  await rollout.result();
  await recordRun('failed-rollout', world, rollout);
});

it("records the calls of a user's check", async () => {
  const world = await createWorld({ fleet: 1 });
  const { arn, name } = world.instance('web-1');
  const input = { rollout: 'rollout', stage: 'all', when: 'before', desired: {}, targets: [{ arn, name }] };
  const call = (type: string, taskQueue: string) => [{ type, taskQueue, patience: 1_000, input }];
  await recordAny(
    'answered-check',
    world,
    'imdsHealthCheck',
    call('lightsailImdsDescribeWorker', `${world.taskQueue}-control`),
  );
  await recordAny('failed-check', world, 'imdsHealthCheck', call('nobodysCheck', world.taskQueue));
  await recordAny('unpolled-check', world, 'imdsHealthCheck', call('nobodysCheck', `nobody-${randomUUID()}`));
});
