import { describe, it } from 'vitest';
import { denied, heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { mostInChange, SINGLE_READS } from '../support/in-change.js';
import { each, names, reported, roll, tokensOf } from '../support/rollouts.js';
import { until } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

/** Slow enough for changes to overlap wherever they may. */
const SLOW = { pending: { min: 150, max: 300 }, ...SINGLE_READS } as const;

/** The most of these instances that were in change at one moment, from a position in the call log on. */
function most(world: World, among: (name: string) => boolean = () => true, from = 0): number {
  const calls = world.simulator.state.calls().slice(from);
  return mostInChange(calls, ({ instanceName }) => instanceName !== null && among(instanceName));
}

describe.concurrent('scenario 16: concurrency on the way forward', () => {
  it.for([
    { what: '1', concurrency: 1, fleet: 5, atMost: 1 },
    { what: '3', concurrency: 3, fleet: 12, atMost: 3 },
    { what: '50, larger than the stage,', concurrency: 50, fleet: 6, atMost: 6 },
  ])('of $what is never exceeded, and is used', async ({ concurrency, fleet, atMost }, { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet, scenario: { faults: heldChanges(), ...SINGLE_READS } });
    const rollout = await world.start({ concurrency, stages: [{ name: 'rest', size: 'rest' }] });
    await until(() => expect(world.updates()).toHaveLength(atMost));
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: fleet }, exceptions: [] } });
    expect(most(world)).toBe(atMost);
    expect(tokensOf(world)).toEqual(each(names(fleet), 'required'));
    expect(world.updates()).toHaveLength(fleet);
  });

  it("changed between stages: each keeps to its own, and one without has the rollout's", async ({
    onTestFinished,
    expect,
  }) => {
    const region = 'us-east-1';
    const world = await createWorld({
      onTestFinished,
      fleet: [
        { region, prefix: 'a-', count: 5 },
        { region, prefix: 'b-', count: 4 },
        { region, prefix: 'c-', count: 8 },
      ],
      scenario: SLOW,
    });
    const outcome = await roll(world, {
      concurrency: 3,
      stages: [
        { name: 'a', size: 5, match: { names: ['a-*'] }, concurrency: 5 },
        { name: 'b', size: 4, match: { names: ['b-*'] }, concurrency: 1 },
        { name: 'rest', size: 'rest' },
      ],
    });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 17 }, exceptions: [] } });
    const inStage = (prefix: string) => most(world, (name) => name.startsWith(prefix));
    expect(inStage('a-')).toBeGreaterThan(1);
    expect(inStage('a-')).toBeLessThanOrEqual(5);
    expect(inStage('b-')).toBe(1);
    expect(inStage('c-')).toBeLessThanOrEqual(3);
    // One stage after the other: over all of them together there were never more than the largest allows.
    expect(most(world)).toBeLessThanOrEqual(5);
    expect(new Set(Object.values(tokensOf(world)))).toEqual(new Set(['required']));
    expect(world.updates()).toHaveLength(17);
  });

  it('keeps each account and region to perScope, and all together to the total', async ({ onTestFinished, expect }) => {
    const regions = ['us-east-1', 'eu-west-1'];
    const world = await createWorld({ onTestFinished, fleet: 7, regions, scenario: SLOW });
    const outcome = await roll(world, {
      concurrency: { total: 3, perScope: 2 },
      stages: [{ name: 'rest', size: 'rest' }],
    });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 14 }, exceptions: [] } });
    const calls = world.simulator.state.calls();
    for (const region of regions) expect(mostInChange(calls, (call) => call.region === region)).toBeLessThanOrEqual(2);
    expect(mostInChange(calls)).toBeLessThanOrEqual(3);
    expect(mostInChange(calls)).toBeGreaterThan(1);
    expect(world.updates()).toHaveLength(14);
  });
});

describe.concurrent('scenario 16: concurrency on the way back', () => {
  it.for([1, 2])("is that of the rollback, %i, not the stages'", async (concurrency, { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 9, scenario: { ...SLOW, faults: denied('web-9') } });
    const before = world.simulator.state.instances();
    const outcome = await roll(world, {
      concurrency: 8,
      rollback: { concurrency },
      spread: [],
      stages: [
        { name: 'first', size: 8 },
        { name: 'rest', size: 'rest' },
      ],
    });
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 8, failed: 1 } } });
    expect(reported(outcome)).toEqual({ 'web-9': 'failed(api-error)' });
    expect(world.simulator.state.instances()).toEqual(before);
    const calls = world.simulator.state.calls();
    const turn = calls.findIndex(
      ({ instanceName, operation }) => instanceName === 'web-9' && operation?.startsWith('Update'),
    );
    expect(mostInChange(calls.slice(0, turn))).toBeGreaterThan(2);
    expect(most(world, (name) => name !== 'web-9', turn)).toBe(concurrency);
  });

  it('is kept by single targets on their way back, while the stage keeps to its own', async ({
    onTestFinished,
    expect,
  }) => {
    const faults = names(9)
      .slice(4)
      .flatMap((instance) => heldChanges({ instance }));
    const world = await createWorld({ onTestFinished, fleet: 9, scenario: { faults, ...SINGLE_READS } });
    const rollout = await world.start({
      concurrency: 2,
      rollback: { concurrency: 1 },
      spread: [],
      stages: [
        { name: 'early', size: 4 },
        { name: 'rest', size: 'rest' },
      ],
      failure: { max: 8, revert: 'failed' },
    });
    await until(() => expect(world.updates()).toHaveLength(6));
    const from = world.simulator.state.calls().length;
    const back = ['web-1', 'web-2', 'web-3'];
    await rollout.revert({ names: back, count: true });
    await until(() => expect(tokensOf(world)).toMatchObject(each(back, 'optional')));
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 6, failed: 3, total: 9 } } });
    expect(reported(outcome)).toEqual(each(back, 'failed(operator), restored'));
    expect(tokensOf(world)).toEqual({ ...each(names(9), 'required'), ...each(back, 'optional') });
    expect(world.updates()).toHaveLength(12);
    expect(most(world, (name) => back.includes(name), from)).toBe(1);
    expect(most(world, (name) => !back.includes(name))).toBe(2);
    expect(most(world)).toBeLessThanOrEqual(3);
  });

  it('of targets of the running stage comes out of that stage', async ({ onTestFinished, expect }) => {
    const faults = heldChanges({ instance: 'web-9' });
    const world = await createWorld({ onTestFinished, fleet: 9, scenario: { ...SLOW, faults } });
    const rollout = await world.start({
      concurrency: 2,
      spread: [],
      stages: [{ name: 'all', size: 'rest' }],
      failure: { max: 8, revert: 'failed' },
    });
    const back = ['web-1', 'web-2', 'web-3'];
    for (const name of back) {
      await until(() => expect(world.updates(name)).toHaveLength(1));
      await rollout.revert({ names: [name], count: true });
    }
    await until(() => expect(world.updates('web-9')).toHaveLength(1));
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 6, failed: 3, total: 9 } } });
    expect(reported(outcome)).toEqual(each(back, 'failed(operator), restored'));
    expect(tokensOf(world)).toEqual({ ...each(names(9), 'required'), ...each(back, 'optional') });
    expect(world.updates()).toHaveLength(12);
    expect(most(world)).toBe(2);
  });
});
