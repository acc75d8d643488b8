import { describe, expect, it } from 'vitest';
import { denied } from '../support/faults.js';
import { mostInChange } from '../support/in-change.js';
import { until } from '../support/rollouts.js';
import { createWorld } from '../support/world.js';

/** Slow enough for changes to overlap wherever they may. */
const SLOW = { pending: { min: 150, max: 300 } } as const;

describe.concurrent('scenario 16: concurrency', () => {
  it.concurrent.for([
    { concurrency: 1, fleet: 5, atMost: 1 },
    { concurrency: 3, fleet: 12, atMost: 3 },
    { concurrency: 50, fleet: 6, atMost: 6 },
  ])(
    'never has more than $concurrency of $fleet instances in change',
    async ({ concurrency, fleet, atMost }, { onTestFinished }) => {
      const world = await createWorld({ onTestFinished, fleet, scenario: SLOW });
      const rollout = await world.start({ concurrency, stages: [{ name: 'rest', size: 'rest' }] });
      expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: fleet } } });
      const most = mostInChange(world.simulator.state.calls());
      expect(most).toBeLessThanOrEqual(atMost);
      expect(most).toBeGreaterThanOrEqual(Math.min(2, atMost));
    },
  );

  it.concurrent("keeps each stage to that stage's own concurrency", async ({ onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: [
        { region: 'us-east-1', prefix: 'a-', count: 5 },
        { region: 'us-east-1', prefix: 'b-', count: 4 },
        { region: 'us-east-1', prefix: 'c-', count: 8 },
      ],
      scenario: SLOW,
    });
    const rollout = await world.start({
      concurrency: 3,
      stages: [
        { name: 'a', size: 5, match: { names: ['a-*'] }, concurrency: 5 },
        { name: 'b', size: 4, match: { names: ['b-*'] }, concurrency: 1 },
        { name: 'rest', size: 'rest' },
      ],
    });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 17 } } });
    const calls = world.simulator.state.calls();
    const inStage = (prefix: string) =>
      mostInChange(calls, ({ instanceName }) => instanceName?.startsWith(prefix) === true);
    expect(inStage('a-')).toBeGreaterThan(3);
    expect(inStage('a-')).toBeLessThanOrEqual(5);
    expect(inStage('b-')).toBe(1);
    expect(inStage('c-')).toBeLessThanOrEqual(3);
    // One stage after the other: over all of them together there were never more than the largest allows.
    expect(mostInChange(calls)).toBeLessThanOrEqual(5);
  });

  it.concurrent('keeps each account and region to perScope, and all together to the total', async ({
    onTestFinished,
  }) => {
    const regions = ['us-east-1', 'eu-west-1'];
    const world = await createWorld({ onTestFinished, fleet: 7, regions, scenario: SLOW });
    const rollout = await world.start({
      concurrency: { total: 3, perScope: 2 },
      stages: [{ name: 'rest', size: 'rest' }],
    });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 14 } } });
    const calls = world.simulator.state.calls();
    for (const region of regions) expect(mostInChange(calls, (call) => call.region === region)).toBeLessThanOrEqual(2);
    expect(mostInChange(calls)).toBeLessThanOrEqual(3);
    expect(mostInChange(calls)).toBeGreaterThan(1);
  });

  it.concurrent('goes back with the concurrency of the rollback, not that of the stages', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 9, scenario: { ...SLOW, faults: denied('web-9') } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({
      concurrency: 8,
      rollback: { concurrency: 2 },
      spread: [],
      stages: [
        { name: 'first', size: 8 },
        { name: 'rest', size: 'rest' },
      ],
    });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 8 } } });
    expect(world.simulator.state.instances()).toEqual(before);
    const calls = world.simulator.state.calls();
    const turn = calls.findIndex(
      ({ instanceName, operation }) => instanceName === 'web-9' && operation?.startsWith('Update'),
    );
    expect(mostInChange(calls.slice(0, turn))).toBeGreaterThan(2);
    const back = mostInChange(calls.slice(turn), ({ instanceName }) => instanceName !== 'web-9');
    expect(back).toBe(2);
  });

  it.concurrent('goes back in the reverse order of change', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 6, scenario: { faults: denied('web-6') } });
    const rollout = await world.start({
      concurrency: 1,
      rollback: { concurrency: 1 },
      spread: [],
      stages: [
        { name: 'canary', size: 1 },
        { name: 'early', size: 2 },
        { name: 'rest', size: 'rest' },
      ],
    });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
    const order = (httpTokens: string) =>
      world
        .updates()
        .filter(({ input, error }) => error === null && (input as { httpTokens: string }).httpTokens === httpTokens)
        .map(({ instanceName }) => instanceName);
    expect(order('required')).toEqual(['web-1', 'web-2', 'web-3', 'web-4', 'web-5']);
    expect(order('optional')).toEqual(order('required').reverse());
  });

  it.concurrent('is kept by single targets that are taken back in the middle of a batch', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 16, scenario: SLOW });
    const rollout = await world.start({
      concurrency: 2,
      failure: { max: 16, revert: 'failed' },
      stages: [{ name: 'rest', size: 'rest' }],
    });
    const taken = ['web-1', 'web-2', 'web-3'];
    for (const name of taken) {
      await until(() => expect(world.updates(name)).toHaveLength(1));
      await rollout.revert({ names: [name] });
    }
    expect(await rollout.result()).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 13, failed: 3 } },
    });
    expect(mostInChange(world.simulator.state.calls())).toBeLessThanOrEqual(2);
  });
});
