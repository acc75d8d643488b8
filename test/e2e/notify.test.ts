import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { Worker } from '@temporalio/worker';
import { describe, expect, it, type TestContext } from 'vitest';
import type { WebhookBody } from '../../src/activities/notify.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied } from '../support/faults.js';
import { names, ONE_STAGE, roll } from '../support/rollouts.js';
import { temporal } from '../support/temporal.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld, type World, type WorldOptions } from '../support/world.js';

type OnTestFinished = TestContext['onTestFinished'];

interface Webhook {
  readonly address: string;
  /** What was posted, in the order in which it came. */
  readonly told: WebhookBody[];
  /** The events of all that was posted. */
  events(): string[];
}

const OK: RequestListener = (_, response) => response.writeHead(200).end('ok');

/** A webhook on loopback that answers so, until the test ends. */
async function startWebhook(onTestFinished: OnTestFinished, answer: RequestListener = OK): Promise<Webhook> {
  const told: WebhookBody[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    told.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    address: `http://127.0.0.1:${address.port}/services/T0PSECRET`,
    told,
    events: () => told.map(({ event }) => event),
  };
}

interface Told {
  readonly world: World;
  readonly webhook: Webhook;
}

async function worldWithWebhook(
  onTestFinished: OnTestFinished,
  {
    answer,
    ...options
  }: Omit<WorldOptions, 'settings' | 'onTestFinished'> & { readonly answer?: RequestListener } = {},
): Promise<Told> {
  const webhook = await startWebhook(onTestFinished, answer);
  const settings = { notifyWebhook: webhook.address };
  return { webhook, world: await createWorld({ onTestFinished, fleet: 3, ...options, settings }) };
}

const approval = (timeout: string): Partial<RolloutSpecInput> => ({
  stages: [
    { name: 'canary', size: 1 },
    { name: 'rest', size: 'rest', approval: { timeout } },
  ],
});

describe.concurrent('the webhook of a worker', () => {
  it('is told of an approval, twice more before its time is over, and of the end', async ({ onTestFinished }) => {
    const { world, webhook } = await worldWithWebhook(onTestFinished);
    const rollout = await world.start(approval('30s'));
    expect(await rollout.result()).toMatchObject({ type: 'RolloutHalted' });
    expect(webhook.events()).toEqual(['approval', 'approval', 'approval', 'ended']);
    const [asked, half, late, ended] = webhook.told;
    expect(asked).toMatchObject({
      rollout: rollout.workflowId,
      text: expect.stringMatching(/stage rest\b.*\(1 changed, 2 not started, of 3\)/),
      status: { phase: 'waiting', stage: 'rest', waiting: { for: 'approval' } },
    });
    expect(asked?.text).not.toContain('reminder');
    expect(half?.text).toMatch(/reminder.*half of the time to approve is over/);
    expect(late?.text).toMatch(/reminder.*90 % of the time to approve is over/);
    expect(ended).toMatchObject({ text: expect.stringMatching(/[Hh]alted/), status: { phase: 'ended' } });
  });

  it('hears no reminder of an approval that was given', async ({ onTestFinished }) => {
    const { world, webhook } = await worldWithWebhook(onTestFinished);
    // The run goes on for longer than the approval would have had.
    const stages = [
      { name: 'canary', size: 1 },
      { name: 'rest', size: 'rest', approval: { timeout: '20s' }, bake: '21s' },
    ];
    const rollout = await world.start({ stages });
    await waitForHold(rollout, 'approval');
    await rollout.approve();
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    expect(webhook.events()).toEqual(['approval', 'ended']);
  });

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

const BROKEN: readonly (readonly [string, RequestListener])[] = [
  ['answers 500', (_, response) => response.writeHead(500).end('no')],
  ['refuses', (_, response) => response.writeHead(404).end('no')],
  ['hangs', () => undefined],
  ['breaks off', (request) => request.socket.destroy()],
];

describe.concurrent('a notification that fails', () => {
  it.for(BROKEN)(
    'stops nothing and fails nothing: a webhook that %s',
    { timeout: 150_000 },
    async ([, answer], { onTestFinished }) => {
      const { world, webhook } = await worldWithWebhook(onTestFinished, { answer });
      const rollout = await world.start(approval('1h'));
      await waitForHold(rollout, 'approval');
      await until(() => expect(webhook.events()).toContain('approval'));
      const approved = Date.now();
      await rollout.approve();
      // The stage doesn't wait for what is still under way: that takes many times as long where the webhook hangs.
      await until(() => expect(world.updates()).toHaveLength(3));
      expect(Date.now() - approved).toBeLessThan(30_000);
      expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
      const history = await historyOf(world, rollout.workflowId);
      // What payloads hold is seen too.
      const found = ['lightsailImdsNotify', 'httpTokens', 'T0PSECRET', new URL(webhook.address).host];
      expect(found.filter((part) => history.includes(part))).toEqual(['lightsailImdsNotify', 'httpTokens']);
    },
  );

  it('by a worker without a webhook is none', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    expect(await roll(world, ONE_STAGE)).toMatchObject({ status: 'completed' });
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

  it('that nobody carries out holds the end up for a minute at most, and fails nothing', { timeout: 240_000 }, async ({
    onTestFinished,
  }) => {
    const nobody = `nobody-${randomUUID()}`;
    const webhook = await startWebhook(onTestFinished);
    const settings = { notifyWebhook: webhook.address, taskQueues: [nobody] };
    const world = await createWorld({ onTestFinished, fleet: 2, settings });
    const notify = { activity: { type: 'myNotify', taskQueue: nobody } };
    const rollout = await world.start({ ...ONE_STAGE, notify });
    await until(() => expect(webhook.events()).toEqual(['ended']));
    expect(await rollout.status()).toMatchObject({ phase: 'ended', counts: { changed: 2 } });
    const since = Date.now();
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    expect(Date.now() - since).toBeLessThan(110_000);
  });
});

/** The whole history of the last run, what payloads hold as text. */
async function historyOf(world: World, workflowId: string): Promise<string> {
  const history = await world.client.workflow.getHandle(workflowId).fetchHistory();
  return JSON.stringify(history, (key, value: unknown) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value,
  );
}
