import { describe, expect, it } from 'vitest';
import { rollVirtually, type VirtualRollout } from './virtual-rollout.js';

const FLEET = { instances: 500, concurrency: 50, pending: [5_000, 15_000], latency: 40 } as const;

/** What a rollout may need of the API for each changed instance, from discovery to verify. */
const MOST_CALLS = 3;

/** A script that reads each instance every five seconds: on average it sees a change so much later, in milliseconds. */
const LAG_OF_A_SCRIPT = 2_500;

describe('500 instances, 50 at a time, applied after 5 to 15 seconds', () => {
  it.each<Pick<VirtualRollout, 'scopes' | 'order' | 'latency'>>([
    { scopes: 1, order: 'mixed' },
    { scopes: 1, order: 'as listed' },
    { scopes: 1, order: 'mixed', latency: 100 },
    { scopes: 5, order: 'mixed' },
    { scopes: 10, order: 'mixed' },
    { scopes: 10, order: 'as listed' },
    { scopes: 25, order: 'mixed' },
    { scopes: 25, order: 'as listed' },
  ])('cost at most three calls each, and are seen as soon as by a script: %o', async (options) => {
    const { callsPerInstance, updates, lag, took } = await rollVirtually({ ...FLEET, ...options });
    expect(updates).toBe(1);
    expect(callsPerInstance).toBeLessThanOrEqual(MOST_CALLS);
    expect(lag).toBeLessThan(LAG_OF_A_SCRIPT + 4 * (options.latency ?? FLEET.latency));
    expect(took).toBeLessThan(160_000);
  });

  it.each(['by name', 'mixed'] as const)('keep below a limit that nobody has told them, %s', async (order) => {
    const pacing = { ratePerSecond: 20, burst: 20 };
    const limit = { ratePerSecond: 10, burst: 20 };
    const unknown = await rollVirtually({ ...FLEET, instances: 300, scopes: 1, order, pacing, limit });
    expect(unknown.callsPerInstance).toBeLessThan(order === 'mixed' ? 2.1 : 1.8);
    expect(unknown.throttled).toBeLessThan(0.025);
    expect(unknown.took).toBeLessThan(90_000);
  });

  it.each([1, 5, 10])('end sooner than a script could where calls are few, in %i scopes', async (scopes) => {
    const pacing = { ratePerSecond: 5, burst: 1 };
    const { callsPerInstance, took } = await rollVirtually({ ...FLEET, scopes, pacing });
    expect(callsPerInstance).toBeLessThan(3);
    // 4.6 calls for each of them, at that rate.
    expect(took).toBeLessThan(Math.max(180_000, (4.6 * FLEET.instances * 1_000) / (5 * scopes)));
  });
});

describe('how long changes take', () => {
  it.each([1, 10])('is learned: minutes are not polled every five seconds, in %i scopes', async (scopes) => {
    const pending = [180_000, 300_000] as const;
    const { callsPerInstance, lag } = await rollVirtually({ ...FLEET, scopes, pending });
    // Every five seconds would be 48 polls.
    expect(callsPerInstance).toBeLessThan(14);
    expect(lag).toBeLessThan(15_000);
  });

  it('does not matter where it is less than one interval', async () => {
    const { callsPerInstance, took } = await rollVirtually({ ...FLEET, scopes: 1, pending: [500, 2_000] });
    expect(callsPerInstance).toBeLessThan(2);
    expect(took).toBeLessThan(55_000);
  });

  it('costs a lone target no more than a reading after one, two, four, eight and thirteen seconds', async () => {
    const { callsPerInstance, took } = await rollVirtually({
      ...FLEET,
      scopes: 1,
      instances: 1,
      pending: [9_000, 9_001],
    });
    expect(callsPerInstance).toBeLessThanOrEqual(2 + 1 + 5);
    expect(took).toBeLessThan(17_000);
  });
});
