import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { heldChanges, refusedForGood } from '../support/faults.js';
import { holdChanges, letGo } from '../support/held.js';
import { blindfold } from '../support/readings.js';
import { each, names, ONE_STAGE, tokensOf } from '../support/rollouts.js';
import { until, waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld } from '../support/world.js';

/** One stage that bakes until it is skipped; what is taken back goes one at a time. */
const BAKING: Partial<RolloutSpecInput> = {
  health: { checks: [] },
  failure: { max: 3, revert: 'failed' },
  rollback: { concurrency: 1 },
  stages: [{ name: 'all', size: 'rest', bake: '1h' }],
};

describe.concurrent('single targets on their way back, or waiting for it,', () => {
  it('are waited for where the rollout comes to its end', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start(BAKING);
    await waitForHold(rollout, 'bake');
    holdChanges(world);
    await rollout.revert({ names: ['web-1'] });
    await rollout.revert({ names: ['web-2'] });
    await rollout.skipBake();
    await waitUntil('the first is on its way back', () => world.updates().length === 6);
    letGo(world);
    expect(await rollout.result()).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 3, restored: 2 } },
    });
    expect(tokensOf(world)).toMatchObject(each(['web-1', 'web-2'], 'optional'));
  });

  it('are not stopped by a cancellation of the run', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start(BAKING);
    await waitForHold(rollout, 'bake');
    holdChanges(world);
    await rollout.revert({ names: ['web-1', 'web-2', 'web-3'] });
    await world.client.workflow.getHandle(rollout.workflowId).cancel();
    await waitUntil('the first is on its way back', () => world.updates().length === 6);
    letGo(world);
    expect(await rollout.result()).toMatchObject({ type: 'Cancelled' });
    expect(tokensOf(world)).toEqual({ ...each(names(3), 'optional'), 'web-4': 'required', 'web-5': 'required' });
  });

  it('are followed by the others where an abort asks for that meanwhile', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start({ ...BAKING, failure: { max: 0, revert: 'failed' } });
    await waitForHold(rollout, 'bake');
    holdChanges(world);
    await rollout.revert({ names: ['web-1'], count: true });
    await waitForStatus(rollout, ({ phase }) => phase === 'reverting');
    await rollout.abort({ mode: 'rollback', by: 'ops' });
    letGo(world);
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
    expect(tokensOf(world)).toEqual(each(names(5), 'optional'));
  });

  it('that do not count, and can not go back, trip no budget', async ({ onTestFinished, expect }) => {
    const scenario = { faults: heldChanges({ after: 1 }) };
    const world = await createWorld({ onTestFinished, fleet: 4, scenario });
    const rollout = await world.start({ ...ONE_STAGE, health: { checks: [] }, concurrency: 1 });
    await until(() => expect(world.updates()).toHaveLength(2));
    await rollout.revert({ names: ['web-1'] });
    letGo(world);
    for (const fault of refusedForGood('web-1')) world.simulator.state.addFault(fault);
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { 'restore-failed': 1 } } });
  });

  it('leave a stage that proves nothing, which holds the next one', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 4 });
    const stages = [
      { name: 'canary', size: 1, bake: '1h' },
      { name: 'rest', size: 'rest' },
    ];
    const rollout = await world.start({ health: { checks: [] }, stages });
    await waitForHold(rollout, 'bake');
    await rollout.revert({ names: ['web-1'] });
    await until(() => expect(tokensOf(world)['web-1']).toBe('optional'));
    await rollout.skipBake();
    await waitForHold(rollout, 'evidence');
    await rollout.abort();
    await rollout.result();
    expect(tokensOf(world)).toEqual(each(names(4), 'optional'));
  });
});

it('a rejection ends a rollout whose running batch is held for want of readings', async ({ expect }) => {
  const world = await createWorld({ fleet: 12, scenario: { faults: heldChanges({ after: 2 }) } });
  const rollout = await world.start({ ...ONE_STAGE, health: { interval: '150ms' }, concurrency: 1 });
  await until(() => expect(world.updates()).toHaveLength(3));
  blindfold(world);
  await waitForHold(rollout, 'health');
  letGo(world);
  blindfold(world);
  await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0);
  await rollout.reject({ by: 'ops' });
  expect(await rollout.result()).toMatchObject({ type: 'RolloutHalted', message: expect.stringContaining('rejected') });
});
