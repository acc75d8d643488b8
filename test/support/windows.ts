import type { RolloutSpecInput } from '../../src/rollout/spec.js';

type Windows = NonNullable<RolloutSpecInput['windows']>;

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const HOUR = 3_600_000;

/** A window that is open now and closes at the next full minute that is at least so far away. */
export function closingWindow(atLeastMs: number): { readonly windows: Windows; readonly closing: number } {
  const closing = nextMinute(atLeastMs);
  return { windows: [windowFrom(closing - HOUR, closing)], closing };
}

/** A window that is closed now and opens at the next full minute that is at least so far away. */
export function openingWindow(atLeastMs: number): { readonly windows: Windows; readonly opening: number } {
  const opening = nextMinute(atLeastMs);
  return { windows: [windowFrom(opening, opening + HOUR)], opening };
}

function windowFrom(from: number, to: number): Windows[number] {
  return { days: [...DAYS], from: minuteAt(from), to: minuteAt(to), timezone: 'UTC' };
}

/** In minutes of UTC: `13:05`. */
function minuteAt(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

function nextMinute(atLeastMs: number): number {
  return Math.ceil((Date.now() + atLeastMs) / 60_000) * 60_000;
}
