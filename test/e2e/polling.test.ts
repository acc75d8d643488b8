import { expect, it } from 'vitest';
import { ONE_STAGE, roll } from '../support/rollouts.js';
import { createWorld } from '../support/world.js';

const INSTANCES = 60;

/** A first reading, an Update and one poll for each, beside the pages of discovery and verify, are more than that; and they are polled twice or thrice. */
const MOST_CALLS = 3;

it('changes that are waited for together cost few calls of the API', async ({ onTestFinished }) => {
  const scenario = { pending: { min: 500, max: 1_500 } };
  const world = await createWorld({
    onTestFinished,
    fleet: INSTANCES,
    scenario,
    // Only where calls are rationed are they saved.
    sdk: { pacing: { ratePerSecond: 1_000, burst: 1_000 } },
  });
  const outcome = await roll(world, {
    ...ONE_STAGE,
    concurrency: 20,
    apply: { timeout: '2m', pollInterval: '500ms' },
    evidence: 'off',
    health: { checks: [] },
  });
  expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: INSTANCES } } });
  const calls = world.simulator.state.calls().filter(({ operation }) => operation !== 'GetCallerIdentity');
  expect(calls.length / INSTANCES).toBeLessThan(MOST_CALLS);
  expect(world.updates()).toHaveLength(INSTANCES);
});
