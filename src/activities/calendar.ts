import { Temporal } from 'temporal-polyfill';
import type { Calendar, CalendarReading, Freeze, Weekday, Window } from '../rollout/calendar.js';

/** A span of time, end exclusive; milliseconds since the epoch. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** A window comes at least once a week, but for one in the hour that is skipped in spring, and may have begun the day before. */
const DAYS_AHEAD = 15;

/** So many freezes and closings are passed over in the search for the next opening. */
const MAX_STEPS = 1_000;

/**
 * Whether new changes may start at `now`, and until when that holds.
 *
 * Where clocks change, the doubtful hour counts as closed: a window opens at the later and closes at the earlier of two
 * readings of the same local time.
 *
 * @param now - milliseconds since the epoch
 */
export function readCalendar(calendar: Calendar, now: number): CalendarReading {
  const freezes = calendar.freeze.map((freeze) => ({ freeze, span: freezeSpan(freeze) }));
  const frozen = freezes.find(({ span }) => holds(span, now));
  if (frozen !== undefined) {
    return {
      open: false,
      for: 'freeze',
      since: now,
      until: nextOpening(calendar, now),
      ...(frozen.freeze.reason !== undefined && { reason: frozen.freeze.reason }),
    };
  }
  const closing = closingOf(calendar.windows, now);
  if (closing === undefined) return { open: false, for: 'window', since: now, until: nextOpening(calendar, now) };
  const nextFreeze = Math.min(...freezes.map(({ span }) => span.from).filter((from) => from > now));
  const until = Math.min(closing, nextFreeze);
  return { open: true, ...(Number.isFinite(until) && { until }) };
}

/** Whether this machine knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

function nextOpening({ windows, freeze }: Calendar, now: number): number {
  const freezes = freeze.map(freezeSpan);
  let at = now;
  for (let step = 0; step < MAX_STEPS; step++) {
    const frozen = freezes.find((span) => holds(span, at));
    if (frozen !== undefined) at = frozen.to;
    else if (closingOf(windows, at) !== undefined) return at;
    else
      at = Math.min(
        ...spansFrom(windows, at)
          .map(({ from }) => from)
          .filter((from) => from > at),
      );
  }
  return at;
}

/** When the windows that are open at `at` close, those that follow one another without a gap taken together; undefined where none is open. */
function closingOf(windows: readonly Window[], at: number): number | undefined {
  if (windows.length === 0) return Number.POSITIVE_INFINITY;
  const spans = spansFrom(windows, at);
  const open = spans.filter((span) => holds(span, at));
  if (open.length === 0) return undefined;
  let to = Math.max(...open.map((span) => span.to));
  for (const span of spans) if (span.from <= to && span.to > to) to = span.to;
  return to;
}

/** Every span of the windows from the day before `at` to {@link DAYS_AHEAD} days after it, in order. */
function spansFrom(windows: readonly Window[], at: number): Span[] {
  return windows
    .flatMap((window) => {
      const today = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(window.timezone).toPlainDate();
      const days = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => today.add({ days: index - 1 }));
      return days
        .filter((day) => window.days.some((name) => WEEKDAYS.indexOf(name) + 1 === day.dayOfWeek))
        .map((day) => spanOn(window, day));
    })
    .filter((span) => span.from < span.to)
    .sort((a, b) => a.from - b.from);
}

function spanOn(window: Window, day: Temporal.PlainDate): Span {
  // A window that ends before it begins goes over midnight.
  const last = window.to <= window.from ? day.add({ days: 1 }) : day;
  return {
    from: instantOf(day, window.from, window.timezone, 'later'),
    to: instantOf(last, window.to, window.timezone, 'earlier'),
  };
}

/** From the beginning of its first day to the end of its last. */
function freezeSpan({ from, to, timezone = 'UTC' }: Freeze): Span {
  const afterLast = Temporal.PlainDate.from(to).add({ days: 1 });
  return {
    from: instantOf(Temporal.PlainDate.from(from), '00:00', timezone, 'earlier'),
    to: instantOf(afterLast, '00:00', timezone, 'later'),
  };
}

function instantOf(
  day: Temporal.PlainDate,
  time: string,
  timezone: string,
  disambiguation: 'earlier' | 'later',
): number {
  return day.toPlainDateTime(Temporal.PlainTime.from(time)).toZonedDateTime(timezone, { disambiguation })
    .epochMilliseconds;
}

function holds(span: Span, at: number): boolean {
  return span.from <= at && at < span.to;
}
