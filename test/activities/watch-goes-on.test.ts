import { describe, it } from 'vitest';
import type { HealthCheck, ScopeReport, WatchGroup } from '../../src/rollout/health.js';
import { names } from '../support/rollouts.js';
import { until } from '../support/wait.js';
import { changedWorld, follow, idOf, watch } from '../support/watches.js';
import type { World } from '../support/world.js';

const STATUS: readonly HealthCheck[] = [{ kind: 'status' }];

/** No worker carries it out, so that each of its readings is inconclusive. */
const UNREADABLE: readonly HealthCheck[] = [{ kind: 'http', url: 'http://example.com/', expect: 200 }];

function groupOf(world: World, members: readonly string[], checks: readonly HealthCheck[]): WatchGroup {
  const ids = members.map((name) => idOf(world, name));
  return { stage: 'all', desired: { httpTokens: 'required' }, checks, ids };
}

const seen = ({ unhealthy, blind, recovered }: ScopeReport) => [unhealthy.map(({ id }) => id), blind, recovered];

describe.concurrent('a look before the change', () => {
  it('tells of who can be read again, though another one still cannot', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(2, { onTestFinished });
    const groups = [groupOf(world, ['web-1'], STATUS), groupOf(world, ['web-2'], UNREADABLE)];
    const blind = { fails: 0, blind: 3 };
    const streaks = { [idOf(world, 'web-1')]: blind, [idOf(world, 'web-2')]: blind };
    const report = await follow(world, { mode: 'before', groups, streaks });
    expect(seen(report)).toEqual([[], [], [idOf(world, 'web-1')]]);
    expect(Object.keys(report.streaks)).toEqual([idOf(world, 'web-2')]);
  });

  it('suspects no observer for one instance of many, though it is the last to be looked at', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await changedWorld(5, { onTestFinished });
    const groups = [groupOf(world, names(4), STATUS), groupOf(world, ['web-5'], UNREADABLE)];
    const report = await follow(world, { mode: 'before', groups });
    expect(report).toMatchObject({ blind: [idOf(world, 'web-5')], observer: false });
  });
});

describe.concurrent('a watch after the change', () => {
  it('finds everybody again after an outage, also who is not changed yet', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(3, { onTestFinished });
    world.patch('web-3', { metadataOptions: { httpTokens: 'optional' } });
    world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'ServiceException' } });
    const lost = await follow(world);
    expect(lost.blind).toHaveLength(3);
    world.simulator.state.clearFaults();
    const found = await follow(world, { streaks: lost.streaks });
    expect(found).toMatchObject({ blind: [], streaks: {} });
    expect(found.recovered.toSorted()).toEqual(lost.blind.toSorted());
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
