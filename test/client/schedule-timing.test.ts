import { describe, expect, it } from 'vitest';
import { checkTiming, explainRefusal, type ScheduleTiming } from '../../src/client/schedule-timing.js';
import { compareSchedules, type ScheduleView } from '../../src/client/schedule-view.js';

describe('a timing', () => {
  it('keeps what was written beside what the server makes of it', () => {
    const timing: ScheduleTiming = {
      cron: [' 0  3 * * mon-fri', '@daily'],
      calendar: ['hour=3,15 minute=30 dayOfWeek=sat'],
      every: ['1d/3h', '90s'],
      timeZone: 'Europe/Stockholm',
      jitter: '10m',
    };
    expect(checkTiming(timing)).toEqual({
      ok: true,
      spec: {
        cronExpressions: [
          '0 3 * * mon-fri # cron: 0 3 * * mon-fri',
          '@daily # cron: @daily',
          '0 30 3,15 * * sat * # calendar: hour=3,15 minute=30 dayOfWeek=sat',
        ],
        intervals: [
          { every: 86_400_000, offset: 10_800_000 },
          { every: 90_000, offset: 0 },
        ],
        timezone: 'Europe/Stockholm',
        jitter: 600_000,
      },
    });
  });

  it.each<[ScheduleTiming, string, RegExp]>([
    [{}, 'every', /is missing: say when/],
    [{ cron: ['0 3 * *'] }, 'cron', /has 4 fields and must have 5, such as "0 3 \* \* \*"/],
    [{ cron: [''] }, 'cron', /has 0 fields/],
    [{ cron: ['TZ=UTC 0 3 * * *'] }, 'cron', /give it as timeZone/],
    [{ cron: ['@every 1d'] }, 'cron', /give it as every/],
    [{ cron: ['0 3 * * * # nightly'] }, 'cron', /leave it out/],
    [{ calendar: ['hours=3'] }, 'calendar', /unknown field hours, did you mean hour\?/],
    [{ calendar: ['hour=3;minute=2'] }, 'calendar', /must be a field and its value/],
    [{ calendar: ['constructor=3'] }, 'calendar', /unknown field constructor/],
    [{ calendar: [' '] }, 'calendar', /is empty/],
    [{ every: ['daily'] }, 'every', /must be a duration of at most 365 days, such as 1d, or 1d\/3h/],
    [{ every: ['1d/3h/1m'] }, 'every', /such as 1d, or 1d\/3h/],
    [{ every: ['500ms'] }, 'every', /at least 1s/],
    [{ every: ['1500ms'] }, 'every', /whole seconds/],
    [{ every: ['1d/24h'] }, 'every', /less than 1d/],
    [{ every: ['1d/x'] }, 'every', /has an offset "x"/],
    [{ every: ['1d'], jitter: 'some' }, 'jitter', /such as 10m/],
    [{ every: ['1d'], timeZone: 'Europe/Stokholm' }, 'timeZone', /did you mean "Europe\/Stockholm"\?/],
    [{ every: ['1d'], timeZone: 'europe/stockholm' }, 'timeZone', /did you mean "Europe\/Stockholm"/],
    [{ every: ['1d'], timeZone: '+02:00' }, 'timeZone', /must be an IANA time zone/],
  ])('%j is refused, with the place', (timing, path, says) => {
    expect(checkTiming(timing)).toMatchObject({
      ok: false,
      problems: [{ path, message: expect.stringMatching(says) }],
    });
  });

  it.each(['UTC', 'Europe/Stockholm', 'Asia/Calcutta', 'Etc/GMT+3'])('%s is a time zone', (timeZone) => {
    expect(checkTiming({ every: ['1d'], timeZone })).toMatchObject({ ok: true, spec: { timezone: timeZone } });
  });

  it.each<[string, ScheduleTiming, string, string]>([
    [
      'Hour is not in range [0-23]',
      { cron: ['0 25 * * *'] },
      'cron',
      'the hour, "25" in "0 25 * * *", is not in range [0-23]',
    ],
    [
      'Second has invalid Step',
      { cron: ['*/0 0 3 * * * *'] },
      'cron',
      'the second, "*/0" in "*/0 0 3 * * * *", has invalid step',
    ],
    [
      'DayOfWeek is not in range [0-7]',
      { calendar: ['dayOfWeek=fun'] },
      'calendar',
      'the day of the week of "dayOfWeek=fun" is not in range [0-7]',
    ],
    [
      'unknown time zone Mars/Phobos',
      { every: ['1d'] },
      'timeZone',
      'the server says: unknown time zone Mars/Phobos. Give one such as Europe/Stockholm or UTC',
    ],
    ['interval is too small', { every: ['1s'] }, '(schedule)', 'the server refuses it: interval is too small'],
  ])('what the server says of it is told with the place: %s', (message, timing, path, says) => {
    expect(explainRefusal(message, timing)).toEqual({ path, message: says });
  });
});

describe('two schedules', () => {
  const schedule: ScheduleView = {
    spec: { name: 'prod', stages: [{ name: 'canary', size: 1 }], targets: { regions: ['us-east-1'] } },
    cron: ['0 3 * * *'],
    every: [],
    calendar: [],
    otherTimes: [],
    timeZone: 'UTC',
    jitter: 'none',
    overlap: 'SKIP',
    catchUp: '1h',
    pauseOnFailure: true,
    taskQueue: 'q',
    workflowType: 'imdsRollout',
    workflowId: 'imds-rollout-prod',
  };

  it('that are the same don’t differ', () => {
    expect(compareSchedules(schedule, structuredClone(schedule))).toEqual([]);
  });

  it('differ in what is named: of the spec first, each value by its path', () => {
    const after: ScheduleView = {
      ...schedule,
      spec: {
        name: 'prod',
        stages: [{ name: 'canary', size: '5%' }],
        targets: { regions: ['us-east-1', 'eu-west-1'] },
      },
      cron: [],
      every: ['1d/3h'],
      pauseOnFailure: false,
    };
    expect(compareSchedules({ ...schedule, bounds: { limit: 3 }, otherTimes: ['never x'] }, after)).toEqual([
      { path: 'spec.stages[0].size', before: '1', after: '5%' },
      { path: 'spec.targets.regions', before: 'us-east-1', after: 'us-east-1, eu-west-1' },
      { path: 'cron', before: '0 3 * * *' },
      { path: 'every', after: '1d/3h' },
      { path: 'otherTimes', before: 'never x' },
      { path: 'pauseOnFailure', before: 'true', after: 'false' },
      { path: 'bounds.limit', before: '3' },
    ]);
  });
});
