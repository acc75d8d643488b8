import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until, waitForHold, waitForStatus, waitUntil } from '../../support/wait.js';
import { createWorld } from '../../support/world.js';
import { record } from '../corpus.js';

it('records a completed rollout', async () => {
  const world = await createWorld({ fleet: 6, regions: ['eu-west-1', 'us-east-1'] });
  const rollout = await world.start();
  await rollout.result();
  const { workflow } = world.client;
  const batch = `${rollout.workflowId}/${rollout.runId?.slice(0, 8)}/rest/1`;
  await record('completed-rollout', workflow.getHandle(rollout.workflowId));
  await record('completed-batch', workflow.getHandle(batch));
  await record('completed-lease', workflow.getHandle(`imds-rollout-lease:${world.account}:us-east-1`));
});

it('records a rollout that gives several leases back', async () => {
  const world = await createWorld({ fleet: 1, regions: ['eu-west-1', 'us-east-1'] });
  const rollout = await world.start();
  await rollout.result();
  await record('two-scopes-rollout', world.client.workflow.getHandle(rollout.workflowId));
});

it('records a rollout that asks who holds several leases at once', async () => {
  const world = await createWorld({ fleet: 1, regions: ['eu-west-1', 'us-east-1', 'us-east-2'] });
  const rollout = await world.start();
  await rollout.result();
  await record('three-scopes-rollout', world.client.workflow.getHandle(rollout.workflowId));
});

it('records a rolled-back rollout', async () => {
  const world = await createWorld({
    fleet: 6,
    scenario: {
      faults: [
        {
          operation: 'UpdateInstanceMetadataOptions',
          instance: 'web-5',
          times: 3,
          effect: { error: 'ServiceException' },
        },
      ],
    },
  });
  const rollout = await world.start();
  await rollout.result();
  const { workflow } = world.client;
  const children = `${rollout.workflowId}/${rollout.runId?.slice(0, 8)}`;
  await record('rolled-back-rollout', workflow.getHandle(rollout.workflowId));
  await record('rolled-back-batch', workflow.getHandle(`${children}/rest/1`));
  await record('rolled-back-restore', workflow.getHandle(`${children}/restore/1`));
});

it('records a rollout that was paused, resumed and aborted', async () => {
  const world = await createWorld({ fleet: 12, scenario: { pending: { min: 300, max: 400 } } });
  const stages = [{ name: 'all', size: 'rest' }];
  const rollout = await world.start({ stages, concurrency: 2 });
  await until(async () => expect(await (await rollout.status()).counts.inFlight).toBe(2));
  await rollout.pause({ by: 'recorder', reason: 'a look' });
  await rollout.resume({ by: 'recorder' });
  await rollout.abort({ by: 'recorder', mode: 'rollback' });
  await rollout.result();
  const { workflow } = world.client;
  await record('aborted-rollout', workflow.getHandle(rollout.workflowId));
  await record('aborted-batch', workflow.getHandle(`${rollout.workflowId}/${rollout.runId?.slice(0, 8)}/all/1`));
});

it('records a rollout with an approval and a bake that is skipped', async () => {
  const world = await createWorld({ fleet: 3 });
  const stages = [
    { name: 'canary', size: 1, bake: '1h' },
    { name: 'rest', size: 'rest', approval: { timeout: '1h' } },
  ];
  const rollout = await world.start({ stages });
  await waitForHold(rollout, 'bake');
  await rollout.skipBake({ by: 'recorder' });
  await waitForHold(rollout, 'approval');
  await rollout.approve({ by: 'recorder' });
  await rollout.result();
  await record('approved-rollout', world.client.workflow.getHandle(rollout.workflowId));
});

it('records a rollout in a freeze, which an abort ends', async () => {
  const world = await createWorld({ fleet: 3 });
  const stages = [{ name: 'all', size: 'rest', approval: {} }];
  const freeze = [{ from: '2026-01-01', to: '2100-01-01', reason: 'recorded' }];
  const rollout = await world.start({ stages, freeze });
  await waitForHold(rollout, 'approval');
  await rollout.approve();
  await waitForHold(rollout, 'freeze');
  await rollout.abort();
  await rollout.result();
  await record('frozen-rollout', world.client.workflow.getHandle(rollout.workflowId));
});

