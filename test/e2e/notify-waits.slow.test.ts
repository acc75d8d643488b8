import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ONE_STAGE, roll } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';
import { approval, startWebhook, worldWithWebhook } from '../support/webhook.js';
import { createWorld, type World } from '../support/world.js';

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
});

const BROKEN: readonly (readonly [string, RequestListener])[] = [
  ['answers 500', (_, response) => response.writeHead(500).end('no')],
  ['refuses', (_, response) => response.writeHead(404).end('no')],
  ['hangs', () => undefined],
  ['breaks off', (request) => request.socket.destroy()],
];

describe.concurrent('a notification that fails', () => {
  it.for(BROKEN)('stops nothing and fails nothing: a webhook that %s', async ([, answer], { onTestFinished }) => {
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
  });

  it('by a worker without a webhook is none', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    expect(await roll(world, ONE_STAGE)).toMatchObject({ status: 'completed' });
  });
});

describe.concurrent("an activity of the user's", () => {
  it('that nobody carries out holds the end up for a minute at most, and fails nothing', async ({ onTestFinished }) => {
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
