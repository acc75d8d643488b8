import { describe, expect, it } from 'vitest';
import { ONE_STAGE } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';
import { openingWindow } from '../support/windows.js';
import { createWorld } from '../support/world.js';

function today(offsetDays = 0): string {
  return new Date(Date.now() + offsetDays * 86_400_000).toISOString().slice(0, 10);
}

describe.concurrent('a bake', () => {
  it('ends when it is skipped, and the next one is still kept', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const stages = [
      { name: 'canary', size: 1, bake: '1h' },
      { name: 'early', size: 1, bake: '1h' },
      { name: 'rest', size: 'rest' },
    ];
    const rollout = await world.start({ stages });
    await waitForHold(rollout, 'bake');
    await rollout.skipBake({ by: 'ops', reason: 'watched it' });
    await until(async () => expect(await rollout.status()).toMatchObject({ stage: 'early', waiting: { for: 'bake' } }));
    await rollout.skipBake();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
  });
});

describe.concurrent('windows and freezes', () => {
  it('hold a rollout that starts outside of them, and an abort ends it', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const freeze = [{ from: today(), to: today(1), reason: 'holidays' }];
    const rollout = await world.start({ ...ONE_STAGE, freeze });
    const { waiting } = await waitForHold(rollout, 'freeze');
    expect(waiting).toMatchObject({ reason: 'holidays', until: `${today(2)}T00:00:00.000Z` });
    await rollout.pause();
    await waitForHold(rollout, 'paused');
    await rollout.resume();
    await waitForHold(rollout, 'freeze');
    expect(world.updates()).toEqual([]);
    await rollout.abort();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(world.updates()).toEqual([]);
  });

  it('of a time zone that does not exist are refused by the client, and by the workflow for any other client', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 1 });
    const windows = [{ days: ['mon' as const], from: '00:00', to: '12:00', timezone: 'Europe/Stokholm' }];
    const says = /windows\[0\]\.timezone: .*did you mean "Europe\/Stockholm"\?/;
    await expect(world.start({ ...ONE_STAGE, windows })).rejects.toThrow(says);
    const workflowId = `raw-${world.account}`;
    const args = [world.spec({ ...ONE_STAGE, windows })];
    const { taskQueue } = world;
    const raw = await world.client.workflow.start('imdsRollout', { workflowId, taskQueue, args });
    await expect(raw.result()).rejects.toMatchObject({
      cause: { type: 'InvalidRolloutSpec', message: expect.stringMatching(says) },
    });
  });

  it('open for a rollout that waits', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const { windows, opening } = openingWindow(15_000);
    const rollout = await world.start({ ...ONE_STAGE, windows });
    expect((await waitForHold(rollout, 'window')).waiting?.until).toBe(new Date(opening).toISOString());
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    expect(world.updates().every((call) => call.at >= opening)).toBe(true);
  });
});
