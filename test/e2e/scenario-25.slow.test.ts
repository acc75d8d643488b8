import { msToTs, tsToDate } from '@temporalio/common/lib/time.js';
import { describe, expect, it } from 'vitest';
import { collectReport, type ScheduleWish } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied, heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { each, names, ONE_STAGE, tokensOf } from '../support/rollouts.js';
import { createSchedule } from '../support/schedules.js';
import { isOpen, leaseOf } from '../support/temporal-runs.js';
import { until, waitForHold, waitUntil } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const EVERY_SECOND = { every: ['1s'] };
/** Far away: its runs are triggered. */
const SOME_DAY = { every: ['365d'] };

const LONG_BAKE: Partial<RolloutSpecInput> = {
  stages: [
    { name: 'canary', size: 1, bake: '10m' },
    { name: 'rest', size: 'rest' },
  ],
};

describe.concurrent('a schedule', () => {
  it.concurrent('starts one run, however many times pass while no worker is there and while it runs', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 2, worker: false, scenario: { faults: heldChanges() } });
    const schedule = await createSchedule(world, { onTestFinished }, EVERY_SECOND, ONE_STAGE);
    await schedule.whenIs('three times have passed', ({ info }) => info.numActionsSkippedOverlap >= 3);
    await world.startWorker();
    await waitUntil('its changes have begun', () => world.updates().length === 2);
    const { info } = await schedule.describe();
    await schedule.whenIs(
      'another one has passed',
      ({ info: now }) => now.numActionsSkippedOverlap > info.numActionsSkippedOverlap,
    );
    await schedule.schedules.pause(schedule.id, 'test');
    letGo(world);
    const { info: after } = await schedule.whenIs('the run has ended', (now) => now.info.runningActions.length === 0);
    expect(after).toMatchObject({ numActionsTaken: 1, numActionsMissedCatchupWindow: 0 });
    expect(tokensOf(world)).toEqual(each(names(2), 'required'));
    expect(world.updates()).toHaveLength(2);
  });

  it.concurrent('is paused by a run that fails, says why, and goes on once resumed', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 2, scenario: { faults: denied('web-2') } });
    const schedule = await createSchedule(world, { onTestFinished }, EVERY_SECOND, ONE_STAGE);
    const { state, info } = await schedule.whenIs('it is paused', (now) => now.state.paused);
    expect(state.note).toMatch(/failure: imds-rollout-.*: .*Rolled back/);
    expect(info.numActionsTaken).toBe(1);
    expect(tokensOf(world)).toEqual(each(names(2), 'optional'));
    world.simulator.state.clearFaults();
    await schedule.schedules.resume(schedule.id, 'mended');
    await waitUntil('all are changed', () => Object.values(tokensOf(world)).every((tokens) => tokens === 'required'));
    await schedule.schedules.pause(schedule.id, 'test');
    expect(await schedule.whenIs('the runs have ended', (now) => now.info.runningActions.length === 0)).toMatchObject({
      state: { note: 'test' },
    });
  });

  it.concurrent('passes its turn where another rollout has the lease, and isn’t paused by it; then a run changes what is left, and the next one ends at once', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const manual = await world.start({ ...LONG_BAKE, name: `manual-${world.account}` });
    await waitForHold(manual, 'bake');
    const schedule = await createSchedule(world, { onTestFinished }, SOME_DAY, ONE_STAGE);
    const passed = await schedule.run();
    expect(passed.workflowId).toMatch(
      new RegExp(`^imds-rollout-test-${world.account}-\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$`),
    );
    const outcome = await world.rollouts.handle(passed.workflowId, passed.runId).result();
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { ended: 'completed', counts: { compliant: 1, skipped: 2, total: 3 }, coverage: { optional: 2 } },
    });
    expect(outcome.result?.exceptions.map((entry) => [entry.outcome, entry.reason])).toEqual(
      Array.from({ length: 2 }, () => ['skipped(busy)', expect.stringContaining(manual.workflowId)]),
    );
    const report = await collectReport(world.client, passed);
    expect(report.headline).toBe('1 of 3 instances requires IMDSv2; 2 skipped');
    expect(report).toMatchObject({ counts: outcome.result?.counts, stages: [{ size: 0 }] });
    expect(world.updates()).toHaveLength(1);
    await manual.abort();
    await manual.result();
    expect((await schedule.describe()).state).toMatchObject({ paused: false });

    const changing = await schedule.run();
    const handle = world.rollouts.handle(changing.workflowId, changing.runId);
    expect(await handle.result()).toMatchObject({ result: { counts: { compliant: 1, changed: 2 } } });
    expect(await isOpen(world, leaseOf(world))).toBe(false);
    // What a schedule has started is taken back as any other rollout.
    const back = await world.rollouts.rollback([changing]);
    expect(await back.result()).toMatchObject({ result: { counts: { restored: 2 } } });
    const again = await schedule.run();
    expect(await world.rollouts.handle(again.workflowId, again.runId).result()).toMatchObject({
      result: { counts: { changed: 2 } },
    });

    world.simulator.state.clearCalls();
    const calm = await schedule.run();
    const description = await world.client.workflow.getHandle(calm.workflowId, calm.runId).describe();
    expect(description.status.name).toBe('COMPLETED');
    expect(description.memo).toMatchObject({ spec: `test-${world.account}` });
    expect(description.historyLength).toBeLessThanOrEqual(30);
    expect(world.simulator.state.calls().map(({ operation }) => operation)).toEqual(['GetInstances']);
  });
});

