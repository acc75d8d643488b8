import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { blindfold, readings } from '../support/readings.js';
import { each, names, ONE_STAGE, reported, tokensOf } from '../support/rollouts.js';
import { until, waitForHold, waitForStatus } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const health: RolloutSpecInput['health'] = { interval: '150ms', failureThreshold: 3 };

/** A canary of two that bakes for so long that something has to happen before. */
const BAKING: Partial<RolloutSpecInput> = {
  health,
  stages: [
    { name: 'canary', size: 2, bake: '1h' },
    { name: 'rest', size: 'rest' },
  ],
};

describe.concurrent('a changed instance that fails its checks', () => {
  it('in the batch that changed it is taken back within the budget, and the rollout goes on', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 20,
      scenario: {
        pending: { min: 400, max: 500 },
        faults: [{ operation: 'UpdateInstanceMetadataOptions', instance: 'web-1', effect: { unhealthy: true } }],
      },
    });
    const rollout = await world.start({ ...ONE_STAGE, health, concurrency: 2, failure: { max: 1, revert: 'failed' } });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 19, failed: 1 } } });
    expect(reported(outcome)).toEqual({ 'web-1': 'failed(unhealthy), restored' });
    expect(tokensOf(world)).toEqual({ ...each(names(20), 'required'), 'web-1': 'optional' });
  });

  it('is found before the run completes, though its stage has no bake', async ({ onTestFinished, expect }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 3,
      scenario: {
        faults: [{ operation: 'UpdateInstanceMetadataOptions', instance: 'web-3', effect: { unhealthy: true } }],
      },
    });
    const outcome = await (await world.start({ ...ONE_STAGE, health })).result();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack' });
    expect(reported(outcome)).toMatchObject({ 'web-3': 'failed(unhealthy), restored' });
    expect(tokensOf(world)).toEqual(each(names(3), 'optional'));
  });

  it('stays as it is where nothing is to go back, and is counted once', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start({ ...BAKING, failure: { max: 1, revert: 'none' } });
    await waitForHold(rollout, 'bake');
    world.patch('web-1', { healthy: false });
    await waitForStatus(rollout, ({ counts }) => counts.failed === 1);
    await readings(world, 5);
    await rollout.skipBake();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 4, failed: 1 } } });
    expect(reported(outcome)).toEqual({ 'web-1': 'failed(unhealthy)' });
    expect(tokensOf(world)).toEqual(each(names(5), 'required'));
  });

  it("after it was taken back is nobody's business any more", async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start({ ...BAKING, failure: { max: 1, revert: 'failed' } });
    await waitForHold(rollout, 'bake');
    world.patch('web-1', { healthy: false });
    await until(() => expect(world.updates('web-1')).toHaveLength(2));
    await readings(world, 6);
    expect(await rollout.status()).toMatchObject({ counts: { failed: 1 }, waiting: { for: 'bake' } });
    await rollout.abort();
    await rollout.result();
    expect(world.updates('web-1')).toHaveLength(2);
  });
});

describe.concurrent('a reading that says little', () => {
  it('before the change: held too, and nothing is written until it can be read', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3, worker: false });
    const rollout = await world.start({ ...ONE_STAGE, health });
    const paused = rollout.pause();
    await world.startWorker();
    await paused;
    await waitForHold(rollout, 'paused');
    blindfold(world);
    await rollout.resume();
    await waitForHold(rollout, 'health');
    expect(world.updates()).toEqual([]);
    world.simulator.state.clearFaults();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
  });

  it('is gone on without where an operator says so', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start(BAKING);
    await waitForHold(rollout, 'bake');
    blindfold(world);
    await waitForStatus(rollout, ({ log }) => log.some(({ event }) => event.includes("can't be read")));
    await rollout.skipBake();
    await waitForHold(rollout, 'health');
    await rollout.approve({ by: 'ops', reason: 'I watch it myself' });
    await waitForStatus(rollout, ({ stage, waiting }) => stage === 'rest' && waiting?.for === 'health');
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
    expect(tokensOf(world)).toEqual(each(names(5), 'optional'));
  });
});

describe.concurrent('an instance that is unhealthy before its change', () => {
  it('is left alone and named, also where it turns unhealthy after the plan', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5, worker: false });
    world.patch('web-2', { healthy: false });
    const rollout = await world.start({ ...ONE_STAGE, health });
    const paused = rollout.pause();
    await world.startWorker();
    await paused;
    await waitForHold(rollout, 'paused');
    world.patch('web-4', { healthy: false });
    await rollout.resume();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, blocked: 2 } } });
    expect(reported(outcome)).toEqual({ 'web-2': 'blocked(unhealthy)', 'web-4': 'blocked(unhealthy)' });
    expect(world.updates('web-2')).toEqual([]);
    expect(world.updates('web-4')).toEqual([]);
  });

  it('is changed where that is not asked for', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    world.patch('web-2', { healthy: false });
    const outcome = await (
      await world.start({ ...ONE_STAGE, health: { requireHealthyBefore: false, checks: [] } })
    ).result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 2 } } });
  });
});
