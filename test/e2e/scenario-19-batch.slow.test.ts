import { describe, it } from 'vitest';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { each, names, ONE_STAGE, resultOf, tokensOf } from '../support/rollouts.js';
import { isSettled } from '../support/settled.js';
import { waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld } from '../support/world.js';

/** Slow enough to act in the middle of a batch. */
const SLOW = { pending: { min: 150, max: 300 } } as const;

describe.concurrent('scenario 19: pause while changing', () => {
  it('100 instances, 5 at a time: no write starts after it was accepted, said twice as well as once', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 100,
      scenario: { ...SLOW, faults: heldChanges({ after: 60 }) },
    });
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 5 });
    await waitUntil('the batch is well under way', () => world.updates().length >= 10);
    const paused = await rollout.pause({ by: 'ann', reason: 'a page' });
    const begun = world.updates().length;
    expect(paused).toMatchObject({
      paused: { by: 'ann', reason: 'a page' },
      waiting: { for: 'paused', reason: 'a page' },
    });
    expect(await rollout.pause({ by: 'bob' })).toMatchObject({ paused: { by: 'ann' } });
    letGo(world);
    await waitUntil('what was in flight is finished', () => isSettled(world));
    await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0 && counts.changed === begun);
    expect(world.updates()).toHaveLength(begun);

    const resumed = await rollout.resume({ by: 'ops' });
    expect(resumed).not.toHaveProperty('paused');
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 100, total: 100 } } });
    expect(resultOf(outcome).exceptions).toEqual([]);
    expect(world.updates()).toHaveLength(100);
    expect(tokensOf(world)).toEqual(each(names(100), 'required'));
  });

  it('100 instances, asked for while all workers are away: the same', async ({ onTestFinished, expect }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 100,
      worker: false,
      scenario: { ...SLOW, faults: heldChanges({ after: 15 }) },
    });
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 5 });
    const worker = await world.startWorker();
    const begun = 20;
    await waitUntil('the batch is well under way', () => world.updates().length === begun);
    await worker.stop();
    const pausing = rollout.pause();
    await world.startWorker();
    await pausing;
    letGo(world);
    await waitUntil('what was in flight is finished', () => isSettled(world));
    await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0 && counts.changed === begun);
    expect(world.updates()).toHaveLength(begun);
    await rollout.abort();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutAborted',
      result: { counts: { changed: begun, skipped: 100 - begun } },
    });
    expect(Object.values(tokensOf(world)).filter((tokens) => tokens === 'required')).toHaveLength(begun);
  });

  it('starts no change either where it meets the start of a batch', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 40 });
    // Small batches one after the other, so that the pauses below meet their starts.
    const rollout = await world.start({
      stages: [...Array.from({ length: 12 }, (_, n) => ({ name: `s${n}`, size: 1 })), { name: 'rest', size: 'rest' }],
      concurrency: 1,
    });
    for (let begun = 0; begun < 8; ) {
      await rollout.pause();
      const now = world.updates().length;
      await waitForHold(rollout, 'paused');
      await waitUntil('what was in flight is finished', () => isSettled(world));
      expect(world.updates()).toHaveLength(now);
      await rollout.resume();
      await waitUntil('the next change has begun', () => world.updates().length > begun);
      begun = world.updates().length;
    }
    await rollout.abort();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(isSettled(world)).toBe(true);
  });

  it('holds back an Update that is throttled when it comes', async ({ onTestFinished, expect }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 1,
      scenario: {
        faults: [{ operation: 'UpdateInstanceMetadataOptions', effect: { error: 'ThrottlingException' } }],
      },
    });
    const rollout = await world.start(ONE_STAGE);
    await waitUntil('the Update is throttled', () => world.updates().length >= 2);
    await rollout.pause();
    const tries = world.updates().length;
    await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0);
    expect(world.updates()).toHaveLength(tries);
    expect(tokensOf(world)).toEqual({ 'web-1': 'optional' });
    letGo(world);
    await rollout.resume();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 1 } } });
    expect(tokensOf(world)).toEqual({ 'web-1': 'required' });
  });
});
