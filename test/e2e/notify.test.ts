import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { denied } from '../support/faults.js';
import { names, ONE_STAGE, roll } from '../support/rollouts.js';
import { temporal } from '../support/temporal.js';
import { until, waitForHold } from '../support/wait.js';
import { approval, startWebhook, worldWithWebhook } from '../support/webhook.js';
import { createWorld } from '../support/world.js';

describe.concurrent('the webhook of a worker', () => {
  it('is told that a stage proved nothing, and waits', async ({ onTestFinished }) => {
    const { world, webhook } = await worldWithWebhook(onTestFinished);
    const stages = [
      { name: 'canary', size: 1, approval: {} },
      { name: 'rest', size: 'rest' },
    ];
    const rollout = await world.start({ stages });
    await waitForHold(rollout, 'approval');
    for (const name of names(3)) world.patch(name, { tags: { 'imds-rollout': 'skip' } });
    await rollout.approve();
    await waitForHold(rollout, 'evidence');
    await until(() => expect(webhook.events()).toEqual(['approval', 'hold']));
    expect(webhook.told[1]).toMatchObject({
      text: expect.stringMatching(/stage canary changed none/),
      status: { waiting: { for: 'evidence' } },
    });
    await rollout.abort();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(webhook.events()).toEqual(['approval', 'hold', 'ended']);
  });

  it('is told that changed instances can no longer be read', async ({ onTestFinished }) => {
    const { world, webhook } = await worldWithWebhook(onTestFinished);
    const stages = [
      { name: 'canary', size: 1, bake: '1h' },
      { name: 'rest', size: 'rest' },
    ];
    const rollout = await world.start({ stages, health: { interval: '50ms' } });
    await waitForHold(rollout, 'bake');
    world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'ServiceException' } });
    await until(() => expect(webhook.events()).toEqual(['hold']));
    expect(webhook.told[0]?.text).toMatch(/read/);
    await rollout.abort();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(webhook.events()).toEqual(['hold', 'ended']);
  });

  it('is told at once when the budget is spent, and how it ended', async ({ onTestFinished }) => {
    const scenario = { faults: denied('web-1', 'web-2', 'web-3') };
    const { world, webhook } = await worldWithWebhook(onTestFinished, { scenario });
    expect(await roll(world)).toMatchObject({ type: 'RolloutRolledBack' });
    expect(webhook.events()).toEqual(['tripped', 'ended']);
    expect(webhook.told[0]).toMatchObject({ status: { budget: { failed: 1, tripped: expect.any(String) } } });
    expect(webhook.told[1]?.text).toMatch(/[Rr]olled back/);
  });

  it('is told of the end of a rollout that was cancelled', async ({ onTestFinished }) => {
    const { world, webhook } = await worldWithWebhook(onTestFinished);
    const rollout = await world.start(approval('1h'));
    await waitForHold(rollout, 'approval');
    await world.client.workflow.getHandle(rollout.workflowId).cancel();
    await rollout.result();
    await until(() => expect(webhook.events()).toEqual(['approval', 'ended']));
  });

  it('is told only of what the spec names', async ({ onTestFinished }) => {
    const { world, webhook } = await worldWithWebhook(onTestFinished);
    const rollout = await world.start({ ...approval('1h'), notify: { on: ['ended'] } });
    await waitForHold(rollout, 'approval');
    await rollout.approve();
    await rollout.result();
    expect(webhook.events()).toEqual(['ended']);
  });

  it('tries again what was refused for the moment', async ({ onTestFinished }) => {
    let refusals = 0;
    const answer: RequestListener = (_, response) => {
      refusals += 1;
      response.writeHead(refusals < 3 ? 503 : 200).end();
    };
    const { world, webhook } = await worldWithWebhook(onTestFinished, { answer });
    expect(await roll(world, ONE_STAGE)).toMatchObject({ status: 'completed' });
    expect(webhook.events()).toEqual(['ended', 'ended', 'ended']);
  });
});

describe.concurrent("an activity of the user's", () => {
  it('is told of the same, beside the webhook', async ({ onTestFinished }) => {
    const webhook = await startWebhook(onTestFinished);
    const mine = `mine-${randomUUID()}`;
    const settings = { notifyWebhook: webhook.address, taskQueues: [mine] };
    const world = await createWorld({ onTestFinished, fleet: 3, settings });
    const told: { readonly rollout: string; readonly event: string; readonly status: object }[] = [];
    const worker = await Worker.create({
      connection: await temporal().nativeConnection(),
      namespace: temporal().namespace,
      taskQueue: mine,
      activities: {
        myNotify: async (notification: (typeof told)[number]) => void told.push(notification),
      },
      shutdownGraceTime: '1s',
    });
    const running = worker.run();
    onTestFinished(async () => {
      worker.shutdown();
      await running;
    });
    const notify = { activity: { type: 'myNotify', taskQueue: mine } };
    const rollout = await world.start({ ...ONE_STAGE, notify });
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    expect(told).toEqual([{ rollout: rollout.workflowId, event: 'ended', status: webhook.told[0]?.status }]);
    expect(webhook.events()).toEqual(['ended']);
  });
});
