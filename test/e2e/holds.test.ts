import { describe, expect, it } from 'vitest';
import { ONE_STAGE, until } from '../support/rollouts.js';
import { waitForHold } from '../support/wait.js';
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

  it('end the run at once for a time zone that does not exist', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 1 });
    const windows = [{ days: ['mon' as const], from: '00:00', to: '12:00', timezone: 'Europe/Stokholm' }];
    const outcome = await (await world.start({ ...ONE_STAGE, windows })).result();
    expect(outcome).toMatchObject({ status: 'failed', type: 'InvalidRolloutSpec' });
    expect(outcome).toMatchObject({ message: expect.stringContaining('did you mean "Europe/Stockholm"?') });
  });

  it('open for a rollout that waits', { timeout: 240_000 }, async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const { windows, opening } = openingWindow(15_000);
    const rollout = await world.start({ ...ONE_STAGE, windows });
    expect((await waitForHold(rollout, 'window')).waiting?.until).toBe(new Date(opening).toISOString());
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    expect(world.updates().every((call) => call.at >= opening)).toBe(true);
  });
});
