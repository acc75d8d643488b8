import { Temporal } from 'temporal-polyfill';
import type { ScheduledTimeJson } from '../json/schedule.js';

/** A time of a schedule, in its time zone and in UTC. */
export function scheduledTime(at: Date, timeZone: string): ScheduledTimeJson {
  return { utc: at.toISOString(), local: localTime(at, timeZone) };
}

/** @example localTime(new Date('2026-11-27T02:00:00Z'), 'Europe/Stockholm') // '2026-11-27T03:00:00+01:00' */
function localTime(at: Date, timeZone: string): string {
  const instant = Temporal.Instant.fromEpochMilliseconds(at.getTime());
  try {
    return instant.toString({ timeZone, smallestUnit: 'second' });
  } catch {
    // A zone that the server knows and this machine doesn't.
    return instant.toString({ timeZone: 'UTC', smallestUnit: 'second' }).replace('Z', '+00:00');
  }
}
