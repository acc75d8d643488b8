import { ApplicationFailure } from '@temporalio/activity';
import type { Calendar, CalendarReading } from '../rollout/calendar.js';
import { readCalendar } from './calendar.js';

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
  try {
    return readCalendar(calendar, now);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const zones = [...calendar.windows, ...calendar.freeze].flatMap(({ timezone }) => timezone ?? []);
    const message = `windows or freeze: ${error.message}. Time zones are IANA names such as Europe/Stockholm; given: ${zones.join(', ')}.`;
    throw ApplicationFailure.nonRetryable(message, 'InvalidRolloutSpec');
  }
}
