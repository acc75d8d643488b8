import type { ScheduleSpecDescription } from '@temporalio/client';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { type ScheduleJson, scheduleJsonSchema } from '../../src/cli/json/schedule.js';
import { renderDifferences, renderSchedule, renderScheduleList } from '../../src/cli/render/schedule.js';
import { describeTiming } from '../../src/cli/render/schedule-timing.js';
import { scheduledTime } from '../../src/cli/schedule/scheduled-times.js';

type Calendar = NonNullable<ScheduleSpecDescription['calendars']>[number];

const one = <Unit>(start: Unit, end = start, step = 1) => ({ start, end, step });
const DAILY: Calendar = {
  second: [one(0)],
  minute: [one(0)],
  hour: [one(3)],
  dayOfMonth: [one(1, 31)],
  month: [one('JANUARY', 'DECEMBER')],
  year: [],
  dayOfWeek: [one('SUNDAY', 'SATURDAY')],
};

describe('times in words', () => {
  it.each<[Partial<Calendar>, string]>([
    [{}, 'every day at 03:00 (UTC)'],
    [{ hour: [one(3), one(15)], minute: [one(30)] }, 'every day at 03:30, 15:30 (UTC)'],
    [{ dayOfWeek: [one('MONDAY', 'FRIDAY')] }, 'Mon to Fri at 03:00 (UTC)'],
    [{ dayOfMonth: [one(1), one(15)] }, 'day 1, 15 of every month at 03:00 (UTC)'],
    [{ dayOfMonth: [one(1, 7)], dayOfWeek: [one('SUNDAY')] }, 'Sun, if it is day 1 to 7 of every month at 03:00 (UTC)'],
    [{ month: [one('MARCH')], year: [one(2027)], dayOfMonth: [one(28)] }, 'day 28 of Mar 2027 at 03:00 (UTC)'],
    [{ month: [one('MARCH', 'MAY')] }, 'every day in Mar to May at 03:00 (UTC)'],
    [{ hour: [one(0, 23)], minute: [one(15)] }, 'every day at minute 15 of every hour (UTC)'],
    [{ hour: [one(8, 18)], minute: [one(0, 59, 15)] }, 'every day at minute 0 to 59 by 15 of hour 8 to 18 (UTC)'],
    [{ second: [one(30)] }, 'every day at 03:00:30 (UTC)'],
    [
      { second: [one(0, 59)], minute: [one(0, 59)], hour: [one(0, 23)] },
      'every day at second every of every minute of every hour (UTC)',
    ],
  ])('%j: %s', (changes, words) => {
    expect(describeTiming({ calendars: [{ ...DAILY, ...changes }] })).toEqual([words]);
  });

  it.each([
    [86_400_000, 0, 'every day at 00:00 (UTC)'],
    [86_400_000, 10_830_000, 'every day at 03:00:30 (UTC)'],
    [21_600_000, 0, 'every 6h'],
    [21_600_000, 3_600_000, 'every 6h, from 01:00 on (UTC)'],
    [604_800_000, 86_400_000, 'every 7d, counted from 1970-01-01 and 1d (UTC)'],
  ])('an interval of %i ms and %i: %s', (every, offset, words) => {
    expect(describeTiming({ intervals: [{ every, offset }] })).toEqual([words]);
  });

  it('all of what somebody else may have given it', () => {
    const at = new Date('2027-01-01T00:00:00Z');
    const spec = { calendars: [DAILY], skip: [DAILY], startAt: at, endAt: at, jitter: 600_000, timezone: 'Asia/Tokyo' };
    expect(describeTiming(spec)).toEqual([
      'every day at 03:00 (Asia/Tokyo)',
      'but not every day at 03:00 (Asia/Tokyo)',
      'from 2027-01-01T00:00:00.000Z on',
      'until 2027-01-01T00:00:00.000Z',
      'put off by up to 10m, by chance',
    ]);
    expect(describeTiming({})).toEqual(['never by itself']);
  });
});

