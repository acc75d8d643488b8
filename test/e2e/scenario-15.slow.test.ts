import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied } from '../support/faults.js';
import { refusedLast } from '../support/held.js';
import { each, names, ONE_STAGE, reported, resultOf, roll, tokensOf } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

type Failure = NonNullable<RolloutSpecInput['failure']>;

const TEN = names(10);

describe.concurrent('scenario 15: a budget of 0, 1, n or n %, at the boundary', () => {
  it.for<{ what: string; failing: number; failure: Failure }>([
    { what: '0 failures where none may fail', failing: 0, failure: { max: 0 } },
    { what: '1 where 1 may', failing: 1, failure: { max: 1 } },
    { what: '2 of 10 where 2 may', failing: 2, failure: { max: 2 } },
    { what: '2 of 10 where 20 % may', failing: 2, failure: { max: '20%' } },
    { what: '2 of 10 where 29 % may, which is 2', failing: 2, failure: { max: '29%' } },
    { what: '1 where 1 of the run may', failing: 1, failure: { max: 4, maxTotal: 1 } },
    { what: '9 of 10 where all may', failing: 9, failure: { max: '100%' } },
  ])('goes on at $what', async ({ failing, failure }, { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 10, scenario: { faults: denied(...names(failing)) } });
    const outcome = await roll(world, { ...ONE_STAGE, failure });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 10 - failing, total: 10 } } });
    expect(resultOf(outcome).counts.failed ?? 0).toBe(failing);
    expect(reported(outcome)).toEqual(each(names(failing), 'failed(api-error)'));
    expect(tokensOf(world)).toEqual({ ...each(TEN, 'required'), ...each(names(failing), 'optional') });
    expect(world.updates()).toHaveLength(10);
  });
});

describe.concurrent('scenario 15: a budget of 0, 1, n or n %, one over', () => {
  it.for<{ failing: number; failure: Failure; why: string }>([
    { failing: 1, failure: {}, why: '1 of 10 targets of stage "all" failed, 0 may' },
    { failing: 1, failure: { max: '0%' }, why: '1 of 10 targets of stage "all" failed, 0 may' },
    { failing: 1, failure: { max: '9%' }, why: '1 of 10 targets of stage "all" failed, 0 may' },
    { failing: 2, failure: { max: 1 }, why: '2 of 10 targets of stage "all" failed, 1 may' },
    { failing: 3, failure: { max: 2 }, why: '3 of 10 targets of stage "all" failed, 2 may' },
    { failing: 3, failure: { max: '20%' }, why: '3 of 10 targets of stage "all" failed, 2 may' },
    { failing: 2, failure: { max: 10, maxTotal: 1 }, why: '2 targets of the run failed, 1 may' },
    { failing: 10, failure: { max: '100%' }, why: 'every attempted target of stage "all" failed (10)' },
  ])('stops at $failing of 10 with $failure', async ({ failing, failure, why }, { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 10, ...refusedLast(10 - failing, ...names(failing)) });
    const before = world.simulator.state.instances();
    // All at once, so that none is left out because the others have failed before it.
    const outcome = await roll(world, { ...ONE_STAGE, failure, concurrency: 10 });
    expect(outcome).toMatchObject({
      type: 'RolloutRolledBack',
      message: expect.stringContaining(why),
      result: { reason: why, counts: { failed: failing, total: 10 } },
    });
    expect(resultOf(outcome).counts.restored ?? 0).toBe(10 - failing);
    expect(reported(outcome)).toEqual(each(names(failing), 'failed(api-error)'));
    expect(world.simulator.state.instances()).toEqual(before);
    expect(world.updates()).toHaveLength(10 + 10 - failing);
  });

  it('starts no other change, and what was left is named as not started', async ({ onTestFinished, expect }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 9,
      scenario: { faults: denied('web-2', 'web-3', 'web-4') },
    });
    const failure: Failure = { max: 2, revert: 'none' };
    const outcome = await roll(world, { ...ONE_STAGE, spread: [], concurrency: 1, failure });
    expect(outcome).toMatchObject({ type: 'RolloutHalted', result: { counts: { changed: 1, failed: 3, skipped: 5 } } });
    expect(reported(outcome)).toEqual({
      ...each(names(9).slice(4), 'skipped(not-started)'),
      ...each(['web-2', 'web-3', 'web-4'], 'failed(api-error)'),
    });
    expect(tokensOf(world)).toEqual({ ...each(names(9), 'optional'), 'web-1': 'required' });
    expect(world.updates().map(({ instanceName }) => instanceName)).toEqual(names(4));
  });

  it('counts the failures of all stages against maxTotal', async ({ onTestFinished, expect }) => {
    const { scenario, intercept } = refusedLast(4, 'web-4');
    const faults = [...denied('web-1'), ...scenario.faults];
    const world = await createWorld({ onTestFinished, fleet: 8, scenario: { faults }, intercept });
    const outcome = await roll(world, {
      spread: [],
      stages: [
        { name: 'early', size: 3 },
        { name: 'middle', size: 3 },
        { name: 'rest', size: 'rest' },
      ],
      failure: { max: 2, maxTotal: 1, revert: 'none' },
      concurrency: 3,
    });
    expect(outcome).toMatchObject({
      type: 'RolloutHalted',
      result: { reason: '2 targets of the run failed, 1 may', counts: { failed: 2, changed: 4 } },
    });
    expect(resultOf(outcome).stages.map(({ counts }) => counts.failed ?? 0)).toEqual([1, 1, 0]);
    expect(reported(outcome)).toEqual(each(['web-1', 'web-4'], 'failed(api-error)'));
    expect(tokensOf(world)).toEqual({
      ...each(names(8), 'optional'),
      ...each(['web-2', 'web-3', 'web-5', 'web-6'], 'required'),
    });
    expect(world.updates()).toHaveLength(6);
  });
});

