import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { blindfold, readings } from '../support/readings.js';
import { each, names, reasonOf, reported, resultOf, tokensOf } from '../support/rollouts.js';
import { runningBatch, untilTold } from '../support/temporal-runs.js';
import { waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const THRESHOLD = 3;
const health: RolloutSpecInput['health'] = { interval: '150ms', failureThreshold: THRESHOLD };

/** Long enough that a test acts between two readings on a busy machine too. */
const slowHealth: RolloutSpecInput['health'] = { interval: '1s', failureThreshold: THRESHOLD };

/** A canary of two that bakes for so long that something has to happen before. */
const BAKING: Partial<RolloutSpecInput> = {
  health: slowHealth,
  spread: [],
  stages: [
    { name: 'canary', size: 2, bake: '1h' },
    { name: 'rest', size: 'rest' },
  ],
};

const APPROVED: Partial<RolloutSpecInput> = {
  health: slowHealth,
  spread: [],
  stages: [
    { name: 'canary', size: 2 },
    { name: 'rest', size: 'rest', approval: {} },
  ],
};

describe.concurrent('scenario 22: health that goes bad acts at once', () => {
  it.for<[string, Partial<RolloutSpecInput>, 'approval' | 'bake' | 'paused']>([
    ['waiting for an approval that never comes', APPROVED, 'approval'],
    ['baking', BAKING, 'bake'],
    ['paused in the middle of a bake', BAKING, 'bake'],
    [
      'paused before the next stage',
      {
        ...BAKING,
        stages: [
          { name: 'canary', size: 2 },
          { name: 'rest', size: 'rest' },
        ],
      },
      'paused',
    ],
  ])('while %s', async ([when, changes, hold], { onTestFinished, expect }) => {
    const faults = hold === 'paused' ? heldChanges() : [];
    const world = await createWorld({ onTestFinished, fleet: 5, scenario: { faults } });
    const rollout = await world.start(changes);
    if (hold === 'paused') await waitUntil('the canary has begun', () => world.updates().length === 2);
    else await waitForHold(rollout, hold);
    if (when.startsWith('paused')) await rollout.pause({ by: 'ops' });
    if (hold === 'paused') {
      letGo(world);
      await waitForStatus(rollout, ({ stage, waiting }) => stage === 'rest' && waiting?.for === hold);
    }
    await readings(world, 1);
    const calls = () => world.simulator.state.calls();
    const before = calls().length;
    world.patch('web-1', { healthy: false });
    const outcome = await rollout.result();
    const later = calls().slice(before);
    const back = later.findIndex(({ operation }) => operation === 'UpdateInstanceMetadataOptions');
    const watched = later.slice(0, back).filter(({ input }) => JSON.stringify(input).includes('includeHealthStatus'));
    expect(watched.length).toBeGreaterThanOrEqual(THRESHOLD);
    expect(outcome).toMatchObject({
      type: 'RolloutRolledBack',
      result: { reason: '1 of 2 targets of stage "canary" failed, 0 may', counts: { failed: 1, restored: 1 } },
    });
    expect(reported(outcome)).toEqual({ 'web-1': 'failed(unhealthy), restored' });
    expect(reasonOf(outcome, 'web-1')).toContain('impaired');
    expect(tokensOf(world)).toEqual(each(names(5), 'optional'));
    expect(world.updates()).toHaveLength(4);
  });

  it('on a host of the canary during the last stage, and counts to the canary', async ({ onTestFinished, expect }) => {
    const scenario = { faults: heldChanges({ after: 2 }) };
    const world = await createWorld({ onTestFinished, fleet: 10, scenario });
    const rollout = await world.start({
      health,
      concurrency: 2,
      stages: [
        { name: 'canary', size: 2, bake: '50ms' },
        { name: 'rest', size: 'rest' },
      ],
    });
    await waitUntil('two of the last stage have begun', () => world.updates().length === 4);
    world.patch('web-1', { healthy: false });
    // It is noticed while the last stage runs, not at its end.
    await untilTold(world, await runningBatch(world, rollout));
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutRolledBack',
      message: expect.stringContaining('1 of 2 targets of stage "canary" failed, 0 may'),
    });
    expect(resultOf(outcome).stages.map(({ counts }) => counts.failed ?? 0)).toEqual([1, 0]);
    expect(reported(outcome)['web-1']).toBe('failed(unhealthy), restored');
    expect(tokensOf(world)).toEqual(each(names(10), 'optional'));
    expect(resultOf(outcome).counts.skipped).toBe(6);
  });
});

describe.concurrent('scenario 22: a reading that says little', () => {
  it('one bad one among many does nothing', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start(BAKING);
    await waitForHold(rollout, 'bake');
    for (let time = 0; time < 3; time += 1) {
      world.patch('web-1', { healthy: false });
      await readings(world, 1);
      world.patch('web-1', { healthy: true });
      await readings(world, 3);
    }
    await rollout.skipBake();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 5 }, exceptions: [] } });
    expect(tokensOf(world)).toEqual(each(names(5), 'required'));
    expect(world.updates()).toHaveLength(5);
  });

  it('an observer without network: held, named, and on when readings return', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start(APPROVED);
    await waitForHold(rollout, 'approval');
    blindfold(world);
    await waitForStatus(rollout, ({ log }) => log.some(({ event }) => event.includes("can't be read")));
    await rollout.approve();
    const { waiting } = await waitForHold(rollout, 'health');
    expect(waiting?.reason).toMatch(
      /2 instances can't be read \(.*ServiceException.*most likely the observer is at fault/,
    );
    await readings(world, 6);
    expect(await rollout.status()).toMatchObject({ waiting: { for: 'health' }, budget: { failed: 0 } });
    expect(world.updates()).toHaveLength(2);
    world.simulator.state.clearFaults();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 5 }, exceptions: [] } });
    expect(tokensOf(world)).toEqual(each(names(5), 'required'));
    expect(world.updates()).toHaveLength(5);
  });
});
