import { formatDuration } from '../../../rollout/duration.js';

/** @example utc('2026-11-27T10:00:05.123Z') // '2026-11-27 10:00:05' */
export function utc(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

/** @example between('2026-11-27T10:00:00.000Z', '2026-11-27T10:15:00.000Z') // '15m' */
export function between(since: string, until: string): string {
  return formatDuration(Date.parse(until) - Date.parse(since));
}

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

const STEPS = [
  ...[10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28].map((count) => count * DAY),
];

export interface Tick {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly label: string;
}

/** Round times between two others, at most so many; milliseconds since the epoch. */
export function ticksBetween(from: number, to: number, most: number): Tick[] {
  const span = Math.max(1, to - from);
  const step = STEPS.find((each) => span / each <= most) ?? Math.ceil(span / most / DAY) * DAY;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({ at, label: tickLabel(at, step) });
  return ticks;
}

function tickLabel(at: number, step: number): string {
  const iso = new Date(at).toISOString();
  if (step >= DAY) return iso.slice(5, 10);
  if (step < SECOND) return iso.slice(14, 23);
  const time = iso.slice(11, step >= MINUTE ? 16 : 19);
  return at % DAY === 0 ? iso.slice(5, 10) : time;
}
