import { describe, expect, it } from 'vitest';
import { until, waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const LONG_BAKE = [
  { name: 'canary', size: 1, bake: '10m' },
  { name: 'rest', size: 'rest' },
];

describe.concurrent('a history that grows too large', () => {
  it('halts the rollout while it can still end by itself', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start({ stages: LONG_BAKE });
    await waitForHold(rollout, 'bake');
    const handle = world.client.workflow.getHandle(rollout.workflowId);
    const large = 'x'.repeat(1_900_000);
    // A task knows the size of what stood there before it.
    for (let sent = 0; sent < 43_000_000; sent += large.length) await handle.signal('progress', large);
    await until(async () => {
      await handle.signal('progress', '').catch(() => undefined);
      expect((await handle.describe()).status.name).toBe('FAILED');
    });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutHalted',
      message: expect.stringContaining('its history has reached 40 MB'),
      result: { counts: { changed: 1, total: 3 } },
    });
  });
});
