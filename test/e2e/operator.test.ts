import { describe, expect, it, type TestContext } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied, slowDiscovery } from '../support/faults.js';
import { failedTasks, runningBatch } from '../support/temporal-runs.js';
import { holdBeforeFirstStage, waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld, type World, type WorldOptions } from '../support/world.js';

const ONE_STAGE: RolloutSpecInput['stages'] = [{ name: 'rest', size: 'rest' }];
const LONG_BAKE: RolloutSpecInput['stages'] = [
  { name: 'canary', size: 1, bake: '10m' },
  { name: 'rest', size: 'rest' },
];

/** Slow enough to act in the middle of a batch. */
const SLOW = { pending: { min: 150, max: 300 } } as const;

function notCompliant(world: World): string[] {
  return world.simulator.state
    .instances()
    .filter(({ metadataOptions }) => metadataOptions?.httpTokens !== 'required')
    .map(({ name }) => name);
}

/** All that was begun has been finished: every instance that got an Update reads as applied with the wanted value. */
function isSettled(world: World): boolean {
  return world.updates().every(({ instanceName, region }) => {
    const options = world.instance(instanceName ?? '', region ?? '').metadataOptions;
    return options?.state === 'applied' && options.httpTokens === 'required';
  });
}

describe.concurrent('scenario 19: pause', () => {
  it.concurrent('starts no change once it has returned, and resume changes the others, one Update each', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 100, scenario: SLOW });
    const rollout = await world.start({ concurrency: 5, stages: ONE_STAGE });
    await waitUntil('the batch is well under way', () => world.updates().length >= 10);
    const paused = await rollout.pause({ by: 'ops', reason: 'a page' });
    const begun = world.updates().length;
    expect(paused).toMatchObject({
      paused: { by: 'ops', reason: 'a page' },
      waiting: { for: 'paused', reason: 'a page' },
    });
    await waitUntil('what was in flight is finished', () => isSettled(world));
    await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0 && counts.changed === begun);
    expect(world.updates()).toHaveLength(begun);

    const resumed = await rollout.resume({ by: 'ops' });
    expect(resumed).not.toHaveProperty('paused');
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 100 } } });
    expect(world.updates()).toHaveLength(100);
    expect(notCompliant(world)).toEqual([]);
  });

  it.concurrent('starts no change either where it meets the start of a batch', async ({ onTestFinished }) => {
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

  it.concurrent('holds back an Update that is throttled when it comes', async ({ onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 1,
      scenario: {
        faults: [{ operation: 'UpdateInstanceMetadataOptions', times: 4, effect: { error: 'ThrottlingException' } }],
      },
    });
    const rollout = await world.start({ stages: ONE_STAGE });
    await waitUntil('the Update is throttled', () => world.updates().length >= 2);
    await rollout.pause();
    const tries = world.updates().length;
    await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0);
    expect(world.updates()).toHaveLength(tries);
    expect(notCompliant(world)).toEqual(['web-1']);
    await rollout.resume();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 1 } } });
  });

  it.concurrent('holds from the plan on, said twice as well as once', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, scenario: { faults: slowDiscovery(400) } });
    const rollout = await world.start();
    const planning = await rollout.pause({ by: 'ann', reason: 'first' });
    expect(planning).toMatchObject({ phase: 'planning', paused: { by: 'ann' } });
    await rollout.pause({ by: 'bob', reason: 'second' });
    const held = await waitForHold(rollout, 'paused');
    expect(held).toMatchObject({
      phase: 'waiting',
      paused: { by: 'ann', reason: 'first' },
      counts: { total: 5, inFlight: 0 },
    });
    expect(held.log.filter(({ event }) => event === 'pause')).toMatchObject([{ by: 'ann', reason: 'first' }]);
    expect(world.updates()).toHaveLength(0);
    await rollout.resume();
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
  });

  it.concurrent('lets a bake run on, and holds what comes after it', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished });
    const rollout = await world.start({
      stages: [
        { name: 'canary', size: 1, bake: '1s' },
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
  });

  it.concurrent('is not lifted by an approval', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start({ spread: [] });
    await holdBeforeFirstStage(rollout);
    world.patch('web-1', { metadataOptions: { httpTokens: 'required' } });
    await rollout.resume();
    await waitForHold(rollout, 'evidence');
    await rollout.pause({ reason: 'lunch' });
    await rollout.approve();
    expect(await waitForHold(rollout, 'paused')).toMatchObject({ stage: 'rest', waiting: { reason: 'lunch' } });
    expect(world.updates()).toHaveLength(0);
    await rollout.resume();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 2 } } });
  });

  it.concurrent('is refused on the way back and after the end, with the reason', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 6, scenario: { ...SLOW, faults: denied('web-6') } });
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
    for (const kind of ['pause', 'resume', 'approve'] as const) {
      await expect(rollout[kind]()).rejects.toMatchObject({
        type: 'MessageRefused',
        message: `The rollout is being rolled back, which isn't held: ${kind} has no effect.`,
      });
    }
    await expect(rollout.abort()).rejects.toMatchObject({
      message: expect.stringContaining("isn't left half done"),
    });
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutRolledBack',
      result: { reason: '1 of 1 targets of stage "rest" failed, 0 may' },
    });
    expect(world.simulator.state.instances()).toEqual(before);
    await expect(rollout.pause()).rejects.toMatchObject({
      type: 'MessageRefused',
      message: expect.stringContaining('has ended'),
    });
  });

  it.concurrent('is lifted by the way back, and the log says so', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, scenario: SLOW });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: ONE_STAGE, concurrency: 2 });
    await waitUntil('a change has begun', () => world.updates().length >= 2);
    await rollout.pause();
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
    expect(world.simulator.state.instances()).toEqual(before);
    const { log, paused } = await rollout.status();
    expect(paused).toBeUndefined();
    expect(log).toContainEqual(
      expect.objectContaining({ event: 'resume', reason: 'a pause does not hold the way back' }),
    );
  });
});

