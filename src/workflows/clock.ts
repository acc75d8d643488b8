/**
 * The workflow's clock, which stands still within one activation and is the same on every replay: Temporal replaces
 * `Date` inside the sandbox. The only file of this folder that may name it.
 *
 * @returns milliseconds since the epoch
 */
export function now(): number {
  return Date.now();
}

/** @example isoTime(0) // '1970-01-01T00:00:00.000Z' */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** @example today() // '2026-11-25' (UTC) */
export function today(): string {
  return isoTime(now()).slice(0, 10);
}