it('that is saved again is unchanged, or says what changes; what the server refuses is said with its place', async ({
  onTestFinished,
}) => {
  const world = await createWorld({ worker: false });
  const wish = {
    cron: ['0 3 * * *', '@weekly'],
    every: ['1d/90m'],
    calendar: ['hour=4'],
    jitter: '90s',
    catchUp: '90m',
  };
  const { id, schedules, describe } = await createSchedule(world, { onTestFinished }, wish);
  const save = (changes: ScheduleWish, spec = world.spec()) =>
    schedules.save(spec, { taskQueue: world.taskQueue, ...wish, ...changes });
  expect(await save({})).toMatchObject({ id, change: 'unchanged', differences: [] });
  await expect(save({ cron: ['0 25 * * *'] })).rejects.toMatchObject({
    type: 'InvalidSchedule',
    problems: [{ path: 'cron', message: expect.stringContaining('"25" in "0 25 * * *"') }],
  });
  const unattended = world.spec({ stages: [{ name: 'rest', size: 'rest', approval: {} }] });
  await expect(save({}, unattended)).rejects.toMatchObject({ problems: [{ path: 'stages[0].approval' }] });
  await schedules.pause(id, 'kept');
  const bake = world.spec({ stages: [{ name: 'rest', size: 'rest', bake: '1h' }] });
  const differences = [
    { path: 'spec.stages[0].name', before: 'canary', after: 'rest' },
    { path: 'spec.stages[0].size', before: '1', after: 'rest' },
    { path: 'spec.stages[0].bake', before: '50ms', after: '1h' },
    { path: 'spec.stages[1].name', before: 'rest' },
    { path: 'spec.stages[1].size', before: 'rest' },
    { path: 'timeZone', before: 'UTC', after: 'Asia/Tokyo' },
    { path: 'overlap', before: 'SKIP', after: 'BUFFER_ONE' },
    { path: 'pauseOnFailure', before: 'true', after: 'false' },
  ];
  const changes = { timeZone: 'Asia/Tokyo', overlap: 'buffer-one', pauseOnFailure: false } as const;
  expect(await save(changes, bake)).toEqual({ id, change: 'updated', differences, isPaused: true });
  await until(async () => expect((await save(changes, bake)).change).toBe('unchanged'));
  expect(await describe()).toMatchObject({
    state: { paused: true, note: 'kept' },
    policies: { overlap: 'BUFFER_ONE' },
  });
});

it('where clocks change, a time in the hour that is left out passes, and one in the hour that comes twice comes once or twice', async ({
  onTestFinished,
}) => {
  const world = await createWorld({ worker: false });
  const timesOf = async (wish: ScheduleWish, ...spans: (readonly [string, string])[]) => {
    const { id } = await createSchedule(world, { onTestFinished }, wish);
    const times = spans.map(async ([from, to]) => {
      const { startTime = [] } = await world.client.workflowService.listScheduleMatchingTimes({
        namespace: world.temporal.namespace,
        scheduleId: id,
        startTime: msToTs(Date.parse(from)),
        endTime: msToTs(Date.parse(to)),
      });
      return startTime.map((time) => tsToDate(time).toISOString().slice(0, 16));
    });
    return Promise.all(times);
  };
  const spring = ['2027-03-27T00:00Z', '2027-03-29T12:00Z'] as const;
  const fall = ['2027-10-30T00:00Z', '2027-11-01T12:00Z'] as const;
  const id = `imds-rollout-dst-${world.account}`;

  const stockholm = { id, timeZone: 'Europe/Stockholm', cron: ['30 2 * * *'] };
  expect(await timesOf(stockholm, spring, fall)).toEqual([
    ['2027-03-27T01:30', '2027-03-29T00:30'],
    // The second 02:30 only.
    ['2027-10-30T00:30', '2027-10-31T01:30', '2027-11-01T01:30'],
  ]);
  const newYork = { id: `${id}-ny`, timeZone: 'America/New_York', cron: ['30 1 * * *'] };
  expect(await timesOf(newYork, ['2027-11-06T12:00Z', '2027-11-08T12:00Z'])).toEqual([
    ['2027-11-07T05:30', '2027-11-07T06:30', '2027-11-08T06:30'],
  ]);
  // An interval is counted in UTC, whatever the zone.
  const daily = { id: `${id}-daily`, timeZone: 'Europe/Stockholm', every: ['1d/90m'] };
  expect(await timesOf(daily, spring)).toEqual([['2027-03-27T01:30', '2027-03-28T01:30', '2027-03-29T01:30']]);
});
