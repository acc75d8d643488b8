import { expect, it } from 'vitest';
import { ONE_STAGE, roll } from '../support/rollouts.js';
import { createWorld } from '../support/world.js';

it('a rollout over a service that throttles is slower, and fails nothing', async ({ onTestFinished }) => {
  const world = await createWorld({
    onTestFinished,
    fleet: 40,
    sdk: { pacing: { ratePerSecond: 60, burst: 5 } },
    scenario: { throttle: { ratePerSecond: 20, burst: 20 } },
  });
  const outcome = await roll(world, { ...ONE_STAGE, concurrency: 40 });
  expect(outcome).toMatchObject({
    status: 'completed',
    result: { counts: { changed: 40, total: 40 }, exceptions: [] },
  });
  const calls = world.simulator.state.calls();
  const throttled = calls.filter(({ error }) => error?.startsWith('Throttling') === true);
  // The first ones find the limit out.
  expect(throttled.length / calls.length).toBeLessThan(0.25);
  expect(world.updates().filter(({ error }) => error === null)).toHaveLength(40);
});