describe.concurrent('scenario 15: all of a canary of one', () => {
  it.for<Failure>([{ max: 0 }, { max: 1 }, { max: 2 }, { max: '100%' }, { max: 5, maxTotal: 5 }])(
    'stops the rollout when it fails, with %o as with any budget',
    async (failure, { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults: denied('web-1') } });
      const outcome = await roll(world, { spread: [], failure: { ...failure, revert: 'failed' } });
      const isOver = failure.max === 0;
      expect(outcome).toMatchObject({
        type: 'RolloutHalted',
        result: {
          reason: isOver
            ? '1 of 1 targets of stage "canary" failed, 0 may'
            : 'every attempted target of stage "canary" failed (1)',
          counts: { failed: 1, total: 4 },
        },
      });
      expect(reported(outcome)).toEqual({ 'web-1': 'failed(api-error)' });
      expect(tokensOf(world)).toEqual(each(names(4), 'optional'));
      expect(world.updates().map(({ instanceName }) => instanceName)).toEqual(['web-1']);
    },
  );
});

describe.concurrent('scenario 15: failures that all come late', () => {
  it.for([
    { max: 3, stops: false },
    { max: 2, stops: true },
  ])('in the last stage, 3 where $max may', async ({ max, stops }, { onTestFinished, expect }) => {
    const failing = ['web-7', 'web-8', 'web-9'];
    const world = await createWorld({ onTestFinished, fleet: 9, ...refusedLast(6, ...failing) });
    const outcome = await roll(world, {
      spread: [],
      stages: [
        { name: 'canary', size: 1 },
        { name: 'early', size: 2 },
        { name: 'rest', size: 'rest' },
      ],
      failure: { max },
      concurrency: 6,
    });
    expect(reported(outcome)).toEqual(each(failing, 'failed(api-error)'));
    expect(resultOf(outcome).stages.map(({ counts }) => counts.failed ?? 0)).toEqual([0, 0, 3]);
    if (stops) {
      const reason = '3 of 6 targets of stage "rest" failed, 2 may';
      expect(outcome).toMatchObject({
        type: 'RolloutRolledBack',
        result: { reason, counts: { restored: 6, failed: 3 } },
      });
      expect(tokensOf(world)).toEqual(each(names(9), 'optional'));
      expect(world.updates()).toHaveLength(15);
    } else {
      expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 6, failed: 3 } } });
      expect(tokensOf(world)).toEqual({ ...each(names(9), 'required'), ...each(failing, 'optional') });
      expect(world.updates()).toHaveLength(9);
    }
  });

  it.for([
    { unhealthy: 1, stops: false },
    { unhealthy: 2, stops: true },
  ])('while the stage bakes, $unhealthy where 1 may', async ({ unhealthy, stops }, { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 9 });
    const rollout = await world.start({
      spread: [],
      health: { interval: '150ms', failureThreshold: 3 },
      stages: [
        { name: 'early', size: 5, bake: '1h' },
        { name: 'rest', size: 'rest' },
      ],
      failure: { max: 1, revert: stops ? 'run' : 'failed' },
    });
    await waitForHold(rollout, 'bake');
    const late = names(unhealthy);
    for (const name of late) world.patch(name, { healthy: false });
    if (!stops) {
      await until(() => expect(world.updates('web-1')).toHaveLength(2));
      await rollout.skipBake();
    }
    const outcome = await rollout.result();
    expect(reported(outcome)).toEqual(each(late, 'failed(unhealthy), restored'));
    expect(resultOf(outcome).stages.map(({ counts }) => counts.failed ?? 0)).toEqual([unhealthy, 0]);
    if (stops) {
      const reason = '2 of 5 targets of stage "early" failed, 1 may';
      expect(outcome).toMatchObject({
        type: 'RolloutRolledBack',
        result: { reason, counts: { failed: 2, restored: 3 } },
      });
      expect(tokensOf(world)).toEqual(each(names(9), 'optional'));
      expect(world.updates()).toHaveLength(10);
    } else {
      expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 8, failed: 1 } } });
      expect(tokensOf(world)).toEqual({ ...each(names(9), 'required'), 'web-1': 'optional' });
      expect(world.updates()).toHaveLength(10);
    }
  });
});