it.concurrent('takes a resume without a pause as done', async ({ onTestFinished }) => {
  const world = await createWorld({ onTestFinished });
  const rollout = await world.start({ stages: LONG_BAKE });
  const baking = await waitForHold(rollout, 'bake');
  expect(await rollout.resume({ by: 'ops' })).toEqual(baking);
  await rollout.abort();
  await rollout.result();
});

describe.concurrent('scenario 20: abort', () => {
  type Moment = {
    readonly when: string;
    readonly spec?: Partial<RolloutSpecInput>;
    readonly scenario?: NonNullable<WorldOptions['scenario']>;
    readonly reach: (rollout: RolloutHandle, world: World) => Promise<unknown>;
  };
  const MOMENTS: Moment[] = [
    {
      when: 'planning',
      scenario: { faults: slowDiscovery(300) },
      reach: (rollout) => waitForStatus(rollout, ({ phase }) => phase === 'planning'),
    },
    { when: 'paused', reach: (rollout) => holdBeforeFirstStage(rollout) },
    {
      when: 'applying',
      spec: { stages: ONE_STAGE, concurrency: 2 },
      scenario: SLOW,
      reach: (_, world) => waitUntil('a change has begun', () => world.updates().length >= 3),
    },
    { when: 'baking', spec: { stages: LONG_BAKE }, reach: (rollout) => waitForHold(rollout, 'bake') },
    {
      when: 'verifying',
      spec: { stages: ONE_STAGE },
      scenario: { faults: [{ operation: 'GetInstances', after: 1, effect: { delayMs: 500 } }] },
      reach: (rollout) => waitForStatus(rollout, ({ phase }) => phase === 'verifying'),
    },
  ];

  async function reach({ spec, scenario, reach }: Moment, onTestFinished: TestContext['onTestFinished']) {
    const world = await createWorld({ onTestFinished, fleet: 8, ...(scenario !== undefined && { scenario }) });
    const before = world.simulator.state.instances();
    const rollout = await world.start(spec);
    await reach(rollout, world);
    return { world, before, rollout };
  }

  it.concurrent.for(MOMENTS)(
    'halts while $when: nothing new starts, and what was begun is finished',
    async (moment, { onTestFinished }) => {
      const { world, rollout } = await reach(moment, onTestFinished);
      const status = await rollout.abort({ by: 'ops', reason: 'wrong fleet' });
      const begun = world.updates().length;
      expect(status).toMatchObject({ aborted: { mode: 'halt', by: 'ops', reason: 'wrong fleet' } });
      const outcome = await rollout.result();
      expect(outcome).toMatchObject({
        type: 'RolloutAborted',
        message: expect.stringContaining('aborted by ops: wrong fleet'),
        result: { ended: 'aborted', reason: 'aborted by ops: wrong fleet' },
      });
      expect(world.updates()).toHaveLength(begun);
      expect(isSettled(world)).toBe(true);
      expect(outcome.result?.counts.changed ?? 0).toBe(begun);
    },
  );

  it.concurrent.for(MOMENTS)('rolls back while $when: everything is as it was', async (moment, { onTestFinished }) => {
    const { world, before, rollout } = await reach(moment, onTestFinished);
    await rollout.abort({ mode: 'rollback', by: 'ops' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack', result: { reason: 'aborted by ops' } });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it.concurrent('may become a rollback while the last changes finish, and refuses everything else', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({
      onTestFinished,
      scenario: { faults: [{ operation: 'UpdateInstanceMetadataOptions', times: 3, effect: { delayMs: 5_000 } }] },
    });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: ONE_STAGE, concurrency: 3 });
    await waitUntil('three changes have begun', () => world.updates().length === 3);
    await rollout.abort({ by: 'ann' });
    for (const kind of ['pause', 'resume', 'approve'] as const) {
      await expect(rollout[kind]()).rejects.toMatchObject({
        message: `The rollout was aborted by ann: ${kind} has no effect any more.`,
      });
    }
    expect(await rollout.abort({ by: 'bob' })).toMatchObject({ aborted: { mode: 'halt', by: 'ann' } });
    expect(await rollout.abort({ mode: 'rollback', by: 'bob' })).toMatchObject({
      aborted: { mode: 'rollback', by: 'bob' },
    });
    expect(await rollout.abort({ mode: 'rollback', by: 'cyd' })).toMatchObject({ aborted: { by: 'bob' } });
    await expect(rollout.abort({ by: 'cyd' })).rejects.toMatchObject({
      message: "The rollout was aborted with rollback by bob: that can't become a halt.",
    });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutRolledBack',
      result: { reason: 'aborted by bob', counts: { restored: 3, skipped: 2 } },
    });
    expect(world.simulator.state.instances()).toEqual(before);
    const { log } = await rollout.status();
    expect(log.map(({ event, by }) => [event, by])).toContainEqual(['abort (halt)', 'ann']);
    expect(log.map(({ event, by }) => [event, by])).toContainEqual(['abort (rollback)', 'bob']);
  });

  it.concurrent.for(['verifying', 'ended'] as const)(
    'in the last second (%s) takes everything back or is refused, and is never taken and forgotten',
    async (moment, { onTestFinished }) => {
      const world = await createWorld({ onTestFinished, fleet: 2 });
      const before = world.simulator.state.instances();
      const rollout = await world.start({ stages: ONE_STAGE });
      await waitForStatus(rollout, ({ phase }) => phase === moment || phase === 'ended');
      const taken = await rollout.abort({ mode: 'rollback' }).then(
        () => true,
        () => false,
      );
      const outcome = await rollout.result();
      expect(outcome).toMatchObject(taken ? { type: 'RolloutRolledBack' } : { status: 'completed' });
      if (taken) expect(world.simulator.state.instances()).toEqual(before);
      else expect(notCompliant(world)).toEqual([]);
    },
  );
});