const NOW = Date.parse('2027-03-27T00:00:00Z');
const run = {
  workflowId: 'imds-rollout-prod-2027-03-26T02:00:00Z\u001b[2J',
  runId: '01a21370-6a34-7c24-94e0-330d80b557ad',
  scheduledAt: '2027-03-26T02:00:00.000Z',
  startedAt: '2027-03-26T02:00:00.100Z',
  endedAt: '2027-03-26T02:00:03.100Z',
};
const schedule: ScheduleJson = scheduleJsonSchema.parse({
  scheduleId: 'imds-rollout-prod',
  namespace: 'default',
  address: 'localhost:7233',
  name: 'prod\u001b[2J',
  state: 'paused',
  note: 'paused due to workflow failure: \u001b[2J',
  spec: { name: 'prod', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } },
  problems: [{ path: 'stages[1].approval', message: 'nobody is there' }],
  warnings: ['the waiver of legacy-7 ends on 2027-04-01'],
  taskQueue: 'q',
  timing: {
    words: ['every day at 02:30 (Europe/Stockholm)'],
    cron: ['30 2 * * *'],
    every: [],
    calendar: [],
    timeZone: 'Europe/Stockholm',
    jitterMs: 0,
  },
  policy: { overlap: 'SKIP', catchUpMs: 3_600_000, pauseOnFailure: true },
  nextTimes: ['2027-03-27T01:30:00Z', '2027-03-29T00:30:00Z'].map((at) =>
    scheduledTime(new Date(at), 'Europe/Stockholm'),
  ),
  runs: [
    {
      ...run,
      state: 'open',
      endedAt: null,
      now: 'baking, stage canary',
      counts: { total: 3, inFlight: 0, changed: 1 },
    },
    { ...run, state: 'open', endedAt: null, counts: null },
    { ...run, state: 'completed', counts: { total: 3, inFlight: 0, skipped: 3 } },
    { ...run, state: 'failed', error: 'PlanFailed', counts: null },
    { ...run, state: 'gone', endedAt: null, counts: null },
  ],
  counts: { started: 12, skippedOverlap: 4, missedCatchUp: 1 },
  createdAt: '2027-03-01T02:00:00.000Z',
  updatedAt: null,
});

describe('on a screen', () => {
  const screen = (width: number) => ({ paint: pc.createColors(false), width });

  it.each([60, 80, 140])('no line is wider than %i columns, and nothing obeyed by a terminal is in it', (width) => {
    const listed = { ...schedule, nextTime: schedule.nextTimes[0] ?? null, lastRun: run, open: 1 };
    const lines = [
      ...renderSchedule(screen(width), schedule, NOW),
      ...renderScheduleList(screen(width), { schedules: [listed] }, NOW),
      ...renderDifferences(screen(width), [{ path: 'spec.x', before: 'a '.repeat(60), after: '\u001b[2J' }]),
    ];
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(width);
      expect(line).not.toContain('\u001b');
    }
  });

  it('says why it is paused, when it would run, in its zone and in UTC, and how its runs have ended', () => {
    const text = renderSchedule(screen(140), schedule, NOW).join('\n');
    expect(text).toMatch(/^imds-rollout-prod {2}paused\n {2}paused due to workflow failure/);
    expect(text).toContain('every day at 02:30 (Europe/Stockholm), as cron 30 2 * * *');
    expect(text).toContain('is passed over. So far: 4.');
    expect(text).toContain('up to 1h late is made up for. So far: 1 missed.');
    expect(text).toContain('A run that fails pauses the schedule.');
    expect(text).toContain('✘ stages[1].approval: nobody is there');
    expect(text).toMatch(
      /Next times were it not paused\n {2}Sat 2027-03-27 02:30 \+01:00 {2}2027-03-27 01:30 UTC {2}in 1h 30m\n/,
    );
    expect(text).toContain('Mon 2027-03-29 02:30 +02:00  2027-03-29 00:30 UTC');
    expect(text).toContain('open for 22h, baking, stage canary: 1 changed, 2 not started, of 3');
    expect(text).toContain('open for 22h, and no worker answers');
    expect(text).toContain('completed after 3s: 3 skipped, of 3');
    expect(text).toContain('failed (PlanFailed) after 3s');
    expect(text).toContain('ended; the server has its history no longer');
  });

  it('a difference is one line where it fits, and two where it doesn’t', () => {
    const differences = [
      { path: 'cron', before: '0 3 * * *' },
      { path: 'spec.targets.regions', before: 'us-east-1', after: 'us-east-1, eu-west-1' },
    ];
    expect(renderDifferences(screen(80), differences)).toEqual([
      '  cron                  0 3 * * * → (nothing)',
      '  spec.targets.regions  us-east-1 → us-east-1, eu-west-1',
    ]);
    expect(renderDifferences(screen(40), differences.slice(1))).toEqual([
      '  spec.targets.regions',
      '    - us-east-1',
      '    + us-east-1, eu-west-1',
    ]);
  });
});
