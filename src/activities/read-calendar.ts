import { ApplicationFailure } from '@temporalio/activity';
import type { Calendar, CalendarReading } from '../rollout/calendar.js';
import { isTimeZone, readCalendar } from './calendar.js';

/**
 * What `lightsailImdsReadCalendar` is given.
 *
 * @internal
 */
export interface ReadCalendarInput {
  readonly calendar: Calendar;
  /** Milliseconds since the epoch, by the workflow's clock. */
  readonly now: number;
}

/**
 * Whether new changes may start. An activity, since what is known of time zones differs between workers: what one of
 * them said stays in history.
 *
 * @throws ApplicationFailure of type `InvalidRolloutSpec` for a time zone that doesn't exist
 */
export async function lightsailImdsReadCalendar({ calendar, now }: ReadCalendarInput): Promise<CalendarReading> {
  for (const { timezone = 'UTC' } of [...calendar.windows, ...calendar.freeze]) {
    if (isTimeZone(timezone)) continue;
    const message = `windows or freeze: there is no time zone "${timezone}". Give an IANA name such as Europe/Stockholm.`;
    throw ApplicationFailure.nonRetryable(message, 'InvalidRolloutSpec');
  }
  return readCalendar(calendar, now);
}