const WATCHED = { interval: '150ms', failureThreshold: 3 };

it('records a rollout whose canary turns unhealthy while a stage waits for its approval', async () => {
  const world = await createWorld({ fleet: 5 });
  const stages = [
    { name: 'canary', size: 2 },
    { name: 'rest', size: 'rest', approval: { timeout: '1h' } },
  ];
  const rollout = await world.start({ stages, health: WATCHED });
  await waitForHold(rollout, 'approval');
  world.patch('web-1', { healthy: false });
  await rollout.result();
  await record('unhealthy-rollout', world.client.workflow.getHandle(rollout.workflowId));
});

it('records a rollout that loses sight of its instances, and is let go on without', async () => {
  const world = await createWorld({ fleet: 4 });
  const stages = [
    { name: 'canary', size: 2, bake: '1h' },
    { name: 'rest', size: 'rest' },
  ];
  const rollout = await world.start({ stages, health: WATCHED });
  await waitForHold(rollout, 'bake');
  world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'ServiceException' } });
  await waitForStatus(rollout, ({ unreadable }) => unreadable !== undefined);
  await rollout.skipBake();
  await waitForHold(rollout, 'health');
  await rollout.approve({ by: 'recorder' });
  await waitForStatus(rollout, ({ stage, waiting }) => stage === 'rest' && waiting?.for === 'health');
  world.simulator.state.clearFaults();
  await rollout.result();
  await record('blind-rollout', world.client.workflow.getHandle(rollout.workflowId));
});

it('records single targets that are taken back: of the running batch, and of an earlier one', async () => {
  const world = await createWorld({ fleet: 20, scenario: { pending: { min: 500, max: 600 } } });
  const stages = [
    { name: 'canary', size: 2 },
    { name: 'rest', size: 'rest' },
  ];
  const failure = { max: 5, revert: 'failed' } as const;
  const rollout = await world.start({ stages, failure, concurrency: 2 });
  // Of the canary, of the batch that runs, and one that waits there.
  await waitUntil('the second stage is under way', () => world.updates().length >= 6);
  const written = world.updates().map(({ instanceName }) => instanceName ?? '');
  const waiting = world.simulator.state.instances().flatMap(({ name }) => (written.includes(name) ? [] : [name]));
  const names = [written[0], written[2], waiting.sort().at(-1)].flatMap((name) => name ?? []);
  await rollout.revert({ by: 'recorder', names, count: true });
  await rollout.result();
  const { workflow } = world.client;
  await record('reverted-rollout', workflow.getHandle(rollout.workflowId));
  await record('reverted-batch', workflow.getHandle(`${rollout.workflowId}/${rollout.runId?.slice(0, 8)}/rest/1`));
});

it('records a plan, and a start that is held to a part of it', async () => {
  const world = await createWorld({ fleet: 4 });
  const { taskQueue, rollouts } = world;
  const bounds = { until: 'canary' };
  const workflowId = `plan-${world.account}`;
  const { hash: planHash } = await rollouts.plan(world.spec(), { taskQueue, bounds, workflowId });
  const rollout = await rollouts.start(world.spec(), { taskQueue, bounds: { ...bounds, planHash } });
  await rollout.result();
  const { workflow } = world.client;
  await record('made-plan', workflow.getHandle(workflowId));
  await record('bounded-rollout', workflow.getHandle(rollout.workflowId));
});

it('records a rollout with evidence, of which a part has to be asked for again', async () => {
  const open = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
  const world = await createWorld({
    fleet: [
      { region: 'us-east-1', prefix: 'web-', count: 3, options: open },
      { region: 'us-east-1', prefix: 'busy-', count: 2, options: open, tokenless: 12 },
      { region: 'us-east-1', prefix: 'dark-', count: 1, options: open, tokenless: null },
    ],
    scenario: {
      faults: [
        { operation: 'GetInstanceMetricData', instance: 'web-2', times: 1, effect: { error: 'ServiceException' } },
      ],
    },
  });
  const rollout = await world.start({ evidence: { allow: ['busy-2'] } });
  await rollout.result();
  await record('weighed-rollout', world.client.workflow.getHandle(rollout.workflowId));
});

