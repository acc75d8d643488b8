/** A length of time as it is written in a spec: a number and one unit, `500ms`, `30s`, `15m`, `7h`, `14d`. */
export type DurationText = string;

/** In milliseconds, the longest first. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]);

export const DURATION_PATTERN = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;

/** The longest duration a spec may name: Temporal timers and people both lose track beyond it. */
export const MAX_DURATION_MS = 365 * 86_400_000;

/**
 * Reads a duration.
 *
 * @returns milliseconds, or undefined where the text is not a duration of at most 365 days.
 * @example parseDuration('15m') // 900000
 */
export function parseDuration(text: DurationText): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  const unit = UNITS.get(match?.[2] ?? '');
  if (unit === undefined) return undefined;
  const ms = Math.round(Number(match?.[1]) * unit);
  return ms <= MAX_DURATION_MS ? ms : undefined;
}

/**
 * Writes milliseconds for a person, in at most two units.
 *
 * @example formatDuration(5_400_000) // '1h 30m'
 */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1_000) * 1_000;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.slice(0, 2).join(' ');
}
