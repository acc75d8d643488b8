import { expect, it } from 'vitest';
import { DEFAULT_PACING } from '../src/lightsail/index.js';
import { roll } from '../test/support/rollouts.js';
import { createWorld } from '../test/support/world.js';

const INSTANCES = 300;
const LIMIT = { ratePerSecond: 5, burst: 5 };

/** Milliseconds in which the limit is being found out. */
const LEARNING = 20_000;

/** Shares of the calls, and of the limit. */
const MOST_THROTTLED = 0.05;
const LEAST_RATE = 0.85;

it.each([
  { ceiling: 'as it is by default', pacing: DEFAULT_PACING },
  { ceiling: 'four times the limit', pacing: { ratePerSecond: 20, burst: 10 } },
])('300 instances under a limit of 5 calls a second, with a ceiling $ceiling', { timeout: 900_000 }, async (given) => {
  const world = await createWorld({
    fleet: INSTANCES,
    sdk: { pacing: given.pacing },
    scenario: { throttle: LIMIT, pending: { min: 5_000, max: 15_000 } },
  });
  const outcome = await roll(world, {
    stages: [{ name: 'all', size: 'rest' }],
    concurrency: 50,
    apply: { timeout: '10m', pollInterval: '5s' },
    health: { checks: [] },
  });
  expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: INSTANCES }, exceptions: [] } });
  const calls = world.simulator.state.calls().filter(({ operation }) => operation !== 'GetCallerIdentity');
  const start = calls[0]?.at ?? 0;
  // Once the last Update is sent, nobody wants as many calls as there may be.
  const end = world.updates().at(-1)?.at ?? 0;
  const after = calls.filter(({ at }) => at >= start + LEARNING && at <= end);
  const throttled = after.filter(({ error }) => error?.startsWith('Throttling') === true).length;
  const rate = (after.length - throttled) / ((end - start - LEARNING) / 1_000);
  const share = throttled / after.length;
  process.stdout.write(
    `\n${INSTANCES} instances, limit ${LIMIT.ratePerSecond} a second, ceiling ${given.pacing.ratePerSecond}: ` +
      `${calls.length} calls, the last Update after ${((end - start) / 1_000).toFixed(0)} s; from ${LEARNING / 1_000} s to then ` +
      `${(100 * share).toFixed(1)} % throttled, at ${((100 * rate) / LIMIT.ratePerSecond).toFixed(0)} % of the limit\n`,
  );
  expect(share).toBeLessThanOrEqual(MOST_THROTTLED);
  expect(rate).toBeGreaterThanOrEqual(LEAST_RATE * LIMIT.ratePerSecond);
});