it('records a rollback of a rollout that was terminated, and one that is aborted', async () => {
  const world = await createWorld({ fleet: 8, scenario: { pending: { min: 300, max: 400 } } });
  const { workflow } = world.client;
  const rollout = await world.start({ stages: [{ name: 'all', size: 'rest' }], concurrency: 2 });
  await until(async () => expect(await world.updates().length).toBeGreaterThan(4));
  await workflow.getHandle(rollout.workflowId).terminate('recorded');
  const refs = [{ workflowId: rollout.workflowId }];
  const batch = workflow.getHandle(`${rollout.workflowId}/${rollout.runId?.slice(0, 8)}/all/1`);
  await batch.result();
  const begun = world.updates().length;
  const aborted = await world.rollouts.rollback(refs, { concurrency: 1 });
  await until(async () => expect(await world.updates().length).toBeGreaterThan(begun + 1));
  await aborted.abort({ by: 'recorder' });
  await aborted.result();
  await record('aborted-rollback', workflow.getHandle(aborted.workflowId));
  const rollback = await world.rollouts.rollback(refs);
  await rollback.result();
  await record('rollback', workflow.getHandle(rollback.workflowId));
  const { runId } = await workflow.getHandle(rollback.workflowId).describe();
  await record('rollback-restore', workflow.getHandle(`${rollback.workflowId}/${runId.slice(0, 8)}/restore/1`));
});

it('records a rollout with a journal, and a rollback from its undo file', async () => {
  const journal = await mkdtemp(join(tmpdir(), 'imds-rollout-recorded-'));
  const world = await createWorld({ fleet: 4, settings: { journal } });
  const { workflow } = world.client;
  const rollout = await world.start();
  await rollout.result();
  await record('journaled-rollout', workflow.getHandle(rollout.workflowId));
  const file = await world.rollouts.undoFile({ workflowId: rollout.workflowId });
  const rollback = await world.rollouts.rollbackFrom(file, { taskQueue: world.taskQueue });
  await rollback.result();
  await record('uploaded-rollback', workflow.getHandle(rollback.workflowId));
  await rm(journal, { recursive: true });
});

it('records a rollout whose spec has something of everything, over a fleet that has too', async () => {
  const options = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
  const group = { region: 'us-east-1', count: 1, options };
  const world = await createWorld({
    fleet: [
      { ...group, prefix: 'web-', count: 2, tags: { app: 'shop', tier: 'early' } },
      { ...group, prefix: 'api-', tags: { app: 'api', runtime: 'docker' } },
      { ...group, prefix: 'off-', state: 'stopped' },
      { ...group, prefix: 'out-', tags: { 'imds-rollout': 'skip' } },
      { ...group, prefix: 'old-' },
      { ...group, prefix: 'done-', options: { ...options, httpTokens: 'required' } },
    ],
  });
  const rollout = await world.start({
    overrides: [{ match: { tags: { runtime: 'docker' } }, options: { httpPutResponseHopLimit: 2 } }],
    targets: { regions: ['us-east-1'], include: { names: ['*-*'] }, exclude: { names: ['none-*'] }, stopped: 'last' },
    exceptions: [{ names: ['old-*', 'gone-1'], reason: 'old agent', owner: 'ops', until: '2100-01-01' }],
    spread: ['blueprint', 'scope', 'tag:app'],
    stages: [
      { name: 'canary', size: '1 per tag:app', match: { tags: { tier: 'early' } } },
      { name: 'share', size: '30%' },
      { name: 'none', size: 1, match: { names: ['none-*'] } },
      { name: 'rest', size: 'rest', concurrency: 1 },
    ],
    concurrency: { total: 3, perScope: 2 },
    failure: { max: '50%', maxTotal: 2 },
  });
  await rollout.result();
  await record('whole-rollout', world.client.workflow.getHandle(rollout.workflowId));
});
