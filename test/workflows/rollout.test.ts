import { describe, expect, it } from 'vitest';
import { NOTHING_TOLD } from '../../src/rollout/watch-pace.js';
import type { End } from '../model/temporal-protocol.js';
import { leftOpen, StepByStep, specOf } from './step-by-step.js';

const APPLY = 'lightsailImdsApply';
const WATCH = 'lightsailImdsWatch';
const CALENDAR = 'lightsailImdsReadCalendar';

const HOUR = 3_600_000;
const WEEKDAYS = [{ days: ['mon' as const], from: '09:00', to: '16:00', timezone: 'UTC' }];
const APPROVED = specOf({ stages: [{ name: 'all', size: 'rest', approval: {} }] });

describe('a rollout whose windows can not be read any more', () => {
  it('halts, and says so', async () => {
    const readings: End[] = [];
    const steps = new StepByStep({
      [CALENDAR]: () =>
        readings.shift() ?? { how: 'failed', type: 'NoZones', message: 'this worker knows no time zone' },
    });
    readings.push({ how: 'completed', value: { open: true, until: steps.temporal.now + HOUR } });
    const rollout = await steps.start('imdsRollout', { ...APPROVED, windows: WEEKDAYS });
    expect((await steps.status(rollout)).waiting).toMatchObject({ for: 'approval' });
    await steps.pass(() => rollout.end !== undefined);
    expect(rollout.end).toMatchObject({
      type: 'RolloutHalted',
      message: expect.stringContaining("the windows can't be read any more: this worker knows no time zone"),
    });
    expect(steps.inputs(APPLY)).toEqual([]);
  });
});

describe('a stage that waits for its approval', () => {
  it('starts at an approval that says nothing, as the Temporal UI sends it', async () => {
    const steps = new StepByStep();
    const rollout = await steps.start('imdsRollout', APPROVED);
    expect(await steps.say(rollout, 'approve', null)).toMatchObject({ accepted: true });
    expect(rollout.end).toMatchObject({ how: 'completed', value: { counts: { changed: 3 } } });
  });
});

describe('targets that were looked at before a long pause', () => {
  const seen = (...unhealthy: object[]): End => ({
    how: 'completed',
    value: {
      scopes: [{ unhealthy, blind: [], recovered: [], observer: false, streaks: {} }],
      paces: NOTHING_TOLD,
    },
  });
  const CHECKED = specOf({ health: { interval: '1m', failureThreshold: 3, checks: [{ status: true }] } });

  it('are looked at again, and those that have fallen ill are left alone', async () => {
    const steps = new StepByStep({ [WATCH]: leftOpen });
    const rollout = await steps.start('imdsRollout', CHECKED);
    await steps.say(rollout, 'pause', { by: 'ann' });
    await steps.finish(WATCH, seen());
    expect((await steps.status(rollout)).waiting).toMatchObject({ for: 'paused' });
    steps.temporal.now += HOUR;
    await steps.say(rollout, 'resume', { by: 'ann' });
    expect(steps.inputs(APPLY)).toEqual([]);
    await steps.finish(WATCH, seen({ id: 'Instance/web-1', reason: 'it answers 503' }));
    expect(steps.inputs<{ target: { name: string } }>(APPLY).map(({ target }) => target.name)).toEqual([
      'web-0',
      'web-2',
    ]);
    expect((await steps.status(rollout)).counts).toMatchObject({ blocked: 1, changed: 2 });
  });

  it('are not looked at again where the pause was short', async () => {
    const steps = new StepByStep({ [WATCH]: leftOpen });
    const rollout = await steps.start('imdsRollout', CHECKED);
    await steps.say(rollout, 'pause', { by: 'ann' });
    await steps.finish(WATCH, seen());
    steps.temporal.now += 60_000;
    await steps.say(rollout, 'resume', { by: 'ann' });
    expect(steps.inputs(APPLY)).toHaveLength(3);
  });
});
