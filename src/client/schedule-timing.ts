import type { ScheduleSpec } from '@temporalio/client';
import { type DurationText, parseDuration } from '../rollout/duration.js';
import { type Problem, suggest } from '../rollout/problem.js';
import { timeZoneProblem } from '../rollout/time-zones.js';

/** When a schedule starts its rollouts: at all the times that any of these names. */
export interface ScheduleTiming {
  /** `0 3 * * *`: minute, hour, day of the month, month, day of the week; 6 fields: and the year; 7: the second first. */
  readonly cron?: readonly string[];
  /** `1d`, or `1d/3h` for three hours after each midnight UTC; counted from 1970, at least a second. */
  readonly every?: readonly string[];
  /** `dayOfWeek=mon-fri hour=3 minute=30`; left out: second, minute and hour 0, any day, month and year. */
  readonly calendar?: readonly string[];
  /** Of `cron` and `calendar`, such as `Europe/Stockholm`. Default: UTC. */
  readonly timeZone?: string;
  /** Each time is put off by chance, by at most this. Default: none. */
  readonly jitter?: DurationText;
}

export type TimingCheck =
  | { readonly ok: true; readonly spec: ScheduleSpec }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks as much of a timing as can be without the server, which alone knows its time zones and reads cron.
 *
 * @example checkTiming({ cron: ['0 3 * * *'], timeZone: 'Europe/Stockholm' })
 */
export function checkTiming(timing: ScheduleTiming): TimingCheck {
  const { cron = [], every = [], calendar = [], timeZone, jitter } = timing;
  const problems: Problem[] = [];
  const read = <T extends object>(path: string, text: string, parse: (text: string) => T | string): T[] => {
    const value = parse(text);
    if (typeof value !== 'string') return [value];
    problems.push({ path, message: `"${text}" ${value}` });
    return [];
  };
  const crons = [
    ...cron.flatMap((text) => read('cron', text, readCron)),
    ...calendar.flatMap((text) => read('calendar', text, readCalendar)),
  ];
  const intervals = every.flatMap((text) => read('every', text, readInterval));
  if (cron.length + every.length + calendar.length === 0) {
    problems.push({ path: 'every', message: 'is missing: say when, with cron, every or calendar' });
  }
  if (timeZone !== undefined) read('timeZone', timeZone, readTimeZone);
  const jitterMs = jitter === undefined ? [] : read('jitter', jitter, readJitter);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    spec: {
      cronExpressions: crons.map(({ expression }) => expression),
      intervals,
      timezone: timeZone ?? 'UTC',
      ...(jitterMs[0] !== undefined && { jitter: jitterMs[0].ms }),
    },
  };
}

/** The server keeps cron as a calendar; what was written is kept as its comment. */
interface CronText {
  readonly expression: string;
}

const COMMENT = { cron: 'cron: ', calendar: 'calendar: ' } as const;

/** What was written for a calendar that the server has made of it; undefined where somebody else has made it. */
export function writtenTiming(comment: string | undefined): { kind: keyof typeof COMMENT; text: string } | undefined {
  for (const kind of ['cron', 'calendar'] as const) {
    if (comment?.startsWith(COMMENT[kind])) return { kind, text: comment.slice(COMMENT[kind].length) };
  }
  return undefined;
}

/** One blank between two fields. @example normalBlanks(' 0  3 * * *') // '0 3 * * *' */
export function normalBlanks(text: string): string {
  return text.trim().split(/\s+/).join(' ');
}

const CRON_FIELDS = [5, 6, 7];

function readCron(text: string): CronText | string {
  const cron = normalBlanks(text);
  if (/^(CRON_)?TZ=/.test(cron)) return 'names a time zone: give it as timeZone';
  if (cron.startsWith('@every')) return 'is an interval: give it as every, such as 1d/3h';
  if (cron.includes('#')) return 'has a #, which begins a comment here: leave it out';
  const count = cron.startsWith('@') ? 5 : cron === '' ? 0 : cron.split(' ').length;
  if (!CRON_FIELDS.includes(count)) {
    return `has ${count} fields and must have 5, such as "0 3 * * *" (minute, hour, day of the month, month, day of the week); 6 with a year, 7 with the seconds first`;
  }
  return { expression: `${cron} # ${COMMENT.cron}${cron}` };
}

