import type { ScheduleSpecDescription } from '@temporalio/client';
import { formatDuration } from '../../rollout/duration.js';

type Calendar = NonNullable<ScheduleSpecDescription['calendars']>[number];
type Ranges = Calendar['hour'];
type NamedRanges = Calendar['month'] | Calendar['dayOfWeek'];

/** A schedule's times in words, one line for each way in which it is given. @example ['every day at 03:00 (Europe/Stockholm)'] */
export function describeTiming(spec: ScheduleSpecDescription): string[] {
  const { calendars = [], intervals = [], skip = [], startAt, endAt, jitter = 0 } = spec;
  const zone = spec.timezone || 'UTC';
  const lines = [
    ...calendars.map((calendar) => `${describeCalendar(calendar)} (${zone})`),
    ...intervals.map(({ every, offset = 0 }) => describeInterval(every, offset)),
    ...skip.map((calendar) => `but not ${describeCalendar(calendar)} (${zone})`),
    ...(startAt === undefined ? [] : [`from ${startAt.toISOString()} on`]),
    ...(endAt === undefined ? [] : [`until ${endAt.toISOString()}`]),
    ...(jitter > 0 ? [`put off by up to ${formatDuration(jitter)}, by chance`] : []),
  ];
  return lines.length === 0 ? ['never by itself'] : lines;
}

const DAY = 86_400_000;

function describeInterval(every: number, offset: number): string {
  const time = new Date(offset).toISOString().slice(11, offset % 60_000 > 0 ? 19 : 16);
  if (every === DAY) return `every day at ${time} (UTC)`;
  const length = formatDuration(every);
  if (DAY % every === 0) return offset === 0 ? `every ${length}` : `every ${length}, from ${time} on (UTC)`;
  return `every ${length}, counted from 1970-01-01${offset === 0 ? '' : ` and ${formatDuration(offset)}`} (UTC)`;
}

function describeCalendar({ second, minute, hour, dayOfMonth, month, year, dayOfWeek }: Calendar): string {
  return `${describeDays({ dayOfMonth, month, year, dayOfWeek })} ${describeTimes({ second, minute, hour })}`;
}

function describeDays({
  dayOfMonth,
  month,
  year,
  dayOfWeek,
}: Pick<Calendar, 'dayOfMonth' | 'month' | 'year' | 'dayOfWeek'>): string {
  const weekdays = isAll(dayOfWeek, 'SUNDAY', 'SATURDAY') ? '' : listNamed(dayOfWeek);
  const days = isAll(dayOfMonth, 1, 31) ? '' : `day ${listNumbers(dayOfMonth)}`;
  const months = isAll(month, 'JANUARY', 'DECEMBER') ? '' : listNamed(month);
  const years = year.length === 0 ? '' : listNumbers(year);
  const day = [weekdays, days].filter(Boolean).join(', if it is ');
  const span = [months, years].filter(Boolean).join(' ');
  if (day === '') return span === '' ? 'every day' : `every day in ${span}`;
  if (days !== '') return `${day} of ${span || 'every month'}`;
  return span === '' ? day : `${day} in ${span}`;
}

/** So many times of one day are written out. */
const MAX_TIMES = 6;

function describeTimes({ second, minute, hour }: Pick<Calendar, 'second' | 'minute' | 'hour'>): string {
  const [hours, minutes, seconds] = [expand(hour), expand(minute), expand(second)];
  if (hours.length * minutes.length * seconds.length <= MAX_TIMES) {
    const times = hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => clock(h, m, s))));
    return `at ${times.join(', ')}`;
  }
  const ofHours = isAll(hour, 0, 23) ? 'every hour' : `hour ${listNumbers(hour)}`;
  const ofMinutes = isAll(minute, 0, 59) ? 'every minute' : `minute ${listNumbers(minute)}`;
  const isFull = seconds.length === 1 && seconds[0] === 0;
  const at = isFull ? '' : `second ${isAll(second, 0, 59) ? 'every' : listNumbers(second)} of `;
  return `at ${at}${ofMinutes} of ${ofHours}`;
}

function clock(...parts: readonly number[]): string {
  const [hour, minute, second] = parts.map((part) => String(part).padStart(2, '0'));
  return second === '00' ? `${hour}:${minute}` : `${hour}:${minute}:${second}`;
}

function expand(ranges: Ranges): number[] {
  const all = ranges.flatMap(({ start, end, step }) =>
    Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step),
  );
  return [...new Set(all)].sort((a, b) => a - b);
}

function isAll(ranges: Ranges | NamedRanges, first: number | string, last: number | string): boolean {
  const [only] = ranges;
  return ranges.length === 1 && only?.start === first && only.end === last && only.step === 1;
}

/** @example '1, 3 to 5, 0 to 59 by 15' */
function listNumbers(ranges: Ranges): string {
  return ranges.map((range) => describeRange(range, String)).join(', ');
}

function listNamed(ranges: NamedRanges): string {
  return ranges.map((range) => describeRange<string>(range, shortName)).join(', ');
}

function describeRange<Unit>(
  { start, end, step }: { readonly start: Unit; readonly end: Unit; readonly step: number },
  write: (unit: Unit) => string,
): string {
  if (start === end) return write(start);
  return `${write(start)} to ${write(end)}${step > 1 ? ` by ${step}` : ''}`;
}

/** @example shortName('MONDAY') // 'Mon' */
function shortName(name: string): string {
  return `${name.slice(0, 1)}${name.slice(1, 3).toLowerCase()}`;
}
