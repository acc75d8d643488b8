import type { ScheduleDescription, ScheduleOverlapPolicy, ScheduleSpecDescription } from '@temporalio/client';
import { formatDuration } from '../rollout/duration.js';
import { normalBlanks, writtenTiming } from './schedule-timing.js';

/** A schedule as people write it, whoever has made it: what two of them are compared by. */
export interface ScheduleView {
  /** The argument of the rollouts that it starts. */
  readonly spec: unknown;
  /** A second argument, if there is one: it holds each run to a part of its plan. */
  readonly bounds?: unknown;
  readonly cron: readonly string[];
  readonly every: readonly string[];
  readonly calendar: readonly string[];
  /** Times that somebody else has given it in ways of their own, as JSON. */
  readonly otherTimes: readonly string[];
  readonly timeZone: string;
  readonly jitter: string;
  readonly overlap: NonNullable<ScheduleOverlapPolicy>;
  readonly catchUp: string;
  readonly pauseOnFailure: boolean;
  readonly taskQueue: string;
  readonly workflowType: string;
  /** Begins the workflow ID of each run; the time follows. */
  readonly workflowId: string;
}

const NO_JITTER = 'none';

/** How a schedule stands on the server. */
export function viewSchedule({ spec, action, policies }: ScheduleDescription): ScheduleView {
  const [input, bounds] = action.args ?? [];
  const { taskQueue, workflowType, workflowId = '' } = action;
  const calendars = (spec.calendars ?? []).map((calendar) => ({ calendar, written: writtenTiming(calendar.comment) }));
  const written = (kind: 'cron' | 'calendar') =>
    calendars.flatMap((each) => (each.written?.kind === kind ? [each.written.text] : []));
  return {
    spec: input,
    ...(bounds !== undefined && { bounds }),
    cron: written('cron'),
    every: (spec.intervals ?? []).map(({ every, offset = 0 }) => writeInterval(every, offset)),
    calendar: written('calendar'),
    otherTimes: [
      ...calendars.flatMap((each) => (each.written === undefined ? [JSON.stringify(each.calendar)] : [])),
      ...otherTimes(spec),
    ],
    timeZone: spec.timezone || 'UTC',
    jitter: writeJitter(spec.jitter),
    overlap: policies.overlap ?? 'SKIP',
    catchUp: formatDuration(policies.catchupWindow),
    pauseOnFailure: policies.pauseOnFailure,
    taskQueue,
    workflowType,
    workflowId,
  };
}

function otherTimes({ skip = [], startAt, endAt }: ScheduleSpecDescription): string[] {
  return [
    ...skip.map((calendar) => `never ${JSON.stringify(calendar)}`),
    ...(startAt === undefined ? [] : [`from ${startAt.toISOString()}`]),
    ...(endAt === undefined ? [] : [`until ${endAt.toISOString()}`]),
  ];
}

/** @example writeInterval(86_400_000, 10_800_000) // '1d/3h' */
export function writeInterval(every: number, offset: number): string {
  const write = (ms: number) => formatExactly(ms);
  return offset === 0 ? write(every) : `${write(every)}/${write(offset)}`;
}

/** In the largest unit that needs no fraction. */
function formatExactly(ms: number): string {
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const) {
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms / 1_000}s`;
}

export function writeJitter(ms: number | undefined): string {
  return ms === undefined || ms === 0 ? NO_JITTER : formatDuration(ms);
}

/** @example writtenCron([' 0  3 * * *']) // ['0 3 * * *'] */
export function writtenCron(texts: readonly string[] = []): string[] {
  return texts.map(normalBlanks);
}

/** One thing in which two schedules differ, such as `spec.stages[0].bake`, `cron` or `catchUp`. */
export interface ScheduleDifference {
  readonly path: string;
  /** Missing where there was none. */
  readonly before?: string;
  /** Missing where there is none any more. */
  readonly after?: string;
}

/** What changes where one schedule takes the place of another. @example compareSchedules(before, after) // [{ path: 'catchUp', before: '1h', after: '2h' }] */
export function compareSchedules(before: ScheduleView, after: ScheduleView): ScheduleDifference[] {
  const from = leavesOf(before);
  const to = leavesOf(after);
  const fields = Object.keys(after);
  const placeOf = (path: string) => {
    const place = fields.indexOf(/^\w+/.exec(path)?.[0] ?? '');
    return place < 0 ? fields.length : place;
  };
  const paths = [...new Set([...from.keys(), ...to.keys()])].toSorted((a, b) => placeOf(a) - placeOf(b));
  return paths.flatMap((path) => {
    const [was, is] = [from.get(path), to.get(path)];
    if (was === is) return [];
    return [{ path, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}

/** Every value by its path; a list of plain values is one value. */
function leavesOf(value: unknown, path = '', leaves = new Map<string, string>()): Map<string, string> {
  if (typeof value !== 'object' || value === null || isPlainList(value)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (text !== undefined && !isEmpty) leaves.set(path, isPlainList(value) ? value.join(', ') : text);
    return leaves;
  }
  for (const [key, member] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${path}[${key}]` : `${path}${path === '' ? '' : '.'}${key}`;
    leavesOf(member, place, leaves);
  }
  return leaves;
}

function isPlainList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((each) => typeof each !== 'object' || each === null);
}
