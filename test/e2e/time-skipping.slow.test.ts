import { TestWorkflowEnvironment } from '@temporalio/testing';
import { describe, it, type TestContext } from 'vitest';
import type { RolloutOutcome } from '../../src/client/index.js';
import * as server from '../../src/server/index.js';
import { each, names, reported, resultOf, tokensOf } from '../support/rollouts.js';
import type { TestTemporal } from '../support/temporal.js';
import { installTestServer } from '../support/test-server.mjs';
import { createWorld, type World, type WorldOptions } from '../support/world.js';

const HOUR = 3_600_000;

/** What such a test may take of real time, in milliseconds. */
const SECONDS = 30_000;

interface SkippingWorld extends World {
  /** Rolls out with the spec of which nothing is said but what it must say, and measures by both clocks, in milliseconds. */
  rollDefaults(): Promise<{ readonly outcome: RolloutOutcome; readonly real: number; readonly skipped: number }>;
}

/** A world on a server of its own: the clock of one that tests share is wherever the last of them has left it. */
async function skippingWorld(
  onTestFinished: TestContext['onTestFinished'],
  options: Omit<WorldOptions, 'temporal' | 'onTestFinished'>,
): Promise<SkippingWorld> {
  const path = await installTestServer(server);
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  onTestFinished(() => environment.teardown());
  const temporal: TestTemporal = {
    address: environment.address,
    namespace: environment.namespace ?? 'default',
    client: async () => environment.client,
    nativeConnection: async () => environment.nativeConnection,
  };
  const pacing = { ratePerSecond: 1_000, burst: 1_000 };
  const world = await createWorld({ ...options, onTestFinished, temporal, sdk: { pacing } });
  return {
    ...world,
    rollDefaults: async () => {
      const [begun, from] = [performance.now(), await environment.currentTimeMs()];
      const { name, options, targets } = world.spec();
      const rollout = await world.rollouts.start({ name, options, targets }, { taskQueue: world.taskQueue });
      const outcome = await rollout.result();
      const real = performance.now() - begun;
      // Once nobody waits for a result the server may have gone on, to where it would give the run up: in ten years.
      const { log } = await rollout.status();
      const skipped = Date.parse(log.at(-1)?.at ?? '') - from;
      process.stderr.write(
        `A rollout ended after ${(skipped / HOUR).toFixed(1)} h in ${(real / 1_000).toFixed(1)} s of real time.\n`,
      );
      return { outcome, real, skipped };
    },
  };
}

// One after the other: each runs its own server, and measures real time.
describe('on a server that skips time, a rollout of 40 instances with the default spec', () => {
  it('ends within seconds, though its bakes take hours', async ({ onTestFinished, expect }) => {
    const world = await skippingWorld(onTestFinished, { fleet: 40 });
    const { outcome, real, skipped } = await world.rollDefaults();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 40 } } });
    expect(tokensOf(world)).toEqual(each(names(40), 'required'));
    expect(skipped).toBeGreaterThan(8 * HOUR);
    expect(real).toBeLessThan(SECONDS);
  });

  it('is rolled back where an instance fails after its change', async ({ onTestFinished, expect }) => {
    const fault = {
      operation: 'UpdateInstanceMetadataOptions',
      instance: 'web-3',
      effect: { unhealthy: true },
    } as const;
    const world = await skippingWorld(onTestFinished, { fleet: 40, scenario: { faults: [fault] } });
    const { outcome, real } = await world.rollDefaults();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack' });
    expect(reported(outcome)).toEqual({ 'web-3': 'failed(unhealthy), restored' });
    expect(resultOf(outcome).counts).toMatchObject({ restored: 39, failed: 1 });
    expect(tokensOf(world)).toEqual(each(names(40), 'optional'));
    expect(real).toBeLessThan(SECONDS);
  });
});
