import type { CalendarReading } from '../rollout/calendar.js';
import { describeMissing, type Sight } from '../rollout/sight.js';
import type { LogEntry, Waiting } from '../rollout/status.js';
import { isoTime } from './clock.js';
import type { LostLease } from './lease.js';

interface HoldCauses {
  readonly paused: LogEntry | undefined;
  readonly calendar: CalendarReading | undefined;
  readonly lostLease: LostLease | undefined;
  readonly sight: Sight;
}

/** Why no new change starts for the time being: the operator's word first, then the calendar's, then a lost lease, then missing readings. */
export function heldBy({ paused, calendar, lostLease, sight }: HoldCauses): Waiting | undefined {
  if (paused !== undefined) {
    const { at, reason } = paused;
    return { for: 'paused', since: at, ...(reason !== undefined && { reason }) };
  }
  if (calendar !== undefined && !calendar.open) {
    const { for: kind, since, until, reason } = calendar;
    return { for: kind, since: isoTime(since), until: isoTime(until), ...(reason !== undefined && { reason }) };
  }
  if (lostLease !== undefined) {
    return { for: 'lease', since: isoTime(lostLease.since), reason: lostLease.reason };
  }
  return missingHealth(sight);
}

/** The rollout waits for readings; undefined where everything can be read, or an operator goes on without. */
export function missingHealth({ missing }: Sight): Waiting | undefined {
  if (missing === undefined) return undefined;
  return { for: 'health', since: isoTime(missing.since), reason: `${describeMissing(missing)}: approve or abort` };
}
