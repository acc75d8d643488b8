import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied, heldChanges, heldReadings } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { each, names, ONE_STAGE, reported, startPaused, tokensOf } from '../support/rollouts.js';
import { waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const APPROVED: RolloutSpecInput['stages'] = [
  { name: 'canary', size: 1 },
  { name: 'rest', size: 'rest', approval: { timeout: '1h' } },
];

describe.concurrent('scenario 19: pause in another phase', () => {
  it('planning: holds from the plan on, said twice as well as once', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, scenario: { faults: heldReadings() } });
    const rollout = await world.start();
    const planning = await rollout.pause({ by: 'ann', reason: 'first' });
    expect(planning).toMatchObject({ phase: 'planning', paused: { by: 'ann' } });
    await rollout.pause({ by: 'bob', reason: 'second' });
    letGo(world);
    const held = await waitForHold(rollout, 'paused');
    expect(held).toMatchObject({
      phase: 'waiting',
      paused: { by: 'ann', reason: 'first' },
      counts: { total: 5, inFlight: 0 },
    });
    expect(held.log.filter(({ event }) => event === 'pause')).toMatchObject([{ by: 'ann', reason: 'first' }]);
    expect(world.updates()).toHaveLength(0);
    await rollout.resume();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 5 } } });
    expect(tokensOf(world)).toEqual(each(names(5), 'required'));
  });

  it('baking: the bake runs on, and what comes after it is held', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished });
    const rollout = await world.start({
      stages: [
        { name: 'canary', size: 1, bake: '8s' },
        { name: 'rest', size: 'rest' },
      ],
    });
    await waitForHold(rollout, 'bake');
    const status = await rollout.pause();
    expect(status).toMatchObject({ stage: 'canary', waiting: { for: 'bake' } });
    const held = await waitForHold(rollout, 'paused');
    expect(held).toMatchObject({ stage: 'rest' });
    expect(world.updates()).toHaveLength(1);
    await rollout.resume();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 5 } } });
    expect(tokensOf(world)).toEqual(each(names(5), 'required'));
    expect(world.updates()).toHaveLength(5);
  });

  it.for([
    { hold: 'approval', stages: APPROVED, changed: 3 },
    {
      hold: 'evidence',
      stages: [
        { name: 'canary', size: 1 },
        { name: 'rest', size: 'rest' },
      ],
      changed: 2,
    },
  ] as const)(
    'waiting for $hold: the approval is taken, and does not lift the pause',
    async ({ hold, stages, changed }, { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 3, worker: false });
      const rollout = await startPaused(world, { spread: [], stages: [...stages] });
      if (hold === 'evidence') world.patch('web-1', { metadataOptions: { httpTokens: 'required' } });
      await rollout.resume();
      await waitForHold(rollout, hold);
      const begun = world.updates().length;
      expect(await rollout.pause({ reason: 'lunch' })).toMatchObject({ waiting: { for: hold }, paused: {} });
      await rollout.approve();
      const held = await waitForHold(rollout, 'paused');
      expect(held).toMatchObject({ stage: 'rest', waiting: { reason: 'lunch' }, counts: { inFlight: 0 } });
      expect(world.updates()).toHaveLength(begun);
      await rollout.resume();
      expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed } } });
      expect(tokensOf(world)).toEqual(each(names(3), 'required'));
      expect(world.updates()).toHaveLength(changed);
    },
  );

  it('waiting for an approval: its time runs on', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const stages: RolloutSpecInput['stages'] = [
      { name: 'canary', size: 1 },
      { name: 'rest', size: 'rest', approval: { timeout: '8s', onTimeout: 'rollback' } },
    ];
    const rollout = await world.start({ stages });
    await waitForHold(rollout, 'approval');
    await rollout.pause();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 1 } } });
    expect(tokensOf(world)).toEqual(each(names(3), 'optional'));
    expect(world.updates()).toHaveLength(2);
  });

  it('rolling back, and after the end: is refused, with the reason', async ({ onTestFinished, expect }) => {
    const faults = [...denied('web-6'), ...heldChanges({ after: 5 })];
    const world = await createWorld({ onTestFinished, fleet: 6, scenario: { faults } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({
      spread: [],
      stages: [
        { name: 'early', size: 5 },
        { name: 'rest', size: 'rest' },
      ],
      rollback: { concurrency: 1 },
    });
    await waitForStatus(rollout, ({ phase }) => phase === 'reverting');
    for (const kind of ['pause', 'resume'] as const) {
      await expect(rollout[kind]()).rejects.toMatchObject({
        type: 'MessageRefused',
        message: `The rollout is being rolled back, which isn't held: ${kind} has no effect.`,
      });
    }
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 5, failed: 1 } } });
    expect(reported(outcome)).toEqual({ 'web-6': 'failed(api-error)' });
    expect(world.simulator.state.instances()).toEqual(before);
    for (const kind of ['pause', 'resume'] as const) {
      await expect(rollout[kind]()).rejects.toMatchObject({
        type: 'MessageRefused',
        message: expect.stringContaining('has ended'),
      });
    }
  });

  it('before the way back: is lifted by it, and the log says so', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, scenario: { faults: heldChanges() } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 2 });
    await waitUntil('a change has begun', () => world.updates().length === 2);
    await rollout.pause();
    await rollout.abort({ mode: 'rollback' });
    letGo(world);
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
    expect(world.simulator.state.instances()).toEqual(before);
    const { log, paused } = await rollout.status();
    expect(paused).toBeUndefined();
    expect(log).toContainEqual(
      expect.objectContaining({ event: 'resume', reason: 'a pause does not hold the way back' }),
    );
  });
});

describe.concurrent('scenario 19: resume', () => {
  it('without a pause is taken as done', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished });
    const stages: RolloutSpecInput['stages'] = [
      { name: 'canary', size: 1, bake: '10m' },
      { name: 'rest', size: 'rest' },
    ];
    const rollout = await world.start({ stages });
    const baking = await waitForHold(rollout, 'bake');
    expect(await rollout.resume({ by: 'ops' })).toEqual(baking);
    expect(world.updates()).toHaveLength(1);
    await rollout.abort();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted', result: { counts: { changed: 1 } } });
  });

  it('that arrives together with a pause holds nothing', async ({ onTestFinished, expect }) => {
    const scenario = { faults: heldChanges() };
    const world = await createWorld({ onTestFinished, fleet: 8, worker: false, scenario });
    const worker = await world.startWorker();
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 2 });
    await waitUntil('changes have begun', () => world.updates().length === 2);
    await worker.stop();
    const messages = [rollout.pause(), rollout.resume(), rollout.pause(), rollout.resume()];
    await world.startWorker();
    await Promise.all(messages);
    letGo(world);
    if ((await rollout.status()).paused !== undefined) await rollout.resume();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 8 } } });
    expect(tokensOf(world)).toEqual(each(names(8), 'required'));
  });
});