describe.concurrent('a malformed message', () => {
  it.concurrent('is refused with the reason, and leaves the rollout as it was', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished });
    const rollout = await world.start({ stages: LONG_BAKE });
    await waitForHold(rollout, 'bake');
    const handle = world.client.workflow.getHandle(rollout.workflowId);
    const mustBeObject = /must be an object/;
    const refused: [string, unknown, RegExp][] = [
      ['pause', 'please', mustBeObject],
      ['pause', 5, mustBeObject],
      ['pause', true, mustBeObject],
      ['pause', ['ops'], mustBeObject],
      ['pause', { by: 5 }, /"by" must be text/],
      ['pause', { by: null }, /"by" must be text/],
      ['resume', { reason: {} }, /"reason" must be text/],
      ['approve', 'rest', mustBeObject],
      ['approve', { stage: 1 }, /"stage" must be text/],
      ['approve', { planHash: [] }, /"planHash" must be text/],
      ['abort', 'rollback', mustBeObject],
      ['abort', { mode: 'undo' }, /mode must be halt or rollback, not "undo"/],
      ['abort', { mode: 1 }, /"mode" must be text/],
    ];
    for (const [name, message, why] of refused) {
      await expect(
        handle.executeUpdate(name, { args: [message] }),
        `${name} ${JSON.stringify(message)}`,
      ).rejects.toMatchObject({
        cause: { type: 'MessageRefused', message: expect.stringMatching(why) },
      });
    }
    expect(await rollout.status()).toMatchObject({ waiting: { for: 'bake' } });
    // Without a message, as the Temporal UI sends it, it is one that names nobody.
    await handle.executeUpdate('pause', { args: [null] });
    await handle.executeUpdate('resume');
    await rollout.abort();
    await rollout.result();
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
  });

  it.concurrent('is ignored where it is a signal of the inner parts', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, scenario: { pending: { min: 800, max: 800 } } });
    const rollout = await world.start({ stages: ONE_STAGE, concurrency: 2 });
    await waitUntil('a change has begun', () => world.updates().length > 0);
    const handle = world.client.workflow.getHandle(rollout.workflowId);
    const batch = await runningBatch(world, rollout);
    const junk = [null, 5, 'stop!', [], {}, { batch }, { batch, seq: 'x', counts: null, inFlight: {}, hold: 1 }];
    for (const message of junk) {
      await handle.signal('progress', message);
      await world.client.workflow.getHandle(batch).signal('hold', message);
    }
    expect(await rollout.result()).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 5, inFlight: 0 } },
    });
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
    expect(await failedTasks(world, batch)).toEqual([]);
  });
});

it('a pause and a resume that arrive together hold nothing', async ({ onTestFinished }) => {
  const world = await createWorld({
    onTestFinished,
    fleet: 8,
    worker: false,
    scenario: { pending: { min: 200, max: 200 } },
  });
  const worker = await world.startWorker();
  const rollout = await world.start({ stages: [{ name: 'rest', size: 'rest' }], concurrency: 2 });
  await expect.poll(() => world.updates().length, { timeout: 20_000 }).toBeGreaterThan(1);
  await worker.stop();
  const messages = [rollout.pause(), rollout.resume(), rollout.pause(), rollout.resume()];
  await world.startWorker();
  await Promise.all(messages);
  if ((await rollout.status()).paused !== undefined) await rollout.resume();
  expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 8 } } });
});
