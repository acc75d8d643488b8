import { setTimeout as delay } from 'node:timers/promises';

/** Time as somebody sees it who waits; a test has its own. */
export interface WaitClock {
  /** Milliseconds. */
  now(): number;
  /** Ends early where the signal aborts, and doesn't throw then. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

const sleep: WaitClock['sleep'] = async (ms, signal) => {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
};

/**
 * Milliseconds by a monotonic clock: the machine's time when this process began, and what has passed since. A wall clock may
 * be set at any moment, so no two of its times may be compared; this one is good within a process, and for nobody else.
 */
export function monotonicNow(): number {
  return performance.timeOrigin + performance.now();
}

export const MONOTONIC_CLOCK: WaitClock = { now: monotonicNow, sleep };
