import { describe, it } from 'vitest';
import type { HealthCheck, WatchGroup, WatchReport } from '../../src/rollout/health.js';
import { names } from '../support/rollouts.js';
import { until, waitUntil } from '../support/wait.js';
import { changedWorld, idOf, watch } from '../support/watches.js';
import type { World } from '../support/world.js';

const STATUS: readonly HealthCheck[] = [{ kind: 'status' }];

/** No worker carries it out, so that each of its readings is inconclusive. */
const UNREADABLE: readonly HealthCheck[] = [{ kind: 'http', url: 'http://example.com/', expect: 200 }];

function groupOf(world: World, members: readonly string[], checks: readonly HealthCheck[]): WatchGroup {
  const ids = members.map((name) => idOf(world, name));
  return { stage: 'all', desired: { httpTokens: 'required' }, checks, ids };
}

function sweepsOf(world: World): number {
  return world.simulator.state.calls({ operation: 'GetInstances' }).length;
}

const seen = ({ unhealthy, blind, recovered }: WatchReport) => [unhealthy.map(({ id }) => id), blind, recovered];

describe.concurrent('a look before the change', () => {
  it('that one worker has begun, and another ends, tells once of who has failed', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await changedWorld(2, { onTestFinished, worker: false });
    world.patch('web-1', { healthy: false });
    const worker = await world.startWorker();
    const groups = [groupOf(world, ['web-1'], STATUS), groupOf(world, ['web-2'], UNREADABLE)];
    const watching = await watch(world, { mode: 'before', groups, interval: 2_000, failureThreshold: 1 });
    await waitUntil('a first reading', () => sweepsOf(world) === 1);
    await worker.stop();
    await world.startWorker();
    expect(seen(await watching.result())).toEqual([[idOf(world, 'web-1')], [idOf(world, 'web-2')], []]);
  });

  it('tells of who can be read again, though another one still cannot', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(2, { onTestFinished });
    const groups = [groupOf(world, ['web-1'], STATUS), groupOf(world, ['web-2'], UNREADABLE)];
    const blind = { fails: 0, blind: 3 };
    const memory = { streaks: { [idOf(world, 'web-1')]: blind, [idOf(world, 'web-2')]: blind } };
    const report = await (await watch(world, { mode: 'before', groups, memory })).result();
    expect(seen(report)).toEqual([[], [], [idOf(world, 'web-1')]]);
    expect(Object.keys(report.memory.streaks)).toEqual([idOf(world, 'web-2')]);
  });

  it('suspects no observer for one instance of many, though it is the last to be looked at', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await changedWorld(5, { onTestFinished });
    const groups = [groupOf(world, names(4), STATUS), groupOf(world, ['web-5'], UNREADABLE)];
    const report = await (await watch(world, { mode: 'before', groups })).result();
    expect(report).toMatchObject({ blind: [idOf(world, 'web-5')], observer: false });
  });
});

describe.concurrent('a watch after the change', () => {
  it('finds everybody again after an outage, also who is not changed yet', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(3, { onTestFinished });
    world.patch('web-3', { metadataOptions: { httpTokens: 'optional' } });
    world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'ServiceException' } });
    const lost = await (await watch(world)).result();
    expect(lost.blind).toHaveLength(3);
    world.simulator.state.clearFaults();
    const found = await (await watch(world, { memory: lost.memory })).result();
    expect(found).toMatchObject({ blind: [], memory: { streaks: {} } });
    expect(found.recovered.toSorted()).toEqual(lost.blind.toSorted());
  });

  it('forgets whom it is not given any more', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(2, { onTestFinished });
    const memory = { streaks: { [idOf(world, 'web-2')]: { fails: 2, blind: 0 } } };
    const watching = await watch(world, { groups: [groupOf(world, ['web-1'], STATUS)], memory, heartbeat: '3s' });
    await waitUntil('a first reading', () => sweepsOf(world) > 0);
    await watching.cancel('another list');
    expect((await watching.result()).memory.streaks).toEqual({});
  });

  it("that waits for a check of the user's does not keep its worker from stopping, and ends what it has asked", async ({
    onTestFinished,
    expect,
  }) => {
    const settings = { taskQueues: ['nobody-polls-this'] };
    const world = await changedWorld(1, { onTestFinished, settings, worker: false });
    const worker = await world.startWorker();
    const checks: HealthCheck[] = [{ kind: 'activity', type: 'myCheck', taskQueue: 'nobody-polls-this' }];
    const watching = await watch(world, { checks, interval: 60_000 });
    const { workflow } = world.client;
    const helper = await until(async () => {
      const query = `WorkflowType = 'imdsHealthCheck' AND WorkflowId STARTS_WITH 'rollout-${world.account}/health/'`;
      for await (const { workflowId } of workflow.list({ query })) return workflow.getHandle(workflowId);
      throw new Error('not asked yet');
    });
    const since = Date.now();
    await worker.stop();
    expect(Date.now() - since).toBeLessThan(60_000);
    await until(async () => expect((await helper.describe()).status.name).toBe('TERMINATED'));
    await watching.terminate('the test is over');
  });
});
