import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { onUpdate } from '../support/faults.js';
import { each, names, ONE_STAGE, reasonOf, reported, resultOf, roll, tokensOf } from '../support/rollouts.js';
import { waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

/** A deadline that a working instance keeps easily, and that one which never settles reaches soon. */
const IMPATIENT: RolloutSpecInput['apply'] = { timeout: '1500ms', pollInterval: '40ms', maxErrors: 3 };

describe.concurrent('scenario 7: `applied` with old values', () => {
  it('for a while is followed without a second Update, there and back', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 4, scenario: { stale: 500 } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: [{ name: 'all', size: 'rest', bake: '1m' }] });
    await waitForHold(rollout, 'bake');
    expect(tokensOf(world)).toEqual(each(names(4), 'required'));
    expect(world.updates()).toHaveLength(4);
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutRolledBack',
      result: { counts: { restored: 4, total: 4 }, exceptions: [] },
    });
    expect(world.updates()).toHaveLength(8);
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('for ever is a failure at the deadline, never a change, and goes back by an Update of its own', async ({
    onTestFinished,
    expect,
  }) => {
    const faults = [onUpdate('web-2', { revertAfterMs: 0 })];
    const world = await createWorld({ onTestFinished, fleet: 4, scenario: { pending: { min: 0, max: 0 }, faults } });
    const outcome = await roll(world, { ...ONE_STAGE, apply: IMPATIENT, failure: { max: 1, revert: 'failed' } });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, failed: 1, total: 4 } } });
    expect(reported(outcome)).toEqual({ 'web-2': 'failed(deadline), restored' });
    expect(tokensOf(world)).toEqual({ ...each(names(4), 'required'), 'web-2': 'optional' });
    expect(world.updates()).toHaveLength(5);
  });
});

describe.concurrent('scenario 7: `pending` for ever', () => {
  it('fails at its deadline and is taken back, or is named where that does not settle either', async ({
    onTestFinished,
    expect,
  }) => {
    const faults = [onUpdate('web-2', { stuckPending: true }, { times: 1 }), onUpdate('web-3', { stuckPending: true })];
    const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults } });
    const before = world.instance('web-1').metadataOptions;
    const outcome = await roll(world, { apply: IMPATIENT, spread: [] });
    expect(outcome).toMatchObject({ type: 'RollbackIncomplete', result: { counts: { total: 4 } } });
    expect(reported(outcome)).toEqual({
      'web-2': 'failed(deadline), restored',
      'web-3': 'failed(deadline), restore-failed',
    });
    expect(reasonOf(outcome, 'web-3')).toContain('pending at the deadline');
    for (const name of ['web-1', 'web-2', 'web-4']) expect(world.instance(name).metadataOptions).toEqual(before);
    expect(resultOf(outcome).counts).toMatchObject({ restored: 2, failed: 1, 'restore-failed': 1 });
  });

  it('within the budget is taken back alone', async ({ onTestFinished, expect }) => {
    const faults = [onUpdate('web-2', { stuckPending: true }, { times: 1 })];
    const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults } });
    const outcome = await roll(world, { failure: { max: 1, revert: 'failed' }, apply: IMPATIENT });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, failed: 1 } } });
    expect(reported(outcome)).toEqual({ 'web-2': 'failed(deadline), restored' });
    expect(tokensOf(world)).toEqual({ ...each(names(4), 'required'), 'web-2': 'optional' });
    expect(world.updates()).toHaveLength(5);
  });
});

describe.concurrent('scenario 7: `applied`, and reverted by itself during bake', () => {
  it.for([
    { max: 1, ended: { status: 'completed', result: { counts: { changed: 3, failed: 1 } } } },
    { max: 0, ended: { type: 'RolloutRolledBack', result: { counts: { restored: 3, failed: 1 } } } },
  ])(
    'is found by the last sweep and counted to the last stage, with $max failures allowed',
    async ({ max, ended }, { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 4 });
      const before = world.simulator.state.instances();
      const rollout = await world.start({
        stages: [
          { name: 'canary', size: 2, bake: '1h' },
          { name: 'rest', size: 'rest' },
        ],
        failure: { max, revert: 'run' },
      });
      await waitForHold(rollout, 'bake');
      world.patch('web-1', { metadataOptions: { httpTokens: 'optional' } });
      await rollout.skipBake();
      const outcome = await rollout.result();
      expect(outcome).toMatchObject(ended);
      expect(Object.keys(reported(outcome))).toEqual(['web-1']);
      expect(reported(outcome)['web-1']).toContain('failed(reverted)');
      // Nothing is written over what the instance did by itself: it is back where it was.
      expect(world.updates('web-1')).toHaveLength(1);
      if (max === 0) {
        expect(outcome).toMatchObject({ message: expect.stringContaining('1 of 2 targets of stage "rest" failed') });
        expect(world.simulator.state.instances()).toEqual(before);
      } else expect(tokensOf(world)).toEqual({ ...each(names(4), 'required'), 'web-1': 'optional' });
    },
  );
});
