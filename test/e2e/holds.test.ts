import { describe, expect, it, vi } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { ONE_STAGE, reported, startPaused, until } from '../support/rollouts.js';
import { waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** So many milliseconds from now, in minutes of UTC: `13:05`. */
function minuteAt(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

/** The next full minute that is at least so far away. */
function nextMinute(atLeastMs: number): number {
  return Math.ceil((Date.now() + atLeastMs) / 60_000) * 60_000;
}

function today(offsetDays = 0): string {
  return new Date(Date.now() + offsetDays * 86_400_000).toISOString().slice(0, 10);
}

const APPROVED: Partial<RolloutSpecInput> = {
  stages: [
    { name: 'canary', size: 1 },
    { name: 'rest', size: 'rest', approval: { timeout: '1h' } },
  ],
};

describe.concurrent('scenario 21: an approval', () => {
  it('lets the stage start, for the stage and the plan that were meant', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 4 });
    const rollout = await world.start(APPROVED);
    const { planHash, waiting, stage } = await waitForHold(rollout, 'approval');
    expect({ stage, reason: waiting?.reason }).toEqual({
      stage: 'rest',
      reason: 'stage rest, 3 targets: approve or reject',
    });
    expect(world.updates()).toHaveLength(1);
    await expect(rollout.approve({ stage: 'canary' })).rejects.toThrow(
      'Stage "rest" waits for an approval, not "canary".',
    );
    await expect(rollout.approve({ planHash: 'another' })).rejects.toThrow('The plan of this run is');
    await expect(rollout.skipBake()).rejects.toThrow('No stage is baking now.');
    expect(world.updates()).toHaveLength(1);
    await rollout.approve({ by: 'ops', reason: 'looks well', ...(planHash !== undefined && { planHash }) });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 4 } } });
    const log = (await rollout.status()).log;
    expect(log).toContainEqual(expect.objectContaining({ event: 'approve', by: 'ops', reason: 'looks well' }));
  });

  it('is refused before it is asked for', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2, worker: false });
    const rollout = await startPaused(world, APPROVED);
    await expect(rollout.approve()).rejects.toThrow('Nothing waits for an approval now.');
    await expect(rollout.reject()).rejects.toThrow('Nothing waits for an approval now.');
    await rollout.abort();
    await rollout.result();
  });

  it('that is refused halts the rollout and leaves what was changed', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start(APPROVED);
    await waitForHold(rollout, 'approval');
    await rollout.reject({ by: 'ops', reason: 'canary is slow' });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      status: 'failed',
      type: 'RolloutHalted',
      result: { counts: { changed: 1, total: 3 } },
    });
    expect(outcome).toMatchObject({ message: expect.stringContaining('rejected by ops: canary is slow') });
    expect(world.updates()).toHaveLength(1);
  });

  it.for([
    ['halt', 'RolloutHalted', 'required'],
    ['rollback', 'RolloutRolledBack', 'optional'],
  ] as const)('that never comes ends in %s', async ([onTimeout, type, tokens], { onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const stages = [
      { name: 'canary', size: 1 },
      { name: 'rest', size: 'rest', approval: { timeout: '300ms', onTimeout } },
    ];
    const rollout = await world.start({ stages });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'failed', type });
    expect(outcome).toMatchObject({ message: expect.stringContaining('stage rest was not approved within 300ms') });
    const changed = world.updates()[0]?.instanceName ?? '';
    expect(world.instance(changed).metadataOptions?.httpTokens).toBe(tokens);
  });

  it('is cut short by an abort', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start(APPROVED);
    await waitForHold(rollout, 'approval');
    await rollout.abort({ mode: 'rollback', by: 'ops' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 1 } } });
  });

  it('of one stage is none of the next', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const stages = [
      { name: 'one', size: 1, approval: {} },
      { name: 'two', size: 1, approval: {} },
      { name: 'rest', size: 'rest' },
    ];
    const rollout = await world.start({ stages });
    await waitForHold(rollout, 'approval');
    await rollout.approve();
    await until(async () =>
      expect(await rollout.status()).toMatchObject({ stage: 'two', waiting: { for: 'approval' } }),
    );
    expect(world.updates()).toHaveLength(1);
    await rollout.approve();
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
  });
});

describe.concurrent('a bake', () => {
  it('ends when it is skipped, and the next one is still kept', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const stages = [
      { name: 'canary', size: 1, bake: '1h' },
      { name: 'early', size: 1, bake: '1h' },
      { name: 'rest', size: 'rest' },
    ];
    const rollout = await world.start({ stages });
    await waitForHold(rollout, 'bake');
    await rollout.skipBake({ by: 'ops', reason: 'watched it' });
    await until(async () => expect(await rollout.status()).toMatchObject({ stage: 'early', waiting: { for: 'bake' } }));
    await rollout.skipBake();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
  });
});

describe.concurrent('windows and freezes', () => {
  it('hold a rollout that starts outside of them, and an abort ends it', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const freeze = [{ from: today(), to: today(1), reason: 'holidays' }];
    const rollout = await world.start({ ...ONE_STAGE, freeze });
    const { waiting } = await waitForHold(rollout, 'freeze');
    expect(waiting).toMatchObject({ reason: 'holidays', until: `${today(2)}T00:00:00.000Z` });
    await rollout.pause();
    await waitForHold(rollout, 'paused');
    await rollout.resume();
    await waitForHold(rollout, 'freeze');
    expect(world.updates()).toEqual([]);
    await rollout.abort();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(world.updates()).toEqual([]);
  });

  it('end the run at once for a time zone that does not exist', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 1 });
    const windows = [{ days: [...EVERY_DAY], from: '00:00', to: '12:00', timezone: 'Europe/Stokholm' }];
    const outcome = await (await world.start({ ...ONE_STAGE, windows })).result();
    expect(outcome).toMatchObject({ status: 'failed', type: 'InvalidRolloutSpec' });
    expect(outcome).toMatchObject({ message: expect.stringContaining('Europe/Stokholm') });
  });

  it('open for a rollout that waits', { timeout: 120_000 }, async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const opening = nextMinute(4_000);
    const windows = [
      { days: [...EVERY_DAY], from: minuteAt(opening), to: minuteAt(opening + 3_600_000), timezone: 'UTC' },
    ];
    const rollout = await world.start({ ...ONE_STAGE, windows });
    expect((await waitForHold(rollout, 'window')).waiting?.until).toBe(new Date(opening).toISOString());
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    expect(world.updates().every((call) => call.at >= opening)).toBe(true);
  });

  it('close on a batch: no Update is sent from then on, also when every worker was away', { timeout: 120_000 }, async ({
    onTestFinished,
  }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 60,
      worker: false,
      scenario: { pending: { min: 900, max: 900 } },
    });
    const closing = nextMinute(6_000);
    const windows = [
      { days: [...EVERY_DAY], from: minuteAt(closing - 3_600_000), to: minuteAt(closing), timezone: 'UTC' },
    ];
    const stages = [{ name: 'all', size: 'rest' }];
    const rollout = await world.start({ stages, windows, concurrency: 2 });
    const worker = await world.startWorker();
    await until(() => expect(world.updates().length).toBeGreaterThan(2));
    await worker.stop();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(closing), { timeout: 90_000 });
    await world.startWorker();
    await waitForHold(rollout, 'window');
    await until(async () => expect((await rollout.status()).counts.inFlight).toBe(0));
    expect(world.updates().filter((call) => call.at >= closing)).toEqual([]);
    await rollout.abort({ mode: 'rollback' });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack' });
    expect(Object.values(reported(outcome))).not.toContain('changed');
  });
});