/** As cron of seven fields has them, with what stands for one that is left out. */
const CALENDAR_FIELDS = {
  second: '0',
  minute: '0',
  hour: '0',
  dayOfMonth: '*',
  month: '*',
  dayOfWeek: '*',
  year: '*',
} as const satisfies Record<string, string>;

function readCalendar(text: string): CronText | string {
  const fields: Record<string, string> = { ...CALENDAR_FIELDS };
  const known = Object.keys(CALENDAR_FIELDS);
  const written = normalBlanks(text);
  if (written === '') return 'is empty: give fields such as hour=3';
  for (const part of written.split(' ')) {
    const [, name = '', value] = /^(\w+)=([\w*,/-]+)$/.exec(part) ?? [];
    if (value === undefined) return `has "${part}", which must be a field and its value, such as dayOfWeek=mon-fri`;
    if (!known.includes(name)) {
      const near = suggest(name, known);
      const hint = near === undefined ? '. ' : `, did you mean ${near}? `;
      return `has an unknown field ${name}${hint}Known here: ${known.join(', ')}`;
    }
    fields[name] = value;
  }
  return { expression: `${Object.values(fields).join(' ')} # ${COMMENT.calendar}${written}` };
}

const SECOND = 1_000;

function readInterval(text: string): { every: number; offset: number } | string {
  const [every = '', offset, ...more] = text.trim().split('/');
  const ms = parseDuration(every);
  if (ms === undefined || more.length > 0) return 'must be a duration of at most 365 days, such as 1d, or 1d/3h';
  if (ms < SECOND || ms % SECOND > 0) return 'must be whole seconds, at least 1s';
  const offsetMs = offset === undefined ? 0 : parseDuration(offset);
  if (offsetMs === undefined) return `has an offset "${offset}", which must be a duration such as 3h`;
  if (offsetMs >= ms || offsetMs % SECOND > 0) {
    return `has an offset of ${offset}, which must be whole seconds, and less than ${every}`;
  }
  return { every: ms, offset: offsetMs };
}

function readJitter(text: string): { ms: number } | string {
  const ms = parseDuration(text);
  return ms === undefined ? 'must be a duration such as 10m' : { ms };
}

function readTimeZone(name: string): { readonly timeZone: string } | string {
  return timeZoneProblem(name) ?? { timeZone: name };
}

const CRON_PLACES: readonly (readonly [string, string])[] = [
  ['Second', 'second'],
  ['Minute', 'minute'],
  ['Hour', 'hour'],
  ['DayOfMonth', 'day of the month'],
  ['Month', 'month'],
  ['DayOfWeek', 'day of the week'],
  ['Year', 'year'],
];

/**
 * What the server says of a timing that it refuses, with the place.
 *
 * @example explainRefusal('Hour is not in range [0-23]', { cron: ['0 25 * * *'] }) // { path: 'cron', message: 'the hour, "25" in "0 25 * * *", is not in range [0-23]' }
 */
export function explainRefusal(message: string, { cron = [], calendar = [] }: ScheduleTiming): Problem {
  if (/time zone/i.test(message)) {
    return { path: 'timeZone', message: `the server says: ${message}. Give one such as Europe/Stockholm or UTC` };
  }
  const [, field = '', what = message] = /^(\w+) (.+)$/.exec(message) ?? [];
  const index = CRON_PLACES.findIndex(([name]) => name === field);
  const place = CRON_PLACES[index];
  if (place === undefined) return { path: '(schedule)', message: `the server refuses it: ${message}` };
  const said = cron.flatMap((text) => {
    const fields = normalBlanks(text).split(' ');
    // Without seconds, all stand one place further to the front; the year comes last in either.
    const value = fields[fields.length === 7 ? index : index - 1];
    return value === undefined ? [] : [`"${value}" in "${text}"`];
  });
  const problem = what.toLowerCase();
  if (said.length > 0) return { path: 'cron', message: `the ${place[1]}, ${said.join(' or ')}, ${problem}` };
  return {
    path: 'calendar',
    message: `the ${place[1]} of ${calendar.map((text) => `"${text}"`).join(' or ')} ${problem}`,
  };
}
